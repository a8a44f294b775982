//! Gradle's version catalogues: `gradle/libs.versions.toml`.
//!
//! In: a parsed document. Out: its libraries, each with the version at the place where it is written, be it in
//! `[versions]`. Plugins belong to the build.

use super::super::pin::LONGEST;
use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted, Pin};
use super::{managed, pin};
use crate::document::{Document, Entry, Node};
use crate::source::{Located, Span};

pub(in super::super) fn catalogue(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    let Some(root) = document.roots.first() else { return out };
    let versions = root.get("versions");
    for entry in root.get("libraries").map(Node::entries).unwrap_or_default() {
        out.dependencies.extend(library(tree, entry, versions));
    }
    out
}

fn library(tree: Tree<'_>, entry: &Entry, versions: Option<&Node>) -> Option<Dependency> {
    let value = &entry.value;
    let (name, (pin, span)) = if let Some(notation) = tree.content(value) {
        let (group, rest) = notation.split_once(":")?;
        let (artifact, version) = rest.split_once(":")?;
        let name = Located::new(
            format!("{}:{}", group.text(), artifact.text()),
            Span::new(group.start(), artifact.end()),
        );
        (name, (pin(version.text()), Some(version.span())))
    } else {
        let name = if let Some(module) = tree.text(value, "module") {
            module.located()
        } else {
            let (group, artifact) = (tree.text(value, "group")?, tree.text(value, "name")?);
            Located::new(format!("{}:{}", group.text(), artifact.text()), artifact.span())
        };
        (name, version(tree, value.get("version"), versions))
    };
    let span = span.unwrap_or(name.span);
    Some(Dependency::named(Ecosystem::Java, name).held(pin, span).within(Tree::whole(entry)))
}

/// A version, a rich version, or a reference to one of `[versions]`.
fn version(tree: Tree<'_>, said: Option<&Node>, versions: Option<&Node>) -> (Pin, Option<Span>) {
    let Some(said) = said else { return (managed(), None) };
    let said = match tree.text(said, "ref") {
        Some(reference) => match versions.and_then(|versions| versions.get(reference.text())) {
            Some(version) => version,
            None => return (Pin::Unknown(reference.text().to_owned()), Some(reference.span())),
        },
        None => said,
    };
    let written = tree
        .content(said)
        .or_else(|| ["strictly", "require", "prefer"].into_iter().find_map(|key| tree.text(said, key)));
    match written.filter(|version| version.text().len() <= LONGEST) {
        Some(version) => (pin(version.text()), Some(version.span())),
        None => (managed(), None),
    }
}
