//! The line that a person can read out loud.

use std::fmt::Display;

use super::Report;
use crate::engine::Understanding;
use crate::finding::Severity;
use crate::verdict::Verdict;

/// `1 finding`, `3 findings`.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    if number == N::from(1) { format!("1 {one}") } else { format!("{number} {many}") }
}

/// One change in a few words: what fits beside a commit.
pub fn line(judged: &super::JudgedChange) -> String {
    let blocking =
        judged.evaluation.findings.iter().filter(|found| found.severity == Severity::Block).count();
    match judged.verdict {
        Verdict::Go => "GO".to_owned(),
        Verdict::NoGo => format!("NO-GO: {}", counted(blocking, "finding blocks", "findings block")),
        Verdict::Unjudged => "NOT JUDGED, and that is no pass".to_owned(),
    }
}

/// One or two sentences with every number that matters.
pub fn sentence(report: &Report) -> String {
    let sum = |of: &dyn Fn(&super::JudgedChange) -> usize| report.changes.iter().map(of).sum::<usize>();
    let weighing = |severity: Severity| {
        sum(&|judged| judged.evaluation.findings.iter().filter(|found| found.severity == severity).count())
    };
    let (blocking, warning) = (weighing(Severity::Block), weighing(Severity::Warn));
    let unjudged = sum(&|judged| judged.evaluation.unjudged.len());
    let changed = sum(&|judged| judged.evaluation.coverage.changed);
    let in_scope = sum(&|judged| judged.evaluation.coverage.in_scope.len());
    let unread = sum(&|judged| {
        judged.evaluation.coverage.count(|understanding| matches!(understanding, Understanding::Not(_)))
    });
    let mut out = match report.verdict {
        Verdict::Go => "GO".to_owned(),
        Verdict::NoGo => format!("NO-GO: {}", counted(blocking, "finding blocks", "findings block")),
        Verdict::Unjudged if unjudged == 0 => "NOT JUDGED, and that is no pass".to_owned(),
        Verdict::Unjudged => {
            format!(
                "NOT JUDGED: {} be judged, and that is no pass",
                counted(unjudged, "thing could not", "things could not")
            )
        }
    };
    let mut also = Vec::new();
    if report.verdict == Verdict::NoGo && unjudged > 0 {
        also.push(counted(unjudged, "thing could not be judged", "things could not be judged"));
    }
    if warning > 0 {
        also.push(counted(warning, "warning", "warnings"));
    }
    for (number, one, many) in [
        (sum(&|judged| judged.evaluation.waived.len()), "waived", "waived"),
        (
            sum(&|judged| judged.evaluation.overridden.len()),
            "overridden by break-glass",
            "overridden by break-glass",
        ),
        (sum(&|judged| judged.evaluation.existing.len()), "there before", "there before"),
        (sum(&|judged| judged.evaluation.fixed.len()), "mended", "mended"),
    ] {
        if number > 0 {
            also.push(counted(number, one, many));
        }
    }
    if !also.is_empty() {
        out.push_str(if report.verdict == Verdict::Go { ": " } else { ", " });
        out.push_str(&also.join(", "));
    }
    out.push_str(". ");
    if report.changes.is_empty() {
        out.push_str("There was no change to judge.");
    } else if changed == 0 {
        out.push_str("Nothing has changed.");
    } else if in_scope == 0 {
        out.push_str(&format!(
            "None of {} means anything for a deployment.",
            counted(changed, "changed file", "changed files")
        ));
    } else {
        let verb = if in_scope == 1 { "matters" } else { "matter" };
        out.push_str(&format!(
            "{in_scope} of {} {verb} to a deployment",
            counted(changed, "changed file", "changed files")
        ));
        if unread > 0 {
            out.push_str(&format!(", {unread} of them not understood"));
        }
        out.push('.');
    }
    out
}
