//! What the change did, by identity and never by line.
//!
//! In: both sides. Out: resources added, removed, modified and moved, and dependencies that moved. A file that is moved
//! within its environment changes nothing; moved out of it, its resources are gone.

mod gone;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::builds::Taken;
use super::dependencies::{DependencyMove, moves};
use super::environment::{Environment, Environments};
use super::{Reading, Resource, ResourceId, Snapshot};
use crate::change::{Change, Entry, ReadError};
use crate::source::{RepoPath, SourceFile, Span};

use values::{Substance, key_changes};

pub use values::leaves;

/// A resource with where it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub resource: Resource,
    pub source: Arc<SourceFile>,
    pub path: RepoPath,
    pub environment: Option<Environment>,
    /// The kustomization's folder by which it was there; `None` where none took its file in.
    pub by: Option<String>,
    /// The file still has it; this entry of a kustomization no longer takes it in.
    pub taken_out: Option<Taken>,
    /// What the same kustomization takes in now that nobody can look into here.
    pub unseen: Option<String>,
}

/// A value of a resource that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// As in [`Setting::key_path`](super::Setting); items without a name by what else tells them apart.
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

/// The same resource in another file of the same environment: for the cluster nothing happened.
#[derive(Debug, Clone)]
pub struct Moved {
    pub before: Standing,
    pub after: Standing,
}

/// Everything that differs.
#[derive(Debug, Default)]
pub struct Delta {
    pub resources: Vec<ResourceChange>,
    pub moved: Vec<Moved>,
    /// Patches that are there no more. What they patched stays, without what they said.
    pub unpatched: Vec<Standing>,
    pub dependencies: Vec<(RepoPath, DependencyMove)>,
}

/// More files than one identity is looked for in.
const MOST_PARTNERS: usize = 16;

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
        let mut pairs = Vec::new();
        pair(&mut before, &mut after, &mut pairs, Clone::clone);
        // An API group that is now spelt out is no other object.
        pair(&mut before, &mut after, &mut pairs, |(environment, id)| {
            (environment.clone(), ResourceId { group: String::new(), ..id.clone() })
        });
        // Nor is one whose namespace is now spelt out, or left to a kustomization.
        pair(&mut before, &mut after, &mut pairs, |(environment, id)| {
            (environment.clone(), ResourceId { group: String::new(), namespace: None, ..id.clone() })
        });
        let (mut resources, mut moved) = (Vec::new(), Vec::new());
        for (before, after) in pairs {
            let keys = key_changes(&before, &after);
            if before.path != after.path {
                moved.push(Moved { before: before.clone(), after: after.clone() });
            }
            if !keys.is_empty() {
                resources.push(ResourceChange::Modified { before, after, keys });
            }
        }
        let mut unpatched: Vec<Standing> = before.into_values().flatten().collect();
        if !unpatched.is_empty() {
            let builds = base.builds()?;
            unpatched.retain(|standing| standing.resource.partial || builds.is_patch(&standing.path));
        }
        let added: Vec<Standing> = after.into_values().flatten().collect();
        let mut added: Vec<Option<Standing>> = added.into_iter().map(Some).collect();
        let removed = gone::from(change, base, head, environments)?;
        gone::pair_renamed(removed, &mut added, &mut resources);
        resources.extend(added.into_iter().flatten().map(ResourceChange::Added));
        resources.sort_by(|one, other| order(one).cmp(&order(other)));
        dependencies.sort_by(|one, other| (&one.0, &one.1.key).cmp(&(&other.0, &other.1.key)));
        moved.sort_by(|one: &Moved, other| one.after.path.cmp(&other.after.path));
        unpatched.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { resources, moved, unpatched, dependencies })
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
            by: None,
            taken_out: None,
            unseen: None,
        });
    }
}

/// Takes out of both sides what has the same identity in the eyes of `seen_as`.
fn pair(
    before: &mut Standings,
    after: &mut Standings,
    out: &mut Vec<(Standing, Standing)>,
    seen_as: impl Fn(&Key) -> Key,
) {
    let mut heads: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for key in after.keys() {
        heads.entry(seen_as(key)).or_default().push(key.clone());
    }
    let keys: Vec<Key> = before.keys().cloned().collect();
    for key in keys {
        let Some(candidates) = heads.get(&seen_as(&key)) else { continue };
        for candidate in candidates.iter().filter(|candidate| same_namespace(&key.1, &candidate.1)) {
            let (Some(ones), Some(others)) = (before.remove(&key), after.remove(candidate)) else { continue };
            let (ones, others) = pair_by_file(ones, others, out);
            if !ones.is_empty() {
                before.insert(key.clone(), ones);
            }
            if !others.is_empty() {
                after.insert(candidate.clone(), others);
            }
        }
    }
}

/// A namespace that is left open is any.
fn same_namespace(one: &ResourceId, other: &ResourceId) -> bool {
    one.namespace == other.namespace || one.namespace.is_none() || other.namespace.is_none()
}

/// Pairs standings of one identity: those of the same file first, so that a name that several files define keeps its
/// partners. Gives back what is left over.
fn pair_by_file(
    ones: Vec<Standing>,
    others: Vec<Standing>,
    out: &mut Vec<(Standing, Standing)>,
) -> (Vec<Standing>, Vec<Standing>) {
    let mut waiting: BTreeMap<RepoPath, VecDeque<Standing>> = BTreeMap::new();
    for other in others {
        waiting.entry(other.path.clone()).or_default().push_back(other);
    }
    let mut alone = Vec::new();
    for one in ones {
        match waiting.get_mut(&one.path).and_then(VecDeque::pop_front) {
            Some(other) => out.push((one, other)),
            None => alone.push(one),
        }
    }
    let mut left: Vec<Standing> = waiting.into_values().flatten().collect();
    let mut kept = Vec::new();
    for one in alone {
        let alike = left.iter().take(MOST_PARTNERS).position(|other| is_alike(&one, other));
        let any = || left.iter().position(|other| one.resource.partial == other.resource.partial);
        match alike.or_else(any) {
            Some(at) => out.push((one, left.remove(at))),
            None => kept.push(one),
        }
    }
    (kept, left)
}

/// Whether one identity in two files is surely one object. A patch is never what it patches; and where no namespace
/// tells two applications' objects apart, their place or their substance does.
fn is_alike(one: &Standing, other: &Standing) -> bool {
    let certain = one.resource.id.namespace.is_some() || one.path.folder() == other.path.folder();
    one.resource.partial == other.resource.partial
        && (certain || Substance::of(&one.resource).shares(&Substance::of(&other.resource), 1, 2))
}

/// A file that was only moved moves no dependency.
fn drop_moved_files(change: &Change, dependencies: &mut Vec<(RepoPath, DependencyMove)>) {
    let mut come: BTreeMap<&Entry, Vec<&RepoPath>> = BTreeMap::new();
    for file in change.files.iter().filter(|file| file.base.is_none()) {
        if let Some(entry) = &file.head {
            come.entry(entry).or_default().push(&file.path);
        }
    }
    let mut moved = std::collections::BTreeSet::new();
    for file in change.files.iter().filter(|file| file.head.is_none()) {
        if let Some(places) = file.base.as_ref().and_then(|entry| come.get(entry)) {
            moved.insert(&file.path);
            moved.extend(places);
        }
    }
    dependencies.retain(|(path, _)| !moved.contains(path));
}
