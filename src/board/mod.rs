//! The board: what was asked, what came, who said what, and the word at the end.
//!
//! In: a [`Board`]. Out: text for a terminal, a pull request, a program or the screen in the room. Pure: nothing here asks,
//! decides or knows the time. Everything that strangers wrote is shown harmless.

pub mod html;
pub mod json;
pub mod markdown;
pub mod terminal;
pub(crate) mod told;
pub mod watch;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::checklist::Row;
use crate::record::Head;
use crate::verdict::Verdict;

/// Everything that a format may say.
#[derive(Debug, Clone)]
pub struct Board {
    /// `None`: the change reaches no environment that is known.
    pub environment: Option<String>,
    pub protected: bool,
    pub services: Vec<String>,
    pub change: Released,
    pub verdict: Verdict,
    pub at: Timestamp,
    /// The clock was set by hand.
    pub simulated: bool,
    /// When the word ends to hold; only a go has one.
    pub valid_until: Option<Timestamp>,
    /// The zone that people here live by.
    pub zone: TimeZone,
    /// SHA-256 of every rule and item in force.
    pub catalogue: String,
    /// The file that the items are of; `None`: the built-in ones.
    pub checklist: Option<String>,
    /// Items in the order in which they are shown: evidence, then confirmations.
    pub rows: Vec<Row>,
    pub plan: Plan,
    /// Where the word stands; `None`: it is not recorded, which no go is.
    pub recorded: Option<Recorded>,
    pub notes: Vec<String>,
}

/// What is released.
#[derive(Debug, Clone)]
pub struct Released {
    /// The subject of the newest commit.
    pub title: String,
    pub base_label: String,
    pub head_label: String,
    pub base: Option<String>,
    pub head: Option<String>,
    pub tree: Option<String>,
    pub commits: usize,
}

/// The way back, as the plan states it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub steps: Vec<String>,
    pub triggers: Vec<String>,
    pub owner: Option<String>,
    /// As it is written: `2h`.
    pub soak: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Recorded {
    pub file: PathBuf,
    pub head: Head,
}
