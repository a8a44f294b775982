//! `pinned-dependency`: a package that decides how a service behaves has one version.

use serde::Deserialize;

use super::clients::Packages;
use super::{Check, Judgement, Outcome, Scene, World};
use crate::change::ReadError;
use crate::facts::dependencies::{
    Dependency, Ecosystem, Pin, Role, Scope, covering_locks, is_lock, recognise,
};
use crate::facts::{Reading, Snapshot};
use crate::finding::{Finding, Severity};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PinnedDependency {
    packages: Packages,
    /// More of them, for a repository's own wrappers.
    #[serde(default)]
    also: Packages,
    /// Leave out what only developers and tests install.
    ignore_dev: bool,
}

/// Whether a lock file holds the package.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    By(RepoPath),
    /// There is a lock file, and the package is not in it.
    NotIn(RepoPath),
    Nowhere,
}

impl Check for PinnedDependency {
    fn reads(&self, path: &RepoPath) -> bool {
        recognise(path).is_some_and(|kind| !is_lock(kind))
    }

    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        self.packages.are_named_in(text) || self.also.are_named_in(text)
    }

    /// The manifests beside a lock file that comes, goes or changes.
    fn related_files(&self, world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
        let mut folders: Vec<String> = Vec::new();
        for file in &world.change.files {
            if recognise(&file.path).is_none_or(|kind| !is_lock(kind)) {
                continue;
            }
            let holds = |snapshot: &Snapshot<'_>| -> Result<bool, ReadError> {
                let facts = snapshot.facts(&file.path)?;
                Ok(facts.is_some_and(|facts| facts.dependencies.iter().any(|found| self.means(found))))
            };
            // Only where a package of ours leaves the lock does a manifest lose its cover.
            if holds(world.base)? && !holds(world.head)? {
                folders.push(file.path.folder().into_owned());
            }
        }
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let beside = |path: &RepoPath| {
            folders.iter().any(|folder| path.folder() == folder.as_str())
                && recognise(path).is_some_and(|kind| !is_lock(kind))
        };
        Ok(world.head.files()?.iter().map(|(path, _)| path).filter(|path| beside(path)).cloned().collect())
    }

    fn dependency(&self, dependency: &Dependency, scene: &Scene<'_>) -> Judgement {
        if dependency.role == Role::Lock
            || !self.means(dependency)
            || (self.ignore_dev && dependency.scope == Scope::Dev)
        {
            return Ok(Outcome::Holds);
        }
        let asks = match &dependency.pin {
            Pin::Exact(_) | Pin::Source(_) | Pin::Elsewhere(_) => return Ok(Outcome::Holds),
            Pin::Unknown(what) => {
                return Ok(Outcome::Unknown(format!(
                    "{}: the version of {} comes from {what}, which can't be resolved here",
                    scene.path, dependency.name.value
                )));
            }
            Pin::Range(range) => format!("any version that meets `{range}`"),
            Pin::Unbounded => "any version".to_owned(),
        };
        let held = held_by_lock(dependency, scene)?;
        let name = &dependency.name.value;
        let (message, text) = match (&held, dependency.role) {
            (Held::By(lock), _) => (
                format!(
                    "{} asks for {asks} of {name}: only {lock} holds it, and the next refresh moves it",
                    scene.path
                ),
                "held by the lock file alone",
            ),
            (Held::NotIn(lock), _) => (
                format!("{} asks for {asks} of {name}, and {lock} does not hold it", scene.path),
                "takes any version",
            ),
            (Held::Nowhere, Role::Install) => (
                format!("{} installs {asks} of {name}", scene.path),
                "takes whatever is newest when this runs",
            ),
            (Held::Nowhere, _) => (
                format!("{} asks for {asks} of {name}, and no lock file holds it", scene.path),
                "takes whatever is newest when it is built",
            ),
        };
        let mut finding = Finding::new(
            message,
            scene.label(dependency.version_span, text),
            format!("{} {}", scene.path, dependency.key),
        )
        // A range that moves was no pin before either: only what gets looser, or loses its lock, is new.
        .evidence(format!("{} {}", dependency.pin == Pin::Unbounded, matches!(held, Held::By(_))))
        .remedy(Self::remedy(dependency, scene)?);
        if matches!(held, Held::By(_)) || dependency.scope == Scope::Dev {
            finding = finding.at_most(Severity::Warn);
        }
        Ok(Outcome::broken(finding))
    }

    fn validate(&self) -> Result<(), String> {
        if self.packages.is_empty() && self.also.is_empty() {
            return Err("`packages` names none, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

impl PinnedDependency {
    fn means(&self, dependency: &Dependency) -> bool {
        self.packages.holds(dependency) || self.also.holds(dependency)
    }

    fn remedy(dependency: &Dependency, scene: &Scene<'_>) -> Result<String, ReadError> {
        let name = &dependency.name.value;
        let version = known_version(dependency, scene)?;
        let shown = version.as_deref().unwrap_or("<the version that is tested>");
        let line = match dependency.ecosystem {
            Ecosystem::Python if scene.path.file_name() == "Pipfile" => format!("{name} = \"=={shown}\""),
            Ecosystem::Python => format!("{name}=={shown}"),
            Ecosystem::Node => format!("\"{name}\": \"{shown}\""),
            Ecosystem::Java => format!("{name} in version {shown}, no range and no `latest`"),
            Ecosystem::Go => format!("{name} {shown}"),
            Ecosystem::Rust => format!("{name} = \"={shown}\""),
            Ecosystem::Ruby => format!("gem \"{name}\", \"{shown}\""),
            Ecosystem::DotNet => format!("Version=\"[{shown}]\""),
            Ecosystem::Php => format!("\"{name}\": \"{shown}\""),
            Ecosystem::Elixir => format!("{{:{name}, \"== {shown}\"}}"),
        };
        let from = if version.is_some() { ", the version it had before" } else { "" };
        Ok(format!("{line}{from}"))
    }
}

/// The one version that this file, or the lock beside it, had at base.
fn known_version(dependency: &Dependency, scene: &Scene<'_>) -> Result<Option<String>, ReadError> {
    let mut places = vec![scene.path.clone()];
    if let Some(kind) = recognise(scene.path) {
        places.extend(covering_locks(scene.path, kind));
    }
    for place in places {
        let Some(facts) = scene.world.base.facts(&place)? else { continue };
        let version = facts.dependencies.iter().find_map(|known| match &known.pin {
            Pin::Exact(version) if known.key == dependency.key => Some(version.clone()),
            _ => None,
        });
        if version.is_some() {
            return Ok(version);
        }
    }
    Ok(None)
}

fn held_by_lock(dependency: &Dependency, scene: &Scene<'_>) -> Result<Held, ReadError> {
    let Some(kind) = recognise(scene.path) else { return Ok(Held::Nowhere) };
    if dependency.role == Role::Install {
        return Ok(Held::Nowhere);
    }
    let mut empty = None;
    for lock in covering_locks(scene.path, kind) {
        match scene.snapshot.reading(&lock)? {
            Reading::Facts(facts) => {
                let pinned = |known: &Dependency| {
                    known.key == dependency.key && matches!(known.pin, Pin::Exact(_) | Pin::Source(_))
                };
                if facts.dependencies.iter().any(pinned) {
                    return Ok(Held::By(lock));
                }
                empty = empty.or(Some(lock));
            }
            // A lock that can't be read is still one: it says so itself in the coverage.
            Reading::Failed(_) => return Ok(Held::By(lock)),
            Reading::Absent | Reading::Nothing(_) => {}
        }
    }
    Ok(empty.map_or(Held::Nowhere, Held::NotIn))
}
