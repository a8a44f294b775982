//! The alert that always fires: where it does not, monitoring is dead.
//!
//! In: the alerts of its name as Alertmanager has them. Out: [`Remark`]s, and where it goes.

use jiff::{SignedDuration, Timestamp};

use super::said::Alert;
use crate::probe::Outcome;
use crate::probe::piece::piece;
use crate::probe::remark::{Remark, minute};

const REMEDY: &str = "see that Prometheus runs, evaluates its rules, and reaches this Alertmanager; a rule with the \
                      expression `vector(1)` fires always";

/// What is wrong with one alert; `None`: nothing is.
fn fault(alert: &Alert, now: Timestamp, max_age: SignedDuration) -> Option<Remark> {
    let status = &alert.status;
    let by = |what: &str, ids: &[String]| {
        let who = ids.first().map(|id| format!(" by {}", piece(id))).unwrap_or_default();
        Some(Remark::new(Outcome::Broken, format!("is {what}{who}")))
    };
    if !status.silenced_by.is_empty() {
        return by("silenced", &status.silenced_by);
    }
    if !status.inhibited_by.is_empty() {
        return by("inhibited", &status.inhibited_by);
    }
    if !status.muted_by.is_empty() {
        return by("muted", &status.muted_by);
    }
    if alert.ends_at <= now {
        return Some(Remark::new(Outcome::Broken, format!("ended {}", minute(alert.ends_at))));
    }
    let age = now.duration_since(alert.updated_at);
    if age > max_age {
        let age = SignedDuration::from_secs(age.as_secs());
        return Some(Remark::new(Outcome::Broken, format!("was last heard of {age:#} ago")));
    }
    match status.state.as_str() {
        "active" => None,
        "unprocessed" => Some(Remark::cannot_tell("is not processed yet")),
        other => Some(Remark::new(Outcome::Broken, format!("is {}", piece(other)))),
    }
}

/// Judges the alerts; those that are well come back.
pub(super) fn judge<'a>(
    name: &str,
    alerts: &'a [Alert],
    now: Timestamp,
    max_age: SignedDuration,
    remarks: &mut Vec<Remark>,
) -> Vec<&'a Alert> {
    let own: Vec<&Alert> = alerts
        .iter()
        .filter(|alert| alert.labels.get("alertname").is_some_and(|alertname| alertname == name))
        .collect();
    let shown = piece(name);
    if own.is_empty() {
        let line = format!("the watchdog `{shown}` does not fire: alerts of nothing can be relied on");
        remarks.push(Remark::new(Outcome::Broken, line).remedy(REMEDY));
        return own;
    }
    let mut well = Vec::new();
    let mut faults = Vec::new();
    for alert in own {
        match fault(alert, now, max_age) {
            None => well.push(alert),
            Some(fault) => faults.push((alert, fault)),
        }
    }
    for (alert, fault) in faults {
        // More than one Prometheus may send to this Alertmanager, each with its own.
        let outcome = if well.is_empty() { fault.outcome } else { Outcome::Doubtful };
        let which = if well.is_empty() { "the watchdog" } else { "one watchdog of several," };
        let line = format!("{which} `{shown}` {}", fault.line);
        remarks.push(Remark::new(outcome, line).more(labels(alert)).remedy(REMEDY));
    }
    well
}

fn labels(alert: &Alert) -> String {
    let labels: Vec<String> =
        alert.labels.iter().take(20).map(|(name, value)| format!("{name}={value:?}")).collect();
    piece(&labels.join(", "))
}
