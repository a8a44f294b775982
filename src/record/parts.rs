//! The files of a record: the one that is written to, and those before it that were full.
//!
//! In: the file's path. Out: their names in order, and a walk through all of them. `record.jsonl` with the entries 1 to
//! 900 is put aside as `record.1-900.jsonl`, and the chain goes on.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::chain::{Chain, Verification, shown};
use super::disk::{Lock, failed, folder_of, is_still, length, lock, open_for_reading};
use super::line::Line;
use super::{Entry, RecordError};

/// More of one file is not read.
const FILE_LIMIT: u64 = 256 * 1024 * 1024;

/// The name under which a full file is put aside.
pub(super) fn aside(file: &Path, first: u64, last: u64) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{first}-{last}"));
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

/// The files that were put aside, oldest first.
pub(super) fn full(file: &Path) -> Result<Vec<PathBuf>, RecordError> {
    let folder = folder_of(file);
    let unreadable = |error| failed("the record's folder can't be read", folder, &error);
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = Vec::new();
    for entry in listing {
        let name = entry.map_err(unreadable)?.file_name();
        if let Some((first, last)) = range(file, &name) {
            found.push((first, last, file.with_file_name(name)));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, _, path)| path).collect())
}

/// The first and the last entry of a file that has such a name.
fn range(file: &Path, name: &OsStr) -> Option<(u64, u64)> {
    let stem = file.file_stem()?.to_str()?;
    let between = name.to_str()?.strip_prefix(stem)?.strip_prefix('.')?;
    let between = match file.extension() {
        Some(extension) => between.strip_suffix(extension.to_str()?)?.strip_suffix('.')?,
        None => between,
    };
    let (first, last) = between.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (aside(file, first, last).file_name() == Some(name)).then_some((first, last))
}

/// What is read: opened while nobody writes, and only as far as it went then.
fn snapshot(file: &Path) -> Result<Vec<(PathBuf, File, u64)>, RecordError> {
    let mut parts = Vec::new();
    let current = loop {
        let Some(opened) = open_for_reading(file)? else { break None };
        lock(file, &opened, Lock::Shared)?;
        if is_still(file, &opened) {
            break Some(opened);
        }
    };
    for path in full(file)? {
        if let Some(opened) = open_for_reading(&path)? {
            let length = length(&path, &opened)?;
            parts.push((path, opened, length));
        }
    }
    if let Some(opened) = current {
        let length = length(file, &opened)?;
        let _ = opened.unlock();
        parts.push((file.to_path_buf(), opened, length));
    }
    if let Some((path, _, length)) = parts.iter().find(|(_, _, length)| *length > FILE_LIMIT) {
        return Err(RecordError::new(format!(
            "{} has {length} bytes, and at most {FILE_LIMIT} of a file are read",
            shown(path)
        ))
        .mended_by("a record is put aside long before: keep this file and move it away"));
    }
    Ok(parts)
}

/// Goes through every line of every file.
pub(super) fn scan(file: &Path, visit: &mut dyn FnMut(Entry, &str)) -> Result<Verification, RecordError> {
    let mut chain = Chain::from_the_beginning();
    let mut line = Line::default();
    for (path, opened, length) in snapshot(file)? {
        chain.enter(&path);
        let mut stream = BufReader::new(opened.take(length));
        while line.next(&mut stream).map_err(|error| failed("the record can't be read", &path, &error))? {
            if let Some(entry) = chain.take(&line) {
                visit(entry, &line.hash);
            }
        }
    }
    Ok(chain.finish())
}
