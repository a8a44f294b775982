//! What the page says below the decision, and in which order.

use super::escape::{cell, code, prose};
use super::finding::{Whose, block, line, unjudged};
use super::page::Section;
use crate::change::{Approvals, Change, PullRequest, PullRequests, ToldBy};
use crate::engine::{Judged, Understanding};
use crate::finding::Severity;
use crate::policy::Catalogue;
use crate::report::Report;
use crate::verdict::Verdict;

const FINDINGS: (&str, &str) = ("finding", "findings");

/// Every section in the order of its weight; those with nothing in them are left out by the page.
pub(super) fn of(report: &Report, catalogue: &Catalogue) -> Vec<Section> {
    vec![
        weighing(report, catalogue, Severity::Block, "What blocks"),
        weighing(report, catalogue, Severity::Warn, "Warnings"),
        listed(
            report,
            "What could not be judged",
            "A gate that passes what it can't read is no gate: mend the file, or name it in `exclude` of the policy in \
             `deploy-guard.toml` on the protected branch.",
            ("thing", "things"),
            |whose| whose.change.evaluation.unjudged.iter().map(|item| unjudged(item, whose)).collect(),
        ),
        listed(report, "Waived", "", FINDINGS, |whose| {
            let each = whose.change.evaluation.waived.iter();
            each.map(|waived| {
                let entry = &waived.waiver;
                format!(
                    "- {}\\\n  Until {}, {}: {}\n",
                    line(&waived.judged, whose),
                    entry.expires,
                    prose(&entry.owner),
                    prose(&entry.reason)
                )
            })
            .collect()
        }),
        listed(
            report,
            "Break-glass",
            "These block, and an emergency lets them through.",
            FINDINGS,
            |whose| {
                let overridden = whose.change.evaluation.overridden.iter();
                overridden
                    .map(|overridden| {
                        format!(
                            "- {}\\\n  Until {}, approved by {}: {}\n",
                            line(&overridden.judged, whose),
                            overridden.until,
                            prose(&overridden.approved_by),
                            prose(&overridden.reason)
                        )
                    })
                    .collect()
            },
        ),
        listed(
            report,
            "After the merge these would apply",
            "This change edits the rules that it is judged by. They count once they are merged, and would say:",
            FINDINGS,
            preview,
        ),
        emergencies(report),
        notes(report),
        coverage(report),
        listed(report, "What was judged", "", ("line", "lines"), |whose| {
            let change = &whose.change.change;
            let mut items = vec![format!("- {}\n", range(change, whose.change.evaluation.policies))];
            items.extend(facts(change).iter().map(|told| format!("- {told}\n")));
            items
        }),
    ]
}

/// What is to be known of the run, and of each change.
fn notes(report: &Report) -> Section {
    let of_changes = report.changes.iter().flat_map(|change| &change.evaluation.notes);
    let items = report.notes.iter().chain(of_changes).map(|note| format!("- {}\n", prose(note)));
    Section { head: "\n### Notes\n\n".to_owned(), items: items.collect(), tail: "", names: ("note", "notes") }
}

/// Every change, to be named where there are several.
fn each(report: &Report) -> impl Iterator<Item = Whose<'_>> {
    let several = report.changes.len() > 1;
    report.changes.iter().map(move |change| Whose { change, several })
}

fn weighing(report: &Report, catalogue: &Catalogue, severity: Severity, name: &str) -> Section {
    let mut items = Vec::new();
    for whose in each(report) {
        let found = whose.change.evaluation.findings.iter().filter(|found| found.severity == severity);
        items.extend(found.map(|found| block(found, whose, catalogue)));
    }
    Section { head: format!("\n### {name}\n"), items, tail: "", names: FINDINGS }
}

/// A list of what each change has of something.
fn listed(
    report: &Report,
    name: &str,
    said: &str,
    names: (&'static str, &'static str),
    of: impl Fn(Whose<'_>) -> Vec<String>,
) -> Section {
    let said = if said.is_empty() { String::new() } else { format!("{said}\n\n") };
    Section {
        head: format!("\n### {name}\n\n{said}"),
        items: each(report).flat_map(of).collect(),
        tail: "",
        names,
    }
}

fn preview(whose: Whose<'_>) -> Vec<String> {
    let Some(preview) = &whose.change.preview else { return Vec::new() };
    let verdict = match preview.verdict {
        Verdict::Go => "✅ GO",
        Verdict::NoGo => "🛑 NO-GO",
        Verdict::Unjudged => "❓ NOT JUDGED",
    };
    let mut items = vec![format!("- {verdict}\n")];
    let each = |word: &str, found: &[Judged]| -> Vec<String> {
        found.iter().map(|judged| format!("- {word}: {}\n", line(judged, whose))).collect()
    };
    items.extend(each("also found", &preview.found));
    items.extend(each("no longer found", &preview.lost));
    items
}

fn emergencies(report: &Report) -> Section {
    let items = report.open_emergencies.iter().map(|open| {
        let at = open.at.map_or_else(String::new, |at| format!(", {at}"));
        format!("- {} ({}{at}): {}\n", code(&open.policy), prose(&open.place), prose(&open.reason))
    });
    Section {
        head: "\n### Emergencies without a review\n\nBreak-glass let these through, and nobody has looked at them yet.\n\n"
            .to_owned(),
        items: items.collect(),
        tail: "",
        names: ("emergency", "emergencies"),
    }
}

fn coverage(report: &Report) -> Section {
    let mut items = Vec::new();
    for change in &report.changes {
        let coverage = &change.evaluation.coverage;
        let mut in_scope: Vec<_> = coverage.in_scope.iter().collect();
        // What was not read comes first: it is what there may be too little room for.
        in_scope.sort_by_key(|file| match file.understanding {
            Understanding::Not(_) => 0,
            Understanding::Partly(_) => 1,
            Understanding::Parsed | Understanding::Removed => 2,
        });
        for file in in_scope {
            let how = match &file.understanding {
                Understanding::Parsed => "understood".to_owned(),
                Understanding::Removed => "removed".to_owned(),
                Understanding::Not(reason) => format!("**not understood**: {}", prose(reason)),
                Understanding::Partly(reasons) => {
                    format!("partly understood: {}", prose(&reasons.join("; ")))
                }
            };
            // Bars are escaped in prose already.
            items.push(format!("| {} | {how} |\n", cell(&file.path.display())));
        }
        for shortfall in &coverage.shortfalls {
            items.push(format!("| the whole tree | {} |\n", prose(shortfall)));
        }
    }
    Section {
        head: "\n<details>\n<summary>What was read</summary>\n\n| file | how well |\n| --- | --- |\n"
            .to_owned(),
        items,
        tail: "\n</details>\n",
        names: ("file", "files"),
    }
}

/// How far the run can be trusted, how long the verdict holds, and what reached it.
pub(super) fn provenance(report: &Report) -> String {
    let mut out = "\n---\n\n".to_owned();
    if let Some(pipeline) = &report.pipeline {
        let (event, platform) = (code(&clip(&pipeline.event)), pipeline.platform.as_str());
        out.push_str(&format!("- Trust: {} ({event} on {platform})\n", prose(&pipeline.trust.sentence())));
    }
    if let Some(until) = report.valid_until {
        out.push_str(&format!("- Valid until **{until}**: then time alone would change the verdict\n"));
    }
    // A run that ended before there was anything to read was read by nobody.
    let reader = if report.reader.is_empty() { String::new() } else { format!(", {}", report.reader) };
    out.push_str(&format!("- deploy-guard {}{reader}, {}\n", env!("CARGO_PKG_VERSION"), report.at));
    out
}

fn range(change: &Change, policies: usize) -> String {
    let side = |side: &crate::change::Side| match &side.commit {
        Some(commit) => format!("{} ({})", code(&clip(&side.label)), code(commit.short())),
        None => code(&clip(&side.label)),
    };
    let count =
        |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "{} → {}, {} by {}",
        side(&change.base),
        side(&change.head),
        count(change.commits.len(), "commit", "commits"),
        count(policies, "policy", "policies")
    )
}

/// A name that is longer than any that a person gives.
fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Where the facts of the pull requests come from.
fn facts(change: &Change) -> Vec<String> {
    match &change.pull_requests {
        PullRequests::None => Vec::new(),
        PullRequests::Unknown(why) => vec![format!("Pull requests: not known, {}", prose(&clip(why)))],
        PullRequests::Known(known) => known.iter().take(20).map(of_pull_request).collect(),
    }
}

fn of_pull_request(pull_request: &PullRequest) -> String {
    let told = match pull_request.told_by {
        ToldBy::Event => {
            "as the event tells it, which is as old as the run and which a re-run keeps".to_owned()
        }
        ToldBy::Api { at } => format!("read from the API at {at}"),
    };
    let approvals = match &pull_request.approvals {
        Approvals::Known { .. } => String::new(),
        Approvals::Unknown(why) => format!("; approvals not known, {}", prose(&clip(why))),
    };
    format!("Pull request {}: {told}{approvals}", pull_request.number)
}
