//! Java properties to nodes.
//!
//! In: a text, with template expressions masked. Out: one mapping, key to value, keys with dots as they are, in the
//! order of the file. A key may stand twice; Java takes the last.

use super::template::Reading;
use super::{Content, Entry, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "properties";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let mut entries = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start().len();
        let start = at + blanks;
        let comment = rest.trim_start().starts_with(['#', '!']);
        let end = if comment { line_end(text, start) } else { logical_end(text, start) };
        if !comment && start < end {
            let entry = entry(text, Span::new(start, end));
            limits::hold(
                entry.value.span.len(),
                limits::SCALAR_BYTES,
                "bytes of one scalar",
                entry.value.span,
            )?;
            entries.push(entry);
            limits::hold(entries.len(), limits::NODES, "nodes of one file", Span::new(start, end))?;
        }
        at = end.max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    let root = Node::new(Value::Mapping(entries), Span::new(0, text.len()));
    Ok(Content { roots: vec![root], gaps: reading.gaps().collect() })
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// The end of a line with all lines that continue it.
fn logical_end(text: &str, from: usize) -> usize {
    let mut end = line_end(text, from);
    let mut start = from;
    while continues(text.get(start..end).unwrap_or_default()) && end < text.len() {
        let rest = text.get(end..).unwrap_or_default();
        start = end + if rest.starts_with("\r\n") { 2 } else { 1 };
        end = line_end(text, start);
    }
    end
}

/// An odd number of backslashes ends the line.
fn continues(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

fn entry(text: &str, line: Span) -> Entry {
    let written = text.get(line.start..line.end).unwrap_or_default();
    let mut escaped = false;
    let key_end = written
        .find(|character: char| {
            let ends = !escaped && matches!(character, '=' | ':' | ' ' | '\t' | '\u{c}');
            escaped = character == '\\' && !escaped;
            ends
        })
        .unwrap_or(written.len());
    let blank = [' ', '\t', '\u{c}'];
    let after = written.get(key_end..).unwrap_or_default().trim_start_matches(blank);
    let after = after.strip_prefix(['=', ':']).unwrap_or(after).trim_start_matches(blank);
    let key = Span::new(line.start, line.start + key_end);
    let value = Span::new(line.end - after.len(), line.end);
    let unescaped = |span: Span| unescape(text.get(span.start..span.end).unwrap_or_default());
    let node = Value::String(Text { value: unescaped(value), style: Style::Plain });
    Entry { key: Located::new(unescaped(key), key), value: Node::new(node, value) }
}

/// Escapes resolved, continued lines joined without their indentation.
fn unescape(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut characters = written.chars().peekable();
    let mut units: Vec<u16> = Vec::new();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        if escaped == Some('u') {
            let digits: String = characters.clone().take(4).collect();
            if let (4, Ok(unit)) = (digits.len(), u16::from_str_radix(&digits, 16)) {
                characters.nth(3);
                units.push(unit);
                continue;
            }
        }
        out.extend(char::decode_utf16(units.drain(..)).map(|decoded| decoded.unwrap_or('\u{fffd}')));
        match (character, escaped) {
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('f')) => out.push('\u{c}'),
            ('\\', Some(line_break @ ('\n' | '\r'))) => {
                if line_break == '\r' {
                    characters.next_if_eq(&'\n');
                }
                while characters.next_if(|next| matches!(next, ' ' | '\t' | '\u{c}')).is_some() {}
            }
            ('\\', Some(other)) => out.push(other),
            ('\\', None) => {}
            _ => out.push(character),
        }
    }
    out.extend(char::decode_utf16(units).map(|decoded| decoded.unwrap_or('\u{fffd}')));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn read(text: &str) -> Document {
        let source = SourceFile::new(Origin::File("a.properties".into()), text.to_owned());
        crate::document::parse(&source, Format::Properties).unwrap()
    }

    #[test]
    fn separators_escapes_and_continuations_are_javas() {
        let document = read(
            "# c\n! c\na=1\nb : two \nc three\\u00e9\\ud83d\\ude00\n  d\\=e\\:f = x\\ty\nlist = one,\\\n    two,\\\r\n\tthree\nempty\npath=C:\\\\x\\\n",
        );
        let entries: Vec<_> = document.roots[0]
            .entries()
            .iter()
            .map(|entry| {
                (
                    entry.key.value.as_str(),
                    entry.value.as_str().unwrap(),
                    document.source.slice(entry.value.span),
                )
            })
            .collect();
        assert_eq!(
            entries,
            [
                ("a", "1", "1"),
                ("b", "two ", "two "),
                ("c", "threeé😀", "three\\u00e9\\ud83d\\ude00"),
                ("d=e:f", "x\ty", "x\\ty"),
                ("list", "one,two,three", "one,\\\n    two,\\\r\n\tthree"),
                ("empty", "", ""),
                ("path", "C:\\x", "C:\\\\x\\\n"),
            ]
        );
        assert_eq!(document.source.slice(document.roots[0].entries()[3].key.span), "d\\=e\\:f");
    }
}
