//! The lines around a place, with numbers before them and a mark below.
//!
//! In: a label, its secrets masked already. Out: plain lines for a fence; none of them starts with text of the change.

use crate::finding::Label;
use crate::report::runner::neutralise;
use crate::source::{Span, escape_line};

/// How many characters of a line are shown on either side of a place, and how many lines of one that is long.
const CLIP: usize = 80;
const LINES: usize = 8;

/// The lines of a label with one more on either side; empty where there is no text.
pub(super) fn excerpt(label: &Label) -> String {
    let source = &label.source;
    if source.text().trim().is_empty() {
        return String::new();
    }
    let first = source.position(label.span.start).line;
    let mut end = label.span.end.saturating_sub(1).max(label.span.start);
    while !source.text().is_char_boundary(end) {
        end -= 1;
    }
    let last = source.position(end).line;
    let (from, to) = (first.saturating_sub(1).max(1), (last + 1).min(first + LINES).min(source.line_count()));
    let width = to.to_string().len();
    let mut out = String::new();
    for line in from..=to {
        let Some(whole) = source.line_span(line) else { break };
        // What follows the last line break is no line.
        if whole.is_empty() && line > last {
            break;
        }
        let marked = (first..=last).contains(&line);
        let sign = if marked { '>' } else { ' ' };
        let under = if marked { whole.intersection(label.span) } else { Span::new(whole.start, whole.start) };
        let shown = Line::of(source.text(), whole, under);
        out.push_str(format!("{sign} {line:>width$} | {}", shown.text).trim_end());
        out.push('\n');
        if marked && first == last {
            let (gap, mark) = (" ".repeat(shown.start), "^".repeat(shown.length.max(1)));
            let text = escape_line(&label.text);
            out.push_str(format!("  {:>width$} | {gap}{mark} {text}", "").trim_end());
            out.push('\n');
        }
    }
    if last > to {
        out.push_str(&format!("  {:>width$} | …\n", ""));
    }
    out
}

trait Within {
    fn intersection(self, other: Self) -> Self;
}

impl Within for Span {
    /// What both have; empty at the nearer end where that is nothing.
    fn intersection(self, other: Self) -> Self {
        let start = other.start.clamp(self.start, self.end);
        Self::new(start, other.end.clamp(start, self.end))
    }
}

/// A line as it is shown, and which of its characters are marked.
struct Line {
    text: String,
    start: usize,
    length: usize,
}

impl Line {
    fn of(text: &str, whole: Span, under: Span) -> Self {
        let part = |start: usize, end: usize| text.get(start..end).unwrap_or_default();
        let before = safe(&last_characters(part(whole.start, under.start), CLIP));
        let marked = safe(&first_characters(part(under.start, under.end), CLIP));
        let after = safe(&first_characters(part(under.end, whole.end), CLIP));
        let columns = |text: &str| neutralise(&format!("|{text}")).chars().count() - 1;
        let start = columns(&before);
        let length = columns(&format!("{before}{marked}")) - start;
        Self { text: format!("{before}{marked}{after}"), start, length }
    }
}

fn safe(text: &str) -> String {
    escape_line(&text.replace('\t', " ")).into_owned()
}

fn first_characters(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn last_characters(text: &str, most: usize) -> String {
    match text.char_indices().rev().nth(most) {
        Some((at, character)) => format!("…{}", text.get(at + character.len_utf8()..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Origin, SourceFile};

    fn of(text: &str, start: usize, end: usize) -> String {
        let source = SourceFile::new(Origin::File("a.yaml".into()), text.to_owned());
        excerpt(&Label::new(&source, Span::new(start, end), "is wrong"))
    }

    #[test]
    fn the_place_is_marked_under_the_characters_that_it_holds() {
        assert_eq!(
            of("a: 1\nb: äöü\nc: 3\nd: 4\n", 8, 14),
            "  1 | a: 1\n> 2 | b: äöü\n    |    ^^^ is wrong\n  3 | c: 3\n"
        );
        assert_eq!(of("x\u{1b}y: 1", 1, 2), "> 1 | x\\u{1b}y: 1\n    |  ^^^^^^ is wrong\n");
    }

    #[test]
    fn long_places_and_long_lines_are_shown_in_part() {
        let lines = "a: 1\n".repeat(50);
        assert_eq!(of(&lines, 0, lines.len()).lines().count(), LINES + 2);
        let wide = format!("a: {}", "x".repeat(1000));
        assert!(of(&wide, 0, 1).lines().all(|line| line.chars().count() < 100));
        assert_eq!(of("", 0, 0), "");
        assert_eq!(of("a", 0, 1), "> 1 | a\n    | ^ is wrong\n");
    }
}
