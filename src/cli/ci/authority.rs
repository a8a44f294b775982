//! Whose rules count: the branch's that a change goes to, as it is now, or the default branch's.
//!
//! In: what the event and the platform say of the branch. Out: the side with the rules, or why there is none that its
//! author could not have chosen. Must not judge.

use super::{Run, reopened};
use crate::change::{Change, PullRequest, ReadError, ReadErrorKind, Reader, Side, Tree};
use crate::cli::Failure;
use crate::pipeline::range::Missing;
use crate::source::escape_line;

impl Run<'_> {
    /// The merge commit's base lends the rules, so it has to be of the branch that the pull request goes to *now*. The
    /// platform merges anew some time after a pull request was pointed to another branch, and until then the old merge
    /// commit, with a base that its author may have written, is still there.
    pub(super) fn merged_into_target(&self, change: &Change, facts: &PullRequest) -> Result<(), Failure> {
        let (Some(host), Some(base)) = (&self.host, &change.base.commit) else { return Ok(()) };
        if host.is_on(&facts.target_branch, base)? {
            return Ok(());
        }
        let what = format!(
            "the merge commit of pull request {} builds on {}, which is not on {}",
            facts.number,
            base.short(),
            escape_line(&facts.target_branch)
        );
        Err(ReadError::new(ReadErrorKind::UnknownRevision, what)
            .mended_by("re-run the job once the platform has merged anew")
            .into())
    }

    /// The side whose rules count where the target is no protected branch: the default branch's.
    pub(super) fn authority(&self, target: &str) -> Result<Option<Side>, Failure> {
        let default = match (self.default_branch(), &self.host) {
            (Some(default), _) => default,
            (None, Some(host)) => host.default_branch()?,
            (None, None) => return Ok(None),
        };
        if default == target {
            return Ok(None);
        }
        if let Some(host) = &self.host
            && host.is_protected(target)?
        {
            return Ok(None);
        }
        let tracking = format!("refs/remotes/origin/{default}");
        let missing = Missing {
            what: format!(
                "{} is no protected branch, so the rules of {default} judge, and this clone lacks it",
                escape_line(target)
            ),
            refspecs: vec![format!("+refs/heads/{default}:{tracking}")],
            depth: 1,
        };
        let reader = reopened(self)?;
        let missing = missing.of(reader.as_ref());
        let tip = match reader.reference(&tracking) {
            Some(tip) => tip,
            None if self.arguments.fetch => {
                self.fetch(&missing)?;
                reopened(self)?.reference(&tracking).ok_or_else(|| ReadError::from(missing))?
            }
            None => return Err(ReadError::from(missing).into()),
        };
        let tree = Tree::Object(reopened(self)?.resolve_tree(tip.as_str())?);
        Ok(Some(Side { label: default, commit: Some(tip), tree }))
    }
}

/// A run that is repeated knows the branch of its event, and its merge commit is one with that branch.
pub(super) fn same_target(now: &PullRequest, told: &PullRequest) -> Result<(), ReadError> {
    if now.target_branch == told.target_branch {
        return Ok(());
    }
    let shown = [&told.target_branch, &now.target_branch].map(|branch| escape_line(branch));
    let [then, now] = shown;
    let what = format!("this run is about a change to {then}, and it goes to {now} now");
    Err(ReadError::new(ReadErrorKind::UnknownRevision, what).mended_by("let a new run decide"))
}

/// The side whose rules count where the change began before it: who writes a change chooses where it begins, and nobody
/// chooses the rules of a time when there were fewer.
pub(super) fn named_base(reader: &dyn Reader, name: &str, change: &Change) -> Option<Side> {
    let tip = reader.resolve_commit(name).ok().filter(|tip| change.base.commit.as_ref() != Some(tip))?;
    let tree = Tree::Object(reader.resolve_tree(tip.as_str()).ok()?);
    Some(Side { label: name.to_owned(), commit: Some(tip), tree })
}
