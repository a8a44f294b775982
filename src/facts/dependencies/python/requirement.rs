//! One requirement, as pip reads it in a file, a list or a command.
//!
//! In: a piece that should hold one requirement. Out: its name and what holds its version, with true spans. More is
//! accepted than PEP 508 allows, because pip and people do.

use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Pin};
use super::pin_of_specifier;
use crate::source::{Located, Span};

#[derive(Debug, Clone)]
pub(in super::super) struct Requirement {
    pub(in super::super) name: Located<String>,
    pub(in super::super) pin: Pin,
    pub(in super::super) version_span: Span,
    pub(in super::super) span: Span,
}

impl Requirement {
    /// Reads `name[extras] specifier ; marker # comment`, `name @ url`, and a bare URL that names its package.
    pub(in super::super) fn read(piece: Piece<'_>) -> Option<Self> {
        let piece = without_options(without_comment(piece)).trim();
        if let Some(found) = Self::from_url(piece) {
            return Some(found);
        }
        let (name, rest) = piece.leading(is_name_character);
        let starts_and_ends_well =
            name.text().starts_with(|character: char| character.is_ascii_alphanumeric())
                && name.text().ends_with(|character: char| character.is_ascii_alphanumeric());
        if !starts_and_ends_well {
            return None;
        }
        let rest = after_extras(rest.trim_start())?;
        let made = |pin, version_span| Self { name: name.located(), pin, version_span, span: piece.span() };
        if let Some(url) = rest.strip_prefix("@") {
            let url = url.split_once(" ;").map_or(url, |(url, _)| url).trim();
            return Some(made(pin_of_url(url.text()), url.span()));
        }
        let specifier = rest.split_once(";").map_or(rest, |(before, _)| before).trim();
        let specifier =
            specifier.strip_prefix("(").and_then(|inner| inner.strip_suffix(")")).unwrap_or(specifier);
        let specifier = specifier.trim();
        if specifier.is_empty() {
            return Some(made(Pin::Unbounded, name.span()));
        }
        specifier
            .text()
            .starts_with(['=', '<', '>', '!', '~'])
            .then(|| made(pin_of_specifier(specifier.text()), specifier.span()))
    }

    /// A URL or path that says which package it is: `git+…#egg=name`, a wheel, an archive, a repository.
    fn from_url(piece: Piece<'_>) -> Option<Self> {
        let url = piece.text().split_once(" ;").map_or(piece, |(url, _)| piece.until(url.len())).trim();
        let scheme = url.text().find("://")?;
        if url
            .text()
            .get(..scheme)?
            .contains(|character: char| !(character.is_ascii_alphanumeric() || character == '+'))
        {
            return None;
        }
        let name = egg(url).or_else(|| name_of_archive(url))?;
        let name = Located::new(name.text().to_owned(), name.span());
        Some(Self { name, pin: pin_of_url(url.text()), version_span: url.span(), span: piece.span() })
    }

    pub(in super::super) fn dependency(self) -> Dependency {
        Dependency::named(Ecosystem::Python, self.name).held(self.pin, self.version_span).within(self.span)
    }
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// pip takes `#` for a comment at a line's start and after a blank.
fn without_comment(piece: Piece<'_>) -> Piece<'_> {
    if piece.text().starts_with('#') {
        return piece.until(0);
    }
    let at = piece
        .text()
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| piece.text().get(..*at).is_some_and(|before| before.ends_with(char::is_whitespace)));
    at.map_or(piece, |at| piece.until(at))
}

/// Cuts `--hash=…` and other options of one requirement, and the line continuations before them.
fn without_options(piece: Piece<'_>) -> Piece<'_> {
    let at =
        piece.text().match_indices("--").map(|(at, _)| at).find(|at| {
            piece.text().get(..*at).is_some_and(|before| before.ends_with([' ', '\t', '\n', '\\']))
        });
    let piece = at.map_or(piece, |at| piece.until(at));
    piece.until(
        piece.text().trim_end_matches(|character: char| character.is_whitespace() || character == '\\').len(),
    )
}

/// What follows `[extra, extra]`; `None` where the bracket is never closed.
fn after_extras(piece: Piece<'_>) -> Option<Piece<'_>> {
    match piece.strip_prefix("[") {
        Some(inside) => inside.split_once("]").map(|(_, rest)| rest.trim_start()),
        None => Some(piece),
    }
}

fn egg(url: Piece<'_>) -> Option<Piece<'_>> {
    let (_, rest) = url.split_once("egg=")?;
    let (name, _) = rest.leading(is_name_character);
    (!name.is_empty()).then_some(name)
}

/// `…/kafka_python-2.0.2-py2.py3-none-any.whl`, `…/kafka-python-2.0.2.tar.gz`, `…/kafka-python.git@ref`.
fn name_of_archive(url: Piece<'_>) -> Option<Piece<'_>> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.leading(|character| !matches!(character, '#' | '?')).0;
    let (_, path) = rest.split_once("/")?;
    let path = path.split_once("@").map_or(path, |(path, _)| path);
    // `owner/name/archive/main.zip` is an archive of the repository `name`.
    let path = path.split_once("/archive/").map_or(path, |(repository, _)| repository);
    let file = path.rsplit_once("/").map_or(path, |(_, file)| file);
    let stem = file.text().strip_suffix(".git").map_or(file, |stem| file.until(stem.len()));
    let version_at = stem.text().match_indices('-').map(|(at, _)| at).find(|at| {
        stem.text()
            .get(at + 1..)
            .is_some_and(|after| after.starts_with(|character: char| character.is_ascii_digit()))
    });
    let name = version_at.map_or(stem, |at| stem.until(at)).leading(is_name_character).0;
    (!name.is_empty()).then_some(name)
}

/// What a URL holds. Never the URL itself: it may carry a credential.
pub(in super::super) fn pin_of_url(url: &str) -> Pin {
    if url.starts_with("file:") || !url.contains("://") {
        return Pin::Elsewhere("a local path".to_owned());
    }
    if super::is_templated(url) {
        return Pin::Unknown("a URL with a variable".to_owned());
    }
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let path =
        address.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let version_controlled =
        ["git+", "hg+", "svn+", "bzr+", "git://", "ssh://"].iter().any(|start| url.starts_with(start));
    if version_controlled || path.rsplit('.').next() == Some("git") {
        return Pin::of_reference(path.rsplit_once('@').map(|(_, reference)| reference));
    }
    let file = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    // An archive of a branch (`archive/main.zip`) moves like the branch.
    let stem = file
        .split(".tar")
        .next()
        .and_then(|stem| stem.strip_suffix(".zip").or(Some(stem)))
        .unwrap_or_default();
    if ["sha256=", "sha512=", "md5=", "sha1="].iter().any(|hash| fragment.contains(hash)) {
        return Pin::Source(file.to_owned());
    }
    match Pin::of_reference(Some(stem)) {
        Pin::Source(_) => Pin::Source(file.to_owned()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn read(text: &str) -> (String, Pin, String, String) {
        let found =
            Requirement::read(Piece::whole(text)).unwrap_or_else(|| panic!("{text:?} is no requirement"));
        let at = |span: Span| text[span.start..span.end].to_owned();
        assert_eq!(at(found.name.span), found.name.value);
        (found.name.value, found.pin, at(found.version_span), at(found.span))
    }

    fn exact(version: &str) -> Pin {
        Pin::Exact(version.to_owned())
    }

    #[test]
    fn requirements_are_read_as_pip_reads_them() {
        let range = |text: &str| Pin::Range(text.to_owned());
        for (text, name, pin, version) in [
            ("kafka-python==1.4.7", "kafka-python", exact("1.4.7"), "==1.4.7"),
            ("kafka-python == 1.4.7  # held back", "kafka-python", exact("1.4.7"), "== 1.4.7"),
            ("Kafka_Python===1.4.7", "Kafka_Python", exact("1.4.7"), "===1.4.7"),
            (
                "kafka-python[crc32c, lz4]==2.0.1 ; python_version < '3'",
                "kafka-python",
                exact("2.0.1"),
                "==2.0.1",
            ),
            ("kafka-python[crc32c]", "kafka-python", Pin::Unbounded, "kafka-python"),
            ("kafka-python", "kafka-python", Pin::Unbounded, "kafka-python"),
            ("kafka-python;python_version<'3'", "kafka-python", Pin::Unbounded, "kafka-python"),
            ("kafka-python>=1.4,<2", "kafka-python", range(">=1.4,<2"), ">=1.4,<2"),
            ("kafka-python (>=1.4)", "kafka-python", range(">=1.4"), ">=1.4"),
            ("kafka-python~=2.0.1", "kafka-python", range("~=2.0.1"), "~=2.0.1"),
            ("kafka-python==2.0.*", "kafka-python", range("==2.0.*"), "==2.0.*"),
            ("kafka-python>=1.0,==1.4.7", "kafka-python", exact("1.4.7"), ">=1.0,==1.4.7"),
            ("kafka-python!=2.0.0", "kafka-python", range("!=2.0.0"), "!=2.0.0"),
            ("kafka-python==2.0.1 --hash=sha256:aa", "kafka-python", exact("2.0.1"), "==2.0.1"),
            (
                "kafka-python==2.0.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb",
                "kafka-python",
                exact("2.0.1"),
                "==2.0.1",
            ),
            ("kafka-python==${KAFKA}", "kafka-python", Pin::of_variable("==${KAFKA}"), "==${KAFKA}"),
        ] {
            let read = read(text);
            assert_eq!((read.0.as_str(), &read.1, read.2.as_str()), (name, &pin, version), "{text:?}");
        }
    }

    #[test]
    fn a_url_is_held_by_its_reference_and_never_repeated() {
        let source = |text: &str| Pin::Source(text.to_owned());
        for (text, name, pin) in [
            (
                "kafka-python @ git+https://git.example/kafka-python.git@deadbeefcafe",
                "kafka-python",
                source("deadbeefcafe"),
            ),
            (
                "git+ssh://git@git.example/kafka-python.git@1.4.7#egg=kafka-python",
                "kafka-python",
                source("1.4.7"),
            ),
            (
                "git+https://user:pw@git.example/x/kafka-python.git#egg=kafka_python&subdirectory=a",
                "kafka_python",
                Pin::Unbounded,
            ),
            ("git+https://git.example/x/kafka-python.git", "kafka-python", Pin::Unbounded),
            ("git+https://git.example/x/kafka-python@main", "kafka-python", Pin::Unbounded),
            (
                "https://files.example/kafka_python-2.0.2-py2.py3-none-any.whl",
                "kafka_python",
                source("kafka_python-2.0.2-py2.py3-none-any.whl"),
            ),
            (
                "https://git.example/x/kafka-python/archive/main.zip#egg=kafka-python",
                "kafka-python",
                Pin::Unbounded,
            ),
            (
                "https://files.example/kafka-python-2.0.2.tar.gz#sha256=00",
                "kafka-python",
                source("kafka-python-2.0.2.tar.gz"),
            ),
            (
                "https://git.example/x/kafka-python/archive/refs/heads/main.zip",
                "kafka-python",
                Pin::Unbounded,
            ),
            (
                "kafka-python @ file:///wheels/kafka.whl",
                "kafka-python",
                Pin::Elsewhere("a local path".to_owned()),
            ),
        ] {
            let read = read(text);
            assert_eq!((read.0.as_str(), &read.1), (name, &pin), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_not_read_as_one() {
        for text in [
            "",
            "# comment",
            "-r base.txt",
            "--index-url=x",
            ".",
            "./lib",
            "foo bar",
            "foo[bar",
            "${PACKAGE}",
            "-x",
        ] {
            assert!(Requirement::read(Piece::whole(text)).is_none(), "{text:?}");
        }
    }

    /// The reference implementation is the judge of what it accepts itself.
    #[test]
    fn the_reference_reader_agrees_on_names_and_exactness() {
        for text in [
            "a==1.0",
            "a_b.c[x,y]>=1.0,<2 ; python_version < '3'",
            "a (==1.0)",
            "a~=1.0",
            "a",
            "a[x]",
            "a===1.0",
            "a==1.0.*",
            "a!=1,==2.0",
            "A-B  ==  1.0 ; sys_platform == 'linux'",
        ] {
            let theirs = pep508_rs::Requirement::<pep508_rs::VerbatimUrl>::from_str(text).unwrap();
            let ours = Requirement::read(Piece::whole(text)).unwrap();
            assert_eq!(super::super::normalise(&ours.name.value), theirs.name.to_string(), "{text}");
            let their_exact = match theirs.version_or_url {
                Some(pep508_rs::VersionOrUrl::VersionSpecifier(specifiers)) => {
                    specifiers.iter().find_map(|specifier| {
                        use pep440_rs::Operator::{Equal, ExactEqual};
                        matches!(specifier.operator(), Equal | ExactEqual)
                            .then(|| specifier.version().to_string())
                    })
                }
                _ => None,
            };
            let our_exact = match ours.pin {
                Pin::Exact(version) => Some(version),
                _ => None,
            };
            assert_eq!(our_exact, their_exact, "{text}");
        }
    }
}
