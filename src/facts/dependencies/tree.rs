//! Strings of a parsed document as pieces of its text.
//!
//! In: nodes, whose spans hold the quotes. Out: pieces without them, so that a span is exactly the name or version.

use super::piece::Piece;
use crate::document::{Entry, Node};
use crate::source::{Located, Span};

/// A document's text, for cutting pieces out of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'a>(pub(super) &'a str);

impl<'a> Tree<'a> {
    /// The content of a scalar, as written between its quotes; `None` for collections.
    pub(super) fn content(self, node: &Node) -> Option<Piece<'a>> {
        (node.scalar().is_some() || node.is_unknown()).then(|| self.unquoted(node.span))
    }

    pub(super) fn unquoted(self, span: Span) -> Piece<'a> {
        let piece = Piece::of(self.0, span);
        ["\"\"\"", "'''"]
            .into_iter()
            .find_map(|quotes| piece.strip_prefix(quotes).and_then(|rest| rest.strip_suffix(quotes)))
            .or_else(|| piece.unquoted())
            .unwrap_or(piece)
    }

    /// The content of the scalar under a key.
    pub(super) fn text(self, node: &Node, key: &str) -> Option<Piece<'a>> {
        node.get(key).and_then(|value| self.content(value))
    }

    /// A key without its quotes.
    pub(super) fn key(self, entry: &Entry) -> Located<String> {
        Located::new(entry.key.value.clone(), self.unquoted(entry.key.span).span())
    }

    /// The whole entry: its key with its value.
    pub(super) fn whole(entry: &Entry) -> Span {
        entry.key.span.join(entry.value.span)
    }
}
