//! The words by which people name environments, and how a text falls into words.
//!
//! In: any text. Out: tokens with their byte ranges, and which of them name an environment. Must not know whether the
//! text is a path, a namespace or a value.

use std::ops::Range;

use crate::facts::scope::lists;

/// The environment that is judged in full unless a config says otherwise.
pub(super) const PRODUCTION: &str = "production";

/// How far a word is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Names an environment wherever it stands as a whole word.
    Strong,
    /// Names one in a path where nothing stronger does, and nothing in a value.
    Weak,
}

/// One or more tokens that name an environment.
pub(super) struct Word {
    pub(super) tokens: &'static [&'static str],
    pub(super) environment: &'static str,
    pub(super) strength: Strength,
}

const fn strong(tokens: &'static [&'static str], environment: &'static str) -> Word {
    Word { tokens, environment, strength: Strength::Strong }
}

const fn weak(tokens: &'static [&'static str], environment: &'static str) -> Word {
    Word { tokens, environment, strength: Strength::Weak }
}

/// Longer rows before the shorter ones that they begin with.
pub(super) const WORDS: &[Word] = &[
    strong(&["pre", "prod"], "preprod"),
    strong(&["pre", "production"], "preprod"),
    strong(&["preprod"], "preprod"),
    strong(&["preproduction"], "preprod"),
    strong(&["non", "prod"], "nonprod"),
    strong(&["non", "production"], "nonprod"),
    strong(&["not", "prod"], "nonprod"),
    strong(&["nonprod"], "nonprod"),
    strong(&["nonproduction"], "nonprod"),
    strong(&["prod", "like"], "staging"),
    strong(&["production", "like"], "staging"),
    strong(&["prod"], PRODUCTION),
    strong(&["production"], PRODUCTION),
    strong(&["prd"], PRODUCTION),
    weak(&["live"], PRODUCTION),
    strong(&["stage"], "staging"),
    strong(&["staging"], "staging"),
    strong(&["stg"], "staging"),
    strong(&["dev"], "development"),
    strong(&["development"], "development"),
    weak(&["devel"], "development"),
    strong(&["qa"], "qa"),
    strong(&["uat"], "uat"),
    strong(&["sandbox"], "sandbox"),
    weak(&["sbx"], "sandbox"),
    weak(&["test"], "test"),
    weak(&["testing"], "test"),
];

/// The built-in environment that a name stands for: `prod` and `Production` are `production`.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let tokens = tokens(&lower);
    WORDS
        .iter()
        .find(|word| {
            word.tokens.len() == tokens.len()
                && word
                    .tokens
                    .iter()
                    .zip(&tokens)
                    .all(|(known, token)| lower.get(token.clone()) == Some(*known))
        })
        .map(|word| word.environment)
}

/// The letters-and-digits runs of a text.
pub(super) fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        match (character.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                out.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        out.push(from..text.len());
    }
    out
}

/// A token without the number that tells siblings apart: `prod1`, `stage02`.
pub(super) fn without_number(token: &str) -> &str {
    let bare = token.trim_end_matches(|character: char| character.is_ascii_digit());
    if bare.is_empty() { token } else { bare }
}

/// An environment's word inside a text that was cut into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Which tokens.
    pub(super) tokens: Range<usize>,
    pub(super) environment: &'static str,
    pub(super) strength: Strength,
}

/// Every built-in word among the tokens of a text in lower case, longest first at each place.
pub(super) fn hits(lower: &str, tokens: &[Range<usize>]) -> Vec<Hit> {
    let word_at = |at: usize| tokens.get(at).and_then(|range| lower.get(range.clone())).unwrap_or_default();
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = WORDS.iter().find(|word| {
            let last = word.tokens.len() - 1;
            word.tokens.iter().enumerate().all(|(offset, known)| {
                let token = word_at(at + offset);
                token == *known || (offset == last && without_number(token) == *known)
            })
        });
        if let Some(word) = found {
            let tokens = at..at + word.tokens.len();
            at = tokens.end;
            out.push(Hit { tokens, environment: word.environment, strength: word.strength });
        } else {
            at += 1;
        }
    }
    out
}

/// Words that say where or which, not what: beside an environment's word they leave its meaning alone.
pub(super) fn is_qualifier(token: &str) -> bool {
    const QUALIFIERS: &str = "\
        eu us ap sa ca me af uk de fr jp au asia europe america emea apac na latam east west north south \
        central northeast southeast northwest southwest cluster clusters env envs environment \
        environments account overlay overlays blue green primary secondary dr aws gcp azure eks gke aks \
        k8s ocp openshift hub region zone euw euc use usw";
    let bare = without_number(token);
    bare.len() <= 1 || bare.bytes().all(|byte| byte.is_ascii_digit()) || lists(QUALIFIERS, bare)
}

/// Words that file names are made of besides the environment: `values-prod`, `docker-compose.prod`.
pub(super) fn is_file_word(token: &str) -> bool {
    const FILE_WORDS: &str = "\
        values value config configs configuration application appsettings settings docker compose secret \
        secrets sealed params parameters vars variables tfvars terraform backend kustomization inventory \
        hosts helmfile helm chart override overrides properties main app apps all default common site \
        stack k8s manifest manifests auto enc sops dec requirements bootstrap dockerfile";
    is_qualifier(token) || lists(FILE_WORDS, token)
}
