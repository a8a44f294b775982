//! One line: how an entry becomes bytes, and bytes an entry.
//!
//! In: an entry, or a stream. Out: the line with its line feed, or the next line of the stream with its hash. The one
//! place where texts go into the record, and so the one place where secrets are left out.

use std::io::{self, BufRead};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Entry, RecordError};
use crate::source::veiled;

/// At most so many bytes, without the line feed. Over this it is no entry, and is not kept in memory.
pub(super) const LINE_LIMIT: usize = 1024 * 1024;

/// SHA-256 in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    hexadecimal(Sha256::digest(bytes).as_slice())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}

/// What stands in the place of a hash where there is no line before.
pub(super) fn nothing_before() -> String {
    "0".repeat(64)
}

/// The line of an entry, line feed and all; an error where it could not be read again.
pub(super) fn compose(entry: Entry) -> Result<Vec<u8>, RecordError> {
    let entry = Entry { body: without_secrets(&entry.body), ..entry };
    let mut line = serde_json::to_vec(&entry)
        .map_err(|error| RecordError::new(format!("an entry can't be written as JSON: {error}")))?;
    if line.len() > LINE_LIMIT {
        return Err(RecordError::new(format!(
            "an entry of {} bytes is too long for the record, which takes {LINE_LIMIT}",
            line.len()
        )));
    }
    parse(&line).map_err(|why| RecordError::new(format!("an entry could not be read again: {why}")))?;
    line.push(b'\n');
    Ok(line)
}

/// The same value, every text of it without what looks like a secret (U10).
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(veiled(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(without_secrets).collect()),
        Value::Object(fields) => {
            let fields = fields.iter();
            let veil = |(key, value): (&String, &Value)| (veiled(key).into_owned(), without_secrets(value));
            Value::Object(fields.map(veil).collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Why a line is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoEntry {
    why: String,
    /// It ends in the middle, as the line of a killed writer does.
    pub cut: bool,
}

impl std::fmt::Display for NoEntry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.why)
    }
}

fn parse(bytes: &[u8]) -> Result<Entry, NoEntry> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own words repeat what it read.
        let why = match error.classify() {
            serde_json::error::Category::Eof => "it ends in the middle".to_owned(),
            serde_json::error::Category::Data => {
                format!("it is JSON and no entry (column {})", error.column())
            }
            _ => format!("it is no JSON (column {})", error.column()),
        };
        NoEntry { why, cut: error.is_eof() }
    })
}

/// A line as it was found.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Its beginning, where it is longer than any entry may be.
    bytes: Vec<u8>,
    /// Without the line feed.
    pub length: u64,
    pub hash: String,
    /// It has a line feed.
    pub ended: bool,
}

impl Line {
    /// Takes the next line; `false` at the end.
    pub(super) fn next(&mut self, stream: &mut impl BufRead) -> io::Result<bool> {
        self.bytes.clear();
        self.length = 0;
        self.ended = false;
        let mut digest = Sha256::new();
        loop {
            let buffer = stream.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let piece = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            digest.update(piece);
            let room = (LINE_LIMIT + 1).saturating_sub(self.bytes.len());
            self.bytes.extend_from_slice(piece.get(..room).unwrap_or(piece));
            self.length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let used = piece.len() + usize::from(end.is_some());
            stream.consume(used);
            if end.is_some() {
                self.ended = true;
                break;
            }
        }
        self.hash = hexadecimal(digest.finalize().as_slice());
        Ok(self.ended || self.length > 0)
    }

    pub(super) fn entry(&self) -> Result<Entry, NoEntry> {
        if self.bytes.len() > LINE_LIMIT {
            let why = format!("it has {} bytes, and no entry has more than {LINE_LIMIT}", self.length);
            return Err(NoEntry { why, cut: false });
        }
        parse(&self.bytes)
    }
}
