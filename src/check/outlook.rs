//! The rules that judge a change beside those that would hold once it has landed.
//!
//! In: nothing; the gate fills it. Out: plain data that two sides can be compared by. Must not know how it was read.

use crate::calendar::Calendar;
use crate::facts::environment::Environments;
use crate::finding::Severity;
use crate::source::Problems;

/// How strict one policy is.
#[derive(Debug, Clone, PartialEq)]
pub struct Stance {
    pub id: String,
    /// What a finding weighs in the environments that it looks at, a preview's word counted.
    pub severity: Severity,
    pub elsewhere: Severity,
    /// `all`, `protected`, or names.
    pub environments: Vec<String>,
    /// Empty: all paths.
    pub paths: Vec<String>,
    pub exclude: Vec<String>,
    /// Of its check, the config's laid over the policy's.
    pub parameters: toml::Table,
}

/// Both sides' rules.
#[derive(Debug, Default)]
pub struct Outlook {
    /// Those of the base side; `None` where they could not be read, which ends a run by itself.
    pub present: Option<Rules>,
    /// Those of the head side; `None` where they could not be read.
    pub ahead: Option<Rules>,
    /// Why not, by file.
    pub problems: Vec<Problems>,
}

/// What holds on one side.
#[derive(Debug)]
pub struct Rules {
    pub stances: Vec<Stance>,
    pub environments: Environments,
    pub calendar: Calendar,
}

impl Rules {
    pub fn stance(&self, id: &str) -> Option<&Stance> {
        self.stances.iter().find(|stance| stance.id == id)
    }
}
