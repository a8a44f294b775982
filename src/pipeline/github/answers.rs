//! The parts of GitHub's answers that are used. Whatever else an answer holds is let through.

use serde::Deserialize;

use crate::pipeline::api::At;

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) html_url: Option<String>,
    pub(super) title: String,
    pub(super) body: Option<String>,
    /// None for an account that was deleted.
    pub(super) user: Option<User>,
    pub(super) head: End,
    pub(super) base: End,
    pub(super) labels: Vec<Name>,
    /// How many; a list of pull requests does not say it.
    pub(super) commits: Option<usize>,
    pub(super) merged: Option<bool>,
    /// Of a test merge while it is open.
    pub(super) merge_commit_sha: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub(super) number: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    /// `User`, `Bot`, `Organization`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct End {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) sha: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Name {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Event {
    /// `labeled`, `unlabeled` and many more.
    #[serde(rename = "event")]
    pub(super) what: String,
    pub(super) actor: Option<User>,
    pub(super) created_at: At,
    pub(super) label: Option<Name>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Review {
    pub(super) user: Option<User>,
    pub(super) state: String,
    /// None while it is being written.
    pub(super) submitted_at: Option<At>,
    pub(super) commit_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Committed {
    /// None, or an empty object, where the address belongs to no account.
    pub(super) author: Option<Account>,
    pub(super) committer: Option<Account>,
    #[serde(rename = "commit")]
    pub(super) content: Content,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) login: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Content {
    pub(super) author: Option<Signature>,
    pub(super) committer: Option<Signature>,
    pub(super) message: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Signature {
    pub(super) email: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Permission {
    /// `admin`, `write`, `read`, `none`: `maintain` counts as `write`, `triage` as `read`.
    pub(super) permission: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) default_branch: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Branch {
    pub(super) protected: bool,
    pub(super) commit: Tip,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tip {
    pub(super) sha: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    /// `ahead`, `behind`, `diverged` or `identical`: the second as seen from the first.
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) sha: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentStatus {
    pub(super) state: String,
    pub(super) created_at: At,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRuns {
    pub(super) total_count: usize,
    pub(super) check_runs: Vec<CheckRun>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRun {
    pub(super) id: u64,
    pub(super) name: String,
    /// `queued`, `in_progress`, `completed`, and some more that are not the end.
    pub(super) status: String,
    /// None before the end.
    pub(super) conclusion: Option<String>,
    pub(super) started_at: Option<At>,
    pub(super) details_url: Option<String>,
    pub(super) app: Option<App>,
}

#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub(super) slug: Option<String>,
}

/// The last status of each context.
#[derive(Debug, Deserialize)]
pub(super) struct Statuses {
    pub(super) total_count: usize,
    pub(super) statuses: Vec<Status>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) context: String,
    /// `success`, `pending`, `failure`, `error`
    pub(super) state: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) html_url: Option<String>,
    pub(super) title: String,
    pub(super) labels: Vec<Name>,
    /// None for what is no pull request.
    pub(super) pull_request: Option<Merge>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Merge {
    pub(super) merged_at: Option<At>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Viewed {
    pub(super) viewer: User,
}
