//! Maven: `pom.xml`.
//!
//! In: a parsed document. Out: dependencies, managed dependencies, imported BOMs and the parent, each with the version
//! at the place where it is written, be it a property of the same file. Plugins belong to the build.

use std::collections::BTreeMap;

use super::super::holder::add_holders;
use super::super::piece::Piece;
use super::super::pin::LONGEST;
use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted, Pin, Scope};
use super::{is_dev_configuration, managed, pin};
use crate::document::{Document, Entry, Node};
use crate::source::Located;

/// A property may name another; no pom goes further than this.
const FURTHEST: usize = 5;

pub(in super::super) fn pom(document: &Document) -> Extracted {
    let mut out = Extracted { gaps: document.gaps.clone(), ..Extracted::default() };
    let Some(project) = document.roots.first().and_then(|root| root.get("project")) else { return out };
    let pom = Pom { tree: Tree(document.source.text()), project, properties: properties(document, project) };
    out.dependencies.extend(project.entry("parent").and_then(|parent| pom.parent(parent)));
    let profiles = project.get("profiles").map(Node::entries).unwrap_or_default();
    for holder in std::iter::once(project).chain(profiles.iter().map(|profile| &profile.value)) {
        let managed =
            holder.get("dependencyManagement").and_then(|management| management.get("dependencies"));
        for list in holder.get("dependencies").into_iter().chain(managed) {
            let entries = list.entries().iter().filter(|entry| entry.key.value == "dependency");
            out.dependencies.extend(entries.filter_map(|entry| pom.dependency(entry)));
        }
    }
    let holders = all_properties(project)
        .filter_map(|entry| Some((pom.tree.key(entry), pom.tree.content(&entry.value)?)));
    add_holders(Ecosystem::Java, pin, holders, &mut out);
    out.dependencies.sort_by_key(|dependency| dependency.span);
    out
}

struct Pom<'a> {
    tree: Tree<'a>,
    project: &'a Node,
    /// `None`: said by two profiles, differently.
    properties: BTreeMap<&'a str, Option<Piece<'a>>>,
}

/// The properties of the project and of its profiles.
fn all_properties(project: &Node) -> impl Iterator<Item = &Entry> {
    let profiles = project.get("profiles").map(Node::entries).unwrap_or_default();
    std::iter::once(project)
        .chain(profiles.iter().map(|profile| &profile.value))
        .filter_map(|holder| holder.get("properties"))
        .flat_map(Node::entries)
}

fn properties<'a>(document: &'a Document, project: &'a Node) -> BTreeMap<&'a str, Option<Piece<'a>>> {
    let tree = Tree(document.source.text());
    let mut out: BTreeMap<&str, Option<Piece<'_>>> = BTreeMap::new();
    for entry in all_properties(project) {
        let value = tree.content(&entry.value).filter(|value| value.text().len() <= LONGEST);
        let Some(value) = value else { continue };
        let known = out.entry(entry.key.value.as_str()).or_insert(Some(value));
        if known.is_some_and(|known| known.text() != value.text()) {
            *known = None;
        }
    }
    out
}

impl<'a> Pom<'a> {
    fn dependency(&self, entry: &Entry) -> Option<Dependency> {
        let value = &entry.value;
        let artifact = self.tree.text(value, "artifactId")?;
        let name = self.name(self.tree.text(value, "groupId")?, artifact);
        let scope = self.tree.text(value, "scope").map_or("", Piece::text);
        let scope = if is_dev_configuration(scope) { Scope::Dev } else { Scope::Main };
        let (pin, place) = self.held(self.tree.text(value, "version"));
        let span = place.map_or(name.span, Piece::span);
        let dependency = Dependency::named(Ecosystem::Java, name).held(pin, span).within(Tree::whole(entry));
        Some(dependency.in_scope(scope))
    }

    /// The parent holds the versions of what it manages. One of this repository moves with it.
    fn parent(&self, entry: &Entry) -> Option<Dependency> {
        let value = &entry.value;
        let name = self.name(self.tree.text(value, "groupId")?, self.tree.text(value, "artifactId")?);
        let version = self.tree.text(value, "version")?;
        let (pin, place) = self.held(Some(version));
        let local = self.tree.text(value, "relativePath").is_some_and(|path| !path.is_empty());
        let exact = matches!(pin, Pin::Exact(_)) && !local;
        let span = place.map_or(name.span, Piece::span);
        exact.then(|| Dependency::named(Ecosystem::Java, name).held(pin, span).within(Tree::whole(entry)))
    }

    fn name(&self, group: Piece<'a>, artifact: Piece<'a>) -> Located<String> {
        let group = match group.text() {
            "${project.groupId}" | "${groupId}" | "${pom.groupId}" => self.own("groupId").unwrap_or(group),
            _ => self.resolve(group),
        };
        Located::new(format!("{}:{}", group.text(), self.resolve(artifact).text()), artifact.span())
    }

    /// What the project says of itself, or inherits from its parent.
    fn own(&self, key: &str) -> Option<Piece<'a>> {
        let parent = self.project.get("parent");
        let own = self.tree.text(self.project, key);
        own.or_else(|| parent.and_then(|parent| self.tree.text(parent, key)))
            .filter(|own| own.text().len() <= LONGEST)
    }

    /// What stands for `${name}`, if this file says it once.
    fn resolve(&self, text: Piece<'a>) -> Piece<'a> {
        let mut text = text;
        for _ in 0..FURTHEST {
            let name = text.text().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match name.and_then(|name| self.properties.get(name).copied().flatten()) {
                Some(value) => text = value,
                None => break,
            }
        }
        text
    }

    fn held(&self, version: Option<Piece<'a>>) -> (Pin, Option<Piece<'a>>) {
        let Some(version) = version.filter(|version| !version.is_empty()) else { return (managed(), None) };
        let version = self.resolve(version);
        let own = [
            "${project.version}",
            "${project.parent.version}",
            "${version}",
            "${pom.version}",
            "${revision}",
        ];
        let pin = if own.contains(&version.text()) {
            Pin::Elsewhere("this project's own version".to_owned())
        } else {
            pin(version.text())
        };
        (pin, Some(version))
    }
}
