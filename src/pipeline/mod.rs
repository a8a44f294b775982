//! What a CI system says of the run: the event, what it asks to be judged, and how far the run itself can be trusted.
//!
//! In: variables, an event's payload and the platform's API. Out: a [`Pipeline`] and requests for
//! [`crate::change::read_change`]. Everything that a payload says is somebody's text. Judges nothing.

mod api;
pub(crate) mod co_author;
pub mod github;
pub mod gitlab;
pub mod host;
mod labels;
pub mod payload;
pub mod range;
mod trust;

pub use api::{ApiError, Merged, Placed, State};
pub use host::host_of;
pub use trust::Trust;

/// Asks for a variable of the run.
pub type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    GitHub,
    GitLab,
    Generic,
}

impl Platform {
    /// The system that these variables are of.
    pub fn of(variables: &Variables<'_>) -> Self {
        let says = |name: &str| variables(name).as_deref() == Some("true");
        if says("GITHUB_ACTIONS") {
            Self::GitHub
        } else if says("GITLAB_CI") {
            Self::GitLab
        } else {
            Self::Generic
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Generic => "generic",
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
