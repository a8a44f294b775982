//! Stretches of a template that are no part of the text as it stands: named templates, and branches that exclude the
//! first one.

use super::expression::{Expression, Kind};
use crate::document::Gap;
use crate::source::Span;

/// What is taken out, each stretch as one expression.
#[derive(Debug)]
pub(super) struct Collapsed {
    pub(super) expressions: Vec<Expression>,
    pub(super) gaps: Vec<Gap>,
}

/// Says whether a text has branches of which only the first could be read.
pub(super) fn has_alternatives(expressions: &[Expression]) -> bool {
    expressions.iter().any(|expression| expression.kind == Kind::Middle)
}

/// Takes out named templates and, if asked to, every branch but the first that reaches over a line break.
pub(super) fn collapse(text: &str, expressions: Vec<Expression>, first_branches_only: bool) -> Collapsed {
    let stretches = stretches(text, &expressions, first_branches_only);
    let mut collapsed = Collapsed { expressions: Vec::new(), gaps: Vec::new() };
    let mut end = 0;
    let mut stretches = stretches.into_iter().peekable();
    for expression in expressions {
        while let Some((span, reason)) = stretches.next_if(|(span, _)| span.start <= expression.span.start) {
            if span.start >= end {
                end = span.end;
                collapsed.expressions.push(Expression { span, kind: Kind::Statement });
                collapsed.gaps.push(Gap { span, reason: reason.to_owned() });
            }
        }
        if expression.span.start >= end {
            collapsed.expressions.push(expression);
        }
    }
    collapsed
}

/// What is to be taken out, sorted; a stretch inside of another comes after it.
fn stretches(text: &str, expressions: &[Expression], first_branches_only: bool) -> Vec<(Span, &'static str)> {
    let mut stretches = Vec::new();
    // Each open construct with the start of its second branch.
    let mut open: Vec<(Expression, Option<usize>)> = Vec::new();
    for expression in expressions {
        match expression.kind {
            Kind::Open | Kind::Define => open.push((*expression, None)),
            Kind::Middle => {
                if let Some((_, second)) = open.last_mut() {
                    second.get_or_insert(expression.span.start);
                }
            }
            Kind::Close => {
                let Some((opening, second)) = open.pop() else { continue };
                if opening.kind == Kind::Define {
                    let reason = "a named template: what it gives stands elsewhere";
                    stretches.push((opening.span.join(expression.span), reason));
                } else if let Some(start) = second.filter(|_| first_branches_only) {
                    let span = Span::new(start, expression.span.start);
                    let over_lines =
                        text.get(span.start..span.end).is_some_and(|branch| branch.contains('\n'));
                    if over_lines {
                        stretches.push((span, "only the first branch of this template could be read"));
                    }
                }
            }
            Kind::Output | Kind::Statement | Kind::Comment => {}
        }
    }
    stretches.sort_by_key(|(span, _)| (span.start, usize::MAX - span.end));
    stretches
}
