//! The value of a dependency in a `Pipfile` and in Poetry's tables: a constraint, or a table that holds one.
//!
//! In: a node. Out: what holds the version, and where it is written.

use super::super::Pin;
use super::super::tree::Tree;
use super::pin_of_poetry;
use super::requirement::pin_of_url;
use crate::document::Node;
use crate::source::Span;

/// What the value says. The place is `None` where no version is written.
pub(super) fn held(tree: Tree<'_>, value: &Node) -> (Pin, Option<Span>) {
    if let Some(constraint) = tree.content(value) {
        return (pin_of_poetry(constraint.text()), Some(constraint.span()));
    }
    let at = |key: &str| tree.text(value, key);
    if let Some(version) = at("version") {
        return (pin_of_poetry(version.text()), Some(version.span()));
    }
    if ["git", "hg", "svn"].iter().any(|key| value.get(key).is_some()) {
        let reference = ["ref", "rev", "tag", "commit"].into_iter().find_map(at);
        let pin = Pin::of_reference(reference.map(super::super::piece::Piece::text));
        return (pin, reference.map(super::super::piece::Piece::span));
    }
    if let Some(url) = at("url").or_else(|| at("file")) {
        return (pin_of_url(url.text()), Some(url.span()));
    }
    if value.get("path").is_some() || value.get("editable").is_some() {
        return (Pin::Elsewhere("a local path".to_owned()), None);
    }
    if value.get("workspace").is_some() {
        return (Pin::Elsewhere("a package of this workspace".to_owned()), None);
    }
    (Pin::Unbounded, None)
}
