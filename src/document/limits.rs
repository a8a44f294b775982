//! Bounds on what one file may ask for, the same for every format.
//!
//! In: counts, as a parser meets them. Out: nothing, or the [`ParseError::Limit`] that ends the parse. They are
//! checked before anything is built from the input, so that a small hostile file stays a small matter.

use super::ParseError;
use crate::source::Span;

/// Size of a file.
pub const BYTES: usize = 5 * 1024 * 1024;
/// Collections inside collections. Also what makes recursion over a [`Node`](super::Node), its drop included, safe.
pub const DEPTH: usize = 64;
/// Scalars and collections of a file, expanded aliases included.
pub const NODES: usize = 1_000_000;
/// Nodes that come into being by aliases and merge keys alone.
pub const EXPANDED_NODES: usize = 100_000;
/// Text that comes into being by aliases and merge keys alone, or is kept for them.
pub const EXPANDED_BYTES: usize = 32 * 1024 * 1024;
/// Anchors of a file.
pub const ANCHORS: usize = 10_000;
/// Documents of a stream.
pub const DOCUMENTS: usize = 1_000;
/// Size of one scalar.
pub const SCALAR_BYTES: usize = 1024 * 1024;

/// Refuses a count that is over its limit.
pub(super) const fn hold(
    count: usize,
    limit: usize,
    what: &'static str,
    span: Span,
) -> Result<(), ParseError> {
    if count > limit { Err(ParseError::Limit { what, limit, span }) } else { Ok(()) }
}

/// Refuses a file that is too large, and one with a NUL, which parsers of C descent take for the end.
pub(super) fn hold_text(text: &str, format: &'static str) -> Result<(), ParseError> {
    hold(text.len(), BYTES, "bytes of a file", Span::new(0, 0))?;
    match text.find('\0') {
        Some(at) => Err(ParseError::Syntax {
            format,
            reason: "holds a NUL byte".to_owned(),
            span: Span::new(at, at + 1),
        }),
        None => Ok(()),
    }
}
