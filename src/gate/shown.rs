//! What a change shows of a release: where it goes, what it touches there, and what is said about it.

use std::collections::BTreeSet;

use super::{GateError, Rules, plan_of, reached};
use crate::change::{Change, Reader};
use crate::check::Reached;
use crate::facts::Snapshot;
use crate::facts::delta::{Delta, ResourceChange};
use crate::facts::dependencies::{FileKind, recognise};
use crate::facts::environment::Environment;
use crate::facts::plan::DeployPlan;
use crate::facts::signs::{self, Signs};
use crate::source::RepoPath;

/// Everything that a checklist chooses its items by, for one environment.
#[derive(Debug)]
pub struct Shown {
    /// The environment that is released to; `None`: none is known for any file.
    pub environment: Option<Environment>,
    /// Files of the change that reach it, and those that no environment is known for: they get wherever this goes.
    pub files: Vec<RepoPath>,
    /// How many of them no environment is known for.
    pub unplaced: usize,
    pub signs: Signs,
    /// Workloads that these files have after the change.
    pub workloads: BTreeSet<String>,
    /// References of the images that they run.
    pub images: Vec<String>,
    pub plan: DeployPlan,
}

/// Which environment a release goes to.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// The only protected one that the change reaches, or the only one.
    Only,
    Named(&'a str),
}

/// Why there is no one environment to release to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// Several are reached, by name; which one is released has to be said.
    Several(Vec<String>),
    /// The named one is neither reached nor known; these are reached.
    Unknown(Vec<String>),
}

/// Looks at what a change does in one environment.
pub fn shown(
    reader: &dyn Reader,
    change: &Change,
    rules: &Rules,
    destination: Destination<'_>,
) -> Result<Result<Shown, Undecided>, GateError> {
    let base = Snapshot::new(reader, &change.base.tree);
    let head = base.beside(&change.head.tree);
    let reached = reached(change, &base, &head, &rules.environments)?;
    let delta = Delta::between(change, &base, &head, &rules.environments)?;
    let environment = match choose(&reached, &delta, rules, destination) {
        Ok(environment) => environment,
        Err(undecided) => return Ok(Err(undecided)),
    };
    // A chart's templates and a module are of no environment, and run in each: they are part of every release.
    let wanted = |path: &RepoPath, found: Option<&Environment>| match (&environment, found) {
        (Some(wanted), Some(found)) => found.name == wanted.name,
        (_, None) => !is_pipeline(path),
        (None, Some(_)) => true,
    };
    let mut files: BTreeSet<RepoPath> = reached
        .iter()
        .filter(|file| wanted(&file.path, file.environment.as_ref()))
        .map(|file| file.path.clone())
        .collect();
    let resources = delta.resources.iter().filter(|change| wanted(change.path(), change.environment()));
    files.extend(resources.map(|change| change.path().clone()));
    let placed: BTreeSet<&RepoPath> = reached
        .iter()
        .filter(|file| file.environment.is_some())
        .map(|file| &file.path)
        .chain(
            delta.resources.iter().filter(|change| change.environment().is_some()).map(ResourceChange::path),
        )
        .collect();
    let unplaced = files.iter().filter(|path| !placed.contains(path)).count();
    let here = |path: &RepoPath| files.contains(path);
    let paths: Vec<&RepoPath> = files.iter().collect();
    let mut signs = signs::signs(&delta, &base, &head, &here, &paths)?;
    // A lock file belongs to whatever is built from it, wherever that goes.
    if files.is_empty() {
        signs.clear();
    }
    let workloads = signs::workloads(&base, &head, &paths)?;
    let images = signs::images(&head, &paths)?;
    let plan = plan_of(change, &base, &head)?;
    Ok(Ok(Shown {
        environment,
        files: files.into_iter().collect(),
        unplaced,
        signs,
        workloads,
        images,
        plan,
    }))
}

/// What runs beside a release and not in it.
fn is_pipeline(path: &RepoPath) -> bool {
    recognise(path) == Some(FileKind::CiWorkflow)
}

fn choose(
    reached: &[Reached],
    delta: &Delta,
    rules: &Rules,
    destination: Destination<'_>,
) -> Result<Option<Environment>, Undecided> {
    let by_file = reached.iter().filter_map(|file| file.environment.as_ref());
    let by_resource = delta.resources.iter().filter_map(ResourceChange::environment);
    let mut found: Vec<&Environment> = by_file.chain(by_resource).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.dedup_by(|one, other| one.name == other.name);
    let names = |list: &[&Environment]| list.iter().map(|found| found.name.clone()).collect();
    match destination {
        Destination::Named(name) => match found.iter().find(|environment| environment.name == name) {
            Some(environment) => Ok(Some((*environment).clone())),
            None => match rules.environments.named(name) {
                Some(environment) => Ok(Some(environment)),
                None => Err(Undecided::Unknown(names(&found))),
            },
        },
        Destination::Only => {
            let protected: Vec<&Environment> =
                found.iter().filter(|environment| environment.protected).copied().collect();
            let candidates = if protected.is_empty() { found } else { protected };
            match candidates.as_slice() {
                [] => Ok(None),
                [one] => Ok(Some((*one).clone())),
                several => Err(Undecided::Several(names(several))),
            }
        }
    }
}
