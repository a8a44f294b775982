//! Input made to hurt, held to a time limit in an unoptimised build on a small stack.

use std::sync::Arc;
use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "the time limit is what is tested")]
use std::time::Instant;

use super::{Document, Format, ParseError, parse};
use crate::source::{Origin, SourceFile};

/// What is linear takes a tenth of this unoptimised; what is not takes minutes. The rest is for busy machines.
const TIME: Duration = Duration::from_secs(30);
/// Half of what a test thread gets, so that recursion over the input shows.
const STACK: usize = 1024 * 1024;

/// A text for each number, one behind the other.
fn numbered(count: usize, form: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |text, at| text + &form(at))
}

/// Parses on a small stack and within the time limit; the drop of the document counts.
fn attack(name: &str, format: Format, text: String) -> Result<Arc<Document>, ParseError> {
    let name = name.to_owned();
    let run = move || {
        #[expect(clippy::disallowed_types, reason = "the time limit is what is tested")]
        let begin = Instant::now();
        let bytes = text.len();
        let result = parse(&SourceFile::new(Origin::File("a".into()), text), format).map(Arc::new);
        if let Ok(document) = &result {
            let _copy = document.roots.clone();
        }
        let took = begin.elapsed();
        println!(
            "{name}: {bytes} bytes, {took:?}, {}",
            result.as_ref().err().map_or("parsed".to_owned(), ToString::to_string)
        );
        assert!(took < TIME, "{name} took {took:?}");
        result
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

fn is_limit(result: &Result<Arc<Document>, ParseError>) -> bool {
    matches!(result, Err(ParseError::Limit { .. }))
}

#[test]
fn yaml_made_to_grow_hits_a_limit() {
    use std::fmt::Write;
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for at in 1..12 {
        let aliases = vec![format!("*a{}", at - 1); 9].join(",");
        writeln!(laughs, "a{at}: &a{at} [{aliases}]").unwrap();
    }
    assert!(is_limit(&attack("billion laughs", Format::Yaml, laughs)));

    let quadratic =
        format!("a: &a [{}]\nb: [{}]\n", vec!["x"; 30_000].join(","), vec!["*a"; 30_000].join(","));
    assert!(is_limit(&attack("aliases of a long sequence", Format::Yaml, quadratic)));

    let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 90_000].join(","));
    assert!(is_limit(&attack("aliases of a long scalar", Format::Yaml, wide)));

    let mut tower = "a0: &a0 [x]\n".to_owned();
    for at in 1..400 {
        writeln!(tower, "a{at}: &a{at} [*a{}]", at - 1).unwrap();
    }
    assert!(is_limit(&attack("aliases piled up", Format::Yaml, tower)));

    let nested: String = (0..60).flat_map(|_| ["&a", " ", "[x,"].map(str::to_owned)).collect();
    let nested = format!("{nested}{}{}\nb: *a", vec!["x"; 100_000].join(","), "]".repeat(60));
    assert!(attack("anchors inside anchors", Format::Yaml, nested).is_err());

    let mut merges = "a0: &a0 {k: v}\n".to_owned();
    for at in 1..3_000 {
        writeln!(merges, "a{at}: &a{at} {{<<: *a{}, k{at}: v}}", at - 1).unwrap();
    }
    assert!(is_limit(&attack("merges of merges", Format::Yaml, merges)));
    let list = format!("a: &a {{k: v}}\nb: {{<<: [{}]}}\n", vec!["*a"; 60_000].join(","));
    assert!(is_limit(&attack("a long list of merges", Format::Yaml, list)));
}

#[test]
fn yaml_made_deep_hits_a_limit() {
    let maps: String = (0..10_000).map(|at| " ".repeat(at % 400) + "a:\n").collect();
    assert!(attack("nested maps, indentation starting over", Format::Yaml, maps).is_err());
    let maps: String = (0..2_000).map(|at| " ".repeat(at) + "a:\n").collect();
    assert!(is_limit(&attack("nested maps", Format::Yaml, maps)));
    assert!(is_limit(&attack("dashes", Format::Yaml, "- ".repeat(20_000))));
    assert!(is_limit(&attack("question marks", Format::Yaml, "? ".repeat(20_000))));
    assert!(is_limit(&attack("brackets", Format::Yaml, "[".repeat(200_000))));
    assert!(is_limit(&attack("braces", Format::Yaml, "{".repeat(200_000))));
    assert!(is_limit(&attack("braces with keys", Format::Yaml, "{a: ".repeat(200_000))));
    assert!(is_limit(&attack("many documents", Format::Yaml, "--- a\n".repeat(2_000))));
    let anchors: String = numbered(200_000, |at| format!("- &a{at} x\n"));
    assert!(is_limit(&attack("many anchors", Format::Yaml, anchors)));
    assert!(is_limit(&attack("too large", Format::Yaml, "# x\n".repeat(2_000_000))));
    assert!(is_limit(&attack("a scalar too large", Format::Yaml, "x".repeat(1_100_000))));
    assert!(is_limit(&attack("many nodes", Format::Yaml, format!("[{}]", "x,".repeat(1_100_000)))));
}

#[test]
fn yaml_that_is_only_odd_takes_no_longer() {
    assert!(attack("NUL", Format::Yaml, "a: b\0c\n".to_owned()).is_err());
    let keys: String = numbered(200_000, |at| format!("k{at}: v\n"));
    assert!(attack("many keys", Format::Yaml, keys.clone()).is_ok());
    assert!(attack("many keys, one twice", Format::Yaml, keys + "k7: v\n").is_err());
    let _ = attack("blank lines", Format::Yaml, "\n".repeat(5_000_000));
    let _ = attack("a block of blank lines", Format::Yaml, format!("a: |\n{}", "\n".repeat(900_000)));
    let _ = attack("many blocks", Format::Yaml, "- |\n\n  x\n\n".repeat(100_000));
    let _ = attack("tabs", Format::Yaml, "\t".repeat(1_000_000));
    let _ = attack("quotes", Format::Yaml, "\"\\n".repeat(500_000));
    let _ = attack("comments", Format::Yaml, "#\n".repeat(1_000_000));
    let _ = attack("colons", Format::Yaml, ":".repeat(1_000_000));
    let _ = attack("colons and blanks", Format::Yaml, ": ".repeat(1_000_000));
    let _ = attack("plain over lines", Format::Yaml, "a\n ".repeat(500_000));
    let _ = attack("tags", Format::Yaml, "!a ".repeat(500_000));
    let _ = attack("directives", Format::Yaml, "%TAG !a! b\n".repeat(200_000));
    let handles: String = numbered(100_000, |at| format!("%TAG !a{at}! b\n"));
    let _ = attack("directives with handles", Format::Yaml, handles);
    let _ = attack("empty pairs", Format::Yaml, format!("[{}]", ":,".repeat(300_000)));
    let _ = attack("empty items", Format::Yaml, "-\n".repeat(300_000));
    let _ = attack("possible keys", Format::Yaml, format!("[{}", "a ".repeat(500_000)));
    let _ = attack(
        "aliases as keys",
        Format::Yaml,
        format!("a: &a {}\n{}", "k".repeat(100_000), "? *a\n".repeat(2_000)),
    );
    let _ = attack("complex keys", Format::Yaml, format!("? [{}]\n: x\n", vec!["a"; 100_000].join(",")));
    let nest = |at: usize| " ".repeat(at) + "? \n";
    let _ = attack("keys in keys", Format::Yaml, (0..60).map(nest).collect());
}

#[test]
fn other_formats_made_deep_hit_a_limit_before_their_parser_recurses() {
    for (name, text) in [
        ("brackets", "[".repeat(200_000)),
        ("objects", "{\"a\":".repeat(200_000)),
        ("brackets after a comment", format!("/*[*/ //[\n\"[\"{}", ",[".repeat(200_000))),
    ] {
        assert!(is_limit(&attack(name, Format::Json, text)));
    }
    let dots = vec!["a"; 60].join(".");
    for (name, text) in [
        ("arrays", format!("a = {}", "[".repeat(200_000))),
        ("inline tables", format!("a = {}", "{a = ".repeat(200_000))),
        ("dotted keys in tables", format!("a = {}", format!("{{{dots} = ").repeat(1_000))),
        ("a dotted key", format!("{} = 1", vec!["a"; 100_000].join("."))),
        ("a dotted header", format!("[{}]", vec!["a"; 100_000].join("."))),
        ("a header and keys", format!("[{dots}]\n{dots} = {{{dots} = 1}}\n")),
    ] {
        assert!(is_limit(&attack(name, Format::Toml, text)));
    }
    assert!(is_limit(&attack("elements", Format::Xml, "<a>".repeat(200_000))));
    assert!(is_limit(&attack("elements with attributes", Format::Xml, "<a b='/>'>".repeat(200_000))));
    let laughs = "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;&b;&b;&b;&b;&b;'>]><a>&d;</a>".to_owned();
    assert!(attack("entities", Format::Xml, laughs).is_err());
}

#[test]
fn other_formats_that_are_only_odd_take_no_longer() {
    use Format::{Dockerfile, Dotenv, Ini, Json, Properties, Toml, Xml};
    let keys = |form: fn(usize) -> String| numbered(100_000, form);
    let _ = attack("many JSON keys", Json, format!("{{{}}}", keys(|at| format!("\"k{at}\": 1,"))));
    let _ = attack("JSON commas", Json, format!("[{}", ",".repeat(1_100_000)));
    let _ = attack("JSON quotes", Json, "\"".repeat(1_000_000));
    let _ = attack("JSON comments", Json, "/*".repeat(1_000_000));
    let _ = attack("many TOML keys", Toml, keys(|at| format!("k{at} = 1\n")));
    let _ = attack("many TOML tables", Toml, keys(|at| format!("[t{at}]\n")));
    let _ = attack("TOML arrays of tables", Toml, "[[a]]\n".repeat(100_000));
    let _ = attack("TOML quotes", Toml, "'\"".repeat(500_000));
    let _ = attack("TOML triple quotes", Toml, "'''\"\"\"".repeat(200_000));
    let _ = attack("TOML errors", Toml, "= =\n".repeat(50_000));
    let _ = attack("dotenv open quotes", Dotenv, "A=\"'`x\n".repeat(200_000));
    let _ = attack("dotenv escapes", Dotenv, "A=\"\\\n".repeat(200_000));
    let _ = attack("dotenv comments", Dotenv, format!("A={}", "# ".repeat(400_000)));
    let _ = attack("properties continued", Properties, "\\\n".repeat(300_000));
    let _ = attack("properties carriage returns", Properties, "a\\\r".repeat(300_000));
    let _ = attack("INI brackets", Ini, "[\n".repeat(300_000));
    let _ = attack("INI continued", Ini, format!("a =\n{}", " x\n".repeat(200_000)));
    let _ = attack("Dockerfile continued", Dockerfile, format!("RUN {}", "x \\\n".repeat(200_000)));
    let _ = attack("Dockerfile comments", Dockerfile, format!("RUN x \\\n{}", "# y\n".repeat(500_000)));
    let _ = attack("Dockerfile heredocs", Dockerfile, "RUN a <<-E\n\tE\n".repeat(100_000));
    let _ = attack("Dockerfile heredocs without end", Dockerfile, "RUN a <<E <<F <<G\n\tE\n".repeat(100_000));
    let _ =
        attack("Dockerfile heredocs on one line", Dockerfile, format!("RUN {}\nE\n", "<<E ".repeat(200_000)));
    let _ = attack("Dockerfile put off", Dockerfile, "ONBUILD ".repeat(200_000));
    let _ = attack("Dockerfile flags", Dockerfile, format!("RUN {}", "--a ".repeat(200_000)));
    let _ = attack("Dockerfile quotes", Dockerfile, format!("ENV {}", "a=\" ".repeat(200_000)));
    let _ = attack("XML siblings", Xml, format!("<a>{}</a>", "<b/>".repeat(300_000)));
    assert!(is_limit(&attack("XML attributes", Xml, format!("<a {}/>", keys(|at| format!("b{at}='' "))))));
    let _ = attack("XML comments", Xml, "<!--".repeat(300_000));
    let _ = attack("XML open tags", Xml, "<a '".repeat(300_000));
    let spaces: String = (0..90).flat_map(|at| [format!("xmlns:b{at}='{at}' ")]).collect();
    let _ = attack("XML namespaces", Xml, format!("<a {spaces}>{}</a>", "<b89:c/>".repeat(200_000)));
    assert!(is_limit(&attack("many XML namespaces", Xml, "<a xmlns='b'>".repeat(1_000))));
}

#[test]
fn expressions_without_an_end_are_not_searched_for_again() {
    for (name, piece) in [
        ("braces", "{{"),
        ("braces apart", "{{ "),
        ("a quote each", "{{\""),
        ("a backquote each", "{{ ` "),
        ("a quote and a line", "{{'\n"),
        ("comments", "{{/*"),
        ("other comments", "{{!--"),
        ("statements", "{% "),
        ("statements in braces", "{%{ "),
        ("hashes", "{# {{"),
        ("angles", "<% {{"),
        ("comment lines", "# {{\n"),
        ("blanks", "          {{"),
        ("whole lines", "{{ a }}\n"),
        ("blocks", "a: |\n{{ b | indent 2 }}\n"),
        ("branches", "{{ if a }}\n{{ else }}\nb: c\n"),
        ("ends", "{{ end }}\n{{ define }}\n"),
        ("keys", "{{ a }}: {{ b }}\n"),
        ("values and keys", "a: {{ b }}\n  c: d\n"),
    ] {
        let _ = attack(name, Format::Yaml, piece.repeat(3_000_000 / piece.len() / 10));
        let _ = attack(name, Format::Json, piece.repeat(3_000_000 / piece.len() / 10));
    }
    let block = format!("a: |\n{}", "{{ if b }}\n".repeat(100_000));
    let _ = attack("a block with nothing but expressions", Format::Yaml, block);
    let deep = format!("{}{}", "{{ if a }}\n".repeat(100_000), "{{ else }}x\n{{ end }}\n".repeat(100_000));
    let _ = attack("branches in branches", Format::Yaml, deep);
    let nested = "{{ define \"a\" }}\n".repeat(50_000) + &"{{ end }}\n".repeat(50_000);
    let _ = attack("definitions in definitions", Format::Yaml, nested);
}
