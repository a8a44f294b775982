//! Contracts of the config: what a workload's code expects, and what its containers get.

use std::collections::BTreeMap;

use super::ProvidedKey;
use super::likeness::{ALIKE, likeness};
use crate::change::ReadError;
use crate::check::Scene;
use crate::config::Contract;
use crate::document::recognise;
use crate::facts::env_reads::reads;
use crate::facts::stores::names_in;
use crate::facts::{Container, Resource, Workload};
use crate::finding::{Finding, Label};
use crate::source::Span;

/// A name that is expected, and where that is said.
struct Expected {
    place: Label,
    /// Nothing takes its place where it is missing.
    needed: bool,
}

/// What a workload's containers have in their environment, each with the place that gives it.
struct Given {
    names: BTreeMap<String, Label>,
    container: Option<Container>,
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
        let Some(given) = self.given_to(workload, scene)? else { return Ok(Vec::new()) };
        let expected = expected_names(contract, scene)?;
        let mut findings = Vec::new();
        for (name, asked) in &expected {
            if !given.names.contains_key(name) && !self.is_given_by_platform(name) {
                findings.extend(missing_name(name, asked, &given, &expected, workload, scene)?);
            }
        }
        Ok(findings)
    }

    /// The names that the workload's containers get; `None` where that can't be known.
    fn given_to(&self, workload: &Workload, scene: &Scene<'_>) -> Result<Option<Given>, ReadError> {
        let mut given = Given { names: BTreeMap::new(), container: workload.containers.first().cloned() };
        for container in workload.containers.iter().filter(|container| !container.init) {
            if container.open && container.env_files.is_empty() {
                return Ok(None);
            }
            for variable in &container.env {
                given.names.insert(variable.name.value.clone(), scene.label(variable.name.span, ""));
            }
            for file in &container.env_files {
                let Some(names) = names_in(scene.snapshot, scene.path, &file.value)? else { return Ok(None) };
                for key in names {
                    given.names.insert(key.name, Label::new(&key.source, key.span, ""));
                }
            }
            for whole in &container.env_from {
                let source = &whole.source;
                if source.templated || self.is_elsewhere(&source.name.value) {
                    return Ok(None);
                }
                let store = Self::store(scene.snapshot, source.kind, &source.name.value, workload, scene)?;
                if store.is_open() {
                    return Ok(None);
                }
                for key in store.keys() {
                    let name = format!("{}{}", whole.prefix, key.name);
                    given.names.insert(name, Label::new(&key.source, key.span, ""));
                }
            }
        }
        Ok(Some(given))
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
        .names
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
    let container = given.container.as_ref().map_or(workload.span, |container| container.span);
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
