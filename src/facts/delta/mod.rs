//! What the change did, by identity and never by line.
//!
//! In: both sides. Out: resources added, removed, modified and renamed, patches that came and went, what kustomizations
//! took off their lists, and dependencies that moved. A file that is moved within its environment changes nothing;
//! moved out of it, its resources are gone.

mod keys;
mod listing;
mod pairing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dependencies::{DependencyMove, moves};
use super::environment::{Environment, Environments};
use super::{FileFacts, Reading, Resource, ResourceId, Snapshot};
use crate::change::{Change, ReadError};
use crate::source::{Located, RepoPath, SourceFile};

pub use keys::{KeyChange, leaves};

/// A resource with where it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub resource: Resource,
    pub source: Arc<SourceFile>,
    pub path: RepoPath,
    pub environment: Option<Environment>,
}

impl Standing {
    fn environment_name(&self) -> &str {
        self.environment.as_ref().map_or("", |environment| &environment.name)
    }
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

/// What became of a patch. A patch that is gone leaves the object that it patched.
#[derive(Debug, Clone)]
pub struct PatchChange {
    pub before: Option<Standing>,
    pub after: Option<Standing>,
    pub keys: Vec<KeyChange>,
}

/// An entry that a kustomization no longer lists: what it stood for leaves the environment, its files may stay.
#[derive(Debug, Clone)]
pub struct Unlisted {
    /// The kustomization.
    pub path: RepoPath,
    pub source: Arc<SourceFile>,
    /// The entry as it was written at base.
    pub entry: Located<String>,
    pub environment: Option<Environment>,
    /// The file or folder meant; `None` for an address.
    pub target: Option<RepoPath>,
    /// What left with it and is not among the removed resources; empty where this tree can't show it.
    pub resources: Vec<Standing>,
}

/// Everything that differs.
#[derive(Debug, Default)]
pub struct Delta {
    pub resources: Vec<ResourceChange>,
    pub moved: Vec<Moved>,
    pub patches: Vec<PatchChange>,
    pub unlisted: Vec<Unlisted>,
    pub dependencies: Vec<(RepoPath, DependencyMove)>,
}

/// What a resource is matched by: where it goes, and what it is called there.
type Key = (String, ResourceId);
type Standings = BTreeMap<Key, Vec<Standing>>;

/// Both sides of what was changed, matched bit by bit.
#[derive(Default)]
struct Sides {
    before: Standings,
    after: Standings,
}

impl Delta {
    pub fn between(
        change: &Change,
        base: &Snapshot<'_>,
        head: &Snapshot<'_>,
        environments: &Environments,
    ) -> Result<Self, ReadError> {
        let mut whole = Sides::default();
        let mut patches = Sides::default();
        let mut dependencies = Vec::new();
        for file in &change.files {
            let one = base.reading(&file.path)?;
            let other = head.reading(&file.path)?;
            // What can't be read on one side is not gone: nothing can be said of it.
            if matches!(one, Reading::Failed(_)) || matches!(other, Reading::Failed(_)) {
                continue;
            }
            let (one, other) = (facts(&one), facts(&other));
            for (side, facts, snapshot) in [(true, one, base), (false, other, head)] {
                let Some(facts) = facts else { continue };
                let patch = !facts.resources.is_empty() && listing::is_listed_patch(snapshot, &file.path)?;
                for standing in standings(&file.path, facts, environments) {
                    let sides = if patch || standing.resource.partial { &mut patches } else { &mut whole };
                    let standings = if side { &mut sides.before } else { &mut sides.after };
                    let key = (standing.environment_name().to_owned(), standing.resource.id.clone());
                    standings.entry(key).or_default().push(standing);
                }
            }
            let of =
                |facts: Option<&FileFacts>| facts.map_or_else(Vec::new, |facts| facts.dependencies.clone());
            let moved = moves(&of(one), &of(other));
            dependencies.extend(moved.into_iter().map(|moved| (file.path.clone(), moved)));
        }
        drop_moved_files(change, &mut dependencies);
        dependencies.sort_by(|one, other| (&one.0, &one.1.key).cmp(&(&other.0, &other.1.key)));
        let mut delta = Self { dependencies, ..Self::default() };
        delta.take_resources(whole, head, environments)?;
        delta.take_patches(patches);
        delta.unlisted = listing::unlisted(change, base, head, environments, &delta.resources)?;
        Ok(delta)
    }

    fn take_resources(
        &mut self,
        mut sides: Sides,
        head: &Snapshot<'_>,
        environments: &Environments,
    ) -> Result<(), ReadError> {
        for (before, after) in pairing::same(&mut sides) {
            let keys = keys::changes(&before.resource.body, &after.resource.body);
            if before.path != after.path {
                self.moved.push(Moved { before: before.clone(), after: after.clone() });
            }
            if !keys.is_empty() {
                self.resources.push(ResourceChange::Modified { before, after, keys });
            }
        }
        let mut removed: Vec<Standing> = sides.before.into_values().flatten().collect();
        let mut added: Vec<Standing> = sides.after.into_values().flatten().collect();
        removed.retain(|standing| {
            let generated = standing.resource.id.name.ends_with('*');
            !generated && (!standing.resource.templated || standing.environment.is_some())
        });
        for (before, after) in pairing::renamed(&mut removed, &mut added) {
            self.resources.push(ResourceChange::Renamed { before, after });
        }
        for standing in removed {
            if !is_defined_elsewhere(&standing, head, environments)? {
                self.resources.push(ResourceChange::Removed(standing));
            }
        }
        self.resources.extend(added.into_iter().map(ResourceChange::Added));
        self.resources.sort_by(|one, other| order(one.standing()).cmp(&order(other.standing())));
        self.moved.sort_by(|one, other| order(&one.before).cmp(&order(&other.before)));
        Ok(())
    }

    fn take_patches(&mut self, mut sides: Sides) {
        for (before, after) in pairing::same(&mut sides) {
            let keys = keys::changes(&before.resource.body, &after.resource.body);
            if !keys.is_empty() {
                self.patches.push(PatchChange { before: Some(before), after: Some(after), keys });
            }
        }
        let gone = sides.before.into_values().flatten();
        self.patches.extend(gone.map(|gone| PatchChange {
            keys: keys::all(&gone.resource.body, true),
            before: Some(gone),
            after: None,
        }));
        let come = sides.after.into_values().flatten();
        self.patches.extend(come.map(|come| PatchChange {
            keys: keys::all(&come.resource.body, false),
            before: None,
            after: Some(come),
        }));
        let place = |patch: &PatchChange| {
            patch
                .after
                .as_ref()
                .or(patch.before.as_ref())
                .map(|one| (one.path.clone(), one.resource.span.start))
        };
        self.patches.sort_by_key(place);
    }
}

fn order(standing: &Standing) -> (&RepoPath, usize, &ResourceId) {
    (&standing.path, standing.resource.span.start, &standing.resource.id)
}

fn facts(reading: &Reading) -> Option<&FileFacts> {
    match reading {
        Reading::Facts(facts) => Some(facts),
        Reading::Absent | Reading::Nothing(_) | Reading::Failed(_) => None,
    }
}

/// The resources of a file with the environments that they reach.
fn standings<'a>(
    path: &'a RepoPath,
    facts: &'a FileFacts,
    environments: &'a Environments,
) -> impl Iterator<Item = Standing> + 'a {
    facts.resources.iter().map(move |resource| Standing {
        environment: environments.environment_of(path, resource.id.namespace.as_deref()),
        resource: resource.clone(),
        source: facts.source.clone(),
        path: path.clone(),
    })
}

/// The same identity in a file that the change does not touch. Without a namespace a name says too little: two
/// applications may each have a `Service web`.
fn is_defined_elsewhere(
    standing: &Standing,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<bool, ReadError> {
    let id = &standing.resource.id;
    if id.name.is_empty() || (id.namespace.is_none() && !pairing::is_cluster_wide(&id.kind)) {
        return Ok(false);
    }
    for path in head.files_naming(&[&id.name])? {
        if path == standing.path {
            continue;
        }
        let Some(facts) = head.facts(&path)? else { continue };
        let same = |other: &Standing| {
            let own = &other.resource.id;
            (&own.kind, &own.name, &own.namespace) == (&id.kind, &id.name, &id.namespace)
                && !other.resource.partial
                && other.environment_name() == standing.environment_name()
        };
        if standings(&path, &facts, environments).any(|other| same(&other)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A file that was only moved moves no dependency.
fn drop_moved_files(change: &Change, dependencies: &mut Vec<(RepoPath, DependencyMove)>) {
    if dependencies.is_empty() {
        return;
    }
    let mut moved = std::collections::BTreeSet::new();
    let come: BTreeMap<_, _> = change
        .files
        .iter()
        .filter(|file| file.base.is_none())
        .filter_map(|file| Some((file.head.as_ref()?, &file.path)))
        .collect();
    for gone in change.files.iter().filter(|file| file.head.is_none()) {
        if let Some(path) = gone.base.as_ref().and_then(|entry| come.get(entry)) {
            moved.insert(gone.path.clone());
            moved.insert((*path).clone());
        }
    }
    dependencies.retain(|(path, _)| !moved.contains(path));
}
