//! Files of the work tree, which no object holds yet.
//!
//! In: the work tree's folder and a path. Out: an entry, or bytes. Follows no link: what lies behind one is not judged.

use std::path::{Path, PathBuf};

use super::{Content, Entry, EntryKind, ReadError, ReadErrorKind};
use crate::source::RepoPath;

/// What lies at a path. A component that is a link would lead out of what is judged: such a path has no file here.
pub(super) fn entry(root: Option<&Path>, path: &RepoPath) -> Option<Entry> {
    let mut place = root?.to_path_buf();
    let mut parts = path.bytes().split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        if matches!(part, b"" | b"." | b"..") {
            return None;
        }
        place.push(system_path(part));
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

pub(super) fn read(root: Option<&Path>, path: &RepoPath, limit: u64) -> Result<Vec<u8>, ReadError> {
    let io = |error: std::io::Error| ReadError::new(ReadErrorKind::Other, format!("reading {path}: {error}"));
    let Some(root) = root else {
        return Err(ReadError::new(ReadErrorKind::Other, "there is no work tree"));
    };
    let place = root.join(system_path(path.bytes()));
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

pub(super) fn too_large(size: u64, limit: u64) -> ReadError {
    ReadError::new(ReadErrorKind::TooLarge(size), format!("{size} bytes, and at most {limit} are read"))
}

/// git's bytes as this system names files.
#[cfg(unix)]
pub(super) fn system_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
pub(super) fn system_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
