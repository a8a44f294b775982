//! GitHub's REST API: the facts of a pull request, and the few things that are written back.
//!
//! In: a repository and a token. Out: what [`crate::change`] calls a pull request. Believes what the platform says and
//! nothing else; judges nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::answers::{
    Branch, Comment, Committed, Comparison, Deployment, DeploymentStatus, Event, Issue, Numbered, Permission,
    Pull, Repository, Review, Viewed,
};
use super::reviews;
use crate::change::{Approval, Approvals, ObjectId, PullRequest, ToldBy};
use crate::http::{Client, Method, Response};
use crate::pipeline::api::{
    ApiError, BEARER, Manners, Merged, Placed, Session, State, Told, clipped, encoded, next_link,
    says_the_same,
};
use crate::pipeline::labels::{self, Setting};
use crate::source::{Secret, escape_line};

/// Deployments that are looked through for the last one that succeeded.
const DEPLOYMENTS: usize = 50;

/// One repository on GitHub, as one token may see it.
#[derive(Debug)]
pub struct Api {
    pub(super) session: Session,
    /// `/repos/owner/name`
    pub(super) path: String,
}

impl Api {
    /// `base` is what `GITHUB_API_URL` says, `repository` is `owner/name`.
    pub fn new(client: Client, base: &str, repository: &str, token: Secret) -> Result<Self, ApiError> {
        let parts: Vec<&str> = repository.split('/').collect();
        let path = match parts.as_slice() {
            [owner, name] if !owner.is_empty() && !name.is_empty() => {
                format!("/repos/{}/{}", encoded(owner), encoded(name))
            }
            _ => {
                return Err(ApiError::new(format!(
                    "`{}` is no repository of GitHub's",
                    clipped(&escape_line(repository), 100)
                ))
                .mended_by("GITHUB_REPOSITORY has to be `owner/name`"));
            }
        };
        let manners = Manners {
            platform: "GitHub",
            headers: &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")],
            mend,
            next: next_link,
        };
        Ok(Self { session: Session::new(client, base, BEARER, token, manners), path })
    }

    /// Everything about a pull request, read now: `at`.
    pub fn pull_request(&self, number: u64, at: Timestamp) -> Result<PullRequest, ApiError> {
        let pull: Pull = self.session.get(&format!("{}/pulls/{number}", self.path))?;
        let events: Vec<Event> =
            self.session.list(&format!("{}/issues/{number}/events?per_page=100", self.path))?;
        let author = pull.user.as_ref().map_or_else(|| "ghost".to_owned(), |user| user.login.clone());
        let approvals = self.approvals(&pull, &author)?;
        Ok(PullRequest {
            number: pull.number,
            url: pull.html_url,
            title: pull.title,
            body: pull.body.unwrap_or_default(),
            author,
            source_branch: pull.head.branch,
            target_branch: pull.base.branch,
            head: object(&pull.head.sha)?,
            labels: labels::settled(
                pull.labels.into_iter().map(|label| label.name).collect(),
                set_or_taken(events),
                str::eq_ignore_ascii_case,
            ),
            approvals,
            told_by: ToldBy::Api { at },
        })
    }

    fn approvals(&self, pull: &Pull, author: &str) -> Result<Approvals, ApiError> {
        let number = pull.number;
        let given: Vec<Review> =
            self.session.list(&format!("{}/pulls/{number}/reviews?per_page=100", self.path))?;
        let commits: Vec<Committed> =
            self.session.list(&format!("{}/pulls/{number}/commits?per_page=100", self.path))?;
        if let Some(count) = pull.commits
            && count > commits.len()
        {
            return Ok(Approvals::Unknown(format!(
                "it has {count} commits and GitHub lists {} of them, so nobody can say who had no hand in it",
                commits.len()
            )));
        }
        let mut approvals = Vec::new();
        for (user, review) in reviews::standing(given) {
            let at = review.submitted_at.ok_or_else(|| {
                ApiError::new(format!("GitHub: an approval of pull request {number} says no time"))
            })?;
            approvals.push(Approval {
                at: at.0,
                commit: review.commit_id.as_deref().map(object).transpose()?,
                may_write: self.may_write(&user.login)?,
                by: user.login,
            });
        }
        Ok(Approvals::Known { approvals, contributors: reviews::contributors(author, &commits) })
    }

    /// Somebody that GitHub does not know as a user may nothing.
    fn may_write(&self, login: &str) -> Result<bool, ApiError> {
        let path = format!("{}/collaborators/{}/permission", self.path, encoded(login));
        let found: Option<Permission> = self.session.find(&path)?;
        Ok(found.is_some_and(|found| matches!(found.permission.as_str(), "admin" | "maintain" | "write")))
    }

    /// The pull requests that a commit came with, whatever became of them.
    pub fn pull_requests_of(&self, commit: &ObjectId) -> Result<Vec<u64>, ApiError> {
        self.numbers(&format!("{}/commits/{commit}/pulls?per_page=100", self.path))
    }

    pub fn open_pull_requests(&self) -> Result<Vec<u64>, ApiError> {
        self.numbers(&format!("{}/pulls?state=open&per_page=100", self.path))
    }

    fn numbers(&self, path: &str) -> Result<Vec<u64>, ApiError> {
        let found: Vec<Numbered> = self.session.list(path)?;
        Ok(found.into_iter().map(|pull| pull.number).collect())
    }

    /// Whether rules of the platform stand between a branch and a push; a ruleset counts as much as a branch's own.
    pub fn is_protected(&self, branch: &str) -> Result<bool, ApiError> {
        let branch: Branch = self.session.get(&format!("{}/branches/{}", self.path, encoded(branch)))?;
        Ok(branch.protected)
    }

    /// Whether a commit is the tip of a branch or behind it.
    pub fn is_on(&self, branch: &str, commit: &ObjectId) -> Result<bool, ApiError> {
        // By its tip: a tag may have the branch's name.
        let branch: Branch = self.session.get(&format!("{}/branches/{}", self.path, encoded(branch)))?;
        let tip = object(&branch.commit.sha)?;
        if tip == *commit {
            return Ok(true);
        }
        let path = format!("{}/compare/{tip}...{commit}?per_page=1", self.path);
        let found: Option<Comparison> = self.session.find(&path)?;
        Ok(found.is_some_and(|found| matches!(found.status.as_str(), "behind" | "identical")))
    }

    pub fn default_branch(&self) -> Result<String, ApiError> {
        let repository: Repository = self.session.get(&self.path)?;
        Ok(repository.default_branch)
    }

    /// The commit that an environment runs: of its newest deployment whose last word is success. `but` is a deployment
    /// that is not meant, for it is the one that asks.
    pub fn last_deployment(&self, environment: &str, but: Option<u64>) -> Result<Option<ObjectId>, ApiError> {
        let path = format!("{}/deployments?environment={}&per_page=100", self.path, encoded(environment));
        // The first page is the newest; a repository that deploys all day has thousands of them.
        let mut deployments: Vec<Deployment> = self.session.get(&path)?;
        deployments.retain(|deployment| Some(deployment.id) != but);
        deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.id));
        for deployment in deployments.iter().take(DEPLOYMENTS) {
            let path = format!("{}/deployments/{}/statuses?per_page=100", self.path, deployment.id);
            // The newest stands first, and among those of one second `max_by_key` would take the last.
            let mut statuses: Vec<DeploymentStatus> = self.session.list(&path)?;
            statuses.reverse();
            let last = statuses.iter().max_by_key(|status| status.created_at);
            if last.is_some_and(|status| status.state == "success") {
                return object(&deployment.sha).map(Some);
            }
        }
        if deployments.len() > DEPLOYMENTS {
            return Err(ApiError::new(format!(
                "GitHub: none of the last {DEPLOYMENTS} deployments to `{}` succeeded, and no more are looked at",
                escape_line(environment)
            ))
            .mended_by("say with `--base` what runs there"));
        }
        Ok(None)
    }

    /// Pull requests that were merged under a label that they still have.
    pub fn merged_with_label(&self, label: &str) -> Result<Vec<Merged>, ApiError> {
        let path = format!("{}/issues?state=closed&labels={}&per_page=100", self.path, encoded(label));
        let issues: Vec<Issue> = self.session.list(&path)?;
        let merged = |issue: Issue| {
            Some(Merged {
                merged_at: issue.pull_request?.merged_at?.0,
                number: issue.number,
                url: issue.html_url,
                title: issue.title,
                labels: issue.labels.into_iter().map(|label| label.name).collect(),
            })
        };
        Ok(issues.into_iter().filter_map(merged).collect())
    }

    /// Puts a comment where the last one of ours stands. Ours begins with the marker *and* was written by whoever this
    /// token is: anybody can write a marker.
    pub fn put_comment(&self, number: u64, marker: &str, body: &str) -> Result<Placed, ApiError> {
        let body = format!("{marker}\n{body}");
        let own = self.own_login()?;
        let path = format!("{}/issues/{number}/comments", self.path);
        let comments: Vec<Comment> = self.session.list(&format!("{path}?per_page=100"))?;
        let is_ours = |comment: &Comment| {
            let by = comment.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(&own));
            by && comment.body.as_deref().is_some_and(|body| body.starts_with(marker))
        };
        let Some(found) = comments.into_iter().find(is_ours) else {
            self.session.write(Method::Post, &path, json!({ "body": body }))?;
            return Ok(Placed::Created);
        };
        if says_the_same(found.body.as_deref().unwrap_or_default(), &body) {
            return Ok(Placed::Unchanged);
        }
        let path = format!("{}/issues/comments/{}", self.path, found.id);
        self.session.write(Method::Patch, &path, json!({ "body": body }))?;
        Ok(Placed::Updated)
    }

    /// Who this token is. A workflow's own token may ask this in GraphQL only.
    fn own_login(&self) -> Result<String, ApiError> {
        let base = self.session.base();
        let url = match base.strip_suffix("/v3") {
            Some(enterprise) => format!("{enterprise}/graphql"),
            None => format!("{base}/graphql"),
        };
        match self.session.query(&url, json!({ "query": "query { viewer { login } }" }))? {
            Told::Data(Viewed { viewer }) => Ok(viewer.login),
            Told::Refused(why) => Err(why),
        }
    }

    /// Sets a commit's status under a name; the last one of a name counts.
    pub fn set_status(
        &self,
        commit: &ObjectId,
        state: State,
        description: &str,
        context: &str,
        target: Option<&str>,
    ) -> Result<(), ApiError> {
        const LONGEST: usize = 140;
        let state = match state {
            State::Pending => "pending",
            State::Success => "success",
            State::Failure => "failure",
        };
        let description = clipped(description, LONGEST);
        let mut body = json!({ "state": state, "description": description, "context": context });
        if let (Some(target), Some(body)) = (target, body.as_object_mut()) {
            body.insert("target_url".to_owned(), json!(target));
        }
        self.session.write(Method::Post, &format!("{}/statuses/{commit}", self.path), body)
    }

    /// How far GitHub's clock is ahead of `now`, by its last answer; `None` before the first.
    pub fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration> {
        self.session.clock_skew(now)
    }
}

/// What became of labels.
fn set_or_taken(events: Vec<Event>) -> Vec<Setting> {
    let setting = |event: Event| {
        let set = match event.what.as_str() {
            "labeled" => true,
            "unlabeled" => false,
            _ => return None,
        };
        let by = event.actor.map(|actor| actor.login);
        Some(Setting { name: event.label?.name, set, by, at: event.created_at.0 })
    };
    events.into_iter().filter_map(setting).collect()
}

pub(super) fn object(sha: &str) -> Result<ObjectId, ApiError> {
    ObjectId::parse(sha).ok_or_else(|| {
        ApiError::new(format!("GitHub: `{}` is no name of a commit", clipped(&escape_line(sha), 80)))
    })
}

/// What mends a refusal.
fn mend(response: &Response) -> Option<String> {
    let needed = response.header("x-accepted-github-permissions").map(|needed| {
        let needed = needed.replace('_', "-").replace('=', ": ");
        format!("the token needs `{}`: the job's `permissions:` give it", clipped(&escape_line(&needed), 120))
    });
    match response.status {
        401 => Some(
            "the token is not valid: a job's own is `${{ github.token }}`, and any other may have run out"
                .to_owned(),
        ),
        403 => {
            needed.or_else(|| Some("the token may not do this: look at the job's `permissions:`".to_owned()))
        }
        404 => needed.map(|needed| format!("look whether it is there; {needed}")).or_else(|| {
            Some("look whether it is there, and whether the token may see this repository".to_owned())
        }),
        500.. => {
            Some("run the job again; where it stays so, look at the platform's own status page".to_owned())
        }
        _ => None,
    }
}
