//! Receivers: whether those whom alerts go to are anybody.
//!
//! In: the config, and where alerts go. Out: [`Remark`]s.

use std::collections::{BTreeMap, BTreeSet};

use super::route::{Config, Way};
use crate::probe::piece::piece;
use crate::probe::remark::{Remark, listed};
use crate::probe::{Outcome, ReleasedService};

const REMEDY: &str = "give the receiver an integration, or route these alerts to one that notifies somebody";

/// Receivers that the checklist names, and that there is any at all.
pub(super) fn required(config: &Config, names: &[String]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for name in names {
        let why = match config.notifies(name) {
            Some(true) => continue,
            Some(false) => "notifies nobody: it has no integration",
            None => "does not exist",
        };
        remarks.push(
            Remark::new(Outcome::Broken, format!("the receiver `{}` {why}", piece(name))).remedy(REMEDY),
        );
    }
    if !config.notifies_anybody() {
        let line = "Alertmanager notifies nobody: no receiver has an integration";
        remarks.push(Remark::new(Outcome::Broken, line).remedy(REMEDY));
    }
    remarks
}

/// Where the watchdog goes.
pub(super) fn watchdog(
    config: &Config,
    name: &str,
    receivers: BTreeSet<&str>,
    outcome: Outcome,
) -> Option<Remark> {
    if receivers.is_empty() || receivers.iter().any(|receiver| config.notifies(receiver) == Some(true)) {
        return None;
    }
    let line = format!("the watchdog `{}` goes to {}", piece(name), nobody(receivers));
    Some(Remark::new(outcome, line).more("so nobody is told when monitoring dies").remedy(
        "send it to something outside of this monitoring that raises an alarm when it stops, or write \
         `watchdog-receiver = \"warn\"`",
    ))
}

/// Where the alerts of services go.
pub(super) fn services<'a>(
    config: &Config,
    services: impl Iterator<Item = &'a ReleasedService>,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in services {
        let name = piece(&service.name);
        let Some(ways) = config.ways(&service.alerts) else {
            remarks.push(
                Remark::cannot_tell(format!(
                    "the labels of alerts of {name} have too many combinations to follow"
                ))
                .remedy("list fewer values under the service's alerts"),
            );
            continue;
        };
        remarks.extend(one(config, &name, &ways));
        if let Some(matcher) = config.not_evaluated() {
            remarks.push(
                Remark::cannot_tell(format!(
                    "where alerts of {name} go can't be told: a route has {}, which is not evaluated here",
                    piece(&matcher.to_string())
                ))
                .remedy("look at the route in Alertmanager's config"),
            );
        }
    }
    remarks
}

fn one(config: &Config, name: &str, ways: &[Way<'_>]) -> Vec<Remark> {
    let notifies = |receiver: &str| config.notifies(receiver) == Some(true);
    let mut remarks = Vec::new();
    let mut reached = BTreeSet::new();
    let mut timed = BTreeSet::new();
    // By where they go: the first labels that lead there.
    let (mut lost, mut depends) = (BTreeMap::new(), BTreeMap::new());
    for way in ways {
        let receivers: BTreeSet<&str> = way.routes.iter().map(|route| route.receiver.as_str()).collect();
        timed.extend(way.routes.iter().flat_map(|route| route.timed.iter().map(String::as_str)));
        if receivers.iter().any(|receiver| notifies(receiver)) {
            reached.extend(receivers);
        } else if way.possible.iter().any(|receiver| notifies(receiver)) {
            depends.entry(receivers).or_insert(&way.of);
        } else {
            lost.entry(receivers).or_insert(&way.of);
        }
    }
    for (receivers, of) in lost {
        let line = format!("alerts of {name}{} go to {}", with(of), nobody(receivers));
        remarks.push(Remark::new(Outcome::Broken, line).remedy(REMEDY));
    }
    for (receivers, of) in depends {
        let line = format!(
            "alerts of {name}{} go to {}, unless labels that are not listed lead elsewhere",
            with(of),
            nobody(receivers)
        );
        remarks.push(
            Remark::new(Outcome::Doubtful, line)
                .remedy("list these labels under the service's alerts, or route them to somebody"),
        );
    }
    if !timed.is_empty() {
        let line = format!("alerts of {name} are held back at times: {}", listed(timed));
        remarks.push(
            Remark::new(Outcome::Doubtful, line)
                .remedy("see that the release and its soak do not lie in these times"),
        );
    }
    if !reached.is_empty() {
        remarks.push(Remark::new(Outcome::Holds, format!("alerts of {name} go to {}", listed(reached))));
    }
    remarks
}

/// `` with severity="info"``
fn with(of: &[(&str, &str)]) -> String {
    let labels: Vec<String> = of.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    if labels.is_empty() { String::new() } else { format!(" with {}", piece(&labels.join(", "))) }
}

/// `` `null`, which notifies nobody``
fn nobody(receivers: BTreeSet<&str>) -> String {
    let who = if receivers.len() == 1 { "which notifies nobody" } else { "which notify nobody" };
    let names: Vec<String> = receivers.into_iter().map(|name| format!("`{}`", piece(name))).collect();
    format!("{}, {who}", listed(names.iter().map(String::as_str)))
}
