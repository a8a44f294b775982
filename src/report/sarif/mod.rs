//! SARIF 2.1.0, for code scanning and everything else that reads it.
//!
//! In: a finished report. Out: one run. What the change brings in is a result with `baselineState: new`; what was there
//! before is none, because code scanning knows no baseline and would raise it on the pull request (`--all` asks for it,
//! and then it is `unchanged`). What is waived or let through is a suppressed result, and a `note` besides, because code
//! scanning shows suppressed results as open alerts. What could not be judged is a notification.

mod place;
mod rules;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, Notification, PropertyBag, Result as SarifResult, ResultLevel,
    Run, Suppression, Tool, ToolComponent, VersionControlDetails,
};

use super::{JudgedChange, Report, clipped, harmless_json, summary};
use crate::engine::{Judged, Understanding, Unjudged};
use crate::finding::Severity;
use crate::policy::Catalogue;
use crate::source::escape_text;
use place::{ROOT, location, of_path};
use rules::Rules;

/// Code scanning keeps so many results of a run, and does not say which.
const MOST_RESULTS: usize = 5_000;

/// Code scanning takes so many locations with a result.
const MOST_RELATED: usize = 1_000;

/// Code scanning takes ten megabytes of gzip; what is smaller than that before it is packed is smaller after it.
const MOST_BYTES: usize = 9_000_000;

/// What stands around the results: rules and notifications.
const MOST_BYTES_OF_RESULTS: usize = MOST_BYTES - 1_500_000;

/// So many notifications say what the rest would.
const MOST_NOTIFICATIONS: usize = 200;

/// No message is longer than this many characters.
const LONGEST_MESSAGE: usize = 2_000;

/// So many places are linked to from a message.
const LINKED: usize = 5;

/// The name of our fingerprint; raised where the same finding would get another one.
const FINGERPRINT: &str = "deployGuard/v1";

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A finding with what has become of it.
struct Outcome<'a> {
    change: usize,
    judged: &'a Judged,
    existing: bool,
    /// Why it does not count.
    excuse: Option<String>,
}

impl Outcome<'_> {
    const fn level(&self) -> ResultLevel {
        match (&self.excuse, self.judged.severity) {
            (None, Severity::Block) => ResultLevel::Error,
            (None, Severity::Warn) => ResultLevel::Warning,
            (None, Severity::Off) | (Some(_), _) => ResultLevel::Note,
        }
    }

    const fn rank(&self) -> u8 {
        match self.level() {
            ResultLevel::Error => 0,
            ResultLevel::Warning => 1,
            ResultLevel::Note | ResultLevel::None => 2,
        }
    }
}

/// Everything that was found, the heaviest first and otherwise in the report's order.
fn outcomes(report: &Report) -> Vec<Outcome<'_>> {
    let mut all = Vec::new();
    for (change, of) in report.changes.iter().enumerate() {
        let evaluation = &of.evaluation;
        let was_there = |judged: &Judged| {
            evaluation.existing.iter().any(|existing| existing.fingerprint == judged.fingerprint)
        };
        for judged in &evaluation.findings {
            all.push(Outcome { change, judged, existing: was_there(judged), excuse: None });
        }
        for waived in &evaluation.waived {
            let (judged, waiver) = (&waived.judged, &waived.waiver);
            let excuse = format!("waived until {} for {}: {}", waiver.expires, waiver.owner, waiver.reason);
            all.push(Outcome { change, judged, existing: was_there(judged), excuse: Some(excuse) });
        }
        for overridden in &evaluation.overridden {
            let judged = &overridden.judged;
            let excuse =
                format!("break-glass, approved by {}: {}", overridden.approved_by, overridden.reason);
            all.push(Outcome { change, judged, existing: was_there(judged), excuse: Some(excuse) });
        }
    }
    all.sort_by_key(Outcome::rank);
    all
}

/// Text of ours and of the change: bounded, nothing hidden in it, and no link that we did not write.
fn plain(text: &str) -> String {
    clipped(&escape_text(text), LONGEST_MESSAGE).replace("](", "] (")
}

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text).build()
}

fn bag(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> PropertyBag {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_null());
    let additional =
        pairs.map(|(name, value)| (name.to_owned(), value)).collect::<std::collections::BTreeMap<_, _>>();
    PropertyBag::builder().additional_properties(additional).build()
}

fn result(outcome: &Outcome<'_>, change: &JudgedChange, rules: &Rules) -> SarifResult {
    let judged = outcome.judged;
    let finding = &judged.finding;
    let mut text = plain(&finding.message);
    if let Some(remedy) = &finding.remedy {
        text.push_str("\nInstead: ");
        text.push_str(&plain(remedy));
    }
    let mut related = Vec::new();
    for (number, label) in finding.related.iter().take(MOST_RELATED).enumerate() {
        let id = i64::try_from(number).unwrap_or_default() + 1;
        related.push(location(label, change.anchor(), Some(id)));
        if number < LINKED {
            // Code scanning shows those related locations that the message links to.
            let link = clipped(&escape_text(&label.text), 200).replace(['[', ']'], "");
            text.push_str(&format!("\nSee also: [{link}]({id})"));
        }
    }
    let fingerprint = (FINGERPRINT.to_owned(), judged.fingerprint.to_string());
    let mut out = SarifResult::builder()
        .rule_id(judged.policy.clone())
        .level(outcome.level())
        .message(message(text))
        .locations(vec![location(&finding.primary, change.anchor(), None)])
        .partial_fingerprints(std::collections::BTreeMap::from([fingerprint]))
        .baseline_state(if outcome.existing { "unchanged" } else { "new" })
        .properties(bag([
            ("change", json!(outcome.change)),
            ("environment", json!(judged.environment.as_deref().map(escape_text))),
            ("severity", json!(judged.severity.as_str())),
            ("subject", json!(clipped(&escape_text(&finding.subject), 300))),
        ]))
        .build();
    out.rule_index = rules.index(&judged.policy);
    out.related_locations = (!related.is_empty()).then_some(related);
    out.suppressions = outcome.excuse.as_ref().map(|excuse| {
        let accepted = Suppression::builder().kind("external").status("accepted");
        vec![accepted.justification(plain(excuse)).build()]
    });
    out
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder().level(level).message(message(plain(text))).build()
}

fn of_unjudged(item: &Unjudged) -> Notification {
    let policies = item.policies.join(", ");
    let mut out = notification("error", &format!("could not be judged ({policies}): {}", item.reason));
    let place = match (&item.at, &item.path) {
        (Some(label), path) => Some(location(label, path.as_ref(), None)),
        (None, Some(path)) => Some(of_path(path)),
        (None, None) => None,
    };
    out.locations = place.map(|place| vec![place]);
    out
}

fn notifications(report: &Report) -> Vec<Notification> {
    let mut all = Vec::new();
    for change in &report.changes {
        all.extend(change.evaluation.unjudged.iter().map(of_unjudged));
    }
    for open in &report.open_emergencies {
        let text =
            format!("break-glass of {} ({}) has not been reviewed: {}", open.policy, open.place, open.reason);
        all.push(notification("warning", &text));
    }
    for change in &report.changes {
        for file in &change.evaluation.coverage.in_scope {
            if let Understanding::Not(reason) = &file.understanding {
                let mut out = notification("note", &format!("not understood: {reason}"));
                out.locations = Some(vec![of_path(&file.path)]);
                all.push(out);
            }
        }
        all.extend(change.evaluation.notes.iter().map(|note| notification("note", note)));
    }
    let over = all.len().saturating_sub(MOST_NOTIFICATIONS);
    if over > 0 {
        all.truncate(MOST_NOTIFICATIONS);
        all.push(notification("warning", &format!("{over} more notifications are left out")));
    }
    all
}

/// Where the repository is, as far as a pull request's own address says it.
fn provenance(change: &JudgedChange) -> Option<VersionControlDetails> {
    let pull_request = change.change.pull_requests.known().first()?;
    let url = pull_request.url.as_deref()?;
    let repository = url.split_once("/-/merge_requests/").or_else(|| url.split_once("/pull/"))?.0;
    // A name and a password in front of the host are nobody's business.
    if !repository.starts_with("https://") || repository.contains('@') {
        return None;
    }
    let mut out = VersionControlDetails::builder()
        .repository_uri(repository)
        .branch(pull_request.source_branch.clone())
        .mapped_to(ArtifactLocation::builder().uri_base_id(ROOT).build())
        .build();
    out.revision_id = change.change.head.commit.as_ref().map(ToString::to_string);
    Some(out)
}

/// The results that fit, and how many there were.
fn results(report: &Report, rules: &Rules) -> (Vec<SarifResult>, usize) {
    let all = outcomes(report);
    let found = all.len();
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for outcome in all.iter().take(MOST_RESULTS) {
        let Some(change) = report.changes.get(outcome.change) else { continue };
        let one = result(outcome, change, rules);
        bytes += serde_json::to_string(&one).map_or(0, |text| harmless_json(&text).len() + 1);
        if bytes > MOST_BYTES_OF_RESULTS {
            break;
        }
        kept.push(one);
    }
    (kept, found)
}

fn run(report: &Report, catalogue: &Catalogue) -> Run {
    let rules = Rules::of(report, catalogue);
    let (results, found) = results(report, &rules);
    let mut notifications = notifications(report);
    let left_out = found - results.len();
    if left_out > 0 {
        let text = format!(
            "{found} findings, {} shown: the heaviest first, {left_out} are left out, because code scanning takes no more; the whole list is in the JSON report",
            results.len()
        );
        notifications.insert(0, notification("warning", &text));
    }
    let invocation = Invocation::builder()
        .execution_successful(report.is_complete())
        .exit_code(report.verdict.exit_code())
        .exit_code_description(report.verdict.as_str())
        .tool_execution_notifications(notifications)
        .build();
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.into_descriptors())
        .build();
    let existing: usize = report.changes.iter().map(|change| change.evaluation.existing.len()).sum();
    let root = ArtifactLocation::builder().description(message("The root of the repository.")).build();
    let mut out = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation])
        .original_uri_base_ids(std::collections::BTreeMap::from([(ROOT.to_owned(), root)]))
        .column_kind("unicodeCodePoints")
        .results(results)
        .properties(bag([
            ("decision", json!(report.verdict.as_str())),
            ("complete", json!(report.is_complete())),
            ("summary", json!(summary::sentence(report))),
            ("at", json!(report.at.to_string())),
            ("simulated", json!(report.simulated)),
            ("validUntil", json!(report.valid_until.map(|until| until.to_string()))),
            ("findings", json!(found)),
            ("existing", json!(existing)),
        ]))
        .build();
    let provenance: Vec<_> = report.changes.iter().filter_map(provenance).collect();
    out.version_control_provenance = (!provenance.is_empty()).then_some(provenance);
    out
}

/// The report as SARIF: one run.
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    // A reader that streams wants the version before everything else, and the crate's own type sorts it to the end.
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run(report, catalogue)] });
    let pretty = harmless_json(&serde_json::to_string_pretty(&log).unwrap_or_default());
    // Indentation is for people, and nobody reads that much.
    let mut text = if pretty.len() < MOST_BYTES {
        pretty
    } else {
        harmless_json(&serde_json::to_string(&log).unwrap_or_default())
    };
    text.push('\n');
    text
}
