//! All policies of a run, by id.

use std::sync::Arc;

use super::compile::{compile, examples};
use super::{EnvironmentScope, Example, Policy, Select, Stage};
use crate::check::Kind;
use crate::check::outlook::Stance;
use crate::config::Config;
use crate::finding::Severity;
use crate::source::{Origin, Problem, Problems, SourceFile, Span, nearest};

/// One line a built-in policy: its place below `policies/`, and its text.
macro_rules! built_in {
    ($($place:literal),* $(,)?) => {
        const BUILT_IN: &[(&str, &str)] =
            &[$(($place, include_str!(concat!("../../policies/", $place, ".toml")))),*];
    };
}

built_in! {
    "dependencies/kafka-client-jump",
    "dependencies/unpinned-kafka-client",
    "gate/weakened-gate",
    "removal/unacknowledged-deletion",
    "rollout/floating-image-tag",
    "rollout/missing-rollback-plan",
    "rollout/release-outside-window",
    "secrets/foreign-environment-value",
    "secrets/secret-key-mismatch",
    "secrets/secret-value-whitespace",
}

/// What the config says about a policy: `[policy.<id>]`.
#[derive(Debug, Clone)]
pub struct Override {
    pub id: String,
    pub span: Span,
    pub severity: Option<Severity>,
    pub environments: Option<EnvironmentScope>,
    pub exclude: Vec<crate::source::PathPattern>,
    /// Parameters of the check, laid over the policy's own.
    pub check: Option<toml::Table>,
}

impl Override {
    /// What the config says about policies, its words turned into ours.
    pub fn compile_all(config: &Config, source: &Arc<SourceFile>) -> Result<Vec<Self>, Problems> {
        let mut problems = Vec::new();
        let mut overrides = Vec::new();
        for rule in &config.policies {
            let severity = rule.severity.as_ref().and_then(|(word, span)| match word.as_str() {
                "block" => Some(Severity::Block),
                "warn" => Some(Severity::Warn),
                "off" => Some(Severity::Off),
                _ => {
                    let problem = Problem::new(*span, format!("`{word}` is no severity"));
                    problems.push(problem.hint("write \"block\", \"warn\" or \"off\""));
                    None
                }
            });
            let environments = rule.environments.as_ref().map(|words| match words.as_slice() {
                [word] if word == "all" => EnvironmentScope::All,
                [word] if word == "protected" => EnvironmentScope::Protected,
                names => EnvironmentScope::Named(names.to_vec()),
            });
            overrides.push(Self {
                id: rule.id.clone(),
                span: rule.span,
                severity,
                environments,
                exclude: rule.exclude.clone(),
                check: rule.check.clone(),
            });
        }
        if problems.is_empty() {
            Ok(overrides)
        } else {
            Err(Problems { file: source.clone(), list: problems })
        }
    }
}

#[derive(Debug, Clone)]
pub struct Catalogue {
    policies: Vec<Policy>,
}

impl Catalogue {
    /// The policies that come with deploy-guard.
    pub fn built_in() -> Result<Self, Problems> {
        let mut policies = Vec::new();
        for (place, text) in BUILT_IN {
            let subject = place.split('/').next().unwrap_or_default();
            let origin = Origin::File(format!("policies/{place}.toml").as_str().into());
            let source = SourceFile::new(origin, (*text).to_owned());
            policies.push(compile(&source, subject, true)?);
        }
        policies.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self { policies })
    }

    /// Adds a user's policy file.
    pub fn add(&mut self, source: &Arc<SourceFile>) -> Result<(), Problems> {
        let policy = compile(source, "custom", false)?;
        if let Some(twin) = self.get(&policy.id) {
            let where_it_is = twin.source.origin().display();
            let problem = Problem::new(
                Span::new(0, 0),
                format!("there is a policy `{}` already: {where_it_is}", policy.id),
            )
            .hint("to change a built-in one, write [policy.<id>] in deploy-guard.toml");
            return Err(Problems::one(source, problem));
        }
        self.policies.push(policy);
        self.policies.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(())
    }

    /// Lays the config's overrides over the policies; `config` is where they stand.
    pub fn apply(&mut self, overrides: &[Override], config: &Arc<SourceFile>) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for change in overrides {
            let Some(policy) = self.policies.iter_mut().find(|policy| policy.id == change.id) else {
                let mut problem = Problem::new(change.span, format!("there is no policy `{}`", change.id));
                if let Some(near) = nearest(&change.id, self.policies.iter().map(|policy| policy.id.as_str()))
                {
                    problem = problem.hint(format!("did you mean `{near}`?"));
                }
                problems.push(problem);
                continue;
            };
            if let Some(severity) = change.severity {
                policy.severity = severity;
                policy.elsewhere = policy.elsewhere.min(severity);
            }
            if let Some(environments) = &change.environments {
                policy.select.environments = environments.clone();
            }
            policy.select.exclude.extend(change.exclude.iter().cloned());
            if let Some(parameters) = &change.check {
                match laid_over(policy, parameters) {
                    Ok(kind) => {
                        policy.check = Arc::new(kind);
                        policy.laid_over.clone_from(parameters);
                    }
                    Err(message) => problems.push(Problem::new(change.span, message)),
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems { file: config.clone(), list: problems }) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter()
    }

    pub fn get(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    pub fn len(&self) -> usize {
        self.policies.len()
    }

    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Keeps one policy alone: how an example is judged.
    #[must_use]
    pub fn only(&self, id: &str) -> Self {
        Self { policies: self.policies.iter().filter(|policy| policy.id == id).cloned().collect() }
    }

    /// The policies that no waiver covers: the gate does not excuse its own weakening.
    pub fn unwaivable(&self) -> Vec<&str> {
        self.policies
            .iter()
            .filter(|policy| policy.subject == "gate")
            .map(|policy| policy.id.as_str())
            .collect()
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.policies.iter().map(|policy| policy.id.as_str())
    }
}

/// The policy's check with some parameters replaced.
fn laid_over(policy: &Policy, parameters: &toml::Table) -> Result<Kind, String> {
    let mut whole: toml::Table =
        toml::from_str(policy.source.text()).map_err(|error| error.message().to_owned())?;
    let kinds = whole.get_mut("check").and_then(toml::Value::as_table_mut);
    let Some((_, body)) = kinds.and_then(|kinds| kinds.iter_mut().next()) else {
        return Err(format!("`{}` has no check", policy.id));
    };
    let Some(body) = body.as_table_mut() else { return Err(format!("`{}` has no parameters", policy.id)) };
    for (name, value) in parameters {
        body.insert(name.clone(), value.clone());
    }
    let check = whole.remove("check").unwrap_or(toml::Value::Table(toml::Table::new()));
    let kind: Kind = check.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    kind.validate()?;
    Ok(kind)
}

impl Policy {
    /// How strict it is, for comparing it with what it was.
    pub fn stance(&self) -> Stance {
        let capped = |severity: Severity| match self.stage {
            Stage::Preview => severity.min(Severity::Warn),
            Stage::Stable => severity,
        };
        let mut parameters = super::compile::parameters(self.source.text());
        parameters.extend(self.laid_over.clone());
        let patterns = |list: &[crate::source::PathPattern]| {
            list.iter().map(|pattern| pattern.as_str().to_owned()).collect()
        };
        Stance {
            id: self.id.clone(),
            severity: capped(self.severity),
            elsewhere: capped(self.elsewhere),
            environments: match &self.select.environments {
                EnvironmentScope::All => vec!["all".to_owned()],
                EnvironmentScope::Protected => vec!["protected".to_owned()],
                EnvironmentScope::Named(names) => names.clone(),
            },
            paths: patterns(&self.select.paths),
            exclude: patterns(&self.select.exclude),
            parameters,
        }
    }

    /// The examples of its file, read when somebody asks for them.
    pub fn examples(&self) -> Result<Vec<Example>, Problems> {
        examples(&self.source)
    }

    pub const fn select(&self) -> &Select {
        &self.select
    }
}
