//! Who provides the keys of a Secret or `ConfigMap`, over the whole tree of one side.
//!
//! In: a store's name and who asks. Out: its providers that can be meant. Several are taken together: what one of them
//! gives is given.

use std::rc::Rc;
use std::sync::Arc;

use super::environment::{Environment, Environments};
use super::{FileFacts, KeyProvider, Snapshot, StoreKind};
use crate::change::ReadError;
use crate::source::{Located, RepoPath, SourceFile};

/// A provider with the file that it stands in.
#[derive(Debug, Clone)]
pub struct Provider {
    pub path: RepoPath,
    facts: Rc<FileFacts>,
    index: usize,
}

impl Provider {
    pub fn get(&self) -> Option<&KeyProvider> {
        self.facts.providers.get(self.index)
    }

    pub fn source(&self) -> &Arc<SourceFile> {
        &self.facts.source
    }
}

/// Everything that provides one store, as far as this tree shows.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub providers: Vec<Provider>,
}

impl Store {
    /// More keys may exist than are listed.
    pub fn is_open(&self) -> bool {
        self.providers.iter().filter_map(Provider::get).any(|provider| provider.open)
    }

    /// Every key with its provider.
    pub fn keys(&self) -> impl Iterator<Item = (&Provider, &Located<String>)> {
        self.providers
            .iter()
            .filter_map(|provider| Some((provider, provider.get()?)))
            .flat_map(|(provider, keys)| keys.keys.iter().map(move |key| (provider, key)))
    }

    pub fn provides(&self, key: &str) -> bool {
        self.keys().any(|(_, known)| known.value == key)
    }
}

/// Who asks for a store.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub namespace: Option<&'a str>,
    pub environment: Option<&'a Environment>,
}

/// Finds a store. Providers of the asker's own environment first; those of none (a shared base) where there are none.
/// A store that only other environments provide is not found.
pub fn find(
    snapshot: &Snapshot<'_>,
    environments: &Environments,
    kind: StoreKind,
    name: &str,
    asking: Asking<'_>,
) -> Result<Store, ReadError> {
    let mut own = Vec::new();
    let mut shared = Vec::new();
    let mut others = Vec::new();
    for path in snapshot.files_naming(&[name])? {
        let Some(facts) = snapshot.facts(&path)? else { continue };
        for (index, provider) in facts.providers.iter().enumerate() {
            let same_namespace = match (provider.namespace.as_deref(), asking.namespace) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            if provider.kind != kind || provider.name.value != name || provider.templated || !same_namespace {
                continue;
            }
            let environment = environments.environment_of(&path, provider.namespace.as_deref());
            let found = Provider { path: path.clone(), facts: facts.clone(), index };
            match (&environment, asking.environment) {
                (Some(one), Some(other)) if one.name == other.name => own.push(found),
                (None, _) => shared.push(found),
                (Some(_), _) => others.push(found),
            }
        }
    }
    // Who belongs to no environment reaches all of them: every provider counts.
    if asking.environment.is_none() {
        own.append(&mut others);
    }
    own.append(&mut shared);
    Ok(Store { providers: own })
}
