//! conda's `environment.yml`, with its list for pip.
//!
//! In: a parsed document. Out: what the environment asks for. A YAML file of that name without such a list asks for
//! nothing.

use super::super::piece::Piece;
use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted};
use super::{Requirement, pin_of_conda};
use crate::document::{Document, Node};

pub(in super::super) fn environment(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    for item in document.roots.iter().filter_map(|root| root.get("dependencies")).flat_map(Node::items) {
        if let Some(text) = tree.content(item) {
            out.dependencies.extend(package(text));
        }
        for line in item.get("pip").map(Node::items).unwrap_or_default() {
            let Some(text) = tree.content(line) else { continue };
            match Requirement::read(text) {
                Some(found) => out.dependencies.push(found.dependency()),
                None if text.text().starts_with(['-', '.', '/']) => {}
                None => out.gap(line.span, "a line that is no requirement"),
            }
        }
    }
    out
}

/// `channel::name=1.2.3=build`, `name >=1.2`, `name[version='>=1']`.
fn package(text: Piece<'_>) -> Option<Dependency> {
    let bare = text.rsplit_once("::").map_or(text, |(_, bare)| bare).trim();
    let (name, rest) =
        bare.leading(|character| character.is_ascii_alphanumeric() || "._-".contains(character));
    if name.is_empty() || matches!(name.text(), "python" | "pip") {
        return None;
    }
    let specifier = rest.trim();
    let specifier = match specifier.split_once("version='") {
        Some((_, inside)) => inside.leading(|character| character != '\'').0,
        None => specifier,
    };
    let span = if specifier.is_empty() { name.span() } else { specifier.span() };
    let pin = pin_of_conda(specifier.text());
    Some(Dependency::named(Ecosystem::Python, name.located()).held(pin, span).within(text.span()))
}
