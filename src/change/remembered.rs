//! A [`Reader`] that gives the same blob twice without going to git twice.
//!
//! Both sides of a change share most of their files, and a search through one of them is seldom the only one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::{Commit, Content, Entry, FileChange, ObjectId, ReadError, Reader, Tree};
use crate::source::RepoPath;

/// At most this much is remembered; what comes later is read again.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// A larger file is no manifest.
const LARGEST: usize = 1024 * 1024;

pub struct Remembered<'a> {
    reader: &'a dyn Reader,
    blobs: RefCell<HashMap<ObjectId, Vec<u8>>>,
    held: Cell<usize>,
}

impl<'a> Remembered<'a> {
    pub fn new(reader: &'a dyn Reader) -> Self {
        Self { reader, blobs: RefCell::default(), held: Cell::new(0) }
    }
}

impl Reader for Remembered<'_> {
    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let Content::Blob(id) = &entry.content else { return self.reader.read(entry, limit) };
        if let Some(known) = self.blobs.borrow().get(id)
            && u64::try_from(known.len()).is_ok_and(|length| length <= limit)
        {
            return Ok(known.clone());
        }
        let bytes = self.reader.read(entry, limit)?;
        let held = self.held.get() + bytes.len();
        if bytes.len() <= LARGEST && held <= MOST_BYTES {
            self.held.set(held);
            self.blobs.borrow_mut().insert(id.clone(), bytes.clone());
        }
        Ok(bytes)
    }

    fn name(&self) -> &'static str {
        self.reader.name()
    }

    fn root(&self) -> Option<std::path::PathBuf> {
        self.reader.root()
    }

    fn common_folder(&self) -> Option<std::path::PathBuf> {
        self.reader.common_folder()
    }

    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError> {
        self.reader.resolve_commit(revision)
    }

    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError> {
        self.reader.resolve_tree(revision)
    }

    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        self.reader.peel_to_commit(id)
    }

    fn has_object(&self, id: &ObjectId) -> bool {
        self.reader.has_object(id)
    }

    fn is_shallow(&self) -> bool {
        self.reader.is_shallow()
    }

    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        self.reader.merge_base(one, other)
    }

    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError> {
        self.reader.parents(commit)
    }

    fn commits(&self, tip: &ObjectId, hidden: &[ObjectId], limit: usize) -> Result<Vec<Commit>, ReadError> {
        self.reader.commits(tip, hidden, limit)
    }

    fn reference(&self, name: &str) -> Option<ObjectId> {
        self.reader.reference(name)
    }

    fn symbolic_reference(&self, name: &str) -> Option<String> {
        self.reader.symbolic_reference(name)
    }

    fn remote_tips(&self, remote: Option<&str>) -> Vec<ObjectId> {
        self.reader.remote_tips(remote)
    }

    fn remotes(&self) -> Vec<(String, Vec<String>)> {
        self.reader.remotes()
    }

    fn head_branch(&self) -> Option<String> {
        self.reader.head_branch()
    }

    fn user(&self) -> Option<String> {
        self.reader.user()
    }

    fn upstream_of(&self, branch: &str) -> Option<String> {
        self.reader.upstream_of(branch)
    }

    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        self.reader.diff(base, head)
    }

    fn list_within(
        &self,
        tree: &Tree,
        folder: &str,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        self.reader.list_within(tree, folder, enter, visit)
    }

    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        self.reader.entry(tree, path)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::change::{EntryKind, Memory, ReadErrorKind};

    fn file(name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), "a: 1\n".to_owned())])
    }

    #[test]
    fn what_was_read_once_is_there_when_the_repository_is_gone() {
        let memory = Memory::new(vec![file("a.yaml")]);
        let reader = Remembered::new(&memory);
        let entry = reader.entry(&Tree::Object(Memory::id(0)), &"a.yaml".into()).unwrap().unwrap();
        assert_eq!(reader.read(&entry, 100).unwrap(), b"a: 1\n");
        let empty = Memory::new(Vec::new());
        let reader = Remembered { reader: &empty, blobs: reader.blobs, held: reader.held };
        assert_eq!(reader.read(&entry, 100).unwrap(), b"a: 1\n");
    }

    #[test]
    fn a_limit_holds_for_what_is_remembered_too() {
        let memory = Memory::new(vec![file("a.yaml")]);
        let reader = Remembered::new(&memory);
        let entry = reader.entry(&Tree::Object(Memory::id(0)), &"a.yaml".into()).unwrap().unwrap();
        assert_eq!(entry.kind, EntryKind::File);
        reader.read(&entry, 100).unwrap();
        let error = reader.read(&entry, 2).unwrap_err();
        assert!(matches!(error.kind, ReadErrorKind::TooLarge(_)));
    }
}
