//! GitLab's REST API: the facts of a merge request, and the few things that are written back.
//!
//! In: a project and a token. Out: what [`crate::change`] calls a pull request. Believes what the platform says and
//! nothing else; judges nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::answers::{
    Approved, Asked, Branch, Committed, Deployment, LabelEvent, Member, MergeRequest, Note, Numbered,
    Project, Reference, User, Version,
};
use super::approvals::{contributors, given_at, head_at};
use crate::change::{Approval, Approvals, ObjectId, PullRequest, ToldBy};
use crate::http::{Client, Method, Response};
use crate::pipeline::api::{
    ApiError, Manners, Merged, Placed, Session, State, Told, clipped, encoded, next_link, says_the_same,
};
use crate::pipeline::labels::{self, Setting};
use crate::source::{Secret, escape_line};

/// A developer; who has less may not push.
const MAY_WRITE: u32 = 30;

/// Pages of a hundred commits.
const COMMIT_PAGES: usize = 20;

/// The two kinds of tokens that a job may have.
#[derive(Debug)]
pub enum Token {
    /// Of a person, a project or a group.
    Private(Secret),
    /// `CI_JOB_TOKEN`, which few doors of the API take; merge requests are behind none of them.
    Job(Secret),
}

/// One project on GitLab, as one token may see it.
#[derive(Debug)]
pub struct Api {
    session: Session,
    /// `/projects/42`
    path: String,
}

impl Api {
    /// `base` is what `CI_API_V4_URL` says, `project` is the project's number or its whole path.
    pub fn new(client: Client, base: &str, project: &str, token: Token) -> Result<Self, ApiError> {
        if project.trim().is_empty() {
            return Err(
                ApiError::new("no project of GitLab's is named").mended_by("CI_PROJECT_ID has to be set")
            );
        }
        let manners = Manners { platform: "GitLab", headers: &[], mend, next };
        let (header, token) = match token {
            Token::Private(token) => (("private-token", ""), token),
            Token::Job(token) => (("job-token", ""), token),
        };
        let session = Session::new(client, base, header, token, manners);
        Ok(Self { session, path: format!("/projects/{}", encoded(project.trim())) })
    }

    /// Everything about a merge request, read now: `at`.
    pub fn pull_request(&self, number: u64, at: Timestamp) -> Result<PullRequest, ApiError> {
        let path = format!("{}/merge_requests/{number}", self.path);
        let found: MergeRequest = self.session.get(&path)?;
        let events: Vec<LabelEvent> =
            self.session.list(&format!("{path}/resource_label_events?per_page=100"))?;
        let approvals = self.approvals(&path, &found)?;
        let Some(head) = &found.sha else {
            return Err(ApiError::new(format!("GitLab: merge request {number} has no commit yet")));
        };
        Ok(PullRequest {
            number: found.iid,
            url: found.web_url,
            title: found.title,
            body: found.description.unwrap_or_default(),
            head: object(head)?,
            author: found.author.username,
            source_branch: found.source_branch,
            target_branch: found.target_branch,
            labels: labels::settled(
                found.labels,
                events.into_iter().filter_map(setting).collect(),
                |one, other| one == other,
            ),
            approvals,
            told_by: ToldBy::Api { at },
        })
    }

    fn approvals(&self, path: &str, found: &MergeRequest) -> Result<Approvals, ApiError> {
        let given: Approved = self.session.get(&format!("{path}/approvals"))?;
        if given.approved_by.is_empty() {
            let contributors = vec![found.author.username.clone()];
            return Ok(Approvals::Known { approvals: Vec::new(), contributors });
        }
        let contributors = match self.contributors(found)? {
            Ok(contributors) => contributors,
            Err(why) => return Ok(Approvals::Unknown(why)),
        };
        let versions: Vec<Version> = self.session.list(&format!("{path}/versions?per_page=100"))?;
        let untimed = given.approved_by.iter().any(|approved| approved.approved_at.is_none());
        let notes: Vec<Note> = if untimed {
            self.session.list(&format!("{path}/notes?order_by=created_at&sort=asc&per_page=100"))?
        } else {
            Vec::new()
        };
        let mut approvals = Vec::new();
        for approved in &given.approved_by {
            let user: User = self.session.get(&format!("/users/{}", approved.user.id))?;
            if user.bot {
                // A token that approves is no person.
                continue;
            }
            let name = &approved.user.username;
            let Some(at) = given_at(approved, &notes) else {
                return Ok(Approvals::Unknown(format!("GitLab does not say when {name} approved it")));
            };
            let Some(commit) = head_at(at, &versions) else {
                return Ok(Approvals::Unknown(format!("GitLab does not say what {name} approved")));
            };
            approvals.push(Approval {
                by: name.clone(),
                at,
                commit: Some(object(commit)?),
                may_write: self.may_write(approved.user.id)?,
            });
        }
        Ok(Approvals::Known { approvals, contributors })
    }

    /// Whose accounts the commits belong to. Only GraphQL tells; why, where it does not.
    fn contributors(&self, found: &MergeRequest) -> Result<Result<Vec<String>, String>, ApiError> {
        const QUERY: &str = "query($id: MergeRequestID!, $after: String) { mergeRequest(id: $id) { \
                             commits(first: 100, after: $after) { pageInfo { hasNextPage endCursor } \
                             nodes { author { username } authorEmail message } } \
                             committers { nodes { username } } } }";
        let unknown = |why: &str| Ok(Err(format!("GitLab does not say who wrote its commits: {why}")));
        let base = self.session.base();
        let url = format!("{}/graphql", base.strip_suffix("/v4").unwrap_or(base));
        let mut committers = Vec::new();
        let mut commits: Vec<Committed> = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..COMMIT_PAGES {
            let id = format!("gid://gitlab/MergeRequest/{}", found.id);
            let body = json!({ "query": QUERY, "variables": { "id": id, "after": after } });
            let work = match self.session.query::<Asked>(&url, body)? {
                Told::Data(Asked { merge_request: Some(work) }) => work,
                Told::Data(Asked { merge_request: None }) => return unknown("the token may not see them"),
                Told::Refused(why) => return unknown(&why.what),
            };
            committers.extend(work.committers.nodes.into_iter().map(|account| account.username));
            commits.extend(work.commits.nodes);
            if !work.commits.page_info.has_next_page {
                return Ok(Ok(contributors(&found.author.username, committers, &commits)));
            }
            after = work.commits.page_info.end_cursor;
        }
        unknown("there are too many of them")
    }

    /// Somebody who is no member may not push.
    fn may_write(&self, user: u64) -> Result<bool, ApiError> {
        let found: Option<Member> = self.session.find(&format!("{}/members/all/{user}", self.path))?;
        Ok(found.is_some_and(|member| member.access_level >= MAY_WRITE))
    }

    /// The merge requests that a commit came with, whatever became of them.
    pub fn pull_requests_of(&self, commit: &ObjectId) -> Result<Vec<u64>, ApiError> {
        self.numbers(&format!("{}/repository/commits/{commit}/merge_requests?per_page=100", self.path))
    }

    pub fn open_pull_requests(&self) -> Result<Vec<u64>, ApiError> {
        self.numbers(&format!("{}/merge_requests?state=opened&per_page=100", self.path))
    }

    fn numbers(&self, path: &str) -> Result<Vec<u64>, ApiError> {
        let found: Vec<Numbered> = self.session.list(path)?;
        Ok(found.into_iter().map(|request| request.iid).collect())
    }

    pub fn is_protected(&self, branch: &str) -> Result<bool, ApiError> {
        let path = format!("{}/repository/branches/{}", self.path, encoded(branch));
        let branch: Branch = self.session.get(&path)?;
        Ok(branch.protected)
    }

    /// Whether a commit is the tip of a branch or behind it.
    pub fn is_on(&self, branch: &str, commit: &ObjectId) -> Result<bool, ApiError> {
        let path = format!("{}/repository/commits/{commit}/refs?type=branch&per_page=100", self.path);
        let branches: Vec<Reference> = self.session.list(&path)?;
        Ok(branches.iter().any(|found| found.name == branch))
    }

    pub fn default_branch(&self) -> Result<String, ApiError> {
        let project: Project = self.session.get(&self.path)?;
        project.default_branch.ok_or_else(|| ApiError::new("GitLab: the project has no default branch yet"))
    }

    /// The commit of the newest deployment to an environment that succeeded. `but` is a deployment that is not meant,
    /// for it is the one that asks.
    pub fn last_deployment(&self, environment: &str, but: Option<u64>) -> Result<Option<ObjectId>, ApiError> {
        let path = format!(
            "{}/deployments?environment={}&status=success&order_by=id&sort=desc&per_page=2",
            self.path,
            encoded(environment)
        );
        let found: Vec<Deployment> = self.session.get(&path)?;
        let last = found.into_iter().find(|deployment| Some(deployment.id) != but);
        last.map(|deployment| object(&deployment.sha)).transpose()
    }

    /// Merge requests that were merged under a label that they still have.
    pub fn merged_with_label(&self, label: &str) -> Result<Vec<Merged>, ApiError> {
        let path =
            format!("{}/merge_requests?state=merged&labels={}&per_page=100", self.path, encoded(label));
        let found: Vec<MergeRequest> = self.session.list(&path)?;
        found
            .into_iter()
            .map(|request| {
                let merged_at = request.merged_at.ok_or_else(|| {
                    ApiError::new(format!(
                        "GitLab does not say when merge request {} was merged",
                        request.iid
                    ))
                })?;
                Ok(Merged {
                    number: request.iid,
                    url: request.web_url,
                    title: request.title,
                    merged_at: merged_at.0,
                    labels: request.labels,
                })
            })
            .collect()
    }

    /// Puts a note where the last one of ours stands. Ours begins with the marker *and* was written by whoever this
    /// token is: anybody can write a marker.
    pub fn put_comment(&self, number: u64, marker: &str, body: &str) -> Result<Placed, ApiError> {
        let body = format!("{marker}\n{body}");
        let own: User = self.session.get("/user")?;
        let path = format!("{}/merge_requests/{number}/notes", self.path);
        let notes: Vec<Note> =
            self.session.list(&format!("{path}?order_by=created_at&sort=asc&per_page=100"))?;
        let is_ours = |note: &Note| !note.system && note.author.id == own.id && note.body.starts_with(marker);
        let Some(found) = notes.into_iter().find(is_ours) else {
            self.session.write(Method::Post, &path, json!({ "body": body }))?;
            return Ok(Placed::Created);
        };
        if says_the_same(&found.body, &body) {
            return Ok(Placed::Unchanged);
        }
        self.session.write(Method::Put, &format!("{path}/{}", found.id), json!({ "body": body }))?;
        Ok(Placed::Updated)
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
            State::Failure => "failed",
        };
        let description = clipped(description, LONGEST);
        let mut body = json!({ "state": state, "description": description, "name": context });
        if let (Some(target), Some(body)) = (target, body.as_object_mut()) {
            body.insert("target_url".to_owned(), json!(target));
        }
        self.session.write(Method::Post, &format!("{}/statuses/{commit}", self.path), body)
    }

    /// How far GitLab's clock is ahead of `now`, by its last answer; `None` before the first.
    pub fn clock_skew(&self, now: Timestamp) -> Option<SignedDuration> {
        self.session.clock_skew(now)
    }
}

fn object(sha: &str) -> Result<ObjectId, ApiError> {
    ObjectId::parse(sha).ok_or_else(|| {
        ApiError::new(format!("GitLab: `{}` is no name of a commit", clipped(&escape_line(sha), 80)))
    })
}

fn setting(event: LabelEvent) -> Option<Setting> {
    let set = match event.action.as_str() {
        "add" => true,
        "remove" => false,
        _ => return None,
    };
    let by = event.user.map(|user| user.username);
    Some(Setting { name: event.label?.name, set, by, at: event.created_at.0 })
}

/// The next page: its number stands in a header of its own, and long lists have a `Link` instead.
fn next(response: &Response) -> Option<String> {
    let number = response.header("x-next-page").unwrap_or_default().trim();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return next_link(response);
    }
    let (path, query) = response.url.split_once('?').unwrap_or((&response.url, ""));
    let mut parts: Vec<&str> =
        query.split('&').filter(|part| !part.is_empty() && !part.starts_with("page=")).collect();
    let page = format!("page={number}");
    parts.push(&page);
    Some(format!("{path}?{}", parts.join("&")))
}

/// What mends a refusal.
fn mend(response: &Response) -> Option<String> {
    let mend = match response.status {
        401 => {
            "the token is not valid, or it is a job's own, which merge requests are not shown to: a project access token \
             with the scope `read_api` may read, and one with `api` may write"
        }
        403 => "the token needs the scope `read_api` to read or `api` to write, and the role Developer",
        404 => "look whether it is there, and whether the token may see this project",
        500.. => "run the job again; where it stays so, look at the platform's own status page",
        _ => return None,
    };
    Some(mend.to_owned())
}
