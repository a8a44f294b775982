//! libgit2 behind [`Reader`]: the only user of git2.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ErrorClass, ErrorCode, ObjectFormat, ObjectType, Oid};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::opening::{missing_object, no_repository, not_trusted};
use super::trees::{Folders, Listing, RawEntry};
use super::work_tree::{self, system_path, too_large};
use super::{
    Commit, Content, Entry, EntryKind, FileChange, ObjectId, Person, ReadError, ReadErrorKind, Reader, Tree,
};
use crate::source::RepoPath;

#[expect(clippy::disallowed_types, reason = "the one door to git")]
type Git = git2::Repository;

pub(super) struct Libgit2 {
    git: Git,
    work_tree: Option<PathBuf>,
    /// `find_tree` of the same folder again and again: lookups by path go through these.
    trees: RefCell<BTreeMap<Oid, Listing<Oid>>>,
}

/// Opens the repository around `folder`; from git's environment variables where a hook has set them.
pub(super) fn open(folder: &Path, from_environment: bool) -> Result<Libgit2, ReadError> {
    let opened = if from_environment { Git::open_from_env() } else { Git::discover(folder) };
    let git = opened.map_err(|error| explain_open(&error, folder))?;
    let work_tree = git.workdir().map(Path::to_path_buf);
    Ok(Libgit2 { git, work_tree, trees: RefCell::default() })
}

fn explain_open(error: &git2::Error, folder: &Path) -> ReadError {
    match (error.code(), error.class()) {
        (ErrorCode::Owner, _) => not_trusted(folder),
        (ErrorCode::NotFound, ErrorClass::Repository) => no_repository(folder),
        _ => ReadError::new(
            ReadErrorKind::Unsupported,
            format!("this repository can't be opened: {}", error.message()),
        )
        .mended_by("libgit2 can't read it, and the installed git may: set DEPLOY_GUARD_GIT_READER to `auto`"),
    }
}

fn explain(error: &git2::Error, doing: &str) -> ReadError {
    let what = format!("{doing}: {}", error.message());
    match (error.code(), error.class()) {
        (ErrorCode::NotFound, ErrorClass::Odb | ErrorClass::Object) => missing_object(what),
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

/// What the index holds at an entry; nothing where a file is only intended to be added.
fn staged(entry: &git2::IndexEntry) -> Option<Entry> {
    let intended = entry.flags_extended & git2::IndexEntryExtendedFlag::INTENT_TO_ADD.bits() != 0;
    let content = Content::Blob(object_id(entry.id));
    (!intended).then(|| Entry { kind: EntryKind::of_mode(entry.mode), content })
}

/// A sparse checkout has left the file out of the work tree: there it is as the index has it.
fn is_left_out(entry: &git2::IndexEntry) -> bool {
    entry.flags_extended & git2::IndexEntryExtendedFlag::SKIP_WORKTREE.bits() != 0
}

impl Libgit2 {
    /// A clone that left objects with its remote.
    pub(super) fn is_partial(&self) -> bool {
        let Ok(config) = self.git.config() else { return false };
        if config.get_string("extensions.partialclone").is_ok() {
            return true;
        }
        let Ok(mut promisors) = config.entries(Some(r"^remote\..*\.promisor$")) else { return false };
        promisors.next().is_some()
    }

    fn commit(&self, id: Oid) -> Result<git2::Commit<'_>, ReadError> {
        self.git.find_commit(id).map_err(|error| explain(&error, &format!("reading commit {id}")))
    }

    fn index(&self) -> Result<git2::Index, ReadError> {
        self.git.index().map_err(|error| explain(&error, "reading the index"))
    }

    fn in_index(&self, path: &RepoPath) -> Result<Option<git2::IndexEntry>, ReadError> {
        // git2 panics at a path that no index can hold.
        if path.bytes().split(|byte| *byte == b'/').any(|part| matches!(part, b"" | b"." | b"..")) {
            return Ok(None);
        }
        Ok(self.index()?.get_path(&system_path(path.bytes()), 0))
    }

    fn diff_local(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        let base_tree = match base {
            Tree::Object(id) => Some(
                self.git.find_tree(oid(id)?).map_err(|error| explain(&error, "reading the base's tree"))?,
            ),
            _ => None,
        };
        let mut options = git2::DiffOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true);
        // Which commit of a submodule is wanted is for the index to say; the work tree has only a folder there.
        options.ignore_submodules(*head != Tree::Index);
        let index = self.index()?;
        let diff = match head {
            Tree::Index => self.git.diff_tree_to_index(base_tree.as_ref(), Some(&index), Some(&mut options)),
            _ => self.git.diff_tree_to_workdir_with_index(base_tree.as_ref(), Some(&mut options)),
        }
        .map_err(|error| explain(&error, "comparing with the index"))?;
        let listed = diff.deltas().filter_map(|delta| {
            let path = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes());
            path.map(RepoPath::new)
        });
        let mut paths: Vec<RepoPath> = listed.collect();
        if *head == Tree::WorkTree {
            // libgit2 knows no sparse checkout: to it these are deleted.
            paths.extend(index.iter().filter(is_left_out).map(|entry| RepoPath::new(entry.path)));
        }
        let mut files = Vec::new();
        for path in paths {
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
}

impl Folders for Libgit2 {
    type Id = Oid;

    fn entries(&self, tree: &Oid) -> Result<Listing<Oid>, ReadError> {
        if let Some(known) = self.trees.borrow().get(tree) {
            return Ok(known.clone());
        }
        let object =
            self.git.find_tree(*tree).map_err(|error| explain(&error, &format!("reading folder {tree}")))?;
        let entries: Vec<RawEntry<Oid>> = object
            .iter()
            .map(|entry| RawEntry {
                name: entry.name_bytes().to_vec(),
                mode: u32::try_from(entry.filemode_raw()).unwrap_or_default(),
                id: entry.id(),
            })
            .collect();
        let entries = Rc::new(entries);
        self.trees.borrow_mut().insert(*tree, entries.clone());
        Ok(entries)
    }

    fn object_id(id: &Oid) -> ObjectId {
        object_id(*id)
    }
}

impl Reader for Libgit2 {
    fn name(&self) -> &'static str {
        "libgit2"
    }

    fn root(&self) -> Option<PathBuf> {
        self.work_tree.clone()
    }

    fn common_folder(&self) -> Option<PathBuf> {
        Some(self.git.commondir().to_path_buf())
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
        match object.peel(ObjectType::Commit) {
            Ok(commit) => Ok(Some(object_id(commit.id()))),
            // What a tag leads to may be cut off: that is no tag on something else.
            Err(error) if error.code() == ErrorCode::NotFound => {
                Err(missing_object(format!("reading what {id} leads to: {}", error.message())))
            }
            Err(_) => Ok(None),
        }
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
        // Any sorting reads the whole history first, where nothing bounds it; without one the newest come first as well.
        if !hidden.is_empty() {
            walk.set_sorting(git2::Sort::TOPOLOGICAL).map_err(walk_error)?;
        }
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

    fn user(&self) -> Option<String> {
        let config = self.git.config().ok()?;
        let said = |key: &str| config.get_string(key).ok().filter(|value| !value.trim().is_empty());
        said("user.email").or_else(|| said("user.name"))
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
            Tree::Empty | Tree::Object(_) => {
                self.diff_folders(b"", tree(base)?.as_ref(), tree(head)?.as_ref(), 0, &mut files)?;
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        // A file that becomes a link is a removal and an addition to libgit2.
        files.dedup_by(|one, other| one.path == other.path);
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
            Tree::Object(id) => match self.find_in_folder(oid(id)?, folder.as_bytes())? {
                Some(found) if found.is_folder() => {
                    self.list_folder(folder.as_bytes(), &found.id, 0, enter, visit)
                }
                _ => Ok(()),
            },
            Tree::Index | Tree::WorkTree => {
                let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                for entry in self.index()?.iter() {
                    if !entry.path.starts_with(prefix.as_bytes()) {
                        continue;
                    }
                    let path = RepoPath::new(entry.path.as_slice());
                    let work_file = match tree {
                        Tree::WorkTree => work_tree::entry(self.work_tree.as_deref(), &path),
                        _ => None,
                    };
                    let indexed = || staged(&entry).filter(|_| *tree == Tree::Index || is_left_out(&entry));
                    let found = work_file.or_else(indexed);
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
                let found = self.find_in_folder(oid(id)?, path.bytes())?;
                Ok(found.filter(|entry| !entry.is_folder()).map(|entry| Self::entry_of(&entry)))
            }
            Tree::Index => Ok(self.in_index(path)?.as_ref().and_then(staged)),
            Tree::WorkTree => match work_tree::entry(self.work_tree.as_deref(), path) {
                Some(found) => Ok(Some(found)),
                None => Ok(self.in_index(path)?.filter(is_left_out).as_ref().and_then(staged)),
            },
        }
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let id = match &entry.content {
            Content::WorkFile(path) => return work_tree::read(self.work_tree.as_deref(), path, limit),
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
