//! `Pipfile`: `[packages]`, `[dev-packages]` and categories of one's own.
//!
//! In: a parsed document. Out: what is asked for.

use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted, Scope};
use super::constraint::held;
use crate::document::{Document, Node};

pub(in super::super) fn pipfile(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    for section in document.roots.iter().flat_map(Node::entries) {
        let scope = match section.key.value.as_str() {
            "source" | "requires" | "scripts" | "pipenv" | "build-system" => continue,
            "packages" => Scope::Main,
            "dev-packages" => Scope::Dev,
            category => Scope::of_group(category),
        };
        for entry in section.value.entries() {
            let (pin, span) = held(tree, &entry.value);
            let name = tree.key(entry);
            let span = span.unwrap_or(name.span);
            let dependency =
                Dependency::named(Ecosystem::Python, name).held(pin, span).within(Tree::whole(entry));
            out.dependencies.push(dependency.in_scope(scope.clone()));
        }
    }
    out
}
