//! Every open pull request: what a timer asks for when a window closes.

use super::subject::Subject;
use super::{Failure, Run};
use crate::verdict::Verdict;

/// The open pull requests. One that can't be read does not keep the others from being judged, and counts as not judged.
pub(super) fn open(run: &Run<'_>) -> Result<Vec<Subject>, Failure> {
    run.has_merge_refs()?;
    let Some(host) = &run.host else {
        return Err(run.without_host("--all-open reads the open pull requests from the platform"));
    };
    let mut subjects = Vec::new();
    for number in host.open_pull_requests()? {
        subjects.push(run.subject_of_pull_request(number).unwrap_or_else(|failure| Subject {
            pull_request: Some(number),
            status_on: host.pull_request(number).ok().map(|opened| opened.head),
            verdict: Some(Verdict::Unjudged),
            notes: vec![unjudged(Some(number), &failure)],
            ..Subject::default()
        }));
    }
    if subjects.is_empty() {
        subjects.push(Subject {
            notes: vec!["no pull request is open: nothing to judge".to_owned()],
            ..Subject::default()
        });
    }
    Ok(subjects)
}

/// What a report says of a pull request that it says nothing else of.
pub(super) fn unjudged(number: Option<u64>, failure: &Failure) -> String {
    format!("pull request {} could not be judged: {}", number.unwrap_or_default(), failure.told().0)
}
