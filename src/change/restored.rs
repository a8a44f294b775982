//! Recognises a change that only puts back what was released before.

use super::{Change, Entry, ObjectId, ReadError, ReadErrorKind, Reader, Tree};
use crate::source::RepoPath;

/// How many commits of the base's history are looked at.
const LOOK_BACK: usize = 200;

/// The commit in the base's own line of history at which all of these files were as the change makes them.
///
/// Files that the change takes away must be absent there too; a change that only takes away restores nothing.
pub fn restored_state(
    reader: &dyn Reader,
    change: &Change,
    paths: &[&RepoPath],
) -> Result<Option<ObjectId>, ReadError> {
    let Some(base) = &change.base.commit else { return Ok(None) };
    let wanted: Vec<(&RepoPath, Option<&Entry>)> = change
        .files
        .iter()
        .filter(|file| paths.contains(&&file.path))
        .map(|file| (&file.path, file.head.as_ref()))
        .collect();
    if wanted.iter().all(|(_, entry)| entry.is_none()) {
        return Ok(None);
    }
    let mut commit = base.clone();
    for _ in 0..LOOK_BACK {
        let Some(parent) = reader.parents(&commit)?.into_iter().next() else { return Ok(None) };
        if !reader.has_object(&parent) {
            return Ok(None);
        }
        let tree = Tree::Object(reader.resolve_tree(parent.as_str())?);
        let mut same = true;
        for (path, entry) in &wanted {
            let found = match reader.entry(&tree, path) {
                Ok(found) => found,
                // History that this clone left out shows nothing, and excuses nothing.
                Err(error) if error.kind == ReadErrorKind::MissingObject => return Ok(None),
                Err(error) => return Err(error),
            };
            if found.as_ref() != *entry {
                same = false;
                break;
            }
        }
        if same {
            return Ok(Some(parent));
        }
        commit = parent;
    }
    Ok(None)
}
