//! JSON as package managers write and read it, borrowed from the file.
//!
//! In: a text. Out: a tree whose strings are pieces of the text, without their quotes. Comments and trailing commas are
//! let through, as some tools do. Locks grow beyond what a document may hold; nothing is copied here, so that they need
//! no such limit.

use std::borrow::Cow;

use super::piece::Piece;
use crate::document::ParseError;
use crate::source::{Located, Span};

/// The nested form of npm's first lock goes a few dozen levels down.
const DEEPEST: usize = 200;

#[derive(Debug)]
pub(super) struct Json<'a> {
    pub(super) value: Value<'a>,
    /// With quotes or brackets.
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Object(Vec<(Piece<'a>, Json<'a>)>),
    Array(Vec<Json<'a>>),
    /// The content between the quotes, escapes as written.
    String(Piece<'a>),
    /// A number, `true`, `false` or `null`.
    Word(Piece<'a>),
}

impl<'a> Json<'a> {
    pub(super) fn entries(&self) -> &[(Piece<'a>, Self)] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The value of a key; of one that is given twice the last, as every reader of JSON takes it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|(name, _)| name.text() == key).map(|(_, value)| value)
    }

    pub(super) fn string(&self) -> Option<Piece<'a>> {
        match self.value {
            Value::String(content) => Some(content),
            _ => None,
        }
    }

    pub(super) fn string_at(&self, key: &str) -> Option<Piece<'a>> {
        self.get(key).and_then(Self::string)
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(&self.value, Value::Word(word) if word.text() == "true")
    }
}

/// A string with its place, its escapes undone.
pub(super) fn located(content: Piece<'_>) -> Located<String> {
    Located::new(unescaped(content.text()).into_owned(), content.span())
}

/// Undoes the escapes that stand in names: `\/`, `\"`, `\\`.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        Cow::Owned(text.replace("\\/", "/").replace("\\\"", "\"").replace("\\\\", "\\"))
    } else {
        Cow::Borrowed(text)
    }
}

pub(super) fn parse(text: Piece<'_>) -> Result<Json<'_>, ParseError> {
    let mut reader = Reader { text, at: 0 };
    let json = reader.value(0)?;
    reader.skip_blanks()?;
    match reader.peek() {
        None => Ok(json),
        Some(_) => Err(reader.fault("something follows the end of the document")),
    }
}

struct Reader<'a> {
    text: Piece<'a>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.text().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.text().as_bytes().get(self.at).copied()
    }

    fn fault(&self, reason: &str) -> ParseError {
        let at = self.text.start() + self.at;
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        ParseError::Syntax { format: "JSON", reason: reason.to_owned(), span: Span::new(at, at + width) }
    }

    fn skip_blanks(&mut self) -> Result<(), ParseError> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if self.rest().starts_with("//") => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                Some(b'/') if self.rest().starts_with("/*") => match self.rest().find("*/") {
                    Some(length) => self.at += length + 2,
                    None => return Err(self.fault("a comment is never closed")),
                },
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, ParseError> {
        self.skip_blanks()?;
        let start = self.text.start() + self.at;
        if depth > DEEPEST {
            let span = Span::new(start, start);
            return Err(ParseError::Limit { what: "nesting", limit: DEEPEST, span });
        }
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::Array(self.array(depth)?),
            Some(b'"') => Value::String(self.string()?),
            _ => Value::Word(self.word()?),
        };
        Ok(Json { value, span: Span::new(start, self.text.start() + self.at) })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(Piece<'a>, Json<'a>)>, ParseError> {
        let mut entries = Vec::new();
        self.at += 1;
        while !self.closes(b'}')? {
            if self.peek() != Some(b'"') {
                return Err(self.fault("a key in double quotes is missing"));
            }
            let key = self.string()?;
            self.skip_blanks()?;
            if self.peek() != Some(b':') {
                return Err(self.fault("a colon is missing"));
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            self.comma(b'}')?;
        }
        Ok(entries)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Json<'a>>, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        while !self.closes(b']')? {
            items.push(self.value(depth + 1)?);
            self.comma(b']')?;
        }
        Ok(items)
    }

    fn closes(&mut self, bracket: u8) -> Result<bool, ParseError> {
        self.skip_blanks()?;
        let closes = self.peek() == Some(bracket);
        self.at += usize::from(closes);
        Ok(closes)
    }

    fn comma(&mut self, bracket: u8) -> Result<(), ParseError> {
        self.skip_blanks()?;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(())
            }
            Some(byte) if byte == bracket => Ok(()),
            _ => Err(self.fault("a comma or a closing bracket is missing")),
        }
    }

    fn string(&mut self) -> Result<Piece<'a>, ParseError> {
        let bytes = self.text.text().as_bytes();
        let mut end = self.at + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') | None => return Err(self.fault("a string is never closed")),
                Some(_) => end += 1,
            }
        }
        let content = self.text.from(self.at + 1).until(end - self.at - 1);
        self.at = end + 1;
        Ok(content)
    }

    fn word(&mut self) -> Result<Piece<'a>, ParseError> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = self.rest().bytes().take_while(|byte| is_part(*byte)).count();
        if length == 0 {
            return Err(self.fault("a value is missing"));
        }
        let word = self.text.from(self.at).until(length);
        self.at += length;
        Ok(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_pieces_of_the_text() {
        let text = "{ // a\n \"k\": [\"é\\\"x\", 1.5e3, {\"l\": null,},],\n\"k\": \"last\" }";
        let json = parse(Piece::whole(text)).unwrap();
        let [(_, list), _] = json.entries() else { panic!("two entries") };
        let first = list.items()[0].string().unwrap();
        assert_eq!(&text[first.start()..first.end()], "é\\\"x");
        assert_eq!(located(first).value, "é\"x");
        assert_eq!(&text[list.span.start..list.span.end], "[\"é\\\"x\", 1.5e3, {\"l\": null,},]");
        assert_eq!(json.string_at("k").unwrap().text(), "last");
    }

    #[test]
    fn a_fault_is_told_at_its_place() {
        for (text, reason, at) in [
            ("{\"a\" 1}", "a colon is missing", 5),
            ("{\"a\": 1 \"b\"}", "a comma or a closing bracket is missing", 8),
            ("[1] x", "something follows the end of the document", 4),
            ("{\"a\": \"b\n\"}", "a string is never closed", 6),
            ("<<<<<<< HEAD\n{}", "a value is missing", 0),
            ("", "a value is missing", 0),
        ] {
            let Err(ParseError::Syntax { reason: found, span, .. }) = parse(Piece::whole(text)) else {
                panic!("{text:?} is accepted")
            };
            assert_eq!((found.as_str(), span.start), (reason, at), "{text:?}");
        }
    }

    #[test]
    fn endless_nesting_ends_at_the_limit() {
        assert!(matches!(parse(Piece::whole(&"[".repeat(100_000))), Err(ParseError::Limit { .. })));
    }
}
