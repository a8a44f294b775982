//! `deploy-guard.toml`: what a repository says about itself.
//!
//! In: the config file of one side, or none. Out: a [`Config`], or every problem with its place. Everything works with
//! no config at all. Must not know which side it was taken from, nor what a policy makes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::calendar::{Calendar, RawCalendar};
use crate::source::{PathPattern, Problem, Problems, RepoPath, SourceFile, Span};

/// Where the config is, from the root of the repository.
pub const FILE: &str = "deploy-guard.toml";
/// Where everything else of deploy-guard is.
pub const FOLDER: &str = ".deploy-guard";

/// A file that rules are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleFile {
    Config,
    Policy,
    Waivers,
    /// What is asked before a release.
    Checklist,
}

impl RuleFile {
    /// What rules a path holds, if any.
    pub fn at(path: &RepoPath) -> Option<Self> {
        let text = path.lossy();
        let below = text.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
        match below {
            Some("waivers.toml") => Some(Self::Waivers),
            Some("checklist.toml") => Some(Self::Checklist),
            Some(rest) if rest.starts_with("policies/") => Some(Self::Policy),
            _ => (text == FILE).then_some(Self::Config),
        }
    }
}

/// What a repository says about itself.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub source: Option<Arc<SourceFile>>,
    pub environments: Vec<EnvironmentRule>,
    /// `None`: the built-in one.
    pub calendar: Option<Calendar>,
    pub contracts: Vec<Contract>,
    pub pairs: Vec<Pair>,
    pub policies: Vec<PolicyRule>,
}

/// `[environment.<name>]`
#[derive(Debug, Clone)]
pub struct EnvironmentRule {
    pub name: String,
    pub paths: Vec<PathPattern>,
    /// Words that name it in values.
    pub markers: Vec<String>,
    pub protected: bool,
}

/// `[[contract]]`: what the code of a workload expects of its environment.
#[derive(Debug, Clone)]
pub struct Contract {
    pub workload: String,
    pub expects: Vec<(String, Span)>,
    /// Files whose names of environment variables are read out.
    pub from: Vec<PathPattern>,
}

/// `[[pair]]`: two places that only change together.
#[derive(Debug, Clone)]
pub struct Pair {
    pub when: PathPattern,
    pub then: PathPattern,
    pub span: Span,
}

/// `[policy.<id>]`, not yet laid over the policy.
#[derive(Debug, Clone)]
pub struct PolicyRule {
    pub id: String,
    pub span: Span,
    pub severity: Option<(String, Span)>,
    /// `protected`, `all`, or names.
    pub environments: Option<Vec<String>>,
    pub exclude: Vec<PathPattern>,
    pub check: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawConfig {
    #[serde(default)]
    environment: BTreeMap<String, RawEnvironment>,
    calendar: Option<Spanned<RawCalendar>>,
    #[serde(default)]
    contract: Vec<RawContract>,
    #[serde(default)]
    pair: Vec<Spanned<RawPair>>,
    #[serde(default)]
    policy: BTreeMap<Spanned<String>, RawPolicyRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawEnvironment {
    paths: Vec<Spanned<String>>,
    #[serde(default)]
    markers: Vec<String>,
    #[serde(default)]
    protected: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawContract {
    workload: String,
    #[serde(default)]
    expects: Vec<Spanned<String>>,
    #[serde(default)]
    from: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPair {
    when: Spanned<String>,
    then: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPolicyRule {
    severity: Option<Spanned<String>>,
    environments: Option<RawScope>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    check: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawScope {
    Word(String),
    Names(Vec<String>),
}

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

fn patterns(raw: &[Spanned<String>], problems: &mut Vec<Problem>) -> Vec<PathPattern> {
    raw.iter().filter_map(|pattern| compile_pattern(pattern, problems)).collect()
}

fn compile_pattern(raw: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<PathPattern> {
    PathPattern::compile(raw.get_ref())
        .map_err(|error| problems.push(Problem::new(span_of(raw), error.to_string())))
        .ok()
}

impl Config {
    /// Reads the config; all its problems at once.
    pub fn compile(source: &Arc<SourceFile>) -> Result<Self, Problems> {
        let raw: RawConfig =
            toml::from_str(source.text()).map_err(|error| Problems::of_toml(source, &error))?;
        let mut problems = Vec::new();
        let mut environments = Vec::new();
        for (name, raw) in raw.environment {
            environments.push(EnvironmentRule {
                name,
                paths: patterns(&raw.paths, &mut problems),
                markers: raw.markers,
                protected: raw.protected,
            });
        }
        let calendar = match raw.calendar.as_ref().map(Calendar::compile) {
            None => None,
            Some(Ok(calendar)) => Some(calendar),
            Some(Err(found)) => {
                problems.extend(found);
                None
            }
        };
        let mut contracts = Vec::new();
        for raw in raw.contract {
            contracts.push(Contract {
                workload: raw.workload,
                from: patterns(&raw.from, &mut problems),
                expects: raw.expects.iter().map(|name| (name.get_ref().clone(), span_of(name))).collect(),
            });
        }
        let mut pairs = Vec::new();
        for raw in raw.pair {
            let when = compile_pattern(&raw.get_ref().when, &mut problems);
            let then = compile_pattern(&raw.get_ref().then, &mut problems);
            if let (Some(when), Some(then)) = (when, then) {
                pairs.push(Pair { when, then, span: span_of(&raw) });
            }
        }
        let mut policies = Vec::new();
        for (id, raw) in raw.policy {
            policies.push(PolicyRule {
                span: span_of(&id),
                id: id.into_inner(),
                severity: raw.severity.map(|word| (word.get_ref().clone(), span_of(&word))),
                environments: raw.environments.map(|scope| match scope {
                    RawScope::Word(word) => vec![word],
                    RawScope::Names(names) => names,
                }),
                exclude: patterns(&raw.exclude, &mut problems),
                check: raw.check,
            });
        }
        if !problems.is_empty() {
            return Err(Problems { file: source.clone(), list: problems });
        }
        Ok(Self { source: Some(source.clone()), environments, calendar, contracts, pairs, policies })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn compile(text: &str) -> Result<Config, Problems> {
        Config::compile(&SourceFile::new(Origin::File(FILE.into()), text.to_owned()))
    }

    #[test]
    fn an_unknown_key_is_an_error_at_its_place_with_a_suggestion() {
        let text = "[environment.production]\npaths = []\nprotectd = true\n";
        let problems = compile(text).unwrap_err();
        let problem = &problems.list[0];
        assert_eq!(problems.file.slice(problem.span), "protectd");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `protected`?"));
    }

    #[test]
    fn every_bad_pattern_is_reported() {
        let text = "[environment.production]\npaths = [\"a/{b,c}\", \"/x\"]\n";
        assert_eq!(compile(text).unwrap_err().list.len(), 2);
    }

    #[test]
    fn an_empty_config_is_valid() {
        assert!(compile("").is_ok());
    }
}
