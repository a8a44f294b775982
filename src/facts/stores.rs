//! Who provides the keys of a Secret or `ConfigMap`, over the whole tree of one side.
//!
//! In: a store's name and who asks. Out: its providers that can be meant. Several are taken together: what one of them
//! gives is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::environment::{Environment, Environments};
use super::{FileFacts, KeyProvider, SettingKind, Snapshot, StoreKind};
use crate::change::ReadError;
use crate::source::{Located, RepoPath, SourceFile, Span};

/// A provider with what it gives.
#[derive(Debug, Clone)]
pub struct Provider {
    pub path: RepoPath,
    pub source: Arc<SourceFile>,
    pub name_span: Span,
    /// What produces it, as a person says it.
    pub producer: String,
    pub keys: Vec<StoreKey>,
    /// More keys may exist than are listed.
    pub open: bool,
}

/// A key and where it is written: the provider's own file, or one that a generator reads.
#[derive(Debug, Clone)]
pub struct StoreKey {
    pub name: String,
    pub source: Arc<SourceFile>,
    pub span: Span,
}

/// Everything that provides one store, as far as this tree shows.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub providers: Vec<Provider>,
}

impl Store {
    /// Nothing can be said of its keys: nobody provides it here, or more keys may exist than are listed.
    pub fn is_open(&self) -> bool {
        self.providers.is_empty() || self.providers.iter().any(|provider| provider.open)
    }

    pub fn keys(&self) -> impl Iterator<Item = &StoreKey> {
        self.providers.iter().flat_map(|provider| &provider.keys)
    }

    pub fn provides(&self, key: &str) -> bool {
        self.keys().any(|known| known.name == key)
    }
}

/// Who asks for a store.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub path: &'a RepoPath,
    pub namespace: Option<&'a str>,
    pub environment: Option<&'a Environment>,
}

/// Finds a store among the files that may belong to the asker's application. Providers of the asker's own environment and those of none (a shared base) count, and all of them for
/// an asker that belongs to no environment. A store that only other environments provide is not found.
pub fn find(
    snapshot: &Snapshot<'_>,
    environments: &Environments,
    kind: StoreKind,
    name: &str,
    asking: Asking<'_>,
) -> Result<Store, ReadError> {
    let mut store = Store::default();
    // What lies with another application has the name by chance.
    let mut paths = snapshot.files_naming_near(asking.path, &[name])?;
    // A template's own parameters make names that stand nowhere as they are.
    if !paths.contains(asking.path) {
        paths.push(asking.path.clone());
    }
    for path in paths {
        let Some(facts) = snapshot.facts(&path)? else { continue };
        for provider in &facts.providers {
            let stated = provider.namespace.as_deref().zip(asking.namespace);
            if provider.kind != kind
                || provider.name.value != name
                || provider.templated
                || stated.is_some_and(|(one, other)| one != other)
            {
                continue;
            }
            let environment = environments.environment_of(&path, provider.namespace.as_deref());
            if let (Some(one), Some(other)) = (&environment, asking.environment)
                && one.name != other.name
            {
                continue;
            }
            let (keys, open) = keys_of(snapshot, &path, &facts, provider)?;
            store.providers.push(Provider {
                source: facts.source.clone(),
                name_span: provider.name.span,
                producer: provider.producer.clone(),
                keys,
                open,
                path: path.clone(),
            });
        }
    }
    Ok(store)
}

/// The keys of a provider with those of the env files that it reads, and whether there may be more.
pub fn keys_of(
    snapshot: &Snapshot<'_>,
    path: &RepoPath,
    facts: &FileFacts,
    provider: &KeyProvider,
) -> Result<(Vec<StoreKey>, bool), ReadError> {
    let own = |key: &Located<String>| StoreKey {
        name: key.value.clone(),
        source: facts.source.clone(),
        span: key.span,
    };
    let mut keys: Vec<StoreKey> = provider.keys.iter().map(own).collect();
    let mut open = provider.open;
    for file in &provider.key_files {
        match names_in(snapshot, path, &file.value)? {
            Some(names) => keys.extend(names),
            None => open = true,
        }
    }
    Ok((keys, open))
}

/// The names that an env file sets; `None` where it can't be read here.
pub fn names_in(
    snapshot: &Snapshot<'_>,
    from: &RepoPath,
    file: &str,
) -> Result<Option<Vec<StoreKey>>, ReadError> {
    let Some(path) = from.beside(file) else { return Ok(None) };
    let Some(facts) = snapshot.facts(&path)? else { return Ok(None) };
    let lines = facts.settings.iter().filter(|setting| setting.kind == SettingKind::Line);
    let keys: Vec<StoreKey> = lines
        .map(|line| &line.key)
        .chain(&facts.declared)
        .map(|key| StoreKey { name: key.value.clone(), source: facts.source.clone(), span: key.span })
        .collect();
    Ok((!keys.is_empty() && facts.gaps.is_empty()).then_some(keys))
}

/// The files of deploy configuration that hold one of these names and may belong to the application of `path`.
pub fn files_around(
    snapshot: &Snapshot<'_>,
    path: &RepoPath,
    names: &BTreeSet<String>,
) -> Result<Vec<RepoPath>, ReadError> {
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { Ok(Vec::new()) } else { snapshot.files_naming_near(path, &names) }
}

/// The stores whose keys stand in an env file, by the names that consumers use.
pub fn reading(snapshot: &Snapshot<'_>, file: &RepoPath) -> Result<BTreeSet<String>, ReadError> {
    let mut names = BTreeSet::new();
    for path in snapshot.files_naming(&[&file.file_name()])? {
        let Some(facts) = snapshot.facts(&path)? else { continue };
        for provider in &facts.providers {
            let reads =
                provider.key_files.iter().any(|known| path.beside(&known.value).as_ref() == Some(file));
            if reads {
                names.insert(provider.name.value.clone());
            }
        }
    }
    Ok(names)
}
