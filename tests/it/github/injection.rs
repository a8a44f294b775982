//! Arbitrary text in every place where a change can put some: the runner and the pages obey none of it.

use std::sync::LazyLock;

use deploy_guard::engine::{Evaluation, FileCoverage, Overridden, Understanding, Unjudged, Waived};
use deploy_guard::finding::waiver::Waiver;
use deploy_guard::finding::{Finding, Label, Severity};
use deploy_guard::policy::Catalogue;
use deploy_guard::report::outputs::Outputs;
use deploy_guard::report::runner::{Token, is_harmless, neutralise, stopped};
use deploy_guard::report::terminal::Look;
use deploy_guard::report::{Report, github, gitlab, json, junit, markdown, sarif, terminal};
use deploy_guard::source::{Origin, RepoPath, SourceFile, Span};
use deploy_guard::verdict::decide;
use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::oracle::{hear, hear_through, values};
use super::rich;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::built_in().unwrap());

static REFERENCE: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"@\w|#\d|(?i:gh)-\d").unwrap());

/// What somebody would write who knows the runner and Markdown.
const SHARP: &[&str] = &[
    "\r",
    "\n",
    "\r\n",
    "::",
    "##[",
    "##",
    "[",
    "]",
    "#",
    ":",
    "error",
    "::error::pwn",
    "##[error]pwn",
    "##[add-mask]a",
    "::stop-commands::x",
    "::set-output name=decision::go",
    "%",
    "%0A",
    "%0D",
    "%3A",
    "=",
    ",",
    ";",
    "\u{1b}[31m",
    "\u{7}",
    "\u{202e}",
    "\u{200b}",
    "\u{ad}",
    "\u{fe0f}",
    "\u{e0041}",
    "\u{2028}",
    "\u{85}",
    "\u{a0}",
    "\u{0}",
    " ",
    "\t",
    "    ",
    "`",
    "``",
    "```\n",
    "\n  ````\n  # x\n  [x](//evil)\n",
    "~~~",
    "|",
    "\\",
    "<",
    "<!--",
    "-->",
    "<script>",
    "</details>",
    "&lt;",
    "@octo",
    "#1",
    "GH-1",
    "https://evil.example",
    "www.evil.example",
    "![x](//evil)",
    "[x](//evil)",
    "[x]: //evil",
    "- ",
    "1. ",
    "> ",
    "# ",
    "---",
    "===",
    "/approve",
    "*",
    "_",
    "$",
    "😀",
    "ä",
    "a",
];

pub(super) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(SHARP).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Text of a change in all the places where it can stand.
#[derive(Debug, Clone)]
struct Hostile {
    path: String,
    content: String,
    said: String,
    remedy: String,
    named: String,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    (text(), text(), text(), text(), text()).prop_map(|(path, content, said, remedy, named)| Hostile {
        path,
        content,
        said,
        remedy,
        named,
    })
}

fn tame() -> Hostile {
    let [path, content, said, remedy, named] = ["a.yaml", "x: 1", "said", "do it", "name"].map(str::to_owned);
    Hostile { path, content, said, remedy, named }
}

fn report(hostile: &Hostile) -> Report {
    let Hostile { path, content, said, remedy, named } = hostile;
    let source = rich::file(path.as_bytes(), content);
    let label = Label::new(&source, Span::new(0, content.len()), said);
    let body = SourceFile::new(Origin::PullRequest, content.clone());
    let finding = || {
        Finding::new(said, label.clone(), named)
            .related(Label::new(&body, Span::default(), said))
            .remedy(remedy)
    };
    let judged = |severity| rich::judged("floating-image-tag", named, severity, finding());
    let waiver = Waiver {
        policy: named.clone(),
        path: None,
        resource: None,
        fingerprint: None,
        reason: said.clone(),
        owner: named.clone(),
        expires: "2026-12-01".parse().unwrap(),
        span: Span::default(),
    };
    let (path, reason, approved_by) = (RepoPath::new(path.as_bytes()), said.clone(), named.clone());
    let until = "2026-11-21T12:00:00Z".parse().unwrap();
    let mut evaluation = Evaluation {
        findings: vec![judged(Severity::Block), judged(Severity::Warn)],
        waived: vec![Waived { judged: judged(Severity::Block), waiver }],
        overridden: vec![Overridden { judged: judged(Severity::Block), reason, approved_by, until }],
        notes: vec![said.clone()],
        ..Evaluation::default()
    };
    let policies = vec!["floating-image-tag".to_owned()];
    evaluation.unjudged.push(Unjudged { policies, path: Some(path.clone()), reason: said.clone(), at: None });
    let understanding = Understanding::Not(said.clone());
    evaluation.coverage.in_scope.push(FileCoverage { path, understanding });
    let mut change = rich::change();
    change.head.label.clone_from(named);
    let verdict = decide(&evaluation);
    let mut report = Report::new("libgit2", "2026-11-17T10:00:00Z".parse().unwrap(), false);
    report.add(change, evaluation, verdict);
    report.notes.push(said.clone());
    report
}

const LOOK: Look = Look { color: false, ascii: false, width: 100, verbose: true };

fn token() -> Token {
    Token::of([0xa5; 16])
}

/// What pages would make of it: the shape of the document, and everything in it that acts.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    headings: Vec<String>,
    tables: usize,
    rows: usize,
    quotes: usize,
    rules: usize,
}

fn shape(page: &str) -> Shape {
    let mut shape = Shape { headings: Vec::new(), tables: 0, rows: 0, quotes: 0, rules: 0 };
    let mut words = String::new();
    let mut in_code = false;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    for event in Parser::new_ext(page, options) {
        if let Event::Text(text) = &event {
            if !in_code {
                words.push_str(text);
            }
            continue;
        }
        for word in ["://", "www."] {
            assert!(!words.to_lowercase().contains(word), "an address in `{words}`\n{page}");
        }
        assert!(!REFERENCE.is_match(&words), "a reference in `{words}`\n{page}");
        words.clear();
        match event {
            Event::Start(Tag::Heading { level, .. }) => shape.headings.push(level.to_string()),
            Event::Start(Tag::Table(_)) => shape.tables += 1,
            Event::Start(Tag::TableRow) => shape.rows += 1,
            Event::Start(Tag::BlockQuote(_)) => shape.quotes += 1,
            Event::Rule => shape.rules += 1,
            Event::Start(Tag::CodeBlock(kind)) => {
                assert_eq!(kind, CodeBlockKind::Fenced("text".into()), "{page}");
                in_code = true;
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Html(html) | Event::InlineHtml(html) => {
                let ours = [
                    "<!-- -->",
                    "<!-- deploy-guard:gate -->",
                    "<code>",
                    "</code>",
                    "<details>",
                    "</details>",
                ];
                let ours = ours.contains(&html.trim()) || html.trim() == "<summary>What was read</summary>";
                assert!(ours, "`{html}`\n{page}");
            }
            Event::Start(Tag::Image { dest_url, .. } | Tag::Link { dest_url, .. }) => {
                panic!("a link to {dest_url}\n{page}")
            }
            Event::TaskListMarker(_) | Event::FootnoteReference(_) | Event::InlineMath(_) => panic!("{page}"),
            Event::Start(Tag::Strikethrough | Tag::Emphasis | Tag::FootnoteDefinition(_)) => panic!("{page}"),
            _ => {}
        }
    }
    shape
}

#[test]
fn a5_a_bar_in_code_makes_no_cell_of_what_stands_before_it() {
    let plain = shape(&markdown::comment(&report(&tame()), &CATALOGUE, "gate"));
    for said in ["`@octo|`", "`#1|[x`", "`|`"] {
        let hostile = Hostile { said: said.to_owned(), ..tame() };
        assert_eq!(shape(&markdown::comment(&report(&hostile), &CATALOGUE, "gate")), plain, "{said}");
        let hostile = Hostile { path: said.replace('`', ""), ..tame() };
        assert_eq!(shape(&markdown::comment(&report(&hostile), &CATALOGUE, "gate")), plain, "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a4_the_runner_obeys_our_annotations_and_nothing_else(hostile in hostile()) {
        let text = github::render(&report(&hostile), &CATALOGUE, LOOK, &token());
        let names: Vec<String> = hear(&text).into_iter().map(|heard| heard.name).collect();
        let word = token().as_str().to_owned();
        prop_assert_eq!(&names, &["stop-commands", &word, "error", "error", "warning", "notice", "notice"]);
        // Neither does it where commands could not be stopped.
        prop_assert_eq!(hear_through(&text).len(), names.len(), "{}", text);
        for heard in hear(&text).iter().skip(2) {
            if let Some(file) = heard.property("file") {
                prop_assert_eq!(file, hostile.path.as_str());
            }
            prop_assert!(heard.data.encode_utf16().count() <= 4096 && !heard.data.is_empty());
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            prop_assert!(heard.properties.iter().all(|(name, _)| known.contains(&name.as_str())), "{:?}", heard);
            prop_assert!(is_harmless(&heard.data), "the log shows it again: {}", heard.data);
        }
    }

    #[test]
    fn a4_the_runner_obeys_nothing_in_the_other_formats(hostile in hostile()) {
        let report = report(&hostile);
        let said = terminal::render(&report, &CATALOGUE, LOOK);
        prop_assert_eq!(hear_through(&neutralise(&said)), []);
        prop_assert_eq!(hear(&stopped(&said, &token())).len(), 2);
        for text in [
            json::render(&report, &CATALOGUE),
            markdown::summary(&report, &CATALOGUE),
            markdown::comment(&report, &CATALOGUE, &hostile.named),
            gitlab::render(&report),
            junit::render(&report, &CATALOGUE),
            sarif::render(&report, &CATALOGUE),
        ] {
            prop_assert_eq!(hear_through(&text), [], "{}", text);
            prop_assert!(is_harmless(&text), "{}", text);
        }
        let parsed: serde_json::Value = serde_json::from_str(&json::render(&report, &CATALOGUE)).unwrap();
        prop_assert_eq!(parsed["findings"][0]["message"].as_str(), Some(hostile.said.as_str()));
    }

    #[test]
    fn a4_arbitrary_text_is_neutral_once_it_is_neutralised(text in text()) {
        prop_assert_eq!(hear_through(&neutralise(&text)), []);
        prop_assert_eq!(hear(&stopped(&text, &token())).len(), if text.is_empty() { 0 } else { 2 });
    }

    #[test]
    fn a5_a_page_has_the_same_shape_whatever_the_change_says(hostile in hostile()) {
        let page = |hostile: &Hostile| markdown::comment(&report(hostile), &CATALOGUE, "gate");
        prop_assert_eq!(shape(&page(&hostile)), shape(&page(&tame())), "{}", page(&hostile));
    }

    #[test]
    fn a6_later_steps_read_the_outputs_that_were_written(file in text()) {
        let report = report(&tame());
        let written = Outputs::of(&report, Some(&file)).render(&token());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = vec![
            pair("decision", "no-go"),
            pair("complete", "false"),
            pair("valid_until", ""),
            pair("report", &file),
        ];
        prop_assert_eq!(values(&written, false), Ok(expected));
        prop_assert_eq!(values(&written, true).map(|values| values.len()), Ok(4));
    }
}
