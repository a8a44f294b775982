//! Which environment a path or a namespace names, where no config says it.
//!
//! In: a path, a namespace. Out: the environment's built-in name and the words that gave it away. A false guess of a
//! lower environment would switch policies off, so that an application's name (`dev-portal`) must not become one.

use super::Because;
use std::collections::BTreeSet;

use super::words::{self, Hit, PRODUCTION, Strength};
use crate::facts::scope;
use crate::source::RepoPath;

/// What gave an environment away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) environment: &'static str,
    pub(super) because: Because,
    /// It is the cluster's: what lives on it may still belong to another environment.
    pub(super) cluster: bool,
    /// Other environments that the path names as well.
    pub(super) beside: Vec<String>,
}

/// How clearly a name names an environment, clearest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clarity {
    /// A weak word: `test`, `live`.
    Weak,
    /// `prod-shop`.
    Prefix,
    /// `shop-prod`, `shop-prod-eu`.
    Suffix,
    /// Nothing but the environment and where it is: `prod`, `prod-eu-1`, `values-prod.yaml`.
    Pure,
}

/// Reads one name (a folder, a file's stem, a namespace); `plain` says which other words leave it pure.
fn read(name: &str, plain: fn(&str) -> bool) -> Option<(&'static str, Clarity)> {
    let lower = name.to_ascii_lowercase();
    let tokens = words::tokens(&lower);
    let hits = words::hits(&lower, &tokens);
    let first: &Hit = hits.first()?;
    if hits.iter().any(|hit| hit.environment != first.environment) {
        let strong: Vec<&Hit> = hits.iter().filter(|hit| hit.strength == Strength::Strong).collect();
        let [only] = strong.as_slice() else { return None };
        return clarity(&lower, &tokens, only, plain).map(|clarity| (only.environment, clarity));
    }
    clarity(&lower, &tokens, first, plain).map(|clarity| (first.environment, clarity))
}

fn clarity(
    lower: &str,
    tokens: &[std::ops::Range<usize>],
    hit: &Hit,
    plain: fn(&str) -> bool,
) -> Option<Clarity> {
    let all = |tokens: &[std::ops::Range<usize>], holds: fn(&str) -> bool| {
        tokens.iter().all(|range| lower.get(range.clone()).is_some_and(holds))
    };
    let (before, rest) = tokens.split_at_checked(hit.tokens.start)?;
    let after = rest.get(hit.tokens.len()..).unwrap_or_default();
    let pure = all(before, plain) && all(after, plain);
    let suffix = all(after, words::is_qualifier);
    match hit.strength {
        Strength::Weak => (pure || suffix && hit.environment == PRODUCTION).then_some(Clarity::Weak),
        Strength::Strong if pure => Some(Clarity::Pure),
        Strength::Strong if suffix => Some(Clarity::Suffix),
        Strength::Strong if before.is_empty() && hit.environment == PRODUCTION => Some(Clarity::Prefix),
        Strength::Strong => None,
    }
}

/// The environment that a path names.
pub(super) fn of_path(path: &RepoPath) -> Option<Guess> {
    if scope::is_beside_deployment(path) {
        return None;
    }
    let text = path.lossy();
    let mut segments: Vec<&str> = text.split('/').collect();
    let file = segments.pop().unwrap_or_default();
    let mut best: Option<(Clarity, Guess)> = None;
    let mut parent = "";
    for segment in segments {
        if let Some((environment, clarity)) = read(segment, words::is_qualifier) {
            let cluster = clarity == Clarity::Pure && (is_cluster(parent) || is_cluster(segment));
            let because = Because::Folder(segment.to_owned());
            let guess = Guess { environment, because, cluster, beside: Vec::new() };
            take(&mut best, clarity, guess);
        }
        parent = segment;
    }
    if let Some((environment, clarity)) = read(stem(file), words::is_file_word) {
        let because = Because::FileName(file.to_owned());
        take(&mut best, clarity, Guess { environment, because, cluster: false, beside: Vec::new() });
    }
    best.map(|(_, guess)| Guess { beside: beside(&text, guess.environment), ..guess })
}

/// Every other environment that some word of a path names.
fn beside(path: &str, own: &str) -> Vec<String> {
    let lower = path.to_ascii_lowercase();
    let tokens = words::tokens(&lower);
    let others: BTreeSet<&str> = words::hits(&lower, &tokens)
        .iter()
        .filter(|hit| hit.environment != own && hit.strength == Strength::Strong)
        .map(|hit| hit.environment)
        .collect();
    others.into_iter().map(str::to_owned).collect()
}

/// Keeps the clearer of two guesses, the deeper of two that are as clear; on a cluster a `-stage` of its own wins.
fn take(best: &mut Option<(Clarity, Guess)>, clarity: Clarity, guess: Guess) {
    let wins = match best {
        None => true,
        Some((_, known)) if known.cluster => clarity >= Clarity::Suffix,
        Some((known, _)) => clarity >= *known,
    };
    if wins {
        *best = Some((clarity, guess));
    }
}

fn is_cluster(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    words::tokens(&lower)
        .into_iter()
        .any(|range| lower.get(range).is_some_and(|token| matches!(token, "cluster" | "clusters")))
}

/// A file's name without its last extension; a dotfile's name is all stem (`.env.prod`).
fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() && !stem.starts_with(".env") => stem,
        _ => file,
    }
}

/// The environment that a Kubernetes namespace names.
pub(super) fn of_namespace(namespace: &str) -> Option<Guess> {
    let (environment, clarity) = read(namespace, words::is_qualifier)?;
    (clarity > Clarity::Weak).then(|| Guess {
        environment,
        because: Because::Namespace(namespace.to_owned()),
        cluster: false,
        beside: Vec::new(),
    })
}
