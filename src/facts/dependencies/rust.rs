//! Rust: `Cargo.toml` and `Cargo.lock`.
//!
//! In: a parsed manifest, the text of a lock. Out: what is asked for, and every resolved package that comes from
//! outside of the workspace.

use super::package_table::{Table, tables};
use super::piece::Piece;
use super::tree::Tree;
use super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use crate::document::{Document, Entry, Node};
use crate::source::{Located, Span};

pub(super) fn cargo_toml(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    let Some(root) = document.roots.first() else { return out };
    let targets = root.get("target").map(Node::entries).unwrap_or_default();
    let holders =
        std::iter::once(root).chain(root.get("workspace")).chain(targets.iter().map(|target| &target.value));
    for holder in holders {
        for (section, scope) in [
            ("dependencies", Scope::Main),
            ("build-dependencies", Scope::Main),
            ("dev-dependencies", Scope::Dev),
            ("dev_dependencies", Scope::Dev),
        ] {
            for entry in holder.get(section).map(Node::entries).unwrap_or_default() {
                out.dependencies.push(dependency(tree, entry, &scope));
            }
        }
    }
    out.dependencies.sort_by_key(|dependency| dependency.span);
    out
}

fn dependency(tree: Tree<'_>, entry: &Entry, scope: &Scope) -> Dependency {
    let (pin, span) = held(tree, &entry.value);
    let written = tree.key(entry);
    // `kafka = { package = "rdkafka" }`: the key is only an alias.
    let name = match tree.text(&entry.value, "package") {
        Some(real) => Located::new(real.text().to_owned(), real.span()),
        None => written,
    };
    let span = span.unwrap_or(name.span);
    let optional = entry.value.get("optional").and_then(Node::as_bool) == Some(true);
    let scope = if optional { Scope::Optional("feature".to_owned()) } else { scope.clone() };
    Dependency::named(Ecosystem::Rust, name).held(pin, span).within(Tree::whole(entry)).in_scope(scope)
}

fn held(tree: Tree<'_>, value: &Node) -> (Pin, Option<Span>) {
    let has = |key: &str| value.get(key).is_some();
    let version = tree.content(value).or_else(|| tree.text(value, "version"));
    if has("git") {
        let reference = ["rev", "tag"].into_iter().find_map(|key| tree.text(value, key));
        (Pin::of_reference(reference.map(Piece::text)), reference.map(Piece::span))
    } else if has("path") {
        (Pin::Elsewhere("a local path".to_owned()), None)
    } else if has("workspace") {
        (Pin::Elsewhere("the workspace's manifest".to_owned()), None)
    } else if let Some(version) = version {
        (pin(version.text()), Some(version.span()))
    } else {
        (Pin::Unbounded, None)
    }
}

/// A requirement of Cargo's: only `=1.2.3` leaves nothing to choose.
fn pin(requirement: &str) -> Pin {
    let requirement = requirement.trim();
    if requirement == "*" {
        return Pin::Unbounded;
    }
    if super::pin::is_templated(requirement) {
        return Pin::Unknown(requirement.to_owned());
    }
    match requirement.strip_prefix('=').map(str::trim) {
        Some(version) if semver::Version::parse(version).is_ok() => Pin::Exact(version.to_owned()),
        _ => Pin::Range(requirement.to_owned()),
    }
}

pub(super) fn cargo_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    for table in tables(text, "package", &mut out) {
        out.dependencies.extend(package(&table));
    }
    out
}

fn package(table: &Table<'_>) -> Option<Dependency> {
    let name = table.string("", "name")?;
    let version = table.string("", "version")?;
    let source = table.string("", "source")?;
    let commit = source.split_once("#").filter(|_| source.text().starts_with("git+"));
    let (pin, span) = match commit {
        Some((_, commit)) => (Pin::Source(commit.text().to_owned()), commit.span()),
        None => (Pin::Exact(version.text().to_owned()), version.span()),
    };
    let dependency = Dependency::named(Ecosystem::Rust, name.located()).held(pin, span).within(table.span);
    Some(dependency.in_role(Role::Lock))
}
