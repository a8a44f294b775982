//! A policy file as it is written. Unknown keys and kinds are errors at their column.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::check::Kind;
use crate::finding::Severity;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPolicy {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub severity: Severity,
    /// The severity outside the selected environments; without it those are not judged.
    pub elsewhere: Option<Severity>,
    pub stage: super::Stage,
    pub since: Spanned<String>,
    pub incident: Spanned<OneOrMore>,
    /// What the first incident showed about this very rule, in one line; without it the incident's own line is told.
    pub lesson: Option<Spanned<String>>,
    pub explanation: Spanned<String>,
    pub remedy: Spanned<String>,
    #[serde(default)]
    pub select: RawSelect,
    pub check: Kind,
    #[serde(default)]
    pub example: Vec<Spanned<RawExample>>,
}

/// Several incidents can have taught the same thing.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn into_list(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSelect {
    pub environments: Option<Spanned<RawEnvironments>>,
    pub paths: Option<Vec<Spanned<String>>>,
    pub exclude: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum RawEnvironments {
    Word(String),
    Names(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawExample {
    pub expect: super::Expectation,
    pub why: Option<String>,
    pub line: Option<usize>,
    pub file: Option<String>,
    /// The commit message of the change.
    pub message: Option<String>,
    /// The body of the pull request.
    pub body: Option<String>,
    /// The clock of the gate.
    pub at: Option<String>,
    #[serde(default)]
    pub before: BTreeMap<String, String>,
    #[serde(default)]
    pub after: BTreeMap<String, String>,
    /// The states before `before`, oldest first: what a restored state is recognised by.
    #[serde(default)]
    pub earlier: Vec<BTreeMap<String, String>>,
}
