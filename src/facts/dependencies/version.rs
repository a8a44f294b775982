//! Versions as each ecosystem compares them.
//!
//! In: two versions as written. Out: whether the step from one to the other may break its users by the ecosystem's
//! own promise. Must not know which step is allowed.

use std::str::FromStr;

use super::Ecosystem;

/// Says whether the major moved, or the minor of a 0.x version. `None`: the two can't be compared.
pub fn crosses_breaking_boundary(ecosystem: Ecosystem, from: &str, to: &str) -> Option<bool> {
    let (from, to) = (from.trim(), to.trim());
    if from == to {
        return Some(false);
    }
    let from = Generation::read(ecosystem, from)?;
    let to = Generation::read(ecosystem, to)?;
    Some(from != to)
}

/// What has to stay the same for a step to be harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Generation {
    epoch: u64,
    major: u64,
    /// Counts only while the major is zero.
    minor: u64,
}

impl Generation {
    const fn new(epoch: u64, major: u64, minor: u64) -> Self {
        Self { epoch, major, minor: if major == 0 { minor } else { 0 } }
    }

    fn read(ecosystem: Ecosystem, version: &str) -> Option<Self> {
        match ecosystem {
            Ecosystem::Python => {
                let version = pep440_rs::Version::from_str(version).ok()?;
                let part = |at: usize| version.release().get(at).copied().unwrap_or(0);
                Some(Self::new(version.epoch(), part(0), part(1)))
            }
            Ecosystem::Node => {
                let version = nodejs_semver::Version::parse(version.trim_start_matches(['v', '='])).ok()?;
                Some(Self::new(0, version.major(), version.minor()))
            }
            Ecosystem::Rust => {
                let version = semver::Version::parse(version).ok()?;
                Some(Self::new(0, version.major, version.minor))
            }
            Ecosystem::Go if is_pseudo(version) => None,
            Ecosystem::Go
            | Ecosystem::Java
            | Ecosystem::Ruby
            | Ecosystem::DotNet
            | Ecosystem::Php
            | Ecosystem::Elixir => Self::by_prefix(version),
        }
    }

    /// Reads the numbers that a version begins with: `2.8.0.RELEASE`, `7.4.0-ccs`, `v1.42.0`.
    fn by_prefix(version: &str) -> Option<Self> {
        let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
        let (major, rest) = number(version)?;
        let minor = rest.strip_prefix('.').and_then(number).map_or(0, |(minor, _)| minor);
        Some(Self::new(0, major, minor))
    }
}

fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

/// A commit written as a version (`v0.0.0-20210101000000-abcdef123456`): its numbers promise nothing.
fn is_pseudo(version: &str) -> bool {
    let mut parts = version.rsplit('-');
    let hash = parts.next().unwrap_or_default();
    let time = parts.next().and_then(|part| part.rsplit('.').next()).unwrap_or_default();
    let hash = hash.strip_suffix("+incompatible").unwrap_or(hash);
    hash.len() == 12
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && time.len() == 14
        && time.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says whether a text begins like a version: a digit, or a `v` and a digit.
pub(super) fn looks_version(text: &str) -> bool {
    text.strip_prefix(['v', 'V']).unwrap_or(text).starts_with(|character: char| character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_major_or_a_moved_minor_of_zero_breaks() {
        for (ecosystem, from, to, expected) in [
            (Ecosystem::Python, "1.4.7", "2.0.1", Some(true)),
            (Ecosystem::Python, "2.0.1", "1.4.7", Some(true)),
            (Ecosystem::Python, "2.0.1", "2.0.2.post1", Some(false)),
            (Ecosystem::Python, "2.0.1", "2.2.0", Some(false)),
            (Ecosystem::Python, "0.7.2", "0.8.0", Some(true)),
            (Ecosystem::Python, "0.8.0", "0.8.1", Some(false)),
            (Ecosystem::Python, "0.12", "1.0", Some(true)),
            (Ecosystem::Python, "1!1.0", "1.0", Some(true)),
            (Ecosystem::Python, "main", "1.0", None),
            (Ecosystem::Node, "1.16.0", "v2.0.0", Some(true)),
            (Ecosystem::Node, "2.0.0-beta.1", "2.2.4", Some(false)),
            (Ecosystem::Node, "latest", "2.0.0", None),
            (Ecosystem::Java, "2.8.0.RELEASE", "3.0.1", Some(true)),
            (Ecosystem::Java, "7.4.0-ccs", "7.5.1-ccs", Some(false)),
            (Ecosystem::Java, "Finchley.SR2", "2.0", None),
            (Ecosystem::Go, "v1.42.0", "v1.43.2", Some(false)),
            (Ecosystem::Go, "v0.4.38", "v0.3.10", Some(true)),
            (Ecosystem::Go, "v2.0.0+incompatible", "v1.8.2", Some(true)),
            (Ecosystem::Go, "v0.0.0-20210101000000-abcdef123456", "v0.4.0", None),
            (Ecosystem::Go, "v1.2.4-0.20210101000000-abcdef123456", "v2.4.0", None),
            (Ecosystem::Rust, "0.28.0", "0.36.2", Some(true)),
            (Ecosystem::Rust, "1.0.0+librdkafka-2", "1.4.0", Some(false)),
            (Ecosystem::Ruby, "1.5.0", "1.5.1.pre2", Some(false)),
            (Ecosystem::DotNet, "1.9.3", "2.3.0", Some(true)),
            (Ecosystem::Php, "v6.0.3", "6.0.4", Some(false)),
            (Ecosystem::Elixir, "3.16.1", "4.0.0", Some(true)),
        ] {
            assert_eq!(crosses_breaking_boundary(ecosystem, from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn the_same_text_is_no_step_even_where_it_is_no_version() {
        assert_eq!(crosses_breaking_boundary(Ecosystem::Java, "Finchley.SR2", "Finchley.SR2"), Some(false));
    }
}
