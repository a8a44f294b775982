//! Objects by their ids, through two long-lived `git cat-file`: one says what an object is, the other what is in it.
//!
//! In: object ids. Out: kinds, sizes and bytes. An answer that is short, late or about something else is an error, and so
//! is every question after it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};

use super::program::{PATIENCE, Program};
use crate::change::{ObjectId, ReadError, ReadErrorKind};

/// No commit, tag or folder that people make is larger; what is, is not held in memory.
const OBJECT_LIMIT: u64 = 256 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// What git says of one object.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    id: String,
    /// `None` for an object that is not here.
    found: Option<(Kind, u64)>,
    bytes: Vec<u8>,
}

/// A child that answers one question at a time.
struct Conversation {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<Option<Described>>,
}

#[derive(Clone, Copy)]
enum Asked {
    About,
    Contents,
}

pub(super) struct Objects {
    program: Program,
    about: RefCell<Option<Conversation>>,
    contents: RefCell<Option<Conversation>>,
    /// What went wrong once and for all.
    broken: RefCell<Option<ReadError>>,
    /// A partial clone: a git that knows no `GIT_NO_LAZY_FETCH` ends at the first object that is not here.
    partial: bool,
}

impl Objects {
    pub(super) fn new(program: Program, partial: bool) -> Self {
        Self {
            program,
            about: RefCell::default(),
            contents: RefCell::default(),
            broken: RefCell::default(),
            partial,
        }
    }

    /// Kind and size, without reading the object; `None` where it is not here.
    pub(super) fn about(&self, id: &ObjectId) -> Result<Option<(Kind, u64)>, ReadError> {
        Ok(self.ask(id, Asked::About)?.found)
    }

    /// An object whole; `None` where it is not here. Ask for a blob's size first: a large one is an error here.
    pub(super) fn read(&self, id: &ObjectId) -> Result<Option<(Kind, Vec<u8>)>, ReadError> {
        let described = self.ask(id, Asked::Contents)?;
        match described.found {
            Some((_, size)) if size > OBJECT_LIMIT => {
                Err(ReadError::new(ReadErrorKind::TooLarge(size), format!("object {id} has {size} bytes")))
            }
            Some((kind, _)) => Ok(Some((kind, described.bytes))),
            None => Ok(None),
        }
    }

    fn ask(&self, id: &ObjectId, asked: Asked) -> Result<Described, ReadError> {
        if let Some(error) = self.broken.borrow().as_ref() {
            return Err(error.clone());
        }
        let answer = self.converse(id, asked);
        if let Err(error) = &answer {
            *self.broken.borrow_mut() = Some(error.clone());
        }
        answer
    }

    fn converse(&self, id: &ObjectId, asked: Asked) -> Result<Described, ReadError> {
        let place = match asked {
            Asked::About => &self.about,
            Asked::Contents => &self.contents,
        };
        let mut place = place.borrow_mut();
        if place.is_none() {
            *place = Some(Conversation::start(&self.program, asked)?);
        }
        let Some(conversation) = place.as_mut() else { return Err(cut_short(id)) };
        let question = format!("{id}\n");
        let sent = conversation.questions.write_all(question.as_bytes());
        sent.and_then(|()| conversation.questions.flush()).map_err(|_| cut_short(id))?;
        match conversation.answers.recv_timeout(PATIENCE) {
            Ok(Some(answer)) if answer.id == id.as_str() => Ok(answer),
            Ok(None) if self.partial => {
                *place = None;
                Ok(Described { id: id.to_string(), found: None, bytes: Vec::new() })
            }
            _ => Err(cut_short(id)),
        }
    }
}

fn cut_short(id: &ObjectId) -> ReadError {
    ReadError::new(ReadErrorKind::Other, format!("git did not answer what object {id} is: it ended or hangs"))
        .mended_by(format!("`git cat-file -t {id}` says more; `git fsck` finds what is broken"))
}

impl Conversation {
    fn start(program: &Program, asked: Asked) -> Result<Self, ReadError> {
        let option = match asked {
            Asked::About => "--batch-check",
            Asked::Contents => "--batch",
        };
        let mut child = program.converse(&["cat-file", option])?;
        let (Some(questions), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ReadError::new(ReadErrorKind::Other, "git has no pipes"));
        };
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            loop {
                let answer = next(&mut stdout, asked);
                let last = answer.is_none();
                if sender.send(answer).is_err() || last {
                    return;
                }
            }
        });
        Ok(Self { child, questions, answers })
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One answer; `None` where it is not whole.
fn next(stdout: &mut BufReader<ChildStdout>, asked: Asked) -> Option<Described> {
    let mut line = Vec::new();
    stdout.read_until(b'\n', &mut line).ok()?;
    let mut answer = described(&line)?;
    if let (Asked::Contents, Some((_, size))) = (asked, answer.found) {
        let mut body = stdout.take(size);
        let length = if size > OBJECT_LIMIT {
            std::io::copy(&mut body, &mut std::io::sink()).ok()?
        } else {
            u64::try_from(body.read_to_end(&mut answer.bytes).ok()?).ok()?
        };
        let mut end = [0];
        stdout.read_exact(&mut end).ok()?;
        if length != size || end != *b"\n" {
            return None;
        }
    }
    Some(answer)
}

/// `<id> <kind> <size>` or `<id> missing`.
fn described(line: &[u8]) -> Option<Described> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let mut words = line.split(' ');
    let id = words.next()?.to_owned();
    let found = match words.next()? {
        "missing" => None,
        kind => Some((kind_of(kind)?, words.next()?.parse().ok()?)),
    };
    words.next().is_none().then_some(Described { id, found, bytes: Vec::new() })
}

fn kind_of(word: &str) -> Option<Kind> {
    match word {
        "commit" => Some(Kind::Commit),
        "tree" => Some(Kind::Tree),
        "blob" => Some(Kind::Blob),
        "tag" => Some(Kind::Tag),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_understood_whole_or_not_at_all() {
        let id = "1".repeat(40);
        let whole = described(format!("{id} blob 12\n").as_bytes()).unwrap();
        assert_eq!(whole, Described { id: id.clone(), found: Some((Kind::Blob, 12)), bytes: Vec::new() });
        assert_eq!(described(format!("{id} missing\n").as_bytes()).unwrap().found, None);
        for short in ["", "\n", "1 blob\n", "1 blob x\n", "1 ambiguous\n", "1 blob 12", "1 blob 12 13\n"] {
            assert_eq!(described(short.as_bytes()), None, "{short:?}");
        }
    }
}
