//! Bytes with positions: what everything else points at.
//!
//! In: the bytes of a blob and where they came from. Out: text, spans, lines and columns, and text that is safe
//! to print. Knows nothing of git, formats or policies.

mod nearest;
mod path;
mod pattern;
mod problem;
mod safe_text;
mod secret;
mod sight;
mod token;

use std::sync::Arc;
use std::sync::OnceLock;

pub use nearest::nearest;
pub use path::RepoPath;
pub use pattern::{NamePattern, PathPattern, PatternError};
pub use problem::{Problem, Problems};
pub use safe_text::{ascii, escape_line, escape_text, is_hidden};
pub use secret::{Redaction, looks_secret_name, redacted};
pub use sight::{secrets_by_look, secrets_by_name, veiled, veiled_print};
pub use token::Secret;

/// A half-open range of byte offsets into one [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same span seen from a text in which this one's origin lies `offset` bytes further in.
    #[must_use]
    pub const fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Located<T> {
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn as_deref(&self) -> Located<&T::Target>
    where
        T: std::ops::Deref,
    {
        Located { value: &*self.value, span: self.span }
    }
}

/// A line and a column, both counted from one; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Where a text came from: a file of a tree, or something around it that findings also point at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    File(RepoPath),
    /// The message of a commit, by its abbreviated id.
    Commit(String),
    /// The body of a pull request.
    PullRequest,
}

impl Origin {
    /// Says the origin in one line, safe to print.
    pub fn display(&self) -> String {
        match self {
            Self::File(path) => path.display(),
            Self::Commit(id) => format!("commit {id}"),
            Self::PullRequest => "pull request".to_owned(),
        }
    }

    pub const fn path(&self) -> Option<&RepoPath> {
        match self {
            Self::File(path) => Some(path),
            Self::Commit(_) | Self::PullRequest => None,
        }
    }
}

/// Why bytes could not become a [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    #[error("is UTF-16, not UTF-8")]
    Utf16,
    #[error("has a NUL byte at offset {0}")]
    Nul(usize),
    #[error("is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
}

/// One text with its origin. Offsets are those of the blob: a byte order mark stays in `text`.
#[derive(Debug)]
pub struct SourceFile {
    origin: Origin,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceFile {
    pub fn new(origin: Origin, text: String) -> Arc<Self> {
        Arc::new(Self { origin, text, line_starts: OnceLock::new() })
    }

    /// Reads bytes as UTF-8 text.
    pub fn decode(origin: Origin, bytes: Vec<u8>) -> Result<Arc<Self>, Undecodable> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(Undecodable::Utf16);
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Undecodable::Nul(at));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(origin, text)),
            Err(error) => Err(Undecodable::NotUtf8(error.utf8_error().valid_up_to())),
        }
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under a span; empty where the span is no part of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        })
    }

    pub fn position(&self, offset: usize) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }

    /// The span of a line (from one), without its line break.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let starts = self.line_starts();
        let start = *starts.get(line.checked_sub(1)?)?;
        let end = starts.get(line).map_or(self.text.len(), |next| next - 1);
        let end = if self.text.get(start..end)?.ends_with('\r') { end - 1 } else { end };
        Some(Span::new(start, end))
    }

    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }
}
