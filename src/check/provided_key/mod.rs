//! `provided-key`: the keys that are read and the keys that are provided are the same.
//!
//! Three ways to know what is read: a reference that names its key, a contract of the config, and the code. Where it
//! can't be known who provides, nothing is wrong.

mod contract;
mod likeness;
mod unread;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene, Which, World};
use crate::change::ReadError;
use crate::facts::env_reads::{is_code, reads};
use crate::facts::stores::{self, Asking, Store, StoreKey};
use crate::facts::{KeyProvider, KeyReference, SettingKind, Snapshot, SourceRef, StoreKind, Workload};
use crate::finding::{Finding, Label, Severity};
use crate::source::RepoPath;

use likeness::{ALIKE, likeness};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProvidedKey {
    /// Stores that something outside the repository always fills.
    provided_elsewhere: Vec<String>,
    /// Variables that code reads and no manifest gives; `*` at either end stands for the rest of the name.
    given_by_platform: Vec<String>,
}

impl Check for ProvidedKey {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        [
            "KeyRef",
            "envFrom",
            "SealedSecret",
            "ExternalSecret",
            "secretGenerator",
            "configMapGenerator",
            "kind: Secret",
        ]
        .iter()
        .any(|word| text.contains(word))
    }

    /// What reads a store whose keys this change alters, and what gives names that the changed code reads.
    fn related_files(&self, world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
        let mut files = Vec::new();
        let mut read = BTreeSet::new();
        for file in &world.change.files {
            let path = &file.path;
            // Looked up one by one later on; one walk finds them all.
            for side in [world.base, world.head] {
                stores::files_around(side, path, &stores_read(side, path)?)?;
            }
            files.extend(stores::files_around(world.head, path, &altered_stores(world, path)?)?);
            let covered = world.config.contracts.iter();
            let covered = covered.filter(|contract| contract.from.iter().any(|from| from.matches(path)));
            read.extend(covered.map(|contract| contract.workload.clone()));
            read.extend(unread::no_longer_read(world, path)?);
        }
        // Where code lies says nothing of where it is deployed.
        let read: Vec<&str> = read.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        if !read.is_empty() {
            files.extend(world.head.files_naming(&read)?);
        }
        Ok(files)
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
        let asking = asking(source, by, scene);
        let environments = scene.world.environments;
        let near = stores::find(scene.snapshot, environments, asking)?;
        if near.providers.is_empty() && !near.is_touched() {
            return without_provider(reference, by, scene);
        }
        if near.provides_throughout(&key.value)
            || scene.environment.is_some() && (near.provides(&key.value) || near.is_open())
        {
            return Ok(Outcome::Holds);
        }
        let mut broken = Vec::new();
        for store in stores::find_built(scene.snapshot, environments, asking)? {
            if !store.is_open() && !store.provides(&key.value) && !is_patched(reference, by, &store, scene)? {
                broken.push(store);
            }
        }
        let Some(store) = broken.first() else { return Ok(Outcome::Holds) };
        if scene.which == Which::Head && is_known(reference, by, scene)? {
            // What could not be read before is not known to have been right.
            let before = stores::find(scene.world.base, environments, asking)?;
            if before.is_touched() {
                return Ok(Outcome::Holds);
            }
        }
        let called = format!("{} `{}`", source.kind.as_str(), source.name.value);
        let place = store.environment.as_ref().filter(|_| scene.environment.is_none());
        let place = place.map_or_else(String::new, |environment| format!(" in {}", environment.name));
        let message = format!(
            "{} reads key `{}` of {called}, and nothing provides it{place}",
            by.id.display(),
            key.value
        );
        let primary = scene.label(key.span, "no such key");
        let finding = Finding::new(message, primary, subject(by, &key.value)).evidence(&source.name.value);
        Ok(Outcome::broken(with_suggestion(finding, &key.value, &called, store)))
    }

    /// Names that a declared contract, and the code that it names, expect of the workload.
    fn workload(&self, workload: &Workload, scene: &Scene<'_>) -> Judgement {
        let mut findings = Vec::new();
        for contract in
            scene.world.config.contracts.iter().filter(|contract| contract.workload == workload.id.name)
        {
            findings.extend(self.broken_contract(contract, workload, scene)?);
        }
        Ok(if findings.is_empty() { Outcome::Holds } else { Outcome::Broken(findings) })
    }

    /// A key that nothing in the repository reads, beside a name that code reads and nothing provides.
    fn provider(&self, provider: &KeyProvider, scene: &Scene<'_>) -> Judgement {
        let findings = self.unread_keys(provider, scene)?;
        Ok(if findings.is_empty() { Outcome::Holds } else { Outcome::Broken(findings) })
    }
}

impl ProvidedKey {
    fn is_elsewhere(&self, name: &str) -> bool {
        self.provided_elsewhere.iter().any(|known| known == name)
    }

    fn is_given_by_platform(&self, name: &str) -> bool {
        self.given_by_platform.iter().any(|known| match (known.strip_prefix('*'), known.strip_suffix('*')) {
            (Some(end), _) => name.ends_with(end),
            (None, Some(start)) => name.starts_with(start),
            (None, None) => name == known,
        })
    }
}

fn asking<'a>(source: &'a SourceRef, by: &'a Workload, scene: &Scene<'a>) -> Asking<'a> {
    Asking {
        kind: source.kind,
        name: source.name.value.as_str(),
        path: scene.path,
        namespace: by.id.namespace.as_deref(),
        environment: scene.environment,
    }
}

/// Nobody in this tree provides the store: news if somebody did before.
fn without_provider(reference: &KeyReference, by: &Workload, scene: &Scene<'_>) -> Judgement {
    let source = &reference.source;
    if scene.which == Which::Base {
        return Ok(Outcome::Holds);
    }
    let called = format!("{} `{}`", source.kind.as_str(), source.name.value);
    if let Some(finding) = taken_away(reference, by, &called, scene)? {
        // One store that is gone is one finding, however many of its keys are read.
        let first = by
            .references()
            .find(|other| other.source.kind == source.kind && other.source.name.value == source.name.value);
        let again = first.is_some_and(|first| first.source.name.span != source.name.span);
        return Ok(if again { Outcome::Holds } else { Outcome::broken(finding) });
    }
    // Said when the reference comes, and not with every change of the file.
    if is_known(reference, by, scene)? {
        return Ok(Outcome::Holds);
    }
    Ok(Outcome::Unknown(format!(
        "what fills {called} is not in this repository: whether it has the keys that are read can't be known here"
    )))
}

/// The provider stood with the workload before, and stands nowhere now.
fn taken_away(
    reference: &KeyReference,
    by: &Workload,
    called: &str,
    scene: &Scene<'_>,
) -> Result<Option<Finding>, ReadError> {
    let source = &reference.source;
    let before = stores::find(scene.world.base, scene.world.environments, asking(source, by, scene))?;
    let own = scene.environment.map(|environment| &environment.name);
    // An overlay that goes as a whole leaves its base as it was.
    let mut beside = before
        .providers
        .iter()
        .filter(|one| one.environment.as_ref().map(|environment| &environment.name) == own);
    let Some(provider) = beside.next() else { return Ok(None) };
    if stores::is_provided_somewhere(scene.snapshot, source.kind, &source.name.value)? {
        return Ok(None);
    }
    let message = format!("{} reads {called}, which this change takes away", by.id.display());
    let label = scene.label(source.name.span, "nothing in this repository provides this any more");
    let finding = Finding::new(message, label, subject(by, "")).evidence(&source.name.value);
    let place = Label::new(&provider.source, provider.name_span, "taken away from here");
    // Most of what goes is from then on filled by something that can't be seen here.
    Ok(Some(finding.related(place).at_most(Severity::Warn).remedy(format!(
        "keep {called}, or take the reference away with it; if something else fills it from now on, name it under `provided-elsewhere`"
    ))))
}

/// Whether a patch of the same workload gives the variable something else to read: which of the two runs can't be told.
fn is_patched(
    reference: &KeyReference,
    by: &Workload,
    store: &Store,
    scene: &Scene<'_>,
) -> Result<bool, ReadError> {
    let variables = |workload: &Workload| {
        workload.containers.iter().flat_map(|container| container.env.clone()).collect::<Vec<_>>()
    };
    let place = reference.source.name.span;
    let own = variables(by)
        .into_iter()
        .find(|variable| variable.reference.as_ref().is_some_and(|known| known.source.name.span == place));
    let Some(own) = own else { return Ok(false) };
    let name = BTreeSet::from([by.id.name.clone()]);
    for path in stores::files_around(scene.snapshot, scene.path, &name)? {
        let environment = scene.world.environments.environment_of(&path, by.id.namespace.as_deref());
        if let (Some(one), Some(other)) = (environment, &store.environment)
            && one.name != other.name
        {
            continue;
        }
        let Some(facts) = scene.snapshot.facts(&path)? else { continue };
        let patches = facts.workloads.iter().filter(|other| {
            path != *scene.path && other.id.kind == by.id.kind && other.id.name == by.id.name
        });
        if patches.flat_map(variables).any(|variable| variable.name.value == own.name.value) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the same workload read the same key of the same store before.
fn is_known(reference: &KeyReference, by: &Workload, scene: &Scene<'_>) -> Result<bool, ReadError> {
    let Some(facts) = scene.world.base.facts(scene.path)? else { return Ok(false) };
    let same = |known: &KeyReference| {
        known.source.kind == reference.source.kind
            && known.source.name.value == reference.source.name.value
            && known.key.as_ref().map(|key| &key.value) == reference.key.as_ref().map(|key| &key.value)
    };
    Ok(facts
        .workloads
        .iter()
        .filter(|workload| workload.id == by.id)
        .flat_map(Workload::references)
        .any(same))
}

/// Says which key was meant, or which there are.
fn with_suggestion(finding: Finding, wanted: &str, called: &str, store: &Store) -> Finding {
    if let Some(near) = nearest_key(wanted, store) {
        let name = &near.name;
        let label = Label::new(&near.source, near.span, format!("did you mean `{name}`?"));
        return finding.related(label).remedy(format!("read `{name}`, or provide `{wanted}`"));
    }
    let mut keys: Vec<&str> = store.keys().map(|key| key.name.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let known = match keys.as_slice() {
        [] => format!("provide `{wanted}`: {called} has no key at all"),
        keys if keys.len() > 12 => {
            format!("provide `{wanted}`: {called} has {} keys, and none is like it", keys.len())
        }
        [only] => format!("provide `{wanted}`, or read `{only}`"),
        keys => format!("provide `{wanted}`, or read one of {}", keys.join(", ")),
    };
    match store.providers.first() {
        Some(provider) => {
            let text = format!("this {} provides the store", provider.producer);
            finding.related(Label::new(&provider.source, provider.name_span, text)).remedy(known)
        }
        None => finding.remedy(known),
    }
}

fn nearest_key<'a>(wanted: &str, store: &'a Store) -> Option<&'a StoreKey> {
    store
        .keys()
        .map(|key| (likeness(wanted, &key.name), key))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, key)| key)
}

fn subject(by: &Workload, key: &str) -> String {
    format!("{} key {key}", by.id.display())
}

/// The stores that a file reads key by key.
fn stores_read(side: &Snapshot<'_>, path: &RepoPath) -> Result<BTreeSet<String>, ReadError> {
    let Some(facts) = side.facts(path)? else { return Ok(BTreeSet::new()) };
    let references = facts.workloads.iter().flat_map(Workload::references);
    let named = references.filter(|one| one.key.is_some() && !one.optional && !one.source.templated);
    Ok(named.map(|one| one.source.name.value.clone()).collect())
}

/// The stores that have other keys after the change than before, as far as one file says.
fn altered_stores(world: &World<'_>, path: &RepoPath) -> Result<BTreeSet<String>, ReadError> {
    let mut names = BTreeSet::new();
    let (before, after) = (world.base.facts(path)?, world.head.facts(path)?);
    let (one, other) = (keys_by_store(before.as_deref()), keys_by_store(after.as_deref()));
    for store in one.keys().chain(other.keys()) {
        if one.get(store) != other.get(store) {
            names.insert(store.1.clone());
        }
    }
    let lines = |facts: &Option<std::rc::Rc<crate::facts::FileFacts>>| -> BTreeSet<String> {
        let settings = facts.iter().flat_map(|facts| &facts.settings);
        settings.filter(|one| one.kind == SettingKind::Line).map(|one| one.key.value.clone()).collect()
    };
    if lines(&before) != lines(&after) {
        names.extend(stores::reading(world.head, path)?);
    }
    Ok(names)
}

type StoreKeys = BTreeMap<(StoreKind, String), BTreeSet<String>>;

fn keys_by_store(facts: Option<&crate::facts::FileFacts>) -> StoreKeys {
    let mut out: StoreKeys = BTreeMap::new();
    for provider in facts.iter().flat_map(|facts| &facts.providers) {
        let keys = out.entry((provider.kind, provider.name.value.clone())).or_default();
        keys.extend(provider.keys.iter().map(|key| key.value.clone()));
    }
    out
}

/// The names that one file reads on one side.
fn names_in_code(snapshot: &Snapshot<'_>, path: &RepoPath) -> Result<BTreeSet<String>, ReadError> {
    if !is_code(path) {
        return Ok(BTreeSet::new());
    }
    let source = snapshot.text(path)?;
    Ok(source.iter().flat_map(|source| reads(source, path)).map(|read| read.name.value).collect())
}
