//! Named targets (production, staging, …): which one a file or a resource reaches, and which one a value names.
//!
//! In: the rules of the config, or none; paths, namespaces and values. Out: an [`Environment`] with the reason, and
//! the [`ForeignMarker`] of a value. Must not know which environment a policy cares about.

mod innocent;
mod marker;
mod place;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::config::EnvironmentRule;
use crate::source::RepoPath;

use marker::Markers;

pub use marker::{ForeignMarker, Mention, Named};

/// Whether a path names an environment by a usual word for it.
pub(super) fn is_named_by(path: &RepoPath) -> bool {
    place::of_path(path).is_some()
}

/// A named target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    /// Judged in full.
    pub protected: bool,
    pub because: Because,
    /// Other environments that the path names as well: `prod/dev-portal/`. Their words are no news there.
    pub beside: Vec<String>,
}

/// How it is known that something reaches an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// A path pattern of the config.
    Pattern(String),
    Folder(String),
    FileName(String),
    Namespace(String),
    /// Somebody said so.
    Named,
}

impl std::fmt::Display for Because {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pattern(pattern) => write!(formatter, "the path matches `{pattern}`"),
            Self::Folder(name) => write!(formatter, "the folder is called `{name}`"),
            Self::FileName(name) => write!(formatter, "the file is called `{name}`"),
            Self::Namespace(name) => write!(formatter, "the namespace is `{name}`"),
            Self::Named => formatter.write_str("it was named"),
        }
    }
}

/// All environments that are known.
#[derive(Debug, Clone)]
pub struct Environments {
    rules: Vec<EnvironmentRule>,
    markers: Markers,
    /// Every value of a file asks for the same place again.
    known: RefCell<HashMap<RepoPath, Places>>,
}

/// The environment of each namespace that a file was asked about.
type Places = Vec<(Option<String>, Option<Environment>)>;

impl Default for Environments {
    fn default() -> Self {
        Self::compile(&[])
    }
}

impl Environments {
    /// Takes the rules of a config; without any, environments are inferred from the words that people use.
    pub fn compile(rules: &[EnvironmentRule]) -> Self {
        let mut rules = rules.to_vec();
        // Where patterns of two environments match, the one that is judged in full wins.
        rules.sort_by_key(|rule| !rule.protected);
        let markers = Markers::compile(&rules);
        Self { rules, markers, known: RefCell::default() }
    }

    /// The environment that a resource of a file reaches; `namespace` is the one that the manifest states.
    pub fn environment_of(&self, path: &RepoPath, namespace: Option<&str>) -> Option<Environment> {
        if let Some(places) = self.known.borrow().get(path)
            && let Some((_, known)) = places.iter().find(|(known, _)| known.as_deref() == namespace)
        {
            return known.clone();
        }
        let found = self.find(path, namespace);
        let mut known = self.known.borrow_mut();
        let places = known.entry(path.clone()).or_default();
        // A file of thousands of namespaces is no reason for a long list.
        if places.len() < 64 {
            places.push((namespace.map(str::to_owned), found.clone()));
        }
        found
    }

    fn find(&self, path: &RepoPath, namespace: Option<&str>) -> Option<Environment> {
        if !self.rules.is_empty() {
            return self.ruled(path).or_else(|| self.ruled_namespace(namespace?));
        }
        let of_path = place::of_path(path);
        if of_path.as_ref().is_none_or(|guess| guess.cluster)
            && let Some(guess) = namespace.and_then(place::of_namespace)
        {
            return Some(Environment::inferred(guess));
        }
        of_path.map(Environment::inferred)
    }

    fn ruled(&self, path: &RepoPath) -> Option<Environment> {
        self.rules.iter().find_map(|rule| {
            let pattern = rule.paths.iter().find(|pattern| pattern.matches(path))?;
            Some(Environment {
                name: rule.name.clone(),
                protected: rule.protected,
                because: Because::Pattern(pattern.as_str().to_owned()),
                beside: Vec::new(),
            })
        })
    }

    /// A namespace that names one of the config's environments by a usual word for it.
    fn ruled_namespace(&self, namespace: &str) -> Option<Environment> {
        let guess = place::of_namespace(namespace)?;
        let rule = self.rules.iter().find(|rule| words::canonical(&rule.name) == Some(guess.environment))?;
        Some(Environment {
            name: rule.name.clone(),
            protected: rule.protected,
            because: guess.because,
            beside: Vec::new(),
        })
    }

    /// The first whole word of a value that names another environment than `own`; `key` is what the value is for.
    pub fn foreign_marker(&self, key: &str, value: &str, own: &Environment) -> Option<ForeignMarker> {
        self.markers.foreign(key, value, &own.name, &own.beside)
    }

    /// Every environment that a sentence (a title, a commit's subject, a branch) names.
    pub fn mentions(&self, text: &str) -> Vec<Mention> {
        self.markers.mentions(text)
    }

    /// Every environment that the name of a thing (a cluster, a profile, a project) names.
    pub fn named_in(&self, name: &str) -> Vec<Named> {
        let mut named = self.markers.named(name);
        let lower = name.to_ascii_lowercase();
        let tokens = words::tokens(&lower);
        for hit in words::hits(&lower, &tokens).iter().filter(|hit| hit.strength == words::Strength::Weak) {
            let rule = self.rules.iter().find(|rule| words::canonical(&rule.name) == Some(hit.environment));
            let environment = rule.map_or(hit.environment, |rule| &rule.name).to_owned();
            let word = hit.tokens.clone().filter_map(|at| lower.get(tokens.get(at)?.clone()));
            let word = word.collect::<Vec<_>>().join("-");
            if !named.iter().any(|known| known.word.eq_ignore_ascii_case(&word)) {
                named.push(Named { environment, word, innocent: false, weak: true });
            }
        }
        named
    }

    /// The words that people use for an inferred environment: what a config would list as its markers.
    pub fn usual_words(name: &str) -> Vec<String> {
        let of = words::WORDS.iter().filter(|word| word.environment == name);
        of.map(|word| word.tokens.join("-")).collect()
    }

    /// Every environment that is known by name, with the words that name it in values.
    pub fn known(&self) -> Vec<(String, Vec<String>)> {
        if self.rules.is_empty() {
            let names: BTreeSet<&str> = words::WORDS.iter().map(|word| word.environment).collect();
            return names.into_iter().map(|name| (name.to_owned(), Self::usual_words(name))).collect();
        }
        let of = |rule: &EnvironmentRule| {
            let mut words = rule.markers.clone();
            words.push(rule.name.clone());
            words.sort();
            words.dedup();
            (rule.name.clone(), words)
        };
        self.rules.iter().map(of).collect()
    }

    /// The environment of a name that somebody types.
    pub fn named(&self, name: &str) -> Option<Environment> {
        let known = self.known().into_iter().any(|(known, _)| known == name);
        known.then(|| Environment {
            name: name.to_owned(),
            protected: self.is_protected(name),
            because: Because::Named,
            beside: Vec::new(),
        })
    }

    /// Whether an environment of this name is judged in full.
    pub fn is_protected(&self, name: &str) -> bool {
        if self.rules.is_empty() {
            return name == words::PRODUCTION;
        }
        self.rules.iter().any(|rule| rule.name == name && rule.protected)
    }
}

/// Says whether a folder's name is made of nothing but environments and places: `prod`, `prod-eu-1`.
pub(super) fn names_environment(folder: &str) -> bool {
    let tokens = words::tokens(folder);
    let hits = words::hits(folder, &tokens);
    let named = |at: usize| hits.iter().any(|hit| hit.tokens.contains(&at));
    !hits.is_empty()
        && tokens
            .iter()
            .enumerate()
            .all(|(at, range)| named(at) || folder.get(range.clone()).is_some_and(words::is_qualifier))
}

impl Environment {
    fn inferred(guess: place::Guess) -> Self {
        Self {
            name: guess.environment.to_owned(),
            protected: guess.environment == words::PRODUCTION,
            because: guess.because,
            beside: guess.beside,
        }
    }
}

#[cfg(test)]
mod tests;
