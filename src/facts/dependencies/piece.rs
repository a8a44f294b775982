//! A part of a file's text that knows where it stands.
//!
//! In: a text and the offset of its first byte. Out: smaller parts, each with a true span. Every reader of a
//! line-based format cuts with this, so that no reader adds offsets by hand.

use crate::source::{Located, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Piece<'a> {
    pub(super) const fn whole(text: &'a str) -> Self {
        Self { text, start: 0 }
    }

    /// The part of a text under a span; empty where the span is no part of it.
    pub(super) fn of(text: &'a str, span: Span) -> Self {
        Self { text: text.get(span.start..span.end).unwrap_or_default(), start: span.start }
    }

    pub(super) const fn text(self) -> &'a str {
        self.text
    }

    pub(super) const fn start(self) -> usize {
        self.start
    }

    pub(super) const fn end(self) -> usize {
        self.start + self.text.len()
    }

    pub(super) const fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub(super) const fn span(self) -> Span {
        Span::new(self.start, self.end())
    }

    pub(super) fn located(self) -> Located<String> {
        Located::new(self.text.to_owned(), self.span())
    }

    /// The first `at` bytes and the rest; everything and nothing where `at` is no boundary.
    pub(super) fn split_at(self, at: usize) -> (Self, Self) {
        let (head, tail) = self.text.split_at_checked(at).unwrap_or((self.text, ""));
        (Self { text: head, start: self.start }, Self { text: tail, start: self.start + head.len() })
    }

    pub(super) fn until(self, at: usize) -> Self {
        self.split_at(at).0
    }

    pub(super) fn from(self, at: usize) -> Self {
        self.split_at(at).1
    }

    /// What comes before the first `separator` and what comes after it.
    pub(super) fn split_once(self, separator: &str) -> Option<(Self, Self)> {
        let at = self.text.find(separator)?;
        Some((self.until(at), self.from(at + separator.len())))
    }

    /// What comes before the last `separator` and what comes after it.
    pub(super) fn rsplit_once(self, separator: &str) -> Option<(Self, Self)> {
        let at = self.text.rfind(separator)?;
        Some((self.until(at), self.from(at + separator.len())))
    }

    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Self> {
        self.text.starts_with(prefix).then(|| self.from(prefix.len()))
    }

    pub(super) fn strip_suffix(self, suffix: &str) -> Option<Self> {
        self.text.strip_suffix(suffix).map(|rest| self.until(rest.len()))
    }

    /// The longest beginning whose characters all belong, and the rest.
    pub(super) fn leading(self, belongs: impl Fn(char) -> bool) -> (Self, Self) {
        self.split_at(self.text.find(|character| !belongs(character)).unwrap_or(self.text.len()))
    }

    pub(super) fn trim(self) -> Self {
        self.trim_start().trim_end()
    }

    pub(super) fn trim_start(self) -> Self {
        self.from(self.text.len() - self.text.trim_start().len())
    }

    pub(super) fn trim_end(self) -> Self {
        self.until(self.text.trim_end().len())
    }

    /// How many blanks it begins with; a tab counts as one.
    pub(super) fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }

    /// The content of a quoted string that fills the whole piece.
    pub(super) fn unquoted(self) -> Option<Self> {
        let quote = self.text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let inner = self.text.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(self.from(1).until(inner.len()))
    }

    /// The lines, without their line breaks.
    pub(super) fn lines(self) -> impl Iterator<Item = Self> {
        let mut start = self.start;
        self.text.split_inclusive('\n').map(move |line| {
            let at = start;
            start += line.len();
            let line = line.strip_suffix('\n').unwrap_or(line);
            Self { text: line.strip_suffix('\r').unwrap_or(line), start: at }
        })
    }

    /// What stands between separators, ends included.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut start = self.start;
        self.text.split(separator).map(move |part| {
            let at = start;
            start += part.len() + separator.len_utf8();
            Self { text: part, start: at }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_keeps_its_place() {
        let text = "é = 'a b'\r\nlast";
        let piece = Piece::whole(text);
        let lines: Vec<_> = piece.lines().collect();
        assert_eq!(lines.iter().map(|line| line.text()).collect::<Vec<_>>(), ["é = 'a b'", "last"]);
        let (_, value) = lines[0].split_once("=").unwrap();
        let inner = value.trim().unquoted().unwrap();
        assert_eq!(&text[inner.start()..inner.end()], "a b");
        assert_eq!(&text[lines[1].start()..lines[1].end()], "last");
        let parts: Vec<_> = inner.split(' ').map(|part| &text[part.start()..part.end()]).collect();
        assert_eq!(parts, ["a", "b"]);
    }

    #[test]
    fn a_cut_inside_a_character_cuts_nothing() {
        let (head, tail) = Piece::whole("é").split_at(1);
        assert_eq!((head.text(), tail.text(), tail.start()), ("é", "", 2));
    }

    #[test]
    fn a_lone_quote_is_no_string() {
        assert_eq!(Piece::whole("'").unquoted(), None);
    }
}
