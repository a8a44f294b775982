//! The bytes of commits, tags and folders, read as libgit2 reads them: the two readers must not differ in a name.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::change::trees::RawEntry;
use crate::change::{Commit, ObjectId, Person};

/// What a commit says; `parents` as they are written, whether or not a shallow clone has them.
pub(super) struct RawCommit {
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    author: Person,
    committer: Person,
    message: String,
}

impl RawCommit {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, message) = halves(bytes);
        let mut lines = head.split(|byte| *byte == b'\n').peekable();
        let tree = id_after(b"tree ", lines.next()?)?;
        let mut parents = Vec::new();
        while let Some(parent) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
            parents.push(object_id(parent)?);
            lines.next();
        }
        let author = person(lines.next()?.strip_prefix(b"author ")?)?;
        // Some tools write several authors: the first is the one.
        let mut next = lines.next()?;
        while next.starts_with(b"author ") {
            next = lines.next()?;
        }
        let committer = person(next.strip_prefix(b"committer ")?)?;
        let message = message.iter().position(|byte| *byte != b'\n').and_then(|start| message.get(start..));
        let message = String::from_utf8_lossy(message.unwrap_or_default()).into_owned();
        Some(Self { tree, parents, author, committer, message })
    }

    pub(super) fn into_commit(self, id: ObjectId, parents: Vec<ObjectId>) -> Commit {
        Commit { id, parents, author: self.author, committer: self.committer, message: self.message }
    }
}

/// What a tag points at.
pub(super) fn tag_target(bytes: &[u8]) -> Option<ObjectId> {
    id_after(b"object ", bytes.split(|byte| *byte == b'\n').next()?)
}

/// The lines of a folder; `None` where it is damaged.
pub(super) fn tree_entries(mut bytes: &[u8], id_length: usize) -> Option<Vec<RawEntry<ObjectId>>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let digits = std::str::from_utf8(bytes.get(..space)?).ok()?;
        let mode = u16::from_str_radix(digits, 8).ok()?;
        let rest = bytes.get(space + 1..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        let name = rest.get(..end).filter(|name| !name.is_empty())?.to_vec();
        let id = rest.get(end + 1..end + 1 + id_length)?;
        let id = ObjectId::of_bytes(id);
        entries.push(RawEntry { name, mode: u32::from(mode), id });
        bytes = rest.get(end + 1 + id_length..)?;
    }
    Some(entries)
}

fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..).unwrap_or_default())
}

fn object_id(text: &[u8]) -> Option<ObjectId> {
    ObjectId::parse(std::str::from_utf8(text).ok()?)
}

fn id_after(word: &[u8], line: &[u8]) -> Option<ObjectId> {
    object_id(line.strip_prefix(word)?)
}

/// `Name <address> seconds zone`.
fn person(line: &[u8]) -> Option<Person> {
    let start = line.iter().rposition(|byte| *byte == b'<')?;
    let end = line.iter().rposition(|byte| *byte == b'>')?;
    let email = line.get(start + 1..end)?;
    let (when, offset) = match line.get(end + 2..).filter(|rest| !rest.is_empty()) {
        Some(rest) => time(rest)?,
        None => (0, 0),
    };
    let stamp = Timestamp::from_second(when).ok();
    let offset = Offset::from_seconds(offset.saturating_mul(60)).unwrap_or(Offset::UTC);
    Some(Person {
        name: trimmed(line.get(..start)?),
        email: trimmed(email),
        when: stamp.map(|stamp| Zoned::new(stamp, TimeZone::fixed(offset))),
    })
}

/// Seconds, and the zone's minutes east of Greenwich; a zone that makes no sense is none.
fn time(text: &[u8]) -> Option<(i64, i32)> {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let (seconds, rest) = number(text)?;
    let zone = rest.get(1..).unwrap_or_default();
    let sign = match zone.chars().next() {
        Some('-') => -1,
        Some('+') => 1,
        _ => return Some((seconds, 0)),
    };
    let offset = zone.get(1..).and_then(number).and_then(|(offset, _)| i32::try_from(offset).ok());
    let (hours, minutes) = (offset.unwrap_or(0) / 100, offset.unwrap_or(0) % 100);
    let offset = if hours <= 14 && minutes <= 59 { sign * (hours * 60 + minutes) } else { 0 };
    Some((seconds, offset))
}

/// A whole number and what follows it.
fn number(text: &str) -> Option<(i64, &str)> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - digits.len() + length;
    (length > 0).then(|| Some((text.get(..end)?.trim_start_matches('+').parse().ok()?, text.get(end..)?)))?
}

/// Without the characters around a name or address that git never writes there.
fn trimmed(text: &[u8]) -> String {
    let crud = |byte: &u8| *byte <= b' ' || b",:;<>\"\\'".contains(byte);
    let start = text.iter().position(|byte| !crud(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !crud(byte)).map_or(start, |last| last + 1);
    String::from_utf8_lossy(text.get(start..end).unwrap_or_default()).into_owned()
}
