//! Policies that weigh less, look at less, or let more through than before.
//!
//! Compared as they come out, the config laid over the policy files: it does not matter where a policy was loosened.

use std::sync::Arc;

use super::{GateChange, Sides, Weaker, World};
use crate::change::ReadError;
use crate::check::outlook::Stance;
use crate::document::{Document, Format, Node, parse};
use crate::finding::{Label, Severity};
use crate::source::{RepoPath, SourceFile, Span};

/// What a policy's own file loosens.
pub(super) fn weaker_file(
    gate: &GateChange,
    path: &RepoPath,
    sides: &Sides,
    world: &World<'_>,
) -> Result<Vec<Weaker>, ReadError> {
    // A policy that comes new tightens, whatever it says.
    let Some(before) = &sides.before else { return Ok(Vec::new()) };
    let Some(id) = id_of(before) else { return Ok(Vec::new()) };
    let outlook = (world.outlook)()?;
    let (Some(present), Some(ahead)) = (&outlook.present, &outlook.ahead) else { return Ok(Vec::new()) };
    let Some(old) = present.stance(&id) else { return Ok(Vec::new()) };
    let mut weaker = Vec::new();
    let Some(new) = ahead.stance(&id) else {
        let what = match id_of_other(sides, &id) {
            Some(other) => format!("the policy `{id}` is taken away: {path} is `{other}` now"),
            None => sides.loss(&format!("the policy `{id}`")),
        };
        let label = match &sides.after {
            Some(after) => Label::new(after, place(after, &["id"]), "another policy now"),
            None => Label::new(before, place(before, &["id"]), "in force before this change"),
        };
        return Ok(vec![Weaker::new(what, label)]);
    };
    let Some(after) = &sides.after else {
        // Another file has it now: only what is weaker there counts.
        for (what, _) in compare(gate, old, new) {
            weaker.push(Weaker::new(what, Label::new(before, place(before, &["id"]), "stricter before")));
        }
        return Ok(weaker);
    };
    for (what, keys) in compare(gate, old, new) {
        weaker.push(Weaker::new(what, Label::new(after, place(after, &keys), "weaker than before")));
    }
    Ok(weaker)
}

fn id_of(source: &Arc<SourceFile>) -> Option<String> {
    let document = toml_of(source)?;
    Some(document.roots.first()?.get("id")?.as_str()?.to_owned())
}

fn id_of_other(sides: &Sides, id: &str) -> Option<String> {
    id_of(sides.after.as_ref()?).filter(|other| other != id)
}

pub(super) fn toml_of(source: &Arc<SourceFile>) -> Option<Document> {
    parse(source, Format::Toml).ok()
}

/// Where keys lead in a TOML file; as far as they lead.
pub(super) fn place(source: &Arc<SourceFile>, keys: &[&str]) -> Span {
    let Some(document) = toml_of(source) else { return Span::default() };
    let mut span = Span::default();
    let mut node: Option<&Node> = document.roots.first();
    for key in keys {
        // `*` is whatever stands there.
        let entry = node.and_then(|node| match *key {
            "*" => node.entries().first(),
            key => node.entry(key),
        });
        let Some(entry) = entry else { break };
        span = if entry.value.entries().is_empty() && !entry.value.span.is_empty() {
            entry.key.span.join(entry.value.span)
        } else {
            entry.key.span
        };
        node = Some(&entry.value);
    }
    span
}

/// What of a policy got weaker, each with the keys that say so in a policy file.
pub(super) fn compare<'a>(gate: &GateChange, old: &Stance, new: &Stance) -> Vec<(String, Vec<&'a str>)> {
    let id = &old.id;
    let mut weaker = Vec::new();
    if new.severity < old.severity {
        let (old, new) = (old.severity.as_str(), new.severity.as_str());
        weaker.push((format!("`{id}` goes from {old} to {new}"), vec!["severity"]));
    } else if new.elsewhere < old.elsewhere {
        let (old, new) = (old.elsewhere.as_str(), new.elsewhere.as_str());
        weaker.push((
            format!("`{id}` goes from {old} to {new} outside of its environments"),
            vec!["elsewhere"],
        ));
    }
    if new.severity != Severity::Off && !covers(new, old) {
        let shown = |stance: &Stance| stance.environments.join(", ");
        weaker.push((
            format!("`{id}` looked at {} environments and now at {}", shown(old), shown(new)),
            vec!["select", "environments"],
        ));
    }
    for pattern in new.exclude.iter().filter(|pattern| !old.exclude.contains(pattern)) {
        weaker.push((format!("`{id}` leaves out {pattern}"), vec!["select", "exclude"]));
    }
    let narrowed = !new.paths.is_empty()
        && (old.paths.is_empty() || old.paths.iter().any(|pattern| !new.paths.contains(pattern)));
    if narrowed {
        weaker.push((format!("`{id}` looks at fewer paths"), vec!["select", "paths"]));
    }
    for (key, value) in &old.parameters {
        let after = new.parameters.get(key);
        if after != Some(value) && !gate.is_as_strict(key, value, after) {
            weaker.push((format!("`{id}` checks with another `{key}`"), vec!["check", "*"]));
        }
    }
    for (key, value) in new.parameters.iter().filter(|(key, _)| !old.parameters.contains_key(*key)) {
        // What was not stated before was a default, which nobody knows here.
        let harmless =
            !gate.loosening.contains(key) && matches!(value, toml::Value::Array(_) | toml::Value::Table(_));
        if !harmless {
            weaker.push((format!("`{id}` now states `{key}`"), vec!["check", "*"]));
        }
    }
    weaker
}

/// Whether one stance looks at every environment that another one does.
fn covers(new: &Stance, old: &Stance) -> bool {
    let is = |stance: &Stance, word: &str| matches!(stance.environments.as_slice(), [only] if only == word);
    is(new, "all")
        || new.environments == old.environments
        // What is not looked at weighs as much as what is.
        || new.elsewhere >= old.severity
        || !is(old, "all")
            && !is(old, "protected")
            && !is(new, "protected")
            && old.environments.iter().all(|name| new.environments.contains(name))
}

impl GateChange {
    /// Whether a parameter's new value lets nothing more through.
    pub(super) fn is_as_strict(&self, key: &str, old: &toml::Value, new: Option<&toml::Value>) -> bool {
        use toml::Value;
        let Some(new) = new else { return self.loosening.iter().any(|known| known == key) };
        let listed = |list: &[String]| list.iter().any(|known| known == key);
        match (old, new) {
            (Value::Array(old), Value::Array(new)) if listed(&self.loosening) => {
                new.iter().all(|item| old.contains(item))
            }
            (Value::Array(old), Value::Array(new)) => old.iter().all(|item| new.contains(item)),
            (Value::Table(old), Value::Table(new)) => old.iter().all(|(key, value)| {
                new.get(key) == Some(value) || self.is_as_strict(key, value, new.get(key))
            }),
            (Value::Integer(old), Value::Integer(new)) => {
                listed(&self.higher_is_stricter) && new >= old
                    || listed(&self.lower_is_stricter) && new <= old
            }
            (Value::Boolean(old), Value::Boolean(new)) => listed(&self.loosening) && *old && !*new,
            (old, new) => old == new,
        }
    }
}
