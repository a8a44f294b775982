//! A verdict that was written down, asked for again by the job that deploys (A9).

use serde_json::{Value, json};

use crate::sandbox::{Commit, Repository, Sandbox};

fn judged(sandbox: &Sandbox) -> Repository<'_> {
    let first = Commit::new("first").write("requirements.txt", "kafka-python==1.4.7\n");
    let next = Commit::new("next").write("requirements.txt", "kafka-python==1.4.7\nrequests==2.0\n");
    let work = sandbox.repository("work", &[first, next]);
    let outcome = work.guard(&["check", "--base", "HEAD^", "--format", "json=verdict.json"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    work
}

fn verified(work: &Repository<'_>, more: &[&str]) -> i32 {
    let outcome = work.guard(&[&["check", "--verify-verdict", "verdict.json"], more].concat());
    assert_eq!(outcome.stdout.contains("GO"), outcome.code == 0, "{outcome}");
    outcome.code
}

fn edited(work: &Repository<'_>, edit: impl FnOnce(&mut Value)) {
    let text = std::fs::read_to_string(work.folder.join("verdict.json")).unwrap();
    let mut verdict: Value = serde_json::from_str(&text).unwrap();
    edit(&mut verdict);
    work.write("verdict.json", verdict.to_string());
}

#[test]
fn a9_a_go_opens_the_commit_that_it_is_about_and_no_other() {
    let sandbox = Sandbox::new();
    let work = judged(&sandbox);
    assert_eq!(verified(&work, &[]), 0);
    assert_eq!(verified(&work, &["--head", "HEAD^"]), 1);
    // The platform's own merge is another commit with the same tree.
    work.git(&["commit", "-q", "--allow-empty", "-m", "merged"]);
    assert_eq!(verified(&work, &[]), 0);
    work.commit(Commit::new("something else").write("requirements.txt", "kafka-python\n"));
    assert_eq!(verified(&work, &[]), 1);
}

#[test]
fn a9_a_verdict_that_is_out_of_date_opens_nothing() {
    let sandbox = Sandbox::new();
    let work = judged(&sandbox);
    edited(&work, |verdict| verdict["valid_until"] = json!("2026-01-02T03:04:05Z"));
    assert_eq!(verified(&work, &[]), 1);
    let work = judged_again(&work);
    edited(work, |verdict| verdict["at"] = json!("2026-01-02T03:04:05Z"));
    assert_eq!(verified(work, &[]), 1);
    assert_eq!(verified(work, &["--max-age", "1000000h"]), 0);
}

fn judged_again<'a, 'b>(work: &'a Repository<'b>) -> &'a Repository<'b> {
    assert_eq!(work.guard(&["check", "--base", "HEAD^", "--format", "json=verdict.json"]).code, 0);
    work
}

#[test]
fn a_no_go_and_what_is_no_verdict_open_nothing() {
    let sandbox = Sandbox::new();
    let work = judged(&sandbox);
    edited(&work, |verdict| verdict["complete"] = json!(false));
    assert_eq!(verified(&work, &[]), 3);
    edited(judged_again(&work), |verdict| verdict["simulated"] = json!(true));
    assert_eq!(verified(&work, &[]), 3);
    work.write("verdict.json", "{");
    assert_eq!(verified(&work, &[]), 3);
    std::fs::remove_file(work.folder.join("verdict.json")).unwrap();
    assert_eq!(verified(&work, &[]), 3);
    work.commit(Commit::new("unpinned").write("requirements.txt", "kafka-python\n"));
    assert_eq!(work.guard(&["check", "--base", "HEAD^", "--format", "json=verdict.json"]).code, 1);
    assert_eq!(verified(&work, &[]), 1);
}
