//! Lines of expressions in YAML, where a blank line is not nothing.
//!
//! Inside of a block scalar such a line is content; behind one it must not become content; anywhere else it is blank.
//! Also blank is the expression in `labels: {{ … }}` if entries follow that belong to the same key.

use super::Insertion;
use super::fill::Canvas;
use super::lines::{Line, text_column};
use crate::source::Span;

/// A block scalar whose lines are being read.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Content is indented deeper than this; `None` at the root.
    parent: Option<usize>,
    /// Where its content starts, if the header says so or a line has shown it.
    content: Option<usize>,
    /// The last line of expressions that gives text to it, once nothing but expressions follows.
    last: Option<usize>,
}

impl Block {
    fn holds(self, column: usize) -> bool {
        self.parent.is_none_or(|parent| column > parent)
    }
}

/// What the lines of expressions do to the structure of a text.
#[derive(Debug, Default)]
pub(super) struct Structure {
    pub(super) insertions: Vec<Insertion>,
    /// Some part may exclude another; what stands in a block scalar decides about nothing.
    pub(super) branches: bool,
}

pub(super) fn mask_whole_lines(canvas: &mut Canvas<'_>, lines: &[Line<'_>]) -> Structure {
    let following = following(lines, Line::is_content);
    let following_code = self::following(lines, |line| line.is_content() && !line.comment);
    let mut structure = Structure::default();
    let mut block: Option<Block> = None;
    for (at, line) in lines.iter().enumerate() {
        if line.blank {
            continue;
        }
        if line.is_content() {
            match &mut block {
                Some(open) if open.holds(line.indent) => {
                    open.content.get_or_insert(line.indent);
                }
                _ => {
                    structure.branches |= line.opens_branch();
                    block = header(canvas.seen(line.span));
                    let next = following_code.get(at).copied().flatten();
                    if let Some(value) = next.and_then(|next| joined_value(canvas, line, next)) {
                        canvas.blank(value);
                        let column = text_column(canvas.written(value), value.start - line.span.start);
                        structure.insertions.push(Insertion { span: value, column });
                    }
                }
            }
            continue;
        }
        let next = following.get(at).copied().flatten();
        if let Some(open) = &mut block
            && let Some(column) = content_column(canvas, lines, at, next, open)
        {
            canvas.letters_from(line.span, column);
            continue;
        }
        let expressed = line.expressed();
        structure.branches |= line.opens_branch();
        if block.is_some() {
            canvas.comment(line.span);
        } else {
            canvas.blank(expressed);
        }
        if line.gives_text() {
            let column = text_column(canvas.written(expressed), line.indent);
            structure.insertions.push(Insertion { span: expressed, column });
        }
    }
    structure
}

/// Where on a line of expressions the content of an open block scalar starts; `None` if the line is behind it.
fn content_column(
    canvas: &Canvas<'_>,
    lines: &[Line<'_>],
    at: usize,
    next: Option<&Line<'_>>,
    block: &mut Block,
) -> Option<usize> {
    if let Some(next) = next.filter(|next| block.holds(next.indent)) {
        return Some(block.content.unwrap_or(next.indent));
    }
    let last = block.last.unwrap_or_else(|| last_text(canvas, lines, at, *block));
    block.last = Some(last);
    let smallest = block.parent.map_or(0, |parent| parent + 1);
    (at <= last).then(|| block.content.unwrap_or(smallest))
}

/// The last of the lines of expressions from here on that gives text to a block scalar; the first line of all, which
/// is in no block, if none does.
fn last_text(canvas: &Canvas<'_>, lines: &[Line<'_>], from: usize, block: Block) -> usize {
    let gives = |line: &Line<'_>| {
        line.gives_text() && block.holds(text_column(canvas.written(line.expressed()), line.indent))
    };
    let run = lines.iter().enumerate().skip(from).take_while(|(_, line)| !line.is_content());
    run.filter(|(_, line)| gives(line)).last().map_or(0, |(at, _)| at)
}

/// For each line the next one of a kind.
fn following<'a, 'b>(lines: &'a [Line<'b>], is: impl Fn(&Line<'b>) -> bool) -> Vec<Option<&'a Line<'b>>> {
    let mut next = None;
    let mut contents: Vec<_> = lines
        .iter()
        .rev()
        .map(|line| {
            let following = next;
            if is(line) {
                next = Some(line);
            }
            following
        })
        .collect();
    contents.reverse();
    contents
}

/// The expressions after a key or dash, where the next line goes on with entries or items under it.
fn joined_value(canvas: &Canvas<'_>, line: &Line<'_>, following: &Line<'_>) -> Option<Span> {
    let value = line.expressed();
    let key = canvas.written(Span::new(line.span.start, line.expressions.first()?.span.start)).trim_end();
    let tail = canvas.written(Span::new(value.end, line.span.end)).trim();
    if !key.ends_with([':', '-']) || !line.gives_text() || !(tail.is_empty() || tail.starts_with('#')) {
        return None;
    }
    let apart = line.expressions.windows(2).any(|pair| {
        let [left, right] = pair else { return false };
        !canvas.written(Span::new(left.span.end, right.span.start)).trim().is_empty()
    });
    let next = std::str::from_utf8(canvas.seen(following.span)).ok()?.trim();
    let is_item = next.starts_with("- ");
    let is_entry = next.contains(": ") || next.ends_with(':');
    let column = parent_column(key, key);
    let below = following.indent > column || (is_item && following.indent == column && key.ends_with(':'));
    (!apart && below && (is_item || is_entry)).then_some(value)
}

/// The block scalar that a line opens: `key: |`, `- >-`, `- key: &anchor !tag |2 # comment`.
fn header(line: &[u8]) -> Option<Block> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let (before, indicators) = line.rsplit_once(' ').unwrap_or(("", line));
    let indicators = indicators.strip_prefix(['|', '>'])?;
    if indicators.len() > 2 || !indicators.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9')) {
        return None;
    }
    let mut before = before.trim_end();
    while let Some((rest, last)) = before.rsplit_once(' ')
        && last.starts_with(['&', '!'])
    {
        before = rest.trim_end();
    }
    if before.is_empty() || before == "---" {
        return Some(Block { parent: None, content: None, last: None });
    }
    if !before.ends_with([':', '-', '?']) {
        return None;
    }
    let parent = parent_column(line, before);
    let digit = indicators.bytes().find(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
    Some(Block { parent: Some(parent), content: digit.map(|digit| parent + digit), last: None })
}

/// The column of the collection in which a block scalar stands: its key's, or its dash's.
fn parent_column(line: &str, before: &str) -> usize {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    while let Some(rest) = before.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        column += 2 + blanks;
    }
    column
}
