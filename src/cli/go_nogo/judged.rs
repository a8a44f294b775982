//! The gate's verdict, short enough for one row of the board.

use jiff::Timestamp;

use crate::checklist::PolicyVerdict;
use crate::engine::Evaluation;
use crate::finding::Severity;
use crate::report::summary::counted;
use crate::verdict::Verdict;

/// The gate's verdict as one row of the board.
pub(super) fn policy_verdict(
    evaluation: &Evaluation,
    verdict: Verdict,
    at: Timestamp,
    valid_until: Option<Timestamp>,
) -> PolicyVerdict {
    let weighing =
        |severity: Severity| evaluation.findings.iter().filter(move |found| found.severity == severity);
    let (blocking, warning) = (weighing(Severity::Block).count(), weighing(Severity::Warn).count());
    let unjudged = evaluation.unjudged.len();
    let mut parts = Vec::new();
    if blocking > 0 {
        parts.push(counted(blocking, "finding blocks it", "findings block it"));
    }
    if unjudged > 0 {
        parts.push(counted(unjudged, "thing could not be judged", "things could not be judged"));
    }
    if warning > 0 {
        parts.push(counted(warning, "warning", "warnings"));
    }
    for (count, word) in
        [(evaluation.waived.len(), "waived"), (evaluation.overridden.len(), "let through by break-glass")]
    {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let judged = counted(evaluation.policies, "policy", "policies");
    let summary = if parts.is_empty() {
        format!("{judged} looked at the change, and none refuses it")
    } else {
        format!("{judged} looked at the change: {}", parts.join(", "))
    };
    let mut details = Vec::new();
    for found in weighing(Severity::Block).chain(weighing(Severity::Warn)) {
        let label = &found.finding.primary;
        let line = label.source.position(label.span.start).line;
        let place = format!("{}:{line}", label.source.origin().display());
        details.push(format!(
            "{} ({}): {}, {place}",
            found.policy,
            found.severity.as_str(),
            found.finding.message
        ));
    }
    for unjudged in &evaluation.unjudged {
        let place = unjudged.path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default();
        details.push(format!("{} can't be judged: {place}{}", unjudged.policies.join(", "), unjudged.reason));
    }
    for overridden in &evaluation.overridden {
        details.push(format!(
            "{} let through by break-glass of {}: {}",
            overridden.judged.policy, overridden.approved_by, overridden.reason
        ));
    }
    PolicyVerdict {
        verdict,
        warned: warning > 0 || !evaluation.overridden.is_empty(),
        summary,
        details,
        at,
        valid_until,
    }
}
