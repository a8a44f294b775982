//! One pure function a format: from a finished [`Report`] to text.
//!
//! In: the verdict and everything it rests on, secrets masked. Out: text. Must not be able to change the verdict.

pub mod json;
pub mod summary;
pub mod terminal;

use crate::change::Change;
use crate::engine::Evaluation;
use crate::verdict::Verdict;

/// One judged change: a push can hold several.
pub struct JudgedChange {
    pub change: Change,
    pub evaluation: Evaluation,
    pub verdict: Verdict,
}

/// Everything that a format may say.
pub struct Report {
    pub verdict: Verdict,
    pub changes: Vec<JudgedChange>,
    /// The reader that git was read with.
    pub reader: &'static str,
    /// The gate's clock, and whether somebody set it.
    pub at: jiff::Timestamp,
    pub simulated: bool,
}

impl Report {
    pub fn new(reader: &'static str, at: jiff::Timestamp, simulated: bool) -> Self {
        Self { verdict: Verdict::Go, changes: Vec::new(), reader, at, simulated }
    }

    /// Adds a change with the verdict that was reached on it.
    pub fn add(&mut self, change: Change, evaluation: Evaluation, verdict: Verdict) {
        self.verdict = self.verdict.worst(verdict);
        self.changes.push(JudgedChange { change, evaluation, verdict });
    }

    /// Whether everything that had to be judged was.
    pub fn is_complete(&self) -> bool {
        self.changes.iter().all(|judged| judged.evaluation.unjudged.is_empty())
    }
}
