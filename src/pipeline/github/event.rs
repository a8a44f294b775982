//! A GitHub event: from the payload to what it says, and nothing more than what it says.

use serde_json::Value;

use crate::change::{Approvals, Label, ObjectId, PullRequest, ToldBy};
use crate::pipeline::payload::{Payload, PayloadError};

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    PullRequest(Box<PullRequestEvent>),
    MergeGroup {
        base: ObjectId,
        head: ObjectId,
        /// The branch that the queue leads to, by its full name.
        target: String,
        /// The pull request that is next, by the name of the queue's own branch.
        pull_request: Option<u64>,
    },
    Push {
        reference: String,
        /// All zeros for a ref that is new.
        before: ObjectId,
        /// All zeros for a ref that is gone.
        after: ObjectId,
        forced: bool,
        /// How many commits the push brings, where the payload lists them all.
        commits: Option<usize>,
    },
    Deployment {
        sha: ObjectId,
        environment: String,
        id: u64,
    },
    /// Somebody or a timer started it: it says nothing of a change.
    Started,
}

#[derive(Debug, Clone)]
pub struct PullRequestEvent {
    pub facts: PullRequest,
    /// How many commits it has.
    pub commits: Option<usize>,
    /// Whether it runs the default branch's workflow file.
    pub from_default_branch: bool,
}

/// An event with the repository that it happened in.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: Event,
    pub default_branch: Option<String>,
}

/// GitHub lists at most this many commits of a push.
const LISTED_COMMITS: usize = 2_048;

/// Reads an event of the given name.
pub fn read(name: &str, payload: &Value) -> Result<Told, PayloadError> {
    let root = Payload::root(payload);
    let event = match name {
        "pull_request" | "pull_request_target" | "pull_request_review" => {
            Event::PullRequest(Box::new(pull_request(name, &root.need("pull_request")?)?))
        }
        "merge_group" => {
            let group = root.need("merge_group")?;
            Event::MergeGroup {
                base: group.need("base_sha")?.object()?,
                head: group.need("head_sha")?.object()?,
                target: group.need("base_ref")?.text()?,
                pull_request: queued(&group.text_at("head_ref")?),
            }
        }
        "push" => Event::Push {
            reference: root.need("ref")?.text()?,
            before: root.need("before")?.object()?,
            after: root.need("after")?.object()?,
            forced: root.flag_at("forced")?,
            commits: match root.at("commits") {
                Some(commits) => Some(commits.list()?.len()).filter(|count| *count < LISTED_COMMITS),
                None => None,
            },
        },
        "deployment" => {
            let deployment = root.need("deployment")?;
            Event::Deployment {
                sha: deployment.need("sha")?.object()?,
                environment: deployment.need("environment")?.text()?,
                id: deployment.need("id")?.number()?,
            }
        }
        "workflow_dispatch" | "schedule" => Event::Started,
        _ => {
            return Err(PayloadError(format!(
                "nothing is known of the event `{}`",
                crate::source::escape_line(name)
            )));
        }
    };
    let default_branch = root.at("repository.default_branch").map(|name| name.text()).transpose()?;
    Ok(Told { event, default_branch })
}

/// `refs/heads/gh-readonly-queue/main/pr-104-<commit>`
fn queued(reference: &str) -> Option<u64> {
    let queue = reference.strip_prefix("refs/heads/gh-readonly-queue/")?;
    let (number, _) = queue.rsplit_once('/')?.1.strip_prefix("pr-")?.split_once('-')?;
    number.parse().ok()
}

fn pull_request(event: &str, root: &Payload<'_>) -> Result<PullRequestEvent, PayloadError> {
    let labels = match root.at("labels") {
        Some(labels) => labels
            .list()?
            .iter()
            .map(|label| Ok(Label { name: label.need("name")?.text()?, by: None, at: None }))
            .collect::<Result<Vec<Label>, PayloadError>>()?,
        None => Vec::new(),
    };
    let commits = root.at("commits").map(|count| count.number()).transpose()?;
    Ok(PullRequestEvent {
        facts: PullRequest {
            number: root.need("number")?.number()?,
            url: root.at("html_url").map(|url| url.text()).transpose()?,
            title: root.text_at("title")?,
            body: root.text_at("body")?,
            author: root.text_at("user.login")?,
            source_branch: root.need("head.ref")?.text()?,
            target_branch: root.need("base.ref")?.text()?,
            head: root.need("head.sha")?.object()?,
            labels,
            approvals: Approvals::Unknown(
                "no token was given to ask the platform who approved it".to_owned(),
            ),
            told_by: ToldBy::Event,
        },
        commits: commits.and_then(|count| usize::try_from(count).ok()),
        from_default_branch: event == "pull_request_target",
    })
}
