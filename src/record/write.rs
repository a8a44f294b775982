//! The way of one entry onto the disk.
//!
//! In: what is to be recorded. Out: where the record then ends; or an error, and whoever asked must not go on as if it
//! were written. One call writes a line, so that a reader finds all of it or a torn end, and nothing that is there is
//! ever written again: a torn end is noted by an entry of its own.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::chain::{Mended, RECOVERED, shown};
use super::disk::{Disk, Lock, failed, folder_of, is_still, lock, open_for_writing};
use super::line::{Line, compose, hash, nothing_before};
use super::tail::{self, Tail};
use super::{Entry, Head, Record, RecordError, parts};

/// What is to be recorded.
pub(super) struct New<'a> {
    pub at: Timestamp,
    pub kind: &'a str,
    pub body: &'a Value,
}

/// How often the file may be put aside by others while we wait for it.
const ATTEMPTS: usize = 100;

pub(super) fn append(record: &Record, new: &New<'_>, disk: &dyn Disk) -> Result<Head, RecordError> {
    if new.kind == RECOVERED {
        return Err(RecordError::new(format!("`{RECOVERED}` is what only the record itself writes")));
    }
    let file = &record.file;
    for _ in 0..ATTEMPTS {
        let opened = open_for_writing(file, disk)?;
        lock(file, &opened, Lock::Alone)?;
        if !is_still(file, &opened) {
            continue;
        }
        let tail = tail::read(file, &opened)?;
        if tail.length > record.full && tail.is_clean() {
            put_aside(file, &opened, &tail, disk)?;
            continue;
        }
        return write(file, &opened, &tail, new, disk);
    }
    Err(RecordError::new(format!("{} was put aside again and again", shown(file))))
}

fn write(
    file: &Path,
    opened: &File,
    tail: &Tail,
    new: &New<'_>,
    disk: &dyn Disk,
) -> Result<Head, RecordError> {
    let entry = |before: Option<&Head>, prev: Option<String>| Entry {
        seq: before.map_or(1, |before| before.seq + 1),
        prev: prev.or_else(|| Some(before?.hash.clone())).unwrap_or_else(nothing_before),
        at: new.at,
        kind: new.kind.to_owned(),
        body: new.body.clone(),
    };
    let mut before = tail.last.as_ref().map(|last| Head { seq: last.seq, hash: last.hash.clone() });
    if !tail.is_clean() {
        // Before anything is mended it must be sure that there is something to write.
        compose(entry(before.as_ref(), None))?;
        let mended = Mended {
            torn_bytes: tail.torn_bytes,
            torn: tail.torn.clone(),
            after: before.as_ref().map_or_else(nothing_before, |before| before.hash.clone()),
        };
        let body = serde_json::to_value(mended)
            .map_err(|error| RecordError::new(format!("an entry can't be written as JSON: {error}")))?;
        let whole = entry(before.as_ref(), tail.torn.last().cloned());
        let line = compose(Entry { kind: RECOVERED.to_owned(), body, ..whole })?;
        before = Some(head(before.as_ref(), &line));
        let end: &[u8] = if tail.ended { b"" } else { b"\n" };
        put(file, opened, &[end, &line].concat(), disk)?;
    }
    let line = compose(entry(before.as_ref(), None))?;
    put(file, opened, &line, disk)?;
    let unsure = |error| {
        failed("it is not sure that the entry is on the disk", file, &error)
            .mended_by("look at the disk; the entry may be in the record, and nothing may rely on it")
    };
    disk.sync(opened).map_err(unsure)?;
    disk.sync_folder(folder_of(file)).map_err(unsure)?;
    Ok(head(before.as_ref(), &line))
}

/// Where the record ends after this line.
fn head(before: Option<&Head>, line: &[u8]) -> Head {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    Head { seq: before.map_or(1, |before| before.seq + 1), hash: hash(line) }
}

fn put(file: &Path, opened: &File, bytes: &[u8], disk: &dyn Disk) -> Result<(), RecordError> {
    let mend = "make room on the disk; what is torn now is noted by the next entry";
    match disk.write(opened, bytes) {
        Ok(written) if written == bytes.len() => Ok(()),
        Ok(written) => Err(RecordError::new(format!(
            "only {written} of {} bytes could be written to {}",
            bytes.len(),
            shown(file)
        ))
        .mended_by(mend)),
        Err(error) => Err(failed("the record can't be written", file, &error).mended_by(mend)),
    }
}

/// Gives a full file a name of its own; under the lock, so that nobody writes to it any more.
fn put_aside(file: &Path, opened: &File, tail: &Tail, disk: &dyn Disk) -> Result<(), RecordError> {
    let unreadable = |error| failed("the record can't be read", file, &error);
    let mut stream = opened;
    stream.rewind().map_err(unreadable)?;
    let mut line = Line::default();
    line.next(&mut BufReader::new(stream)).map_err(unreadable)?;
    let (Ok(first), Some(last)) = (line.entry(), &tail.last) else {
        return Err(RecordError::new(format!("{} does not begin like a record", shown(file))));
    };
    let aside = parts::aside(file, first.seq, last.seq);
    if aside.symlink_metadata().is_ok() {
        return Err(RecordError::new(format!(
            "{} is full and {} exists already",
            shown(file),
            shown(&aside)
        ))
        .mended_by("move that file away, and keep it"));
    }
    let failed = |error| failed("the full record can't be put aside", file, &error);
    disk.rename(file, &aside).map_err(failed)?;
    disk.sync_folder(folder_of(file)).map_err(failed)
}
