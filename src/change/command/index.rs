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
    entry: Entry,
    /// Not zero in the middle of a merge.
    pub stage: u8,
    /// A sparse checkout has left the file out of the work tree: there it is as the index has it.
    pub left_out: bool,
    /// The file is only intended to be added: nothing of it is staged.
    pub intended: bool,
}

impl IndexEntry {
    /// What is staged.
    pub(super) fn staged(&self) -> Option<Entry> {
        (!self.intended).then(|| self.entry.clone())
    }
}

/// The blob without content, by both hashes; and the tree without entries.
const EMPTY_BLOBS: [&str; 2] = [
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
];
const EMPTY_TREES: [&str; 2] = [
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
];

/// All of the index, a sparse one in full.
pub(super) fn entries(program: &Program) -> Result<Vec<IndexEntry>, ReadError> {
    let printed = program.ask(&["ls-files", "-s", "-t", "-z"])?;
    let entries = records(&printed).map(|record| entry(record).ok_or_else(|| unexpected("ls-files")));
    let mut entries: Vec<IndexEntry> = entries.collect::<Result<_, _>>()?;
    let blob = |known: &IndexEntry| match &known.entry.content {
        Content::Blob(id) => EMPTY_BLOBS.iter().position(|empty| id.as_str() == *empty),
        Content::WorkFile(_) => None,
    };
    // An entry that is only intended looks like an empty file, and is left out of comparisons.
    if let Some(empty) = entries.iter().find_map(blob).and_then(|hash| EMPTY_TREES.get(hash)) {
        let staged = differing(program, empty, &Tree::Index)?;
        for known in &mut entries {
            known.intended = known.stage == 0 && !staged.contains(&known.path);
        }
    }
    Ok(entries)
}

fn records(printed: &[u8]) -> impl Iterator<Item = &[u8]> {
    printed.split(|byte| *byte == 0).filter(|record| !record.is_empty())
}

/// `<tag> <mode> <id> <stage>\t<path>`.
fn entry(record: &[u8]) -> Option<IndexEntry> {
    let tab = record.iter().position(|byte| *byte == b'\t')?;
    let path = RepoPath::new(record.get(tab + 1..)?);
    let mut words = std::str::from_utf8(record.get(..tab)?).ok()?.split(' ');
    let left_out = words.next()? == "S";
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = ObjectId::parse(words.next()?)?;
    let stage = words.next()?.parse().ok()?;
    let entry = Entry { kind: EntryKind::of_mode(mode), content: Content::Blob(id) };
    Some(IndexEntry { path, entry, stage, left_out, intended: false })
}

/// Paths at which the index may differ from a tree. Which commit of a submodule is wanted is for the index to say; a work
/// tree has only a folder there, and is not asked.
fn differing(program: &Program, base: &str, head: &Tree) -> Result<BTreeSet<RepoPath>, ReadError> {
    let printed = program.ask(&[
        "diff-index",
        "--cached",
        "-z",
        "--raw",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
        "--ita-invisible-in-index",
        base,
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
        Tree::Object(id) => differing(program, id.as_str(), head)?,
        _ => entries.iter().map(|known| known.path.clone()).collect(),
    };
    if *head == Tree::WorkTree {
        paths.extend(edited(program)?);
    }
    Ok(paths)
}
