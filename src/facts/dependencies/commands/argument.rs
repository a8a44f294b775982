//! One package as an install command names it.
//!
//! In: a word. Out: a dependency, or nothing for a path and what is no package.

use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Pin};
use super::super::{node, php, python, ruby};
use super::variables::Variables;
use crate::source::{Located, Span};

/// How a command writes packages and versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `name[extra]==1.2`.
    Pip,
    /// `name@^1.2`, `name==1.2`.
    Poetry,
    /// `channel::name=1.2`.
    Conda,
    /// `@scope/name@1.2`.
    Npm,
    /// `name:1.2`.
    Gem,
    /// `host/path@v1.2`.
    Go,
    /// `name@1.2`.
    Cargo,
    NuGet,
    /// `vendor/name:^1.2`.
    Composer,
    /// `name-1.2`.
    Pecl,
}

impl Style {
    const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::Pip | Self::Poetry | Self::Conda => Ecosystem::Python,
            Self::Npm => Ecosystem::Node,
            Self::Gem => Ecosystem::Ruby,
            Self::Go => Ecosystem::Go,
            Self::Cargo => Ecosystem::Rust,
            Self::NuGet => Ecosystem::DotNet,
            Self::Composer | Self::Pecl => Ecosystem::Php,
        }
    }

    /// What a version or requirement holds where this command writes one.
    pub(super) fn pin(self, version: &str, variables: &Variables<'_>) -> Pin {
        let version = version.trim_matches(['"', '\'']);
        if version.contains('$') || version.contains("{{") {
            return match variables.expand(version) {
                Some((expanded, _)) => self.pin(&expanded, &Variables::default()),
                None => Pin::Unknown(version.to_owned()),
            };
        }
        match self {
            Self::Pip | Self::Poetry if version.starts_with(['=', '<', '>', '!', '~']) => {
                python::pin_of_specifier(version)
            }
            Self::Poetry => python::pin_of_poetry(version),
            Self::Conda => python::pin_of_conda(version),
            Self::Npm => node::pin(version).0,
            Self::Gem => ruby::pin(&[version]),
            Self::Composer => php::pin(version),
            Self::Pip | Self::Go | Self::Cargo | Self::NuGet | Self::Pecl => match version {
                "" | "latest" | "*" | "upgrade" | "patch" => Pin::Unbounded,
                _ if version.starts_with(['^', '~', '>', '<']) || version.contains('*') => {
                    Pin::Range(version.to_owned())
                }
                "main" | "master" | "HEAD" | "beta" | "stable" => Pin::Unbounded,
                _ => Pin::Exact(version.trim_start_matches('=').to_owned()),
            },
        }
    }
}

/// Reads one word. `text` is what it means once quotes are gone.
pub(super) fn package(
    style: Style,
    word: Piece<'_>,
    text: &str,
    variables: &Variables<'_>,
) -> Option<Dependency> {
    if text.starts_with(['.', '/', '~', '%', '<']) || text.starts_with("file:") {
        return None;
    }
    match style {
        Style::Pip | Style::Conda | Style::Poetry => python_package(style, word, variables),
        Style::Npm => {
            let (name, version) = node::split_piece(word).unwrap_or((word, word.from(word.text().len())));
            if text.contains("://")
                || !is_plain(name.text())
                || name.text().matches('/').count() > usize::from(name.text().starts_with('@'))
            {
                return None;
            }
            let alias = node::pin(version.text()).1.map(str::to_owned);
            let name = Located::new(alias.unwrap_or_else(|| name.text().to_owned()), name.span());
            Some(made(style, name, version, variables))
        }
        Style::Gem => plain(style, word, ":", variables),
        Style::Go => {
            let at = word.text().find('@')?;
            let name = word.until(at).text();
            (name.contains('.') && name.contains('/')).then(|| plain(style, word, "@", variables)).flatten()
        }
        Style::Cargo | Style::NuGet => plain(style, word, "@", variables),
        Style::Composer => {
            let separator = if word.text().contains(':') { ":" } else { "=" };
            plain(style, word, separator, variables).filter(|found| found.name.value.contains('/'))
        }
        Style::Pecl => {
            let at = word.text().match_indices('-').map(|(at, _)| at).find(|at| {
                word.text().get(at + 1..).is_some_and(|rest| {
                    rest.starts_with(|c: char| c.is_ascii_digit() || c == '$' || c == '^')
                })
            });
            let name = at.map_or(word, |at| word.until(at));
            let version = at.map_or(word.from(word.text().len()), |at| word.from(at + 1));
            // The platform package of Composer has the same name.
            let mut found = made(style, name.located(), version, variables);
            found.key = format!("ext-{}", found.key);
            is_plain(&found.name.value).then_some(found)
        }
    }
}

fn python_package(style: Style, word: Piece<'_>, variables: &Variables<'_>) -> Option<Dependency> {
    let bare = word.text().split("::").last().map_or(word, |last| word.from(word.text().len() - last.len()));
    let local = [".whl", ".tar.gz", ".zip", ".txt", ".yml", ".yaml", ".toml"]
        .iter()
        .any(|end| bare.text().ends_with(end));
    if local && !bare.text().contains("://") || bare.text().contains('/') && !bare.text().contains("://") {
        return None;
    }
    if style != Style::Pip && !bare.text().contains("://") {
        let at = bare.text().find(['@', '=', '<', '>', '~', '!']);
        let name = at.map_or(bare, |at| bare.until(at));
        let separated = at.is_some_and(|at| bare.from(at).text().starts_with('@'));
        let version = at.map_or(bare.from(bare.text().len()), |at| bare.from(at + usize::from(separated)));
        let name = name.text().split('[').next().map_or(name, |bare| name.until(bare.len()));
        return is_plain(name.text()).then(|| made(style, name.located(), version, variables));
    }
    let found = python::Requirement::read(bare)?;
    let mut dependency = found.dependency();
    let written = dependency.version_span;
    let specifier = bare.from(written.start.saturating_sub(bare.start())).until(written.len());
    if matches!(dependency.pin, Pin::Unknown(_) | Pin::Elsewhere(_))
        && let Some((expanded, place)) = variables.expand(specifier.text())
    {
        dependency.pin = python::pin_of_specifier(&expanded);
        dependency.version_span = place.span();
    }
    Some(dependency)
}

/// `name<separator>version`, the version being optional.
fn plain(style: Style, word: Piece<'_>, separator: &str, variables: &Variables<'_>) -> Option<Dependency> {
    let (name, version) = word.split_once(separator).unwrap_or((word, word.from(word.text().len())));
    is_plain(name.text()).then(|| made(style, name.located(), version, variables))
}

fn made(style: Style, name: Located<String>, version: Piece<'_>, variables: &Variables<'_>) -> Dependency {
    let named = name.span;
    let pin = style.pin(version.text(), variables);
    let place = variables.expand(version.text()).map(|(_, place)| place.span());
    let span = if version.is_empty() { named } else { place.unwrap_or(version.span()) };
    Dependency::named(style.ecosystem(), name)
        .held(pin, span)
        .within(Span::new(named.start, version.end().max(named.end)))
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|character: char| character.is_ascii_alphanumeric() || character == '@')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "@/._-+".contains(character))
}
