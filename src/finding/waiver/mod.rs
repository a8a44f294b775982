//! Dated, reasoned exceptions for single findings: `.deploy-guard/waivers.toml`.
//!
//! In: the file as it stands on the base side, and today's date. Out: [`Waivers`] that answer for a finding, and what is
//! wrong with the others. A waiver that is not understood whole has no effect: it counts as expired. Must not know which
//! findings there are.

mod draft;

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::document::table::{self, Table};
use crate::source::{Located, PathPattern, Problem, RepoPath, SourceFile, Span, escape_line, nearest};

pub use draft::{Draft, draft};

/// A waiver lives no longer than these days.
pub const LONGEST_DAYS: i32 = 90;

/// So many days before its end a waiver is announced.
const NOTICE_DAYS: i32 = 7;

/// A reason shorter than this explains nothing.
const SHORTEST_REASON: usize = 10;

const KEYS: [&str; 8] =
    ["policy", "path", "resource", "fingerprint", "reason", "owner", "created", "expires"];

/// One exception.
#[derive(Debug, Clone)]
pub struct Waiver {
    pub policy: String,
    /// Every condition that is stated has to hold; at least one is.
    pub path: Option<PathPattern>,
    pub resource: Option<String>,
    pub fingerprint: Option<String>,
    pub reason: String,
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where its policy is named, for pointing.
    pub span: Span,
}

/// The waivers of a repository. The default has none.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    source: Option<Arc<SourceFile>>,
    active: Vec<Waiver>,
    expired: Vec<Waiver>,
    today: Date,
}

impl Waivers {
    /// Reads the file. What is wrong with one entry is no reason to drop the others.
    pub fn read(source: &Arc<SourceFile>, today: Date) -> (Self, Vec<Problem>) {
        let table::List { entries, mut problems } = table::read_list(source, "waiver");
        let mut waivers = Self { source: Some(source.clone()), today, ..Self::default() };
        for entry in &entries {
            let Some(waiver) = compile(entry, today, &mut problems) else { continue };
            if waiver.expires < today {
                waivers.expired.push(waiver);
            } else if let Some(same) = waivers.active.iter().find(|known| known.means_the_same(&waiver)) {
                let line = source.position(same.span.start).line;
                problems.push(Problem::new(waiver.span, format!("the waiver in line {line} says the same")));
            } else {
                waivers.active.push(waiver);
            }
        }
        problems.sort_by_key(|problem| problem.span);
        (waivers, problems)
    }

    /// Takes away the waivers of policies that nobody may waive, and of policies that there are not.
    pub fn restrict(&mut self, known: &[&str], unwaivable: &[&str]) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.active.retain(|waiver| {
            let policy = waiver.policy.as_str();
            if unwaivable.contains(&policy) {
                let message = format!("`{policy}` cannot be waived");
                problems.push(Problem::new(waiver.span, message).hint("take this entry away"));
            } else if !known.contains(&policy) {
                let problem =
                    Problem::new(waiver.span, format!("there is no policy `{}`", escape_line(policy)));
                problems.push(match nearest(policy, known.iter().copied()) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem,
                });
            } else {
                return true;
            }
            false
        });
        problems
    }

    /// The waiver in force that covers a finding. `subject` is the finding's own: its resource and key path.
    pub fn find(
        &self,
        policy: &str,
        path: Option<&RepoPath>,
        subject: &str,
        fingerprint: &str,
    ) -> Option<&Waiver> {
        self.active.iter().find(|waiver| waiver.covers(policy, path, subject, fingerprint))
    }

    /// What to say beside a finding that a waiver covered until its last day.
    pub fn expired(
        &self,
        policy: &str,
        path: Option<&RepoPath>,
        subject: &str,
        fingerprint: &str,
    ) -> Option<(&Waiver, String)> {
        let covering = self.expired.iter().filter(|waiver| waiver.covers(policy, path, subject, fingerprint));
        let latest = covering.max_by_key(|waiver| waiver.expires)?;
        let days = days_between(latest.expires, self.today);
        Some((latest, format!("the waiver expired {days} ago")))
    }

    /// What to say of the waivers themselves after a run that used some of them: expired, about to expire, unused.
    pub fn notices(&self, used: &[&Waiver]) -> Vec<Problem> {
        let mut notices = Vec::new();
        for waiver in &self.expired {
            let policy = escape_line(&waiver.policy);
            let days = days_between(waiver.expires, self.today);
            let message = format!("the waiver of `{policy}` expired {days} ago");
            notices
                .push(Problem::new(waiver.span, message).hint("mend the finding, then take this entry away"));
        }
        for waiver in &self.active {
            let policy = escape_line(&waiver.policy);
            if self.today.checked_add(NOTICE_DAYS.days()).is_ok_and(|soon| waiver.expires <= soon) {
                let message = if waiver.expires == self.today {
                    format!("the waiver of `{policy}` ends today")
                } else {
                    let days = days_between(self.today, waiver.expires);
                    format!("the waiver of `{policy}` ends in {days}, on {}", waiver.expires)
                };
                notices.push(Problem::new(waiver.span, message));
            }
            if !used.iter().any(|used| used.span == waiver.span) {
                let message = format!("the waiver of `{policy}` covers nothing in this run");
                notices.push(Problem::new(waiver.span, message));
            }
        }
        notices.sort_by_key(|notice| notice.span);
        notices
    }

    /// The file, for pointing; `None` where there is none.
    pub const fn source(&self) -> Option<&Arc<SourceFile>> {
        self.source.as_ref()
    }

    /// The waivers in force, in the order of the file.
    pub fn active(&self) -> &[Waiver] {
        &self.active
    }

    /// The waivers whose last day has passed, in the order of the file.
    pub fn lapsed(&self) -> &[Waiver] {
        &self.expired
    }

    /// Whole days from today to a waiver's last one; negative once that has passed.
    pub fn days_left(&self, waiver: &Waiver) -> i64 {
        self.today.duration_until(waiver.expires).as_hours() / 24
    }
}

impl Waiver {
    fn covers(&self, policy: &str, path: Option<&RepoPath>, subject: &str, fingerprint: &str) -> bool {
        self.policy == policy
            && self.path.as_ref().is_none_or(|pattern| path.is_some_and(|path| pattern.matches(path)))
            && self.resource.as_ref().is_none_or(|resource| names(subject, resource))
            && self.fingerprint.as_ref().is_none_or(|wanted| wanted == fingerprint)
    }

    /// Whether another waiver excuses nothing that this one does not.
    pub fn excuses_as_much_as(&self, other: &Self) -> bool {
        self.means_the_same(other) && self.expires >= other.expires
    }

    fn means_the_same(&self, other: &Self) -> bool {
        self.policy == other.policy
            && self.path == other.path
            && self.resource == other.resource
            && self.fingerprint == other.fingerprint
    }
}

/// Whether a finding's subject is this resource or a part of it, and not one whose name only begins alike.
fn names(subject: &str, resource: &str) -> bool {
    subject.strip_prefix(resource).is_some_and(|rest| {
        rest.chars()
            .next()
            .is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '-' | '_' | '.' | '/'))
    })
}

fn compile(entry: &Table, today: Date, problems: &mut Vec<Problem>) -> Option<Waiver> {
    let before = problems.len();
    problems.extend(entry.unknown_keys(&KEYS));
    let policy = required(entry, "policy", problems);
    let path = entry.text("path", problems).and_then(|path| pattern(&path, problems));
    let resource = entry.text("resource", problems).and_then(|text| filled("resource", text, problems));
    let fingerprint =
        entry.text("fingerprint", problems).and_then(|text| filled("fingerprint", text, problems));
    let reason = required(entry, "reason", problems);
    if let Some(reason) = &reason
        && reason.value.chars().count() < SHORTEST_REASON
    {
        let message = format!("a reason has at least {SHORTEST_REASON} characters");
        problems.push(
            Problem::new(reason.span, message).hint("say why this may stay, for whoever reads it next"),
        );
    }
    let owner = required(entry, "owner", problems);
    let expires = dates(entry, today, problems);
    if ["path", "resource", "fingerprint"].iter().all(|key| entry.get(key).is_none()) {
        let message = "a waiver is for one finding, and this one names none";
        problems.push(Problem::new(entry.span, message).hint("add `path`, `resource` or `fingerprint`"));
    }
    if problems.len() > before {
        return None;
    }
    let policy = policy?;
    Some(Waiver {
        span: policy.span,
        policy: policy.value,
        path,
        resource,
        fingerprint,
        reason: reason?.value,
        owner: owner?.value,
        expires: expires?,
    })
}

fn required(entry: &Table, key: &str, problems: &mut Vec<Problem>) -> Option<Located<String>> {
    if entry.get(key).is_none() {
        problems.push(Problem::new(entry.span, format!("a waiver needs `{key}`")));
        return None;
    }
    let text = entry.text(key, problems)?;
    let span = text.span;
    filled(key, text, problems).map(|value| Located::new(value, span))
}

fn filled(key: &str, text: Located<String>, problems: &mut Vec<Problem>) -> Option<String> {
    let value = text.value.trim();
    if value.is_empty() {
        problems.push(Problem::new(text.span, format!("`{key}` is empty")));
        return None;
    }
    Some(if value.len() == text.value.len() { text.value } else { value.to_owned() })
}

fn pattern(path: &Located<String>, problems: &mut Vec<Problem>) -> Option<PathPattern> {
    if path.value.split('/').all(|part| part.is_empty() || part.bytes().all(|byte| byte == b'*')) {
        let problem = Problem::new(path.span, "this covers every file, and a waiver is for one finding");
        problems.push(problem.hint("switch the policy off in the config if that is what you want"));
        return None;
    }
    match PathPattern::compile(&path.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            problems.push(Problem::new(path.span, error.to_string()));
            None
        }
    }
}

/// The last day, where it and the first one make sense.
fn dates(entry: &Table, today: Date, problems: &mut Vec<Problem>) -> Option<Date> {
    let created = entry.moment("created", problems).and_then(|text| day("created", &text, problems));
    let Some(written) = entry.moment("expires", problems) else {
        if entry.get("expires").is_none() {
            let message = "a waiver needs `expires`: without an end it counts as expired";
            let hint =
                format!("write the last day, at most {LONGEST_DAYS} days away: `expires = 2026-12-01`");
            problems.push(Problem::new(entry.span, message).hint(hint));
        }
        return None;
    };
    let expires = day("expires", &written, problems)?;
    let from = created.unwrap_or(today);
    // Today may already be tomorrow where the waiver was written.
    if created.is_some_and(|created| today.tomorrow().is_ok_and(|tomorrow| created > tomorrow)) {
        problems.push(Problem::new(written.span, format!("the waiver begins on {from}, which is not yet")));
    } else if created.is_some_and(|created| expires < created) {
        problems.push(Problem::new(written.span, format!("the waiver ends before it begins ({from})")));
    } else if from.checked_add(LONGEST_DAYS.days()).is_ok_and(|last| expires > last) {
        let problem = Problem::new(
            written.span,
            format!(
                "{expires} is more than {LONGEST_DAYS} days after {from}, so the waiver counts as expired"
            ),
        );
        problems.push(match from.checked_add(LONGEST_DAYS.days()) {
            Ok(last) => problem.hint(format!("write {last} or earlier")),
            Err(_) => problem,
        });
    }
    Some(expires)
}

/// A day and nothing else: a time of day would need a zone.
fn day(key: &str, written: &Located<String>, problems: &mut Vec<Problem>) -> Option<Date> {
    let text = written.value.trim();
    let found = (text.len() == 10).then(|| text.parse().ok()).flatten();
    if found.is_none() {
        let message = format!("`{key}` is no day: `{}`", escape_line(text));
        problems.push(Problem::new(written.span, message).hint(format!("write `{key} = 2026-12-01`")));
    }
    found
}

fn days_between(from: Date, to: Date) -> String {
    let days = from.duration_until(to).as_hours() / 24;
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

#[cfg(test)]
mod tests;
