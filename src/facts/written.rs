//! From a node to the place of its content: what stands between the quotes, or a part of it.
//!
//! In: a node and its source. Out: exact spans where the content was written as it reads, else the whole value's.

use std::ops::Range;

use super::expression::holds_expression;
use crate::document::{Gap, Node, Value};
use crate::source::{Located, SourceFile, Span};

/// A scalar's text, and whether some part of it is filled in later.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub(super) text: Located<String>,
    pub(super) templated: bool,
}

/// The text of a scalar, expressions as they are written; `None` for null and collections.
pub(super) fn scalar(source: &SourceFile, node: &Node) -> Option<Scalar> {
    let (text, templated) = if let Value::Unknown(raw) = &node.value {
        (unquoted(raw).to_owned(), true)
    } else {
        let text = node.scalar()?.into_owned();
        let templated = holds_expression(&text);
        (text, templated)
    };
    let span = span_within(source, node, &text, 0..text.len());
    Some(Scalar { text: Located::new(text, span), templated })
}

/// A known string that is not empty, with the place of its content.
pub(super) fn name(source: &SourceFile, node: Option<&Node>) -> Option<Scalar> {
    scalar(source, node?).filter(|scalar| !scalar.text.value.is_empty())
}

/// A quoted text without its quotes.
pub(super) fn unquoted(text: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

/// Where a part of a scalar's content stands.
pub(super) fn span_within(source: &SourceFile, node: &Node, content: &str, part: Range<usize>) -> Span {
    let written = source.slice(node.span);
    let inner = unquoted(written);
    if inner != content || content.get(part.clone()).is_none() {
        return node.span;
    }
    let offset = node.span.start + usize::from(inner.len() != written.len());
    Span::new(offset + part.start, offset + part.end)
}

/// Says whether something inside a span, or right behind it, was not understood: a list that ends in a template's
/// loop may have more items than can be seen.
pub(super) fn has_gap(source: &SourceFile, gaps: &[Gap], span: Span) -> bool {
    let first = gaps.partition_point(|gap| gap.span.start < span.start);
    gaps.get(first).is_some_and(|gap| {
        gap.span.start < span.end || source.slice(Span::new(span.end, gap.span.start)).trim().is_empty()
    })
}
