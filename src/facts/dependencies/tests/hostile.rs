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

/// A long text that is said once and used by many statements must not be copied into each of them.
#[test]
fn what_is_used_often_is_not_copied_without_end() {
    let long = "9".repeat(20_000);
    let name = "a".repeat(20_000);
    for (path, once, often, end) in [
        (
            "pom.xml",
            format!("<project><properties><v>{long}</v></properties><dependencies>"),
            "<dependency><groupId>a.b</groupId><artifactId>c</artifactId><version>${v}</version></dependency>",
            "</dependencies></project>",
        ),
        (
            "pom.xml",
            format!("<project><groupId>{name}</groupId><dependencies>"),
            "<dependency><groupId>${project.groupId}</groupId><artifactId>c</artifactId></dependency>",
            "</dependencies></project>",
        ),
        ("build.gradle", format!("def v = '{long}'\n"), "implementation \"a.b:c:$v\"\n", ""),
        (
            "build.gradle",
            format!("dependencySet(group: '{name}', version: '{long}') {{\n"),
            "entry 'a'\n",
            "}\n",
        ),
        ("build.gradle", format!("{name} = [\n"), "a: '1',\n", "]\n"),
        ("gradle/libs.versions.toml", format!("[versions]\nv = \"{long}\"\n[libraries]\n"), "", ""),
        (
            "x.csproj",
            format!("<Project><PropertyGroup><V>{long}</V></PropertyGroup><ItemGroup>"),
            "<PackageReference Include=\"A\" Version=\"$(V)\"/>",
            "</ItemGroup></Project>",
        ),
        ("mix.exs", format!("@v \"{long}\"\n"), "{:a, @v},\n", ""),
        ("pyproject.toml", format!("[project.optional-dependencies]\n{name} = ["), "\"a\",", "]\n"),
        ("setup.py", format!("setup(extras_require={{'{name}': ["), "'a',", "]})\n"),
        ("Gemfile", format!("group :{name} do\n"), "gem 'a'\n", "end\n"),
        ("Dockerfile", format!("ENV V={long}\n"), "RUN pip install a==$V $V\n", ""),
        ("Dockerfile", format!("ENV V='{}'\n", "a ".repeat(5_000)), "RUN pip install $V\n", ""),
        ("x.sh", format!("gem install -v {long}"), " a", "\n"),
        ("pyproject.toml", format!("[tool.poetry.dependencies]\n{name} = ["), "{},", "]\n"),
    ] {
        let text = format!("{once}{}{end}", often.repeat(2_000));
        let Ok(extracted) = extract(
            recognise(&path.into()).unwrap(),
            &SourceFile::new(Origin::File(path.into()), text.clone()),
        ) else {
            continue;
        };
        let copied: usize =
            extracted.dependencies.iter().map(|dependency| format!("{dependency:?}").len()).sum();
        assert!(copied < 3_000_000, "{path}: {copied} bytes from {} by {often:?}", text.len());
    }
}
