//! Expressions painted over, byte for byte.

use super::expression::{Expression, Kind};
use super::lines::{Line, unmatched};
use super::{Insertion, Syntax};
use crate::source::Span;

/// A copy of the text in which expressions are painted over.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    written: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(written: &'a str) -> Self {
        Self { written, bytes: written.as_bytes().to_vec() }
    }

    pub(super) fn written(&self, span: Span) -> &'a str {
        self.written.get(span.start..span.end).unwrap_or_default()
    }

    pub(super) fn seen(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start..span.end).unwrap_or_default()
    }

    /// Expressions are painted whole, so that what comes out is UTF-8 as what went in.
    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_else(|_| self.written.to_owned())
    }

    fn paint(&mut self, span: Span, mut with: impl FnMut(usize) -> u8) {
        for (at, byte) in self.bytes.get_mut(span.start..span.end).unwrap_or_default().iter_mut().enumerate()
        {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = with(at);
            }
        }
    }

    pub(super) fn blank(&mut self, span: Span) {
        self.paint(span, |_| b' ');
    }

    /// Letters up to the first line break, blanks behind it.
    pub(super) fn letters(&mut self, span: Span) {
        let first_line = self.written(span).find(['\n', '\r']).unwrap_or(span.len());
        self.paint(span, |at| if at < first_line { b'x' } else { b' ' });
    }

    /// Letters that start at a column; blanks where the line is too short for that.
    pub(super) fn letters_from(&mut self, span: Span, column: usize) {
        let first_line = self.written(span).find(['\n', '\r']).unwrap_or(span.len());
        self.paint(span, |at| if at >= column && at < first_line { b'x' } else { b' ' });
    }

    /// A comment from the first byte on; every further line is blank.
    pub(super) fn comment(&mut self, span: Span) {
        let first_line = self.written(span).find(['\n', '\r']).unwrap_or(span.len());
        self.paint(span, |at| if at < first_line { b'#' } else { b' ' });
    }

    fn quoted(&mut self, span: Span) {
        self.letters(span);
        let first_line = self.written(span).find(['\n', '\r']).unwrap_or(span.len());
        for at in [span.start, span.start + first_line.saturating_sub(1)] {
            if let Some(byte) = self.bytes.get_mut(at) {
                *byte = b'"';
            }
        }
    }
}

/// Masks the expressions on a line that says something of its own.
pub(super) fn mask_inline(canvas: &mut Canvas<'_>, line: &Line<'_>, syntax: Syntax) {
    let hanging = hanging(canvas, line);
    let mut strings = Strings::default();
    let mut at = line.span.start;
    // Up to where a value was made one string.
    let mut joined = 0;
    for (index, (expression, hangs)) in line.expressions.iter().zip(hanging).enumerate() {
        let between = Span::new(at, expression.span.start);
        strings.read(canvas.written(between));
        let before = canvas.written(Span::new(line.span.start, expression.span.start)).trim_end();
        at = expression.span.end;
        if expression.span.start < joined {
            continue;
        }
        let silent = expression.kind != Kind::Output;
        match syntax {
            _ if hangs || expression.kind == Kind::Comment => canvas.blank(expression.span),
            Syntax::Quoted if strings.inside() => canvas.letters(expression.span),
            Syntax::Quoted if silent && before.ends_with([':', '=']) => {
                let value = until_close(line.expressions.get(index..).unwrap_or_default(), expression.span);
                canvas.quoted(value);
                joined = value.end;
            }
            Syntax::Quoted if silent => canvas.blank(expression.span),
            Syntax::Quoted => canvas.quoted(expression.span),
            // Behind what is complete: `["a"{% if b %}, "c"{% endif %}]`.
            Syntax::Yaml if silent && before.ends_with(['"', '\'', ']', '}', ',']) => {
                canvas.blank(expression.span);
            }
            Syntax::Yaml => mask_in_yaml(canvas, line, *expression),
            Syntax::Plain => canvas.letters(expression.span),
        }
    }
}

/// Says of each expression on a line whether it is half of a construct whose other half stands on another line, with
/// nothing behind it: then it gives no text to this line.
fn hanging(canvas: &Canvas<'_>, line: &Line<'_>) -> Vec<bool> {
    let mut hanging = unmatched(line.expressions);
    let mut end = Some(line.span.end);
    for (expression, hangs) in line.expressions.iter().zip(&mut hanging).rev() {
        let tail = end.map(|end| canvas.written(Span::new(expression.span.end, end)).trim());
        let last = tail.is_some_and(|tail| tail.is_empty() || tail.starts_with('#'));
        *hangs &= last;
        let passes = last && (*hangs || expression.kind == Kind::Comment);
        end = passes.then_some(expression.span.start);
    }
    hanging
}

/// From an expression to the one that closes what it opens.
fn until_close(expressions: &[Expression], first: Span) -> Span {
    let mut depth = 0_usize;
    for expression in expressions {
        match expression.kind {
            Kind::Open | Kind::Define => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Output | Kind::Middle | Kind::Statement | Kind::Comment => {}
        }
        if depth == 0 {
            return first.join(expression.span);
        }
    }
    first
}

fn mask_in_yaml(canvas: &mut Canvas<'_>, line: &Line<'_>, expression: Expression) {
    let before = canvas.written(Span::new(line.span.start, expression.span.start));
    canvas.letters(expression.span);
    // `key: |{{ text | nindent 2 }}`: the header stays, the rest of its line becomes a comment.
    if ends_with_header(before) {
        canvas.paint(expression.span, |at| if at == 0 { b' ' } else { b'#' });
        return;
    }
    // `labels:{{ text | nindent 2 }}`: what is inserted starts with a line break, so the key ends at its colon.
    let is_key = before.trim_start().trim_start_matches("- ").strip_suffix(':').is_some_and(|key| {
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./\"'".contains(&byte))
    });
    if is_key && canvas.written(expression.span).contains("nindent") {
        canvas.blank(Span::new(expression.span.start, expression.span.start + 1));
    }
}

/// Says whether a line ends with `: |-` or the like.
fn ends_with_header(before: &str) -> bool {
    let before = before.trim_end();
    let Some((rest, _)) = before.rsplit_once(['|', '>']) else { return false };
    let indicators = before.get(rest.len() + 1..).unwrap_or_default();
    indicators.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'))
        && (rest.ends_with(": ") || rest.ends_with("- "))
}

/// Masks the lines that hold nothing but expressions, where a blank line means nothing.
pub(super) fn mask_whole_lines(
    canvas: &mut Canvas<'_>,
    lines: &[Line<'_>],
    syntax: Syntax,
) -> Vec<Insertion> {
    let mut insertions = Vec::new();
    let mut last_byte = b'\n';
    for line in lines {
        if line.whole {
            let span = line.expressed();
            if !line.gives_text() {
                canvas.blank(span);
            } else if syntax == Syntax::Quoted && matches!(last_byte, b':' | b'=') {
                canvas.quoted(span);
            } else {
                canvas.blank(span);
                insertions.push(Insertion { span, column: line.indent });
            }
        } else if let Some(byte) =
            canvas.seen(line.span).iter().rev().find(|byte| !byte.is_ascii_whitespace())
        {
            last_byte = *byte;
        }
    }
    insertions
}

/// Follows whether text is inside of a string that ends on its line.
#[derive(Debug, Default)]
struct Strings {
    quote: Option<u8>,
    escaped: bool,
}

impl Strings {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match (self.quote, byte) {
                (_, b'\n') => *self = Self::default(),
                _ if self.escaped => self.escaped = false,
                (Some(_), b'\\') => self.escaped = true,
                (Some(quote), _) if byte == quote => self.quote = None,
                (None, b'"' | b'\'') => self.quote = Some(byte),
                _ => {}
            }
        }
    }

    const fn inside(&self) -> bool {
        self.quote.is_some()
    }
}
