//! What people say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    Go,
    NoGo,
}

/// How it is known who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// They say so, or their git configuration does.
    Claimed,
    /// The platform that runs the job says so.
    Platform,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub proof: Proof,
}

/// One answer to one question, as it goes into the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The item's id.
    pub item: String,
    /// The role, and the question as it was shown: an answer counts for these words only.
    pub role: String,
    pub question: String,
    pub word: Word,
    /// Why, or who: never empty for a no-go.
    #[serde(default)]
    pub reason: String,
    pub by: Person,
    pub at: Timestamp,
}
