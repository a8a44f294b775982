//! INI files to nodes, as Python's configparser and systemd read them.
//!
//! In: a text, with template expressions masked. Out: one mapping: settings before the first section, then each section
//! as a mapping of its own. Sections and keys may stand twice. Lines that are indented deeper than their key go on
//! with its value. A `#` or `;` behind a value belongs to it: programs do not agree, and passwords hold both.

use super::template::Reading;
use super::{Content, Entry, Gap, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "INI";

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let mut file = File { text, ..File::default() };
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let written = line.trim_end_matches('\n').trim_end_matches('\r');
        file.line(Span::new(at, at + written.len()), written)?;
        at += line.len();
    }
    file.end_value()?;
    file.end_section();
    let root = Node::new(Value::Mapping(file.root), Span::new(0, text.len()));
    Ok(Content { roots: vec![root], gaps: reading.gaps().chain(file.gaps).collect() })
}

#[derive(Default)]
struct File<'a> {
    text: &'a str,
    root: Vec<Entry>,
    section: Option<Section>,
    open: Option<Open>,
    gaps: Vec<Gap>,
    nodes: usize,
}

struct Section {
    name: Located<String>,
    entries: Vec<Entry>,
    end: usize,
}

/// A setting whose value may go on.
struct Open {
    key: Located<String>,
    indent: usize,
    /// `None`: there was no `=`.
    value: Option<Span>,
    lines: Vec<String>,
}

impl File<'_> {
    fn line(&mut self, span: Span, written: &str) -> Result<(), ParseError> {
        let trimmed = written.trim();
        let indent = written.len() - written.trim_start().len();
        let content = Span::new(span.start + indent, span.start + indent + trimmed.len());
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            return Ok(());
        }
        if let Some(open) = self.open.as_mut().filter(|open| indent > open.indent) {
            open.value = Some(open.value.map_or(content, |value| value.join(content)));
            open.lines.push(trimmed.to_owned());
            return Ok(());
        }
        self.end_value()?;
        self.nodes += 1;
        limits::hold(self.nodes, limits::NODES, "nodes of one file", span)?;
        if let Some(name) = trimmed.strip_prefix('[') {
            self.end_section();
            let Some((name, _)) = name.split_once(']') else {
                self.gaps.push(Gap { span: content, reason: "this section's name has no end".to_owned() });
                return Ok(());
            };
            let place = Span::new(content.start + 1, content.start + 1 + name.len());
            let name = Located::new(name.to_owned(), place);
            self.section = Some(Section { name, entries: Vec::new(), end: content.end });
            return Ok(());
        }
        let at = trimmed.find('=').or_else(|| trimmed.find(':'));
        let (key, value) = at.and_then(|at| trimmed.split_at_checked(at)).unwrap_or((trimmed, ""));
        let key = key.trim_end();
        let value = at.map(|_| {
            let value = value.get(1..).unwrap_or_default().trim_start();
            Span::new(content.end - value.len(), content.end)
        });
        let first = value.map(|value| self.text.get(value.start..value.end).unwrap_or_default().to_owned());
        let key = Located::new(key.to_owned(), Span::new(content.start, content.start + key.len()));
        self.open = Some(Open { key, indent, value, lines: first.into_iter().collect() });
        Ok(())
    }

    fn end_value(&mut self) -> Result<(), ParseError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let node = match open.value {
            None => Node::new(Value::Null, Span::new(open.key.span.end, open.key.span.end)),
            Some(span) => {
                limits::hold(span.len(), limits::SCALAR_BYTES, "bytes of one scalar", span)?;
                Node::new(Value::String(unquote(open.lines.join("\n"))), span)
            }
        };
        let end = node.span.end.max(open.key.span.end);
        let entry = Entry { key: open.key, value: node };
        match &mut self.section {
            Some(section) => {
                section.end = end;
                section.entries.push(entry);
            }
            None => self.root.push(entry),
        }
        Ok(())
    }

    fn end_section(&mut self) {
        if let Some(section) = self.section.take() {
            let span = Span::new(section.name.span.start.saturating_sub(1), section.end);
            let value = Node::new(Value::Mapping(section.entries), span);
            self.root.push(Entry { key: section.name, value });
        }
    }
}

fn unquote(value: String) -> Text {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return Text { value: inner.to_owned(), style: Style::Quoted };
        }
    }
    Text { value, style: Style::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Format};
    use crate::source::{Origin, SourceFile};

    fn read(text: &str) -> Document {
        let source = SourceFile::new(Origin::File("a.ini".into()), text.to_owned());
        crate::document::parse(&source, Format::Ini).unwrap()
    }

    #[test]
    fn sections_hold_settings_and_indented_lines_go_on() {
        let document = read(
            "top = 1\n[a.b]\nx: \"quoted\" ; c\ny=v # kept\nalone\n\n[options]\ninstall_requires =\n    one==1\n    # c\n\n    two ; python_version < '3'\nafter = '2'\n[remote \"o\"]\n\turl = u\n\tfetch = f\n",
        );
        let root = &document.roots[0];
        let slice = |path: &[&str]| document.source.slice(root.at(path).unwrap().span).to_owned();
        assert_eq!(root.get("top").unwrap().as_str(), Some("1"));
        assert_eq!(root.at(&["a.b", "x"]).unwrap().as_str(), Some("\"quoted\" ; c"));
        assert_eq!(slice(&["a.b", "y"]), "v # kept");
        assert!(root.at(&["a.b", "alone"]).unwrap().is_null());
        assert_eq!(
            root.at(&["options", "install_requires"]).unwrap().as_str(),
            Some("\none==1\ntwo ; python_version < '3'")
        );
        assert_eq!(
            slice(&["options", "install_requires"]).trim_start(),
            "one==1\n    # c\n\n    two ; python_version < '3'"
        );
        assert_eq!(root.at(&["options", "after"]).unwrap().as_str(), Some("2"));
        assert_eq!(slice(&["options", "after"]), "'2'");
        assert_eq!(root.at(&["remote \"o\"", "fetch"]).unwrap().as_str(), Some("f"));
        assert_eq!(slice(&["a.b"]), "[a.b]\nx: \"quoted\" ; c\ny=v # kept\nalone");
    }
}
