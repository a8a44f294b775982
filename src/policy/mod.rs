//! From TOML to a [`Policy`]: the texts, the weight, what it looks at, and one check with parameters.
//!
//! In: policy files, built in or the user's, and the config's overrides. Out: a [`Catalogue`], or every problem with
//! its place. Must not know how a check decides.

mod catalogue;
mod compile;
mod example;
mod incident;
mod raw;
mod select;

use std::sync::Arc;

use serde::Deserialize;

use crate::check::Kind;
use crate::finding::Severity;
use crate::source::SourceFile;

pub use catalogue::{Catalogue, Override};
pub use example::{Example, Expectation};
pub use incident::{Incident, incident, incidents};
pub use select::{EnvironmentScope, Select};

/// How settled a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// New: it warns, whatever its severity says.
    Preview,
    Stable,
}

impl Stage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
        }
    }
}

/// A rule with everything that is said about it.
#[derive(Debug, Clone)]
pub struct Policy {
    pub id: String,
    /// The folder it lives in: `rollout`, `secrets`; `custom` for a user's own.
    pub subject: String,
    pub title: String,
    pub severity: Severity,
    /// The severity outside the selected environments.
    pub elsewhere: Severity,
    pub stage: Stage,
    pub since: String,
    pub incidents: Vec<String>,
    /// What the first incident showed about this very rule.
    pub lesson: Option<String>,
    pub explanation: String,
    pub remedy: String,
    pub select: Select,
    pub check: Arc<Kind>,
    /// Parameters that the config lays over the file's own.
    pub laid_over: toml::Table,
    pub source: Arc<SourceFile>,
    pub built_in: bool,
}

impl Policy {
    /// What happened elsewhere, in a line, and the incident's id.
    pub fn why(&self) -> Option<(&str, &str)> {
        let incident = incident(self.incidents.first()?)?;
        Some((self.lesson.as_deref().unwrap_or(&incident.line), &incident.id))
    }

    /// Whether it looks at anything anywhere.
    pub fn is_in_force(&self) -> bool {
        self.severity.max(self.elsewhere) != Severity::Off
    }

    /// What a finding weighs in an environment; `Off` where the policy does not look.
    pub fn severity_in(&self, environment: Option<(&str, bool)>) -> Severity {
        let severity =
            if self.select.environments.holds(environment) { self.severity } else { self.elsewhere };
        match self.stage {
            Stage::Preview => severity.min(Severity::Warn),
            Stage::Stable => severity,
        }
    }
}
