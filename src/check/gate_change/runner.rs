//! Hooks and workflows that call the gate: the call gone or changed, its failure thrown away, its occasions fewer.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::calls::{Call, Calls, Sought, names};
use super::{GateChange, Sides, Weaker, World};
use crate::change::ReadError;
use crate::finding::Label;
use crate::source::{RepoPath, SourceFile, Span};

/// Words that begin a line which decides whether the next ones run.
const DECIDING: [&str; 12] =
    ["if ", "if[", "case ", "[ ", "[[ ", "test ", "exit", "return", "exec ", "trap ", "alias ", "while "];

pub(super) fn weaker(
    gate: &GateChange,
    path: &RepoPath,
    sides: &Sides,
    world: &World<'_>,
) -> Result<Vec<Weaker>, ReadError> {
    let Some(before) = sides.before.as_ref().filter(|before| before.text().contains(&gate.called)) else {
        return Ok(Vec::new());
    };
    let yaml = matches!(path.extension().as_deref(), Some("yml" | "yaml"));
    let sought = Sought { called: &gate.called, softening: &gate.softening };
    let old = Calls::of(before, yaml, &sought);
    // A comment that speaks of the gate calls nobody.
    let Some(first) = old.found.first() else { return Ok(Vec::new()) };
    let gone = |what: String| {
        let label = Label::new(before, first.span, "called here before this change, and no more");
        vec![Weaker::new(what, label)]
    };
    let Some(after) = &sides.after else {
        if is_moved(gate, path, before, world)? {
            return Ok(Vec::new());
        }
        return Ok(gone(format!("{}, which ran {}", sides.loss(&path.to_string()), gate.called)));
    };
    let new = Calls::of(after, yaml, &sought);
    if new.found.is_empty() {
        let what = if new.unread { "can't be read any more and" } else { "no longer" };
        return Ok(gone(format!("{path} {what} runs {}", gate.called)));
    }
    let mut weaker = changed_calls(&old, &new, before, after);
    weaker.extend(softened(gate, &old, &new, after));
    weaker.extend(muted(gate, &old, &new, after));
    weaker.extend(fewer_occasions(&old, &new, before, after));
    Ok(weaker)
}

/// The same text under another name, where it is run as well.
fn is_moved(
    gate: &GateChange,
    path: &RepoPath,
    before: &SourceFile,
    world: &World<'_>,
) -> Result<bool, ReadError> {
    for file in world.change.files.iter().filter(|file| file.base.is_none()) {
        let beside = file.path.folder() == path.folder() && gate.is_runner(&file.path);
        if beside && world.head.text(&file.path)?.is_some_and(|text| text.text() == before.text()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Calls that are there no more, or in other words.
fn changed_calls(old: &Calls, new: &Calls, before: &Arc<SourceFile>, after: &Arc<SourceFile>) -> Vec<Weaker> {
    let texts = |calls: &Calls| -> Vec<String> { calls.found.iter().map(|call| call.text.clone()).collect() };
    let mut unmatched: Vec<&Call> = new.found.iter().collect();
    let mut missing: Vec<&Call> = Vec::new();
    for call in &old.found {
        match unmatched.iter().position(|other| other.text == call.text) {
            Some(at) => {
                unmatched.swap_remove(at);
            }
            None => missing.push(call),
        }
    }
    let known: BTreeSet<String> = texts(new).into_iter().collect();
    let mut weaker = Vec::new();
    for call in missing {
        // One of two that say the same.
        if known.contains(&call.text) {
            continue;
        }
        let version =
            unmatched.iter().position(|other| without_version(&other.text) == without_version(&call.text));
        if let Some(at) = version {
            let other = unmatched.swap_remove(at);
            let label = Label::new(after, other.span, "another version than before");
            let mut moved = Weaker::new(format!("its version moves: `{}`", other.text), label);
            moved.mild = true;
            weaker.push(moved);
        } else if let Some(other) = unmatched.pop() {
            let label = Label::new(after, other.span, format!("was `{}`", call.text));
            weaker.push(Weaker::new(format!("it is called in another way: `{}`", other.text), label));
        } else {
            let label = Label::new(before, call.span, "called here before this change, and no more");
            weaker.push(Weaker::new(format!("`{}` is no longer called", call.text), label));
        }
    }
    weaker
}

/// `uses: owner/gate@<commit>`, `rev: v1.2`, `image: gate:1.2`: what is called without which version of it.
fn without_version(call: &str) -> String {
    let cut = call.split(" #").next().unwrap_or(call).trim();
    match cut.split_once('@') {
        Some((name, version)) if !version.contains(' ') => name.to_owned(),
        _ => match cut.rsplit_once(':') {
            Some((name, version)) if !version.contains([' ', '/']) && name.contains('/') => name.to_owned(),
            _ => cut.to_owned(),
        },
    }
}

/// Values that switch nothing off.
fn is_harmless(key: &str, value: &str) -> bool {
    let value = value.trim_start_matches("${{").trim_end_matches("}}").trim();
    match key {
        "if" | "when" => matches!(value, "always()" | "true" | "always" | "on_success" | "!cancelled()"),
        _ => matches!(value, "false" | "" | "[]" | "never"),
    }
}

/// Keys beside or above a call that are new or say something else.
fn softened(gate: &GateChange, old: &Calls, new: &Calls, after: &Arc<SourceFile>) -> Vec<Weaker> {
    let known: BTreeSet<(&str, &str)> = old
        .found
        .iter()
        .flat_map(|call| &call.around)
        .map(|around| (around.key.as_str(), around.value.as_str()))
        .collect();
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    let mut weaker = Vec::new();
    for around in new.found.iter().flat_map(|call| &call.around) {
        let (key, value) = (around.key.as_str(), around.value.as_str());
        if known.contains(&(key, value)) || is_harmless(key, value) || !seen.insert(around.span) {
            continue;
        }
        let shown: String = value.chars().take(80).collect();
        let label = Label::new(after, around.span, format!("decides whether {} counts", gate.called));
        weaker.push(Weaker::new(format!("`{key}: {shown}` where it is run"), label));
    }
    weaker
}

/// New lines of its script that throw a refusal away or keep it from running.
fn muted(gate: &GateChange, old: &Calls, new: &Calls, after: &Arc<SourceFile>) -> Vec<Weaker> {
    let known: BTreeSet<&str> = old
        .found
        .iter()
        .flat_map(|call| call.before.iter().chain(&call.after))
        .map(|(text, _)| text.as_str())
        .collect();
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    let mut weaker = Vec::new();
    let mutes = |text: &str| gate.muting.iter().any(|word| text.contains(word.as_str()));
    let decides = |text: &str| {
        DECIDING.iter().any(|word| text.starts_with(word)) || text.starts_with(&format!("{}()", gate.called))
    };
    for call in &new.found {
        let ahead = call.before.iter().filter(|(text, _)| mutes(text) || decides(text));
        let behind = call.after.iter().filter(|(text, _)| mutes(text));
        for (text, span) in ahead.chain(behind) {
            if !known.contains(text.as_str()) && seen.insert(*span) {
                let label = Label::new(after, *span, "new in the script that runs the gate");
                weaker.push(Weaker::new(format!("`{text}` in its script"), label));
            }
        }
    }
    weaker
}

/// Events that start it no more, and filters that let fewer changes start it.
fn fewer_occasions(
    old: &Calls,
    new: &Calls,
    before: &Arc<SourceFile>,
    after: &Arc<SourceFile>,
) -> Vec<Weaker> {
    let (had, has) = (names(&old.events), names(&new.events));
    let mut weaker = Vec::new();
    let mut add = |what: String, source: &Arc<SourceFile>, span: Span, text: &str| {
        weaker.push(Weaker::new(what, Label::new(source, span, text)));
    };
    for (name, span) in &old.events {
        if has.contains(name.as_str()) {
            continue;
        }
        let filter = name.split_once('=').map_or(name.as_str(), |(filter, _)| filter);
        match name.split_once('.') {
            None => {
                add(format!("`{name}` no longer starts it"), before, *span, "started it before this change");
            }
            // Of a list that names what does start it, one less.
            Some(_) if name.contains('=') && !ignores(filter) && has.contains(filter) => {
                add(format!("`{name}` no longer starts it"), before, *span, "started it before this change");
            }
            Some(_) => {}
        }
    }
    for (name, span) in &new.events {
        if had.contains(name.as_str()) {
            continue;
        }
        let Some((event, filter)) = name.split_once('.') else { continue };
        let narrows = match filter.split_once('=') {
            // A list where there was none starts it less often; one that ignores does with every item.
            None => !ignores(filter),
            Some((filter, _)) => ignores(filter),
        };
        if had.contains(event) && narrows {
            add(format!("`{filter}` lets fewer changes of `{event}` start it"), after, *span, "new");
        }
    }
    weaker
}

fn ignores(filter: &str) -> bool {
    filter.ends_with("-ignore")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_what_stands_behind_the_name() {
        for (one, other, same) in [
            ("uses: a/gate@1111", "uses: a/gate@2222", true),
            ("uses: a/gate@1111 # v1", "uses: a/gate@2222 # v2", true),
            ("uses: a/gate@1111", "uses: b/gate@1111", false),
            ("image: ghcr.example/gate:1", "image: ghcr.example/gate:2", true),
            ("gate check", "gate check || true", false),
            ("run: gate check", "run: gate ci", false),
            ("curl u@host | gate a b", "curl u@other | gate", false),
        ] {
            assert_eq!(without_version(one) == without_version(other), same, "{one} {other}");
        }
    }
}
