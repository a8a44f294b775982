//! Template expressions in a text: Go and Helm, Jinja, ERB, Handlebars.
//!
//! In: any text. Out: each expression with its place and whether it gives text or decides about other text. What is
//! opened and never closed is no expression. Linear: no search crosses the next opening.

use crate::source::Span;

/// An expression that is longer is two brackets that have nothing to do with each other.
const LONGEST: usize = 16 * 1024;

/// One expression, brackets included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Becomes text.
    Output,
    /// `if`, `range`, `for` …
    Open,
    /// `define`: like `Open`, but what follows is no part of the text here.
    Define,
    /// `else`.
    Middle,
    /// `end`.
    Close,
    /// An assignment or another statement that gives no text and opens nothing.
    Statement,
    Comment,
}

/// Says whether a text can hold an expression at all.
pub(super) fn may_hold_expressions(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("<%")
}

/// All expressions, in their order; they do not overlap.
pub(super) fn find_expressions(text: &str) -> Vec<Expression> {
    let mut finder = Finder { text, marks: [None; MARKS.len()], in_comment: false };
    finder.enter_line(0);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(['{', '<'])).map(|at| from + at) {
        if let Some(line_break) = text.get(from..at).and_then(|between| between.rfind('\n')) {
            finder.enter_line(from + line_break + 1);
        }
        match finder.expression_at(at) {
            Some(expression) => {
                from = expression.span.end;
                found.push(expression);
            }
            None => from = at + 1,
        }
    }
    found
}

/// End marks that are searched for without regard to what stands before them.
const MARKS: [&str; 4] = ["*/", "--}}", "#}", "%>"];

/// Remembers where each mark comes next, so that openings without an end do not search the same text again.
struct Finder<'a> {
    text: &'a str,
    /// From where it was searched, and what was found.
    marks: [Option<(usize, Option<usize>)>; MARKS.len()],
    /// The line on which is searched starts with `#`.
    in_comment: bool,
}

impl<'a> Finder<'a> {
    fn enter_line(&mut self, start: usize) {
        let line = self.text.get(start..).unwrap_or_default();
        self.in_comment = line.trim_start_matches([' ', '\t']).starts_with('#');
    }

    fn expression_at(&mut self, at: usize) -> Option<Expression> {
        let window = self.window(at);
        let (length, kind) = match window.get(..2)? {
            "{{" => self.braces(at, window)?,
            "{%" => (closed_by(window, "%}")?, jinja_kind(window)),
            // `${#list[@]}` is a shell's.
            "{#" if !self.text.get(..at)?.ends_with('$') => (self.mark(at + 2, "#}")? - at, Kind::Comment),
            "<%" if !window.starts_with("<%%") => {
                let length = self.mark(at + 2, "%>")? - at;
                (length, erb_kind(window.get(..length)?))
            }
            _ => return None,
        };
        (length <= window.len()).then(|| Expression { span: Span::new(at, at + length), kind })
    }

    /// Length and kind of what starts with `{{`.
    fn braces(&mut self, at: usize, window: &'a str) -> Option<(usize, Kind)> {
        let body = go_body(window);
        if body.starts_with("/*") {
            let close = self.mark(at, "*/")? - at;
            let tail = window.get(close..)?.trim_start();
            let end = tail.strip_prefix('-').unwrap_or(tail).strip_prefix("}}")?;
            return Some((window.len() - end.len(), Kind::Comment));
        }
        if body.starts_with("!--") {
            return Some((self.mark(at, "--}}")? - at, Kind::Comment));
        }
        let length = closed_by(window, "}}")?;
        Some((length, go_kind(go_body(window.get(..length)?))))
    }

    /// The text in which an expression must end. One in a comment line ends with the line, if it is no comment itself.
    fn window(&self, at: usize) -> &'a str {
        let rest = self.text.get(at..).unwrap_or_default();
        let mut end = rest.len().min(LONGEST);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let rest = rest.get(..end).unwrap_or_default();
        let opens_comment = rest.starts_with("{#") || go_body(rest).starts_with("/*");
        if self.in_comment && !opens_comment {
            rest.split_inclusive('\n').next().unwrap_or_default()
        } else {
            rest
        }
    }

    /// The place behind the next mark.
    fn mark(&mut self, from: usize, mark: &str) -> Option<usize> {
        let slot =
            self.marks.iter_mut().zip(MARKS).find(|(_, known)| *known == mark).map(|(slot, _)| slot)?;
        if let Some((searched, found)) = *slot
            && searched <= from
            && found.is_none_or(|found| from <= found)
        {
            return found.map(|found| found + mark.len());
        }
        let found = self.text.get(from..)?.find(mark).map(|at| from + at);
        *slot = Some((from, found));
        found.map(|found| found + mark.len())
    }
}

/// What follows `{{`, a trim marker and blanks.
fn go_body(text: &str) -> &str {
    let body = text.get(2..).unwrap_or_default();
    body.strip_prefix(['-', '~']).unwrap_or(body).trim_start()
}

/// The length up to the end mark, past strings and balanced braces; where those do not work out, to the nearest mark.
fn closed_by(window: &str, mark: &str) -> Option<usize> {
    let bytes = window.as_bytes();
    let opening = bytes.get(..2)?;
    let mut nearest = None;
    let mut depth = 0_usize;
    let mut at = 2;
    while let Some(byte) = bytes.get(at) {
        let ends = bytes.get(at..at + 2) == Some(mark.as_bytes());
        if ends && nearest.is_none() {
            nearest = Some(at + 2);
        }
        match byte {
            _ if ends && depth == 0 => return Some(at + 2),
            b'"' | b'\'' | b'`' => match string_end(bytes, at, &mut nearest, mark) {
                Some(end) => at = end,
                None => return nearest.or_else(|| nearest_mark(bytes, at, opening, mark)),
            },
            b'{' if bytes.get(at..at + 2) == Some(opening) && at > 2 => return nearest,
            b'{' => {
                depth += 1;
                at += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    nearest
}

/// The place behind a string that starts at a quote; `None` if it does not end (on its line, but for backquotes).
fn string_end(bytes: &[u8], start: usize, nearest: &mut Option<usize>, mark: &str) -> Option<usize> {
    let quote = *bytes.get(start)?;
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            byte if byte == quote => return Some(at + 1),
            b'\n' if quote != b'`' => return None,
            b'\\' if quote != b'`' => at += 2,
            _ => {
                if nearest.is_none() && bytes.get(at..at + 2) == Some(mark.as_bytes()) {
                    *nearest = Some(at + 2);
                }
                at += 1;
            }
        }
    }
}

fn nearest_mark(bytes: &[u8], from: usize, opening: &[u8], mark: &str) -> Option<usize> {
    let rest = bytes.get(from..)?;
    for (at, pair) in rest.windows(2).enumerate() {
        if pair == mark.as_bytes() {
            return Some(from + at + 2);
        }
        if pair == opening {
            return None;
        }
    }
    None
}

fn first_word(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn go_kind(body: &str) -> Kind {
    match body.as_bytes().first() {
        Some(b'#' | b'^') => return Kind::Open,
        Some(b'/') => return Kind::Close,
        Some(b'!') => return Kind::Comment,
        Some(b'$') => {
            let name_end = body
                .find(|character: char| {
                    !character.is_ascii_alphanumeric() && !matches!(character, '$' | '_' | ',')
                })
                .unwrap_or(body.len());
            let rest = body.get(name_end..).unwrap_or_default().trim_start();
            let assigns = rest.starts_with(":=") || (rest.starts_with('=') && !rest.starts_with("=="));
            return if assigns { Kind::Statement } else { Kind::Output };
        }
        _ => {}
    }
    match first_word(body) {
        "if" | "range" | "with" | "block" | "unless" | "each" => Kind::Open,
        "define" => Kind::Define,
        "else" => Kind::Middle,
        "end" => Kind::Close,
        "fail" | "break" | "continue" => Kind::Statement,
        _ => Kind::Output,
    }
}

fn jinja_kind(window: &str) -> Kind {
    let body = window.get(2..).unwrap_or_default().trim_start_matches(['-', '+']).trim_start();
    match first_word(body) {
        "macro" => Kind::Define,
        "if" | "for" | "call" | "filter" | "raw" | "with" | "block" | "autoescape" | "trans" => Kind::Open,
        "else" | "elif" | "elsif" | "elseif" => Kind::Middle,
        "include" => Kind::Output,
        word if word.starts_with("end") => Kind::Close,
        _ => Kind::Statement,
    }
}

fn erb_kind(written: &str) -> Kind {
    let body = written.get(2..written.len().saturating_sub(2)).unwrap_or_default();
    match body.as_bytes().first() {
        Some(b'=') => return Kind::Output,
        Some(b'#') => return Kind::Comment,
        _ => {}
    }
    let body = body.trim_start_matches('-').trim_end_matches('-').trim();
    match first_word(body) {
        "if" | "unless" | "case" | "while" | "for" | "begin" => Kind::Open,
        "else" | "elsif" | "when" => Kind::Middle,
        "end" => Kind::Close,
        _ if body.ends_with('|') || body.ends_with(" do") || body.ends_with('{') => Kind::Open,
        _ if body == "}" => Kind::Close,
        _ => Kind::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Kind)> {
        find_expressions(text)
            .into_iter()
            .map(|expression| (&text[expression.span.start..expression.span.end], expression.kind))
            .collect()
    }

    #[test]
    fn an_end_mark_in_a_string_or_a_dictionary_is_none() {
        assert_eq!(found(r#"a {{ "}}" | quote }} b"#), [(r#"{{ "}}" | quote }}"#, Kind::Output)]);
        assert_eq!(
            found("{{ x | combine({'a': {'b': 1}}) }}!"),
            [("{{ x | combine({'a': {'b': 1}}) }}", Kind::Output)]
        );
        assert_eq!(found("{{ `}}` }}"), [("{{ `}}` }}", Kind::Output)]);
        assert_eq!(found("{{{ raw }}}"), [("{{{ raw }}}", Kind::Output)]);
    }

    #[test]
    fn a_quote_that_does_not_close_ends_at_the_nearest_mark() {
        assert_eq!(
            found("{{ it's }} and\n{{ b }}"),
            [("{{ it's }}", Kind::Output), ("{{ b }}", Kind::Output)]
        );
    }

    #[test]
    fn what_is_never_closed_is_no_expression() {
        assert_eq!(found("a {{ b\n{{ c }}"), [("{{ c }}", Kind::Output)]);
        assert_eq!(found("{{ a"), []);
        assert_eq!(found("# starts with {{\na: b }}"), []);
        assert_eq!(found("n=${#list[@]} {{ x }} #}"), [("{{ x }}", Kind::Output)]);
    }

    #[test]
    fn statements_are_told_from_output() {
        let kinds = |text: &str| found(text).into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
        assert_eq!(
            kinds("{{- if .a -}}{{ else if b }}{{end}}{{- $x := 1 }}{{ $x, $y = f }}{{ $x }}{{ $x.y == 1 }}"),
            [
                Kind::Open,
                Kind::Middle,
                Kind::Close,
                Kind::Statement,
                Kind::Output,
                Kind::Output,
                Kind::Output
            ]
        );
        assert_eq!(kinds("{{/* a }} b */}}{{- /* c */ -}}{{! d }}{# e #}<%# f %>"), [Kind::Comment; 5]);
        assert_eq!(
            kinds("{%- for x in y %}{% elif z %}{%- endfor -%}{% set a = 1 %}"),
            [Kind::Open, Kind::Middle, Kind::Close, Kind::Statement]
        );
        assert_eq!(
            kinds("<%= a %><% if b %><% else -%><% end %><% c.each do |d| %><% e = 1 %>"),
            [Kind::Output, Kind::Open, Kind::Middle, Kind::Close, Kind::Open, Kind::Statement]
        );
    }
}
