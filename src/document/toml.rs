//! TOML to nodes.
//!
//! In: a text, with template expressions masked. Out: one root, its entries in the order of the file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::template::Reading;
use super::{Content, Entry, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "TOML";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    hold_shape(text)?;
    let table = DeTable::parse(text).map_err(|error| ParseError::Syntax {
        format: FORMAT,
        reason: error.message().to_owned(),
        span: error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end)),
    })?;
    let builder = Builder { text };
    let root = Node::new(Value::Mapping(builder.entries(table.into_inner())?), Span::new(0, text.len()));
    Ok(Content { roots: vec![root], gaps: reading.gaps().collect() })
}

/// Holds depth and number of nodes to their limits before the parser, which recurses, sees the text. Every dot of a
/// key is a table more.
fn hold_shape(text: &str) -> Result<(), ParseError> {
    let bytes = text.as_bytes();
    let (mut open, mut header, mut dots, mut nodes) = (Vec::new(), 0_usize, 0_usize, 1_usize);
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let here = Span::new(at, at + 1);
        match byte {
            b'"' | b'\'' => at = string_end(text, at),
            b'#' => at = line_end(text, at).saturating_sub(1),
            b'.' => {
                dots += 1;
                nodes += 1;
            }
            b'[' | b'{' => {
                depth += dots + 1;
                open.push(dots + 1);
                dots = 0;
                nodes += 1;
            }
            b']' | b'}' => {
                // The dots inside of a header's brackets stay for all that follows.
                if open.len() == 1 && *byte == b']' {
                    header = dots;
                }
                depth -= open.pop().unwrap_or(0);
                dots = 0;
            }
            b',' | b'\n' | b'=' => {
                nodes += 1;
                if *byte != b'=' {
                    dots = 0;
                }
            }
            _ => {}
        }
        limits::hold(header + depth + dots, limits::DEPTH, "nested collections", here)?;
        limits::hold(nodes, limits::NODES, "nodes of one file", here)?;
        at += 1;
    }
    Ok(())
}

/// The last byte of the string that starts at a quote, or of its line if it has no end.
fn string_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    for triple in ["\"\"\"", "'''"] {
        if let Some(body) = rest.strip_prefix(triple) {
            return body.find(triple).map_or(text.len(), |end| start + 3 + end + 2);
        }
    }
    let quote = rest.as_bytes().first();
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return start + at - 1,
            _ if escaped => escaped = false,
            b'\\' if quote == Some(&b'"') => escaped = true,
            _ if Some(&byte) == quote => return start + at,
            _ => {}
        }
    }
    text.len()
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| from + end)
}

struct Builder<'a> {
    text: &'a str,
}

impl Builder<'_> {
    /// Recurses as deep as the shape was found to be.
    fn node(&self, value: Spanned<DeValue<'_>>) -> Result<Node, ParseError> {
        let range = value.span();
        let span = Span::new(range.start, range.end);
        let written = || self.text.get(span.start..span.end).unwrap_or_default();
        let value = match value.into_inner() {
            DeValue::String(text) => {
                limits::hold(text.len(), limits::SCALAR_BYTES, "bytes of one scalar", span)?;
                Value::String(Text { value: text.into_owned(), style: Style::Quoted })
            }
            DeValue::Integer(_) | DeValue::Float(_) => Value::Number(written().to_owned()),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(_) => Value::String(Text { value: written().to_owned(), style: Style::Plain }),
            DeValue::Array(items) => {
                Value::Sequence(items.into_iter().map(|item| self.node(item)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Value::Mapping(self.entries(table)?),
        };
        Ok(Node::new(value, span))
    }

    fn entries(&self, table: DeTable<'_>) -> Result<Vec<Entry>, ParseError> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let range = key.span();
            let key = Located::new(key.into_inner().into_owned(), Span::new(range.start, range.end));
            entries.push(Entry { key, value: self.node(value)? });
        }
        entries.sort_by_key(|entry: &Entry| entry.key.span);
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn try_read(text: &str) -> Result<Document, ParseError> {
        crate::document::parse(&SourceFile::new(Origin::File("a.toml".into()), text.to_owned()), Format::Toml)
    }

    #[test]
    fn entries_stand_in_the_order_of_the_file_with_their_spans() {
        let text = "z = \"ü\" # c\na.b = 1_000\n\n[tool.x]\n'k.q' = [1.50, true]\n[[item]]\nn = '''\none'''\n[[item]]\nd = 1979-05-27\n";
        let document = try_read(text).unwrap();
        let root = &document.roots[0];
        let keys: Vec<_> = root.entries().iter().map(|entry| entry.key.value.as_str()).collect();
        assert_eq!(keys, ["z", "a", "tool", "item"]);
        let slice = |path: &[&str]| document.source.slice(root.at(path).unwrap().span).to_owned();
        assert_eq!(slice(&["z"]), "\"ü\"");
        assert_eq!(root.at(&["a", "b"]).unwrap().value, Value::Number("1_000".into()));
        assert_eq!(slice(&["tool", "x", "k.q"]), "[1.50, true]");
        let items = root.get("item").unwrap().items();
        assert_eq!(items[0].get("n").unwrap().as_str(), Some("one"));
        assert_eq!(document.source.slice(items[0].get("n").unwrap().span), "'''\none'''");
        assert_eq!(items[1].get("d").unwrap().as_str(), Some("1979-05-27"));
    }

    #[test]
    fn a_key_given_twice_is_refused_at_the_second() {
        let Err(ParseError::Syntax { span, .. }) = try_read("a = 1\na = 2\n") else { panic!() };
        assert_eq!(span, Span::new(6, 7));
    }

    #[test]
    fn dots_and_brackets_add_up_to_depth() {
        let dots = vec!["a"; 40].join(".");
        assert!(try_read(&format!("[{dots}]\nx = 1\n")).is_ok());
        assert!(matches!(try_read(&format!("[{dots}]\n{dots} = 1\n")), Err(ParseError::Limit { .. })));
        assert!(matches!(try_read(&format!("{dots} = {{ {dots} = 1 }}\n")), Err(ParseError::Limit { .. })));
        assert!(try_read("a = [[1.5, 2.5], [\"..................................................................\"]] # .\n").is_ok());
    }
}
