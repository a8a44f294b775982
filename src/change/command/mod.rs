//! The installed git behind [`Reader`], for what libgit2 can't read: reftable, partial clones, a sparse or split index,
//! settings that only git sees.
//!
//! In: a folder. Out: the same answers that libgit2 would give, by plumbing commands that run nothing of the repository's.

mod fetch;
mod index;
mod objects;
mod partial;
mod program;
mod raw_object;
mod state;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::opening::Compared;
use super::trees::{Folders, Listing};
use super::work_tree::{self, too_large};
use super::{Commit, Content, Entry, FileChange, ObjectId, ReadError, ReadErrorKind, Reader, Tree};
use crate::source::{RepoPath, escape_line};
use index::IndexEntry;
use objects::{Kind, Objects};
use partial::LeftOut;
use raw_object::RawCommit;
use state::State;

pub use fetch::fetch;
pub(super) use program::Network;
use program::PATIENCE;

/// How often a tag may point at a tag.
const TAG_LIMIT: usize = 64;

pub(super) struct Git {
    state: State,
    objects: Objects,
    left_out: LeftOut,
    trees: RefCell<HashMap<ObjectId, Listing<ObjectId>>>,
    index: OnceCell<Vec<IndexEntry>>,
}

pub(super) fn open(folder: &Path, from_environment: bool, network: Network) -> Result<Git, ReadError> {
    let state = State::read(folder, from_environment)?;
    let promisor = state.promisor();
    Ok(Git {
        objects: Objects::new(state.program.clone(), promisor.is_some()),
        left_out: LeftOut::new(&state.program, promisor, network),
        state,
        trees: RefCell::default(),
        index: OnceCell::new(),
    })
}

impl Git {
    /// Goes on where another reader has compared these.
    pub(super) fn goes_on(&self, compared: &Compared) {
        for tree in compared.trees() {
            self.left_out.compares(&Tree::Object(tree.clone()));
        }
    }

    /// An object that must be here; what a partial clone left out is fetched where that is allowed.
    fn object(&self, id: &ObjectId, doing: &str) -> Result<(Kind, Vec<u8>), ReadError> {
        if let Some(found) = self.objects.read(id)? {
            return Ok(found);
        }
        if self.left_out.complete()?
            && let Some(found) = self.objects.read(id)?
        {
            return Ok(found);
        }
        Err(self.left_out.missing(format!("{doing} {id}: it is not here")))
    }

    fn commit(&self, id: &ObjectId) -> Result<RawCommit, ReadError> {
        let (kind, bytes) = self.object(id, "reading commit")?;
        let commit = if kind == Kind::Commit { RawCommit::parse(&bytes) } else { None };
        commit.ok_or_else(|| damaged("commit", id))
    }

    /// The parents of a commit, none where a shallow clone ends.
    fn parents_of(&self, id: &ObjectId, commit: &RawCommit) -> Vec<ObjectId> {
        if self.state.ends.contains(id) { Vec::new() } else { commit.parents.clone() }
    }

    /// What a tag leads to, however many tags there are on the way.
    fn peeled(&self, id: &ObjectId) -> Result<(ObjectId, Kind), ReadError> {
        let mut id = id.clone();
        for _ in 0..TAG_LIMIT {
            let Some((kind, _)) = self.objects.about(&id)? else {
                return Err(self.left_out.missing(format!("reading {id}: it is not here")));
            };
            if kind == Kind::Commit {
                // One that can't be read names nothing.
                self.commit(&id)?;
            }
            if kind != Kind::Tag {
                return Ok((id, kind));
            }
            let (_, bytes) = self.object(&id, "reading tag")?;
            id = raw_object::tag_target(&bytes).ok_or_else(|| damaged("tag", &id))?;
        }
        Err(ReadError::new(ReadErrorKind::Other, format!("tags on tags, more than {TAG_LIMIT} deep")))
    }

    fn object_named(&self, revision: &str) -> Result<ObjectId, String> {
        if let Some(id) = ObjectId::parse(revision) {
            return Ok(id);
        }
        let not_found = || format!("revspec '{}' not found", escape_line(revision));
        // An option, or nothing: no revision begins so.
        if revision.is_empty() || revision.starts_with('-') || revision.contains('\0') {
            return Err(not_found());
        }
        let arguments = ["rev-parse", "--verify", "--quiet", revision];
        let answer = self.state.program.run(&arguments, Vec::new(), PATIENCE).map_err(|error| error.what)?;
        let printed = String::from_utf8_lossy(&answer.stdout);
        match (answer.code, ObjectId::parse(printed.trim_end())) {
            (Some(0), Some(id)) => Ok(id),
            _ => Err(not_found()),
        }
    }

    /// The commit at the tip of a listed ref.
    fn commit_at(&self, reference: &state::Reference) -> Option<ObjectId> {
        let (id, kind) = self.peeled(&reference.id).ok()?;
        (kind == Kind::Commit).then_some(id)
    }

    fn index(&self) -> Result<&[IndexEntry], ReadError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let index = index::entries(&self.state.program)?;
        Ok(self.index.get_or_init(|| index))
    }

    fn in_index(&self, path: &RepoPath) -> Result<Option<&IndexEntry>, ReadError> {
        let index = self.index()?;
        let found = index.partition_point(|known| (&known.path, known.stage) < (path, 0));
        Ok(index.get(found).filter(|known| known.path == *path && known.stage == 0))
    }

    fn diff_local(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        if *head == Tree::WorkTree && self.state.work_tree.is_none() {
            return Err(ReadError::new(ReadErrorKind::Other, "there is no work tree"));
        }
        let mut files = Vec::new();
        let candidates =
            index::candidates(&self.state.program, self.index()?, base, head).or_else(|error| {
                // git stops at the first object that is not here and names none of them: a walk does.
                self.list(base, "", &mut |_, _| {})?;
                Err(error)
            })?;
        for path in candidates {
            let before = self.entry(base, &path)?;
            let after = self.entry(head, &path)?;
            if before != after {
                files.push(FileChange { path, base: before, head: after });
            }
        }
        Ok(files)
    }
}

fn damaged(what: &str, id: &ObjectId) -> ReadError {
    ReadError::new(ReadErrorKind::Other, format!("reading {what} {id}: it is no {what}, or a damaged one"))
}

impl Folders for Git {
    type Id = ObjectId;

    fn entries(&self, tree: &ObjectId) -> Result<Listing<ObjectId>, ReadError> {
        if let Some(known) = self.trees.borrow().get(tree) {
            return Ok(known.clone());
        }
        let (kind, bytes) = self.object(tree, "reading folder")?;
        let id_length = tree.as_str().len() / 2;
        let entries = if kind == Kind::Tree { raw_object::tree_entries(&bytes, id_length) } else { None };
        let entries = Rc::new(entries.ok_or_else(|| damaged("folder", tree))?);
        self.trees.borrow_mut().insert(tree.clone(), entries.clone());
        Ok(entries)
    }

    fn object_id(id: &ObjectId) -> ObjectId {
        id.clone()
    }
}

impl Reader for Git {
    fn name(&self) -> &'static str {
        "git"
    }

    fn root(&self) -> Option<PathBuf> {
        self.state.work_tree.clone()
    }

    fn common_folder(&self) -> Option<PathBuf> {
        self.state.common_folder()
    }

    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError> {
        let unknown = |why: &str| {
            let what = format!("`{revision}` is no commit of this repository: {why}");
            ReadError::new(ReadErrorKind::UnknownRevision, what)
        };
        let id = self.object_named(revision).map_err(|why| unknown(&why))?;
        match self.peeled(&id) {
            Ok((id, Kind::Commit)) => Ok(id),
            Ok(_) => Err(unknown("it leads to something else")),
            Err(error) => Err(unknown(&error.what)),
        }
    }

    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError> {
        let unknown = |why: &str| {
            let what = format!("`{revision}` has no tree in this repository: {why}");
            ReadError::new(ReadErrorKind::UnknownRevision, what)
        };
        let id = self.object_named(revision).map_err(|why| unknown(&why))?;
        let tree = match self.peeled(&id) {
            Ok((id, Kind::Commit)) => self.commit(&id)?.tree,
            Ok((id, Kind::Tree)) => id,
            Ok(_) => return Err(unknown("it leads to a file")),
            Err(error) => return Err(unknown(&error.what)),
        };
        if self.objects.about(&tree)?.is_some() {
            self.entries(&tree).map_err(|error| unknown(&error.what))?;
        }
        Ok(tree)
    }

    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        let (id, kind) = self.peeled(id)?;
        Ok((kind == Kind::Commit).then_some(id))
    }

    fn has_object(&self, id: &ObjectId) -> bool {
        self.objects.about(id).is_ok_and(|found| found.is_some())
    }

    fn is_shallow(&self) -> bool {
        self.state.is_shallow
    }

    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        let arguments = ["merge-base", one.as_str(), other.as_str()];
        let answer = self.state.program.run(&arguments, Vec::new(), PATIENCE)?;
        let printed = String::from_utf8_lossy(&answer.stdout);
        match (answer.code, printed.lines().next().and_then(ObjectId::parse)) {
            (Some(0), Some(base)) => Ok(Some(base)),
            (Some(1), None) => Ok(None),
            _ => {
                let why = answer.complaint();
                Err(ReadError::new(ReadErrorKind::Other, format!("looking for the merge base: {why}")))
            }
        }
    }

    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError> {
        let found = self.commit(commit)?;
        Ok(self.parents_of(commit, &found))
    }

    fn commits(&self, tip: &ObjectId, hidden: &[ObjectId], limit: usize) -> Result<Vec<Commit>, ReadError> {
        let most = format!("--max-count={limit}");
        // Sorting by descent reads the whole history first, where nothing bounds it.
        let mut arguments = vec!["rev-list", most.as_str()];
        if !hidden.is_empty() {
            arguments.push("--topo-order");
        }
        arguments.extend([tip.as_str(), "--not"]);
        for id in hidden {
            // A remote's tip may be a commit that this clone never fetched.
            if self.objects.about(id)?.is_some() {
                arguments.push(id.as_str());
            }
        }
        arguments.push("--");
        let printed = self.state.program.ask(&arguments)?;
        let mut commits = Vec::new();
        for line in String::from_utf8_lossy(&printed).lines() {
            let id = ObjectId::parse(line).ok_or_else(|| state::unexpected("rev-list"))?;
            let commit = self.commit(&id)?;
            let parents = self.parents_of(&id, &commit);
            commits.push(commit.into_commit(id, parents));
        }
        Ok(commits)
    }

    fn reference(&self, name: &str) -> Option<ObjectId> {
        self.commit_at(self.state.refs.get(name.as_bytes())?)
    }

    fn symbolic_reference(&self, name: &str) -> Option<String> {
        if name == "HEAD" {
            return self.state.head.clone();
        }
        match self.state.refs.get(name.as_bytes()) {
            Some(known) => known.symbolic.clone(),
            // A ref that leads nowhere is not listed, and still says where it would lead.
            None => state::symbolic(&self.state.program, name).ok()?,
        }
    }

    fn remote_tips(&self, remote: Option<&str>) -> Vec<ObjectId> {
        let start = remote.map_or_else(|| "refs/remotes/".to_owned(), |name| format!("refs/remotes/{name}/"));
        let listed = self.state.refs.range(start.clone().into_bytes()..);
        let mut tips: Vec<ObjectId> = listed
            .take_while(|(name, _)| name.starts_with(start.as_bytes()))
            .filter_map(|(_, reference)| self.commit_at(reference))
            .collect();
        tips.sort();
        tips.dedup();
        tips
    }

    fn remotes(&self) -> Vec<(String, Vec<String>)> {
        self.state.remotes()
    }

    fn head_branch(&self) -> Option<String> {
        self.state.head.clone()
    }

    fn user(&self) -> Option<String> {
        state::setting(&self.state.program, "user.email")
            .or_else(|| state::setting(&self.state.program, "user.name"))
    }

    fn upstream_of(&self, branch: &str) -> Option<String> {
        self.state.refs.get(branch.as_bytes())?.upstream.clone()
    }

    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        self.left_out.compares(base);
        self.left_out.compares(head);
        let tree = |side: &Tree| match side {
            Tree::Object(id) => Some(id.clone()),
            _ => None,
        };
        let mut files = Vec::new();
        match head {
            Tree::Index | Tree::WorkTree => files = self.diff_local(base, head)?,
            Tree::Empty | Tree::Object(_) => {
                self.diff_folders(b"", tree(base).as_ref(), tree(head).as_ref(), 0, &mut files)?;
            }
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
        self.left_out.reads(tree);
        match tree {
            Tree::Empty => Ok(()),
            Tree::Object(id) => match self.find_in_folder(id.clone(), folder.as_bytes())? {
                Some(found) if found.is_folder() => {
                    self.list_folder(folder.as_bytes(), &found.id, 0, enter, visit)
                }
                _ => Ok(()),
            },
            Tree::Index | Tree::WorkTree => {
                let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                for known in self.index()? {
                    if !known.path.bytes().starts_with(prefix.as_bytes()) {
                        continue;
                    }
                    let work_file = match tree {
                        Tree::WorkTree => work_tree::entry(self.state.work_tree.as_deref(), &known.path),
                        _ => None,
                    };
                    let indexed = || known.staged().filter(|_| *tree == Tree::Index || known.left_out);
                    if let Some(found) = work_file.or_else(indexed) {
                        visit(known.path.clone(), found);
                    }
                }
                Ok(())
            }
        }
    }

    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        self.left_out.reads(tree);
        match tree {
            Tree::Empty => Ok(None),
            Tree::Object(id) => {
                let found = self.find_in_folder(id.clone(), path.bytes())?;
                Ok(found.filter(|entry| !entry.is_folder()).map(|entry| Self::entry_of(&entry)))
            }
            Tree::Index => Ok(self.in_index(path)?.and_then(IndexEntry::staged)),
            Tree::WorkTree => match work_tree::entry(self.state.work_tree.as_deref(), path) {
                Some(found) => Ok(Some(found)),
                None => {
                    let known = self.in_index(path)?.filter(|known| known.left_out);
                    Ok(known.and_then(IndexEntry::staged))
                }
            },
        }
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let id = match &entry.content {
            Content::WorkFile(path) => {
                return work_tree::read(self.state.work_tree.as_deref(), path, limit);
            }
            Content::Blob(id) => id,
        };
        // A large file is never read: what is asked first is its size.
        if let Some((_, size)) = self.objects.about(id)?
            && size > limit
        {
            return Err(too_large(size, limit));
        }
        let (_, bytes) = self.object(id, "reading blob")?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > limit { Err(too_large(size, limit)) } else { Ok(bytes) }
    }
}
