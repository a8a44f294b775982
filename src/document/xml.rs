//! XML to nodes.
//!
//! In: a text, with template expressions masked. Out: one root, a mapping with one entry, the root element. An element
//! with nothing but text is a string (without the blanks around it); any other is a mapping: `@name` for each
//! attribute, an entry for each child (as many as there are of one name), `#text` for text among them. An empty element
//! without attributes is null. Names come without their namespace. Document types, and with them entities, are refused.

use roxmltree::{Document as Tree, NodeType, ParsingOptions};

use super::template::Reading;
use super::{Content, Entry, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "XML";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    hold_shape(text)?;
    let nodes_limit = u32::try_from(limits::NODES).unwrap_or(u32::MAX);
    let options = ParsingOptions { nodes_limit, ..ParsingOptions::default() };
    let tree = Tree::parse_with_options(text, options).map_err(|error| refusal(&error, text))?;
    let root = tree.root_element();
    let span = Span::new(root.range().start, root.range().end);
    let entry = Builder { text }.element(root)?;
    let root = Node::new(Value::Mapping(vec![entry]), span);
    Ok(Content { roots: vec![root], gaps: reading.gaps().collect() })
}

fn refusal(error: &roxmltree::Error, text: &str) -> ParseError {
    let position = error.pos();
    let (row, column) = (position.row as usize, position.col as usize);
    let line_start = text.match_indices('\n').nth(row.wrapping_sub(2)).map_or(0, |(at, _)| at + 1);
    let line_start = if row <= 1 { 0 } else { line_start };
    let line = text.get(line_start..).unwrap_or_default();
    let start =
        line.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| line_start + at);
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(start, start + width);
    match error {
        roxmltree::Error::NodesLimitReached => {
            ParseError::Limit { what: "nodes of one file", limit: limits::NODES, span }
        }
        roxmltree::Error::DtdDetected => {
            let start = text.find("<!DOCTYPE").unwrap_or(start);
            let span = Span::new(start, (start + "<!DOCTYPE".len()).min(text.len()));
            ParseError::Syntax { format: FORMAT, reason: "a document type is not read".to_owned(), span }
        }
        _ => {
            // Without its own position, which ours replaces.
            let reason = error.to_string();
            let reason = reason.rsplit_once(" at ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
            ParseError::Syntax { format: FORMAT, reason, span }
        }
    }
}

/// Attributes of one element: the parser compares each with each.
const ATTRIBUTES: usize = 1_000;
/// Namespaces of a file: the parser searches all that are in scope for each name.
const NAMESPACES: usize = 100;

/// Holds depth, attributes and namespaces to their limits before the parser sees the text.
fn hold_shape(text: &str) -> Result<(), ParseError> {
    let namespaces = text.matches("xmlns").count();
    limits::hold(namespaces, NAMESPACES, "namespaces of one file", Span::new(0, 0))?;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        let rest = text.get(open..).unwrap_or_default();
        let (end, change) = match rest {
            _ if rest.starts_with("<!--") => (after(rest, "-->"), 0),
            _ if rest.starts_with("<![CDATA[") => (after(rest, "]]>"), 0),
            _ if rest.starts_with("<?") => (after(rest, "?>"), 0),
            _ if rest.starts_with("<!") => (after(rest, ">"), 0),
            _ if rest.starts_with("</") => (after(rest, ">"), -1),
            _ => {
                let (end, attributes) = tag_end(rest);
                limits::hold(attributes, ATTRIBUTES, "attributes of one element", Span::new(open, open + 1))?;
                let empty = rest.get(..end).is_some_and(|tag| tag.ends_with("/>"));
                (end, i32::from(!empty))
            }
        };
        match change {
            1 => depth += 1,
            -1 => depth = depth.saturating_sub(1),
            _ => {}
        }
        limits::hold(depth, limits::DEPTH, "nested elements", Span::new(open, open + 1))?;
        at = open + end;
    }
    Ok(())
}

fn after(text: &str, mark: &str) -> usize {
    text.find(mark).map_or(text.len(), |at| at + mark.len())
}

/// The end of a start tag, past the `>` of quoted values, and how many attributes it has.
fn tag_end(text: &str) -> (usize, usize) {
    let (mut quote, mut attributes) = (None, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if quote == Some(byte) => quote = None,
            b'"' | b'\'' if quote.is_none() => quote = Some(byte),
            b'=' if quote.is_none() => attributes += 1,
            b'>' if quote.is_none() => return (at + 1, attributes),
            _ => {}
        }
    }
    (text.len(), attributes)
}

struct Builder<'a> {
    text: &'a str,
}

impl Builder<'_> {
    /// Recurses as deep as the shape was found to be.
    fn element(&self, element: roxmltree::Node<'_, '_>) -> Result<Entry, ParseError> {
        let range = element.range();
        let span = Span::new(range.start, range.end);
        let key = Located::new(element.tag_name().name().to_owned(), self.name(span.start));
        let mut entries = Vec::new();
        for attribute in element.attributes() {
            let (name, value) = (attribute.range_qname(), attribute.range_value());
            let node = string(attribute.value(), Style::Quoted, Span::new(value.start, value.end))?;
            let name = Located::new(format!("@{}", attribute.name()), Span::new(name.start, name.end));
            entries.push(Entry { key: name, value: node });
        }
        let mut texts = Vec::new();
        for child in element.children() {
            match child.node_type() {
                NodeType::Element => entries.push(self.element(child)?),
                NodeType::Text => texts.extend(self.said(child)?),
                NodeType::Root | NodeType::Comment | NodeType::PI => {}
            }
        }
        if entries.is_empty() {
            let value = match texts.len() {
                0 => Node::new(Value::Null, span),
                1 => texts.swap_remove(0),
                // Comments lie between.
                _ => joined(&texts),
            };
            return Ok(Entry { key, value });
        }
        for node in texts {
            entries.push(Entry { key: Located::new("#text".to_owned(), node.span), value: node });
        }
        entries.sort_by_key(|entry| entry.key.span);
        Ok(Entry { key, value: Node::new(Value::Mapping(entries), span) })
    }

    /// The place of an element's name in its start tag.
    fn name(&self, start: usize) -> Span {
        let tag = self.text.get(start + 1..).unwrap_or_default();
        let end = tag.find(|character: char| character.is_whitespace() || matches!(character, '/' | '>'));
        Span::new(start + 1, start + 1 + end.unwrap_or(tag.len()))
    }

    /// Text without the blanks around it; nothing if it is blank.
    fn said(&self, node: roxmltree::Node<'_, '_>) -> Result<Option<Node>, ParseError> {
        let value = node.text().unwrap_or_default();
        let range = node.range();
        let written = self.text.get(range.clone()).unwrap_or_default();
        if value.trim().is_empty() {
            return Ok(None);
        }
        let start = range.start + written.len() - written.trim_start().len();
        let span = Span::new(start, start + written.trim().len());
        string(value.trim(), Style::Plain, span).map(Some)
    }
}

fn joined(texts: &[Node]) -> Node {
    let value = texts.iter().filter_map(Node::as_str).collect::<Vec<_>>().join("");
    let span = texts.iter().map(|text| text.span).reduce(Span::join).unwrap_or_default();
    Node::new(Value::String(Text { value, style: Style::Plain }), span)
}

fn string(value: &str, style: Style, span: Span) -> Result<Node, ParseError> {
    limits::hold(value.len(), limits::SCALAR_BYTES, "bytes of one scalar", span)?;
    Ok(Node::new(Value::String(Text { value: value.to_owned(), style }), span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn try_read(text: &str) -> Result<Document, ParseError> {
        crate::document::parse(&SourceFile::new(Origin::File("pom.xml".into()), text.to_owned()), Format::Xml)
    }

    #[test]
    fn elements_are_entries_and_text_is_a_string_at_its_place() {
        let document = try_read(
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- <c> -->\n<p:project xmlns:p=\"u\" Sdk='ü > x'>\n  <dep><id>a&amp;b</id><version>\n 1.0 </version></dep>\n  <dep/>\n  text\n  <c><![CDATA[<raw>]]></c>\n  <split>a<!-- x -->b</split>\n</p:project>\n",
        )
        .unwrap();
        let root = document.roots[0].get("project").unwrap();
        let slice = |node: &Node| document.source.slice(node.span).to_owned();
        assert_eq!(document.source.slice(document.roots[0].entries()[0].key.span), "p:project");
        let keys: Vec<_> = root.entries().iter().map(|entry| entry.key.value.as_str()).collect();
        assert_eq!(keys, ["@Sdk", "dep", "dep", "#text", "c", "split"]);
        assert_eq!(slice(root.get("@Sdk").unwrap()), "ü > x");
        assert_eq!(root.at(&["dep", "id"]).unwrap().as_str(), Some("a&b"));
        assert_eq!(slice(root.at(&["dep", "id"]).unwrap()), "a&amp;b");
        assert_eq!(root.at(&["dep", "version"]).unwrap().as_str(), Some("1.0"));
        assert_eq!(slice(root.at(&["dep", "version"]).unwrap()), "1.0");
        assert!(root.entries()[2].value.is_null());
        assert_eq!(slice(&root.entries()[2].value), "<dep/>");
        assert_eq!(slice(root.get("#text").unwrap()), "text");
        assert_eq!(root.get("c").unwrap().as_str(), Some("<raw>"));
        assert_eq!(root.get("split").unwrap().as_str(), Some("ab"));
    }

    #[test]
    fn a_document_type_is_refused_at_its_place() {
        let text = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>";
        let Err(ParseError::Syntax { span, .. }) = try_read(text) else { panic!() };
        assert_eq!(text[span.start..].get(..9), Some("<!DOCTYPE"));
    }

    #[test]
    fn an_error_stands_where_the_text_breaks() {
        let text = "<a>\n  <ü></b>\n</a>";
        let Err(ParseError::Syntax { span, reason, .. }) = try_read(text) else { panic!() };
        assert_eq!(&text[span.start..], "</b>\n</a>");
        assert!(!reason.contains(" at "), "{reason}");
    }
}
