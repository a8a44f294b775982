//! The record of decisions: no go without it.

use super::{YES, asked, record_of, recorded, released};
use crate::sandbox::Sandbox;

#[test]
fn a_decision_is_in_the_record_with_what_it_rests_on() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let (outcome, board) = asked(&work, &YES);
    assert_eq!(outcome.code, 0, "{outcome}");
    let entries = recorded(&work);
    let last = entries.last().unwrap();
    assert_eq!(last["kind"], "decision");
    assert_eq!(last["body"]["decision"], "go");
    assert_eq!(last["body"]["head"], work.tip("HEAD").unwrap().as_str());
    assert_eq!(last["body"]["base"], work.tip("base").unwrap().as_str());
    assert_eq!(last["body"]["catalogue"], board["catalogue"]);
    assert_eq!(last["body"]["valid_until"], board["valid_until"]);
    let verified = work.guard(&["record", "verify"]);
    assert_eq!(verified.code, 0, "{verified}");
}

#[test]
fn l2_no_go_stands_that_cannot_be_written_down() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some("built-in = false\n"));
    let (outcome, _) = asked(&work, &[]);
    assert_eq!(outcome.code, 0, "{outcome}");
    // A folder in the place of the file: not even root writes into that.
    let folder = work.folder.join(".git/no-record");
    std::fs::create_dir(&folder).unwrap();
    let (outcome, board) = asked(&work, &["--record", folder.to_str().unwrap()]);
    assert_eq!((outcome.code, &board["decision"]), (3, &"unjudged".into()), "{outcome}");
    assert!(outcome.stdout.contains("no go stands without a record"), "{outcome}");
    // A full disk, as a limit on the size of files, whether its signal is ignored or not.
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    for ignored in ["trap '' XFSZ;", ""] {
        let script = format!(
            "ulimit -f 0; ulimit -c 0; {ignored} exec {guard} go-nogo --base base --record .git/full.jsonl"
        );
        let outcome = work.run("bash").args(["-c", &script]).finish();
        assert_eq!(outcome.code, 3, "{ignored} {outcome}");
        assert!(outcome.stdout.contains("no go stands without a record"), "{ignored} {outcome}");
    }
}

#[test]
fn a_record_that_was_tampered_with_takes_no_go() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    assert_eq!(asked(&work, &YES).0.code, 0);
    let file = record_of(&work);
    let text = std::fs::read_to_string(&file).unwrap().replacen("\"word\":\"go\"", "\"word\":\"no\"", 1);
    std::fs::write(&file, &text).unwrap();
    assert_eq!(work.guard(&["record", "verify"]).code, 1);
    let (outcome, _) = asked(&work, &YES);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "history is never rewritten");
}

#[test]
fn a9_the_deploy_job_takes_the_boards_word_and_no_other() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let board = work.folder.join(".git/board.json");
    let verify = || work.guard(&["check", "--verify-verdict", board.to_str().unwrap()]);
    assert_eq!(asked(&work, &[]).0.code, 1);
    assert_eq!(verify().code, 1, "a no-go opens nothing");
    assert_eq!(asked(&work, &YES).0.code, 0);
    let verified = verify();
    assert_eq!(verified.code, 0, "{verified}");
    let base = work.guard(&["check", "--head", "base", "--verify-verdict", board.to_str().unwrap()]);
    assert_eq!(base.code, 1, "it is about another commit: {base}");
}

#[test]
fn all_formats_are_written_and_a_board_that_cannot_be_written_is_no_go() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let file = |name: &str| format!("{}/.git/{name}", work.folder.display());
    let formats = [format!("html={}", file("b.html")), format!("markdown={}", file("b.md"))];
    let arguments = ["--format", &formats[0], "--format", &formats[1]];
    assert_eq!(asked(&work, &[&YES[..], &arguments].concat()).0.code, 0);
    let html = std::fs::read_to_string(file("b.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"));
    assert!(html.contains("Release web 1.1.0") && !html.contains("<script"));
    assert!(std::fs::read_to_string(file("b.md")).unwrap().contains("GO"));
    let outcome =
        work.guard(&[&["go-nogo", "--base", "base", "--format", "html=/nowhere/b.html"][..], &YES].concat());
    assert_eq!(outcome.code, 3, "{outcome}");
}
