//! Examples in a policy file: its tests and its documentation.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::source::Span;

/// What the policy must say of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    Refused,
    /// Reported, but let through.
    Warned,
    Accepted,
    Unjudged,
}

impl Expectation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Warned => "warned",
            Self::Accepted => "accepted",
            Self::Unjudged => "unjudged",
        }
    }
}

/// A small change and what must come of it.
#[derive(Debug, Clone)]
pub struct Example {
    pub expect: Expectation,
    pub why: Option<String>,
    /// The line that the finding must point at.
    pub line: Option<usize>,
    /// The file that the finding must point at.
    pub file: Option<String>,
    pub message: Option<String>,
    pub body: Option<String>,
    pub at: Option<String>,
    pub before: BTreeMap<String, String>,
    pub after: BTreeMap<String, String>,
    pub earlier: Vec<BTreeMap<String, String>>,
    /// Where it stands in the policy file.
    pub span: Span,
}
