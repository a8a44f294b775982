//! Refs whose deletion would take a deployment's source away.
//!
//! In: a ref's name, where the push goes, and the names of protected environments. Out: why it is protected, if it is.

use super::range::{default_branch_of, remote_of};
use super::{PushDestination, Reader};

/// Why a ref must not be deleted by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    DefaultBranch,
    /// The branch carries the name of a protected environment, in full or shortened.
    Environment(String),
}

/// Says whether a ref of the other side is protected. Names decide, for the ref itself may be unknown here.
pub fn protection(
    reader: &dyn Reader,
    remote_ref: &str,
    destination: &PushDestination,
    protected_environments: &[String],
) -> Option<Protection> {
    let branch = remote_ref.strip_prefix("refs/heads/")?;
    if let Some(remote) = remote_of(reader, destination) {
        let default = default_branch_of(reader, &remote);
        if default.as_deref() == Some(&format!("refs/remotes/{remote}/{branch}")) {
            return Some(Protection::DefaultBranch);
        }
    }
    let names = |environment: &&String| {
        // `prod` for `production`; two letters are nobody's abbreviation.
        branch.len() > 2 && environment.to_lowercase().starts_with(&branch.to_lowercase())
    };
    protected_environments.iter().find(names).cloned().map(Protection::Environment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Memory;

    #[test]
    fn h4_a_branch_named_after_a_protected_environment_is_protected() {
        let reader = Memory::new(Vec::new());
        let environments = ["production".to_owned()];
        let of = |name: &str| protection(&reader, name, &PushDestination::default(), &environments);
        for name in ["refs/heads/production", "refs/heads/prod", "refs/heads/Production"] {
            assert_eq!(of(name), Some(Protection::Environment("production".to_owned())), "{name}");
        }
        for name in ["refs/heads/producer", "refs/heads/feature/production", "refs/heads/p", "refs/tags/production"] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
