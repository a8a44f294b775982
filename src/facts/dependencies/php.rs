//! PHP: Composer's grammar of versions.
//!
//! In: a constraint as written. Out: what it holds.

use super::Pin;
use super::pin::is_templated;

/// What a Composer constraint holds.
pub(super) fn pin(constraint: &str) -> Pin {
    let constraint = constraint.trim();
    // `^1.0@beta` and `1.0 as 2.0` say nothing more about what is held.
    let bare = constraint.split(" as ").next().unwrap_or(constraint).trim();
    let bare = bare.rsplit_once('@').map_or(bare, |(bare, _)| bare).trim();
    match bare {
        _ if is_templated(constraint) => Pin::Unknown(constraint.to_owned()),
        "" | "*" => Pin::Unbounded,
        "self.version" => Pin::Elsewhere("this package's own version".to_owned()),
        _ if bare.starts_with("dev-") || bare.contains("-dev#") => {
            Pin::of_reference(bare.split_once('#').map(|(_, commit)| commit))
        }
        _ if is_exact(bare) => Pin::Exact(bare.trim_start_matches(['=', ' ']).to_owned()),
        _ => Pin::Range(constraint.to_owned()),
    }
}

/// `1.2.3`, `v1.2`, `=1.2.3`, `1.2.3-beta1`; a bare `1.2` is `1.2.0` for Composer.
fn is_exact(bare: &str) -> bool {
    let version = bare.trim_start_matches(['=', ' ']);
    let version = version.strip_prefix('v').unwrap_or(version);
    version.starts_with(|character: char| character.is_ascii_digit())
        && !version.ends_with("-dev")
        && !version.contains(".x")
        && version.chars().all(|character| character.is_ascii_alphanumeric() || ".-+_".contains(character))
        && !version.contains(" - ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_read_as_composer_reads_them() {
        for (constraint, expected) in [
            ("1.2.3", Pin::Exact("1.2.3".to_owned())),
            ("v1.2.3", Pin::Exact("v1.2.3".to_owned())),
            ("=1.2", Pin::Exact("1.2".to_owned())),
            ("1.2.3@beta", Pin::Exact("1.2.3".to_owned())),
            ("^1.2", Pin::Range("^1.2".to_owned())),
            ("~1.2.3", Pin::Range("~1.2.3".to_owned())),
            ("1.2.*", Pin::Range("1.2.*".to_owned())),
            (">=1.0 <2.0", Pin::Range(">=1.0 <2.0".to_owned())),
            ("^1.0 || ^2.0", Pin::Range("^1.0 || ^2.0".to_owned())),
            ("1.x-dev", Pin::Range("1.x-dev".to_owned())),
            ("*", Pin::Unbounded),
            ("@dev", Pin::Unbounded),
            ("dev-master", Pin::Unbounded),
            ("dev-master#deadbeef", Pin::Source("deadbeef".to_owned())),
            ("dev-fix as 1.0.0", Pin::Unbounded),
            ("self.version", Pin::Elsewhere("this package's own version".to_owned())),
        ] {
            assert_eq!(pin(constraint), expected, "{constraint:?}");
        }
    }
}
