//! Contracts of the config: what a workload's code expects, and what its containers get.

use std::collections::BTreeMap;

use super::likeness::{ALIKE, likeness};
use super::{ProvidedKey, asking};
use crate::change::ReadError;
use crate::check::Scene;
use crate::config::Contract;
use crate::document::recognise;
use crate::facts::env_reads::reads;
use crate::facts::stores::{Store, find_built, names_in};
use crate::facts::{Resource, Workload};
use crate::finding::{Finding, Label};
use crate::source::Span;

/// A name that is expected, and where that is said.
struct Expected {
    place: Label,
    /// Nothing takes its place where it is missing.
    needed: bool,
}

impl ProvidedKey {
    pub(super) fn broken_contract(
        &self,
        contract: &Contract,
        workload: &Workload,
        scene: &Scene<'_>,
    ) -> Result<Vec<Finding>, ReadError> {
        // A patch is only a part of what the workload gets.
        let partial = |resource: &Resource| resource.partial && resource.span == workload.span;
        if scene.facts.resources.iter().any(partial) {
            return Ok(Vec::new());
        }
        let Some(taken) = self.taken_by(workload, scene)? else { return Ok(Vec::new()) };
        let expected = expected_names(contract, scene)?;
        let mut findings: Vec<Finding> = Vec::new();
        for given in taken.in_each_environment() {
            for (name, asked) in &expected {
                if given.contains_key(name) || self.is_given_by_platform(name) {
                    continue;
                }
                let found = missing_name(name, asked, &given, &expected, workload, scene)?;
                // Two environments that lack the same at the same place are one finding.
                let new = |one: &Finding| findings.iter().all(|known| known.message != one.message);
                let found: Vec<Finding> = found.into_iter().filter(new).collect();
                findings.extend(found);
            }
        }
        Ok(findings)
    }

    /// What the workload's containers get; `None` where that can't be known.
    fn taken_by(&self, workload: &Workload, scene: &Scene<'_>) -> Result<Option<Taken>, ReadError> {
        let mut taken = Taken::default();
        for container in workload.containers.iter().filter(|container| !container.init) {
            if container.open && container.env_files.is_empty() {
                return Ok(None);
            }
            for variable in &container.env {
                taken.own.insert(variable.name.value.clone(), scene.label(variable.name.span, ""));
            }
            for file in &container.env_files {
                let Some(names) = names_in(scene.snapshot, scene.path, &file.value)? else { return Ok(None) };
                for key in names {
                    taken.own.insert(key.name, Label::new(&key.source, key.span, ""));
                }
            }
            for whole in &container.env_from {
                let source = &whole.source;
                if source.templated || self.is_elsewhere(&source.name.value) {
                    return Ok(None);
                }
                let asking = asking(source, workload, scene);
                let stores = find_built(scene.snapshot, scene.world.environments, asking)?;
                if stores.is_empty() {
                    return Ok(None);
                }
                taken.whole.push((whole.prefix.clone(), stores));
            }
        }
        Ok(Some(taken))
    }
}

/// The names that somebody is given, each with its place.
type Given = BTreeMap<String, Label>;

/// What a workload's containers take: variables of their own, and stores as a whole.
#[derive(Debug, Default)]
struct Taken {
    own: Given,
    /// The prefix that the keys get, and the store in each place.
    whole: Vec<(String, Vec<Store>)>,
}

impl Taken {
    /// What is given in each environment that has stores of its own; in those that can't be known, nothing is said.
    fn in_each_environment(&self) -> Vec<Given> {
        let stores = self.whole.iter().flat_map(|(_, stores)| stores);
        let mut names: Vec<Option<&str>> =
            stores.filter_map(|store| Some(Some(store.environment.as_ref()?.name.as_str()))).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            names.push(None);
        }
        names.into_iter().filter_map(|name| self.given_in(name)).collect()
    }

    fn given_in(&self, environment: Option<&str>) -> Option<Given> {
        let mut given = self.own.clone();
        for (prefix, stores) in &self.whole {
            let here = |store: &&Store| {
                store.environment.as_ref().is_none_or(|known| Some(known.name.as_str()) == environment)
            };
            let mut stores = stores.iter().filter(here).peekable();
            // Elsewhere provided, and here by something that is not seen.
            stores.peek()?;
            for store in stores {
                if store.is_open() {
                    return None;
                }
                for key in store.keys() {
                    let label = Label::new(&key.source, key.span, "");
                    given.insert(format!("{prefix}{}", key.name), label);
                }
            }
        }
        Some(given)
    }
}

fn expected_names(contract: &Contract, scene: &Scene<'_>) -> Result<BTreeMap<String, Expected>, ReadError> {
    let mut names: BTreeMap<String, Expected> = BTreeMap::new();
    for (path, _) in scene.snapshot.files()?.iter() {
        if !contract.from.iter().any(|pattern| pattern.matches(path)) {
            continue;
        }
        let Some(source) = scene.snapshot.text(path)? else { continue };
        for read in reads(&source, path) {
            let place = Label::new(&source, read.name.span, "read here");
            let asked = names
                .entry(read.name.value)
                .or_insert_with(|| Expected { place: place.clone(), needed: false });
            if !read.fallback && !asked.needed {
                *asked = Expected { place, needed: true };
            }
        }
    }
    if let Some(source) = &scene.world.config.source {
        for (name, span) in &contract.expects {
            let asked = names.entry(name.clone()).or_insert_with(|| Expected {
                place: Label::new(source, *span, "expected here"),
                needed: true,
            });
            asked.needed = true;
        }
    }
    Ok(names)
}

fn missing_name(
    name: &str,
    asked: &Expected,
    given: &Given,
    expected: &BTreeMap<String, Expected>,
    workload: &Workload,
    scene: &Scene<'_>,
) -> Result<Option<Finding>, ReadError> {
    // A name that somebody else expects is no misspelling of this one.
    let near = given
        .iter()
        .filter(|(given, _)| !expected.contains_key(*given))
        .map(|(given, label)| (likeness(name, given), given, label))
        .filter(|(likeness, _, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let who = workload.id.display();
    let identity = format!("{who} expects {name}");
    if let Some((_, wrong, label)) = near {
        let message = format!("`{wrong}` is provided to {who}, which reads `{name}`: did you mean `{name}`?");
        let primary = Label::new(&label.source, label.span, format!("did you mean `{name}`?"));
        let finding = Finding::new(message, primary, identity).evidence(wrong).related(asked.place.clone());
        return Ok(Some(finding.remedy(format!("call the key `{name}`"))));
    }
    if !asked.needed || is_in_an_image(name, scene)? {
        return Ok(None);
    }
    let container = workload.containers.first().map_or(workload.span, |container| container.span);
    let message = format!("{who} expects `{name}`, and nothing provides it");
    let primary = scene.label(first_line(scene, container), format!("has no `{name}`"));
    let finding = Finding::new(message, primary, identity).related(asked.place.clone());
    Ok(Some(
        finding.remedy(format!("add `{name}` to the container's env or to a Secret that it takes whole")),
    ))
}

/// Whether the image brings the name along: `ENV NAME=…` in a Dockerfile.
fn is_in_an_image(name: &str, scene: &Scene<'_>) -> Result<bool, ReadError> {
    let dockerfile =
        |path: &crate::source::RepoPath| recognise(path, "") == Some(crate::document::Format::Dockerfile);
    Ok(!scene.snapshot.files_holding(&dockerfile, &[name])?.is_empty())
}

fn first_line(scene: &Scene<'_>, span: Span) -> Span {
    let text = scene.facts.source.slice(span);
    let end = text.find('\n').unwrap_or(text.len());
    Span::new(span.start, span.start + end)
}
