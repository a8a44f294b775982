//! Walking through the folders of trees: the same steps, whoever reads the objects.
//!
//! In: [`Folders`], which opens one folder. Out: what differs, what is listed, what lies at a path. Folders and names are
//! taken as they were written, however hostile: nothing is tidied up.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;

use super::{Content, Entry, EntryKind, FileChange, ObjectId, ReadError, ReadErrorKind};
use crate::source::RepoPath;

/// How many folders deep a tree may nest.
const DEPTH_LIMIT: usize = 128;

/// One line of a tree object.
#[derive(Debug, Clone)]
pub(super) struct RawEntry<Id> {
    pub name: Vec<u8>,
    pub mode: u32,
    pub id: Id,
}

impl<Id> RawEntry<Id> {
    pub(super) const fn is_folder(&self) -> bool {
        self.mode == 0o040_000
    }
}

pub(super) type Listing<Id> = Rc<Vec<RawEntry<Id>>>;

/// What opens one folder. The walks over any number of them are its provided methods.
pub(super) trait Folders {
    type Id: Clone + Eq + Hash;

    fn entries(&self, tree: &Self::Id) -> Result<Listing<Self::Id>, ReadError>;
    fn object_id(id: &Self::Id) -> ObjectId;

    fn entry_of(entry: &RawEntry<Self::Id>) -> Entry {
        Entry { kind: EntryKind::of_mode(entry.mode), content: Content::Blob(Self::object_id(&entry.id)) }
    }

    /// Two listings side by side: what is equal on both sides is never opened.
    fn diff_folders(
        &self,
        folder: &[u8],
        base: Option<&Self::Id>,
        head: Option<&Self::Id>,
        depth: usize,
        out: &mut Vec<FileChange>,
    ) -> Result<(), ReadError> {
        if base == head {
            return Ok(());
        }
        within_depth(depth)?;
        let listing =
            |tree: Option<&Self::Id>| tree.map_or_else(|| Ok(Rc::default()), |tree| self.entries(tree));
        let (base, head) = (listing(base)?, listing(head)?);
        let mut names: BTreeMap<&[u8], Pair<'_, Self::Id>> = BTreeMap::new();
        // Entries that are the same on both sides are most of a listing: they are left out before anything is sorted.
        let unchanged: HashSet<(&[u8], u32, &Self::Id)> =
            base.iter().map(|entry| (entry.name.as_slice(), entry.mode, &entry.id)).collect();
        let mut same = HashSet::new();
        for entry in head.iter() {
            let key = (entry.name.as_slice(), entry.mode, &entry.id);
            if unchanged.contains(&key) {
                same.insert(key);
            } else if names.entry(&entry.name).or_default().1.replace(entry).is_some() {
                // Which of the two a checkout would give is anybody's guess.
                let path = RepoPath::new(join(folder, &entry.name));
                return Err(ReadError::new(ReadErrorKind::Other, format!("a folder holds {path} twice")));
            }
        }
        for entry in base.iter() {
            if !same.contains(&(entry.name.as_slice(), entry.mode, &entry.id)) {
                names.entry(&entry.name).or_default().0 = Some(entry);
            }
        }
        for (name, (before, after)) in names {
            let path = join(folder, name);
            let tree = |entry: Option<&'_ RawEntry<Self::Id>>| {
                entry.filter(|entry| entry.is_folder()).map(|entry| entry.id.clone())
            };
            let file = |entry: Option<&RawEntry<Self::Id>>| {
                entry.filter(|entry| !entry.is_folder()).map(Self::entry_of)
            };
            let (inner_base, inner_head) = (tree(before), tree(after));
            if inner_base.is_some() || inner_head.is_some() {
                self.diff_folders(&path, inner_base.as_ref(), inner_head.as_ref(), depth + 1, out)?;
            }
            let (before, after) = (file(before), file(after));
            if before != after {
                out.push(FileChange { path: RepoPath::new(path), base: before, head: after });
            }
        }
        Ok(())
    }

    fn list_folder(
        &self,
        folder: &[u8],
        tree: &Self::Id,
        depth: usize,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        within_depth(depth)?;
        for entry in self.entries(tree)?.iter() {
            let path = RepoPath::new(join(folder, &entry.name));
            if !entry.is_folder() {
                visit(path, Self::entry_of(entry));
            } else if enter(&path) {
                self.list_folder(path.bytes(), &entry.id, depth + 1, enter, visit)?;
            }
        }
        Ok(())
    }

    fn find_in_folder(&self, tree: Self::Id, path: &[u8]) -> Result<Option<RawEntry<Self::Id>>, ReadError> {
        let mut found = RawEntry { name: Vec::new(), mode: 0o040_000, id: tree };
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            if !found.is_folder() {
                return Ok(None);
            }
            let entries = self.entries(&found.id)?;
            match entries.iter().find(|entry| entry.name == part) {
                Some(entry) => found = entry.clone(),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }
}

/// What base and head hold under one name.
type Pair<'a, Id> = (Option<&'a RawEntry<Id>>, Option<&'a RawEntry<Id>>);

fn within_depth(depth: usize) -> Result<(), ReadError> {
    if depth > DEPTH_LIMIT {
        return Err(ReadError::new(
            ReadErrorKind::Other,
            format!("folders nest deeper than {DEPTH_LIMIT} levels"),
        ));
    }
    Ok(())
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
