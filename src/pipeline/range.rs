//! What both platforms need to find a range: the objects it stands on, or the exact command that brings them.

use crate::change::{ObjectId, ReadError, ReadErrorKind, Reader, Request};

/// What a run is to judge.
#[derive(Debug, Clone)]
pub enum Range {
    Judge(Request),
    /// There is nothing to compare; why.
    Nothing(String),
}

/// Why there is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Objects that this clone lacks and the remote has.
    #[error("{}", .0.what)]
    Missing(Missing),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Objects to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub what: String,
    pub refspecs: Vec<String>,
    /// How far back the history is needed; 0: as far as there is one.
    pub depth: usize,
}

impl Missing {
    /// The same for a clone as it is: a depth would cut off the history of one that is whole.
    #[must_use]
    pub fn of(mut self, reader: &dyn Reader) -> Self {
        if !reader.is_shallow() {
            self.depth = 0;
        }
        self
    }

    /// The command that brings them.
    pub fn command(&self) -> String {
        let depth = if self.depth == 0 { String::new() } else { format!(" --depth={}", self.depth) };
        format!("git fetch --no-tags{depth} origin {}", self.refspecs.join(" "))
    }
}

impl From<Missing> for RangeError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Missing> for ReadError {
    fn from(missing: Missing) -> Self {
        let command = missing.command();
        Self::new(ReadErrorKind::MissingObject, missing.what)
            .mended_by(format!("{command}   (or let --fetch do it)"))
    }
}

/// Holds where the clone has the object.
pub(super) fn needed(reader: &dyn Reader, id: &ObjectId, what: &str) -> Result<(), RangeError> {
    if reader.has_object(id) {
        return Ok(());
    }
    let what = format!("this clone lacks {what}, {}", id.short());
    Err(Missing { what, refspecs: vec![id.to_string()], depth: 1 }.into())
}

/// The base of a ref that is new: where it left the default branch.
pub(super) fn of_new_ref(
    reader: &dyn Reader,
    reference: &str,
    tip: &ObjectId,
    default_branch: Option<&str>,
) -> Result<Option<(String, ObjectId)>, RangeError> {
    let Some(branch) = default_branch else {
        return Err(ReadError::new(
            ReadErrorKind::UnknownRevision,
            format!("{reference} is new, and nothing says which branch is the default one"),
        )
        .mended_by("name what to compare with: --base <revision>")
        .into());
    };
    if reference == format!("refs/heads/{branch}") {
        return Ok(None);
    }
    let tracking = format!("refs/remotes/origin/{branch}");
    let missing = |what: String| Missing {
        what,
        refspecs: vec![format!("+refs/heads/{branch}:{tracking}"), tip.to_string()],
        depth: 1_000,
    };
    let Some(default) = reader.reference(&tracking) else {
        return Err(
            missing(format!("{reference} is new, and this clone lacks {branch} to compare it with")).into()
        );
    };
    match reader.merge_base(&default, tip)? {
        Some(base) => Ok(Some((format!("where it left {branch}"), base))),
        None => {
            Err(missing(format!("{reference} is new and has no common history with {branch} in this clone"))
                .into())
        }
    }
}
