//! The pull request of a release: what it says counts as a plan, and the board can be put on it.

use jiff::Timestamp;

use crate::board::{Board, markdown};
use crate::change::{ObjectId, PullRequests};
use crate::cli::Failure;
use crate::env::variable;
use crate::pipeline::host::Host;
use crate::pipeline::{Platform, host_of};

/// A pull request and the platform that it is on.
pub(super) struct Opened {
    number: u64,
    host: Option<Box<dyn Host>>,
}

/// The pull request that was named, or the one that this job is about.
pub(super) fn opened(named: Option<u64>, offline: bool, now: Timestamp) -> Result<Option<Opened>, Failure> {
    let Some(number) = named.or_else(of_the_job) else { return Ok(None) };
    let platform = match Platform::of(&variable) {
        // At a desk a token and a repository are enough.
        Platform::Generic => Platform::GitHub,
        platform => platform,
    };
    let asked = !offline && (platform != Platform::GitHub || variable("GITHUB_REPOSITORY").is_some());
    let host = if asked { host_of(platform, &variable, now)? } else { None };
    Ok(Some(Opened { number, host }))
}

/// `refs/pull/481/merge`, or what GitLab says.
fn of_the_job() -> Option<u64> {
    let of_github = variable("GITHUB_REF")
        .and_then(|name| name.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok());
    of_github.or_else(|| variable("CI_MERGE_REQUEST_IID")?.parse().ok())
}

impl Opened {
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// What the platform says of it. One that is not about the released commit says nothing here.
    pub(super) fn read(&self, head: Option<&ObjectId>) -> PullRequests {
        let number = self.number;
        let unknown =
            |why: &str| PullRequests::Unknown(format!("pull request {number} can't be read: {why}"));
        let Some(host) = &self.host else {
            return unknown("there is no token for its platform, or this run is offline");
        };
        let Some(head) = head else { return unknown("what is released is no commit") };
        let read = || {
            let found = host.pull_request(number)?;
            let about = found.head == *head || host.pull_requests_of(head)?.contains(&number);
            Ok::<_, crate::pipeline::ApiError>((found, about))
        };
        match read() {
            Ok((found, true)) => PullRequests::Known(vec![found]),
            Ok((_, false)) => unknown(&format!("{} is no part of it", head.short())),
            Err(error) => unknown(&error.to_string()),
        }
    }

    /// Puts the board on it, in the place of the last one.
    pub(super) fn comment(&self, board: &Board) -> Result<(), Failure> {
        let Some(host) = &self.host else { return Err(without_host()) };
        let page = markdown::render(board);
        let (mark, body) = page.split_once('\n').unwrap_or_default();
        Ok(host.put_comment(self.number, mark, body)?)
    }
}

/// Before anybody is asked: a board that nobody gets to see is found out at the end.
pub(super) fn can_comment(opened: Option<&Opened>) -> Result<(), Failure> {
    match opened {
        Some(Opened { host: Some(_), .. }) => Ok(()),
        Some(_) => Err(without_host()),
        None => Err(Failure::usage_with_hint(
            "--comment needs a pull request, and this run is about none",
            "name it with --pull-request",
        )),
    }
}

fn without_host() -> Failure {
    Failure::usage_with_hint(
        "--comment writes to the platform, and there is no token for it",
        "set GITHUB_TOKEN and GITHUB_REPOSITORY, or GITLAB_TOKEN",
    )
}
