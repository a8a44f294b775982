//! .NET: project files, central package management, `packages.config` and `packages.lock.json`.
//!
//! In: a parsed project, the text of a lock. Out: packages. `NuGet` resolves a plain version to that version, although
//! its grammar calls it a minimum.

use std::collections::BTreeMap;

use super::holder::add_holders;
use super::json::{self, Json};
use super::kind::{is_dev_word, words};
use super::piece::Piece;
use super::pin::{LONGEST, is_templated};
use super::tree::Tree;
use super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use crate::document::{Document, Entry, Node, ParseError};
use crate::source::{RepoPath, Span};

/// Reads the package items of a project file or of the files around it.
pub(super) fn project(document: &Document, path: Option<&RepoPath>) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    let tests = path.is_some_and(|path| is_for_tests(&path.file_name()));
    let entries = all_entries(document);
    let stated = stated(tree, &entries);
    let properties = properties(&stated);
    for entry in &entries {
        let central = match entry.key.value.as_str() {
            "PackageReference" | "DotNetCliToolReference" => false,
            "PackageVersion" | "GlobalPackageReference" => true,
            _ => continue,
        };
        let private = attribute(tree, &entry.value, "PrivateAssets")
            .is_some_and(|assets| assets.text().eq_ignore_ascii_case("all"));
        let scope = if tests || private && !central { Scope::Dev } else { Scope::Main };
        out.dependencies.extend(item(tree, entry, &properties).map(|dependency| dependency.in_scope(scope)));
    }
    let holders = stated.iter().map(|(entry, value)| (tree.key(entry), *value));
    add_holders(Ecosystem::DotNet, pin, holders, &mut out);
    out.dependencies.sort_by_key(|dependency| dependency.span);
    out
}

/// `Shop.Tests.csproj`, `Shop.UnitTests.csproj`.
fn is_for_tests(name: &str) -> bool {
    words(name).any(|word| is_dev_word(word) || word.ends_with("Tests") || word.ends_with("Test"))
}

/// Every element of the file; `Choose` and `When` may hold groups of items.
fn all_entries(document: &Document) -> Vec<&Entry> {
    let mut open: Vec<&Node> = document.roots.iter().collect();
    let mut out = Vec::new();
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            out.push(entry);
            open.push(&entry.value);
        }
    }
    out
}

/// The names and texts of every `PropertyGroup`.
fn stated<'a>(tree: Tree<'a>, entries: &[&'a Entry]) -> Vec<(&'a Entry, Piece<'a>)> {
    let groups = entries.iter().filter(|entry| entry.key.value == "PropertyGroup");
    let property = |entry: &'a Entry| {
        let value = tree.content(&entry.value).or_else(|| tree.text(&entry.value, "#text"));
        value.filter(|value| value.text().len() <= LONGEST).map(|value| (entry, value))
    };
    groups.flat_map(|group| group.value.entries()).filter_map(property).collect()
}

/// What a property stands for. `None`: said twice, differently.
fn properties<'a>(stated: &[(&'a Entry, Piece<'a>)]) -> BTreeMap<&'a str, Option<Piece<'a>>> {
    let mut out: BTreeMap<&str, Option<Piece<'_>>> = BTreeMap::new();
    for (entry, value) in stated {
        let known = out.entry(entry.key.value.as_str()).or_insert(Some(*value));
        if known.is_some_and(|known| known.text() != value.text()) {
            *known = None;
        }
    }
    out
}

/// An attribute, or the child element of the same name.
fn attribute<'a>(tree: Tree<'a>, node: &Node, name: &str) -> Option<Piece<'a>> {
    tree.text(node, &format!("@{name}")).or_else(|| tree.text(node, name))
}

fn item<'a>(
    tree: Tree<'a>,
    entry: &Entry,
    properties: &BTreeMap<&str, Option<Piece<'a>>>,
) -> Option<Dependency> {
    let value = &entry.value;
    let name = attribute(tree, value, "Include").or_else(|| attribute(tree, value, "Update"))?;
    let version = attribute(tree, value, "VersionOverride").or_else(|| attribute(tree, value, "Version"));
    let version = version.map(|version| {
        let property = version.text().strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
        property.and_then(|name| properties.get(name).copied().flatten()).unwrap_or(version)
    });
    let (pin, span) = match version.filter(|version| !version.is_empty()) {
        Some(version) => (pin(version.text()), version.span()),
        None => (Pin::Elsewhere("managed centrally".to_owned()), name.span()),
    };
    Some(Dependency::named(Ecosystem::DotNet, name.located()).held(pin, span).within(Tree::whole(entry)))
}

/// What `NuGet`'s grammar holds.
pub(super) fn pin(version: &str) -> Pin {
    let version = version.trim();
    if version == "*" {
        return Pin::Unbounded;
    }
    if version.contains("$(") {
        return Pin::of_variable(version);
    }
    if is_templated(version) {
        return Pin::Unknown(version.to_owned());
    }
    let only = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match only.filter(|only| !only.contains(',')) {
        Some(only) => Pin::Exact(only.trim().to_owned()),
        None if version.starts_with(['[', '(']) || version.contains('*') => Pin::Range(version.to_owned()),
        None => Pin::Exact(version.to_owned()),
    }
}

pub(super) fn packages_config(document: &Document) -> Extracted {
    let tree = Tree(document.source.text());
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    let packages = document.roots.iter().filter_map(|root| root.get("packages")).flat_map(Node::entries);
    for entry in packages.filter(|entry| entry.key.value == "package") {
        let (Some(name), Some(version)) =
            (tree.text(&entry.value, "@id"), tree.text(&entry.value, "@version"))
        else {
            continue;
        };
        let dev = tree.text(&entry.value, "@developmentDependency").is_some_and(|dev| dev.text() == "true");
        let dependency = Dependency::named(Ecosystem::DotNet, name.located())
            .held(pin(version.text()), version.span())
            .within(Tree::whole(entry));
        out.dependencies.push(dependency.in_scope(if dev { Scope::Dev } else { Scope::Main }));
    }
    out
}

pub(super) fn packages_lock(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (_, packages) in json.get("dependencies").map(Json::entries).unwrap_or_default() {
        for (name, entry) in packages.entries() {
            let Some(version) = entry.string_at("resolved") else { continue };
            let dependency = Dependency::named(Ecosystem::DotNet, json::located(*name))
                .held(Pin::Exact(version.text().to_owned()), version.span())
                .within(Span::new(name.start().saturating_sub(1), entry.span.end));
            out.dependencies.push(dependency.in_role(Role::Lock));
        }
    }
    Ok(out)
}
