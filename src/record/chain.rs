//! The chain: whether each line follows from the one before.
//!
//! In: lines, one after the other. Out: a [`Verification`]. Keeps of the lines no more than the last one's hash, so that
//! a record may be longer than memory.
//!
//! What a killed writer leaves is part of a line. The entry after it has the kind `recovered` and vouches for what is
//! left: `prev` is the hash of the torn line like of any other, `after` the hash of the last whole one, and `torn` has
//! the hash of each torn line, of which there is one unless the mending itself was torn. Nothing can be changed there
//! either.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::{Line, NoEntry, nothing_before};
use super::{Entry, Head, RecordError};
use crate::source::escape_line;

/// The kind of the entry that notes a torn line.
pub(super) const RECOVERED: &str = "recovered";
/// Over so many faults they are only counted: one wrong beginning makes every line wrong.
const MOST_FAULTS: usize = 100;
/// More torn lines in a row than this are no accident.
const MOST_TORN: usize = 16;

/// Something is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub file: PathBuf,
    /// From 1.
    pub line: u64,
    pub flaw: Flaw,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Why it is no entry.
    NoEntry(String),
    Seq {
        expected: u64,
        found: u64,
    },
    /// It does not follow from the line before: that one was changed, or this one was not written after it.
    Prev,
    /// The last line ends in the middle; with no bytes that are lost, in front of its line feed.
    TornTail {
        bytes: u64,
    },
}

impl Flaw {
    /// One word for machines.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NoEntry(_) => "no-entry",
            Self::Seq { .. } => "seq",
            Self::Prev => "prev",
            Self::TornTail { .. } => "torn-tail",
        }
    }
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoEntry(why) => write!(formatter, "this is no entry: {why}"),
            Self::Seq { expected, found } if found > expected => {
                write!(formatter, "seq is {found} and should be {expected}: what was between them is gone")
            }
            Self::Seq { expected, found } => {
                write!(formatter, "seq is {found} and should be {expected}: this line does not belong here")
            }
            Self::Prev => formatter.write_str("prev is not the hash of the line before, which was changed"),
            Self::TornTail { bytes: 0 } => formatter
                .write_str("the last line has no line feed: its writer was killed, or somebody cut it off"),
            Self::TornTail { bytes } => write!(
                formatter,
                "the last line ends in the middle ({bytes} bytes): its writer was killed, or somebody cut it off"
            ),
        }
    }
}

/// Something that a reader should know and that breaks nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub file: PathBuf,
    pub line: u64,
    pub what: String,
}

/// An entry that notes what a killed writer left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recovered {
    pub seq: u64,
    pub torn_bytes: u64,
}

/// What is known of a record after going through all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// The files that it is in, oldest first; none where there is none yet.
    pub files: Vec<PathBuf>,
    pub entries: u64,
    pub head: Option<Head>,
    pub faults: Vec<Fault>,
    /// Faults beyond those.
    pub more_faults: u64,
    pub notes: Vec<Note>,
    pub recovered: Vec<Recovered>,
}

impl Verification {
    pub const fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The record as an error: nothing is added to it, nothing is taken from it.
pub(super) fn broken(fault: &Fault) -> RecordError {
    let place = match fault.line {
        0 => "near its end".to_owned(),
        line => format!("line {line}"),
    };
    RecordError::new(format!("the record is broken: {}, {place}: {}", shown(&fault.file), fault.flaw))
    .mended_by(
        "`deploy-guard record verify` names every line; keep the file, move it away, and a new record begins",
    )
}

pub(super) fn shown(path: &Path) -> String {
    escape_line(&path.display().to_string()).into_owned()
}

/// The body of an entry that notes torn lines.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mended {
    /// Without line feeds; 0 where nothing but the line feed was missing.
    pub torn_bytes: u64,
    /// The hash of each torn line.
    pub torn: Vec<String>,
    /// The hash of the last whole line.
    pub after: String,
}

/// The last whole line.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub seq: u64,
    pub hash: String,
    at: Timestamp,
}

/// Lines since the last whole one.
#[derive(Debug, Clone)]
pub(super) struct Torn {
    first: u64,
    why: NoEntry,
    /// Each could have been left by a killed writer.
    pub plausible: bool,
    /// Nothing vouches for so many.
    too_many: bool,
    pub bytes: u64,
    pub hashes: Vec<String>,
}

pub(super) struct Chain {
    file: PathBuf,
    line: u64,
    /// What comes first is taken as it is: the lines before are not looked at.
    from_the_middle: bool,
    pub last: Option<Link>,
    pub torn: Option<Torn>,
    /// The last line has its line feed.
    pub ended: bool,
    pub found: Verification,
}

impl Chain {
    /// From the first line on.
    pub(super) fn from_the_beginning() -> Self {
        Self {
            file: PathBuf::new(),
            line: 0,
            from_the_middle: false,
            last: None,
            torn: None,
            ended: true,
            found: Verification::default(),
        }
    }

    pub(super) fn from_the_middle() -> Self {
        Self { from_the_middle: true, ..Self::from_the_beginning() }
    }

    pub(super) fn after(link: Option<Link>) -> Self {
        Self { last: link, ..Self::from_the_beginning() }
    }

    /// The lines that follow are of this file.
    pub(super) fn enter(&mut self, file: &Path) {
        self.settle();
        self.file = file.to_path_buf();
        self.line = 0;
        self.found.files.push(file.to_path_buf());
    }

    /// Takes the next line; gives the entry that it is, whether it follows from the one before or not.
    pub(super) fn take(&mut self, line: &Line) -> Option<Entry> {
        self.line += 1;
        self.ended = line.ended;
        match line.entry() {
            Ok(entry) => {
                self.judge(&entry);
                self.last = Some(Link { seq: entry.seq, hash: line.hash.clone(), at: entry.at });
                self.found.entries += 1;
                self.found.head = Some(Head { seq: entry.seq, hash: line.hash.clone() });
                self.torn = None;
                Some(entry)
            }
            Err(why) => {
                self.tear(line, why);
                None
            }
        }
    }

    fn tear(&mut self, line: &Line, why: NoEntry) {
        let plausible = why.cut || !line.ended;
        let first = self.line;
        let torn = self.torn.get_or_insert_with(|| Torn {
            first,
            why,
            plausible: true,
            too_many: false,
            bytes: 0,
            hashes: Vec::new(),
        });
        torn.too_many |= torn.hashes.len() == MOST_TORN;
        torn.plausible &= plausible && !torn.too_many;
        torn.bytes += line.length;
        if !torn.too_many {
            torn.hashes.push(line.hash.clone());
        }
    }

    fn judge(&mut self, entry: &Entry) {
        if self.from_the_middle && self.last.is_none() {
            return;
        }
        let last = self.last.clone();
        let mended = (entry.kind == RECOVERED).then(|| Mended::deserialize(&entry.body).ok()).flatten();
        let before = last.as_ref().map_or_else(nothing_before, |last| last.hash.clone());
        let expected = last.as_ref().map_or(1, |last| last.seq.saturating_add(1));
        let mut prev = before.clone();
        if let Some(torn) = self.torn.take() {
            let told = Mended { torn_bytes: torn.bytes, torn: torn.hashes.clone(), after: before };
            if torn.too_many || mended.as_ref() != Some(&told) {
                self.fault(torn.first, Flaw::NoEntry(torn.why.to_string()));
                // What follows from the lost line can't be known.
                return;
            }
            prev = torn.hashes.last().cloned().unwrap_or_default();
        }
        if entry.seq != expected {
            self.fault(self.line, Flaw::Seq { expected, found: entry.seq });
        } else if entry.prev != prev {
            self.fault(self.line, Flaw::Prev);
        } else if let Some(mended) = mended {
            self.found.recovered.push(Recovered { seq: entry.seq, torn_bytes: mended.torn_bytes });
        }
        if let Some(last) = last.filter(|last| last.at > entry.at) {
            let what = format!("the clock went back: {} comes after {}", entry.at, last.at);
            if self.found.notes.len() < MOST_FAULTS {
                self.found.notes.push(Note { file: self.file.clone(), line: self.line, what });
            }
        }
    }

    fn fault(&mut self, line: u64, flaw: Flaw) {
        // Which line it is nobody has counted.
        let line = if self.from_the_middle { 0 } else { line };
        if self.found.faults.len() < MOST_FAULTS {
            self.found.faults.push(Fault { file: self.file.clone(), line, flaw });
        } else {
            self.found.more_faults += 1;
        }
    }

    /// Nothing follows that could vouch for torn lines.
    fn settle(&mut self) {
        let Some(torn) = self.torn.take() else {
            if !std::mem::replace(&mut self.ended, true) {
                self.fault(self.line, Flaw::TornTail { bytes: 0 });
            }
            return;
        };
        self.ended = true;
        let flaw = if torn.plausible {
            Flaw::TornTail { bytes: torn.bytes }
        } else {
            Flaw::NoEntry(torn.why.to_string())
        };
        self.fault(torn.first, flaw);
    }

    pub(super) fn finish(mut self) -> Verification {
        self.settle();
        self.found
    }
}
