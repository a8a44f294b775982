//! The end of the file that is written to: what the next line has to follow from.
//!
//! In: the open file, locked. Out: the last whole line, and what a killed writer left behind it. The last 1 MiB is
//! verified, which for most records is all of them; `record verify` looks at the rest.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::RecordError;
use super::chain::{Chain, Link, broken, shown};
use super::disk::{failed, length, open_for_reading};
use super::line::{LINE_LIMIT, Line};
use super::parts;

/// What is looked at; the second where the first holds no two entries.
const WINDOWS: [u64; 2] = [1024 * 1024, 4 * (LINE_LIMIT as u64)];

/// How the file ends.
#[derive(Debug)]
pub(super) struct Tail {
    pub last: Option<Link>,
    pub length: u64,
    /// The last line has its line feed.
    pub ended: bool,
    /// Bytes and hashes of torn lines.
    pub torn_bytes: u64,
    pub torn: Vec<String>,
}

impl Tail {
    pub(super) const fn is_clean(&self) -> bool {
        self.ended && self.torn.is_empty()
    }
}

/// Reads the end; an error where it is not the end of a whole record.
pub(super) fn read(file: &Path, opened: &File) -> Result<Tail, RecordError> {
    let mut chain = end(file, opened, || Ok(Chain::after(before(file)?)))?;
    let torn = chain.torn.take_if(|torn| torn.plausible);
    let (last, ended) = (chain.last.clone(), chain.ended);
    // The end itself is judged here.
    chain.ended = true;
    if let Some(fault) = chain.finish().faults.first() {
        return Err(broken(fault));
    }
    let (torn_bytes, torn) = torn.map(|torn| (torn.bytes, torn.hashes)).unwrap_or_default();
    Ok(Tail { last, length: length(file, opened)?, ended, torn_bytes, torn })
}

/// The last line of the file that was put aside last.
fn before(file: &Path) -> Result<Option<Link>, RecordError> {
    let Some(path) = parts::full(file)?.pop() else { return Ok(None) };
    let Some(opened) = open_for_reading(&path)? else { return Ok(None) };
    let chain = end(&path, &opened, || Ok(Chain::from_the_middle()))?;
    let last = chain.last.clone();
    match (chain.finish().faults.first(), last) {
        (Some(fault), _) => Err(broken(fault)),
        (None, None) => Err(unknown(&path)),
        (None, last) => Ok(last),
    }
}

/// Goes through the last lines.
fn end(
    file: &Path,
    opened: &File,
    beginning: impl Fn() -> Result<Chain, RecordError>,
) -> Result<Chain, RecordError> {
    let length = length(file, opened)?;
    let [narrow, wide] = WINDOWS;
    if length > narrow {
        let start = length - narrow;
        let chain = walk(file, opened, start, length, Chain::from_the_middle())?;
        if chain.found.entries > 1 {
            return Ok(chain);
        }
    }
    if length <= wide {
        return walk(file, opened, 0, length, beginning()?);
    }
    let chain = walk(file, opened, length - wide, length, Chain::from_the_middle())?;
    if chain.found.entries == 0 { Err(unknown(file)) } else { Ok(chain) }
}

fn walk(file: &Path, opened: &File, start: u64, length: u64, mut chain: Chain) -> Result<Chain, RecordError> {
    let unreadable = |error| failed("the record can't be read", file, &error);
    let mut line = Line::default();
    // One byte earlier: a line that begins where the window does is whole.
    let from = start.saturating_sub(1);
    let mut stream = opened;
    stream.seek(SeekFrom::Start(from)).map_err(unreadable)?;
    let mut stream = BufReader::new(stream.take(length - from));
    if start > 0 {
        line.next(&mut stream).map_err(unreadable)?;
    }
    chain.enter(file);
    while line.next(&mut stream).map_err(unreadable)? {
        chain.take(&line);
    }
    Ok(chain)
}

fn unknown(file: &Path) -> RecordError {
    RecordError::new(format!("{} does not end like a record", shown(file)))
        .mended_by("keep the file, move it away, and a new record begins")
}
