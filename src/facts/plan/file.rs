//! `.deploy-guard/plan.toml`.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::acknowledged::deletion;
use super::{BreakGlass, Key, Soak, Stated, is_placeholder};
use crate::calendar::parse_at;
use crate::document::table::{self, Table};
use crate::source::{Located, Problem, Problems, SourceFile, escape_line};

const KEYS: [&str; 9] = [
    "ticket",
    "reason",
    "soak",
    "deletes",
    "notified",
    "moves",
    "rollback",
    "break-glass",
    "break-glass-review",
];

/// Where each value stands; `rollback` is a table.
const LISTS: [(&str, Key); 7] = [
    ("ticket", Key::Ticket),
    ("reason", Key::Reason),
    ("soak", Key::Soak),
    ("deletes", Key::Deletes),
    ("notified", Key::Notified),
    ("moves", Key::Moves),
    ("break-glass-review", Key::BreakGlassReview),
];

const ROLLBACK: [(&str, Key); 3] =
    [("steps", Key::RollbackPlan), ("triggers", Key::RollbackTrigger), ("owner", Key::RollbackOwner)];

type Values = Vec<(Key, Stated<String>)>;

/// Reads the file whole, or says everything that is wrong with it.
pub(super) fn read(source: &Arc<SourceFile>) -> Result<(Values, Vec<BreakGlass>), Problems> {
    let (root, mut problems) = table::read(source);
    problems.extend(root.unknown_keys(&KEYS));
    let mut values = Vec::new();
    take(&root, &LISTS, source, &mut values, &mut problems);
    if let Some(rollback) = root.table("rollback", &mut problems) {
        problems.extend(rollback.unknown_keys(&ROLLBACK.map(|(name, _)| name)));
        take(rollback, &ROLLBACK, source, &mut values, &mut problems);
    }
    for (key, value) in &values {
        check(*key, value, &mut problems);
    }
    let entries = root.tables("break-glass", &mut problems);
    let emergencies =
        entries.into_iter().filter_map(|entry| emergency(entry, source, &mut problems)).collect();
    if problems.is_empty() {
        return Ok((values, emergencies));
    }
    problems.sort_by_key(|problem| problem.span);
    Err(Problems { file: source.clone(), list: problems })
}

fn take(
    table: &Table,
    keys: &[(&str, Key)],
    source: &Arc<SourceFile>,
    values: &mut Values,
    problems: &mut Vec<Problem>,
) {
    for (name, key) in keys {
        values.extend(table.texts(name, problems).into_iter().map(|text| (*key, stated(text, source))));
    }
}

fn stated(text: Located<String>, source: &Arc<SourceFile>) -> Stated<String> {
    Stated { value: text.value, source: source.clone(), span: text.span }
}

/// A person who writes into a file of ours can be told at once what a trailer's reader only finds out later.
fn check(key: Key, value: &Stated<String>, problems: &mut Vec<Problem>) {
    if is_placeholder(&value.value) {
        return;
    }
    let shown = escape_line(&value.value);
    match key {
        Key::Deletes => {
            for item in value.items() {
                let read = deletion(&item.value);
                if read.environment.is_none() {
                    let name = escape_line(&read.name).into_owned();
                    let problem = Problem::new(value.span, format!("`{name}` is deleted in no environment"));
                    problems.push(problem.hint(format!("write `production/{name}` if production is meant")));
                }
            }
        }
        Key::Soak if Soak::parse(&value.value).length.is_none() => {
            let problem = Problem::new(value.span, format!("`{shown}` is no length of time"));
            problems.push(problem.hint("write `2h`, `90 min` or `1 day`"));
        }
        _ => {}
    }
}

fn emergency(entry: &Table, source: &Arc<SourceFile>, problems: &mut Vec<Problem>) -> Option<BreakGlass> {
    problems.extend(entry.unknown_keys(&["policy", "reason", "approved-by", "until"]));
    let mut required = |key: &str| {
        if entry.get(key).is_none() {
            problems.push(Problem::new(entry.span, format!("a break-glass entry needs `{key}`")));
        }
        entry.text(key, problems).map(|text| stated(text, source))
    };
    let (policy, reason) = (required("policy"), required("reason"));
    let approved_by = entry.texts("approved-by", problems);
    let until = entry.moment("until", problems).and_then(|text| instant(&text, problems));
    Some(BreakGlass {
        policy: policy?,
        reason: reason?,
        approved_by: approved_by.into_iter().map(|text| stated(text, source)).collect(),
        until,
        people: Vec::new(),
        made: None,
        pull_request: None,
    })
}

fn instant(text: &Located<String>, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    parse_at(&text.value, &TimeZone::UTC)
        .map_err(|error| problems.push(Problem::new(text.span, error.to_string())))
        .ok()
}
