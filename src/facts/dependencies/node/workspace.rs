//! The catalogs of `pnpm-workspace.yaml`, which hold the versions that manifests leave to them.
//!
//! In: a parsed document. Out: the packages of `catalog` and `catalogs`.

use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted};
use super::pin;
use crate::document::{Document, Entry, Node};
use crate::source::Located;

pub(in super::super) fn workspace(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    for root in &document.roots {
        let named = root.get("catalogs").map(Node::entries).unwrap_or_default();
        let catalogs = root.get("catalog").into_iter().chain(named.iter().map(|entry| &entry.value));
        for entry in catalogs.flat_map(Node::entries) {
            out.dependencies.extend(dependency(tree, entry));
        }
    }
    out
}

fn dependency(tree: Tree<'_>, entry: &Entry) -> Option<Dependency> {
    let version = tree.content(&entry.value)?;
    let (pin, alias) = pin(version.text());
    let name = tree.key(entry);
    let name = Located::new(alias.map_or(name.value, str::to_owned), name.span);
    Some(Dependency::named(Ecosystem::Node, name).held(pin, version.span()).within(Tree::whole(entry)))
}
