//! Whatever the bytes: no panic, and every span is a piece of the text.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// Pieces of all the formats, so that random texts get past the first character.
const FRAGMENTS: &[&str] = &[
    "[packages]\n",
    "[[package]]\n",
    "name = \"",
    "version = \"1.0\"",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    ",",
    ";",
    ":",
    "=",
    "==",
    "@",
    "#",
    "//",
    "/*",
    "*/",
    "--hash=",
    "-e ",
    "$",
    "${",
    "{{",
    "}}",
    "%{",
    "{%",
    "é",
    "日本",
    "\u{feff}",
    "\u{202e}",
    "install_requires=",
    "extras_require=",
    "require (",
    "replace ",
    "gem 'a'",
    "group :test do",
    "end",
    "implementation 'a:b:1'",
    "def x = '1'",
    "libs",
    "node_modules/",
    "\"packages\": {",
    "\"dependencies\": {",
    "\"version\": \"1\"",
    "packages:\n",
    "  /a/1.0.0:\n",
    "a@^1:\n",
    "  version \"1\"\n",
    "RUN pip install ",
    "run: |\n",
    "- ",
    "pip install a==",
    "<<EOF",
    "EOF",
    "sh -c '",
    "defp deps do",
    "{:a, \"~> 1\"}",
    "<project>",
    "</project>",
    "<dependency>",
    "<version>",
    "<PackageReference Include=\"a\"",
    "git+https://h/x.git@",
    "egg=",
    ">=1,<2",
    "1.0.0",
    "*",
    "^",
    "~",
    "a",
    "b-c",
    "Import",
    "<<<<<<< HEAD\n",
    "GEM\n  specs:\n    a (1)\n",
    "%q<",
    "for ",
    " in ",
    " if ",
    "lambda",
    "+",
    "append(",
    ".",
];

fn text() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        8 => proptest::sample::select(FRAGMENTS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{0,6}",
    ];
    proptest::collection::vec(fragment, 0..60).prop_map(|parts| parts.concat())
}

fn source_of(kind: FileKind, text: &str) -> Arc<SourceFile> {
    let path =
        if kind == FileKind::CiWorkflow && text.len().is_multiple_of(2) { "Jenkinsfile" } else { "x/test/y" };
    SourceFile::new(Origin::File(path.into()), text.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_text_panics_and_every_span_is_in_it(text in text()) {
        for kind in FileKind::ALL {
            let Ok(extracted) = extract(kind, &source_of(kind, &text)) else { continue };
            for dependency in &extracted.dependencies {
                for span in [dependency.name.span, dependency.version_span, dependency.span] {
                    prop_assert!(text.get(span.start..span.end).is_some(), "{kind:?}: {dependency:?}");
                }
                prop_assert!(!dependency.name.value.is_empty(), "{kind:?}: {dependency:?}");
                prop_assert!(dependency.span.contains(dependency.name.span), "{kind:?}: {dependency:?}");
            }
            for gap in &extracted.gaps {
                prop_assert!(text.get(gap.span.start..gap.span.end).is_some(), "{kind:?}: {gap:?}");
            }
        }
    }

    #[test]
    fn versions_of_any_text_are_compared_without_panic(from in "\\PC{0,12}", to in "\\PC{0,12}") {
        for ecosystem in [Ecosystem::Python, Ecosystem::Node, Ecosystem::Java, Ecosystem::Go, Ecosystem::Rust] {
            let forth = crosses_breaking_boundary(ecosystem, &from, &to);
            prop_assert_eq!(forth, crosses_breaking_boundary(ecosystem, &to, &from));
        }
    }
}

/// Nesting and repetition without end: what recurses without a bound overflows here.
#[test]
fn repetition_without_end_is_survived() {
    for fragment in FRAGMENTS {
        let text = fragment.repeat(8 * 1024 / fragment.len());
        for kind in FileKind::ALL {
            let _ = extract(kind, &source_of(kind, &text));
        }
    }
}
