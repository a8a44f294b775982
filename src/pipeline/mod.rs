//! What a CI system says of the run: the event, what it asks to be judged, and how far the run itself can be trusted.
//!
//! In: variables, an event's payload and the platform's API. Out: a [`Pipeline`] and requests for
//! [`crate::change::read_change`]. Everything that a payload says is somebody's text. Judges nothing.

mod api;
mod co_author;
pub mod github;
pub mod gitlab;
mod labels;

pub use api::{ApiError, Merged, Placed, State};

/// The CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    GitHub,
    GitLab,
    Generic,
}

impl Platform {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Generic => "generic",
        }
    }
}

/// Whether who wrote the change could also have written the job that judges it (T4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The job's file lives in another repository.
    Required,
    /// The job's file is the default branch's.
    DefaultBranch,
    /// The job's file comes with the change; why.
    Advisory(String),
}

impl Trust {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Required => "required-workflow",
            Self::DefaultBranch => "default-branch",
            Self::Advisory(_) => "advisory",
        }
    }

    /// What a person should know about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Required => {
                "the workflow file comes from another repository: this change can't edit it".to_owned()
            }
            Self::DefaultBranch => {
                "the workflow file comes from the default branch: this change can't edit it".to_owned()
            }
            Self::Advisory(why) => format!("advisory: {why}"),
        }
    }
}

/// The run that a verdict is reached in.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub platform: Platform,
    /// The event as the platform calls it.
    pub event: String,
    pub trust: Trust,
}
