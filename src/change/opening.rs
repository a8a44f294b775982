//! Which reader opens a repository: libgit2, and the installed git for what libgit2 can't read.
//!
//! In: a folder, and what the environment prefers. Out: a [`Reader`]. A change of readers in the middle of a run loses
//! nothing: what was found so far are object ids, and they name the same bytes to both.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};

use super::command::{self, Network};
use super::read::{self, Libgit2};
use super::{Commit, Entry, FileChange, ObjectId, ReadError, ReadErrorKind, Reader, Tree};
use crate::env;
use crate::source::{RepoPath, escape_line};

/// Which reader to use: `auto`, `libgit2` or `git`.
const READER: &str = "DEPLOY_GUARD_GIT_READER";
/// `missing`: what a partial clone left out may be fetched. Without it nothing is asked of another machine.
const FETCH: &str = "DEPLOY_GUARD_GIT_FETCH";

/// Who is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// libgit2, and the installed git for what that can't read.
    Auto,
    Libgit2,
    Git,
}

/// Opens the repository around `folder`; from git's environment variables where a hook has set them. Which reader does
/// it is for the environment to say.
pub fn open(folder: &Path, from_environment: bool) -> Result<Box<dyn Reader>, ReadError> {
    let network = match env::variable(FETCH).as_deref() {
        None => Network::Never,
        Some("missing") => Network::Allowed,
        Some(other) => return Err(misspelt(FETCH, other, "`missing`, or not at all")),
    };
    open_by(folder, from_environment, preference()?, network)
}

/// As [`open`]; what a partial clone left out is fetched when it is needed.
pub fn open_fetching(folder: &Path, from_environment: bool) -> Result<Box<dyn Reader>, ReadError> {
    open_by(folder, from_environment, preference()?, Network::Allowed)
}

fn preference() -> Result<Preference, ReadError> {
    match env::variable(READER).as_deref() {
        None | Some("auto") => Ok(Preference::Auto),
        Some("libgit2") => Ok(Preference::Libgit2),
        Some("git") => Ok(Preference::Git),
        Some(other) => Err(misspelt(READER, other, "`auto`, `libgit2` or `git`")),
    }
}

/// Opens the repository with the reader of one's choice; nothing is asked of another machine.
pub fn open_with(
    folder: &Path,
    from_environment: bool,
    preference: Preference,
) -> Result<Box<dyn Reader>, ReadError> {
    open_by(folder, from_environment, preference, Network::Never)
}

fn open_by(
    folder: &Path,
    from_environment: bool,
    preference: Preference,
    network: Network,
) -> Result<Box<dyn Reader>, ReadError> {
    if !from_environment {
        refuse_brought_along(folder)?;
    }
    let by_command = || command::open(folder, from_environment, network);
    match preference {
        Preference::Auto => {}
        Preference::Libgit2 => return Ok(Box::new(read::open(folder, from_environment)?)),
        Preference::Git => return Ok(Box::new(by_command()?)),
    }
    match read::open(folder, from_environment) {
        Ok(first) => {
            let (second, compared) = (OnceCell::new(), RefCell::default());
            let folder = folder.to_path_buf();
            Ok(Box::new(Either { first, second, compared, folder, from_environment, network }))
        }
        Err(error) if may_be_read_by_git(&error) => match by_command() {
            Ok(reader) => Ok(Box::new(reader)),
            Err(second) => Err(both(error, second)),
        },
        Err(error) => Err(error),
    }
}

/// Refuses a repository that lies as files in the work tree of another one: the change may have brought it, its config
/// would name programs that git runs, and its refs would be whatever the change wants.
fn refuse_brought_along(folder: &Path) -> Result<(), ReadError> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    let holds = |place: &Path, names: &[&str]| names.iter().all(|name| place.join(name).exists());
    let mut places = folder.ancestors();
    // The one that git would find from here.
    let found = places.find(|place| holds(place, &[".git"]) || holds(place, &["HEAD", "objects", "refs"]));
    let Some(found) = found.filter(|place| !holds(place, &[".git"])) else { return Ok(()) };
    let own = |place: &Path| found.starts_with(place.join(".git"));
    if !places.any(|place| holds(place, &[".git"]) && !own(place)) {
        return Ok(());
    }
    Err(ReadError::new(
        ReadErrorKind::NotTrusted,
        format!(
            "{} has the files of a repository, and lies in the work tree of another one, which may have brought them along",
            found.display()
        ),
    )
    .mended_by("go to the root of the repository that is meant, or name it in GIT_DIR"))
}

fn misspelt(name: &str, value: &str, allowed: &str) -> ReadError {
    let value = escape_line(value);
    ReadError::new(ReadErrorKind::Other, format!("{name} is `{value}`"))
        .mended_by(format!("set it to {allowed}"))
}

/// Whether the installed git may open what libgit2 did not. It asks itself whom the folder belongs to, and knows
/// settings that libgit2 does not see; without any the answer would be the same.
fn may_be_read_by_git(error: &ReadError) -> bool {
    match error.kind {
        ReadErrorKind::NoRepository => false,
        ReadErrorKind::NotTrusted => {
            ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"].iter().any(|name| env::variable(name).is_some())
        }
        _ => true,
    }
}

/// What neither of the two readers could do.
fn both(first: ReadError, second: ReadError) -> ReadError {
    if first.kind == second.kind && first.what == second.what {
        return first;
    }
    ReadError { what: format!("{}; the installed git: {}", first.what, second.what), ..second }
}

pub(super) fn no_repository(folder: &Path) -> ReadError {
    ReadError::new(
        ReadErrorKind::NoRepository,
        format!("{} is not inside a git repository", folder.display()),
    )
    .mended_by("run deploy-guard inside the repository whose change is to be judged")
}

pub(super) fn not_trusted(folder: &Path) -> ReadError {
    let shown = folder.display();
    ReadError::new(
        ReadErrorKind::NotTrusted,
        format!("the repository at {shown} belongs to another user, and git does not trust it"),
    )
    .mended_by(format!("git config --global --add safe.directory '{shown}'"))
}

/// An object that is named and not here.
pub(super) fn missing_object(what: impl Into<String>) -> ReadError {
    ReadError::new(ReadErrorKind::MissingObject, what).mended_by(
        "fetch the object (`git fetch --unshallow`, or in a partial clone `git fetch --refetch --filter=blob:limit=5m`)",
    )
}

/// The trees that a run compares: what a partial clone lacks is missing below them.
#[derive(Debug, Default)]
pub(super) struct Compared(Vec<ObjectId>);

impl Compared {
    pub(super) fn add(&mut self, tree: &Tree) {
        if let Tree::Object(id) = tree
            && !self.0.contains(id)
        {
            self.0.push(id.clone());
        }
    }

    /// Takes in a tree that is read from, where another reader compared: first come base and head, then history.
    pub(super) fn read_from(&mut self, tree: &Tree) {
        if self.0.len() < 2 {
            self.add(tree);
        }
    }

    pub(super) fn trees(&self) -> &[ObjectId] {
        &self.0
    }
}

/// libgit2, until it meets something that it can't read; from there on the installed git.
struct Either {
    first: Libgit2,
    second: OnceCell<command::Git>,
    compared: RefCell<Compared>,
    folder: PathBuf,
    from_environment: bool,
    network: Network,
}

impl Either {
    fn active(&self) -> &dyn Reader {
        self.second.get().map_or(&self.first, |second| second)
    }

    fn attempt<T>(&self, question: impl Fn(&dyn Reader) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let answer = question(self.active());
        let Err(error) = answer else { return answer };
        if self.second.get().is_some() || !self.calls_for_git(&error) {
            return Err(error);
        }
        match command::open(&self.folder, self.from_environment, self.network) {
            Ok(second) => {
                second.goes_on(&self.compared.borrow());
                question(self.second.get_or_init(|| second))
            }
            Err(second) => Err(ReadError {
                what: format!("{}; the installed git: {}", error.what, second.what),
                ..error
            }),
        }
    }

    fn calls_for_git(&self, error: &ReadError) -> bool {
        match error.kind {
            ReadErrorKind::Unsupported => true,
            ReadErrorKind::MissingObject | ReadErrorKind::UnknownRevision => self.first.is_partial(),
            _ => false,
        }
    }
}

impl Reader for Either {
    fn name(&self) -> &'static str {
        self.active().name()
    }

    fn root(&self) -> Option<PathBuf> {
        self.active().root()
    }

    fn common_folder(&self) -> Option<PathBuf> {
        self.active().common_folder()
    }

    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError> {
        self.attempt(|reader| reader.resolve_commit(revision))
    }

    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError> {
        self.attempt(|reader| reader.resolve_tree(revision))
    }

    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        self.attempt(|reader| reader.peel_to_commit(id))
    }

    fn has_object(&self, id: &ObjectId) -> bool {
        self.active().has_object(id)
    }

    fn is_shallow(&self) -> bool {
        self.active().is_shallow()
    }

    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        self.attempt(|reader| reader.merge_base(one, other))
    }

    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError> {
        self.attempt(|reader| reader.parents(commit))
    }

    fn commits(&self, tip: &ObjectId, hidden: &[ObjectId], limit: usize) -> Result<Vec<Commit>, ReadError> {
        self.attempt(|reader| reader.commits(tip, hidden, limit))
    }

    fn reference(&self, name: &str) -> Option<ObjectId> {
        self.active().reference(name)
    }

    fn symbolic_reference(&self, name: &str) -> Option<String> {
        self.active().symbolic_reference(name)
    }

    fn remote_tips(&self, remote: Option<&str>) -> Vec<ObjectId> {
        self.active().remote_tips(remote)
    }

    fn remotes(&self) -> Vec<(String, Vec<String>)> {
        self.active().remotes()
    }

    fn head_branch(&self) -> Option<String> {
        self.active().head_branch()
    }

    fn user(&self) -> Option<String> {
        self.active().user()
    }

    fn upstream_of(&self, branch: &str) -> Option<String> {
        self.active().upstream_of(branch)
    }

    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        self.compared.borrow_mut().add(base);
        self.compared.borrow_mut().add(head);
        self.attempt(|reader| reader.diff(base, head))
    }

    fn list_within(
        &self,
        tree: &Tree,
        folder: &str,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        self.compared.borrow_mut().read_from(tree);
        // What was listed before an object turned out to be missing must not be listed twice.
        let listed = self.attempt(|reader| {
            let mut listed = Vec::new();
            reader.list_within(tree, folder, enter, &mut |path, entry| listed.push((path, entry)))?;
            Ok(listed)
        })?;
        for (path, entry) in listed {
            visit(path, entry);
        }
        Ok(())
    }

    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        self.compared.borrow_mut().read_from(tree);
        self.attempt(|reader| reader.entry(tree, path))
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.attempt(|reader| reader.read(entry, limit))
    }
}
