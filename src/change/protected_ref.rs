//! Refs whose deletion would take a deployment's source away.
//!
//! In: a ref's name, where the push goes, and what its name means. Out: why it is protected, if it is.

use super::range::{default_branch_of, remote_of};
use super::{PushDestination, Reader};

/// Why a ref must not be deleted by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    DefaultBranch,
    /// The branch is called like a protected environment.
    Environment(String),
}

/// Says whether a ref of the other side is protected. Names decide, for the ref itself may be unknown here;
/// `environment_of` answers which protected environment a branch's whole name means.
pub fn protection(
    reader: &dyn Reader,
    remote_ref: &str,
    destination: &PushDestination,
    environment_of: impl Fn(&str) -> Option<String>,
) -> Option<Protection> {
    let branch = remote_ref.strip_prefix("refs/heads/")?;
    if let Some(remote) = remote_of(reader, destination)
        && default_branch_of(reader, &remote) == Some(format!("refs/remotes/{remote}/{branch}"))
    {
        return Some(Protection::DefaultBranch);
    }
    environment_of(branch).map(Protection::Environment)
}
