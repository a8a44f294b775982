//! A checklist as it is written. Unknown keys and kinds are errors at their column.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::file::Scheme;
use super::item::OnError;
use crate::calendar::Length;
use crate::facts::signs::Sign;
use crate::probe;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawChecklist {
    pub built_in: Option<bool>,
    #[serde(default)]
    pub off: Vec<Spanned<String>>,
    #[serde(default)]
    pub probes: RawProbes,
    #[serde(default)]
    pub secret: BTreeMap<String, RawSecret>,
    #[serde(default)]
    pub service: BTreeMap<String, RawService>,
    #[serde(default)]
    pub role: BTreeMap<Spanned<String>, RawRole>,
    #[serde(default)]
    pub evidence: Vec<Spanned<RawEvidence>>,
    #[serde(default)]
    pub confirmation: Vec<Spanned<RawConfirmation>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawProbes {
    #[serde(default)]
    pub private: Vec<Spanned<String>>,
    pub proxy: Option<RawProxy>,
    pub authorities: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawProxy {
    Env,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSecret {
    pub hosts: Vec<Spanned<String>>,
    #[serde(default)]
    pub scheme: Scheme,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawService {
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    #[serde(default)]
    pub alerts: BTreeMap<String, OneOrMore>,
    pub session: Option<Length>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRole {
    pub people: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawScope {
    Word(String),
    Names(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawEvidence {
    pub id: Spanned<String>,
    pub title: Option<String>,
    pub incident: Option<Spanned<String>>,
    pub environments: Option<Spanned<RawScope>>,
    #[serde(default)]
    pub services: Vec<Spanned<String>>,
    #[serde(default)]
    pub when: Vec<Sign>,
    #[serde(default)]
    pub on_error: OnError,
    pub max_age: Option<Length>,
    #[serde(default)]
    pub triggers: Vec<String>,
    pub fails_for: Option<Length>,
    pub probe: probe::Kind,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawConfirmation {
    pub id: Spanned<String>,
    pub title: Option<String>,
    pub incident: Option<Spanned<String>>,
    pub environments: Option<Spanned<RawScope>>,
    #[serde(default)]
    pub services: Vec<Spanned<String>>,
    #[serde(default)]
    pub when: Vec<Sign>,
    pub max_age: Option<Length>,
    pub role: String,
    pub question: Spanned<String>,
    #[serde(default)]
    pub wants_words: bool,
    #[serde(default)]
    pub not_author: bool,
}
