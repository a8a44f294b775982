//! What the change did, by identity and never by line.
//!
//! In: both sides. Out: resources added, removed, modified and moved, and dependencies that moved. A file that is moved
//! within its environment changes nothing; moved out of it, its resources are gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dependencies::{DependencyMove, moves};
use super::environment::{Environment, Environments};
use super::{Reading, Resource, ResourceId, Snapshot};
use crate::change::{Change, ReadError};
use crate::document::{Node, Value};
use crate::source::{RepoPath, SourceFile, Span};

/// A resource with where it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub resource: Resource,
    pub source: Arc<SourceFile>,
    pub path: RepoPath,
    pub environment: Option<Environment>,
}

/// A value of a resource that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// Keys joined by dots; list items by their name, key or id where they have one.
    pub path: String,
    pub before: Option<(String, Span)>,
    pub after: Option<(String, Span)>,
}

/// What became of one resource.
#[derive(Debug, Clone)]
pub enum ResourceChange {
    Added(Standing),
    Removed(Standing),
    /// The same identity with other values, in the same file or another.
    Modified {
        before: Standing,
        after: Standing,
        keys: Vec<KeyChange>,
    },
    /// Gone under this name, and there under another with the same substance: whatever holds on to the name loses it.
    Renamed {
        before: Standing,
        after: Standing,
    },
}

impl ResourceChange {
    const fn standing(&self) -> &Standing {
        match self {
            Self::Added(standing) | Self::Removed(standing) => standing,
            Self::Modified { after, .. } => after,
            Self::Renamed { before, .. } => before,
        }
    }

    pub const fn path(&self) -> &RepoPath {
        &self.standing().path
    }

    pub const fn environment(&self) -> Option<&Environment> {
        self.standing().environment.as_ref()
    }
}

/// Everything that differs.
#[derive(Debug, Default)]
pub struct Delta {
    pub resources: Vec<ResourceChange>,
    pub dependencies: Vec<(RepoPath, DependencyMove)>,
}

/// What a resource is matched by: where it goes, and what it is called there.
type Key = (String, ResourceId);

impl Delta {
    pub fn between(
        change: &Change,
        base: &Snapshot<'_>,
        head: &Snapshot<'_>,
        environments: &Environments,
    ) -> Result<Self, ReadError> {
        let mut before = BTreeMap::new();
        let mut after = BTreeMap::new();
        let mut dependencies = Vec::new();
        for file in &change.files {
            let one = base.reading(&file.path)?;
            let other = head.reading(&file.path)?;
            // What can't be read on one side is not gone: nothing can be said of it.
            if matches!(one, Reading::Failed(_)) || matches!(other, Reading::Failed(_)) {
                continue;
            }
            stand(&file.path, &one, environments, &mut before);
            stand(&file.path, &other, environments, &mut after);
            let (one, other) = (facts(&one), facts(&other));
            let of = |facts: Option<&super::FileFacts>| {
                facts.map_or_else(Vec::new, |facts| facts.dependencies.clone())
            };
            let (one, other) = (of(one), of(other));
            dependencies.extend(moves(&one, &other).into_iter().map(|moved| (file.path.clone(), moved)));
        }
        drop_moved_files(change, &mut dependencies);
        let mut resources = Vec::new();
        pair(&mut before, &mut after, &mut resources, |key| key.clone());
        // An API group or a namespace that is now spelt out is no other object.
        pair(&mut before, &mut after, &mut resources, |(environment, id)| {
            (environment.clone(), ResourceId { group: String::new(), ..id.clone() })
        });
        pair(&mut before, &mut after, &mut resources, |(environment, id)| {
            (environment.clone(), ResourceId { group: String::new(), namespace: None, ..id.clone() })
        });
        let mut removed: Vec<Standing> = before.into_values().flatten().collect();
        let mut added: Vec<Standing> = after.into_values().flatten().collect();
        removed.retain(|standing| !standing.resource.templated || standing.environment.is_some());
        pair_renamed(&mut removed, &mut added, &mut resources);
        for standing in removed {
            if !defined_elsewhere(&standing, head, environments)? {
                resources.push(ResourceChange::Removed(standing));
            }
        }
        resources.extend(added.into_iter().map(ResourceChange::Added));
        resources.sort_by(|one, other| order(one).cmp(&order(other)));
        dependencies.sort_by(|one, other| (&one.0, &one.1.key).cmp(&(&other.0, &other.1.key)));
        Ok(Self { resources, dependencies })
    }
}

fn order(change: &ResourceChange) -> (&RepoPath, usize, &ResourceId) {
    let standing = change.standing();
    (&standing.path, standing.resource.span.start, &standing.resource.id)
}

fn facts(reading: &Reading) -> Option<&super::FileFacts> {
    match reading {
        Reading::Facts(facts) => Some(facts),
        Reading::Absent | Reading::Nothing(_) | Reading::Failed(_) => None,
    }
}

type Standings = BTreeMap<Key, Vec<Standing>>;

fn stand(path: &RepoPath, reading: &Reading, environments: &Environments, out: &mut Standings) {
    let Some(facts) = facts(reading) else { return };
    for resource in &facts.resources {
        let environment = environments.environment_of(path, resource.id.namespace.as_deref());
        let name = environment.as_ref().map_or_else(String::new, |environment| environment.name.clone());
        out.entry((name, resource.id.clone())).or_default().push(Standing {
            resource: resource.clone(),
            source: facts.source.clone(),
            path: path.clone(),
            environment,
        });
    }
}

/// Takes out of both sides what has the same identity in the eyes of `seen_as`.
fn pair(
    before: &mut Standings,
    after: &mut Standings,
    out: &mut Vec<ResourceChange>,
    seen_as: impl Fn(&Key) -> Key,
) {
    let mut heads: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for key in after.keys() {
        heads.entry(seen_as(key)).or_default().push(key.clone());
    }
    let keys: Vec<Key> = before.keys().cloned().collect();
    for key in keys {
        let Some(candidates) = heads.get(&seen_as(&key)) else { continue };
        let Some(ones) = before.get_mut(&key) else { continue };
        for candidate in candidates {
            let Some(others) = after.get_mut(candidate) else { continue };
            while !ones.is_empty() && !others.is_empty() {
                // The same file first: a name that several files define keeps its partners.
                let at = others
                    .iter()
                    .position(|other| ones.iter().any(|one| one.path == other.path))
                    .unwrap_or(0);
                let other = others.remove(at);
                let at = ones.iter().position(|one| one.path == other.path).unwrap_or(0);
                let one = ones.remove(at);
                let keys = key_changes(&one, &other);
                if !keys.is_empty() {
                    out.push(ResourceChange::Modified { before: one, after: other, keys });
                }
            }
            if others.is_empty() {
                after.remove(candidate);
            }
        }
        if ones.is_empty() {
            before.remove(&key);
        }
    }
}

/// One gone and one new of the same kind with nearly the same substance: the old name is lost, the thing is not.
fn pair_renamed(removed: &mut Vec<Standing>, added: &mut Vec<Standing>, out: &mut Vec<ResourceChange>) {
    let mut kept = Vec::new();
    for standing in removed.drain(..) {
        let twin = added.iter().position(|other| {
            let (one, two) = (&standing.resource, &other.resource);
            let environment =
                |standing: &Standing| standing.environment.as_ref().map(|found| found.name.clone());
            one.id.kind == two.id.kind
                && environment(&standing) == environment(other)
                && same_substance(one, two)
        });
        match twin {
            Some(at) => out.push(ResourceChange::Renamed { before: standing, after: added.remove(at) }),
            None => kept.push(standing),
        }
    }
    *removed = kept;
}

/// At least three quarters of the values are the same.
fn same_substance(one: &Resource, other: &Resource) -> bool {
    let (one, other) = (leaves(&one.body), leaves(&other.body));
    if one.len() < 4 {
        return false;
    }
    let shared =
        one.iter().filter(|(path, value)| other.get(*path).is_some_and(|found| found.0 == value.0)).count();
    shared * 4 >= one.len().max(other.len()) * 3
}

/// The same identity in a file that the change does not touch.
fn defined_elsewhere(
    standing: &Standing,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<bool, ReadError> {
    let id = &standing.resource.id;
    if id.name.is_empty() {
        return Ok(false);
    }
    for path in head.files_naming(&[&id.name])? {
        if path == standing.path {
            continue;
        }
        let Some(facts) = head.facts(&path)? else { continue };
        for resource in &facts.resources {
            let environment = environments.environment_of(&path, resource.id.namespace.as_deref());
            let same_namespace = resource.id.namespace == id.namespace
                || resource.id.namespace.is_none()
                || id.namespace.is_none();
            if resource.id.kind == id.kind
                && resource.id.name == id.name
                && same_namespace
                && environment.map(|found| found.name)
                    == standing.environment.as_ref().map(|found| found.name.clone())
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A file that was only moved moves no dependency.
fn drop_moved_files(change: &Change, dependencies: &mut Vec<(RepoPath, DependencyMove)>) {
    let mut moved = Vec::new();
    for gone in change.files.iter().filter(|file| file.head.is_none()) {
        for come in change.files.iter().filter(|file| file.base.is_none()) {
            if gone.base == come.head {
                moved.push(gone.path.clone());
                moved.push(come.path.clone());
            }
        }
    }
    dependencies.retain(|(path, _)| !moved.contains(path));
}

fn key_changes(before: &Standing, after: &Standing) -> Vec<KeyChange> {
    let (one, other) = (leaves(&before.resource.body), leaves(&after.resource.body));
    let mut paths: Vec<&String> = one.keys().chain(other.keys()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| KeyChange {
            path: path.clone(),
            before: one.get(path).cloned(),
            after: other.get(path).cloned(),
        })
        .filter(|change| {
            change.before.as_ref().map(|(value, _)| value) != change.after.as_ref().map(|(value, _)| value)
        })
        .collect()
}

/// Every scalar with the path to it. A list item goes by its name, key or id, so that a new first item moves nothing.
pub fn leaves(node: &Node) -> BTreeMap<String, (String, Span)> {
    let mut out = BTreeMap::new();
    collect(node, &mut String::new(), &mut out);
    out
}

fn collect(node: &Node, path: &mut String, out: &mut BTreeMap<String, (String, Span)>) {
    let length = path.len();
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key.value);
                collect(&entry.value, path, out);
                path.truncate(length);
            }
        }
        Value::Sequence(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push_str(&format!("[{}]", label_of(item).unwrap_or_else(|| number.to_string())));
                collect(item, path, out);
                path.truncate(length);
            }
        }
        Value::Unknown(raw) => {
            out.insert(path.clone(), (raw.clone(), node.span));
        }
        Value::Null => {
            out.insert(path.clone(), (String::new(), node.span));
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let text = node.scalar().map(std::borrow::Cow::into_owned).unwrap_or_default();
            out.insert(path.clone(), (text, node.span));
        }
    }
}

fn label_of(item: &Node) -> Option<String> {
    ["name", "key", "id"].iter().find_map(|key| item.get(key)?.scalar().map(|text| format!("{key}={text}")))
}
