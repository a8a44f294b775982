//! Keys that nothing reads, beside a name that the code reads and nothing provides: no config needed.

use std::collections::BTreeSet;

use super::likeness::{is_misspelt, likeness};
use super::{ProvidedKey, keys_by_store, names_in_code};
use crate::change::ReadError;
use crate::check::{Scene, Which, World};
use crate::facts::env_reads::CodeName;
use crate::facts::stores::{StoreKey, keys_of};
use crate::facts::{KeyProvider, StoreKind};
use crate::finding::{Finding, Label, Severity};
use crate::source::RepoPath;

/// Names that a changed file of code read before and reads no more.
pub(super) fn no_longer_read(world: &World<'_>, path: &RepoPath) -> Result<BTreeSet<String>, ReadError> {
    let before = names_in_code(world.base, path)?;
    if before.is_empty() {
        return Ok(before);
    }
    let after = names_in_code(world.head, path)?;
    Ok(before.into_iter().filter(|name| looks_like_variable(name) && !after.contains(name)).collect())
}

/// How workloads of the repository take a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Every key becomes a variable.
    Whole,
    /// Key by key, as files, or with a prefix: the keys are no variables.
    Otherwise,
    /// No workload of this repository is seen to take it.
    Unseen,
}

impl ProvidedKey {
    pub(super) fn unread_keys(
        &self,
        provider: &KeyProvider,
        scene: &Scene<'_>,
    ) -> Result<Vec<Finding>, ReadError> {
        // What was there before is no news, and only news is worth a search through the code.
        if provider.templated || scene.which == Which::Base {
            return Ok(Vec::new());
        }
        let suspects = suspects(provider, scene)?;
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        let names = scene.snapshot.code_names()?;
        let mut findings = Vec::new();
        let mut taken = None;
        for key in suspects {
            let near =
                names.iter().filter(|code| is_misspelt(&code.name, &key.name) && code.name != key.name);
            let near = near.max_by(|one, other| {
                likeness(&one.name, &key.name).total_cmp(&likeness(&other.name, &key.name))
            });
            let Some(near) = near else { continue };
            if names.iter().any(|code| code.name == key.name) || !self.is_missing(near, scene)? {
                continue;
            }
            if is_mentioned(&key, provider, scene)? {
                continue;
            }
            let taken = match taken {
                Some(known) => known,
                None => *taken.insert(Self::taken(provider, scene)?),
            };
            let secret = provider.kind == StoreKind::Secret;
            if taken == Taken::Whole || taken == Taken::Unseen && secret {
                let finding = finding(provider, &key, near, scene)?;
                findings.push(if taken == Taken::Unseen { finding.at_most(Severity::Warn) } else { finding });
            }
        }
        Ok(findings)
    }

    /// Nothing provides the name that the code reads.
    fn is_missing(&self, code: &CodeName, scene: &Scene<'_>) -> Result<bool, ReadError> {
        let expected = scene.world.config.contracts.iter().any(|contract| {
            // The contract's own finding says it.
            contract.expects.iter().any(|(name, _)| *name == code.name)
                || contract.from.iter().any(|from| from.matches(&code.path))
        });
        Ok(!expected
            && !self.is_given_by_platform(&code.name)
            && scene.snapshot.files_naming(&[&code.name])?.is_empty())
    }

    fn taken(provider: &KeyProvider, scene: &Scene<'_>) -> Result<Taken, ReadError> {
        let name = provider.name.value.as_str();
        let mut otherwise = false;
        for path in scene.snapshot.files_naming(&[name])? {
            let Some(facts) = scene.snapshot.facts(&path)? else { continue };
            for workload in &facts.workloads {
                for whole in workload.containers.iter().flat_map(|container| &container.env_from) {
                    if whole.source.kind == provider.kind && whole.source.name.value == name {
                        if whole.prefix.is_empty() {
                            return Ok(Taken::Whole);
                        }
                        otherwise = true;
                    }
                }
                otherwise |= workload.references().any(|reference| {
                    reference.source.kind == provider.kind && reference.source.name.value == name
                });
            }
        }
        Ok(if otherwise { Taken::Otherwise } else { Taken::Unseen })
    }
}

/// Keys that came with this change, or whose reading went with it.
fn suspects(provider: &KeyProvider, scene: &Scene<'_>) -> Result<Vec<StoreKey>, ReadError> {
    let before = keys_by_store(scene.world.base.facts(scene.path)?.as_deref());
    let known = before.get(&(provider.kind, provider.name.value.clone()));
    let mut dropped = BTreeSet::new();
    for file in &scene.world.change.files {
        dropped.extend(no_longer_read(scene.world, &file.path)?);
    }
    let (keys, _) = keys_of(scene.snapshot, scene.path, scene.facts, provider)?;
    let own = |key: &StoreKey| std::sync::Arc::ptr_eq(&key.source, &scene.facts.source);
    let is_new = |key: &StoreKey| known.is_none_or(|keys| !keys.contains(&key.name));
    Ok(keys
        .into_iter()
        .filter(|key| own(key) && looks_like_variable(&key.name))
        .filter(|key| is_new(key) || dropped.contains(&key.name))
        .collect())
}

/// Whether any other text than a twin of this provider knows the key: whoever mentions it may read it.
fn is_mentioned(key: &StoreKey, provider: &KeyProvider, scene: &Scene<'_>) -> Result<bool, ReadError> {
    for path in scene.snapshot.files_holding(&|path| path != scene.path, &[&key.name])? {
        let twin = scene.snapshot.facts(&path)?.is_some_and(|facts| {
            let keys = facts.providers.iter().filter(|twin| twin.name.value == provider.name.value);
            let listed = keys.flat_map(|twin| &twin.keys).filter(|known| known.value == key.name).count();
            listed > 0 && facts.source.text().matches(key.name.as_str()).count() == listed
        });
        if !twin {
            return Ok(true);
        }
    }
    let own = scene.facts.source.text().matches(key.name.as_str()).count();
    let listed = scene.facts.providers.iter().flat_map(|twin| &twin.keys);
    Ok(own > listed.filter(|known| known.value == key.name).count())
}

fn finding(
    provider: &KeyProvider,
    key: &StoreKey,
    near: &CodeName,
    scene: &Scene<'_>,
) -> Result<Finding, ReadError> {
    let called = format!("{} `{}`", provider.producer, provider.name.value);
    let (key_name, name) = (&key.name, &near.name);
    let message = format!(
        "nothing reads `{key_name}` of {called}, and the code reads `{name}`: did you mean `{name}`?"
    );
    let primary = Label::new(&key.source, key.span, format!("did you mean `{name}`?"));
    let mut finding = Finding::new(message, primary, format!("{called} key {key_name}")).evidence(name);
    if let Some(source) = scene.snapshot.text(&near.path)? {
        finding = finding.related(Label::new(&source, near.span, "read here"));
    }
    Ok(finding.remedy(format!("call the key `{name}`")))
}

fn looks_like_variable(key: &str) -> bool {
    key.contains('_') && key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}
