//! Whatever the bytes, parsing ends without a panic, and every span is a piece of the text.

use proptest::prelude::*;

use super::{Document, Format, Node, ParseError, parse, recognise};
use crate::source::{Origin, SourceFile, Span};

const FORMATS: [Format; 9] = [
    Format::Yaml,
    Format::Json,
    Format::Toml,
    Format::Dotenv,
    Format::Properties,
    Format::Ini,
    Format::Dockerfile,
    Format::Xml,
    Format::Text,
];

fn hold(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} is no piece of {text:?}");
}

fn hold_node(text: &str, node: &Node) {
    hold(text, node.span);
    for entry in node.entries() {
        hold(text, entry.key.span);
        hold_node(text, &entry.value);
    }
    for item in node.items() {
        hold_node(text, item);
    }
    if let super::Value::Unknown(raw) = &node.value {
        assert!(text.contains(raw.as_str()), "{raw:?} is not in {text:?}");
    }
}

fn hold_all(text: &str) {
    for format in FORMATS {
        let source = SourceFile::new(Origin::File("a".into()), text.to_owned());
        match parse(&source, format) {
            Ok(Document { roots, gaps, .. }) => {
                for root in &roots {
                    hold_node(text, root);
                }
                for gap in &gaps {
                    hold(text, gap.span);
                }
            }
            Err(ParseError::Syntax { span, .. } | ParseError::Limit { span, .. }) => hold(text, span),
        }
    }
    for path in ["a.yaml", "a.tpl", "b.conf", "Dockerfile", ".env", "web.config"] {
        let _ = recognise(&path.into(), text);
    }
}

/// Pieces that mean something to one of the formats.
const PIECES: [&str; 86] = [
    "a",
    "b: c",
    "key",
    "ü",
    "😀",
    "\u{feff}",
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n",
    "\n  ",
    "\r\n",
    "\r",
    ": ",
    ":",
    "- ",
    "? ",
    "#",
    " # x",
    "---\n",
    "...\n",
    "|\n",
    "|-\n",
    ">+2\n",
    "&x ",
    "*x",
    "!t ",
    "!!str ",
    "<<: *x\n",
    "'",
    "\"",
    "`",
    "\\",
    "\\\n",
    "\\u00e9",
    "\\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=",
    "==",
    ".",
    "..",
    "1",
    "-1.5e3",
    "true",
    "null",
    "~",
    "%TAG ! x\n",
    "@",
    "$",
    "${A:-b}",
    "//",
    "/*",
    "*/",
    "[[",
    "]]",
    "\"\"\"",
    "'''",
    ";",
    "!",
    "export ",
    "FROM ",
    "RUN ",
    "<<EOF",
    "EOF\n",
    "--flag=x ",
    "<a>",
    "</a>",
    "<a b='c'/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "&amp;",
    "{{ x }}",
    "{{- if y }}",
    "{{ end }}",
    "{{ else }}",
    "{% z %}",
    "{# c #}",
    "<%= e %>",
    "{{ t | nindent 4 }}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        hold_all(&text);
    }

    #[test]
    fn any_bytes_that_are_text_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(source) = SourceFile::decode(Origin::File("a".into()), bytes) {
            hold_all(source.text());
        }
    }

    #[test]
    fn any_heap_of_meaningful_pieces_is_read_or_refused(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)
    ) {
        hold_all(&pieces.concat());
    }

    #[test]
    fn any_heap_of_lines_is_read_or_refused(
        lines in proptest::collection::vec(
            (0_usize..4, proptest::sample::select(&[
                "a: b", "- a", "- b: c", "c:", "d: |", "e: >-", "text", "# x", "", "{{ x }}", "{{- if y }}", "{{ else }}", "{{- end }}",
                "f: {{ z }}", "g: {{ z | nindent 2 }}", "{{ include \"h\" . | nindent 4 }}", "{{ k }}: v", "- {{ i }}", "{{/* c", "*/}}",
                "j: \"{{ l }}\"", "m: [{{ n }}]", "<<: *o", "p: &o {q: r}", "---", "s: |{{ t }}", "{{ define \"u\" }}", "v: {{- if w }}",
            ][..])),
            0..24,
        )
    ) {
        let text: String = lines.iter().map(|(indent, line)| "  ".repeat(*indent) + line + "\n").collect();
        hold_all(&text);
    }
}
