//! A waiver ready to be filled in.

use jiff::ToSpan;
use jiff::civil::Date;

use super::LONGEST_DAYS;
use crate::source::{PathPattern, RepoPath, escape_line};

/// The finding that a draft is for.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    pub policy: &'a str,
    pub path: Option<&'a RepoPath>,
    /// The finding's subject; empty where it has none.
    pub resource: &'a str,
    pub fingerprint: &'a str,
    pub today: Date,
    /// How long it is to hold; cut at 90.
    pub days: i32,
}

/// An entry for `.deploy-guard/waivers.toml`. As it is it has no effect: reason and owner are a person's to write.
pub fn draft(wanted: &Draft<'_>) -> String {
    let days = wanted.days.clamp(1, LONGEST_DAYS);
    let expires = wanted.today.checked_add(days.days()).unwrap_or(wanted.today);
    let mut lines = vec!["[[waiver]]".to_owned(), format!("policy = {}", quoted(wanted.policy))];
    lines.extend(wanted.path.and_then(pattern).map(|path| format!("path = {path}")));
    // White space around it is dropped when it is read, and control characters would hide what is excused.
    if !wanted.resource.is_empty() && wanted.resource == escape_line(wanted.resource).trim() {
        lines.push(format!("resource = {}", quoted(wanted.resource)));
    }
    lines.push(format!("fingerprint = {}", quoted(wanted.fingerprint)));
    lines.push("reason = \"\"  # why this may stay, in ten characters or more".to_owned());
    lines.push("owner = \"\"  # who answers for it".to_owned());
    lines.push(format!("created = {}", wanted.today));
    lines.push(format!("expires = {expires}  # the last day; at most {LONGEST_DAYS} days after `created`"));
    lines.join("\n") + "\n"
}

/// The path as a pattern that matches it alone; `None` where patterns can't say it: the fingerprint does.
fn pattern(path: &RepoPath) -> Option<String> {
    let text = std::str::from_utf8(path.bytes()).ok()?;
    let escaped = glob::Pattern::escape(text);
    PathPattern::compile(&escaped).ok().filter(|pattern| pattern.matches(path)).map(|_| quoted(&escaped))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
