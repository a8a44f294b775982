//! The index and the work tree, as the installed git sees them.
//!
//! In: the program. Out: entries, and paths that may differ. Runs no filter, no hook and no file system monitor.

use std::collections::BTreeSet;

use super::program::Program;
use super::state::unexpected;
use crate::change::{Content, Entry, EntryKind, ObjectId, ReadError, Tree};
use crate::source::RepoPath;

/// One line of the index.
pub(super) struct IndexEntry {
    pub path: RepoPath,
    pub entry: Entry,
    /// Not zero in the middle of a merge.
    pub stage: u8,
}

/// All of the index, a sparse one in full.
pub(super) fn entries(program: &Program) -> Result<Vec<IndexEntry>, ReadError> {
    let printed = program.ask(&["ls-files", "-s", "-z"])?;
    records(&printed).map(|record| entry(record).ok_or_else(|| unexpected("ls-files"))).collect()
}

fn records(printed: &[u8]) -> impl Iterator<Item = &[u8]> {
    printed.split(|byte| *byte == 0).filter(|record| !record.is_empty())
}

/// `<mode> <id> <stage>\t<path>`.
fn entry(record: &[u8]) -> Option<IndexEntry> {
    let tab = record.iter().position(|byte| *byte == b'\t')?;
    let path = RepoPath::new(record.get(tab + 1..)?);
    let mut words = std::str::from_utf8(record.get(..tab)?).ok()?.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = ObjectId::parse(words.next()?)?;
    let stage = words.next()?.parse().ok()?;
    let entry = Entry { kind: EntryKind::of_mode(mode), content: Content::Blob(id) };
    Some(IndexEntry { path, entry, stage })
}

/// Paths at which the index may differ from a tree. Which commit of a submodule is wanted is for the index to say; a work
/// tree has only a folder there, and is not asked.
fn staged(program: &Program, base: &ObjectId, head: &Tree) -> Result<BTreeSet<RepoPath>, ReadError> {
    let printed = program.ask(&[
        "diff-index",
        "--cached",
        "-z",
        "--raw",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
        base.as_str(),
        "--",
    ])?;
    let mut paths = BTreeSet::new();
    let mut records = printed.split(|byte| *byte == 0);
    while let Some(status) = records.next().filter(|record| !record.is_empty()) {
        let path = records.next().filter(|_| status.starts_with(b":"));
        let path = path.ok_or_else(|| unexpected("diff-index"))?;
        if *head == Tree::Index || !status.starts_with(b":160000 160000 ") {
            paths.insert(RepoPath::new(path));
        }
    }
    Ok(paths)
}

/// Paths at which the work tree may differ from the index, untracked files among them.
fn edited(program: &Program) -> Result<BTreeSet<RepoPath>, ReadError> {
    let printed = program.ask(&[
        "status",
        "--porcelain=v2",
        "-z",
        "--untracked-files=all",
        "--ignored=no",
        "--ignore-submodules=all",
        "--no-renames",
    ])?;
    let mut paths = BTreeSet::new();
    for record in records(&printed) {
        // The path is the last field, and may hold spaces.
        let fields = match record.first() {
            Some(b'1') => 9,
            Some(b'u') => 11,
            Some(b'?') => 2,
            Some(b'#') => continue,
            _ => return Err(unexpected("status")),
        };
        let path = record.splitn(fields, |byte| *byte == b' ').nth(fields - 1);
        let path = path.ok_or_else(|| unexpected("status"))?;
        let untouched = record.starts_with(b"1 ") && record.get(3) == Some(&b'.');
        if !untouched {
            paths.insert(RepoPath::new(path));
        }
    }
    Ok(paths)
}

/// The paths that a comparison with what is not committed has to look at.
pub(super) fn candidates(
    program: &Program,
    entries: &[IndexEntry],
    base: &Tree,
    head: &Tree,
) -> Result<BTreeSet<RepoPath>, ReadError> {
    let mut paths = match base {
        Tree::Object(id) => staged(program, id, head)?,
        _ => entries.iter().map(|known| known.path.clone()).collect(),
    };
    if *head == Tree::WorkTree {
        paths.extend(edited(program)?);
    }
    Ok(paths)
}
