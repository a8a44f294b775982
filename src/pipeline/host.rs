//! What a platform can be asked and told, whichever it is.

use jiff::{SignedDuration, Timestamp};

use crate::change::{ObjectId, PullRequest};

/// Why a platform could not be asked. Never "there is none": exit 3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct HostError {
    pub what: String,
    pub mend: Option<String>,
}

/// A pull request that has landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    pub number: u64,
    pub title: String,
    pub at: Timestamp,
    pub labels: Vec<String>,
}

/// What a commit status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Success,
    Failure,
    /// It could not be judged.
    Error,
}

/// A platform with a token for it.
pub trait Host {
    /// A pull request as it is now.
    fn pull_request(&self, number: u64) -> Result<PullRequest, HostError>;
    /// The pull requests that a commit came with.
    fn pull_requests_of(&self, commit: &ObjectId) -> Result<Vec<u64>, HostError>;
    fn open_pull_requests(&self) -> Result<Vec<u64>, HostError>;
    fn is_protected(&self, branch: &str) -> Result<bool, HostError>;
    fn default_branch(&self) -> Result<String, HostError>;
    /// The commit that an environment runs, the given deployment left out.
    fn last_deployment(&self, environment: &str, except: Option<u64>) -> Result<Option<ObjectId>, HostError>;
    fn landed_with_label(&self, label: &str) -> Result<Vec<Landed>, HostError>;
    /// Puts a comment in the place of the one with this mark, or adds it.
    fn put_comment(&self, number: u64, mark: &str, body: &str) -> Result<(), HostError>;
    fn set_status(
        &self,
        commit: &ObjectId,
        state: State,
        description: &str,
        context: &str,
    ) -> Result<(), HostError>;
    /// By how much the platform's clock differs from this instant, where it has said.
    fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration>;
}
