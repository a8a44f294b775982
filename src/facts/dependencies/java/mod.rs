//! The JVM: Maven, Gradle, its version catalogue and locks, sbt.

mod catalogue;
mod gradle;
mod gradle_lock;
mod maven;
mod sbt;
mod variables;

use super::Pin;

pub(super) use catalogue::catalogue;
pub(super) use gradle::gradle;
pub(super) use gradle_lock::gradle_lock;
pub(super) use maven::pom;
pub(super) use sbt::sbt;

/// What a version of Maven's or Gradle's grammar holds.
pub(super) fn pin(version: &str) -> Pin {
    let version = version.trim();
    if version.is_empty() {
        return managed();
    }
    if version.contains("{{") {
        return Pin::Unknown(version.to_owned());
    }
    if version.contains(['$', '{', '@']) {
        return Pin::of_variable(version);
    }
    if matches!(version, "LATEST" | "RELEASE" | "+") || version.starts_with("latest.") {
        return Pin::Unbounded;
    }
    // Gradle's short form of `strictly`.
    let version = version.split("!!").next().unwrap_or(version);
    if version.starts_with(['[', '(', ']']) {
        let only = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        return match only.filter(|only| !only.contains(',')) {
            Some(only) => Pin::Exact(only.trim().to_owned()),
            None => Pin::Range(version.to_owned()),
        };
    }
    if version.ends_with('+') || version.ends_with("-SNAPSHOT") {
        return Pin::Range(version.to_owned());
    }
    Pin::Exact(version.to_owned())
}

/// A version that this file leaves to others.
fn managed() -> Pin {
    Pin::Elsewhere("managed by a parent, a platform or a BOM".to_owned())
}

/// Says whether a configuration or scope is for tests and tools only.
fn is_dev_configuration(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["test", "jmh", "detekt", "ktlint", "checkstyle", "developmentonly", "classpath"]
        .iter()
        .any(|word| if *word == "classpath" { lower == *word } else { lower.contains(word) })
}
