//! `provided-key`: the keys that are read and the keys that are provided are the same.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene, Which, World};
use crate::change::ReadError;
use crate::config::Contract;
use crate::facts::env_reads::{is_code, names_read};
use crate::facts::stores::{self, Asking, Store};
use crate::facts::{Container, FileFacts, KeyProvider, KeyReference, Snapshot, StoreKind, Workload};
use crate::finding::{Finding, Label};
use crate::source::{RepoPath, Span};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProvidedKey {
    /// Stores that something outside the repository always fills.
    provided_elsewhere: Vec<String>,
}

impl Check for ProvidedKey {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        ["KeyRef", "envFrom", "SealedSecret", "ExternalSecret", "secretGenerator", "kind: Secret"]
            .iter()
            .any(|word| text.contains(word))
    }

    /// The workloads that read a store whose keys this change alters.
    fn related_files(&self, world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
        let mut names = Vec::new();
        for file in &world.change.files {
            let before = keys_by_store(world.base.facts(&file.path)?);
            let after = keys_by_store(world.head.facts(&file.path)?);
            for name in before.keys().chain(after.keys()) {
                if before.get(name) != after.get(name) {
                    names.push(name.1.clone());
                }
            }
        }
        names.sort();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() { Ok(Vec::new()) } else { world.head.files_naming(&names) }
    }

    fn key_reference(&self, reference: &KeyReference, by: &Workload, scene: &Scene<'_>) -> Judgement {
        let source = &reference.source;
        let Some(key) = &reference.key else { return Ok(Outcome::Holds) };
        if reference.optional
            || source.templated
            || reference.key_templated
            || self.is_elsewhere(&source.name.value)
        {
            return Ok(Outcome::Holds);
        }
        let store = self.store(scene.snapshot, source.kind, &source.name.value, by, scene)?;
        let called = format!("{} `{}`", source.kind.as_str(), source.name.value);
        if store.providers.is_empty() {
            if scene.which == Which::Head
                && !self
                    .store(scene.world.base, source.kind, &source.name.value, by, scene)?
                    .providers
                    .is_empty()
            {
                let message = format!("{} reads {called}, which this change takes away", by.id.display());
                let label = scene.label(source.name.span, "nothing provides this any more");
                return Ok(Outcome::broken(Finding::new(message, label, subject(by, key.value.as_str()))));
            }
            return Ok(Outcome::Unknown(format!(
                "{called} is not in this repository: whether it has the keys that are read can't be known here"
            )));
        }
        if store.is_open() || store.provides(&key.value) {
            return Ok(Outcome::Holds);
        }
        let message =
            format!("{} reads key `{}` of {called}, and nothing provides it", by.id.display(), key.value);
        let mut finding =
            Finding::new(message, scene.label(key.span, "no such key"), subject(by, &key.value))
                .evidence(&source.name.value);
        let near = nearest_key(&key.value, &store);
        if let Some((provider, name)) = &near {
            let label = Label::new(provider.source(), name.span, format!("did you mean `{}`?", name.value));
            finding =
                finding.related(label).remedy(format!("read `{}`, or provide `{}`", name.value, key.value));
        } else if let Some(provider) = store.providers.first()
            && let Some(known) = provider.get()
        {
            let mut keys: Vec<&str> = store.keys().map(|(_, key)| key.value.as_str()).collect();
            keys.sort_unstable();
            keys.dedup();
            let label = Label::new(
                provider.source(),
                known.name.span,
                format!("this {} provides the store", known.producer),
            );
            finding = finding.related(label).remedy(match keys.as_slice() {
                [] => format!("provide `{}`: {called} has no key at all", key.value),
                keys => format!("provide `{}`, or read one of {}", key.value, keys.join(", ")),
            });
        }
        Ok(Outcome::broken(finding))
    }

    /// Names that a declared contract, and the code that it names, expect of the workload.
    fn workload(&self, workload: &Workload, scene: &Scene<'_>) -> Judgement {
        let mut findings = Vec::new();
        for contract in
            scene.world.config.contracts.iter().filter(|contract| contract.workload == workload.id.name)
        {
            let expected = expected_names(contract, scene)?;
            let Some(given) = self.given_to(workload, scene)? else { continue };
            for (name, place) in &expected {
                if !given.names.contains_key(name) {
                    findings.push(missing_name(name, place, &given, &expected, workload, scene));
                }
            }
        }
        Ok(if findings.is_empty() { Outcome::Holds } else { Outcome::Broken(findings) })
    }

    /// A key that nothing in the repository reads, beside a name that code reads and nothing provides.
    fn provider(&self, provider: &KeyProvider, scene: &Scene<'_>) -> Judgement {
        // What a contract covers is judged with its workload; here the repository has to speak for itself.
        if provider.kind != StoreKind::Secret
            || provider.templated
            || !scene.world.config.contracts.is_empty()
        {
            return Ok(Outcome::Holds);
        }
        let before = keys_by_store(scene.world.base.facts(scene.path)?);
        let known = before.get(&(provider.kind, provider.name.value.clone()));
        let mut findings = Vec::new();
        for key in &provider.keys {
            // Only a key that this change brings is worth a search through the code.
            if scene.which == Which::Base
                || known.is_some_and(|keys| keys.contains(&key.value))
                || !looks_like_variable(&key.value)
            {
                continue;
            }
            if let Some(finding) = unread_key(provider, &key.value, key.span, scene)? {
                findings.push(finding);
            }
        }
        Ok(if findings.is_empty() { Outcome::Holds } else { Outcome::Broken(findings) })
    }
}

impl ProvidedKey {
    fn is_elsewhere(&self, name: &str) -> bool {
        self.provided_elsewhere.iter().any(|known| known == name)
    }

    fn store(
        &self,
        snapshot: &Snapshot<'_>,
        kind: StoreKind,
        name: &str,
        by: &Workload,
        scene: &Scene<'_>,
    ) -> Result<Store, ReadError> {
        let asking = Asking { namespace: by.id.namespace.as_deref(), environment: scene.environment };
        stores::find(snapshot, scene.world.environments, kind, name, asking)
    }

    /// The names that the workload's containers get; `None` where that can't be known.
    fn given_to(&self, workload: &Workload, scene: &Scene<'_>) -> Result<Option<Given>, ReadError> {
        let mut given = Given { names: BTreeMap::new(), container: workload.containers.first().cloned() };
        for container in workload.containers.iter().filter(|container| !container.init) {
            for variable in &container.env {
                given.names.insert(variable.name.value.clone(), scene.label(variable.name.span, ""));
            }
            for whole in &container.env_from {
                let source = &whole.source;
                if source.templated || self.is_elsewhere(&source.name.value) {
                    return Ok(None);
                }
                let store = self.store(scene.snapshot, source.kind, &source.name.value, workload, scene)?;
                if store.is_open() || store.providers.is_empty() {
                    return Ok(None);
                }
                for (provider, key) in store.keys() {
                    let name = format!("{}{}", whole.prefix, key.value);
                    given.names.insert(name, Label::new(provider.source(), key.span, ""));
                }
            }
        }
        Ok(Some(given))
    }
}

/// What a workload's containers have in their environment, each with the place that gives it.
struct Given {
    names: BTreeMap<String, Label>,
    container: Option<Container>,
}

fn subject(by: &Workload, key: &str) -> String {
    format!("{} key {key}", by.id.display())
}

type StoreKeys = BTreeMap<(StoreKind, String), Vec<String>>;

fn keys_by_store(facts: Option<Rc<FileFacts>>) -> StoreKeys {
    let mut out: StoreKeys = BTreeMap::new();
    for provider in facts.iter().flat_map(|facts| &facts.providers) {
        let keys = out.entry((provider.kind, provider.name.value.clone())).or_default();
        keys.extend(provider.keys.iter().map(|key| key.value.clone()));
        keys.sort();
    }
    out
}

fn expected_names(contract: &Contract, scene: &Scene<'_>) -> Result<BTreeMap<String, Label>, ReadError> {
    let mut names = BTreeMap::new();
    if let Some(source) = &scene.world.config.source {
        for (name, span) in &contract.expects {
            names.insert(name.clone(), Label::new(source, *span, "expected here"));
        }
    }
    for (path, _) in scene.snapshot.files()?.iter() {
        if !contract.from.iter().any(|pattern| pattern.matches(path)) {
            continue;
        }
        if let Some(source) = scene.snapshot.text(path)? {
            for name in names_read(&source, path) {
                let label = Label::new(&source, name.span, "read here");
                names.entry(name.value).and_modify(|known| *known = label.clone()).or_insert(label);
            }
        }
    }
    Ok(names)
}

fn missing_name(
    name: &str,
    place: &Label,
    given: &Given,
    expected: &BTreeMap<String, Label>,
    workload: &Workload,
    scene: &Scene<'_>,
) -> Finding {
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
        return Finding::new(message, primary, identity)
            .related(place.clone())
            .remedy(format!("call the key `{name}`"));
    }
    let container = given.container.as_ref().map_or(workload.span, |container| container.span);
    let message = format!("{who} expects `{name}`, and nothing provides it");
    Finding::new(message, scene.label(first_line(scene, container), format!("has no `{name}`")), identity)
        .related(place.clone())
        .remedy(format!("add `{name}` to the container's env or to a Secret that it takes whole"))
}

fn first_line(scene: &Scene<'_>, span: Span) -> Span {
    let text = scene.facts.source.slice(span);
    let end = text.find('\n').unwrap_or(text.len());
    Span::new(span.start, span.start + end)
}

fn unread_key(
    provider: &KeyProvider,
    key: &str,
    span: Span,
    scene: &Scene<'_>,
) -> Result<Option<Finding>, ReadError> {
    let snapshot = scene.snapshot;
    let mentioned = snapshot.files_holding(&|path| path != scene.path, &[key])?;
    if !mentioned.is_empty() {
        return Ok(None);
    }
    let mut best: Option<(f64, String, Label)> = None;
    for (path, _) in snapshot.files()?.iter().filter(|(path, _)| is_code(path)) {
        let Some(source) = snapshot.text(path)? else { continue };
        for name in names_read(&source, path) {
            let alike = likeness(&name.value, key);
            if alike >= ALIKE && best.as_ref().is_none_or(|(known, _, _)| alike > *known) {
                best = Some((alike, name.value, Label::new(&source, name.span, "read here")));
            }
        }
    }
    let Some((_, name, place)) = best else { return Ok(None) };
    // A name that some manifest gives already needs no other.
    if provider.keys.iter().any(|known| known.value == name) || !snapshot.files_naming(&[&name])?.is_empty() {
        return Ok(None);
    }
    let called = format!("{} `{}`", provider.producer, provider.name.value);
    let message =
        format!("nothing reads `{key}` of {called}, and the code reads `{name}`: did you mean `{name}`?");
    let primary = scene.label(span, format!("did you mean `{name}`?"));
    let finding = Finding::new(message, primary, format!("{called} key {key}")).related(place);
    Ok(Some(finding.remedy(format!("call the key `{name}`"))))
}

fn looks_like_variable(key: &str) -> bool {
    key.contains('_') && key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// From here on two names are taken for one that was misspelt.
const ALIKE: f64 = 0.75;

/// How much two names share: words first, letters second.
fn likeness(one: &str, other: &str) -> f64 {
    let words = |name: &str| -> Vec<String> {
        name.split(['_', '-', '.']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let (ones, others) = (words(one), words(other));
    let shared = ones.iter().filter(|word| others.contains(word)).count();
    let (fewer, more) = (ones.len().min(others.len()), ones.len().max(others.len()));
    // One name is the other with a word left out: VendorB_password, VendorB_API_Password.
    if fewer >= 2 && shared == fewer && more - fewer <= 1 {
        return 0.95;
    }
    let joined = |words: &[String]| words.concat();
    let distance = strsim::normalized_damerau_levenshtein(&joined(&ones), &joined(&others));
    // A different number is a different thing: DB_1, DB_2.
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(one) == digits(other) && distance >= 0.88 { distance } else { 0.0 }
}

fn nearest_key<'a>(
    wanted: &str,
    store: &'a Store,
) -> Option<(&'a stores::Provider, &'a crate::source::Located<String>)> {
    store
        .keys()
        .map(|(provider, key)| (likeness(wanted, &key.value), provider, key))
        .filter(|(alike, _, _)| *alike >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, provider, key)| (provider, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_left_out_is_the_same_name() {
        assert!(likeness("VendorB_API_Password", "VendorB_password") >= ALIKE);
    }

    #[test]
    fn a_slip_of_a_letter_is_the_same_name() {
        assert!(likeness("DATABASE_PASSWORD", "DATABSE_PASSWORD") >= ALIKE);
        assert!(likeness("database-password", "DATABASE_PASSWORD") >= ALIKE);
    }

    #[test]
    fn another_thing_is_another_name() {
        assert!(likeness("DB_HOST", "DB_PORT") < ALIKE);
        assert!(likeness("DB_1", "DB_2") < ALIKE);
    }
}
