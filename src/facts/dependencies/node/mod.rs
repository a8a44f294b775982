//! Node: `package.json` and the locks of npm, Yarn, pnpm and Bun.

mod package_json;
mod package_lock;
mod pnpm_lock;
mod workspace;
mod yarn_lock;

use super::Pin;
use super::pin::is_templated;
use super::version::looks_version;
use crate::source::{Located, Span};

use super::piece::Piece;

pub(super) use package_json::package_json;
pub(super) use package_lock::{bun_lock, package_lock};
pub(super) use pnpm_lock::pnpm_lock;
pub(super) use workspace::workspace;
pub(super) use yarn_lock::yarn_lock;

/// What npm's grammar holds, and the real package where the name is an alias (`npm:other@1.2.3`).
pub(super) fn pin(requirement: &str) -> (Pin, Option<&str>) {
    let requirement = requirement.trim();
    if let Some(target) = requirement.strip_prefix("npm:") {
        return match split_name(target) {
            Some((name, version)) => (pin(version).0, Some(name)),
            // Yarn writes `npm:^1.2.3` for a range of the same package.
            None if looks_version(target) || target.starts_with(['^', '~', '>', '<', '=', '*']) => {
                pin(target)
            }
            None => (Pin::Unbounded, Some(target)),
        };
    }
    let elsewhere = |reason: &str| (Pin::Elsewhere(reason.to_owned()), None);
    let starts = |starts: &[&str]| starts.iter().any(|start| requirement.starts_with(start));
    let pin = match requirement {
        "" | "*" | "x" | "X" | "latest" => Pin::Unbounded,
        _ if is_templated(requirement) => Pin::Unknown(requirement.to_owned()),
        _ if starts(&["workspace:"]) => return elsewhere("a package of this workspace"),
        _ if starts(&["file:", "link:", "portal:", "./", "../", "/", "~/"]) => {
            return elsewhere("a local path");
        }
        _ if starts(&["catalog:"]) => return elsewhere("a catalog of the workspace"),
        _ if starts(&["patch:"]) => return elsewhere("a patched package"),
        _ if requirement.contains("://")
            || starts(&["git@", "github:", "gitlab:", "bitbucket:", "gist:"]) =>
        {
            source(requirement)
        }
        _ if requirement.contains('/') => source(requirement),
        _ => registry(requirement),
    };
    (pin, None)
}

/// A version, a range or a tag of the registry.
fn registry(requirement: &str) -> Pin {
    let bare = requirement.trim_start_matches(['=', 'v', ' ']);
    if is_version(bare) {
        return Pin::Exact(bare.to_owned());
    }
    let is_range = requirement.contains(|character: char| character.is_ascii_digit())
        && requirement
            .starts_with(|character: char| character.is_ascii_digit() || "^~<>=vV".contains(character));
    if is_range { Pin::Range(requirement.to_owned()) } else { Pin::Unbounded }
}

/// Three numbers, and perhaps a pre-release or build behind them. Locks have tens of thousands of these.
fn is_version(text: &str) -> bool {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').count() == 3
        && numbers.split('.').all(number)
        && rest.chars().all(|character| character.is_ascii_alphanumeric() || "-+.".contains(character))
}

/// A repository or archive; never the address itself, which may carry a credential.
fn source(requirement: &str) -> Pin {
    let (address, reference) = requirement.split_once('#').map_or((requirement, None), |(a, r)| (a, Some(r)));
    let file = address.rsplit('/').next().unwrap_or_default();
    if [".tgz", ".tar.gz"].iter().any(|ending| file.ends_with(ending)) {
        return Pin::Source(file.to_owned());
    }
    match reference {
        Some(range) if range.starts_with("semver:") => {
            registry(range.strip_prefix("semver:").unwrap_or(range))
        }
        reference => Pin::of_reference(reference.map(|reference| reference.trim_start_matches("commit="))),
    }
}

/// `@scope/name@version` in two.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, character)| *character == '@').map(|(at, _)| at)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The same, with its places.
pub(super) fn split_piece(piece: Piece<'_>) -> Option<(Piece<'_>, Piece<'_>)> {
    let (name, _) = split_name(piece.text())?;
    Some((piece.until(name.len()), piece.from(name.len() + 1)))
}

fn located(name: &str, span: Span) -> Located<String> {
    Located::new(name.to_owned(), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_as_npm_reads_them() {
        let exact = |text: &str| Pin::Exact(text.to_owned());
        let range = |text: &str| Pin::Range(text.to_owned());
        let elsewhere = |text: &str| Pin::Elsewhere(text.to_owned());
        for (requirement, expected) in [
            ("1.2.3", exact("1.2.3")),
            ("=1.2.3", exact("1.2.3")),
            ("v1.2.3", exact("1.2.3")),
            ("1.2.3-beta.1", exact("1.2.3-beta.1")),
            ("^1.2.3", range("^1.2.3")),
            ("~1.2", range("~1.2")),
            ("1.x", range("1.x")),
            ("1", range("1")),
            (">=1 <2", range(">=1 <2")),
            ("1.0.0 - 2.0.0", range("1.0.0 - 2.0.0")),
            ("^1 || ^2", range("^1 || ^2")),
            ("*", Pin::Unbounded),
            ("", Pin::Unbounded),
            ("latest", Pin::Unbounded),
            ("next", Pin::Unbounded),
            ("workspace:*", elsewhere("a package of this workspace")),
            ("file:../lib", elsewhere("a local path")),
            ("catalog:", elsewhere("a catalog of the workspace")),
            ("git+ssh://git@git.example/x.git#deadbeef", Pin::Source("deadbeef".to_owned())),
            ("github:tool/x#v1.2.3", Pin::Source("v1.2.3".to_owned())),
            ("tool/x", Pin::Unbounded),
            ("tool/x#main", Pin::Unbounded),
            ("https://files.example/x-1.2.3.tgz", Pin::Source("x-1.2.3.tgz".to_owned())),
            ("{{ version }}", Pin::Unknown("{{ version }}".to_owned())),
        ] {
            assert_eq!(pin(requirement), (expected, None), "{requirement:?}");
        }
        assert_eq!(pin("npm:kafkajs@2.2.4"), (exact("2.2.4"), Some("kafkajs")));
        assert_eq!(pin("npm:@scope/kafka@^2"), (range("^2"), Some("@scope/kafka")));
        assert_eq!(pin("npm:kafkajs"), (Pin::Unbounded, Some("kafkajs")));
        assert_eq!(pin("npm:^2.0.0"), (range("^2.0.0"), None));
    }
}
