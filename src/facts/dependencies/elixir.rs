//! Elixir: `mix.exs` and `mix.lock`.
//!
//! In: the text of a project or lock. Out: the packages it names. The project is never run.

use std::collections::BTreeMap;

use super::piece::Piece;
use super::pin::{LONGEST, is_templated};
use super::tokens::{Language, Token, beyond_brackets, tokens};
use super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use crate::source::Span;

/// Reads the tuples `{:name, "requirement", options}` of a project.
pub(super) fn mix_exs(text: Piece<'_>) -> Extracted {
    let tokens = tokens(text, Language::Elixir);
    let beyond = beyond_brackets(&tokens);
    let attributes = attributes(&tokens);
    let mut out = Extracted::default();
    for (at, token) in tokens.iter().enumerate() {
        if token.is("{") {
            let end = beyond.get(&at).copied().unwrap_or(at);
            let close = tokens.get(end.saturating_sub(1)).unwrap_or(token);
            let tuple = tokens.get(at..end.min(at + LONGEST_TUPLE).min(tokens.len())).unwrap_or_default();
            out.dependencies.extend(dependency(tuple, close, &attributes));
        }
    }
    out
}

/// Tokens of a dependency with all its options. What is longer is none, and is looked at no further.
const LONGEST_TUPLE: usize = 120;

/// `@kafka_version "1.2.3"`.
fn attributes<'a>(tokens: &[Token<'a>]) -> BTreeMap<&'a str, Piece<'a>> {
    let attribute = |window: &[Token<'a>]| match window {
        [at, name, value] if at.is("@") => Some((name.name()?, value.string()?)),
        _ => None,
    };
    tokens.windows(3).filter_map(attribute).filter(|(_, value)| value.text().len() <= LONGEST).collect()
}

fn dependency<'a>(
    tuple: &[Token<'a>],
    close: &Token<'a>,
    attributes: &BTreeMap<&'a str, Piece<'a>>,
) -> Option<Dependency> {
    let [open, colon, name, comma, rest @ ..] = tuple else { return None };
    if !colon.is(":")
        || !comma.is(",")
        || name.name().is_none()
        || matches!(name.piece.text(), "ok" | "error")
    {
        return None;
    }
    let first = rest.first()?;
    let attribute = rest.get(1).and_then(Token::name).filter(|_| first.is("@"));
    let requirement = first.string().or_else(|| attribute.and_then(|name| attributes.get(name)).copied());
    let option = |key: &str| {
        rest.windows(3).find(|window| matches!(window, [name, colon, _] if name.is(key) && colon.is(":")))
    };
    let value = |key: &str| option(key).and_then(|window| window.get(2)).map(|token| token.piece.text());
    let span = Span::new(open.piece.start(), close.piece.end());
    let dependency = Dependency::named(Ecosystem::Elixir, name.piece.located()).within(span);
    let named = name.piece.span();
    let dependency = if option("path").is_some() || option("in_umbrella").is_some() {
        dependency.held(Pin::Elsewhere("a local path".to_owned()), named)
    } else if option("git").is_some() || option("github").is_some() {
        dependency.held(Pin::of_reference(value("ref").or_else(|| value("tag"))), named)
    } else if let Some(requirement) = requirement {
        dependency.held(pin(requirement.text())?, requirement.span())
    } else if first.is("@") || first.name().is_some() && !rest.get(1).is_some_and(|token| token.is(":")) {
        dependency.held(Pin::Unknown(first.piece.text().to_owned()), first.piece.span())
    } else if option("only").is_some() || option("override").is_some() || option("hex").is_some() {
        dependency
    } else {
        return None;
    };
    Some(dependency.in_scope(scope(rest)))
}

/// `only: :test` and `only: [:dev, :test]`.
fn scope(options: &[Token<'_>]) -> Scope {
    let Some(at) = options
        .windows(2)
        .position(|window| matches!(window, [name, colon] if name.is("only") && colon.is(":")))
    else {
        return Scope::Main;
    };
    let after = options.get(at + 2..).unwrap_or_default();
    let end = if after.first().is_some_and(|token| token.is("[")) {
        after.iter().position(|token| token.is("]")).unwrap_or(after.len())
    } else {
        after.len().min(2)
    };
    let mut names = after.iter().take(end).filter_map(Token::name).peekable();
    let some = names.peek().is_some();
    if some && names.all(|name| matches!(name, "dev" | "test" | "docs" | "ci")) {
        Scope::Dev
    } else {
        Scope::Main
    }
}

/// What Hex's grammar holds; `None` for a string that is no requirement at all.
fn pin(requirement: &str) -> Option<Pin> {
    let requirement = requirement.trim();
    if is_templated(requirement) || requirement.contains("#{") {
        return Some(Pin::Unknown(requirement.to_owned()));
    }
    if !requirement.starts_with(|character: char| character.is_ascii_digit() || "=~><!".contains(character)) {
        return None;
    }
    let version = requirement.trim_start_matches('=').trim();
    let plain =
        version.chars().all(|character| character.is_ascii_alphanumeric() || ".-+".contains(character));
    if plain && version.starts_with(|character: char| character.is_ascii_digit()) {
        return Some(Pin::Exact(version.to_owned()));
    }
    Some(match requirement {
        ">= 0.0.0" | ">= 0" | ">=0.0.0" => Pin::Unbounded,
        _ => Pin::Range(requirement.to_owned()),
    })
}

/// Reads `"name": {:hex, :package, "1.2.3", …}` and `"name": {:git, "address", "commit", …}`, one a line.
pub(super) fn mix_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    for line in text.lines().map(Piece::trim) {
        out.dependencies.extend(locked(line));
    }
    out
}

fn locked(line: Piece<'_>) -> Option<Dependency> {
    let (name, entry) = line.split_once(": {").or_else(|| line.split_once(" => {"))?;
    let name = name.trim().unquoted()?;
    let version_of = |entry: Piece<'_>| {
        let (_, rest) = entry.split_once(",")?;
        let end = rest.text().find([',', '}'])?;
        rest.until(end).trim().unquoted().map(Piece::span)
    };
    let (pin, span) = if let Some(hex) = entry.strip_prefix(":hex,") {
        let span = version_of(hex)?;
        (Pin::Exact(text_of(line, span)), span)
    } else {
        let git = entry.strip_prefix(":git,")?;
        let span = version_of(git)?;
        (Pin::Source(text_of(line, span)), span)
    };
    let dependency = Dependency::named(Ecosystem::Elixir, name.located()).held(pin, span).within(line.span());
    Some(dependency.in_role(Role::Lock))
}

fn text_of(line: Piece<'_>, span: Span) -> String {
    line.from(span.start - line.start()).until(span.len()).text().to_owned()
}
