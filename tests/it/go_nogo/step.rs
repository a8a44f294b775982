//! `go-nogo` in a step of a GitHub job: the board in the summary, the word in the outputs.

use std::path::PathBuf;

use super::{YES, record_of, released};
use crate::github::oracle::values;
use crate::sandbox::{Outcome, Repository, Sandbox};

/// A step, whose files the runner has made.
struct Step<'a> {
    work: Repository<'a>,
    summary: PathBuf,
    output: PathBuf,
}

impl<'a> Step<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        let work = released(sandbox, None);
        let file = |name: &str| {
            let file = sandbox.path(name);
            std::fs::write(&file, "").unwrap();
            file
        };
        Self { summary: file("summary"), output: file("output"), work }
    }

    fn ask(&self, arguments: &[&str]) -> Outcome {
        self.work
            .run(env!("CARGO_BIN_EXE_deploy-guard"))
            .args(["go-nogo", "--base", "base"])
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &self.summary)
            .env("GITHUB_OUTPUT", &self.output)
            .finish()
    }

    fn summary(&self) -> String {
        std::fs::read_to_string(&self.summary).unwrap()
    }

    /// The outputs as the runner reads them: the last of a name counts.
    fn outputs(&self) -> Vec<(String, String)> {
        values(&std::fs::read_to_string(&self.output).unwrap(), false).unwrap()
    }

    fn output(&self, name: &str) -> String {
        let outputs = self.outputs();
        outputs.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone()).unwrap()
    }
}

#[test]
fn a6_later_steps_read_the_word_until_when_it_holds_and_where_the_record_ends() {
    let sandbox = Sandbox::new();
    let step = Step::new(&sandbox);
    let outcome = step.ask(&YES);
    assert_eq!(outcome.code, 0, "{outcome}");
    let names: Vec<String> = step.outputs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["decision", "complete", "valid_until", "record-head"]);
    assert_eq!((step.output("decision").as_str(), step.output("complete").as_str()), ("go", "true"));
    assert!(step.output("valid_until").parse::<jiff::Timestamp>().is_ok());
    assert!(step.summary().contains("## ✅ GO until"), "{}", step.summary());
    // What a later job holds the record against.
    let head = step.output("record-head");
    let verify = |head: &str| step.work.guard(&["record", "verify", "--head", head]).code;
    assert_eq!(verify(&head), 0, "{head}");
    let text = std::fs::read_to_string(record_of(&step.work)).unwrap();
    let (kept, _last) = text.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(record_of(&step.work), format!("{kept}\n")).unwrap();
    assert_eq!(verify(&head), 1, "the last line was taken away");
}

#[test]
fn a6_a_no_go_and_a_run_without_a_word_are_told_as_well() {
    let sandbox = Sandbox::new();
    let step = Step::new(&sandbox);
    assert_eq!(step.ask(&[]).code, 1);
    assert_eq!((step.output("decision").as_str(), step.output("complete").as_str()), ("no-go", "false"));
    assert_eq!(step.output("valid_until"), "");
    assert!(step.output("record-head").starts_with("1:"));
    assert!(step.summary().contains("## 🛑 NO-GO"), "{}", step.summary());
    let outcome = step.ask(&["--environment", "mars"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert_eq!((step.output("decision").as_str(), step.output("record-head").as_str()), ("unjudged", ""));
    assert!(step.summary().contains("NOT JUDGED"), "{}", step.summary());
}

#[test]
fn a6_a_word_that_the_runner_does_not_get_is_no_pass() {
    for lost in ["summary", "output"] {
        let sandbox = Sandbox::new();
        let step = Step::new(&sandbox);
        std::fs::remove_file(sandbox.path(lost)).unwrap();
        let outcome = step.ask(&YES);
        assert_eq!(outcome.code, 3, "{lost}: {outcome}");
        assert!(outcome.stderr.contains("nothing can be added to"), "{outcome}");
        assert!(!sandbox.path(lost).exists(), "the runner would never read it");
        if lost == "summary" {
            assert_eq!(step.outputs(), [], "no later step takes it for a go");
        }
    }
}
