//! One pure function a format: from a finished [`Report`] to text.
//!
//! In: the verdict and everything it rests on, secrets masked. Out: text. Must not be able to change the verdict.

pub mod github;
pub mod json;
pub mod markdown;
pub mod outputs;
pub mod runner;
pub mod summary;
pub mod terminal;
pub mod verdict_file;

use crate::change::Change;
use crate::engine::{Evaluation, Judged};
use crate::gate::{Ahead, OpenEmergency, Preview};
use crate::pipeline::Pipeline;
use crate::policy::Catalogue;
use crate::verdict::Verdict;

/// One judged change: a push can hold several.
pub struct JudgedChange {
    pub change: Change,
    pub evaluation: Evaluation,
    pub verdict: Verdict,
    /// What the head's own rules would say, where the change edits them.
    pub preview: Option<Preview>,
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
    /// The CI run, where this is one.
    pub pipeline: Option<Pipeline>,
    /// The first instant at which time alone would change the verdict, where there is one.
    pub valid_until: Option<jiff::Timestamp>,
    /// Break-glass entries of earlier changes that nobody has reviewed yet.
    pub open_emergencies: Vec<OpenEmergency>,
    /// What a person should know of the run where no change was judged.
    pub notes: Vec<String>,
}

impl Report {
    pub fn new(reader: &'static str, at: jiff::Timestamp, simulated: bool) -> Self {
        Self {
            verdict: Verdict::Go,
            changes: Vec::new(),
            reader,
            at,
            simulated,
            pipeline: None,
            valid_until: None,
            open_emergencies: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a change with the verdict that was reached on it.
    pub fn add(&mut self, change: Change, evaluation: Evaluation, verdict: Verdict) {
        self.verdict = self.verdict.worst(verdict);
        self.changes.push(JudgedChange { change, evaluation, verdict, preview: None });
    }

    /// The same, with what was seen ahead.
    pub fn add_with(&mut self, change: Change, evaluation: Evaluation, verdict: Verdict, ahead: Ahead) {
        self.valid_until = [self.valid_until, ahead.valid_until].into_iter().flatten().min();
        self.add(change, evaluation, verdict);
        if let Some(judged) = self.changes.last_mut() {
            judged.preview = ahead.preview;
        }
    }

    /// Whether everything that had to be judged was.
    pub fn is_complete(&self) -> bool {
        self.changes.iter().all(|judged| judged.evaluation.unjudged.is_empty())
    }
}

/// What to write instead: the finding's own words, or the policy's.
fn remedy(judged: &Judged, catalogue: &Catalogue) -> Option<String> {
    let policy = || catalogue.get(&judged.policy).map(|policy| policy.remedy.clone());
    judged.finding.remedy.clone().or_else(policy)
}
