//! What a program prints: read to its end, of which the beginning and the end are kept.
//!
//! In: a pipe. Out: [`Printed`], at any time. A program that prints without end costs no memory, and one that prints a
//! word is found out whatever stands around it.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;

use crate::probe::piece::piece;
use crate::source::veiled_print;

/// Bytes that are kept of the beginning, and as many of the end.
const KEPT: usize = 32 * 1024;
/// Lines that are shown of the beginning, and as many of the end.
const SHOWN: usize = 3;

/// What came so far.
#[derive(Debug, Default)]
pub(super) struct Printed {
    first: Vec<u8>,
    last: Vec<u8>,
    length: u64,
    pub(super) word_found: bool,
    /// The pipe is closed.
    pub(super) whole: bool,
}

impl Printed {
    fn take(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend_from_slice(rest);
        if let Some(over) = self.last.len().checked_sub(KEPT) {
            self.last.drain(..over);
        }
    }

    /// Everything, where everything was kept and nothing more will come.
    pub(super) fn complete(&self) -> Option<Vec<u8>> {
        let kept = self.first.len() + self.last.len();
        (self.whole && kept as u64 == self.length).then(|| [self.first.as_slice(), &self.last].concat())
    }

    /// The first and the last lines, each short and without what looks like a secret.
    pub(super) fn lines(&self) -> Vec<String> {
        let gap = self.length - (self.first.len() + self.last.len()) as u64;
        // One secret may be many lines, so it is looked for before the lines are parted.
        let of = |bytes: &[u8]| -> Vec<String> {
            let text = String::from_utf8_lossy(bytes);
            let text = veiled_print(&text);
            text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(piece).collect()
        };
        if gap > 0 {
            let (first, last) = (of(&self.first), of(&self.last));
            let first = first.into_iter().take(SHOWN);
            let from = last.len().saturating_sub(SHOWN);
            return first.chain(["…".to_owned()]).chain(last.into_iter().skip(from)).collect();
        }
        let mut lines = of(&[self.first.as_slice(), &self.last].concat());
        if lines.len() > 2 * SHOWN {
            lines.splice(SHOWN..lines.len() - SHOWN, ["…".to_owned()]);
        }
        lines
    }
}

/// A pipe that is being read by a thread of its own.
pub(super) struct Reading {
    printed: Arc<Mutex<Printed>>,
    enough: Arc<AtomicBool>,
}

impl Reading {
    /// `word` is looked for in everything that comes.
    pub(super) fn of(mut pipe: impl Read + Send + 'static, word: Option<&str>) -> Self {
        let reading = Self { printed: Arc::default(), enough: Arc::default() };
        let (printed, enough) = (Arc::clone(&reading.printed), Arc::clone(&reading.enough));
        let word = word.map(|word| word.as_bytes().to_vec());
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            // The end of what came before may hold the word's beginning.
            let mut tail: Vec<u8> = Vec::new();
            loop {
                let read = match pipe.read(&mut buffer) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Ok(read) if read > 0 && !enough.load(Ordering::Relaxed) => read,
                    _ => break,
                };
                let bytes = buffer.get(..read).unwrap_or_default();
                let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
                printed.take(bytes);
                if let Some(word) = word.as_ref().filter(|_| !printed.word_found) {
                    tail.extend_from_slice(bytes);
                    printed.word_found = memmem::find(&tail, word).is_some();
                    let over = tail.len().saturating_sub(word.len() - 1);
                    tail.drain(..over);
                }
            }
            printed.lock().unwrap_or_else(PoisonError::into_inner).whole = true;
        });
        reading
    }

    pub(super) fn is_whole(&self) -> bool {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).whole
    }

    /// What came by now; whoever still holds the pipe is listened to no more.
    pub(super) fn end(self) -> Printed {
        self.enough.store(true, Ordering::Relaxed);
        std::mem::take(&mut *self.printed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(pieces: &[&[u8]]) -> Printed {
        let mut printed = Printed { whole: true, ..Printed::default() };
        for piece in pieces {
            printed.take(piece);
        }
        printed
    }

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let middle = vec![b'x'; 3 * KEPT];
        let long = printed(&[b"one\ntwo\n", &middle, b"\nlast\n"]);
        assert_eq!(long.lines()[..2], ["one", "two"]);
        assert_eq!(long.lines().last().unwrap(), "last");
        assert!(long.lines().contains(&"…".to_owned()) && long.complete().is_none());
        assert!(long.first.len() + long.last.len() <= 2 * KEPT);
        let short = printed(&[b"a\nb\nc\nd\n", b"e\nf\ng\n"]);
        assert_eq!(short.lines(), ["a", "b", "c", "…", "e", "f", "g"]);
        assert_eq!(short.complete().unwrap(), b"a\nb\nc\nd\ne\nf\ng\n");
    }

    #[test]
    fn u10_a_secret_of_many_lines_is_not_shown_line_by_line() {
        let key = printed(&[b"-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n"]);
        assert!(!key.lines().concat().contains("planted"), "{:?}", key.lines());
    }

    #[test]
    fn a_word_is_found_across_pieces_and_where_nothing_is_kept() {
        struct Pieces(Vec<Vec<u8>>);
        impl Read for Pieces {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let Some(piece) = (!self.0.is_empty()).then(|| self.0.remove(0)) else { return Ok(0) };
                buffer[..piece.len()].copy_from_slice(&piece);
                Ok(piece.len())
            }
        }
        let block = || vec![b'x'; 60 * 1024];
        let found = |pieces: Vec<Vec<u8>>| {
            let reading = Reading::of(Pieces(pieces), Some("ready"));
            while !reading.is_whole() {
                std::thread::yield_now();
            }
            reading.end().word_found
        };
        assert!(found(vec![block(), block(), b"is re".to_vec(), b"ady".to_vec(), block(), block()]));
        assert!(!found(vec![block(), b"is re".to_vec(), b" ady".to_vec(), block()]));
    }
}
