//! What a run is to judge: the change, and what brought it.

use super::authority::{named_base, same_target};
use super::{Run, reopened};
use crate::change::{
    Approvals, Asker, Change, ObjectId, PullRequest, PullRequests, ReadError, ReadErrorKind, Reader, Request,
    ToldBy, fetch, read_change,
};
use crate::cli::Failure;
use crate::env::variable;
use crate::pipeline::Platform;
use crate::pipeline::github::event::{Event, PullRequestEvent};
use crate::pipeline::github::range::{Merge, of_pull_request, of_refs};
use crate::pipeline::gitlab::range as gitlab;
use crate::pipeline::range::{Missing, Range, RangeError};
use crate::verdict::Verdict;

/// So often is something fetched before giving up: the range, its commits, the branch with the rules.
const MOST_FETCHES: usize = 4;

/// At most this many commits are asked about for the pull requests that they came with.
const MOST_ASKED: usize = 50;

/// A depth that reaches the first commit of most changes.
const DEPTH: usize = 250;

#[derive(Default)]
pub(super) struct Subject {
    pub change: Option<Change>,
    pub pull_request: Option<u64>,
    /// The commit that a status belongs to.
    pub status_on: Option<ObjectId>,
    /// Where its change stands in the report.
    pub place: Option<usize>,
    /// Reached already where there is nothing to judge.
    pub verdict: Option<Verdict>,
    pub notes: Vec<String>,
}

/// A pull request to be judged, with what the event knows beyond the platform's answer.
struct Opened {
    facts: PullRequest,
    commits: Option<usize>,
    /// The run's own commit is the merge commit.
    is_merged_by_run: bool,
}

impl Run<'_> {
    /// What the event is about.
    pub(super) fn subject(&self) -> Result<Subject, Failure> {
        if let Some(number) = self.arguments.pull_request {
            return self.subject_of_pull_request(number);
        }
        if let Some(base) = &self.arguments.base {
            return self.subject_of_range(base);
        }
        match (self.platform, self.told.as_ref().map(|told| &told.event)) {
            (Platform::GitHub, Some(Event::PullRequest(event))) => {
                self.judged_pull_request(self.opened(event)?)
            }
            (Platform::GitHub, Some(Event::Deployment { sha, environment, id })) => {
                self.subject_of_deployment(sha, environment, Some(*id))
            }
            (Platform::GitHub, Some(event)) => self.subject_of_refs(event),
            (Platform::GitLab, _) => self.subject_of_gitlab(),
            _ => Err(Failure::usage_with_hint(
                "this is neither GitHub Actions nor GitLab CI, and nothing says what to judge",
                "name it: deploy-guard ci --base origin/main",
            )),
        }
    }

    /// A pull request that the platform tells of.
    pub(super) fn subject_of_pull_request(&self, number: u64) -> Result<Subject, Failure> {
        self.has_merge_refs()?;
        let Some(host) = &self.host else {
            return Err(self.without_host("--pull-request reads the pull request from the platform"));
        };
        let facts = host.pull_request(number)?;
        self.judged_pull_request(Opened { facts, commits: None, is_merged_by_run: false })
    }

    /// Holds where the platform keeps a merge commit of each pull request that can be fetched.
    pub(super) fn has_merge_refs(&self) -> Result<(), Failure> {
        if self.platform == Platform::GitHub {
            return Ok(());
        }
        Err(Failure::usage_with_hint(
            "--pull-request and --all-open are for GitHub, whose merge commits they judge",
            "in a merge request pipeline of GitLab: deploy-guard ci; elsewhere: deploy-guard ci --base <branch>",
        ))
    }

    /// The pull request of an event, with what the platform says of it now.
    fn opened(&self, event: &PullRequestEvent) -> Result<Opened, Failure> {
        let told = &event.facts;
        let facts = match &self.host {
            Some(host) => host.pull_request(told.number)?,
            None => told.clone(),
        };
        if !event.from_default_branch {
            same_target(&facts, told)?;
        }
        // The event counts the commits of the head that it tells of.
        let commits = event.commits.filter(|_| facts.head == told.head);
        Ok(Opened { facts, commits, is_merged_by_run: !event.from_default_branch })
    }

    fn judged_pull_request(&self, opened: Opened) -> Result<Subject, Failure> {
        let Opened { facts, commits, is_merged_by_run } = opened;
        let own = variable("GITHUB_SHA").and_then(|sha| ObjectId::parse(&sha)).filter(|_| is_merged_by_run);
        let merge = own.as_ref().map_or(Merge::Ref, Merge::Run);
        let number = facts.number;
        let mut subject =
            Subject { pull_request: Some(number), status_on: Some(facts.head.clone()), ..Subject::default() };
        if facts.told_by == ToldBy::Event {
            subject.notes.push(
                "no token was given: title, body and labels are those of the event, which can be older than the pull request"
                    .to_owned(),
            );
        }
        let refspec = format!("+refs/pull/{number}/merge:refs/remotes/pull/{number}/merge");
        let change = self.read_range(
            |reader| of_pull_request(reader, &facts, commits, merge),
            &[refspec],
            &mut subject.notes,
        )?;
        let Some(mut change) = change else { return Ok(subject) };
        self.merged_into_target(&change, &facts)?;
        change.authority = self.authority(&facts.target_branch)?;
        change.pull_requests = PullRequests::Known(vec![facts]);
        subject.change = Some(change);
        Ok(subject)
    }

    fn subject_of_refs(&self, event: &Event) -> Result<Subject, Failure> {
        let mut subject = Subject::default();
        let branch = self.default_branch();
        let refspecs: Vec<String> = match event {
            Event::MergeGroup { head, .. } => vec![head.to_string()],
            Event::Push { after, .. } => vec![after.to_string()],
            _ => Vec::new(),
        };
        let change = self.read_range(
            |reader| of_refs(reader, event, branch.as_deref()),
            &refspecs,
            &mut subject.notes,
        )?;
        let Some(mut change) = change else { return Ok(subject) };
        match event {
            Event::MergeGroup { target, pull_request, .. } => {
                let target = target.strip_prefix("refs/heads/").unwrap_or(target);
                change.authority = self.authority(target)?;
                change.pull_requests = match (&self.host, pull_request) {
                    (Some(host), Some(number)) => PullRequests::Known(vec![host.pull_request(*number)?]),
                    (Some(_), None) => PullRequests::Known(Vec::new()),
                    (None, _) => unasked("the merge group's pull request"),
                };
            }
            Event::Push { forced, .. } => {
                change.force = Some(*forced);
                change.pull_requests = self.brought_by(&change)?;
            }
            _ => {}
        }
        subject.change = Some(change);
        Ok(subject)
    }

    fn subject_of_deployment(
        &self,
        sha: &ObjectId,
        environment: &str,
        id: Option<u64>,
    ) -> Result<Subject, Failure> {
        let environment = self.arguments.environment.as_deref().unwrap_or(environment);
        let shown = crate::source::escape_line(environment).into_owned();
        let unknown = |what: String| {
            ReadError::new(ReadErrorKind::UnknownRevision, what)
                .mended_by("name what runs there: --base <commit>")
        };
        let Some(host) = &self.host else {
            return Err(
                unknown(format!("nobody can be asked what {shown} runs now: there is no token")).into()
            );
        };
        let Some(running) = host.last_deployment(environment, id)? else {
            return Err(
                unknown(format!("the platform knows of no deployment to {shown} that succeeded")).into()
            );
        };
        let mut subject = Subject { status_on: Some(sha.clone()), ..Subject::default() };
        let request = Request::Exact {
            asker: Asker::Deployment,
            base: Some((format!("what {shown} runs"), running.clone())),
            head: ("the deployment".to_owned(), sha.clone()),
            target: None,
            commits: None,
        };
        let range = |reader: &dyn Reader| {
            for id in [&running, sha] {
                if !reader.has_object(id) {
                    let what = format!("this clone lacks {}", id.short());
                    return Err(Missing { what, refspecs: vec![id.to_string()], depth: DEPTH }.into());
                }
            }
            Ok(Range::Judge(request.clone()))
        };
        let change = self.read_range(range, &[sha.to_string()], &mut subject.notes)?;
        let Some(mut change) = change else { return Ok(subject) };
        change.pull_requests = self.brought_by(&change)?;
        subject.change = Some(change);
        Ok(subject)
    }

    fn subject_of_gitlab(&self) -> Result<Subject, Failure> {
        let told = gitlab::merge_request(&variable)?;
        let facts = match (&self.host, told) {
            (Some(host), Some(told)) => {
                let fresh = host.pull_request(told.number)?;
                if fresh.head != told.head {
                    return Err(ReadError::new(
                        ReadErrorKind::UnknownRevision,
                        format!("merge request {} has moved on to {}", told.number, fresh.head.short()),
                    )
                    .mended_by("let the pipeline of the newest commit decide")
                    .into());
                }
                same_target(&fresh, &told)?;
                Some(fresh)
            }
            (_, told) => told,
        };
        let mut subject = Subject {
            pull_request: facts.as_ref().map(|facts| facts.number),
            status_on: facts.as_ref().map(|facts| facts.head.clone()),
            ..Subject::default()
        };
        let change = self.read_range(
            |reader| gitlab::of_pipeline(reader, &variable, facts.as_ref()),
            &[],
            &mut subject.notes,
        )?;
        let Some(mut change) = change else { return Ok(subject) };
        match facts {
            Some(facts) => {
                let protected =
                    variable("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED").as_deref() == Some("true");
                if !protected {
                    change.authority = self.authority(&facts.target_branch)?;
                }
                if change.authority.is_none() && !gitlab::is_merged(&variable) {
                    let target = format!("refs/remotes/origin/{}", facts.target_branch);
                    change.authority = named_base(reopened(self)?.as_ref(), &target, &change);
                }
                let cut = facts.told_by == ToldBy::Event && gitlab::is_cut(&variable);
                if facts.told_by == ToldBy::Event {
                    subject.notes.push(
                        "no token was given: title, description and labels are those of the pipeline's start"
                            .to_owned(),
                    );
                }
                change.pull_requests = if cut {
                    PullRequests::Unknown(
                        "GitLab passes on only the beginning of this description: set GITLAB_TOKEN to read it whole".to_owned(),
                    )
                } else {
                    PullRequests::Known(vec![facts])
                };
            }
            None => change.pull_requests = self.brought_by(&change)?,
        }
        subject.change = Some(change);
        Ok(subject)
    }

    fn subject_of_range(&self, base: &str) -> Result<Subject, Failure> {
        let head = self.arguments.head.clone().unwrap_or_else(|| "HEAD".to_owned());
        let mut subject = Subject::default();
        let request = Request::Range { base: Some(base.to_owned()), head };
        let change = self.read_range(|_| Ok(Range::Judge(request.clone())), &[], &mut subject.notes)?;
        let Some(mut change) = change else { return Ok(subject) };
        change.authority = named_base(reopened(self)?.as_ref(), base, &change);
        if let Some(place) = &self.arguments.body {
            let body = std::fs::read_to_string(place)
                .map_err(|error| Failure::unable(format!("{} can't be read: {error}", place.display())))?;
            change.pull_requests = PullRequests::Known(told_by_file(body, &change).into_iter().collect());
        } else if self.platform != Platform::Generic {
            change.pull_requests = self.brought_by(&change)?;
        }
        subject.change = Some(change);
        Ok(subject)
    }

    /// The pull requests that the commits of a change came with.
    fn brought_by(&self, change: &Change) -> Result<PullRequests, Failure> {
        let Some(host) = &self.host else {
            return Ok(unasked("the pull requests that these commits came with"));
        };
        let mut numbers = Vec::new();
        let mut unreviewed = match change.commits.len() {
            count if count > MOST_ASKED => {
                Some(format!("of {count} commits only the newest {MOST_ASKED} are asked about"))
            }
            _ if change.cut_at.is_some() => change.unread(),
            _ => None,
        };
        for commit in change.commits.iter().take(MOST_ASKED) {
            let own = host.pull_requests_of(&commit.id)?;
            if own.is_empty() {
                unreviewed = Some(format!(
                    "{} came with no pull request that anybody could approve",
                    commit.id.short()
                ));
            }
            numbers.extend(own);
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut known: Vec<PullRequest> =
            numbers.into_iter().map(|number| host.pull_request(number)).collect::<Result<_, _>>()?;
        // Who approved a part has not approved the whole.
        if let Some(why) = unreviewed {
            for request in &mut known {
                request.approvals = Approvals::Unknown(why.clone());
            }
        }
        Ok(PullRequests::Known(known))
    }

    pub(super) fn fetch(&self, missing: &Missing) -> Result<(), Failure> {
        let depth = u32::try_from(missing.depth).unwrap_or(u32::MAX);
        fetch(&self.environment.folder, "origin", &missing.refspecs, depth)?;
        Ok(())
    }

    /// Finds the range and reads it; what is missing is fetched where that is wanted. `refspecs` bring more of the
    /// change's own commits.
    fn read_range(
        &self,
        range: impl Fn(&dyn Reader) -> Result<Range, RangeError>,
        refspecs: &[String],
        notes: &mut Vec<String>,
    ) -> Result<Option<Change>, Failure> {
        for _ in 0..MOST_FETCHES {
            let reader = reopened(self)?;
            let request = match range(reader.as_ref()) {
                Ok(Range::Judge(request)) => request,
                Ok(Range::Nothing(why)) => {
                    notes.push(why);
                    return Ok(None);
                }
                Err(RangeError::Missing(missing)) => {
                    let missing = missing.of(reader.as_ref());
                    if !self.arguments.fetch {
                        return Err(ReadError::from(missing).into());
                    }
                    self.fetch(&missing)?;
                    continue;
                }
                Err(RangeError::Read(error)) => return Err(error.into()),
            };
            let change = read_change(reader.as_ref(), &request)?;
            let deepen = change.cut_at.is_some() && self.arguments.fetch && !refspecs.is_empty();
            if deepen && !notes.iter().any(|note| note.starts_with("fetched")) {
                let what = "the change's own commits".to_owned();
                self.fetch(&Missing { what, refspecs: refspecs.to_vec(), depth: DEPTH })?;
                notes.push(
                    "fetched more of the history: the clone held only the newest commits of the change"
                        .to_owned(),
                );
                continue;
            }
            return Ok(Some(change));
        }
        Err(Failure::unable("what was fetched is still not there: the remote does not give it"))
    }
}

fn unasked(what: &str) -> PullRequests {
    PullRequests::Unknown(format!("there is no token to ask the platform for {what}"))
}

/// A pull request of which a file holds the body.
fn told_by_file(body: String, change: &Change) -> Option<PullRequest> {
    Some(PullRequest {
        number: 0,
        url: None,
        title: String::new(),
        body,
        author: String::new(),
        source_branch: String::new(),
        target_branch: String::new(),
        head: change.head.commit.clone()?,
        labels: Vec::new(),
        approvals: Approvals::Unknown("no platform is known that could be asked".to_owned()),
        told_by: ToldBy::Event,
    })
}
