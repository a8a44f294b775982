//! What the pins of all ecosystems share.
//!
//! In: a reference or requirement as written. Out: a [`Pin`], or the version a pin is about.

use super::Pin;
use super::version::looks_version;

/// Nobody's version, group or variable is longer. What a file says once and uses often is copied for every use, so
/// that without a bound a small file could ask for any amount of memory.
pub(super) const LONGEST: usize = 256;

impl Pin {
    /// The version that the pin is about: the exact one, or the one that a requirement starts from (`^1.4` is about
    /// `1.4`, `>=2,<3` about `2`). `None` where a requirement only has an upper bound, or none at all.
    pub fn anchor(&self) -> Option<&str> {
        match self {
            Self::Exact(version) => Some(version),
            Self::Range(requirement) => lower_bound(requirement),
            Self::Unbounded | Self::Elsewhere(_) | Self::Source(_) | Self::Unknown(_) => None,
        }
    }

    /// Held by a variable that another file sets: a parent's property, `gradle.properties`, the environment.
    pub(super) fn of_variable(variable: &str) -> Self {
        Self::Elsewhere(format!("a variable of another file: {variable}"))
    }

    /// Held by a version control reference. A commit or something like a version does not move; a branch does.
    pub(super) fn of_reference(reference: Option<&str>) -> Self {
        match reference {
            Some(reference) if reference.len() > LONGEST => Self::Unbounded,
            Some(reference) if is_commit(reference) || has_version(reference) => {
                Self::Source(reference.to_owned())
            }
            _ => Self::Unbounded,
        }
    }
}

fn lower_bound(requirement: &str) -> Option<&str> {
    let mut upper = false;
    for part in requirement.split([',', '|', ' ']).filter(|part| !part.is_empty()) {
        let version = part.trim_start_matches(['^', '~', '>', '=', '[', '(', '<', '!', ')', ']']);
        upper |= part.starts_with(['<', '!', ')', ']']);
        if version.is_empty() {
            // The operator stands apart from its version: `< 2`.
            continue;
        }
        let end = version
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '_'))
            })
            .unwrap_or(version.len());
        let version = version.get(..end)?.trim_start_matches('v').trim_end_matches(".x");
        if !std::mem::take(&mut upper) && looks_version(version) {
            return Some(version.trim_end_matches(['.', '+', '-']));
        }
    }
    None
}

fn is_commit(reference: &str) -> bool {
    (7..=64).contains(&reference.len()) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `v1.2.3`, `release-1.2`, `1.2.3-rc1`; not `main`, not `feature/2`.
fn has_version(reference: &str) -> bool {
    let digits = |text: &str| text.chars().next().is_some_and(|character| character.is_ascii_digit());
    reference.match_indices('.').any(|(at, _)| {
        let (before, after) = reference.split_at_checked(at).unwrap_or((reference, ""));
        before.ends_with(|character: char| character.is_ascii_digit())
            && after.strip_prefix('.').is_some_and(digits)
    })
}

/// Says whether a text holds an expression of a template, a shell or a build tool.
pub(super) fn is_templated(text: &str) -> bool {
    text.contains("{{")
        || text.contains("${")
        || text.contains("<%")
        || text.contains("{%")
        || text.contains("$(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_about_the_version_it_starts_from() {
        for (requirement, expected) in [
            ("^1.4", Some("1.4")),
            (">=2,<3", Some("2")),
            ("<3,>=2.1", Some("2.1")),
            (">= 1.0, < 2", Some("1.0")),
            ("~> 3.16", Some("3.16")),
            ("[1.2,2.0)", Some("1.2")),
            ("1.x", Some("1")),
            ("2.8.+", Some("2.8")),
            ("==2.0.*", Some("2.0")),
            ("<2", None),
            ("< 2", None),
            ("< 2 , >= 1", Some("1")),
            ("!=1.0", None),
        ] {
            assert_eq!(Pin::Range(requirement.to_owned()).anchor(), expected, "{requirement}");
        }
    }

    #[test]
    fn a_branch_holds_nothing() {
        assert_eq!(Pin::of_reference(Some("main")), Pin::Unbounded);
        assert_eq!(Pin::of_reference(Some("feature/2")), Pin::Unbounded);
        assert_eq!(Pin::of_reference(None), Pin::Unbounded);
        assert_eq!(Pin::of_reference(Some("v1.2.3")), Pin::Source("v1.2.3".to_owned()));
        assert_eq!(Pin::of_reference(Some("deadbeef")), Pin::Source("deadbeef".to_owned()));
    }
}
