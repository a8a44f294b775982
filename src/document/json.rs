//! JSON to nodes, as it is found in repositories: with comments, trailing commas and the rest of JSON5.
//!
//! In: a text, with template expressions masked. Out: one root, none for an empty file.

use jsonc_parser::ast::{Object, Value as Ast};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::template::Reading;
use super::{Content, Entry, Node, ParseError, Style, Text, Value, entry, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "JSON";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = text.get(skipped..).unwrap_or_default();
    hold_shape(text, skipped)?;
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| ParseError::Syntax {
            format: FORMAT,
            reason: error.kind().to_string(),
            span: span(error.range(), skipped),
        })?;
    let builder = Builder { skipped, keys_may_repeat: reading.has_branches() };
    let root = parsed.value.map(|value| builder.node(value)).transpose()?;
    Ok(Content { roots: root.into_iter().collect(), gaps: reading.gaps().collect() })
}

const fn span(range: Range, skipped: usize) -> Span {
    Span::new(range.start + skipped, range.end + skipped)
}

/// Holds depth and number of nodes to their limits before the parser, which recurses, sees the text.
fn hold_shape(text: &str, skipped: usize) -> Result<(), ParseError> {
    let bytes = text.as_bytes();
    let (mut depth, mut nodes) = (0_usize, 1_usize);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let here = Span::new(at + skipped, at + skipped + 1);
        match byte {
            b'"' | b'\'' => at = string_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = line_end(text, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text
                    .get(at + 2..)
                    .and_then(|rest| rest.find("*/"))
                    .map_or(text.len(), |end| at + end + 3);
            }
            b'[' | b'{' => {
                depth += 1;
                nodes += 1;
                limits::hold(depth, limits::DEPTH, "nested collections", here)?;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => nodes += 1,
            _ => {}
        }
        limits::hold(nodes, limits::NODES, "nodes of one file", here)?;
        at += 1;
    }
    Ok(())
}

/// The closing quote, or the end of the line that has none.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes.get(start);
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if Some(byte) == quote => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| from + end)
}

struct Builder {
    skipped: usize,
    keys_may_repeat: bool,
}

impl Builder {
    /// Recurses as deep as the shape was found to be.
    fn node(&self, ast: Ast<'_>) -> Result<Node, ParseError> {
        let span = span(ast.range(), self.skipped);
        let value = match ast {
            Ast::StringLit(text) => {
                limits::hold(text.value.len(), limits::SCALAR_BYTES, "bytes of one scalar", span)?;
                Value::String(Text { value: text.value.into_owned(), style: Style::Quoted })
            }
            Ast::NumberLit(number) => Value::Number(number.value.to_owned()),
            Ast::BooleanLit(boolean) => Value::Bool(boolean.value),
            Ast::NullKeyword(_) => Value::Null,
            Ast::Array(array) => {
                let items = array.elements.into_iter().map(|item| self.node(item));
                Value::Sequence(items.collect::<Result<_, _>>()?)
            }
            Ast::Object(object) => Value::Mapping(self.entries(object)?),
        };
        Ok(Node::new(value, span))
    }

    fn entries(&self, object: Object<'_>) -> Result<Vec<Entry>, ParseError> {
        let mut entries = Vec::with_capacity(object.properties.len());
        for property in object.properties {
            let place = span(property.name.range(), self.skipped);
            let value = self.node(property.value)?;
            entries.push(Entry { key: Located::new(property.name.into_string(), place), value });
        }
        if !self.keys_may_repeat {
            entry::refuse_duplicates(&entries, FORMAT)?;
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn try_read(text: &str) -> Result<Document, ParseError> {
        crate::document::parse(&SourceFile::new(Origin::File("a.json".into()), text.to_owned()), Format::Json)
    }

    #[test]
    fn comments_and_trailing_commas_are_read_over() {
        let document = try_read(
            "\u{feff}// c \"\n{\n  \"ü\": [1, 2.50, ], /* [ */\n  \"b\": {\"c\\n\": \"d\\u00e9\"},\n}\n",
        )
        .unwrap();
        let root = &document.roots[0];
        let slice = |node: &Node| document.source.slice(node.span).to_owned();
        assert_eq!(slice(root.get("ü").unwrap()), "[1, 2.50, ]");
        assert_eq!(root.get("ü").unwrap().items()[1].value, Value::Number("2.50".into()));
        assert_eq!(root.at(&["b", "c\n"]).unwrap().as_str(), Some("dé"));
        assert_eq!(slice(root.at(&["b", "c\n"]).unwrap()), "\"d\\u00e9\"");
        assert_eq!(document.source.slice(root.entries()[0].key.span), "\"ü\"");
    }

    #[test]
    fn a_key_given_twice_is_refused_at_the_second() {
        let Err(ParseError::Syntax { span, .. }) = try_read("{\"a\": 1, \"a\": 2}") else { panic!() };
        assert_eq!(span, Span::new(9, 12));
    }

    #[test]
    fn an_empty_file_has_no_root_and_a_broken_one_no_document() {
        assert!(try_read("  // nothing\n").unwrap().roots.is_empty());
        let Err(ParseError::Syntax { span, .. }) = try_read("{\"a\": }") else { panic!() };
        assert_eq!(span.start, 6);
        assert!(try_read("{\"a\": 1} {\"b\": 2}").is_err());
        assert!(try_read("{\"a\": 1 \"b\": 2}").is_err());
    }

    #[test]
    fn an_expression_in_a_templates_place_is_unknown() {
        let text = "{\n  \"a\": {{ x }},\n  \"b\": \"p-{{ y | q(\"z\") }}\",\n{% if c %}\n  \"d\": 1,\n{% endif %}\n  \"e\": [ {{ z }} ],\n  \"{{ k }}\": 2\n}\n";
        let document = try_read(text).unwrap();
        let root = &document.roots[0];
        assert_eq!(root.get("a").unwrap().value, Value::Unknown("{{ x }}".into()));
        assert_eq!(root.get("b").unwrap().value, Value::Unknown("\"p-{{ y | q(\"z\") }}\"".into()));
        assert_eq!(root.get("d").unwrap().value, Value::Number("1".into()));
        assert!(root.get("e").unwrap().items()[0].is_unknown());
        assert_eq!(root.entries()[4].key.value, "\"{{ k }}\"");
        assert_eq!(document.gaps.len(), 1);
    }
}
