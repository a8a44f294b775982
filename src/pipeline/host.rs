//! What a platform can be asked and told, whichever it is.

use jiff::{SignedDuration, Timestamp};

use super::{ApiError, Merged, Platform, State, Variables, github, gitlab};
use crate::change::{ObjectId, PullRequest};
use crate::http::{Bounds, Client};
use crate::source::Secret;

/// A platform with a token for it.
pub trait Host {
    /// A pull request as it is now.
    fn pull_request(&self, number: u64) -> Result<PullRequest, ApiError>;
    /// The pull requests that a commit came with.
    fn pull_requests_of(&self, commit: &ObjectId) -> Result<Vec<u64>, ApiError>;
    fn open_pull_requests(&self) -> Result<Vec<u64>, ApiError>;
    fn is_protected(&self, branch: &str) -> Result<bool, ApiError>;
    /// Whether a commit is the tip of a branch or behind it.
    fn is_on(&self, branch: &str, commit: &ObjectId) -> Result<bool, ApiError>;
    fn default_branch(&self) -> Result<String, ApiError>;
    /// The commit that an environment runs, the given deployment left out.
    fn last_deployment(&self, environment: &str, but: Option<u64>) -> Result<Option<ObjectId>, ApiError>;
    /// Pull requests that have landed under a label.
    fn merged_with_label(&self, label: &str) -> Result<Vec<Merged>, ApiError>;
    /// Puts a comment in the place of the one with this mark, or adds it.
    fn put_comment(&self, number: u64, mark: &str, body: &str) -> Result<(), ApiError>;
    fn set_status(
        &self,
        commit: &ObjectId,
        state: State,
        description: &str,
        context: &str,
    ) -> Result<(), ApiError>;
    /// By how much the platform's clock is ahead of this instant, by its last answer.
    fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration>;
}

/// The platform of a run, where a token for it was given: `GITHUB_TOKEN`, or `GITLAB_TOKEN` with the scope `read_api`.
pub fn host_of(
    platform: Platform,
    variables: &Variables<'_>,
    now: Timestamp,
) -> Result<Option<Box<dyn Host>>, ApiError> {
    let variable = |name: &str| variables(name).unwrap_or_default();
    let token = |name: &str| variables(name).and_then(|token| Secret::new(&token));
    let client = || Client::new(Bounds::default());
    match platform {
        Platform::GitHub => {
            let Some(token) = token("GITHUB_TOKEN") else { return Ok(None) };
            let base = variable("GITHUB_API_URL");
            let repository = variable("GITHUB_REPOSITORY");
            let api = github::Api::new(client(), &base, &repository, token)?;
            Ok(Some(Box::new(Asked { api, now })))
        }
        Platform::GitLab => {
            // A job's own token is not shown merge requests, so it is no token for this.
            let Some(token) = token("GITLAB_TOKEN") else { return Ok(None) };
            let base = variable("CI_API_V4_URL");
            let project = variable("CI_PROJECT_ID");
            let api = gitlab::Api::new(client(), &base, &project, gitlab::Token::Private(token))?;
            Ok(Some(Box::new(Asked { api, now })))
        }
        Platform::Generic => Ok(None),
    }
}

/// An API with the time of the run.
struct Asked<A> {
    api: A,
    now: Timestamp,
}

/// Both answer the same questions.
macro_rules! answers {
    ($api:ty) => {
        impl Host for Asked<$api> {
            fn pull_request(&self, number: u64) -> Result<PullRequest, ApiError> {
                self.api.pull_request(number, self.now)
            }

            fn pull_requests_of(&self, commit: &ObjectId) -> Result<Vec<u64>, ApiError> {
                self.api.pull_requests_of(commit)
            }

            fn open_pull_requests(&self) -> Result<Vec<u64>, ApiError> {
                self.api.open_pull_requests()
            }

            fn is_protected(&self, branch: &str) -> Result<bool, ApiError> {
                self.api.is_protected(branch)
            }

            fn is_on(&self, branch: &str, commit: &ObjectId) -> Result<bool, ApiError> {
                self.api.is_on(branch, commit)
            }

            fn default_branch(&self) -> Result<String, ApiError> {
                self.api.default_branch()
            }

            fn last_deployment(
                &self,
                environment: &str,
                but: Option<u64>,
            ) -> Result<Option<ObjectId>, ApiError> {
                self.api.last_deployment(environment, but)
            }

            fn merged_with_label(&self, label: &str) -> Result<Vec<Merged>, ApiError> {
                self.api.merged_with_label(label)
            }

            fn put_comment(&self, number: u64, mark: &str, body: &str) -> Result<(), ApiError> {
                self.api.put_comment(number, mark, body).map(drop)
            }

            fn set_status(
                &self,
                commit: &ObjectId,
                state: State,
                description: &str,
                context: &str,
            ) -> Result<(), ApiError> {
                self.api.set_status(commit, state, description, context, None)
            }

            fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration> {
                self.api.clock_skew(now)
            }
        }
    };
}

answers!(github::Api);
answers!(gitlab::Api);
