//! What kustomizations take in: where a file's resources get to, and where they get nowhere.
//!
//! In: one side of the change. Out: [`Builds`], from which every file's [`Place`]s follow. A file in a folder with a
//! kustomization that does not list it is dead; a file in a shared base gets wherever an overlay takes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::environment::{Environment, Environments};
use super::{FileFacts, Kustomization, Reading, Snapshot};
use crate::change::ReadError;
use crate::source::{Located, RepoPath, SourceFile};

/// More kustomizations than any repository was seen to have.
const MOST: usize = 20_000;
/// An image's ways up through overlays that are followed, so that a lattice of bases costs no power of its depth.
const MOST_WAYS: usize = 512;
/// Overlays of overlays; nobody writes more.
const DEEPEST: usize = 24;

/// Every kustomization of one side, and what it takes in.
#[derive(Debug, Default)]
pub struct Builds {
    nodes: Vec<Build>,
    /// Which kustomizations take in a file, or the kustomization of a folder; by its path.
    users: BTreeMap<String, Vec<Use>>,
    /// Files that only patch what stands elsewhere, with the kustomizations that they are patches of.
    patches: BTreeMap<String, Vec<Use>>,
    /// The kustomization of a folder.
    folders: BTreeMap<String, usize>,
    /// Folders whose kustomization can't be read: what it leaves out is not known.
    opaque: BTreeSet<String>,
}

/// One kustomization.
#[derive(Debug)]
pub struct Build {
    pub path: RepoPath,
    pub facts: Rc<FileFacts>,
}

impl Build {
    pub fn kustomization(&self) -> Option<&Kustomization> {
        self.facts.kustomization.as_deref()
    }

    fn namespace(&self) -> Option<&str> {
        self.kustomization()?.namespace.as_ref().map(|name| name.value.as_str())
    }

    /// The environment that it is for.
    pub fn environment(&self, environments: &Environments) -> Option<Environment> {
        environments.environment_of(&self.path, self.namespace())
    }
}

/// An entry by which a kustomization takes something in.
#[derive(Debug, Clone)]
struct Use {
    by: usize,
    entry: Located<String>,
}

/// Somewhere that a file's resources are put into a cluster.
#[derive(Debug, Clone)]
pub struct Place {
    /// The kustomization's folder; the file's own path where none takes it in.
    pub key: String,
    pub environment: Option<Environment>,
    /// The namespace of the manifests does not count: a kustomization sets it.
    pub sets_namespace: bool,
}

/// A kustomization on the way up, and the entry by which it takes in what is below.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    pub build: &'a Build,
    pub entry: &'a Located<String>,
}

/// From a file up to a kustomization, nearest first.
pub type Way<'a> = Vec<Step<'a>>;

/// Where an entry of a kustomization stands.
#[derive(Debug, Clone)]
pub struct Taken {
    pub source: Arc<SourceFile>,
    pub entry: Located<String>,
}

pub(super) fn is_kustomization_name(path: &RepoPath) -> bool {
    matches!(path.file_name().as_ref(), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// What an entry means, seen from its folder; `None` for an address or a way out of the repository.
fn resolve(folder: &str, entry: &str) -> Option<String> {
    let entry = entry.trim();
    if entry.is_empty() || entry.starts_with('/') || entry.contains("://") || entry.contains(['?', '\n']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in entry.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// Something outside of this repository.
fn is_address(entry: &str) -> bool {
    entry.contains("://")
        || entry.contains("?ref=")
        || entry.starts_with("git@")
        || entry.starts_with("github.com/")
}

impl Builds {
    /// Reads every kustomization of a side.
    pub(super) fn of(side: &Snapshot<'_>) -> Result<Self, ReadError> {
        let mut builds = Self::default();
        for (path, entry) in side.files()?.iter().filter(|(path, _)| is_kustomization_name(path)).take(MOST) {
            let folder = path.folder().into_owned();
            match side.reading_of(path, Some(entry))? {
                Reading::Facts(facts) if facts.kustomization.is_some() => {
                    builds.folders.insert(folder, builds.nodes.len());
                    builds.nodes.push(Build { path: path.clone(), facts });
                }
                _ => {
                    builds.opaque.insert(folder);
                }
            }
        }
        for (by, node) in builds.nodes.iter().enumerate() {
            let Some(own) = node.kustomization() else { continue };
            let folder = node.path.folder();
            for entry in own.resources.iter().chain(&own.components) {
                if let Some(target) = resolve(&folder, &entry.value) {
                    builds.users.entry(target).or_default().push(Use { by, entry: entry.clone() });
                }
            }
            for entry in &own.patches {
                if let Some(target) = resolve(&folder, &entry.value) {
                    builds.patches.entry(target).or_default().push(Use { by, entry: entry.clone() });
                }
            }
        }
        Ok(builds)
    }

    /// What a path is known by to those who take it in: a kustomization by its folder.
    fn key_of(path: &RepoPath) -> String {
        let own = is_kustomization_name(path);
        if own { path.folder().into_owned() } else { path.lossy().into_owned() }
    }

    pub fn is_patch(&self, path: &RepoPath) -> bool {
        self.patches.contains_key(path.lossy().as_ref())
    }

    /// A file beside a kustomization that takes it in nowhere.
    pub fn is_dead(&self, path: &RepoPath) -> bool {
        self.folders.contains_key(path.folder().as_ref())
            && !is_kustomization_name(path)
            && !self.users.contains_key(path.lossy().as_ref())
            && !self.is_patch(path)
    }

    /// The kustomizations above a path with the step that led to each: its user below, by key.
    fn above(&self, path: &RepoPath) -> BTreeMap<usize, (String, Located<String>)> {
        let mut found: BTreeMap<usize, (String, Located<String>)> = BTreeMap::new();
        let mut pending = VecDeque::from([Self::key_of(path)]);
        while let Some(key) = pending.pop_front() {
            for user in self.users.get(&key).map(Vec::as_slice).unwrap_or_default() {
                let std::collections::btree_map::Entry::Vacant(place) = found.entry(user.by) else {
                    continue;
                };
                place.insert((key.clone(), user.entry.clone()));
                pending.extend(self.nodes.get(user.by).map(|node| node.path.folder().into_owned()));
            }
        }
        found
    }

    /// Every kustomization that has a file in it, directly or not, by folder.
    pub fn folders_above(&self, path: &RepoPath) -> BTreeSet<String> {
        let above = self.above(path);
        above
            .keys()
            .filter_map(|at| self.nodes.get(*at))
            .map(|node| node.path.folder().into_owned())
            .collect()
    }

    /// The same for a kustomization, by its folder.
    pub(super) fn folders_above_folder(&self, folder: &str) -> BTreeSet<String> {
        let place = if folder.is_empty() {
            "kustomization.yaml".to_owned()
        } else {
            format!("{folder}/kustomization.yaml")
        };
        self.folders_above(&place.as_str().into())
    }

    /// Whether nothing takes in the kustomization of a folder.
    pub(super) fn is_root_folder(&self, folder: &str) -> bool {
        !self.users.contains_key(folder)
    }

    /// Where the resources of a file end up; `namespace` is the one that the manifest states.
    pub fn places(
        &self,
        path: &RepoPath,
        namespace: Option<&str>,
        environments: &Environments,
    ) -> Vec<Place> {
        if self.is_patch(path) || self.is_dead(path) {
            return Vec::new();
        }
        let above = self.above(path);
        let alone = || Place {
            key: path.lossy().into_owned(),
            environment: environments.environment_of(path, namespace),
            sets_namespace: false,
        };
        if above.is_empty() {
            return vec![alone()];
        }
        let environment_of = |at: usize| {
            let node = self.nodes.get(at)?;
            let component = node.kustomization().is_some_and(|own| own.component);
            if component {
                return None;
            }
            environments.environment_of(&node.path, node.namespace().or(namespace))
        };
        let known: BTreeMap<usize, Environment> =
            above.keys().filter_map(|at| Some((*at, environment_of(*at)?))).collect();
        let sets_namespace =
            above.keys().any(|at| self.nodes.get(*at).is_some_and(|node| node.namespace().is_some()));
        let below = self.below_a_twin(&known);
        let topmost = known.iter().filter(|(at, _)| !below.contains(*at));
        let mut places: Vec<Place> = topmost
            .filter_map(|(at, environment)| {
                let key = self.nodes.get(*at)?.path.folder().into_owned();
                Some(Place { key, environment: Some(environment.clone()), sets_namespace })
            })
            .collect();
        let own = alone();
        if places.is_empty()
            || own.environment.as_ref().is_some_and(|own| {
                !places
                    .iter()
                    .filter_map(|place| place.environment.as_ref())
                    .any(|other| other.name == own.name)
            })
        {
            places.push(Place { sets_namespace, ..own });
        }
        places
    }

    /// The kustomizations that another one of the same environment takes in: no places of their own.
    fn below_a_twin(&self, known: &BTreeMap<usize, Environment>) -> BTreeSet<usize> {
        let mut names: Vec<&str> = known.values().map(|environment| environment.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut out = BTreeSet::new();
        for name in names {
            let own: Vec<usize> =
                known.iter().filter(|(_, other)| other.name == name).map(|(at, _)| *at).collect();
            let mut seen = BTreeSet::new();
            let mut pending: Vec<usize> = own.iter().flat_map(|at| self.nodes_below(*at)).collect();
            while let Some(at) = pending.pop() {
                if seen.insert(at) {
                    pending.extend(self.nodes_below(at));
                }
            }
            out.extend(own.into_iter().filter(|at| seen.contains(at)));
        }
        out
    }

    /// The kustomizations that one takes in.
    fn nodes_below(&self, at: usize) -> Vec<usize> {
        let Some(node) = self.nodes.get(at) else { return Vec::new() };
        let Some(own) = node.kustomization() else { return Vec::new() };
        let folder = node.path.folder();
        let entries = own.resources.iter().chain(&own.components);
        entries.filter_map(|entry| self.folders.get(&resolve(&folder, &entry.value)?).copied()).collect()
    }

    /// The entry that no longer leads from a file to a kustomization above it: of this side, gone on the other.
    pub fn broken_step(&self, path: &RepoPath, folder: &str, other: &Self) -> Option<Taken> {
        let above = self.above(path);
        let mut at = *self.folders.get(folder)?;
        let mut broken = None;
        for _ in 0..=above.len() {
            let (below, entry) = above.get(&at)?;
            let node = self.nodes.get(at)?;
            let still = other.folders.get(node.path.folder().as_ref()).is_some_and(|twin| {
                other.users.get(below).is_some_and(|users| users.iter().any(|user| user.by == *twin))
            });
            if !still {
                broken = Some(Taken { source: node.facts.source.clone(), entry: entry.clone() });
            }
            match self.folders.get(below) {
                Some(next) => at = *next,
                None => break,
            }
        }
        broken
    }

    /// What is taken in below a kustomization that nobody can look into here: addresses, charts, plugins.
    pub fn unseen_below(&self, folder: &str) -> BTreeSet<String> {
        let mut unseen = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut pending: Vec<usize> = self.folders.get(folder).copied().into_iter().collect();
        while let Some(at) = pending.pop() {
            if !seen.insert(at) {
                continue;
            }
            pending.extend(self.nodes_below(at));
            let Some(own) = self.nodes.get(at).and_then(Build::kustomization) else { continue };
            let remote = own.resources.iter().chain(&own.components).filter(|entry| is_address(&entry.value));
            let others = own.charts.iter().chain(&own.generators);
            unseen.extend(remote.chain(others).map(|entry| entry.value.clone()));
        }
        unseen
    }

    /// Every file that a kustomization takes in, directly or through others.
    pub fn files_below(&self, path: &RepoPath) -> BTreeSet<RepoPath> {
        let mut files = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut pending: Vec<usize> = self.folders.get(path.folder().as_ref()).copied().into_iter().collect();
        while let Some(at) = pending.pop() {
            if !seen.insert(at) {
                continue;
            }
            let Some(own) = self.nodes.get(at) else { continue };
            let Some(kustomization) = own.kustomization() else { continue };
            for entry in kustomization.resources.iter().chain(&kustomization.components) {
                let Some(target) = resolve(&own.path.folder(), &entry.value) else { continue };
                match self.folders.get(&target) {
                    Some(next) => pending.push(*next),
                    None => {
                        files.insert(RepoPath::from(target.as_str()));
                    }
                }
            }
        }
        files
    }

    /// The ways from a file up to every kustomization above it, nearest first; `None` where there are too many to say.
    pub fn ways(&self, path: &RepoPath) -> Option<Vec<Way<'_>>> {
        let mut ways: Vec<Way<'_>> = Vec::new();
        let mut pending: Vec<(String, Way<'_>)> = vec![(Self::key_of(path), Vec::new())];
        while let Some((key, way)) = pending.pop() {
            let of = |map: &'_ BTreeMap<String, Vec<Use>>| map.get(&key).map_or(0, Vec::len);
            if ways.len() + of(&self.users) + of(&self.patches) > MOST_WAYS || way.len() >= DEEPEST {
                return None;
            }
            let users = self.users.get(&key).into_iter().chain(self.patches.get(&key)).flatten();
            for user in users {
                let Some(build) = self.nodes.get(user.by) else { continue };
                if way.iter().any(|step| step.build.path == build.path) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(Step { build, entry: &user.entry });
                pending.push((build.path.folder().into_owned(), longer.clone()));
                ways.push(longer);
            }
        }
        Some(ways)
    }

    /// The files that patch what a kustomization takes in.
    pub fn patches_of(&self, build: &Build) -> Vec<RepoPath> {
        let folder = build.path.folder();
        let patches = build.kustomization().map(|own| own.patches.as_slice()).unwrap_or_default();
        patches
            .iter()
            .filter_map(|entry| Some(RepoPath::from(resolve(&folder, &entry.value)?.as_str())))
            .collect()
    }

    /// Whether nothing takes a kustomization in.
    pub fn is_root(&self, build: &Build) -> bool {
        !self.users.contains_key(build.path.folder().as_ref())
    }
}

/// Whether what a kustomization takes in may differ between two versions of it.
pub fn takes_in_other_things(before: Option<&Kustomization>, after: Option<&Kustomization>) -> bool {
    let entries = |own: Option<&Kustomization>| -> BTreeSet<String> {
        own.iter()
            .flat_map(|own| own.resources.iter().chain(&own.components))
            .map(|entry| entry.value.clone())
            .collect()
    };
    before.is_some() != after.is_some() || entries(before) != entries(after)
}
