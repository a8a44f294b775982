//! Who provides the keys of a Secret or `ConfigMap`, over the whole tree of one side.
//!
//! In: a store's name and who asks. Out: its providers that can be meant. Several are taken together: what one of them
//! gives is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::builds::is_kustomization_name;
use super::environment::{Environment, Environments};
use super::kin::{are_kin, is_of_one_application};
use super::{FileFacts, KeyProvider, Reading, SettingKind, Snapshot, StoreKind};
use crate::change::ReadError;
use crate::document::{self, Format};
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
    pub environment: Option<Environment>,
}

/// A key and where it is written: the provider's own file, or one that a generator reads.
#[derive(Debug, Clone)]
pub struct StoreKey {
    pub name: String,
    pub source: Arc<SourceFile>,
    pub span: Span,
}

/// Everything that provides one store in one place, as far as this tree shows.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub providers: Vec<Provider>,
    /// The environment of the place, where it is one's.
    pub environment: Option<Environment>,
    /// Something beside the providers has a say in the keys: a patch, or a file that can't be read.
    touched: bool,
}

impl Store {
    /// Nothing can be said of its keys: nobody provides it here, or more keys may exist than are listed.
    pub fn is_open(&self) -> bool {
        self.touched || self.providers.is_empty() || self.providers.iter().any(|provider| provider.open)
    }

    pub const fn is_touched(&self) -> bool {
        self.touched
    }

    /// Whether every single provider gives the key, or may.
    pub fn provides_throughout(&self, key: &str) -> bool {
        let gives = |one: &Provider| one.open || one.keys.iter().any(|known| known.name == key);
        !self.providers.is_empty() && self.providers.iter().all(gives)
    }

    pub fn keys(&self) -> impl Iterator<Item = &StoreKey> {
        self.providers.iter().flat_map(|provider| &provider.keys)
    }

    pub fn provides(&self, key: &str) -> bool {
        self.keys().any(|known| known.name == key)
    }
}

/// Who asks for which store.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub kind: StoreKind,
    pub name: &'a str,
    pub path: &'a RepoPath,
    pub namespace: Option<&'a str>,
    pub environment: Option<&'a Environment>,
}

/// A name in more files than this is a common word.
const MOST_FILES: usize = 400;

/// Finds a store among the files that lie with the asker. Providers of the asker's own environment and those of none (a
/// shared base) count, and all of them for an asker that belongs to no environment.
pub fn find(
    snapshot: &Snapshot<'_>,
    environments: &Environments,
    asking: Asking<'_>,
) -> Result<Store, ReadError> {
    // What lies with another application has the name by chance.
    let paths = snapshot.files_naming_near(asking.path, &[asking.name])?;
    collect(snapshot, environments, asking, paths)
}

/// Finds a store in every place that the asker gets to: as the kustomizations of the tree put it together, or, where there
/// are none, in each environment. Costs more than [`find`].
pub fn find_built(
    snapshot: &Snapshot<'_>,
    environments: &Environments,
    asking: Asking<'_>,
) -> Result<Vec<Store>, ReadError> {
    let builds = snapshot.builds()?;
    let with_own = |path: &RepoPath| {
        let mut folders = builds.folders_above(path);
        if is_kustomization_name(path) {
            folders.insert(path.folder().into_owned());
        }
        folders
    };
    let above = with_own(asking.path);
    let mut paths = snapshot.files_naming(&[asking.name])?;
    paths.retain(|path| {
        let theirs = with_own(path);
        let near = are_kin(path, asking.path);
        if above.is_empty() || theirs.is_empty() {
            return near;
        }
        // A kustomization of a whole cluster brings everything together and says nothing.
        above.intersection(&theirs).any(|folder| near || is_of_one_application(folder))
    });
    let all = collect(snapshot, environments, asking, paths)?;
    if above.is_empty() {
        return Ok(in_each_environment(all, asking));
    }
    let mut stores = Vec::new();
    for root in above.iter().filter(|folder| builds.is_root_folder(folder)) {
        let inside = |folder: &String| folder == root || builds.folders_above_folder(folder).contains(root);
        let environment =
            environments.environment_of(&format!("{root}/kustomization.yaml").as_str().into(), None);
        let mut store = Store { environment, touched: all.touched, ..Store::default() };
        for provider in &all.providers {
            let theirs = with_own(&provider.path);
            if theirs.contains(root) || theirs.is_empty() && may_be_in(provider, store.environment.as_ref()) {
                store.providers.push(provider.clone());
            }
        }
        for folder in above.iter().filter(|folder| inside(folder)) {
            store.touched |= patches(snapshot, folder, asking)?;
        }
        stores.push(store);
    }
    Ok(stores)
}

/// Who belongs to no environment gets to all of them, and may find another store in each.
fn in_each_environment(all: Store, asking: Asking<'_>) -> Vec<Store> {
    let mut named: Vec<&Environment> =
        all.providers.iter().filter_map(|provider| provider.environment.as_ref()).collect();
    named.sort_by(|one, other| one.name.cmp(&other.name));
    named.dedup_by(|one, other| one.name == other.name);
    if asking.environment.is_some() || named.is_empty() {
        return vec![all];
    }
    named
        .into_iter()
        .map(|environment| Store {
            providers: all
                .providers
                .iter()
                .filter(|one| may_be_in(one, Some(environment)))
                .cloned()
                .collect(),
            environment: Some(environment.clone()),
            touched: all.touched,
        })
        .collect()
}

fn may_be_in(provider: &Provider, environment: Option<&Environment>) -> bool {
    match (&provider.environment, environment) {
        (Some(own), Some(other)) => own.name == other.name,
        _ => true,
    }
}

/// Whether any file of the tree provides a store of that name.
pub fn is_provided_somewhere(
    snapshot: &Snapshot<'_>,
    kind: StoreKind,
    name: &str,
) -> Result<bool, ReadError> {
    for path in snapshot.files_naming(&[name])? {
        match snapshot.reading(&path)? {
            Reading::Facts(facts) => {
                if facts.providers.iter().any(|known| known.kind == kind && known.name.value == name) {
                    return Ok(true);
                }
            }
            // What can't be read may be what is looked for.
            Reading::Failed(_) => return Ok(true),
            Reading::Absent | Reading::Nothing(_) => {}
        }
    }
    Ok(false)
}

fn collect(
    snapshot: &Snapshot<'_>,
    environments: &Environments,
    asking: Asking<'_>,
    mut paths: Vec<RepoPath>,
) -> Result<Store, ReadError> {
    let mut store = Store::default();
    // A template's own parameters make names that stand nowhere as they are.
    if !paths.contains(asking.path) {
        paths.push(asking.path.clone());
    }
    if paths.len() > MOST_FILES {
        store.touched = true;
        return Ok(store);
    }
    for path in paths {
        let facts = match snapshot.reading(&path)? {
            Reading::Facts(facts) => facts,
            Reading::Failed(_) => {
                store.touched = true;
                continue;
            }
            Reading::Absent | Reading::Nothing(_) => continue,
        };
        for provider in &facts.providers {
            let stated = provider.namespace.as_deref().zip(asking.namespace);
            if provider.kind != asking.kind
                || provider.name.value != asking.name
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
                environment,
                path: path.clone(),
            });
        }
    }
    Ok(store)
}

/// Whether the kustomization of a folder changes the store by a patch of its own, or makes things that can't be seen.
fn patches(snapshot: &Snapshot<'_>, folder: &str, asking: Asking<'_>) -> Result<bool, ReadError> {
    const SECTIONS: [&str; 6] =
        ["patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "transformers", "generators"];
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let Some(facts) = snapshot.facts(&path.as_str().into())? else { continue };
        let Ok(document) = document::parse(&facts.source, Format::Yaml) else { return Ok(true) };
        let parts = document.roots.iter().flat_map(|root| SECTIONS.iter().filter_map(|key| root.get(key)));
        return Ok(parts.into_iter().any(|part| {
            let mut said = words(facts.source.slice(part.span));
            said.any(|word| word == asking.name)
        }));
    }
    Ok(false)
}

/// The names of a text, as Kubernetes writes names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')))
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
