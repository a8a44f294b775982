//! The record: what was decided, by whom, on what grounds. Append-only, one JSON object a line, each with the hash of the
//! line before it.
//!
//! In: an entry's kind and body. Out: a durable line, or an error: no go stands without one. Must not know what the
//! entries mean.
//!
//! What the chain shows by itself: a line that was changed, removed, added or moved, with any line behind it. What it
//! can't show: that lines are missing at the end, or that the last one is another. A [`Head`] that was kept elsewhere
//! does.

mod chain;
mod disk;
mod line;
mod parts;
mod tail;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use chain::{Fault, Flaw, Note, Recovered, Verification};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without a gap.
    pub seq: u64,
    /// SHA-256 of the line before, without its line feed; 64 zeros for the first.
    pub prev: String,
    pub at: Timestamp,
    /// `answer`, `decision`, `watch`, `recovered`, …
    pub kind: String,
    pub body: serde_json::Value,
}

/// Where the record now ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    pub seq: u64,
    /// SHA-256 of the last line: what a copy elsewhere is held against.
    pub hash: String,
}

/// As `record verify --head` takes it.
impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.seq, self.hash)
    }
}

/// Why a line could not be written or the record can't be read. What was there before is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RecordError {
    pub what: String,
    pub mend: Option<String>,
}

impl RecordError {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), mend: None }
    }

    fn mended_by(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

/// Over this the file is put aside under a name of its own, and the chain goes on in a new one.
const FULL: u64 = 64 * 1024 * 1024;

/// The record's file.
#[derive(Debug, Clone)]
pub struct Record {
    file: PathBuf,
    full: u64,
}

impl Record {
    pub const fn at(file: PathBuf) -> Self {
        Self { file, full: FULL }
    }

    /// The same, put aside when it is over so many bytes.
    #[must_use]
    pub const fn full_at(mut self, bytes: u64) -> Self {
        self.full = bytes;
        self
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes one entry and waits until it is on the disk. What looks like a secret in its texts is left out.
    pub fn append(&self, at: Timestamp, kind: &str, body: &serde_json::Value) -> Result<Head, RecordError> {
        write::append(self, &write::New { at, kind, body }, &disk::Machine)
    }

    /// Every entry, the chain verified; none where there is no file yet. A torn line at the end is left out: whoever
    /// wrote it was not told that it is written, and the next entry notes it.
    pub fn read(&self) -> Result<Vec<Entry>, RecordError> {
        let mut entries = Vec::new();
        let found = self.scan(&mut |entry, _| entries.push(entry))?;
        match found.faults.iter().find(|fault| !matches!(fault.flaw, Flaw::TornTail { .. })) {
            Some(fault) => Err(chain::broken(fault)),
            None => Ok(entries),
        }
    }

    /// Where the record ends; `None` where nothing is in it.
    pub fn head(&self) -> Result<Option<Head>, RecordError> {
        Ok(self.scan(&mut |_, _| {})?.head)
    }

    /// Goes through the whole record and says what is wrong with it.
    pub fn verify(&self) -> Result<Verification, RecordError> {
        self.scan(&mut |_, _| {})
    }

    /// The same, and hands on every entry with the hash of its line, whether the chain holds there or not.
    pub fn scan(&self, visit: &mut dyn FnMut(Entry, &str)) -> Result<Verification, RecordError> {
        parts::scan(&self.file, visit)
    }
}
