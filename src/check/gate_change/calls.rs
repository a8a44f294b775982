//! Where a hook or a workflow calls the gate, and what around it decides whether that counts.
//!
//! In: one file, as YAML or as a script. Out: its [`Call`]s. Must not know which of them is better.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{normal, trimmed};
use crate::document::{Entry, Format, Node, Value, parse};
use crate::facts::delta::leaves;
use crate::source::{SourceFile, Span};

/// One line that calls the gate.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Without the blanks that formatting moves.
    pub(super) text: String,
    pub(super) span: Span,
    /// Keys around it that can switch it off, with what they say.
    pub(super) around: Vec<Around>,
    /// The lines of its script before it.
    pub(super) before: Vec<(String, Span)>,
    /// And all others.
    pub(super) after: Vec<(String, Span)>,
}

/// A key beside or above a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) span: Span,
}

/// What is looked for.
pub(super) struct Sought<'a> {
    pub(super) called: &'a str,
    pub(super) softening: &'a [String],
}

/// Everything that a runner says about the gate.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) found: Vec<Call>,
    /// What starts a workflow, each as `event`, `event.key` or `event.key=value`.
    pub(super) events: Vec<(String, Span)>,
    /// The text could not be read as what it claims to be.
    pub(super) unread: bool,
}

impl Calls {
    /// Reads a runner; `yaml`: it is a workflow and no script.
    pub(super) fn of(source: &Arc<SourceFile>, yaml: bool, sought: &Sought<'_>) -> Self {
        if !yaml {
            let calls = script(source, Span::new(0, source.text().len()), sought.called, &[]);
            return Self { found: calls, ..Self::default() };
        }
        let Ok(document) = parse(source, Format::Yaml) else {
            return Self { unread: true, ..Self::default() };
        };
        let mut out = Self::default();
        for root in &document.roots {
            walk(source, root, &mut Vec::new(), sought, &mut out.found);
            if let Some(entry) = root.entry("on") {
                events(entry, &mut out.events);
            }
        }
        out
    }
}

/// Recurses as deep as documents may be.
fn walk<'a>(
    source: &Arc<SourceFile>,
    node: &'a Node,
    above: &mut Vec<&'a Node>,
    sought: &Sought<'_>,
    out: &mut Vec<Call>,
) {
    match &node.value {
        Value::Mapping(entries) => {
            above.push(node);
            for entry in entries {
                // What a key that switches off names is no call: `skip: [deploy-guard]`.
                if sought.softening.contains(&entry.key.value) {
                    continue;
                }
                if entry.key.value.contains(sought.called) {
                    if let Value::Mapping(_) = &entry.value.value {
                        above.push(&entry.value);
                    }
                    let mut call = bare(entry.key.value.clone(), entry.key.span);
                    call.around = around(source, above, sought);
                    out.push(call);
                    if let Value::Mapping(_) = &entry.value.value {
                        above.pop();
                    }
                }
                walk(source, &entry.value, above, sought, out);
            }
            above.pop();
        }
        Value::Sequence(items) => {
            for item in items {
                walk(source, item, above, sought, out);
            }
        }
        Value::String(text) if text.value.contains(sought.called) => {
            out.extend(script(source, node.span, sought.called, &around(source, above, sought)));
        }
        Value::Unknown(text) if text.contains(sought.called) => {
            out.extend(script(source, node.span, sought.called, &around(source, above, sought)));
        }
        _ => {}
    }
}

const fn bare(text: String, span: Span) -> Call {
    Call { text, span, around: Vec::new(), before: Vec::new(), after: Vec::new() }
}

fn around(source: &SourceFile, above: &[&Node], sought: &Sought<'_>) -> Vec<Around> {
    let entries = above.iter().flat_map(|node| node.entries());
    entries
        .filter(|entry| sought.softening.contains(&entry.key.value))
        .map(|entry| Around {
            key: entry.key.value.clone(),
            value: said(source, &entry.value),
            span: entry.key.span.join(entry.value.span),
        })
        .collect()
}

/// What a value says, however it is laid out.
fn said(source: &SourceFile, node: &Node) -> String {
    if let Some(text) = node.scalar() {
        return normal(&text);
    }
    let leaves = leaves(node);
    if leaves.is_empty() {
        return normal(source.slice(node.span));
    }
    leaves
        .into_iter()
        .map(|(path, (value, _))| format!("{path}={}", normal(&value)))
        .collect::<Vec<_>>()
        .join("; ")
}

/// The lines of a script that call the gate.
fn script(source: &Arc<SourceFile>, span: Span, called: &str, around: &[Around]) -> Vec<Call> {
    let first = source.position(span.start).line;
    let last = source.position(span.end.max(span.start + 1) - 1).line;
    let mut lines: Vec<(String, Span)> = Vec::new();
    for line in first..=last {
        let Some(whole) = source.line_span(line) else { continue };
        let part = Span::new(whole.start.max(span.start), whole.end.min(span.end).max(span.start));
        let part = trimmed(source, part);
        let text = source.slice(part);
        let text = text.trim_matches(['"', '\'']);
        if !text.is_empty() && !text.starts_with('#') && !matches!(text, "|" | ">" | "|-" | ">-" | "|+") {
            lines.push((normal(text), part));
        }
    }
    let at: Vec<usize> =
        lines.iter().enumerate().filter(|(_, (text, _))| text.contains(called)).map(|(at, _)| at).collect();
    at.into_iter()
        .take(64)
        .filter_map(|at| {
            let (before, rest) = lines.split_at_checked(at)?;
            let ((text, span), after) = rest.split_first()?;
            Some(Call {
                text: text.clone(),
                span: *span,
                around: around.to_vec(),
                before: before.to_vec(),
                after: after.to_vec(),
            })
        })
        .collect()
}

/// `on: push`, `on: [push, pull_request]`, `on: {pull_request: {branches: [main]}}`.
fn events(on: &Entry, out: &mut Vec<(String, Span)>) {
    let items = |node: &Node| -> Vec<(String, Span)> {
        match &node.value {
            Value::Sequence(items) => {
                items.iter().filter_map(|item| Some((item.scalar()?.into_owned(), item.span))).collect()
            }
            _ => node.scalar().map(|text| (text.into_owned(), node.span)).into_iter().collect(),
        }
    };
    out.extend(items(&on.value));
    for event in on.value.entries() {
        out.push((event.key.value.clone(), event.key.span));
        for filter in event.value.entries() {
            let name = format!("{}.{}", event.key.value, filter.key.value);
            out.push((name.clone(), filter.key.span));
            out.extend(items(&filter.value).into_iter().map(|(item, span)| (format!("{name}={item}"), span)));
        }
    }
}

/// The names of some pairs.
pub(super) fn names(pairs: &[(String, Span)]) -> BTreeSet<&str> {
    pairs.iter().map(|(name, _)| name.as_str()).collect()
}
