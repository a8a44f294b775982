//! Go or no-go, decided before anything is rendered.

use crate::engine::Evaluation;
use crate::finding::Severity;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Go,
    NoGo,
    /// A blocking policy could not judge what it had to.
    Unjudged,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
            Self::Unjudged => "unjudged",
        }
    }

    /// The same in every mode and format.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::NoGo => 1,
            Self::Unjudged => 3,
        }
    }

    /// The verdict over several changes of one push: a refusal outranks what could not be judged.
    #[must_use]
    pub const fn worst(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoGo, _) | (_, Self::NoGo) => Self::NoGo,
            (Self::Unjudged, _) | (_, Self::Unjudged) => Self::Unjudged,
            (Self::Go, Self::Go) => Self::Go,
        }
    }
}

pub fn decide(evaluation: &Evaluation) -> Verdict {
    if evaluation.findings.iter().any(|judged| judged.severity == Severity::Block) {
        return Verdict::NoGo;
    }
    if evaluation.unjudged.is_empty() { Verdict::Go } else { Verdict::Unjudged }
}
