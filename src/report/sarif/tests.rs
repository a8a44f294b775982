//! What no small repository brings about: the limits of code scanning, and findings that lie in no file.

use std::sync::Arc;

use super::*;
use crate::change::{Asker, Change, FileChange, ObjectId, PullRequests, Side, Tree};
use crate::engine::Evaluation;
use crate::finding::{Finding, Fingerprint, Label};
use crate::source::{Origin, SourceFile, Span};
use crate::verdict::Verdict;

fn side(label: &str) -> Side {
    Side { label: label.to_owned(), commit: ObjectId::parse(&"a".repeat(40)), tree: Tree::Empty }
}

fn change() -> Change {
    Change {
        asker: Asker::Range,
        base: side("base"),
        head: side("head"),
        files: vec![FileChange { path: "k8s/prod/web.yaml".into(), base: None, head: None }],
        commits: Vec::new(),
        target: None,
        force: None,
        authority: None,
        pull_requests: PullRequests::None,
        cut_at: None,
        notes: Vec::new(),
    }
}

fn judged(source: &Arc<SourceFile>, severity: Severity, message: &str, number: usize) -> Judged {
    let label = Label::new(source, Span::new(0, 1), "here");
    Judged {
        policy: "floating-image-tag".to_owned(),
        title: "a title".to_owned(),
        severity,
        environment: None,
        fingerprint: Fingerprint::of("floating-image-tag", "", &number.to_string(), ""),
        finding: Finding::new(message, label, "a subject"),
    }
}

fn rendered(findings: Vec<Judged>) -> (Value, usize) {
    let mut report = Report::new("libgit2", jiff::Timestamp::UNIX_EPOCH, false);
    report.add(change(), Evaluation { findings, ..Evaluation::default() }, Verdict::NoGo);
    let text = render(&report, &Catalogue::built_in().unwrap());
    (serde_json::from_str(&text).unwrap(), text.len())
}

fn file() -> Arc<SourceFile> {
    SourceFile::new(Origin::File("k8s/prod/web.yaml".into()), "image\n".to_owned())
}

/// A5: five thousand results at most, the heaviest first, and the rest is said to be missing.
#[test]
fn a5_more_results_than_code_scanning_takes_are_cut_by_weight() {
    let source = file();
    let mut findings: Vec<Judged> =
        (0..6_000).map(|number| judged(&source, Severity::Warn, "m", number)).collect();
    findings.push(judged(&source, Severity::Block, "the one that blocks", 6_000));
    let (log, bytes) = rendered(findings);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results[0]["message"]["text"], "the one that blocks");
    let notice = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notice["level"], "warning");
    assert!(notice["message"]["text"].as_str().unwrap().starts_with("6001 findings, 5000 shown"), "{notice}");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert!(bytes < 10_000_000, "{bytes} bytes");
}

/// A5: ten megabytes of gzip at most, whatever the findings say.
#[test]
fn a5_long_findings_stay_below_the_size_that_code_scanning_takes() {
    let source = file();
    // Nothing repeats, as if it had been packed already.
    let text = |number: usize| {
        (0..400).fold(String::new(), |mut text, part| {
            text.push_str(&format!("{:x}", (number * 400 + part) * 2_654_435_761 % 4_294_967_291));
            text
        })
    };
    let findings = (0..5_000).map(|number| {
        let mut judged = judged(&source, Severity::Block, &text(number), number);
        judged.finding = judged.finding.remedy(text(number + 5_000));
        judged
    });
    let (log, bytes) = rendered(findings.collect());
    assert!(bytes < 10_000_000, "{bytes} bytes");
    let shown = log["runs"][0]["results"].as_array().unwrap().len();
    assert!(shown > 1_000, "{shown} results");
    let notice = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(notice.as_str().unwrap().contains(&format!("5000 findings, {shown} shown")), "{notice}");
}

#[test]
fn a5_a_result_has_a_thousand_related_locations_at_most() {
    let source = file();
    let mut judged = judged(&source, Severity::Block, "m", 0);
    for _ in 0..2_000 {
        judged.finding = judged.finding.related(Label::new(&source, Span::new(0, 1), "there"));
    }
    let (log, _) = rendered(vec![judged]);
    assert_eq!(log["runs"][0]["results"][0]["relatedLocations"].as_array().unwrap().len(), 1_000);
}

/// Code scanning refuses the whole file for one location without an artifact.
#[test]
fn what_is_wrong_with_a_message_lies_at_a_file_of_the_change_and_says_where_it_is() {
    for (origin, name, kind) in [
        (Origin::Commit("0123456789".to_owned()), "commit 0123456789", "commitMessage"),
        (Origin::PullRequest, "pull request", "pullRequestBody"),
    ] {
        let source = SourceFile::new(origin, "subject\n".to_owned());
        let (log, _) = rendered(vec![judged(&source, Severity::Block, "m", 0)]);
        let location = &log["runs"][0]["results"][0]["locations"][0];
        assert_eq!(location["logicalLocations"][0]["name"], name);
        assert_eq!(location["logicalLocations"][0]["kind"], kind);
        assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "k8s/prod/web.yaml");
        assert_eq!(location["physicalLocation"]["region"], json!({ "startLine": 1 }));
    }
}

#[test]
fn a_link_in_a_text_of_the_change_is_none() {
    let (log, _) = rendered(vec![judged(&file(), Severity::Block, "see [this](https://example.org)", 0)]);
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert_eq!(text, "see [this] (https://example.org)");
}

#[test]
fn columns_count_characters() {
    let source = SourceFile::new(Origin::File("a.yaml".into()), "𝄞ä: b\n".to_owned());
    let mut judged = judged(&source, Severity::Block, "m", 0);
    judged.finding.primary.span = Span::new(8, 9);
    let (log, _) = rendered(vec![judged]);
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(5), Some(6)));
    assert_eq!(region["snippet"]["text"], "b");
}
