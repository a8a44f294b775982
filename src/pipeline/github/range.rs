//! Which two commits a GitHub event is about (A1): those that would be merged, never those that the payload remembers.

use super::event::Event;
use crate::change::{Asker, ObjectId, PullRequest, ReadError, ReadErrorKind, Reader, Request};
use crate::pipeline::range::{Missing, Range, RangeError, needed, of_new_ref};

/// More commits than this are not fetched for one pull request.
const MOST_COMMITS: usize = 1_000;

/// Where the merge commit of a pull request is found.
#[derive(Debug, Clone, Copy)]
pub enum Merge<'a> {
    /// The run's own commit.
    Run(&'a ObjectId),
    /// The platform's ref, fetched and not checked out.
    Ref,
}

/// The range of any event but a pull request's, a deployment's and one that says nothing.
pub fn of_refs(
    reader: &dyn Reader,
    event: &Event,
    default_branch: Option<&str>,
) -> Result<Range, RangeError> {
    match event {
        Event::MergeGroup { base, head, target, .. } => {
            needed(reader, head, "the merge group's commit")?;
            needed(reader, base, "the commit that the merge group builds on")?;
            Ok(Range::Judge(Request::Exact {
                asker: Asker::MergeGroup,
                base: Some((short(target).to_owned(), base.clone())),
                head: ("the merge group".to_owned(), head.clone()),
                target: Some(target.clone()),
                commits: None,
            }))
        }
        Event::Push { reference, after, .. } if after.is_zero() => {
            Ok(Range::Nothing(format!("{reference} was deleted: nothing is left to judge")))
        }
        Event::Push { reference, before, after, commits, .. } => {
            needed(reader, after, "the commit that was pushed")?;
            let base = if before.is_zero() {
                of_new_ref(reader, reference, after, default_branch)?
            } else {
                needed(reader, before, "the commit that the ref was at before the push")?;
                Some((format!("{} before", short(reference)), before.clone()))
            };
            Ok(Range::Judge(Request::Exact {
                asker: Asker::Push,
                base,
                head: (reference.clone(), after.clone()),
                target: Some(reference.clone()),
                commits: *commits,
            }))
        }
        Event::PullRequest(_) | Event::Deployment { .. } | Event::Started => {
            Err(ReadError::new(ReadErrorKind::UnknownRevision, "this event names no two commits to compare")
                .mended_by("name them with --base and --head, or a pull request with --pull-request")
                .into())
        }
    }
}

fn short(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}

/// The range of a pull request: its merge commit against that commit's first parent.
pub fn of_pull_request(
    reader: &dyn Reader,
    facts: &PullRequest,
    commits: Option<usize>,
    merge: Merge<'_>,
) -> Result<Range, RangeError> {
    let number = facts.number;
    let missing = |what: String| Missing {
        what,
        refspecs: vec![format!("+refs/pull/{number}/merge:refs/remotes/pull/{number}/merge")],
        // The merge commit, the pull request's own commits, and the one that they left.
        depth: commits.unwrap_or(0).min(MOST_COMMITS) + 2,
    };
    let tracking = format!("refs/remotes/pull/{number}/merge");
    let merge = match merge {
        Merge::Run(id) => id.clone(),
        Merge::Ref => reader
            .reference(&tracking)
            .or_else(|| reader.reference(&format!("refs/pull/{number}/merge")))
            .ok_or_else(|| {
                missing(format!(
                    "this clone lacks the merge commit of pull request {number}; with conflicts there is none"
                ))
            })?,
    };
    if !reader.has_object(&merge) {
        return Err(missing(format!(
            "this clone lacks {}, the merge commit of pull request {number}",
            merge.short()
        ))
        .into());
    }
    let parents = reader.parents(&merge)?;
    let (base, head) = match parents.as_slice() {
        [base, head] => (base, head),
        [] if reader.is_shallow() => {
            return Err(missing(format!(
                "the clone is shallow and ends at {}, the merge commit of pull request {number}: there is nothing to compare it with",
                merge.short()
            ))
            .into());
        }
        _ => {
            let what = format!(
                "{} is not the merge commit of pull request {number}: it has {} parents and not two",
                merge.short(),
                parents.len()
            );
            return Err(ReadError::new(ReadErrorKind::UnknownRevision, what)
                .mended_by("name the range with --base and --head")
                .into());
        }
    };
    if *head != facts.head {
        let what = format!(
            "stale merge commit: {} merges {}, and pull request {number} is at {}",
            merge.short(),
            head.short(),
            facts.head.short()
        );
        return Err(ReadError::new(ReadErrorKind::UnknownRevision, what)
            .mended_by(
                "let the newest commit's run decide, or re-run the job once the platform has merged anew",
            )
            .into());
    }
    if [base, head].into_iter().any(|id| !reader.has_object(id)) {
        return Err(missing(format!("this clone lacks what {} merges", merge.short())).into());
    }
    Ok(Range::Judge(Request::Exact {
        asker: Asker::PullRequest,
        base: Some((facts.target_branch.clone(), base.clone())),
        head: (format!("pull request {number}"), merge),
        target: Some(format!("refs/heads/{}", facts.target_branch)),
        commits,
    }))
}
