//! `pyproject.toml`: the standard's tables, and those of Poetry, uv, PDM, Hatch, Flit and Rye.
//!
//! In: a parsed document. Out: what the project asks for, by group. Requirements that a build backend reads from a
//! requirements file are judged there.

use super::super::kind::{FileKind, recognise};
use super::super::tree::Tree;
use super::super::{Dependency, Ecosystem, Extracted, Scope};
use super::Requirement;
use super::constraint::held;
use crate::document::{Document, Node};
use crate::source::RepoPath;

pub(in super::super) fn pyproject(document: &Document) -> Extracted {
    let Some(root) = document.roots.first() else { return Extracted::default() };
    let mut project = Project {
        tree: Tree(document.source.text()),
        root,
        out: Extracted { gaps: document.gaps.clone(), ..Extracted::default() },
    };
    project.standard();
    project.poetry();
    project.others();
    project.sources();
    project.computed();
    project.out.dependencies.sort_by_key(|dependency| dependency.span);
    project.out
}

/// Poetry lets one package be asked for otherwise in each environment.
const MOST_ALTERNATIVES: usize = 64;

struct Project<'a> {
    tree: Tree<'a>,
    root: &'a Node,
    out: Extracted,
}

impl<'a> Project<'a> {
    fn at(&self, path: &[&str]) -> Option<&'a Node> {
        self.root.at(path)
    }

    fn standard(&mut self) {
        self.list(self.at(&["project", "dependencies"]), &Scope::Main);
        self.groups(self.at(&["project", "optional-dependencies"]));
        self.groups(self.at(&["dependency-groups"]));
        self.list(self.at(&["build-system", "requires"]), &Scope::Dev);
    }

    fn poetry(&mut self) {
        let Some(poetry) = self.at(&["tool", "poetry"]) else { return };
        self.table(poetry.get("dependencies"), &Scope::Main);
        self.table(poetry.get("dev-dependencies"), &Scope::Dev);
        for group in poetry.get("group").map(Node::entries).unwrap_or_default() {
            self.table(group.value.get("dependencies"), &Scope::of_group(&group.key.value));
        }
    }

    fn others(&mut self) {
        self.list(self.at(&["tool", "uv", "dev-dependencies"]), &Scope::Dev);
        self.list(self.at(&["tool", "rye", "dev-dependencies"]), &Scope::Dev);
        self.groups(self.at(&["tool", "pdm", "dev-dependencies"]));
        self.list(self.at(&["tool", "flit", "metadata", "requires"]), &Scope::Main);
        self.list(self.at(&["tool", "flit", "metadata", "dev-requires"]), &Scope::Dev);
        self.groups(self.at(&["tool", "flit", "metadata", "requires-extra"]));
        for environment in self.at(&["tool", "hatch", "envs"]).map(Node::entries).unwrap_or_default() {
            self.list(environment.value.get("dependencies"), &Scope::Dev);
            self.list(environment.value.get("extra-dependencies"), &Scope::Dev);
        }
    }

    /// A list of PEP 508 requirements.
    fn list(&mut self, list: Option<&Node>, scope: &Scope) {
        for item in list.map(Node::items).unwrap_or_default() {
            // A table includes another group.
            let Some(text) = self.tree.content(item) else { continue };
            match Requirement::read(text) {
                Some(found) => self.out.dependencies.push(found.dependency().in_scope(scope.clone())),
                None => {
                    self.out.gap(item.span, "a line that is no requirement");
                }
            }
        }
    }

    fn groups(&mut self, groups: Option<&Node>) {
        for group in groups.map(Node::entries).unwrap_or_default() {
            self.list(Some(&group.value), &Scope::of_group(&group.key.value));
        }
    }

    /// A table of Poetry's: names with constraints, or with lists of them for different environments.
    fn table(&mut self, table: Option<&Node>, scope: &Scope) {
        for entry in table.map(Node::entries).unwrap_or_default() {
            if entry.key.value == "python" {
                continue;
            }
            let alternatives = entry.value.items();
            let values =
                if alternatives.is_empty() { std::slice::from_ref(&entry.value) } else { alternatives };
            for value in values.iter().take(MOST_ALTERNATIVES) {
                let (pin, span) = held(self.tree, value);
                let name = self.tree.key(entry);
                let span = span.unwrap_or(name.span);
                let optional = value.get("optional").and_then(Node::as_bool) == Some(true);
                let scope = if optional && *scope == Scope::Main {
                    Scope::Optional("extra".to_owned())
                } else {
                    scope.clone()
                };
                let dependency = Dependency::named(Ecosystem::Python, name).held(pin, span);
                self.out.dependencies.push(dependency.within(Tree::whole(entry)).in_scope(scope));
            }
        }
    }

    /// `[tool.uv.sources]` says where a package comes from instead of the registry.
    fn sources(&mut self) {
        for source in self.at(&["tool", "uv", "sources"]).map(Node::entries).unwrap_or_default() {
            let key = super::normalise(&source.key.value);
            let registry = source.value.get("index").is_some() || !source.value.items().is_empty();
            if registry {
                continue;
            }
            let (pin, span) = held(self.tree, &source.value);
            for dependency in self.out.dependencies.iter_mut().filter(|dependency| dependency.key == key) {
                dependency.pin = pin.clone();
                dependency.version_span = span.unwrap_or(dependency.version_span);
            }
        }
    }

    /// Requirements that the build backend finds elsewhere.
    fn computed(&mut self) {
        let dynamic = self.at(&["project", "dynamic"]).map(Node::items).unwrap_or_default();
        let Some(said) = dynamic.iter().find(|item| item.as_str() == Some("dependencies")) else { return };
        let backend = self.at(&["build-system", "build-backend"]).and_then(Node::as_str).unwrap_or_default();
        let tables = [
            self.at(&["tool", "setuptools", "dynamic", "dependencies", "file"]),
            self.at(&["tool", "hatch", "metadata", "hooks", "requirements_txt", "files"]),
        ];
        let mut files = tables
            .into_iter()
            .flatten()
            .flat_map(|node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
        let known = |file: &Node| {
            file.as_str().is_some_and(|file| recognise(&RepoPath::from(file)) == Some(FileKind::Requirements))
        };
        // Without a table of its own setuptools takes them from setup.py or setup.cfg.
        let by_script = backend.is_empty() || backend.starts_with("setuptools");
        let judged = match files.next() {
            Some(first) => known(first) && files.all(known),
            None => by_script,
        };
        if !judged {
            self.out.gap(said.span, "requirements that the build backend finds elsewhere");
        }
    }
}
