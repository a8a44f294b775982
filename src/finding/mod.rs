//! One broken rule at one place.
//!
//! In: what a check saw. Out: plain data that sorts, hashes and serialises. Knows neither how it is shown nor whether
//! it counts: that is the engine's and the verdict's business.

mod fingerprint;
pub mod waiver;

use std::sync::Arc;

use crate::facts::environment::Environment;
use crate::source::{SourceFile, Span};

pub use fingerprint::Fingerprint;

/// How much a policy's finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Off,
    Warn,
    Block,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// A place and what is there.
#[derive(Debug, Clone)]
pub struct Label {
    pub source: Arc<SourceFile>,
    pub span: Span,
    pub text: String,
    /// What stands under the span must not be shown.
    pub redact: bool,
}

impl Label {
    pub fn new(source: &Arc<SourceFile>, span: Span, text: impl Into<String>) -> Self {
        Self { source: source.clone(), span, text: text.into(), redact: false }
    }

    /// The same label over a value that is shown to nobody.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.redact = true;
        self
    }
}

/// A broken rule. The primary label can't be missing.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is wrong here, in one sentence that is true on its own.
    pub message: String,
    pub primary: Label,
    pub related: Vec<Label>,
    /// What to write instead, where it is more exact than the policy's remedy.
    pub remedy: Option<String>,
    /// The resource and key path that it is about: the same on both sides, whatever the line.
    pub subject: String,
    /// What goes into the fingerprint beside the subject; hashed, never shown.
    pub evidence: String,
    /// Lower than the policy's, where the case is milder.
    pub at_most: Option<Severity>,
    /// The environment that it gets to, where that is another one than the file's own.
    pub reaches: Option<Environment>,
    /// What is said about the change could have allowed it.
    pub answers_to_plan: bool,
}

impl Finding {
    pub fn new(message: impl Into<String>, primary: Label, subject: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            primary,
            related: Vec::new(),
            remedy: None,
            subject: subject.into(),
            evidence: String::new(),
            at_most: None,
            reaches: None,
            answers_to_plan: false,
        }
    }

    #[must_use]
    pub fn related(mut self, label: Label) -> Self {
        self.related.push(label);
        self
    }

    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    #[must_use]
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// Says that it gets to an environment by way of another file.
    #[must_use]
    pub fn reaching(mut self, environment: Option<Environment>) -> Self {
        self.reaches = environment;
        self
    }

    /// Says that a word in the plan would have allowed it: where the plan can't be read whole, it can't be told.
    #[must_use]
    pub const fn unless_stated(mut self) -> Self {
        self.answers_to_plan = true;
        self
    }

    #[must_use]
    pub const fn at_most(mut self, severity: Severity) -> Self {
        self.at_most = Some(severity);
        self
    }
}
