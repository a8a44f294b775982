//! What no longer gets to where it was.
//!
//! In: both sides. Out: resources that left an environment: with their file, out of it, or because no kustomization takes
//! them in any more. What only moved within its environment is not gone.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::values::Substance;
use super::{ResourceChange, Standing, same_namespace};
use crate::change::{Change, ReadError};
use crate::facts::builds::{Builds, Place, is_kustomization_name, takes_in_other_things};
use crate::facts::environment::Environments;
use crate::facts::{FileFacts, Reading, Resource, ResourceId, Snapshot, System};
use crate::source::RepoPath;

/// So many pairs of gone and new resources are compared in substance.
const MOST_COMPARISONS: usize = 20_000;

/// A resource of the base side that may be gone.
struct Candidate {
    path: RepoPath,
    facts: Rc<FileFacts>,
    at: usize,
}

impl Candidate {
    fn resource(&self) -> Option<&Resource> {
        self.facts.resources.get(self.at)
    }
}

/// What the engine's sides are, and what a name means on them.
struct Sides<'a> {
    base: &'a Snapshot<'a>,
    head: &'a Snapshot<'a>,
    environments: &'a Environments,
}

/// Kind and name: what is compared before namespaces are.
type Loose = (System, String, String);

fn loose(id: &ResourceId) -> Loose {
    (id.system, id.kind.clone(), id.name.clone())
}

/// The namespace that can name its environment; a namespace names its own.
fn namespace_of(id: &ResourceId) -> Option<&str> {
    match id.kind.as_str() {
        "Namespace" | "Project" => Some(&id.name),
        _ => id.namespace.as_deref(),
    }
}

/// Where a resource of a file ends up. What Terraform applies at once is a folder, whatever its files are called.
fn places(builds: &Builds, path: &RepoPath, id: &ResourceId, environments: &Environments) -> Vec<Place> {
    let mut places = builds.places(path, namespace_of(id), environments);
    if id.system == System::Terraform {
        for place in &mut places {
            place.key = path.folder().into_owned();
        }
    }
    places
}

/// Every resource that left an environment, once for each.
pub(super) fn from(
    change: &Change,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<Vec<Standing>, ReadError> {
    let sides = Sides { base, head, environments };
    let mut candidates = Vec::new();
    let mut touched: BTreeSet<RepoPath> = BTreeSet::new();
    for file in &change.files {
        touched.insert(file.path.clone());
        sides.cut_out(&file.path, &mut candidates)?;
        if is_kustomization_name(&file.path) {
            sides.left_out(&file.path, &mut touched, &mut candidates)?;
        }
    }
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    candidates.sort_by(|one: &Candidate, other| (&one.path, one.at).cmp(&(&other.path, other.at)));
    candidates.dedup_by(|one, other| one.path == other.path && one.at == other.at);
    let (before, after) = (base.builds()?, head.builds()?);
    let mut standing = sides.standing(&touched, &after, &candidates)?;
    let mut lost: Vec<(Candidate, Vec<Place>)> = Vec::new();
    let mut known: BTreeMap<Loose, BTreeSet<String>> = BTreeMap::new();
    for candidate in &candidates {
        let Some(resource) = candidate.resource() else { continue };
        let own = known.entry(loose(&resource.id)).or_default();
        own.extend(before.folders_above(&candidate.path));
        own.insert(candidate.path.lossy().into_owned());
    }
    for candidate in candidates {
        let Some(resource) = candidate.resource() else { continue };
        let id = &resource.id;
        let places = places(&before, &candidate.path, id, environments);
        let heads = standing.get_mut(&loose(id));
        let own = known.get(&loose(id));
        let missing = missing(id, places, heads, own);
        if !missing.is_empty() {
            lost.push((candidate, missing));
        }
    }
    sides.drop_those_still_there(&mut lost, &touched, &after)?;
    let let_go = sides.let_go(&touched)?;
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (candidate, places) in lost {
        let Some(resource) = candidate.resource() else { continue };
        let folder = candidate.path.folder().into_owned();
        if resource.id.system == System::Terraform && let_go.contains(&(folder, address(&resource.id))) {
            continue;
        }
        let somewhere = places.iter().any(|place| place.environment.is_some());
        let stays = head
            .facts(&candidate.path)?
            .is_some_and(|facts| facts.resources.iter().any(|other| loose(&other.id) == loose(&resource.id)));
        for place in places.iter().filter(|place| place.environment.is_some() || !somewhere) {
            let name = place.environment.as_ref().map(|environment| environment.name.clone());
            if !seen.insert((name, resource.id.clone())) {
                continue;
            }
            let taken_out =
                if stays { before.broken_step(&candidate.path, &place.key, &after) } else { None };
            let own =
                resource.id.system == System::Terraform || place.key.as_bytes() == candidate.path.bytes();
            let by = (!own).then(|| place.key.clone());
            let unseen = by.as_ref().and_then(|folder| {
                let (before, after) = (before.unseen_below(folder), after.unseen_below(folder));
                after.difference(&before).next().cloned()
            });
            out.push(Standing {
                resource: resource.clone(),
                source: candidate.facts.source.clone(),
                path: candidate.path.clone(),
                environment: place.environment.clone(),
                by,
                taken_out,
                unseen,
            });
        }
    }
    Ok(out)
}

/// A resource as it stands at head.
struct Head {
    id: ResourceId,
    places: Vec<Place>,
}

/// The places that are there no more and that no new place of the same environment makes up for.
fn missing(
    id: &ResourceId,
    places: Vec<Place>,
    heads: Option<&mut Vec<Head>>,
    known: Option<&BTreeSet<String>>,
) -> Vec<Place> {
    let mut missing = places;
    let Some(heads) = heads else { return missing };
    let same = |place: &Place, head: &Head, other: &Place| {
        same_namespace(id, &head.id) || place.sets_namespace || other.sets_namespace
    };
    missing.retain(|place| {
        !heads
            .iter()
            .any(|head| head.places.iter().any(|other| other.key == place.key && same(place, head, other)))
    });
    missing.retain(|place| {
        let name = place.environment.as_ref().map(|environment| environment.name.as_str());
        for head in heads.iter_mut() {
            let found = head.places.iter().position(|other| {
                let fresh = known.is_none_or(|known| !known.contains(&other.key));
                let other_name = other.environment.as_ref().map(|environment| environment.name.as_str());
                fresh
                    && other_name == name
                    && (same_namespace(id, &head.id) || place.sets_namespace || other.sets_namespace)
            });
            if let Some(at) = found {
                // It makes up for one, not for two.
                head.places.swap_remove(at);
                return false;
            }
        }
        true
    });
    missing
}

/// `aws_ecs_service.web`
fn address(id: &ResourceId) -> String {
    format!("{}.{}", id.kind, id.name)
}

impl Sides<'_> {
    /// What Terraform is told to move, or to forget and leave alone: folder and address.
    fn let_go(&self, touched: &BTreeSet<RepoPath>) -> Result<BTreeSet<(String, String)>, ReadError> {
        let mut out = BTreeSet::new();
        for path in touched {
            let Some(facts) = self.head.facts(path)? else { continue };
            let folder = path.folder();
            out.extend(facts.let_go.iter().map(|address| (folder.clone().into_owned(), address.clone())));
        }
        Ok(out)
    }

    /// Resources that a changed file had and has no more.
    fn cut_out(&self, path: &RepoPath, out: &mut Vec<Candidate>) -> Result<(), ReadError> {
        let Reading::Facts(facts) = self.base.reading(path)? else { return Ok(()) };
        if facts.resources.is_empty() {
            return Ok(());
        }
        let after = match self.head.reading(path)? {
            Reading::Facts(after) => Some(after),
            // What can't be read is not gone: nothing can be said of it.
            Reading::Failed(_) => return Ok(()),
            Reading::Absent | Reading::Nothing(_) => None,
        };
        let mut kept: BTreeMap<Loose, Vec<Option<String>>> = BTreeMap::new();
        for resource in after.iter().flat_map(|after| &after.resources) {
            kept.entry(loose(&resource.id)).or_default().push(resource.id.namespace.clone());
        }
        for (at, resource) in facts.resources.iter().enumerate() {
            if resource.partial || resource.id.name.is_empty() {
                continue;
            }
            let still = kept.get_mut(&loose(&resource.id)).and_then(|namespaces| {
                let namespace = &resource.id.namespace;
                let exact = namespaces.iter().position(|other| other == namespace);
                let found = exact
                    .or_else(|| namespaces.iter().position(|other| other.is_none() || namespace.is_none()))?;
                Some(namespaces.swap_remove(found))
            });
            if still.is_none() {
                out.push(Candidate { path: path.clone(), facts: facts.clone(), at });
            }
        }
        Ok(())
    }

    /// Resources of files that a kustomization took in and takes in no more; what is newly taken in is noted.
    fn left_out(
        &self,
        path: &RepoPath,
        touched: &mut BTreeSet<RepoPath>,
        out: &mut Vec<Candidate>,
    ) -> Result<(), ReadError> {
        let (one, other) = (self.base.reading(path)?, self.head.reading(path)?);
        if matches!(one, Reading::Failed(_)) || matches!(other, Reading::Failed(_)) {
            return Ok(());
        }
        let of = |reading: &Reading| match reading {
            Reading::Facts(facts) => Some(facts.clone()),
            Reading::Absent | Reading::Nothing(_) | Reading::Failed(_) => None,
        };
        let (one, other) = (of(&one), of(&other));
        let own =
            |facts: &Option<Rc<FileFacts>>| facts.as_ref().and_then(|facts| facts.kustomization.clone());
        let (one, other) = (own(&one), own(&other));
        if !takes_in_other_things(one.as_deref(), other.as_deref()) {
            return Ok(());
        }
        let before = self.base.builds()?.files_below(path);
        let after = self.head.builds()?.files_below(path);
        touched.extend(after.difference(&before).cloned());
        let mut left: BTreeSet<RepoPath> = before.difference(&after).cloned().collect();
        if one.is_none() {
            // Beside a new kustomization everything that it does not list is dead.
            let folder = path.folder();
            let beside = self.base.files()?;
            let beside = beside.iter().map(|(path, _)| path).filter(|other| other.folder() == folder);
            left.extend(beside.filter(|other| !after.contains(*other)).cloned());
        }
        for path in left {
            let Reading::Facts(facts) = self.base.reading(&path)? else { continue };
            for (at, resource) in facts.resources.iter().enumerate() {
                if !resource.partial && !resource.id.name.is_empty() {
                    out.push(Candidate { path: path.clone(), facts: facts.clone(), at });
                }
            }
        }
        Ok(())
    }

    /// Where the identities that are asked for stand at head, among the files that the change could have moved them to.
    fn standing(
        &self,
        touched: &BTreeSet<RepoPath>,
        builds: &Builds,
        candidates: &[Candidate],
    ) -> Result<BTreeMap<Loose, Vec<Head>>, ReadError> {
        let wanted: BTreeSet<Loose> =
            candidates.iter().filter_map(Candidate::resource).map(|resource| loose(&resource.id)).collect();
        let mut paths: BTreeSet<&RepoPath> = touched.iter().collect();
        paths.extend(candidates.iter().map(|candidate| &candidate.path));
        let mut out: BTreeMap<Loose, Vec<Head>> = BTreeMap::new();
        for path in paths {
            for (id, places) in self.found(path, builds, &wanted)? {
                out.entry(loose(&id)).or_default().push(Head { id, places });
            }
        }
        Ok(out)
    }

    /// The wanted identities in one file of head, each with its places.
    fn found(
        &self,
        path: &RepoPath,
        builds: &Builds,
        wanted: &BTreeSet<Loose>,
    ) -> Result<Vec<(ResourceId, Vec<Place>)>, ReadError> {
        let Some(facts) = self.head.facts(path)? else { return Ok(Vec::new()) };
        let resources = facts.resources.iter().filter(|resource| !resource.partial);
        Ok(resources
            .filter(|resource| wanted.contains(&loose(&resource.id)))
            .map(|resource| (resource.id.clone(), places(builds, path, &resource.id, self.environments)))
            .collect())
    }

    /// Takes away what a file that the change does not touch still has for the same target.
    fn drop_those_still_there(
        &self,
        lost: &mut Vec<(Candidate, Vec<Place>)>,
        touched: &BTreeSet<RepoPath>,
        after: &Builds,
    ) -> Result<(), ReadError> {
        // Where no environment is known, there is none to be still in.
        let wanted: BTreeSet<Loose> = lost
            .iter()
            .filter(|(_, places)| places.iter().any(|place| place.environment.is_some()))
            .filter_map(|(candidate, _)| candidate.resource())
            .map(|resource| loose(&resource.id))
            .collect();
        let names: BTreeSet<&str> = wanted.iter().map(|(_, _, name)| name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let places = || lost.iter().flat_map(|(_, places)| places);
        let left: BTreeSet<String> =
            places().filter_map(|place| Some(place.environment.as_ref()?.name.clone())).collect();
        let mut elsewhere: BTreeMap<Loose, Vec<(RepoPath, Head)>> = BTreeMap::new();
        // What lies in another environment's folder is not looked into.
        let here = |path: &RepoPath| {
            !touched.contains(path)
                && self.environments.environment_of(path, None).is_none_or(|found| left.contains(&found.name))
        };
        for path in self.head.files_defining(&names, &here)? {
            for (id, places) in self.found(&path, after, &wanted)? {
                elsewhere.entry(loose(&id)).or_default().push((path.clone(), Head { id, places }));
            }
        }
        for (candidate, places) in lost.iter_mut() {
            let Some(resource) = candidate.resource() else { continue };
            let Some(others) = elsewhere.get(&loose(&resource.id)) else { continue };
            places.retain(|place| {
                let name = place.environment.as_ref().map(|environment| environment.name.as_str());
                !others.iter().any(|(path, head)| {
                    *path != candidate.path
                        && !is_parallel(path, &candidate.path)
                        && head.places.iter().any(|other| {
                            (other.environment.as_ref().map(|environment| environment.name.as_str()) == name
                                || is_compose_base(&resource.id, path, &candidate.path))
                                && (same_namespace(&resource.id, &head.id)
                                    || place.sets_namespace
                                    || other.sets_namespace)
                        })
                })
            });
        }
        lost.retain(|(_, places)| !places.is_empty());
        Ok(())
    }
}

/// An override of a compose file went; the file that it lay over still has the service.
fn is_compose_base(id: &ResourceId, path: &RepoPath, gone: &RepoPath) -> bool {
    id.system == System::Compose && path.folder() == gone.folder()
}

/// Two paths that differ in one folder alone are the same thing for two targets: `clusters/eu/web.yaml`,
/// `clusters/us/web.yaml`.
fn is_parallel(one: &RepoPath, other: &RepoPath) -> bool {
    let (one, other) = (one.lossy(), other.lossy());
    let (one, other): (Vec<&str>, Vec<&str>) = (one.split('/').collect(), other.split('/').collect());
    one.len() == other.len()
        && one.last() == other.last()
        && one.iter().zip(&other).filter(|(one, other)| one != other).count() == 1
}

/// One gone and one new of the same kind with nearly the same substance: the old name is lost, the thing is not.
pub(super) fn pair_renamed(
    removed: Vec<Standing>,
    added: &mut [Option<Standing>],
    out: &mut Vec<ResourceChange>,
) {
    let kinds: BTreeSet<&str> = removed.iter().map(|gone| gone.resource.id.kind.as_str()).collect();
    let values: Vec<Option<Substance>> = added
        .iter()
        .map(|standing| {
            let wanted =
                standing.as_ref().filter(|standing| kinds.contains(standing.resource.id.kind.as_str()));
            wanted.map(|standing| Substance::of(&standing.resource))
        })
        .collect();
    drop(kinds);
    let mut budget = MOST_COMPARISONS;
    for gone in removed {
        let own = Substance::of(&gone.resource);
        let twin = gone
            .taken_out
            .is_none()
            .then(|| {
                added.iter().zip(&values).position(|(other, values)| {
                    let (Some(other), Some(values)) = (other, values) else { return false };
                    let name =
                        |standing: &Standing| standing.environment.as_ref().map(|found| found.name.clone());
                    let comparable = gone.resource.id.kind == other.resource.id.kind
                        && gone.resource.id.name != other.resource.id.name
                        && (gone.path == other.path || name(&gone) == name(other))
                        && budget > 0;
                    budget = budget.saturating_sub(usize::from(comparable));
                    comparable && own.shares(values, 3, 4)
                })
            })
            .flatten();
        match twin.and_then(|at| added.get_mut(at)?.take()) {
            Some(after) => out.push(ResourceChange::Renamed { before: gone, after }),
            None => out.push(ResourceChange::Removed(gone)),
        }
    }
}
