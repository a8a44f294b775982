//! PHP: `composer.json`, `composer.lock` and Composer's grammar of versions.
//!
//! In: the text of a manifest or lock. Out: its packages. What the platform brings (`php`, `ext-rdkafka`) is chosen by
//! whoever builds the image.

use super::json::{self, Json};
use super::piece::Piece;
use super::pin::is_templated;
use super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use crate::document::ParseError;
use crate::source::Span;

pub(super) fn composer_json(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (section, scope) in [("require", Scope::Main), ("require-dev", Scope::Dev)] {
        for (name, constraint) in json.get(section).map(Json::entries).unwrap_or_default() {
            let Some(constraint) = constraint.string() else { continue };
            let written = json::located(*name);
            let pin = if written.value.contains('/') {
                pin(constraint.text())
            } else {
                Pin::Elsewhere("a part of the platform".to_owned())
            };
            let dependency = Dependency::named(Ecosystem::Php, written)
                .held(pin, constraint.span())
                .within(Span::new(name.start().saturating_sub(1), constraint.end() + 1));
            out.dependencies.push(dependency.in_scope(scope.clone()));
        }
    }
    Ok(out)
}

pub(super) fn composer_lock(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (section, scope) in [("packages", Scope::Main), ("packages-dev", Scope::Dev)] {
        for package in json.get(section).map(Json::items).unwrap_or_default() {
            let (Some(name), Some(version)) = (package.string_at("name"), package.string_at("version"))
            else {
                continue;
            };
            // A branch is held by its commit.
            let commit = package.get("source").and_then(|source| source.string_at("reference"));
            let (pin, span) = match commit.filter(|_| version.text().contains("dev")) {
                Some(commit) => (Pin::of_reference(Some(commit.text())), commit.span()),
                None => (Pin::Exact(version.text().to_owned()), version.span()),
            };
            let dependency =
                Dependency::named(Ecosystem::Php, json::located(name)).held(pin, span).within(package.span);
            out.dependencies.push(dependency.in_role(Role::Lock).in_scope(scope.clone()));
        }
    }
    Ok(out)
}

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
