use crate::document::{Document, Format, Node, Value};
use crate::source::{Origin, SourceFile};

fn read(text: &str) -> Document {
    let source = SourceFile::new(Origin::File("Dockerfile".into()), text.to_owned());
    crate::document::parse(&source, Format::Dockerfile).unwrap()
}

fn slice(document: &Document, node: &Node) -> String {
    document.source.slice(node.span).to_owned()
}

fn keywords(document: &Document) -> Vec<&str> {
    document.roots[0].items().iter().map(|item| item.get("instruction").unwrap().as_str().unwrap()).collect()
}

#[test]
fn a_base_image_stands_apart_from_its_stage_and_platform() {
    let document = read(
        "# syntax=docker/dockerfile:1\nARG BASE=alpine:3 TAG\n\nfrom --platform=$BUILDPLATFORM \\\n  # c\n  reg.io:5000/a/b:${TAG}@sha256:00 as Build\nFROM \"scratch\"\n",
    );
    let items = document.roots[0].items();
    assert_eq!(keywords(&document), ["ARG", "FROM", "FROM"]);
    assert_eq!(items[0].at(&["variables", "BASE"]).unwrap().as_str(), Some("alpine:3"));
    assert_eq!(slice(&document, items[0].at(&["variables", "BASE"]).unwrap()), "alpine:3");
    assert!(items[0].at(&["variables", "TAG"]).unwrap().is_null());
    assert_eq!(slice(&document, items[1].get("instruction").unwrap()), "from");
    assert_eq!(items[1].at(&["flags", "platform"]).unwrap().as_str(), Some("$BUILDPLATFORM"));
    assert_eq!(slice(&document, items[1].at(&["flags", "platform"]).unwrap()), "$BUILDPLATFORM");
    assert_eq!(slice(&document, items[1].get("image").unwrap()), "reg.io:5000/a/b:${TAG}@sha256:00");
    assert_eq!(items[1].get("alias").unwrap().as_str(), Some("Build"));
    assert_eq!(items[2].get("image").unwrap().as_str(), Some("scratch"));
    assert_eq!(slice(&document, &items[2]), "FROM \"scratch\"");
}

#[test]
fn a_command_over_several_lines_is_one_text_with_one_span() {
    let text = "RUN --mount=type=cache,target=/x --network=none apt-get update \\\n  # a comment\n\n && pip install \\\n  a==1  \\\r\n  'b c'\nUSER 1\n";
    let document = read(text);
    let run = &document.roots[0].items()[0];
    assert_eq!(keywords(&document), ["RUN", "USER"]);
    assert_eq!(
        run.get("arguments").unwrap().as_str(),
        Some("apt-get update  && pip install   a==1    'b c'")
    );
    assert_eq!(
        slice(&document, run.get("arguments").unwrap()),
        "apt-get update \\\n  # a comment\n\n && pip install \\\n  a==1  \\\r\n  'b c'"
    );
    assert_eq!(run.at(&["flags", "mount"]).unwrap().as_str(), Some("type=cache,target=/x"));
    assert!(run.get("exec").is_none());
}

#[test]
fn variables_come_without_quotes_in_the_new_and_the_old_form() {
    let document = read(
        "ENV A=1 B=\"two words\" \\\n    C=x\\ y D='$e'\nENV OLD the whole rest \nLABEL \"a.b\"=c\nARG N\n",
    );
    let items = document.roots[0].items();
    let value = |item: usize, name: &str| {
        let node = items[item].at(&["variables", name]).unwrap();
        (node.as_str().unwrap().to_owned(), slice(&document, node))
    };
    assert_eq!(value(0, "A"), ("1".into(), "1".into()));
    assert_eq!(value(0, "B"), ("two words".into(), "\"two words\"".into()));
    assert_eq!(value(0, "C"), ("x y".into(), "x\\ y".into()));
    assert_eq!(value(0, "D"), ("$e".into(), "'$e'".into()));
    assert_eq!(value(1, "OLD"), ("the whole rest".into(), "the whole rest".into()));
    assert_eq!(value(2, "a.b"), ("c".into(), "c".into()));
    assert!(items[3].at(&["variables", "N"]).unwrap().is_null());
}

#[test]
fn an_array_of_strings_is_read_as_such() {
    let document = read(
        "CMD [\"a\", \\\n \"b \\\"c\\\"\"]\nENTRYPOINT [broken]\nHEALTHCHECK --interval=5s CMD [\"x\"]\n",
    );
    let items = document.roots[0].items();
    let exec = items[0].get("exec").unwrap().items();
    assert_eq!(exec[1].as_str(), Some("b \"c\""));
    assert_eq!(slice(&document, &exec[1]), "\"b \\\"c\\\"\"");
    assert!(items[1].get("exec").is_none());
    assert_eq!(items[2].get("exec").unwrap().items()[0].as_str(), Some("x"));
}

#[test]
fn a_here_document_belongs_to_its_instruction() {
    let document = read(
        "RUN <<EOF\nFROM not\n  EOF\nEOF\nCOPY <<-\"A\" <<B /x\n\ta\n\tA\nb\nB\nRUN echo $((1 << 2)) <<NEVER\nUSER x\n",
    );
    assert_eq!(keywords(&document), ["RUN", "COPY", "RUN", "USER"]);
    let items = document.roots[0].items();
    assert_eq!(items[0].at(&["heredocs", "EOF"]).unwrap().as_str(), Some("FROM not\n  EOF\n"));
    assert_eq!(slice(&document, items[0].at(&["heredocs", "EOF"]).unwrap()), "FROM not\n  EOF\n");
    assert_eq!(items[1].at(&["heredocs", "A"]).unwrap().as_str(), Some("\ta\n"));
    assert_eq!(items[1].at(&["heredocs", "B"]).unwrap().as_str(), Some("b\n"));
    assert!(items[2].get("heredocs").is_none());
}

#[test]
fn the_escape_directive_and_what_is_put_off_and_what_is_unknown() {
    let document = read("# escape=`\nRUN dir C:\\ `\n  /s\nONBUILD ENV A=1\nINCLUDE x\n");
    let items = document.roots[0].items();
    assert_eq!(items[0].get("arguments").unwrap().as_str(), Some("dir C:\\   /s"));
    assert_eq!(items[1].at(&["then", "variables", "A"]).unwrap().as_str(), Some("1"));
    assert_eq!(slice(&document, items[1].at(&["then", "variables", "A"]).unwrap()), "1");
    assert_eq!(document.gaps.len(), 1);
    assert_eq!(document.source.slice(document.gaps[0].span), "INCLUDE");
}

#[test]
fn an_expression_in_an_image_leaves_it_unknown() {
    let document =
        read("{% if a %}\nFROM {{ base }}:1 AS b\n{% else %}\nFROM x:2\n{% endif %}\nRUN echo {{ c }}\n");
    let items = document.roots[0].items();
    assert_eq!(keywords(&document), ["FROM", "FROM", "RUN"]);
    assert_eq!(items[0].get("image").unwrap().value, Value::Unknown("{{ base }}:1".into()));
    assert_eq!(items[0].get("alias").unwrap().as_str(), Some("b"));
    assert_eq!(items[1].get("image").unwrap().as_str(), Some("x:2"));
}
