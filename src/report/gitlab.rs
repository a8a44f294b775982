//! GitLab's Code Quality report: an array of issues, each at a line of a file.
//!
//! In: a finished report. Out: JSON. The widget compares fingerprints between branches and drops what has one that it
//! knows already, so that a fingerprint that occurs twice gets a number. A finding that lies in no file is shown at the
//! file that stands for the change: an issue without a path is not shown at all.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{JudgedChange, Report, clipped, harmless_json};
use crate::engine::{Judged, Unjudged};
use crate::finding::{Fingerprint, Label, Severity};
use crate::source::{Origin, RepoPath, escape_text};

/// The merge request shows a line or two of it.
const LONGEST_DESCRIPTION: usize = 1_000;

#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "blocker",
        Severity::Warn => "minor",
        Severity::Off => "info",
    }
}

/// Where nothing else is known: the change as a whole.
fn at_anchor(change: &JudgedChange) -> Location {
    let path = change.anchor().map_or_else(|| ".".to_owned(), RepoPath::display);
    Location { path, lines: Lines { begin: 1, end: 1 } }
}

/// The place, and in words the one that a file can't be.
fn place(label: &Label, change: &JudgedChange) -> (Location, Option<String>) {
    let begin = label.source.position(label.span.start).line;
    match label.source.origin() {
        Origin::File(path) => {
            let last = label.span.end.max(label.span.start + 1) - 1;
            let end = label.source.position(last).line.max(begin);
            (Location { path: path.display(), lines: Lines { begin, end } }, None)
        }
        origin @ (Origin::Commit(_) | Origin::PullRequest) => {
            (at_anchor(change), Some(format!("{}, line {begin}", origin.display())))
        }
    }
}

fn describe(text: &str) -> String {
    clipped(&escape_text(text), LONGEST_DESCRIPTION).into_owned()
}

fn issue(judged: &Judged, change: &JudgedChange, excuse: Option<&str>) -> Issue {
    let (location, elsewhere) = place(&judged.finding.primary, change);
    let mut text = judged.finding.message.clone();
    if let Some(elsewhere) = elsewhere {
        text = format!("{elsewhere}: {text}");
    }
    match (excuse, &judged.finding.remedy) {
        (Some(excuse), _) => text = format!("{text} ({excuse})"),
        (None, Some(remedy)) => text = format!("{}. Instead: {remedy}", text.trim_end_matches('.')),
        (None, None) => {}
    }
    Issue {
        description: describe(&text),
        check_name: judged.policy.clone(),
        fingerprint: judged.fingerprint.to_string(),
        severity: if excuse.is_some() { "info" } else { severity(judged.severity) },
        location,
    }
}

/// What could not be judged stops the change just as a refusal does.
fn of_unjudged(item: &Unjudged, change: &JudgedChange) -> Issue {
    let (location, _) = match (&item.at, &item.path) {
        (Some(label), _) => place(label, change),
        (None, Some(path)) => (Location { path: path.display(), lines: Lines { begin: 1, end: 1 } }, None),
        (None, None) => (at_anchor(change), None),
    };
    let policies = item.policies.join(", ");
    Issue {
        description: describe(&format!("could not be judged ({policies}): {}", item.reason)),
        fingerprint: Fingerprint::of("unjudged", &policies, &location.path, &item.reason).to_string(),
        check_name: item.policies.first().cloned().unwrap_or_else(|| "unjudged".to_owned()),
        severity: severity(Severity::Block),
        location,
    }
}

fn issues(report: &Report) -> Vec<Issue> {
    let mut all = Vec::new();
    for change in &report.changes {
        let evaluation = &change.evaluation;
        all.extend(evaluation.findings.iter().map(|judged| issue(judged, change, None)));
        all.extend(evaluation.unjudged.iter().map(|item| of_unjudged(item, change)));
        for waived in &evaluation.waived {
            let excuse = format!("waived until {}: {}", waived.waiver.expires, waived.waiver.reason);
            all.push(issue(&waived.judged, change, Some(&excuse)));
        }
        for overridden in &evaluation.overridden {
            let excuse =
                format!("break-glass, approved by {}: {}", overridden.approved_by, overridden.reason);
            all.push(issue(&overridden.judged, change, Some(&excuse)));
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for issue in &mut all {
        let times = seen.entry(issue.fingerprint.clone()).or_default();
        *times += 1;
        if *times > 1 {
            issue.fingerprint = format!("{}-{times}", issue.fingerprint);
        }
    }
    all
}

/// The report for the merge request's Code Quality widget.
pub fn render(report: &Report) -> String {
    let text = serde_json::to_string_pretty(&issues(report)).unwrap_or_default();
    format!("{}\n", harmless_json(&text))
}
