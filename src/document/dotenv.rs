//! `.env` files to nodes.
//!
//! In: a text, with template expressions masked. Out: one mapping, name to value, in the order of the file; a name
//! without `=` has no value (it is passed on from the environment). A name may stand twice; consumers take the last.
//!
//! NOTE: consumers differ. Docker's `--env-file` keeps quotes, blanks and `#`; the dotenv libraries take quotes off and
//! end an unquoted value at ` #`. The value here is what the libraries read, but trailing blanks stay in it, as Docker
//! has them: they are what goes wrong in production.

use super::template::Reading;
use super::{Content, Entry, Gap, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "dotenv";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let mut content = Content { roots: Vec::new(), gaps: reading.gaps().collect() };
    let mut entries = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let line = Span::new(at, line_end(text, at));
        at = match declaration(text, line) {
            Declaration::Nothing => line.end,
            Declaration::Entry(entry, end) => {
                limits::hold(
                    entry.value.span.len(),
                    limits::SCALAR_BYTES,
                    "bytes of one scalar",
                    entry.value.span,
                )?;
                entries.push(entry);
                limits::hold(entries.len(), limits::NODES, "nodes of one file", line)?;
                end
            }
            Declaration::Strange => {
                content.gaps.push(Gap { span: line, reason: "this line sets no variable".to_owned() });
                line.end
            }
        };
        at += text.get(at..).map_or(0, |rest| rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
    content.roots.push(Node::new(Value::Mapping(entries), Span::new(0, text.len())));
    Ok(content)
}

enum Declaration {
    Nothing,
    /// And where it ends.
    Entry(Entry, usize),
    Strange,
}

fn declaration(text: &str, line: Span) -> Declaration {
    let written = text.get(line.start..line.end).unwrap_or_default();
    let trimmed = written.trim_start();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Declaration::Nothing;
    }
    let unexported = match trimmed.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => trimmed,
    };
    let start = line.end - unexported.len();
    let name_end = unexported.find(|character: char| !is_name(character)).unwrap_or(unexported.len());
    let (name, rest) = unexported.split_at_checked(name_end).unwrap_or((unexported, ""));
    let key = Located::new(name.to_owned(), Span::new(start, start + name_end));
    let assigned = rest.trim_start_matches([' ', '\t']);
    if name.is_empty() || name.starts_with(|character: char| character.is_ascii_digit()) {
        return Declaration::Strange;
    }
    let Some(value) = assigned.strip_prefix(['=', ':']) else {
        let alone = assigned.trim_end().is_empty() || assigned.starts_with('#');
        let node = Node::new(Value::Null, Span::new(key.span.end, key.span.end));
        return if alone {
            Declaration::Entry(Entry { key, value: node }, line.end)
        } else {
            Declaration::Strange
        };
    };
    // `NAME = value` and `NAME: value` are somebody's style; in `NAME= value` the blank may be meant.
    let spaced = rest.len() > assigned.len() || assigned.starts_with(':');
    let from = line.end - value.len();
    let (node, end) = value_at(text, Span::new(from, line.end), spaced);
    Declaration::Entry(Entry { key, value: node }, end)
}

const fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// The value that starts behind a `=`, and where it ends.
fn value_at(text: &str, rest: Span, spaced: bool) -> (Node, usize) {
    let written = text.get(rest.start..rest.end).unwrap_or_default();
    let blanks = written.len() - written.trim_start_matches([' ', '\t']).len();
    if let Some(quoted) = quoted(text, rest.start + blanks) {
        let end = quoted.span.end;
        return (quoted, end);
    }
    let comment = if written.trim_start().starts_with('#') {
        Some(0)
    } else {
        written.match_indices('#').map(|(at, _)| at).find(|at| written.get(..*at).is_some_and(ends_blank))
    };
    let value = match comment {
        Some(at) => written.get(..at).unwrap_or_default().trim_end(),
        None => written,
    };
    let lead =
        if spaced || value.trim().is_empty() && comment.is_some() { blanks.min(value.len()) } else { 0 };
    let value = value.get(lead..).unwrap_or_default();
    let start = rest.start + lead;
    let node = Value::String(Text { value: value.to_owned(), style: Style::Plain });
    (Node::new(node, Span::new(start, start + value.len())), rest.end)
}

fn ends_blank(text: &str) -> bool {
    text.ends_with([' ', '\t'])
}

/// A quoted value, over several lines if need be; `None` if what starts here is not quoted as a whole.
fn quoted(text: &str, start: usize) -> Option<Node> {
    let rest = text.get(start..)?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let body = rest.get(1..)?;
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if quote == '"' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                escaped @ ('"' | '\\' | '$' | '`') => value.push(escaped),
                other => {
                    value.push('\\');
                    value.push(other);
                }
            },
            _ if character == quote => {
                let end = start + 1 + at + 1;
                let tail = text.get(end..line_end(text, end))?;
                let clean = tail.trim().is_empty() || tail.trim_start().starts_with('#');
                let text = Text { value, style: Style::Quoted };
                return clean.then(|| Node::new(Value::String(text), Span::new(start, end)));
            }
            _ => value.push(character),
        }
    }
    None
}

/// The end of a line without its line break.
fn line_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    from + line.strip_suffix('\r').unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn read(text: &str) -> Document {
        crate::document::parse(&SourceFile::new(Origin::File(".env".into()), text.to_owned()), Format::Dotenv)
            .unwrap()
    }

    /// Name, value and what stands under the value's span.
    fn all(document: &Document) -> Vec<(&str, Option<&str>, &str)> {
        let entries = document.roots[0].entries().iter();
        entries
            .map(|entry| {
                (entry.key.value.as_str(), entry.value.as_str(), document.source.slice(entry.value.span))
            })
            .collect()
    }

    #[test]
    fn quotes_and_comments_come_off_and_trailing_blanks_stay() {
        let document = read(
            "\u{feff}# c\nA=1\nexport B='x #y'  # c\nC=\"a\\n\\\"b\\\"\" \nD=two words  \nE=v # c\nF=v#w\nG = spaced\r\nH= lead\nI=\nJ\nK= # c\nL: yaml\nM=pa$$#ss\n",
        );
        assert_eq!(
            all(&document),
            [
                ("A", Some("1"), "1"),
                ("B", Some("x #y"), "'x #y'"),
                ("C", Some("a\n\"b\""), "\"a\\n\\\"b\\\"\""),
                ("D", Some("two words  "), "two words  "),
                ("E", Some("v"), "v"),
                ("F", Some("v#w"), "v#w"),
                ("G", Some("spaced"), "spaced"),
                ("H", Some(" lead"), " lead"),
                ("I", Some(""), ""),
                ("J", None, ""),
                ("K", Some(""), ""),
                ("L", Some("yaml"), "yaml"),
                ("M", Some("pa$$#ss"), "pa$$#ss"),
            ]
        );
    }

    #[test]
    fn a_quoted_value_may_take_several_lines_and_an_open_quote_only_its_own() {
        let document = read("A=\"one\ntwo\"\nB=\"open\nC=it's\nD='x'y\n");
        assert_eq!(
            all(&document),
            [
                ("A", Some("one\ntwo"), "\"one\ntwo\""),
                ("B", Some("\"open"), "\"open"),
                ("C", Some("it's"), "it's"),
                ("D", Some("'x'y"), "'x'y"),
            ]
        );
    }

    #[test]
    fn a_line_that_sets_nothing_is_a_gap() {
        let document = read("set -a\nA=1\n. ./other\n");
        assert_eq!(all(&document), [("A", Some("1"), "1")]);
        let gaps: Vec<_> = document.gaps.iter().map(|gap| document.source.slice(gap.span)).collect();
        assert_eq!(gaps, ["set -a", ". ./other"]);
    }

    #[test]
    fn an_expression_leaves_its_value_unknown() {
        let document = read("{% if x %}\nA={{ a }}\n{% endif %}\nB=b\n{{ more }}\nP_{{ n }}=1\n");
        let entries = document.roots[0].entries();
        assert_eq!(entries[0].value.value, Value::Unknown("{{ a }}".into()));
        assert_eq!(entries[1].value.as_str(), Some("b"));
        assert_eq!(entries[2].key.value, "P_{{ n }}");
        assert_eq!(document.gaps.len(), 2);
    }
}
