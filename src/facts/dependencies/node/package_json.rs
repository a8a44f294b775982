//! `package.json`: what is asked for, by kind.
//!
//! In: the text of a manifest. Out: its dependencies. Peers and overrides ask for nothing: what they say counts only
//! where something else asks.

use super::super::json::{self, Json};
use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Extracted, Scope};
use super::pin;
use crate::document::ParseError;
use crate::source::{Located, Span};

pub(in super::super) fn package_json(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (section, value) in json.entries() {
        let scope = match section.text() {
            "dependencies" => Scope::Main,
            "devDependencies" => Scope::Dev,
            "optionalDependencies" => Scope::Optional("optional".to_owned()),
            _ => continue,
        };
        let stated = value.entries().iter().filter_map(|(name, version)| dependency(*name, version));
        out.dependencies.extend(stated.map(|dependency| dependency.in_scope(scope.clone())));
    }
    Ok(out)
}

fn dependency(name: Piece<'_>, version: &Json<'_>) -> Option<Dependency> {
    let version = version.string()?;
    let (pin, alias) = pin(version.text());
    let written = json::located(name);
    let name = match alias {
        Some(alias) => Located::new(alias.to_owned(), written.span),
        None => written,
    };
    // The quotes around the key and the value belong to the entry.
    let span = Span::new(name.span.start.saturating_sub(1), version.end() + 1);
    let version_span = if version.is_empty() { name.span } else { version.span() };
    Some(Dependency::named(Ecosystem::Node, name).held(pin, version_span).within(span))
}
