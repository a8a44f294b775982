//! The parts of GitLab's answers that are used. Whatever else an answer holds is let through.

use serde::Deserialize;

use crate::pipeline::api::At;

#[derive(Debug, Deserialize)]
pub(super) struct MergeRequest {
    /// Across the whole platform; `iid` is the number that people know.
    pub(super) id: u64,
    pub(super) iid: u64,
    pub(super) web_url: Option<String>,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) author: User,
    pub(super) source_branch: String,
    pub(super) target_branch: String,
    /// None as long as there is no commit.
    pub(super) sha: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) merged_at: Option<At>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub(super) iid: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) username: String,
    /// Told where a user is asked for alone.
    #[serde(default)]
    pub(super) bot: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct LabelEvent {
    pub(super) user: Option<User>,
    pub(super) created_at: At,
    /// None for a label that was deleted.
    pub(super) label: Option<Name>,
    /// `add`, `remove`.
    pub(super) action: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Name {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Approved {
    pub(super) approved_by: Vec<ApprovedBy>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApprovedBy {
    pub(super) user: User,
    /// Older versions do not tell it.
    pub(super) approved_at: Option<At>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) head_commit_sha: String,
    pub(super) created_at: At,
}

#[derive(Debug, Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) body: String,
    pub(super) author: User,
    pub(super) created_at: At,
    /// Written by the platform itself.
    #[serde(default)]
    pub(super) system: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) access_level: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Project {
    /// None for a repository without commits.
    pub(super) default_branch: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Branch {
    pub(super) protected: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) sha: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) merge_request: Option<Work>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Work {
    pub(super) commits: Commits,
    pub(super) committers: Committers,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commits {
    pub(super) page_info: PageInfo,
    pub(super) nodes: Vec<Committed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Committed {
    /// None where the address belongs to no account.
    pub(super) author: Option<Account>,
    pub(super) author_email: Option<String>,
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Committers {
    pub(super) nodes: Vec<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) username: String,
}
