//! Template expressions masked so that the rest parses, every offset staying true.
//!
//! In: a text. Out: a [`Reading`]: a text of as many bytes with the same line breaks, and what was masked. An
//! expression among other text becomes letters, so that what holds it still is one scalar; a line that only decides
//! about other lines becomes blank; a line that gives text becomes an [`Insertion`]. Must not know what an expression
//! means.

mod block;
mod expression;
mod fill;
mod lines;
mod region;

use std::borrow::Cow;

use super::Gap;
use crate::source::Span;
use block::Structure;
use expression::Expression;
use fill::Canvas;
use lines::Line;

/// What decides how an expression is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Letters are a scalar; block scalars and comments decide what a blank line means.
    Yaml,
    /// Only a quoted string is a value.
    Quoted,
    /// Letters are a value anywhere.
    Plain,
}

/// A text as a parser sees it beside the text as it is written.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    text: Cow<'a, str>,
    written: &'a str,
    /// Masked expressions in their order, apart from each other.
    holes: Vec<Span>,
    insertions: Vec<Insertion>,
    /// Stretches that were taken out.
    removed: Vec<Gap>,
    branches: bool,
    alternatives: bool,
}

/// A line that becomes other lines when the template is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Insertion {
    pub(super) span: Span,
    /// Where the text that it gives starts on its line, as far as can be told.
    pub(super) column: usize,
}

impl<'a> Reading<'a> {
    /// Reads a text, as a template if it holds expressions.
    pub(super) fn of(text: &'a str, syntax: Syntax) -> Self {
        Self::masked(text, syntax, false)
    }

    /// Reads the same text again without the branches that do not fit with the first one; `None` if it has none.
    pub(super) fn of_first_branches(&self, syntax: Syntax) -> Option<Self> {
        self.alternatives.then(|| Self::masked(self.written, syntax, true))
    }

    fn masked(text: &'a str, syntax: Syntax, first_branches_only: bool) -> Self {
        let mut reading = Self {
            text: Cow::Borrowed(text),
            written: text,
            holes: Vec::new(),
            insertions: Vec::new(),
            removed: Vec::new(),
            branches: false,
            alternatives: false,
        };
        if expression::may_hold_expressions(text) {
            let expressions = expression::find_expressions(text);
            reading.alternatives = region::has_alternatives(&expressions);
            let collapsed = region::collapse(text, expressions, first_branches_only);
            reading.removed = collapsed.gaps;
            reading.mask(&collapsed.expressions, syntax);
        }
        reading
    }

    fn mask(&mut self, expressions: &[Expression], syntax: Syntax) {
        let lines = lines::split(self.written, expressions);
        let mut canvas = Canvas::new(self.written);
        for line in lines.iter().filter(|line| !line.whole) {
            fill::mask_inline(&mut canvas, line, syntax);
        }
        let structure = match syntax {
            Syntax::Yaml => block::mask_whole_lines(&mut canvas, &lines),
            Syntax::Quoted | Syntax::Plain => Structure {
                insertions: fill::mask_whole_lines(&mut canvas, &lines, syntax),
                branches: lines.iter().any(Line::opens_branch),
            },
        };
        self.insertions = structure.insertions;
        self.branches = structure.branches;
        self.holes = expressions.iter().map(|expression| expression.span).collect();
        self.text = Cow::Owned(canvas.into_text());
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What is written under a span.
    pub(super) fn raw(&self, span: Span) -> &'a str {
        self.written.get(span.start..span.end).unwrap_or_default()
    }

    pub(super) const fn is_template(&self) -> bool {
        !self.holes.is_empty()
    }

    /// Says whether parts of the text may exclude each other, so that a key may stand twice.
    pub(super) const fn has_branches(&self) -> bool {
        self.branches || !self.insertions.is_empty()
    }

    /// A span with all of every expression that it touches; `None` if it touches none.
    pub(super) fn touched(&self, span: Span) -> Option<Span> {
        let first = self.holes.partition_point(|hole| hole.end <= span.start);
        self.holes
            .iter()
            .skip(first)
            .take_while(|hole| hole.start < span.end)
            .fold(None, |touched: Option<Span>, hole| Some(touched.unwrap_or(span).join(*hole)))
    }

    pub(super) fn insertion(&self, at: usize) -> Option<Insertion> {
        self.insertions.get(at).copied()
    }

    /// What of the text is not known: lines that become other lines, and what was taken out.
    pub(super) fn gaps(&self) -> impl Iterator<Item = Gap> {
        let insertions = self.insertions.iter().map(|insertion| Gap {
            span: insertion.span,
            reason: "a template expression puts more content here".to_owned(),
        });
        insertions.chain(self.removed.iter().cloned())
    }
}

#[cfg(test)]
mod tests;
