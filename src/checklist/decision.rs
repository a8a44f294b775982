//! From evidence and answers to one word.

use jiff::Timestamp;

use super::answer::Answer;
use super::item::Item;
use crate::probe::Evidence;
use crate::verdict::Verdict;

/// What is known of an item so far.
#[derive(Debug, Clone)]
pub enum State {
    /// Being asked, or not asked yet.
    Waiting,
    /// The gate's verdict on the change.
    Judged(PolicyVerdict),
    Seen(Evidence),
    Answered(Answer),
    /// Evidence that can't be told, and the person who says that the release goes out without it.
    Accepted(Evidence, Answer),
}

/// The gate's verdict, short.
#[derive(Debug, Clone)]
pub struct PolicyVerdict {
    pub verdict: Verdict,
    /// One line: `2 rules refuse this change`.
    pub summary: String,
    /// A line each: the policy, what is wrong, where.
    pub details: Vec<String>,
    pub at: Timestamp,
    pub valid_until: Option<Timestamp>,
}

/// What an item means for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Go,
    /// It goes, and somebody should look.
    Warn,
    /// Nobody has answered yet, or nothing has come back: no go until then.
    Waiting,
    /// It can't be told.
    Unjudged,
    NoGo,
}

/// An item on the board.
#[derive(Debug, Clone)]
pub struct Row {
    pub item: Item,
    /// Why this is asked here: `the change touches an ingress`.
    pub because: Option<String>,
    pub state: State,
}

/// The word, and how long it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub valid_until: Option<Timestamp>,
}

impl Row {
    pub fn standing(&self) -> Standing {
        Standing::Waiting
    }
}

/// Decides on all rows at an instant.
pub fn decide(_rows: &[Row], _now: Timestamp) -> Decision {
    Decision { verdict: Verdict::Unjudged, valid_until: None }
}
