//! Whether enough people agreed to what is released.
//!
//! In: the pull request as GitHub tells of it now. Out: how many of those count who approved it: a person who had no hand
//! in it, may write, and approved the commit that is released, or the newest commit of the pull request that became it.

use std::collections::BTreeSet;

use super::Found;
use crate::change::{Approvals, ObjectId};
use crate::pipeline::ApiError;
use crate::pipeline::github::Api;
use crate::probe::Around;
use crate::probe::piece::piece;

pub(super) fn judge(
    wanted: usize,
    api: &Api,
    head: &ObjectId,
    around: &Around<'_>,
    found: &mut Found,
) -> Result<(), ApiError> {
    let Some(number) = around.release.pull_request else {
        found.unclear.push("nobody can tell who approved it: no pull request is known".to_owned());
        return Ok(());
    };
    let pull = api.pull_request(number, (around.clock)())?;
    let released = pull.head == *head || api.merged_as(number)?.as_ref() == Some(head);
    let (approvals, contributors) = match &pull.approvals {
        Approvals::Known { approvals, contributors } => (approvals, contributors),
        Approvals::Unknown(why) => {
            found.unclear.push(piece(why));
            return Ok(());
        }
    };
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let mut counted = BTreeSet::new();
    for approval in approvals {
        let by = piece(&approval.by);
        let commit = approval.commit.as_ref();
        let reason = if same(&approval.by, &pull.author)
            || contributors.iter().any(|contributor| same(contributor, &approval.by))
        {
            "had a hand in it"
        } else if !approval.may_write {
            "may not write to this repository"
        } else if commit != Some(head) && !(released && commit == Some(&pull.head)) {
            "approved another state of it"
        } else {
            counted.insert(approval.by.to_ascii_lowercase());
            found.notes.push(format!("approved by {by}"));
            continue;
        };
        found.notes.push(format!("the approval of {by} does not count: {by} {reason}"));
    }
    if counted.len() < wanted {
        found.wrong.push(format!(
            "{} of {wanted} {} of pull request {number} count",
            counted.len(),
            if wanted == 1 { "approval" } else { "approvals" }
        ));
    }
    Ok(())
}
