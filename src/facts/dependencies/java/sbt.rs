//! sbt builds: `"group" %% "artifact" % "version" % Test`, in `build.sbt` and `project/*.scala`.
//!
//! In: the text of a build. Out: its modules, with the version at the place where it is written. The suffix that `%%`
//! adds for the Scala version is no part of the name.

use super::super::holder::add_holders;
use super::super::piece::Piece;
use super::super::tokens::{Kind, Language, Token, tokens};
use super::super::{Dependency, Ecosystem, Extracted, Pin, Scope};
use super::variables::Variables;
use super::{is_dev_configuration, pin};
use crate::source::{Located, Span};

pub(in super::super) fn sbt(text: Piece<'_>) -> Extracted {
    let tokens = tokens(text, Language::Jvm);
    let variables = Variables::read(&tokens);
    let mut out = Extracted::default();
    for at in 0..tokens.len() {
        out.dependencies.extend(module(text, &tokens, at, &variables));
    }
    add_holders(Ecosystem::Java, pin, variables.said(), &mut out);
    out
}

fn module<'a>(
    text: Piece<'a>,
    tokens: &[Token<'a>],
    at: usize,
    variables: &Variables<'a>,
) -> Option<Dependency> {
    let string = |at: usize| tokens.get(at).and_then(Token::string);
    let group = string(at)?;
    if at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|token| token.is("%")) {
        return None;
    }
    let artifact_at = after_percents(tokens, at + 1)?;
    let artifact = string(artifact_at)?;
    let version_at = after_percents(tokens, artifact_at + 1)?;
    let first = tokens.get(version_at)?;
    let mut last = version_at;
    while first.kind == Kind::Name && tokens.get(last + 1).is_some_and(|token| token.is(".")) {
        last += 2;
    }
    let end = tokens.get(last)?.piece.end();
    let written = text.from(first.piece.start() - text.start()).until(end - first.piece.start());
    let (pin, version) = match first.string() {
        Some(version) => {
            let version = variables.resolve(version);
            (pin(version.text()), version)
        }
        None => match variables.get(written.text()) {
            Some(version) => (pin(version.text()), version),
            None => (Pin::of_variable(written.text()), written),
        },
    };
    let configuration = after_percents(tokens, last + 1).and_then(|at| tokens.get(at));
    let dev = configuration.is_some_and(|token| {
        token.piece.text().split([',', ';']).all(|name| is_dev_configuration(name) || name.trim() == "it")
    });
    let name = Located::new(format!("{}:{}", group.text(), artifact.text()), artifact.span());
    let dependency = Dependency::named(Ecosystem::Java, name)
        .held(pin, version.span())
        .within(Span::new(group.start(), end))
        .in_scope(if dev { Scope::Dev } else { Scope::Main });
    Some(dependency)
}

/// Past one, two or three `%` signs; `None` where there is none.
fn after_percents(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let count = tokens.get(at..)?.iter().take(3).take_while(|token| token.is("%")).count();
    (count > 0).then_some(at + count)
}
