//! libgit2 behind [`Reader`]: the only user of git2.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode, ObjectFormat, ObjectType, Oid};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::{
    Commit, Content, Entry, EntryKind, FileChange, ObjectId, Person, ReadError, ReadErrorKind, Reader, Tree,
};
use crate::source::RepoPath;

/// How many folders deep a tree may nest.
const DEPTH_LIMIT: usize = 128;

#[expect(clippy::disallowed_types, reason = "the one door to git")]
type Git = git2::Repository;

struct Libgit2 {
    git: Git,
    work_tree: Option<PathBuf>,
    /// `find_tree` of the same folder again and again: lookups by path go through these.
    trees: RefCell<std::collections::HashMap<Oid, std::rc::Rc<Vec<RawEntry>>>>,
}

#[derive(Clone)]
struct RawEntry {
    name: Vec<u8>,
    mode: u32,
    id: Oid,
}

/// Opens the repository around `folder`; from git's environment variables where a hook has set them.
pub fn open(folder: &Path, from_environment: bool) -> Result<Box<dyn Reader>, ReadError> {
    let opened = if from_environment { Git::open_from_env() } else { Git::discover(folder) };
    let git = opened.map_err(|error| explain_open(&error, folder))?;
    if !from_environment && lies_in_a_work_tree(git.path(), folder) {
        return Err(ReadError::new(
            ReadErrorKind::Unsupported,
            format!(
                "{} has the files of a repository, and lies in the work tree of another one, which may have brought them along",
                folder.display()
            ),
        )
        .mended_by("go to the root of the repository that is meant, or name it in GIT_DIR"));
    }
    let work_tree = git.workdir().map(Path::to_path_buf);
    Ok(Box::new(Libgit2 { git, work_tree, trees: RefCell::default() }))
}

/// Whether the repository is one that the folder itself holds, as files among those that another repository may have
/// brought. Its config would name programs that git runs, and its refs would be whatever the change wants.
fn lies_in_a_work_tree(found: &Path, folder: &Path) -> bool {
    let (Ok(found), Ok(folder)) = (found.canonicalize(), folder.canonicalize()) else { return false };
    folder.starts_with(&found)
        && found.ancestors().skip(1).any(|place| {
            let own = place.join(".git");
            own.exists() && !found.starts_with(&own)
        })
}

fn explain_open(error: &git2::Error, folder: &Path) -> ReadError {
    let shown = folder.display();
    match (error.code(), error.class()) {
        (ErrorCode::Owner, _) => ReadError::new(
            ReadErrorKind::Unsupported,
            format!("the repository at {shown} belongs to another user, and git does not trust it"),
        )
        .mended_by(format!("git config --global --add safe.directory '{shown}'")),
        (ErrorCode::NotFound, ErrorClass::Repository) => {
            ReadError::new(ReadErrorKind::NoRepository, format!("{shown} is not inside a git repository"))
                .mended_by("run deploy-guard inside the repository whose change is to be judged")
        }
        _ => ReadError::new(
            ReadErrorKind::Unsupported,
            format!("this repository can't be opened: {}", error.message()),
        )
        .mended_by(
            "libgit2 reads no reftable repositories and no unknown extensions: `git clone` it into a plain one and judge there",
        ),
    }
}

fn explain(error: &git2::Error, doing: &str) -> ReadError {
    let what = format!("{doing}: {}", error.message());
    match (error.code(), error.class()) {
        (ErrorCode::NotFound, ErrorClass::Odb | ErrorClass::Object) => {
            ReadError::new(ReadErrorKind::MissingObject, what).mended_by(
                "the object is not in this clone: fetch it (`git fetch --unshallow`, or in a partial clone `git fetch --refetch --filter=blob:limit=5m`)",
            )
        }
        (_, ErrorClass::Index) => ReadError::new(ReadErrorKind::Unsupported, what)
            .mended_by("libgit2 reads no sparse or split index: `git sparse-checkout disable` or `git update-index --no-split-index`"),
        _ => ReadError::new(ReadErrorKind::Other, what),
    }
}

fn oid(id: &ObjectId) -> Result<Oid, ReadError> {
    let format = if id.as_str().len() == 64 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
    Oid::from_str_ext(id.as_str(), format)
        .map_err(|error| ReadError::new(ReadErrorKind::Other, format!("{id}: {}", error.message())))
}

fn object_id(oid: Oid) -> ObjectId {
    ObjectId(oid.to_string())
}

fn person(signature: &git2::Signature<'_>) -> Person {
    let when = signature.when();
    let stamp = Timestamp::from_second(when.seconds()).ok();
    let offset = Offset::from_seconds(when.offset_minutes().saturating_mul(60)).unwrap_or(Offset::UTC);
    Person {
        name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(signature.email_bytes()).into_owned(),
        when: stamp.map(|stamp| Zoned::new(stamp, TimeZone::fixed(offset))),
    }
}

impl Libgit2 {
    fn commit(&self, id: Oid) -> Result<git2::Commit<'_>, ReadError> {
        self.git.find_commit(id).map_err(|error| explain(&error, &format!("reading commit {id}")))
    }

    fn entries(&self, tree: Oid) -> Result<std::rc::Rc<Vec<RawEntry>>, ReadError> {
        if let Some(known) = self.trees.borrow().get(&tree) {
            return Ok(known.clone());
        }
        let object =
            self.git.find_tree(tree).map_err(|error| explain(&error, &format!("reading folder {tree}")))?;
        let entries: Vec<RawEntry> = object
            .iter()
            .map(|entry| RawEntry {
                name: entry.name_bytes().to_vec(),
                mode: u32::try_from(entry.filemode_raw()).unwrap_or_default(),
                id: entry.id(),
            })
            .collect();
        let entries = std::rc::Rc::new(entries);
        self.trees.borrow_mut().insert(tree, entries.clone());
        Ok(entries)
    }

    /// Two sorted listings side by side: what is equal on both sides is never opened.
    fn diff_trees(
        &self,
        folder: &[u8],
        base: Option<Oid>,
        head: Option<Oid>,
        depth: usize,
        out: &mut Vec<FileChange>,
    ) -> Result<(), ReadError> {
        if base == head {
            return Ok(());
        }
        within_depth(depth)?;
        let empty = std::rc::Rc::new(Vec::new());
        let base = base.map_or_else(|| Ok(empty.clone()), |tree| self.entries(tree))?;
        let head = head.map_or_else(|| Ok(empty.clone()), |tree| self.entries(tree))?;
        let mut names: std::collections::BTreeMap<&[u8], (Option<&RawEntry>, Option<&RawEntry>)> =
            std::collections::BTreeMap::new();
        // Entries that are the same on both sides are most of a listing: they are left out before anything is sorted.
        let unchanged: std::collections::HashSet<(&[u8], u32, Oid)> =
            base.iter().map(|entry| (entry.name.as_slice(), entry.mode, entry.id)).collect();
        let mut same = std::collections::HashSet::new();
        for entry in head.iter() {
            let key = (entry.name.as_slice(), entry.mode, entry.id);
            if unchanged.contains(&key) {
                same.insert(key);
            } else if names.entry(&entry.name).or_default().1.replace(entry).is_some() {
                // Which of the two a checkout would give is anybody's guess.
                let path = RepoPath::new(join(folder, &entry.name));
                return Err(ReadError::new(ReadErrorKind::Other, format!("a folder holds {path} twice")));
            }
        }
        for entry in base.iter() {
            if !same.contains(&(entry.name.as_slice(), entry.mode, entry.id)) {
                names.entry(&entry.name).or_default().0 = Some(entry);
            }
        }
        for (name, (before, after)) in names {
            let path = join(folder, name);
            let tree =
                |entry: Option<&RawEntry>| entry.filter(|entry| is_tree(entry.mode)).map(|entry| entry.id);
            let file = |entry: Option<&RawEntry>| entry.filter(|entry| !is_tree(entry.mode)).map(entry_of);
            if tree(before).is_some() || tree(after).is_some() {
                self.diff_trees(&path, tree(before), tree(after), depth + 1, out)?;
            }
            let (before, after) = (file(before), file(after));
            if before != after {
                out.push(FileChange { path: RepoPath::new(path), base: before, head: after });
            }
        }
        Ok(())
    }

    fn list_tree(
        &self,
        folder: &[u8],
        tree: Oid,
        depth: usize,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        within_depth(depth)?;
        for entry in self.entries(tree)?.iter() {
            let path = RepoPath::new(join(folder, &entry.name));
            if !is_tree(entry.mode) {
                visit(path, entry_of(entry));
            } else if enter(&path) {
                self.list_tree(path.bytes(), entry.id, depth + 1, enter, visit)?;
            }
        }
        Ok(())
    }

    fn find_in_tree(&self, tree: Oid, path: &[u8]) -> Result<Option<RawEntry>, ReadError> {
        let mut found = RawEntry { name: Vec::new(), mode: 0o040_000, id: tree };
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            if !is_tree(found.mode) {
                return Ok(None);
            }
            let entries = self.entries(found.id)?;
            match entries.iter().find(|entry| entry.name == part) {
                Some(entry) => found = entry.clone(),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    fn index(&self) -> Result<git2::Index, ReadError> {
        self.git.index().map_err(|error| explain(&error, "reading the index"))
    }

    fn diff_local(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        let base_tree = match base {
            Tree::Object(id) => Some(
                self.git.find_tree(oid(id)?).map_err(|error| explain(&error, "reading the base's tree"))?,
            ),
            _ => None,
        };
        let mut options = git2::DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).ignore_submodules(true);
        let index = self.index()?;
        let diff = match head {
            Tree::Index => self.git.diff_tree_to_index(base_tree.as_ref(), Some(&index), Some(&mut options)),
            _ => self.git.diff_tree_to_workdir_with_index(base_tree.as_ref(), Some(&mut options)),
        }
        .map_err(|error| explain(&error, "comparing with the index"))?;
        let mut files = Vec::new();
        for delta in diff.deltas() {
            let Some(path) = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes()) else {
                continue;
            };
            let path = RepoPath::new(path);
            let before = match base {
                Tree::Empty => None,
                _ => self.entry(base, &path)?,
            };
            let after = self.entry(head, &path)?;
            if before != after {
                files.push(FileChange { path, base: before, head: after });
            }
        }
        Ok(files)
    }

    fn work_file(&self, path: &RepoPath) -> Option<Entry> {
        // A component that is a link would lead out of what is judged: such a path has no file here.
        let mut place = self.work_tree.clone()?;
        let text = path.lossy();
        let mut parts = text.split('/').peekable();
        while let Some(part) = parts.next() {
            if part.is_empty() || part == "." || part == ".." {
                return None;
            }
            place.push(part);
            let found = std::fs::symlink_metadata(&place).ok()?;
            let last = parts.peek().is_none();
            if found.file_type().is_symlink() {
                let kind = EntryKind::Symlink;
                return last.then(|| Entry { kind, content: Content::WorkFile(path.clone()) });
            }
            if last && found.is_file() {
                return Some(Entry { kind: EntryKind::File, content: Content::WorkFile(path.clone()) });
            }
        }
        None
    }

    fn read_work_file(&self, path: &RepoPath, limit: u64) -> Result<Vec<u8>, ReadError> {
        let io =
            |error: std::io::Error| ReadError::new(ReadErrorKind::Other, format!("reading {path}: {error}"));
        let Some(root) = &self.work_tree else {
            return Err(ReadError::new(ReadErrorKind::Other, "there is no work tree"));
        };
        let place = root.join(path.lossy().as_ref());
        let found = std::fs::symlink_metadata(&place).map_err(io)?;
        if found.file_type().is_symlink() {
            let target = std::fs::read_link(&place).map_err(io)?;
            return Ok(target.to_string_lossy().into_owned().into_bytes());
        }
        if found.len() > limit {
            return Err(too_large(found.len(), limit));
        }
        std::fs::read(&place).map_err(io)
    }
}

fn within_depth(depth: usize) -> Result<(), ReadError> {
    if depth > DEPTH_LIMIT {
        return Err(ReadError::new(
            ReadErrorKind::Other,
            format!("folders nest deeper than {DEPTH_LIMIT} levels"),
        ));
    }
    Ok(())
}

fn too_large(size: u64, limit: u64) -> ReadError {
    ReadError::new(ReadErrorKind::TooLarge(size), format!("{size} bytes, and at most {limit} are read"))
}

const fn is_tree(mode: u32) -> bool {
    mode == 0o040_000
}

fn entry_of(entry: &RawEntry) -> Entry {
    Entry { kind: EntryKind::of_mode(entry.mode), content: Content::Blob(object_id(entry.id)) }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        return name.to_vec();
    }
    let mut path = Vec::with_capacity(folder.len() + name.len() + 1);
    path.extend_from_slice(folder);
    path.push(b'/');
    path.extend_from_slice(name);
    path
}

impl Reader for Libgit2 {
    fn name(&self) -> &'static str {
        "libgit2"
    }

    fn root(&self) -> Option<PathBuf> {
        self.work_tree.clone()
    }

    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError> {
        let unknown = |error: &git2::Error| {
            ReadError::new(
                ReadErrorKind::UnknownRevision,
                format!("`{revision}` is no commit of this repository: {}", error.message()),
            )
        };
        let object = self.git.revparse_single(revision).map_err(|error| unknown(&error))?;
        let commit = object.peel(ObjectType::Commit).map_err(|error| unknown(&error))?;
        Ok(object_id(commit.id()))
    }

    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError> {
        let unknown = |error: &git2::Error| {
            ReadError::new(
                ReadErrorKind::UnknownRevision,
                format!("`{revision}` has no tree in this repository: {}", error.message()),
            )
        };
        let object = self.git.revparse_single(revision).map_err(|error| unknown(&error))?;
        let tree = object.peel(ObjectType::Tree).map_err(|error| unknown(&error))?;
        Ok(object_id(tree.id()))
    }

    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        let object = self
            .git
            .find_object(oid(id)?, None)
            .map_err(|error| explain(&error, &format!("reading {id}")))?;
        Ok(object.peel(ObjectType::Commit).ok().map(|commit| object_id(commit.id())))
    }

    fn has_object(&self, id: &ObjectId) -> bool {
        oid(id).is_ok_and(|id| self.git.odb().is_ok_and(|odb| odb.exists(id)))
    }

    fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        match self.git.merge_base(oid(one)?, oid(other)?) {
            Ok(base) => Ok(Some(object_id(base))),
            Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Merge => {
                Ok(None)
            }
            Err(error) => Err(explain(&error, "looking for the merge base")),
        }
    }

    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError> {
        Ok(self.commit(oid(commit)?)?.parent_ids().map(object_id).collect())
    }

    fn commits(&self, tip: &ObjectId, hidden: &[ObjectId], limit: usize) -> Result<Vec<Commit>, ReadError> {
        let walk_error = |error: git2::Error| explain(&error, "walking the commits");
        let mut walk = self.git.revwalk().map_err(walk_error)?;
        // Sorting by descent reads the whole history first, where nothing bounds it.
        let sorting = if hidden.is_empty() { git2::Sort::TIME } else { git2::Sort::TOPOLOGICAL };
        walk.set_sorting(sorting).map_err(walk_error)?;
        walk.push(oid(tip)?).map_err(walk_error)?;
        for id in hidden {
            // A remote's tip may be a commit that this clone never fetched.
            let _ = oid(id).map(|id| walk.hide(id));
        }
        let mut commits = Vec::new();
        for id in walk.take(limit) {
            let commit = self.commit(id.map_err(walk_error)?)?;
            commits.push(Commit {
                id: object_id(commit.id()),
                parents: commit.parent_ids().map(object_id).collect(),
                author: person(&commit.author()),
                committer: person(&commit.committer()),
                message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            });
        }
        Ok(commits)
    }

    fn reference(&self, name: &str) -> Option<ObjectId> {
        let commit = self.git.find_reference(name).ok()?.peel(ObjectType::Commit).ok()?;
        Some(object_id(commit.id()))
    }

    fn symbolic_reference(&self, name: &str) -> Option<String> {
        let reference = self.git.find_reference(name).ok()?;
        Some(reference.symbolic_target().ok()??.to_owned())
    }

    fn remote_tips(&self, remote: Option<&str>) -> Vec<ObjectId> {
        let pattern =
            remote.map_or_else(|| "refs/remotes/*".to_owned(), |name| format!("refs/remotes/{name}/*"));
        let Ok(references) = self.git.references_glob(&pattern) else { return Vec::new() };
        let mut tips: Vec<ObjectId> = references
            .flatten()
            .filter_map(|reference| Some(object_id(reference.peel(ObjectType::Commit).ok()?.id())))
            .collect();
        tips.sort();
        tips.dedup();
        tips
    }

    fn remotes(&self) -> Vec<(String, Vec<String>)> {
        let Ok(names) = self.git.remotes() else { return Vec::new() };
        let mut remotes = Vec::new();
        for name in names.iter().flatten().flatten() {
            let Ok(remote) = self.git.find_remote(name) else { continue };
            let urls = [remote.url().ok(), remote.pushurl().ok().flatten()];
            remotes.push((name.to_owned(), urls.into_iter().flatten().map(str::to_owned).collect()));
        }
        remotes
    }

    fn head_branch(&self) -> Option<String> {
        self.symbolic_reference("HEAD")
    }

    fn upstream_of(&self, branch: &str) -> Option<String> {
        let upstream = self.git.branch_upstream_name(branch).ok()?;
        upstream.as_str().ok().map(str::to_owned)
    }

    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        let tree = |side: &Tree| match side {
            Tree::Object(id) => oid(id).map(Some),
            _ => Ok(None),
        };
        let mut files = Vec::new();
        match head {
            Tree::Index | Tree::WorkTree => files = self.diff_local(base, head)?,
            Tree::Empty | Tree::Object(_) => self.diff_trees(b"", tree(base)?, tree(head)?, 0, &mut files)?,
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    fn list_within(
        &self,
        tree: &Tree,
        folder: &str,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        match tree {
            Tree::Empty => Ok(()),
            Tree::Object(id) => match self.find_in_tree(oid(id)?, folder.as_bytes())? {
                Some(found) if is_tree(found.mode) => {
                    self.list_tree(folder.as_bytes(), found.id, 0, enter, visit)
                }
                _ => Ok(()),
            },
            Tree::Index | Tree::WorkTree => {
                let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                for entry in self.index()?.iter() {
                    if !entry.path.starts_with(prefix.as_bytes()) {
                        continue;
                    }
                    let path = RepoPath::new(entry.path);
                    let found = match tree {
                        Tree::WorkTree => self.work_file(&path),
                        _ => Some(Entry {
                            kind: EntryKind::of_mode(entry.mode),
                            content: Content::Blob(object_id(entry.id)),
                        }),
                    };
                    if let Some(found) = found {
                        visit(path, found);
                    }
                }
                Ok(())
            }
        }
    }

    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        match tree {
            Tree::Empty => Ok(None),
            Tree::Object(id) => {
                let found = self.find_in_tree(oid(id)?, path.bytes())?;
                Ok(found.filter(|entry| !is_tree(entry.mode)).map(|entry| entry_of(&entry)))
            }
            Tree::Index => {
                let index = self.index()?;
                let found = index.get_path(Path::new(path.lossy().as_ref()), 0);
                Ok(found.map(|entry| Entry {
                    kind: EntryKind::of_mode(entry.mode),
                    content: Content::Blob(object_id(entry.id)),
                }))
            }
            Tree::WorkTree => Ok(self.work_file(path)),
        }
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let id = match &entry.content {
            Content::WorkFile(path) => return self.read_work_file(path, limit),
            Content::Blob(id) => oid(id)?,
        };
        let odb = self.git.odb().map_err(|error| explain(&error, "opening the object database"))?;
        let reading = |error: git2::Error| explain(&error, &format!("reading blob {id}"));
        let (size, _) = odb.read_header(id).map_err(reading)?;
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        if size > limit {
            return Err(too_large(size, limit));
        }
        Ok(odb.read(id).map_err(reading)?.data().to_vec())
    }
}
