//! What a change touches of the deploy configuration, and the environment that each file reaches.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::change::{Change, ReadError};
use crate::check::Reached;
use crate::facts::environment::{Environment, Environments};
use crate::facts::{Recognised, Scope, Snapshot, is_beside_deployment, scope_of};
use crate::finding::Label;
use crate::source::{Origin, RepoPath, SourceFile, Span};

/// The deploy configuration that the change touches, each file with the environment that it reaches.
pub(super) fn reached(
    change: &Change,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<Vec<Reached>, ReadError> {
    let mut reached = Vec::new();
    for file in &change.files {
        if !says_what_runs(&file.path, [base, head])? {
            continue;
        }
        let before = base.text(&file.path)?;
        let after = head.text(&file.path)?;
        let environment = environment_reached(&file.path, [base, head], environments)?;
        let label = first_difference(&file.path, before, after);
        reached.push(Reached { path: file.path.clone(), environment, label });
    }
    Ok(reached)
}

/// Whether a file says what runs: by its name, or because what it holds is a manifest wherever it lies.
fn says_what_runs(path: &RepoPath, sides: [&Snapshot<'_>; 2]) -> Result<bool, ReadError> {
    if scope_of(path) == Scope::Deploy {
        return Ok(true);
    }
    if is_beside_deployment(path) {
        return Ok(false);
    }
    for side in sides {
        let facts = side.facts(path)?;
        if facts.is_some_and(|facts| facts.recognised.iter().any(|kind| *kind != Recognised::Dependencies)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The environment that a file reaches on either side: by its path, by a namespace that it states, or through the
/// kustomizations that take it in. A protected one wins, for the file as a whole is what is released.
fn environment_reached(
    path: &RepoPath,
    sides: [&Snapshot<'_>; 2],
    environments: &Environments,
) -> Result<Option<Environment>, ReadError> {
    let protects = |found: &Option<Environment>| found.as_ref().is_some_and(|found| found.protected);
    let by_path = environments.environment_of(path, None);
    let mut found = by_path.clone();
    for side in sides {
        if protects(&found) {
            break;
        }
        let Some(facts) = side.facts(path)? else { continue };
        let own = facts.kustomization.iter().filter_map(|own| own.namespace.as_ref());
        let mut namespaces: BTreeSet<Option<&str>> = own.map(|name| Some(name.value.as_str())).collect();
        namespaces.extend(facts.resources.iter().map(|resource| resource.id.namespace.as_deref()));
        namespaces.insert(None);
        for namespace in namespaces {
            // What lies in an environment's own folder is no base that others share.
            let reached = if by_path.is_some() {
                vec![environments.environment_of(path, namespace)]
            } else {
                let places = side.builds()?.places(path, namespace, environments);
                places.into_iter().map(|place| place.environment).collect()
            };
            for environment in reached {
                if found.is_none() || protects(&environment) {
                    found = environment;
                }
            }
        }
    }
    Ok(found)
}

/// Points at the first line that differs; at the start of the file where one side has no text.
fn first_difference(
    path: &RepoPath,
    before: Option<Arc<SourceFile>>,
    after: Option<Arc<SourceFile>>,
) -> Label {
    let (shown, other, text) = match (after, before) {
        (Some(after), before) => (after, before, "the change begins here"),
        (None, Some(before)) => (before, None, "this file is taken away"),
        (None, None) => {
            let empty = SourceFile::new(Origin::File(path.clone()), String::new());
            return Label::new(&empty, Span::default(), "this file changes");
        }
    };
    let same = other.map_or(0, |other| {
        shown.text().bytes().zip(other.text().bytes()).take_while(|(one, two)| one == two).count()
    });
    let line = shown.position(floor_boundary(shown.text(), same)).line;
    let span = shown.line_span(line).unwrap_or_default();
    let indent = shown.slice(span).len() - shown.slice(span).trim_start().len();
    Label::new(&shown, Span::new(span.start + indent, span.end), text)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
