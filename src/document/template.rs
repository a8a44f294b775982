//! Template expressions masked so that the rest parses, every offset staying true.

use crate::source::Span;

/// A text as a parser sees it beside the text as it is written: as many bytes, the same line breaks.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    written: &'a str,
    holes: Vec<Hole>,
}

/// One masked expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hole {
    span: Span,
    /// It decides about other text and gives none of its own.
    control: bool,
}

impl<'a> Reading<'a> {
    pub(super) const fn plain(text: &'a str) -> Self {
        Self { text, written: text, holes: Vec::new() }
    }

    pub(super) fn is_template(&self) -> bool {
        !self.holes.is_empty()
    }

    /// What is written under a span.
    pub(super) fn raw(&self, span: Span) -> &'a str {
        self.written.get(span.start..span.end).unwrap_or_default()
    }

    /// Says whether an expression decides about a scalar: it stands inside `span`, or gives text somewhere in
    /// `extent`, all that may belong to the scalar.
    pub(super) fn hides(&self, span: Span, extent: Span) -> bool {
        let first = self.holes.partition_point(|hole| hole.span.end <= extent.start);
        self.holes
            .iter()
            .skip(first)
            .take_while(|hole| hole.span.start < extent.end)
            .any(|hole| !hole.control || (hole.span.start < span.end && span.start < hole.span.end))
    }
}
