//! The XML of `JUnit`: one suite a judged change, one case a policy, so that every test view shows what was looked at.
//!
//! In: a finished report. Out: XML that the schema of Ant's reports takes. Nothing is measured here, so that every time
//! is zero and the host has no name; the timestamp is the gate's clock.

mod xml;

use std::collections::BTreeSet;

use super::{JudgedChange, Report, clipped, remedy, summary};
use crate::engine::Judged;
use crate::finding::Severity;
use crate::policy::{Catalogue, Policy};
use xml::Document;

/// No case says more characters than this.
const LONGEST_TEXT: usize = 20_000;

/// What became of one policy.
enum Case {
    Passed,
    /// What it refuses, in a line and whole.
    Failed(String, String),
    /// What it could not judge, likewise.
    Errored(String, String),
    Skipped(String),
}

fn place(judged: &Judged) -> String {
    let primary = &judged.finding.primary;
    let position = primary.source.position(primary.span.start);
    format!("{}:{}:{}", primary.source.origin().display(), position.line, position.column)
}

/// A finding as text: where, what, why, and what to write instead.
fn told(judged: &Judged, catalogue: &Catalogue) -> String {
    let mut out = format!("{}: {}\n", place(judged), judged.finding.message);
    for label in &judged.finding.related {
        let position = label.source.position(label.span.start);
        out.push_str(&format!("  {}:{}: {}\n", label.source.origin().display(), position.line, label.text));
    }
    if let Some((line, id)) = catalogue.get(&judged.policy).and_then(Policy::why) {
        out.push_str(&format!("why: {line} ({id})\n"));
    }
    if let Some(remedy) = remedy(judged, catalogue) {
        out.push_str(&format!("instead: {remedy}\n"));
    }
    out.push_str(&format!("more: deploy-guard explain {}\n", judged.policy));
    out
}

/// The first of some sentences, and how many more there are.
fn headline(sentences: &[String]) -> String {
    match sentences {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

fn case(id: &str, policy: Option<&Policy>, change: &JudgedChange, catalogue: &Catalogue) -> Case {
    let evaluation = &change.evaluation;
    let refused: Vec<&Judged> = evaluation
        .findings
        .iter()
        .filter(|judged| judged.policy == id && judged.severity == Severity::Block)
        .collect();
    let mut unjudged = Vec::new();
    for item in evaluation.unjudged.iter().filter(|item| item.policies.iter().any(|policy| policy == id)) {
        let place =
            item.path.as_ref().map_or_else(|| "the change".to_owned(), crate::source::RepoPath::display);
        unjudged.push(format!("{place} could not be judged: {}", item.reason));
    }
    if !refused.is_empty() {
        let sentences: Vec<String> =
            refused.iter().map(|judged| format!("{}: {}", place(judged), judged.finding.message)).collect();
        let mut whole: Vec<String> = refused.iter().map(|judged| told(judged, catalogue)).collect();
        whole.extend(unjudged);
        return Case::Failed(headline(&sentences), whole.join("\n"));
    }
    if !unjudged.is_empty() {
        return Case::Errored(headline(&unjudged), unjudged.join("\n"));
    }
    let mut excused = Vec::new();
    for waived in evaluation.waived.iter().filter(|waived| waived.judged.policy == id) {
        let (place, waiver) = (place(&waived.judged), &waived.waiver);
        excused.push(format!(
            "{place}: waived until {} for {}: {}",
            waiver.expires, waiver.owner, waiver.reason
        ));
    }
    for item in evaluation.overridden.iter().filter(|item| item.judged.policy == id) {
        let place = place(&item.judged);
        excused.push(format!("{place}: break-glass, approved by {}: {}", item.approved_by, item.reason));
    }
    if !excused.is_empty() {
        return Case::Skipped(excused.join("\n"));
    }
    match policy {
        Some(policy) if !policy.is_in_force() => Case::Skipped("switched off here".to_owned()),
        _ => Case::Passed,
    }
}

/// What is said beside the cases: warnings stop nothing, and a failed case would say that they do.
fn beside(change: &JudgedChange, catalogue: &Catalogue) -> String {
    let mut out = String::new();
    for judged in change.evaluation.findings.iter().filter(|judged| judged.severity != Severity::Block) {
        out.push_str(&format!("warning: {}: {}\n", judged.policy, told(judged, catalogue)));
    }
    for note in &change.evaluation.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    out
}

fn suite(number: usize, change: &JudgedChange, report: &Report, catalogue: &Catalogue, out: &mut Document) {
    let evaluation = &change.evaluation;
    // Some things are unjudged under a name that no policy has.
    let mut ids: BTreeSet<&str> = catalogue.ids().collect();
    ids.extend(evaluation.unjudged.iter().flat_map(|item| item.policies.iter().map(String::as_str)));
    // A push of several branches may have been judged by several catalogues.
    ids.extend(evaluation.findings.iter().map(|judged| judged.policy.as_str()));
    ids.extend(evaluation.waived.iter().map(|waived| waived.judged.policy.as_str()));
    ids.extend(evaluation.overridden.iter().map(|overridden| overridden.judged.policy.as_str()));
    let cases: Vec<(&str, Option<&Policy>, Case)> = ids
        .into_iter()
        .map(|id| (id, catalogue.get(id), case(id, catalogue.get(id), change, catalogue)))
        .collect();
    let count =
        |wanted: fn(&Case) -> bool| cases.iter().filter(|(_, _, case)| wanted(case)).count().to_string();
    let name = format!("{} to {}", change.change.base.label, change.change.head.label);
    let at = report.at.to_zoned(jiff::tz::TimeZone::UTC);
    out.open(
        "testsuite",
        &[
            ("name", &name),
            ("timestamp", &at.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
            ("hostname", "localhost"),
            ("tests", &cases.len().to_string()),
            ("failures", &count(|case| matches!(case, Case::Failed(..)))),
            ("errors", &count(|case| matches!(case, Case::Errored(..)))),
            ("skipped", &count(|case| matches!(case, Case::Skipped(_)))),
            ("time", "0"),
            ("package", env!("CARGO_PKG_NAME")),
            ("id", &number.to_string()),
        ],
    );
    out.open("properties", &[]);
    for (name, value) in [
        ("decision", change.verdict.as_str().to_owned()),
        ("complete", evaluation.unjudged.is_empty().to_string()),
        ("summary", summary::sentence(report)),
        ("base", change.change.base.commit.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("head", change.change.head.commit.as_ref().map(ToString::to_string).unwrap_or_default()),
    ] {
        out.empty("property", &[("name", name), ("value", &value)]);
    }
    out.close("properties");
    for (id, policy, case) in &cases {
        let subject = policy.map_or("gate", |policy| policy.subject.as_str());
        let class = format!("{}.{subject}", env!("CARGO_PKG_NAME"));
        let attributes = [("name", *id), ("classname", &class), ("time", "0")];
        match case {
            Case::Passed => out.empty("testcase", &attributes),
            Case::Failed(line, whole) | Case::Errored(line, whole) => {
                let element = if matches!(case, Case::Failed(..)) { "failure" } else { "error" };
                out.open("testcase", &attributes);
                let line = clipped(line, 1_000);
                out.text(element, &[("message", &line), ("type", id)], &clipped(whole, LONGEST_TEXT));
                out.close("testcase");
            }
            Case::Skipped(why) => {
                out.open("testcase", &attributes);
                out.text("skipped", &[], &clipped(why, LONGEST_TEXT));
                out.close("testcase");
            }
        }
    }
    out.text("system-out", &[], &clipped(&beside(change, catalogue), LONGEST_TEXT));
    out.text("system-err", &[], "");
    out.close("testsuite");
}

/// The report as test results.
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    let mut out = Document::new();
    out.open("testsuites", &[]);
    for (number, change) in report.changes.iter().enumerate() {
        suite(number, change, report, catalogue, &mut out);
    }
    out.close("testsuites");
    out.finish()
}
