//! Lines, seen from the expressions on them.

use super::expression::{Expression, Kind};
use crate::source::Span;

/// A line, or several where an expression reaches over the line break.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Without the last line break.
    pub(super) span: Span,
    pub(super) expressions: &'a [Expression],
    /// Nothing but expressions and perhaps a comment stands here.
    pub(super) whole: bool,
    /// Nothing stands here at all.
    pub(super) blank: bool,
    /// A comment stands here, unless it is part of a text over several lines.
    pub(super) comment: bool,
    /// Blanks before the first character.
    pub(super) indent: usize,
}

impl Line<'_> {
    /// It says something of its own, expressions or not.
    pub(super) const fn is_content(&self) -> bool {
        !self.whole && !self.blank
    }

    pub(super) fn gives_text(&self) -> bool {
        self.expressions.iter().any(|expression| expression.kind == Kind::Output)
    }

    /// It begins something that other lines belong to.
    pub(super) fn opens_branch(&self) -> bool {
        let unmatched = unmatched(self.expressions);
        let opens = self.expressions.iter().map(|expression| expression.kind == Kind::Open);
        opens.zip(unmatched).any(|(opens, unmatched)| opens && unmatched)
    }

    /// From the first expression to the last.
    pub(super) fn expressed(&self) -> Span {
        let ends = self.expressions.first().zip(self.expressions.last());
        ends.map_or(self.span, |(first, last)| first.span.join(last.span))
    }
}

/// Cuts a text into lines.
pub(super) fn split<'a>(text: &str, expressions: &'a [Expression]) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut rest = expressions;
    let mut start = 0;
    while start < text.len() {
        let mut end = line_end(text, start);
        let mut count = 0;
        while let Some(next) = rest.get(count)
            && next.span.start < end
        {
            end = if next.span.end > end { line_end(text, next.span.end) } else { end };
            count += 1;
        }
        let (here, later) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        rest = later;
        lines.push(line(text, Span::new(start, end), here));
        start = end + 1;
    }
    lines
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at)
}

fn line<'a>(text: &str, span: Span, expressions: &'a [Expression]) -> Line<'a> {
    let written = text.get(span.start..span.end).unwrap_or_default();
    let indent = written.len() - written.trim_start_matches([' ', '\t']).len();
    let mut whole = !expressions.is_empty();
    let mut at = span.start;
    for expression in expressions {
        whole &= text.get(at..expression.span.start).is_some_and(|between| between.trim().is_empty());
        at = expression.span.end;
    }
    let tail = text.get(at..span.end).unwrap_or_default().trim();
    whole &= tail.is_empty() || tail.starts_with('#');
    let blank = written.trim().is_empty();
    Line { span, expressions, whole, blank, comment: written.trim_start().starts_with('#'), indent }
}

/// Says of each expression on a line whether its other half stands on another line.
pub(super) fn unmatched(expressions: &[Expression]) -> Vec<bool> {
    let mut result: Vec<bool> = expressions
        .iter()
        .map(|expression| {
            matches!(
                expression.kind,
                Kind::Open | Kind::Define | Kind::Close | Kind::Middle | Kind::Statement
            )
        })
        .collect();
    let mut open: Vec<Vec<usize>> = Vec::new();
    for (at, expression) in expressions.iter().enumerate() {
        match expression.kind {
            Kind::Open | Kind::Define => open.push(vec![at]),
            Kind::Middle => {
                if let Some(parts) = open.last_mut() {
                    parts.push(at);
                }
            }
            Kind::Close => {
                for part in open.pop().into_iter().flat_map(|parts| parts.into_iter().chain([at])) {
                    if let Some(slot) = result.get_mut(part) {
                        *slot = false;
                    }
                }
            }
            Kind::Output | Kind::Statement | Kind::Comment => {}
        }
    }
    result
}

/// The column at which an expression's text starts, as far as an indenting function says so.
pub(super) fn text_column(expression: &str, column: usize) -> usize {
    let Some((before, after)) = expression.rsplit_once("indent") else { return column };
    let digits = after.trim_start_matches([' ', '(']).trim_start_matches("width=");
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let Some(width) = digits.get(..end).and_then(|digits| digits.parse::<usize>().ok()) else {
        return column;
    };
    let jinja = after.starts_with('(') && !before.ends_with('n');
    if before.ends_with('n') {
        width
    } else if jinja && !after.to_ascii_lowercase().contains("true") {
        column
    } else {
        column.max(width)
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::find_expressions;
    use super::*;

    #[test]
    fn an_expression_over_several_lines_makes_them_one() {
        let text = "a: 1\n  {{- if or\n  a b }} # c\nd: {{ e }}\n\n";
        let expressions = find_expressions(text);
        let lines = split(text, &expressions);
        let shape: Vec<_> = lines
            .iter()
            .map(|line| (&text[line.span.start..line.span.end], line.whole, line.blank, line.indent))
            .collect();
        assert_eq!(
            shape,
            [
                ("a: 1", false, false, 0),
                ("  {{- if or\n  a b }} # c", true, false, 2),
                ("d: {{ e }}", false, false, 0),
                ("", false, true, 0)
            ]
        );
    }

    #[test]
    fn halves_on_one_line_match() {
        let text = "{{ end }}{{ if a }}b{{ else }}c{{ end }}{{ if d }}{{ $e := 1 }}{{ f }}";
        assert_eq!(unmatched(&find_expressions(text)), [true, false, false, false, true, true, false]);
    }

    #[test]
    fn an_indenting_function_moves_the_text() {
        assert_eq!(text_column("{{- toYaml . | nindent 8 }}", 2), 8);
        assert_eq!(text_column("{{ toYaml . | indent 4 }}", 0), 4);
        assert_eq!(text_column("{{ toYaml . | indent 4 | trim }}", 4), 4);
        assert_eq!(text_column("{{ x | to_yaml | indent(8) }}", 2), 2);
        assert_eq!(text_column("{{ x | indent(8, true) }}", 0), 8);
        assert_eq!(text_column("{{ include \"x\" . }}", 6), 6);
    }
}
