//! XML as it is written: elements, attributes, text.
//!
//! In: names of ours, texts of anybody. Out: a document that every parser takes and in which no CI runner that reads
//! along finds a command. Own, and not quick-junit's: that one writes attributes and fractions of seconds that the
//! schema refuses, leaves out elements that it demands, and decides itself which characters become references.

use crate::source::escape_text;

pub(super) struct Document {
    text: String,
    depth: usize,
}

impl Document {
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0 }
    }

    fn begin(&mut self, element: &str, attributes: &[(&str, &str)]) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push('<');
        self.text.push_str(element);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", attribute(value)));
        }
    }

    pub(super) fn open(&mut self, element: &str, attributes: &[(&str, &str)]) {
        self.begin(element, attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    pub(super) fn close(&mut self, element: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.text.push_str(&format!("{}</{element}>\n", "  ".repeat(self.depth)));
    }

    pub(super) fn empty(&mut self, element: &str, attributes: &[(&str, &str)]) {
        self.begin(element, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with text alone.
    pub(super) fn text(&mut self, element: &str, attributes: &[(&str, &str)], text: &str) {
        self.begin(element, attributes);
        self.text.push_str(&format!(">{}</{element}>\n", content(text)));
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// What an attribute holds: a line break in it would be read as a space, so that it is a reference.
fn attribute(text: &str) -> String {
    content(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text with everything in it that means something, to XML or to a runner, as a reference; what XML can't hold at all is
/// shown escaped.
fn content(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // A runner trims a line before it looks for `::`.
    let mut nothing_before = true;
    let mut last = ' ';
    let text = escape_text(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '#' if last == '#' => out.push_str("&#35;"),
            ':' if nothing_before && characters.peek() == Some(&':') => out.push_str("&#58;"),
            // GitHub's runner passes over variation selectors when it looks for a command.
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
                out.push_str(&format!("&#{};", u32::from(character)));
            }
            '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => out.push(character),
        }
        nothing_before = character == '\n' || (nothing_before && character.is_whitespace());
        last = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_begins_with_a_command_and_no_line_holds_one() {
        let text = content("::error::a\n \u{a0}::warning::b\nc ::not one\nd ##[error]e ####vso[f]");
        assert!(!text.contains("##"), "{text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        let parsed = format!("<a>{text}</a>");
        let read = roxmltree::Document::parse(&parsed).unwrap();
        let read = read.root_element().text().unwrap();
        assert_eq!(read, "::error::a\n \u{a0}::warning::b\nc ::not one\nd ##[error]e ####vso[f]");
    }

    #[test]
    fn a_selector_between_hides_no_command() {
        let text = content(":\u{fe0f}:error::a #\u{e0101}#[error]b");
        assert_eq!(text, ":&#65039;:error::a #&#917761;#[error]b");
    }

    #[test]
    fn what_xml_cannot_hold_is_shown_escaped() {
        assert_eq!(content("a\0b\u{1b}c\u{fffe}\r"), "a\\u{0}b\\u{1b}c\\u{fffe}\\r");
        assert_eq!(content("<&>\"']]>"), "&lt;&amp;&gt;&quot;']]&gt;");
    }

    #[test]
    fn an_attribute_keeps_its_line_breaks() {
        let mut document = Document::new();
        document.empty("a", &[("b", "c\nd\te\"")]);
        let text = document.finish();
        let read = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(read.root_element().attribute("b"), Some("c\nd\te\""));
    }
}
