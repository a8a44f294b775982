//! The record: what was decided, by whom, on what grounds. Append-only, one JSON object a line, each with the hash of the
//! line before it.
//!
//! In: an entry's kind and body. Out: a durable line, or an error: no go stands without one. Must not know what the
//! entries mean.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

/// Why a line could not be written or the record can't be read. The record itself is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RecordError {
    pub what: String,
    pub mend: Option<String>,
}

/// The record's file.
#[derive(Debug, Clone)]
pub struct Record {
    file: PathBuf,
}

impl Record {
    pub const fn at(file: PathBuf) -> Self {
        Self { file }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes one entry and waits until it is on the disk.
    pub fn append(
        &self,
        _at: Timestamp,
        _kind: &str,
        _body: &serde_json::Value,
    ) -> Result<Head, RecordError> {
        Err(RecordError { what: "not written yet".to_owned(), mend: None })
    }

    /// Every entry, the chain verified; none where there is no file yet.
    pub fn read(&self) -> Result<Vec<Entry>, RecordError> {
        Ok(Vec::new())
    }
}
