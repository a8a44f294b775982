//! What kustomizations list: which files are patches, and what leaves an environment because an entry went.
//!
//! In: kustomizations of both sides. Out: [`Unlisted`] entries with the resources that went with them. A file that
//! nobody lists any more stays in the repository and is gone from the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::{ResourceChange, Standing, Unlisted, standings};
use crate::change::{Change, ReadError};
use crate::facts::environment::Environments;
use crate::facts::{Kustomization, Reading, Snapshot};
use crate::source::RepoPath;

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Kustomizations that take in kustomizations; nobody nests deeper.
const DEEPEST: usize = 8;
/// Files that one entry may stand for.
const MOST_FILES: usize = 500;
/// Folders above a file whose kustomizations may list it.
const FOLDERS_UP: usize = 3;

/// Says whether a kustomization in the file's folder or above lists it among its patches.
pub(super) fn is_listed_patch(snapshot: &Snapshot<'_>, path: &RepoPath) -> Result<bool, ReadError> {
    let mut folder = path.folder().into_owned();
    for _ in 0..FOLDERS_UP {
        for name in NAMES {
            let Some(facts) = snapshot.facts(&join(&folder, name))? else { continue };
            let patches = facts.kustomization.as_ref().map(|own| own.patches.as_slice()).unwrap_or_default();
            if patches.iter().any(|patch| target(&folder, &patch.value).as_ref() == Some(path)) {
                return Ok(true);
            }
        }
        let Some((above, _)) = folder.rsplit_once('/') else {
            if folder.is_empty() {
                break;
            }
            folder.clear();
            continue;
        };
        folder = above.to_owned();
    }
    Ok(false)
}

/// Everything that a kustomization listed and lists no more.
pub(super) fn unlisted(
    change: &Change,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    environments: &Environments,
    changes: &[ResourceChange],
) -> Result<Vec<Unlisted>, ReadError> {
    let mut gone = Vec::new();
    let mut listed: BTreeMap<String, BTreeSet<RepoPath>> = BTreeMap::new();
    for file in &change.files {
        let (one, other) = (base.reading(&file.path)?, head.reading(&file.path)?);
        // An unreadable kustomization says nothing of what it lists.
        if matches!(other, Reading::Failed(_)) {
            continue;
        }
        let folder = file.path.folder();
        let environment = |own: &Kustomization| {
            let namespace = own.namespace.as_ref().map(|name| name.value.as_str());
            environments.environment_of(&file.path, namespace)
        };
        let name_of = |own: &Kustomization| environment(own).map_or_else(String::new, |found| found.name);
        let now: BTreeSet<&str> = match &other {
            Reading::Facts(facts) => facts.kustomization.as_deref().map(entries).unwrap_or_default(),
            _ => Vec::new(),
        }
        .into_iter()
        .map(|entry| entry.value.as_str())
        .collect();
        if let Reading::Facts(facts) = &other
            && let Some(own) = &facts.kustomization
        {
            let targets = now.iter().filter_map(|entry| target(&folder, entry));
            listed.entry(name_of(own)).or_default().extend(targets);
        }
        if let Reading::Facts(facts) = &one
            && let Some(own) = &facts.kustomization
        {
            for entry in entries(own).into_iter().filter(|entry| !now.contains(entry.value.as_str())) {
                gone.push(Unlisted {
                    path: file.path.clone(),
                    source: facts.source.clone(),
                    entry: entry.clone(),
                    environment: environment(own),
                    target: target(&folder, &entry.value),
                    resources: Vec::new(),
                });
            }
        }
    }
    gone.retain(|entry| {
        let environment = entry.environment.as_ref().map_or("", |found| &found.name);
        // Listed in another way, or by another kustomization of the same environment.
        !entry
            .target
            .as_ref()
            .is_some_and(|target| listed.get(environment).is_some_and(|targets| targets.contains(target)))
    });
    let mut out = Vec::new();
    for mut entry in gone {
        if let Some(known) = resources_gone(&entry, base, head, environments)? {
            if known.is_empty() {
                continue;
            }
            entry.resources = known.into_iter().filter(|standing| !is_removed(standing, changes)).collect();
            if entry.resources.is_empty() {
                continue;
            }
        }
        out.push(entry);
    }
    Ok(out)
}

/// Entries that bring resources in.
fn entries(own: &Kustomization) -> Vec<&crate::source::Located<String>> {
    own.resources.iter().chain(&own.components).collect()
}

/// The removal is told by the resource itself.
fn is_removed(standing: &Standing, changes: &[ResourceChange]) -> bool {
    changes.iter().any(|change| match change {
        ResourceChange::Removed(gone) | ResourceChange::Renamed { before: gone, .. } => {
            gone.resource.id == standing.resource.id && gone.environment_name() == standing.environment_name()
        }
        ResourceChange::Added(_) | ResourceChange::Modified { .. } => false,
    })
}

/// What an entry brought in and the kustomization at head does not; `None` where that can't be seen.
fn resources_gone(
    entry: &Unlisted,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<Option<Vec<Standing>>, ReadError> {
    let Some(target) = &entry.target else { return Ok(None) };
    let mut before = Closure::new(base, environments);
    before.add(target, 0)?;
    if before.found.is_empty() {
        return Ok(None);
    }
    let mut after = Closure::new(head, environments);
    if let Some(facts) = head.facts(&entry.path)?
        && let Some(own) = &facts.kustomization
    {
        let folder = entry.path.folder();
        for target in entries(own).into_iter().filter_map(|entry| target_of(&folder, entry)) {
            after.add(&target, 0)?;
        }
    }
    let same = |standing: &Standing| {
        let id = &standing.resource.id;
        (id.kind.clone(), id.name.clone(), id.namespace.clone())
    };
    let kept: BTreeSet<_> = after.found.iter().map(same).collect();
    let mut gone = before.found;
    gone.retain(|standing| !kept.contains(&same(standing)) && !standing.resource.partial);
    for standing in &mut gone {
        // What a shared folder holds reaches the environment of the one that lists it.
        standing.environment.clone_from(&entry.environment);
    }
    Ok(Some(gone))
}

fn target_of(folder: &str, entry: &crate::source::Located<String>) -> Option<RepoPath> {
    target(folder, &entry.value)
}

/// Everything that a file or folder brings in.
struct Closure<'a, 's> {
    snapshot: &'a Snapshot<'s>,
    environments: &'a Environments,
    seen: BTreeSet<RepoPath>,
    found: Vec<Standing>,
}

impl<'a, 's> Closure<'a, 's> {
    const fn new(snapshot: &'a Snapshot<'s>, environments: &'a Environments) -> Self {
        Self { snapshot, environments, seen: BTreeSet::new(), found: Vec::new() }
    }

    fn add(&mut self, path: &RepoPath, depth: usize) -> Result<(), ReadError> {
        if depth > DEEPEST || self.seen.len() >= MOST_FILES || !self.seen.insert(path.clone()) {
            return Ok(());
        }
        if let Some(facts) = self.snapshot.facts(path)? {
            if facts.kustomization.is_none() {
                self.found.extend(standings(path, &facts, self.environments));
            }
            return Ok(());
        }
        let folder = path.lossy().into_owned();
        for name in NAMES {
            let Some(facts) = self.snapshot.facts(&join(&folder, name))? else { continue };
            let Some(own) = &facts.kustomization else { continue };
            for target in entries(own).into_iter().filter_map(|entry| target_of(&folder, entry)) {
                self.add(&target, depth + 1)?;
            }
        }
        Ok(())
    }
}

fn join(folder: &str, name: &str) -> RepoPath {
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    RepoPath::new(path.into_bytes())
}

/// The file or folder of this tree that an entry means, `.` and `..` resolved.
fn target(folder: &str, entry: &str) -> Option<RepoPath> {
    if entry.contains("://") || entry.contains('?') || entry.starts_with("git@") || entry.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(RepoPath::new(parts.join("/").into_bytes()))
}
