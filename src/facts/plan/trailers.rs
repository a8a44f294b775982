//! Trailers of a commit message, where `git interpret-trailers --no-divider` finds them: in the last paragraph, which
//! holds nothing else (or a quarter of them beside one that git itself writes), and never in the title.

use std::sync::Arc;

use super::{Key, Read, Stated};
use crate::source::{SourceFile, Span, nearest};

const MOST_TRAILERS: usize = 64;
const MOST_BYTES: usize = 8 * 1024;

/// Their presence makes a paragraph a trailer block that holds other lines as well.
const WRITTEN_BY_GIT: [&str; 2] = ["Signed-off-by: ", "(cherry picked from commit "];

pub(super) fn read(source: &Arc<SourceFile>) -> Read {
    let mut read = Read::default();
    let text = source.text();
    let block = block(text);
    let start = block.start;
    let mut trailers = split(text.get(block).unwrap_or_default());
    if trailers.len() > MOST_TRAILERS {
        read.cut = true;
        trailers.truncate(MOST_TRAILERS);
    }
    for trailer in trailers {
        if trailer.value.end > MOST_BYTES {
            read.cut = true;
            break;
        }
        let value = Stated {
            value: unfolded(source.slice(trailer.value.shifted(start))),
            source: source.clone(),
            span: if trailer.value.is_empty() { trailer.key } else { trailer.value }.shifted(start),
        };
        let name = source.slice(trailer.key.shifted(start));
        if let Some(key) = Key::ALL.into_iter().find(|key| key.trailer().eq_ignore_ascii_case(name)) {
            read.stated.push((key, value));
        } else if let Some(key) = meant(name) {
            let name = Stated { value: name.to_owned(), span: trailer.key.shifted(start), ..value };
            read.near_misses.push((name, key));
        }
    }
    read
}

/// The key that was meant by one that does not exist. Short names are near to too many words.
pub(super) fn meant(name: &str) -> Option<Key> {
    const SHORTEST: usize = 10;
    let long = Key::ALL.into_iter().map(Key::trailer).filter(|own| own.len() >= SHORTEST);
    let near = nearest(name, long)?;
    Key::ALL.into_iter().find(|key| key.trailer() == near)
}

/// Offsets into the block.
struct Trailer {
    key: Span,
    /// From the first to the last visible character, continuation lines included.
    value: Span,
}

/// Lines with their line breaks.
fn lines(text: &str) -> Vec<Span> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let span = Span::new(start, start + line.len());
            start = span.end;
            span
        })
        .collect()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(is_space)
}

/// Where git stops reading: before trailing comments, blank lines and the list of conflicts of a merge.
fn end_of_message(text: &str, lines: &[Span]) -> usize {
    let mut end = None;
    let mut in_conflicts = false;
    for line in lines {
        let content = text.get(line.start..line.end).unwrap_or_default();
        if content.starts_with('#') || content.starts_with('\n') {
            end.get_or_insert(line.start);
        } else if content == "Conflicts:\n" {
            in_conflicts = true;
            end.get_or_insert(line.start);
        } else if !(in_conflicts && content.starts_with('\t')) && end.is_some() {
            end = None;
            in_conflicts = false;
        }
    }
    end.unwrap_or(text.len())
}

/// The trailer block; empty where the last paragraph is none.
fn block(text: &str) -> std::ops::Range<usize> {
    let all = lines(text);
    let end = end_of_message(text, &all);
    let lines: Vec<Span> = all.into_iter().take_while(|line| line.end <= end).collect();
    let content = |line: &Span| text.get(line.start..line.end).unwrap_or_default();
    let after_title = lines
        .iter()
        .position(|line| !content(line).starts_with('#') && is_blank(content(line)))
        .unwrap_or(lines.len());
    let (mut trailers, mut others, mut continuations) = (0_usize, 0_usize, 0_usize);
    let (mut recognized, mut only_blank) = (false, true);
    for line in lines.iter().skip(after_title).rev() {
        let own = content(line);
        if own.starts_with('#') {
            others += continuations;
            continuations = 0;
        } else if is_blank(own) {
            if only_blank {
                continue;
            }
            others += continuations;
            let holds = (recognized && trailers * 3 >= others) || (trailers > 0 && others == 0);
            return if holds { line.end..end } else { end..end };
        } else {
            only_blank = false;
            if WRITTEN_BY_GIT.iter().any(|prefix| own.starts_with(prefix)) {
                trailers += 1;
                continuations = 0;
                recognized = true;
            } else if own.bytes().next().is_some_and(is_space) {
                continuations += 1;
            } else if separator(own).is_some() {
                trailers += 1;
                continuations = 0;
            } else {
                others += 1 + continuations;
                continuations = 0;
            }
        }
    }
    end..end
}

/// The offset of the colon behind a key: letters, digits and dashes, then perhaps blanks.
fn separator(line: &str) -> Option<usize> {
    let colon = line.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'-'))?;
    let blanks = line.get(colon..)?.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (colon > 0 && line.get(colon + blanks..)?.starts_with(':')).then_some(colon + blanks)
}

fn split(block: &str) -> Vec<Trailer> {
    let mut trailers: Vec<Trailer> = Vec::new();
    let mut open = false;
    for line in lines(block) {
        let own = block.get(line.start..line.end).unwrap_or_default();
        if open && own.bytes().next().is_some_and(is_space) {
            if let Some(last) = trailers.last_mut() {
                let from = if last.value.is_empty() { line.start } else { last.value.start };
                last.value = visible(block, Span::new(from, line.end));
            }
            continue;
        }
        let colon = separator(own);
        open = colon.is_some();
        if let Some(colon) = colon {
            trailers.push(Trailer {
                key: visible(block, Span::new(line.start, line.start + colon)),
                value: visible(block, Span::new(line.start + colon + 1, line.end)),
            });
        }
    }
    trailers
}

/// The span without the blanks around it.
fn visible(text: &str, span: Span) -> Span {
    let own = text.get(span.start..span.end).unwrap_or_default();
    let blank = |character: char| u8::try_from(character).is_ok_and(is_space);
    let start = span.start + (own.len() - own.trim_start_matches(blank).len());
    Span::new(start, start + own.trim_matches(blank).len())
}

/// One line of it: a line break with the blanks behind it is a space.
pub(super) fn unfolded(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
