//! One board, one word, in every format; and nothing that strangers wrote does anything.

use deploy_guard::board::{Board, html, json, markdown, terminal};
use deploy_guard::change::ObjectId;
use deploy_guard::checklist::{Proof, Word};
use deploy_guard::probe::Outcome;
use deploy_guard::report::runner;
use deploy_guard::report::terminal::Look;
use deploy_guard::report::verdict_file::{Refusal, VerdictFile};
use deploy_guard::source::is_hidden;
use jiff::{SignedDuration, Timestamp};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use super::samples;

fn look(width: usize, ascii: bool) -> Look {
    Look { ascii, width, ..Look::plain() }
}

/// The page without the version, which changes with every release.
fn steady(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn value(board: &Board) -> Value {
    serde_json::from_str(&json::render(board)).unwrap()
}

#[test]
fn the_board_in_a_terminal() {
    for (name, board) in samples::all() {
        if name != "hostile" {
            insta::assert_snapshot!(format!("terminal-{name}"), terminal::render(&board, look(80, false)));
        }
    }
    insta::assert_snapshot!("terminal-ascii", terminal::render(&samples::no_go(), look(60, true)));
}

#[test]
fn the_board_on_a_pull_request() {
    for (name, board) in samples::all() {
        if name != "hostile" {
            insta::assert_snapshot!(format!("markdown-{name}"), steady(&markdown::render(&board)));
        }
    }
}

#[test]
fn the_board_for_a_program() {
    insta::assert_snapshot!("json-no-go", steady(&json::render(&samples::no_go())));
}

#[test]
fn the_board_on_the_screen() {
    let page = steady(&html::render(&samples::no_go()));
    let (head, body) = page.split_once("</style>").unwrap();
    let (head, _style) = head.split_once("<style>").unwrap();
    insta::assert_snapshot!("html-no-go", format!("{head}{body}"));
}

#[test]
fn the_word_comes_first_in_every_format() {
    for (name, board) in samples::all() {
        let (word, decision) = match name {
            "go" => ("GO until 15:28 Europe/Berlin", "go"),
            "unjudged" => ("NO-GO — could not be judged", "unjudged"),
            _ => ("NO-GO", "no-go"),
        };
        let shown = terminal::render(&board, look(80, false));
        assert_eq!(shown.lines().next().unwrap().trim(), word, "{name}");
        let comment = markdown::render(&board);
        assert!(comment.lines().nth(1).unwrap().ends_with(&format!(" {word}")), "{comment}");
        assert!(comment.starts_with("<!-- deploy-guard:go-nogo"), "{comment}");
        assert_eq!(value(&board)["decision"], decision);
        let page = html::render(&board);
        let heading = page.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0;
        assert_eq!(heading, if name == "go" { "GO" } else { "NO-GO" });
    }
}

#[test]
fn what_stands_in_the_way_is_told_in_full_and_before_everything_else() {
    let board = samples::no_go();
    let needed = [
        "certificate of ingest.example.org ended 2 days ago",
        "198.51.100.7: the same",
        "renew it, and ask again",
        "1 silence covers the alerts of iot-etl",
        "needs a human",
        "leaves at three",
        "nothing reads",
        "answers 308 to https",
    ];
    for text in [
        flat(&terminal::render(&board, look(120, true))),
        flat(&markdown::render(&board)),
        flat(&html::render(&board)),
    ] {
        let (way, rest) =
            text.split_once("What stands in the way").unwrap().1.split_once("Evidence").unwrap();
        for words in needed {
            assert!(way.contains(words), "{words}: {way}");
        }
        assert!(rest.contains("this machine points at prod-eu"), "{rest}");
        assert!(!way.contains("this machine points at prod-eu"), "{way}");
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_question_is_asked_in_full_once_and_its_lesson_told_once() {
    let question =
        "Have you read the steps back, can you take them alone, and are you here until the soak ends?";
    let other = "Who outside calls what changes here, and were they told?";
    let rows = || {
        vec![
            samples::asked("back", "rollback owner", "The way back is ready", question, None),
            samples::asked("told", "partner contact", other, other, None),
        ]
    };
    let open = samples::board(rows());
    for text in [terminal::render(&open, look(80, false)), markdown::render(&open), html::render(&open)] {
        let text = flat(&text);
        assert_eq!(text.matches(question).count(), 1, "{text}");
        assert_eq!(text.matches("(iot-data-stale)").count(), 1, "{text}");
        assert!(text.contains("rollback owner: The way back is ready"), "{text}");
    }
    let shown = terminal::render(&open, look(80, false));
    assert!(shown.contains("\n  ○ open     rollback owner: The way back is ready\n"), "{shown}");
    let mut rows = rows();
    let all: Vec<_> = rows
        .drain(..)
        .map(|row| samples::answered(row, Word::Go, "sre-one", Proof::Claimed, "I am"))
        .collect();
    let answered = samples::board(all);
    let shown = flat(&terminal::render(&answered, look(80, false)));
    assert!(
        shown.contains("rollback owner: The way back is ready: GO, says sre-one (claimed): I am"),
        "{shown}"
    );
    assert!(shown.contains(&format!("partner contact: {other} GO, says")), "{shown}");
    assert!(!shown.contains(question), "{shown}");
    for text in [markdown::render(&answered), html::render(&answered)] {
        assert_eq!(flat(&text).matches(question).count(), 1, "what was answered is in the details: {text}");
    }
}

#[test]
fn evidence_that_is_told_in_full_has_one_line_in_the_table() {
    let long = "the newest record is old ".repeat(20);
    let row =
        || samples::seen("lag", "consumer lag", None, samples::evidence(Outcome::Broken, &long, &[], None));
    let board = samples::board(vec![row()]);
    for width in [60, 80, 120] {
        let shown = terminal::render(&board, look(width, false));
        let (_, table) = shown.split_once("\nEvidence\n").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        assert_eq!(table.lines().count(), 1, "{shown}");
        assert!(table.ends_with('…'), "{shown}");
        assert!(flat(&shown).contains(long.trim()), "{shown}");
    }
    for text in [markdown::render(&board), html::render(&board)] {
        assert_eq!(text.matches(long.trim()).count(), 1, "{text}");
    }
}

#[test]
fn the_head_of_the_record_can_be_pasted() {
    let head = format!("7:{}", "d1".repeat(32));
    let board = samples::go();
    for text in [terminal::render(&board, look(80, false)), markdown::render(&board), html::render(&board)] {
        assert!(text.contains(&head), "{text}");
    }
}

#[test]
fn one_of_something_is_not_many() {
    let (go, no) = (Word::Go, Word::NoGo);
    let row = |word| {
        let row = samples::asked("a", "on call", "Somebody watches", "Who?", None);
        samples::answered(row, word, "sre-one", Proof::Claimed, "me")
    };
    let open = || samples::asked("b", "on call", "Somebody watches", "Who?", None);
    for (rows, sentence) in [
        (vec![row(go)], "The only item says go."),
        (vec![row(go), row(go)], "All 2 say go."),
        (vec![open()], "The only item is open."),
        (vec![open(), open()], "2 are open, of 2."),
        (vec![open(), row(go)], "1 is open; 1 of 2 says go."),
        (vec![row(no), open(), open(), row(go), row(go)], "1 says no-go, 2 are open; 2 of 5 say go."),
    ] {
        let shown = terminal::render(&samples::board(rows), look(80, false));
        assert_eq!(shown.lines().nth(1), Some(sentence), "{shown}");
    }
}

#[test]
fn u9_a_terminal_obeys_nothing_that_strangers_wrote_and_no_line_is_too_long() {
    for (name, board) in samples::all() {
        for (width, ascii) in [(10, true), (60, true), (80, false), (120, true), (500, false)] {
            let text = terminal::render(&board, look(width, ascii));
            assert!(!text.contains(|c: char| c != '\n' && is_hidden(c)), "{name}: {text}");
            assert!(!text.contains('\t'), "{name}");
            let wide = width.clamp(60, 120);
            let long = text.lines().find(|line| textwrap::core::display_width(line) > wide);
            assert_eq!(long, None, "{name} at {width}");
            assert!(!ascii || text.is_ascii(), "{name}");
            assert!(text.len() < 200_000, "{name}: {}", text.len());
        }
        let colored = terminal::render(&board, Look { color: true, ..look(80, false) });
        let mut parts = colored.split('\u{1b}').skip(1);
        assert!(parts.all(|part| part.starts_with('[') && part.contains('m')), "{name}: {colored}");
        let bare: String = colored.split('\u{1b}').enumerate().fold(String::new(), |all, (number, part)| {
            all + if number == 0 { part } else { part.split_once('m').unwrap().1 }
        });
        assert_eq!(bare, terminal::render(&board, look(80, false)), "colour says nothing of its own");
    }
}

#[test]
fn u10_no_format_shows_a_secret() {
    let board = samples::hostile();
    for text in [
        terminal::render(&board, look(120, false)),
        markdown::render(&board),
        json::render(&board),
        html::render(&board),
    ] {
        assert!(!text.contains("SECRET"), "{text}");
        assert!(text.contains("redacted"), "{text}");
    }
}

#[test]
fn a4_a_runner_finds_no_command_in_any_format() {
    for (name, board) in samples::all() {
        for text in [markdown::render(&board), json::render(&board)] {
            assert!(runner::is_harmless(&text), "{name}: {text}");
            assert!(!text.contains(|c: char| c != '\n' && is_hidden(c)), "{name}");
        }
        // Lines are wrapped, so that this text goes through the writer that every text for people goes through.
        let text = terminal::render(&board, look(60, false));
        assert!(runner::is_harmless(&runner::neutralise(&text)), "{name}: {text}");
    }
}

#[test]
fn a5_the_comment_says_hostile_text_and_does_nothing_with_it() {
    let mut board = samples::hostile();
    board.rows = board.rows.iter().cycle().take(400).cloned().collect();
    let text = markdown::render(&board);
    assert!(text.len() <= 60_000, "{}", text.len());
    assert!(text.contains("more items are in the report"), "{text}");
    let mut said = String::new();
    let mut in_code = false;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let allowed = ["<!-- -->", "<details>", "</details>", "<code>", "</code>", "<summary>"];
                let html = html.trim();
                let ours = html.starts_with("<summary>")
                    || html.starts_with("<!-- deploy-guard:go-nogo-")
                    || allowed.contains(&html);
                assert!(ours, "{html:?}");
                said.push('\u{1}');
            }
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => panic!("a link: {tag:?}"),
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(words) if !in_code => said.push_str(&words),
            _ => said.push('\u{1}'),
        }
    }
    for word in ["@octo", "https://evil", "#1"] {
        assert!(!said.contains(word), "{word} is a reference: {said}");
    }
    assert!(text.lines().filter(|line| line.starts_with("| 🛑")).all(|line| line.ends_with(" |")));
    let count = |word: &str| text.matches(word).count();
    assert_eq!(count("\n<details>"), count("\n</details>"), "{text}");
}

#[test]
fn the_page_holds_no_script_and_nothing_from_elsewhere() {
    for (name, board) in samples::all() {
        let page = html::render(&board);
        assert!(!page.contains(|c: char| c != '\n' && is_hidden(c)), "{name}");
        assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"), "{name}");
        let body = page.split_once("</head>").unwrap().1;
        for tag in body.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let known = [
                "body", "header", "h1", "h2", "h3", "p", "main", "section", "dl", "div", "dt", "dd",
                "article", "span", "code", "strong", "details", "summary", "ul", "ol", "li", "table",
                "caption", "thead", "tbody", "tr", "th", "td", "footer", "html",
            ];
            let mut words = tag.trim_start_matches('/').split_whitespace();
            assert!(known.contains(&words.next().unwrap()), "{name}: <{tag}>");
            for attribute in tag.split_whitespace().skip(1).filter(|word| word.contains('=')) {
                let attribute = attribute.split('=').next().unwrap();
                let known = ["class", "id", "aria-labelledby", "aria-hidden", "role", "scope"];
                assert!(known.contains(&attribute), "{name}: {tag}");
            }
        }
        for (open, close) in [("<section", "</section>"), ("<details", "</details>"), ("<tr", "</tr>")] {
            assert_eq!(body.matches(open).count(), body.matches(close).count(), "{name}: {open}");
        }
        for outside in ["src=", "href=", "url(", "@import", "javascript:"] {
            let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
            assert!(!style.contains(outside), "{outside}");
        }
    }
    let page = html::render(&samples::hostile());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is said");
    assert!(page.contains("<title>NO-GO: &quot;&gt;&lt;img"), "in the title too");
}

/// A colour's part of the light, as WCAG counts it.
fn luminance(color: &str) -> f64 {
    let digits: String = match color.len() {
        3 => color.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => color.to_owned(),
    };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn every_text_of_the_page_stands_out_from_what_is_behind_it() {
    let page = html::render(&samples::go());
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let color = |style: &str, before: &str| -> String {
        let rest = style.split_once(&format!("{before}: #")).unwrap_or_else(|| panic!("{before}")).1;
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    };
    let far = |one: &str, other: &str, what: &str| {
        let (one, other) = (luminance(one), luminance(other));
        let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
        assert!(ratio >= 4.5, "{what}: {ratio}");
    };
    let (light, dark) = style.split_once("prefers-color-scheme").unwrap();
    for (mode, style) in [("light", light), ("dark", dark)] {
        for text in ["--text", "--quiet", "--go", "--look", "--open", "--no-go"] {
            for ground in ["--page", "--card"] {
                far(&color(style, text), &color(style, ground), &format!("{mode}: {text} on {ground}"));
            }
        }
    }
    for verdict in ["go", "no-go", "unjudged"] {
        far("fff", &color(style, &format!("body.{verdict} {{ --word")), verdict);
    }
}

fn schema() -> jsonschema::Validator {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/go-nogo.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn the_json_board_is_valid_by_the_schema_in_the_repository() {
    let schema = schema();
    for (name, board) in samples::all() {
        let value = value(&board);
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!((&value["version"], &value["kind"]), (&Value::from(1), &Value::from("go-nogo")));
        assert_eq!(value["rows"].as_array().unwrap().len(), board.rows.len());
        let mut broken = value.clone();
        broken["rows"][0]["standing"] = Value::from(7);
        assert!(!schema.is_valid(&broken), "the schema takes anything");
    }
    let text = value(&samples::hostile())["rows"][0]["summary"].as_str().unwrap().to_owned();
    assert_eq!(text, samples::HOSTILE[0], "a program gets the very text");
}

/// Whether the file of a board opens the door for a commit.
fn opens(board: &Board, commit: char, now: Timestamp) -> Result<(), Refusal> {
    let id = |digit: char| ObjectId::parse(&digit.to_string().repeat(40)).unwrap();
    VerdictFile::read(json::render(board).as_bytes())?.opens(
        &id(commit),
        &id('e'),
        now,
        SignedDuration::from_hours(4),
    )
}

#[test]
fn a9_a_later_job_relies_on_a_go_and_on_nothing_else() {
    let go = samples::go();
    assert_eq!(opens(&go, 'a', samples::at(1)), Ok(()));
    assert!(matches!(opens(&go, 'f', samples::at(1)), Err(Refusal::NoGo(_))), "another commit");
    let end = go.valid_until.unwrap();
    assert_eq!(opens(&go, 'a', end - SignedDuration::from_secs(1)), Ok(()));
    assert!(matches!(opens(&go, 'a', end), Err(Refusal::NoGo(_))), "out of date");
    assert!(matches!(opens(&samples::no_go(), 'a', samples::at(1)), Err(Refusal::NoGo(_))));
    assert!(matches!(opens(&samples::unjudged(), 'a', samples::at(1)), Err(Refusal::Unjudged(_))));
    let simulated = Board { simulated: true, ..go.clone() };
    assert!(matches!(opens(&simulated, 'a', samples::at(1)), Err(Refusal::Unjudged(_))));
    let unrecorded = Board { recorded: None, ..go };
    assert!(matches!(opens(&unrecorded, 'a', samples::at(1)), Err(Refusal::Unjudged(_))), "no record, no go");
}
