//! One verdict, whatever the format; and reports that machines and people can read.

use crate::sandbox::{Commit, Repository, Sandbox};

const AT: &str = "2026-03-10T10:00:00Z";

/// Every format that there is.
const FORMATS: [&str; 7] = ["terminal", "json", "github", "gitlab", "junit", "markdown", "sarif"];

fn schema() -> jsonschema::Validator {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn requirements<'a>(sandbox: &'a Sandbox, name: &str, before: &str, after: &str) -> Repository<'a> {
    sandbox.repository(
        name,
        &[
            Commit::new("before").write("requirements.txt", before),
            Commit::new("after").write("requirements.txt", after),
        ],
    )
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let sandbox = Sandbox::new();
    let cases = [
        ("refused", "kafka-python==1.4.7\n", "kafka-python\n", 1),
        ("passed", "kafka-python==1.4.7\n", "kafka-python==1.4.7\nrequests==2.0\n", 0),
        ("unjudged", "kafka-python==1.4.7\n", "kafka-python==1.4.7\0\n", 3),
    ];
    for (name, before, after, code) in cases {
        let repository = requirements(&sandbox, name, before, after);
        for format in FORMATS {
            let outcome = repository.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", format]);
            assert_eq!(outcome.code, code, "{name} in {format}: {outcome}");
        }
    }
}

#[test]
fn the_json_report_is_valid_by_the_schema_in_the_repository() {
    let sandbox = Sandbox::new();
    let repository = requirements(&sandbox, "r", "kafka-python==1.4.7\n", "kafka-python\n");
    let outcome = repository.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let errors: Vec<String> = schema().iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut broken = report.clone();
    broken["decision"] = serde_json::json!(7);
    assert!(!schema().is_valid(&broken), "the schema takes anything");
    let finding = &report["findings"][0];
    assert_eq!(report["version"], 1);
    assert_eq!(report["decision"], "no-go");
    assert_eq!(finding["policy"], "unpinned-kafka-client");
    assert_eq!(finding["path"], "requirements.txt");
    assert_eq!((&finding["line"], &finding["column"]), (&serde_json::json!(1), &serde_json::json!(1)));
    assert_eq!(
        (&finding["start_byte"], &finding["end_byte"]),
        (&serde_json::json!(0), &serde_json::json!(12))
    );
}

/// X5: the same change at the same time is the same report.
#[test]
fn x5_two_runs_give_the_same_bytes() {
    let sandbox = Sandbox::new();
    let repository = requirements(&sandbox, "r", "kafka-python==1.4.7\n", "kafka-python\naiokafka\n");
    // What is written for GitHub's runner holds a word that nobody can guess.
    for format in FORMATS.iter().filter(|format| **format != "github") {
        let run = || repository.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", format]).stdout;
        let first = run();
        assert!(first.contains("aiokafka"), "{first}");
        for _ in 0..3 {
            assert_eq!(run(), first);
        }
    }
}

#[test]
fn all_formats_come_out_of_one_run() {
    let sandbox = Sandbox::new();
    let repository = requirements(&sandbox, "r", "kafka-python==1.4.7\n", "kafka-python\n");
    let mut arguments = vec!["check".to_owned(), "--base=HEAD^".to_owned(), format!("--at={AT}")];
    arguments.extend(FORMATS.iter().map(|format| format!("--format={format}=out.{format}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = repository.guard(&arguments);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(outcome.stdout, "");
    for format in FORMATS {
        let alone = repository.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", format]).stdout;
        let kept = std::fs::read_to_string(repository.folder.join(format!("out.{format}"))).unwrap();
        assert!(kept.contains("kafka-python"), "{format}: {kept}");
        let differs = matches!(format, "terminal" | "github");
        assert!(differs || kept == alone, "{format} to a file is another than to a pipe");
    }
}

#[test]
fn a_report_goes_to_a_file_and_another_to_the_terminal() {
    let sandbox = Sandbox::new();
    let repository = requirements(&sandbox, "r", "kafka-python==1.4.7\n", "kafka-python\n");
    let formats = ["--format", "json=verdict.json", "--format", "terminal"];
    let outcome = repository.guard(&[&["check", "--base", "HEAD^", "--at", AT], &formats[..]].concat());
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("NO-GO"), "{outcome}");
    let file = std::fs::read_to_string(repository.folder.join("verdict.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(report["exit_code"], 1);
}

#[test]
fn an_unknown_format_is_wrong_use() {
    let sandbox = Sandbox::new();
    let repository = requirements(&sandbox, "r", "a\n", "b\n");
    let outcome = repository.guard(&["check", "--base", "HEAD^", "--format", "yaml"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("there is no format `yaml`"), "{outcome}");
}

#[test]
fn hostile_text_of_the_change_is_shown_and_not_obeyed() {
    let sandbox = Sandbox::new();
    let path = "a\u{1b}[31m\u{202e}b/requirements.txt";
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before").write("x", ""),
            Commit::new("after").write(path, "kafka-python>=1 # \u{1b}]0;owned\u{7}\u{202e}\n"),
        ],
    );
    for format in FORMATS {
        let outcome = repository.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", format]);
        assert!(matches!(outcome.code, 1 | 3), "{outcome}");
        for text in [&outcome.stdout, &outcome.stderr] {
            assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{outcome}");
            assert!(format == "json" || !text.contains('\u{202e}'), "{outcome}");
        }
    }
}
