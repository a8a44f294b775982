use super::*;
use crate::document::{Document, Format, parse};
use crate::source::{Origin, SourceFile};

fn read(text: &str) -> Document {
    try_read(text).unwrap()
}

fn try_read(text: &str) -> Result<Document, ParseError> {
    parse(&SourceFile::new(Origin::File("a.yaml".into()), text.to_owned()), Format::Yaml)
}

/// What stands under the span of the node at a path.
fn written<'a>(document: &'a Document, path: &[&str]) -> &'a str {
    document.source.slice(document.roots[0].at(path).unwrap().span)
}

#[test]
fn a_span_is_the_value_as_written() {
    let document = read(
        "a: &x !!str \"ü b\"   # c\nb:\n  - one two  # z\n  -  'it''s'\n  - - nested\n    - deep\nc: plain\n  goes on\nd:\n- *x\n- y\ne: {a: 1, b: [2, 3]}\n",
    );
    let root = &document.roots[0];
    let slice = |node: &Node| document.source.slice(node.span).to_owned();
    assert_eq!(written(&document, &["a"]), "\"ü b\"");
    assert_eq!(written(&document, &["b"]), "- one two  # z\n  -  'it''s'\n  - - nested\n    - deep");
    assert_eq!(slice(&root.get("b").unwrap().items()[0]), "one two");
    assert_eq!(slice(&root.get("b").unwrap().items()[1]), "'it''s'");
    assert_eq!(slice(&root.get("b").unwrap().items()[2]), "- nested\n    - deep");
    assert_eq!(written(&document, &["c"]), "plain\n  goes on");
    assert_eq!(root.get("c").unwrap().as_str(), Some("plain goes on"));
    assert_eq!(written(&document, &["d"]), "- *x\n- y");
    assert_eq!(slice(&root.get("d").unwrap().items()[0]), "\"ü b\"");
    assert_eq!(written(&document, &["e"]), "{a: 1, b: [2, 3]}");
    assert_eq!(written(&document, &["e", "b"]), "[2, 3]");
    assert_eq!(slice(root), document.source.text().trim_end());
}

#[test]
fn a_block_scalar_reaches_from_its_indicator_to_its_last_line() {
    let document = read(
        "a: |-  # | no\n  one\n\n  two  \n\nb:\n  c: &x !!str >+\n    folded\n    text\n\n  d: 1\ne: |\n\nf: |2\n    x\n",
    );
    assert_eq!(written(&document, &["a"]), "|-  # | no\n  one\n\n  two  ");
    assert_eq!(document.roots[0].get("a").unwrap().as_str(), Some("one\n\ntwo  "));
    assert_eq!(written(&document, &["b", "c"]), ">+\n    folded\n    text");
    assert_eq!(document.roots[0].at(&["b", "c"]).unwrap().as_str(), Some("folded text\n\n"));
    assert_eq!(written(&document, &["b"]), "c: &x !!str >+\n    folded\n    text\n\n  d: 1");
    assert_eq!(written(&document, &["e"]), "|");
    assert_eq!(document.roots[0].get("e").unwrap().as_str(), Some(""));
    assert_eq!(document.roots[0].get("f").unwrap().as_str(), Some("  x\n"));
}

#[test]
fn a_value_that_is_not_there_is_null_behind_its_colon() {
    let document = read("a:\nb: # c\nc:\n- \n- x\nd: {e, f: }\n");
    let root = &document.roots[0];
    assert_eq!(root.get("a").unwrap(), &Node::new(Value::Null, Span::new(2, 2)));
    assert_eq!(root.get("b").unwrap(), &Node::new(Value::Null, Span::new(5, 5)));
    assert!(root.get("c").unwrap().items()[0].is_null());
    assert!(root.at(&["d", "e"]).unwrap().is_null());
}

#[test]
fn what_is_written_wins_over_what_is_merged_and_earlier_over_later() {
    let document = read(
        "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nboth:\n  <<: [*x, *y]\n  a: 0\none:\n  <<: *y\nquoted:\n  '<<': *x\n",
    );
    let root = &document.roots[0];
    let number = |path: &[&str]| root.at(path).unwrap().scalar().unwrap().into_owned();
    assert_eq!(number(&["both", "a"]), "0");
    assert_eq!(number(&["both", "b"]), "2");
    assert_eq!(number(&["both", "c"]), "4");
    assert_eq!(root.get("both").unwrap().entries().len(), 3);
    assert_eq!(number(&["one", "c"]), "4");
    assert_eq!(written(&document, &["one", "c"]), "4");
    assert_eq!(number(&["quoted", "<<", "a"]), "1");
}

#[test]
fn a_key_given_twice_is_refused_at_the_second() {
    let text = "a: 1\nb: 2\na: 3\n";
    let Err(ParseError::Syntax { span, .. }) = try_read(text) else { panic!() };
    assert_eq!(span, Span::new(10, 11));
    let many: String = (0..20).flat_map(|at| [format!("k{at}"), ": 1\n".to_owned()]).collect();
    let Err(ParseError::Syntax { span, .. }) = try_read(&format!("{many}k3: 2\n")) else { panic!() };
    assert_eq!(span.start, many.len());
    assert!(try_read("1: a\n'1': b\n").is_err());
}

#[test]
fn keys_that_are_no_strings_are_their_text() {
    let document = read("1: a\ntrue: b\n~: c\n[x, y]: d\n? {k: v}\n: e\n: f\n");
    let keys: Vec<_> = document.roots[0].entries().iter().map(|entry| entry.key.value.as_str()).collect();
    assert_eq!(keys, ["1", "true", "~", "[x, y]", "{k: v}", ""]);
}

#[test]
fn a_tag_of_the_core_schema_decides_and_another_leaves_a_scalar_unknown() {
    let document = read(
        "a: !!str 123\nb: !!int '3'\nc: !vault |\n  $X\n  1\nd: !Ref Foo\ne: !Sub\n  x: 1\nf: ! 5\ng: !!binary aGk=\nh: !!str\n",
    );
    let root = &document.roots[0];
    assert_eq!(root.get("a").unwrap().as_str(), Some("123"));
    assert_eq!(root.get("b").unwrap().value, Value::Number("3".into()));
    assert_eq!(root.get("c").unwrap().value, Value::Unknown("!vault |\n  $X\n  1".into()));
    assert_eq!(written(&document, &["c"]), "!vault |\n  $X\n  1");
    assert_eq!(root.get("d").unwrap().value, Value::Unknown("!Ref Foo".into()));
    assert_eq!(root.at(&["e", "x"]).unwrap().value, Value::Number("1".into()));
    assert_eq!(root.get("f").unwrap().as_str(), Some("5"));
    assert_eq!(root.get("g").unwrap().as_str(), Some("aGk="));
    assert_eq!(root.get("h").unwrap().as_str(), Some(""));
}

#[test]
fn every_document_of_a_stream_counts_and_a_broken_one_fails_the_file() {
    assert_eq!(read("a: 1\n---\nb: 2\n...\n---\n- c\n").roots.len(), 3);
    assert!(read("# nothing\n").roots.is_empty());
    let text = "a: 1\n---\nb: [\n";
    assert!(matches!(try_read(text), Err(ParseError::Syntax { .. })));
}

#[test]
fn a_byte_order_mark_and_crlf_leave_spans_true() {
    let document = read("\u{feff}a: ü\r\nb: |\r\n  x\r\n  y\r\nc: 'z'\r\n");
    assert_eq!(document.roots[0].entries()[0].key.value, "a");
    assert_eq!(written(&document, &["a"]), "ü");
    assert_eq!(written(&document, &["b"]), "|\r\n  x\r\n  y");
    assert_eq!(document.roots[0].get("b").unwrap().as_str(), Some("x\ny\n"));
    assert_eq!(written(&document, &["c"]), "'z'");
}

#[test]
fn an_anchor_ends_with_its_document_and_cannot_hold_itself() {
    assert!(try_read("a: &x 1\n---\nb: *x\n").is_err());
    assert!(matches!(try_read("&a [*a]\n"), Err(ParseError::Syntax { .. })));
}

#[test]
fn a_block_scalar_that_the_file_breaks_off_ends_in_no_line_break() {
    let content = |text: &str| read(text).roots[0].get("a").unwrap().as_str().unwrap().to_owned();
    for header in ["|", "|+", "|-", ">"] {
        assert_eq!(content(&format!("a: {header}\n  b")), "b", "{header}");
    }
    assert_eq!(content("a: |\n  b\n"), "b\n");
    assert_eq!(content("a: |\n  b\n  "), "b\n");
    assert_eq!(content("a: |"), "");
}

#[test]
fn a_tag_without_a_value_is_unknown_where_it_stands() {
    let document = read("a: !b.c\nd: !!str\ne: [!f , g]\n");
    assert_eq!(document.roots[0].get("a").unwrap().value, Value::Unknown("!b.c".into()));
    assert_eq!(written(&document, &["a"]), "!b.c");
    assert_eq!(document.roots[0].get("d").unwrap().as_str(), Some(""));
    assert_eq!(document.roots[0].get("e").unwrap().items()[0].value, Value::Unknown("!f".into()));
}
