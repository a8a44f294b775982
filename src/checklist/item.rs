//! One line of a checklist.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Word};
use crate::facts::signs::Sign;
use crate::policy::EnvironmentScope;
use crate::probe;

/// What an item of evidence means when it can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    #[default]
    NoGo,
    /// Said, and let through.
    Warn,
    /// A person has to say that the release goes out without knowing.
    Ask,
}

impl OnError {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoGo => "no-go",
            Self::Warn => "warn",
            Self::Ask => "ask",
        }
    }
}

/// Who may answer for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    /// Names, mail addresses or accounts; empty: anybody.
    pub people: Vec<String>,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub role: Role,
    pub text: String,
    /// A yes alone does not answer it: `who watches until the soak ends?`
    pub wants_words: bool,
    /// Whoever made the change can't answer it.
    pub not_author: bool,
}

/// What an item takes.
#[derive(Debug, Clone)]
pub enum Task {
    /// The gate's verdict on the change.
    Policies,
    Probe(Arc<probe::Kind>),
    Question(Question),
}

/// One line of a checklist.
#[derive(Debug, Clone)]
pub struct Item {
    pub id: String,
    pub title: String,
    /// The incident that taught it.
    pub incident: Option<String>,
    pub environments: EnvironmentScope,
    /// Empty: whatever is released.
    pub services: Vec<String>,
    /// Empty: always.
    pub when: Vec<Sign>,
    pub on_error: OnError,
    /// How long what was seen or said counts.
    pub max_age: SignedDuration,
    pub task: Task,
    /// Words of a rollback trigger that this item's failure meets; its id is one by itself.
    pub triggers: Vec<String>,
    /// It has to fail for so long before a watch calls for the way back.
    pub fails_for: Option<SignedDuration>,
    /// It is of the built-in checklist.
    pub built_in: bool,
}

impl Question {
    /// Whether an answer counts: who gives it may, and it says what a bare word does not.
    pub fn takes(&self, answer: &Answer, authors: &[String]) -> Result<(), String> {
        self.may_answer(&answer.by, authors)?;
        if !answer.reason.trim().is_empty() {
            return Ok(());
        }
        match answer.word {
            Word::NoGo => Err("a no-go needs its reason".to_owned()),
            Word::Go if self.wants_words => Err(format!("a bare go does not answer: {}", self.text)),
            Word::Go => Ok(()),
        }
    }
}
