//! Trees held in memory: how a policy's examples are judged, without a repository on disk.

use std::collections::BTreeMap;

use super::{
    Commit, Content, Entry, EntryKind, FileChange, ObjectId, ReadError, ReadErrorKind, Reader, Tree,
};
use crate::source::RepoPath;

/// A line of states; the last one is the head. Each is a tree, and a commit whose parent is the one before.
#[derive(Debug)]
pub struct Memory {
    states: Vec<BTreeMap<String, String>>,
}

impl Memory {
    pub const fn new(states: Vec<BTreeMap<String, String>>) -> Self {
        Self { states }
    }

    /// The id that stands for a state, as commit and as tree.
    pub fn id(state: usize) -> ObjectId {
        ObjectId(format!("{:040x}", state + 1))
    }

    fn state(&self, id: &ObjectId) -> Option<usize> {
        let number = usize::from_str_radix(id.as_str(), 16).ok()?.checked_sub(1)?;
        (number < self.states.len()).then_some(number)
    }

    fn files(&self, tree: &Tree) -> BTreeMap<RepoPath, Entry> {
        let Tree::Object(id) = tree else { return BTreeMap::new() };
        let Some(files) = self.state(id).and_then(|state| self.states.get(state)) else {
            return BTreeMap::new();
        };
        let entry = |text: &String| Entry { kind: EntryKind::File, content: Content::Blob(self.blob(text)) };
        files.iter().map(|(path, text)| (path.as_str().into(), entry(text))).collect()
    }

    /// A blob's id is the place of the first file with that text: equal texts get equal ids.
    fn blob(&self, text: &str) -> ObjectId {
        let place = self.states.iter().flat_map(BTreeMap::values).position(|known| known == text);
        ObjectId(format!("{:040x}", place.unwrap_or(usize::MAX)))
    }
}

impl Reader for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn root(&self) -> Option<std::path::PathBuf> {
        None
    }

    fn common_folder(&self) -> Option<std::path::PathBuf> {
        None
    }

    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError> {
        let unknown = || ReadError::new(ReadErrorKind::UnknownRevision, revision.to_owned());
        ObjectId::parse(revision).filter(|id| self.state(id).is_some()).ok_or_else(unknown)
    }

    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError> {
        self.resolve_commit(revision)
    }

    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        Ok(Some(id.clone()))
    }

    fn has_object(&self, id: &ObjectId) -> bool {
        self.state(id).is_some()
    }

    fn is_shallow(&self) -> bool {
        false
    }

    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
        Ok(Some(one.min(other).clone()))
    }

    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError> {
        let before = self.state(commit).and_then(|state| state.checked_sub(1));
        Ok(before.map(Self::id).into_iter().collect())
    }

    fn commits(&self, _: &ObjectId, _: &[ObjectId], _: usize) -> Result<Vec<Commit>, ReadError> {
        Ok(Vec::new())
    }

    fn reference(&self, _: &str) -> Option<ObjectId> {
        None
    }

    fn symbolic_reference(&self, _: &str) -> Option<String> {
        None
    }

    fn remote_tips(&self, _: Option<&str>) -> Vec<ObjectId> {
        Vec::new()
    }

    fn remotes(&self) -> Vec<(String, Vec<String>)> {
        Vec::new()
    }

    fn head_branch(&self) -> Option<String> {
        None
    }

    fn user(&self) -> Option<String> {
        None
    }

    fn upstream_of(&self, _: &str) -> Option<String> {
        None
    }

    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError> {
        let (base, head) = (self.files(base), self.files(head));
        let mut paths: Vec<&RepoPath> = base.keys().chain(head.keys()).collect();
        paths.sort();
        paths.dedup();
        Ok(paths
            .into_iter()
            .map(|path| FileChange {
                path: path.clone(),
                base: base.get(path).cloned(),
                head: head.get(path).cloned(),
            })
            .filter(|file| file.base != file.head)
            .collect())
    }

    fn list_within(
        &self,
        tree: &Tree,
        folder: &str,
        _: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        for (path, entry) in self.files(tree) {
            if path.bytes().starts_with(prefix.as_bytes()) {
                visit(path, entry);
            }
        }
        Ok(())
    }

    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError> {
        Ok(self.files(tree).remove(path))
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let Content::Blob(id) = &entry.content else {
            return Err(ReadError::new(ReadErrorKind::Other, "no such text"));
        };
        let place = usize::from_str_radix(id.as_str(), 16).unwrap_or(usize::MAX);
        let text = self.states.iter().flat_map(BTreeMap::values).nth(place);
        let text = text.ok_or_else(|| ReadError::new(ReadErrorKind::MissingObject, "no such text"))?;
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if size > limit {
            return Err(ReadError::new(ReadErrorKind::TooLarge(size), format!("{size} bytes")));
        }
        Ok(text.clone().into_bytes())
    }
}
