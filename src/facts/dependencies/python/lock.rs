//! The locks of Poetry, uv, PDM and PEP 751, and `Pipfile.lock`.
//!
//! In: the text of a lock. Out: every resolved package. The project itself and what stands in its folders is none.

use super::super::json::{self, Json};
use super::super::package_table::{Table, tables};
use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Extracted, FileKind, Pin, Role, Scope};
use super::pin_of_specifier;
use crate::document::ParseError;
use crate::source::Span;

/// Reads a lock that is a list of tables.
pub(in super::super) fn lock(kind: FileKind, text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let list = if kind == FileKind::PylockToml { "packages" } else { "package" };
    for table in tables(text, list, &mut out) {
        out.dependencies.extend(package(kind, &table));
    }
    out
}

fn package(kind: FileKind, table: &Table<'_>) -> Option<Dependency> {
    let name = table.string("", "name")?;
    let version = table.string("", "version");
    let source = table.raw("", "source").map_or("", Piece::text);
    let has = |key: &str| table.raw("", key).is_some();
    let local = match kind {
        FileKind::PoetryLock => matches!(table.text("source", "type"), "directory" | "file"),
        FileKind::UvLock => ["editable", "virtual", "directory", "path"].iter().any(|key| names(source, key)),
        FileKind::PdmLock => has("path"),
        _ => table.raw("directory", "path").is_some() || has("directory"),
    };
    if local {
        return None;
    }
    let commit = match kind {
        FileKind::PoetryLock => table.string("source", "resolved_reference"),
        FileKind::PdmLock => table.string("", "revision"),
        FileKind::UvLock => commit_of(table.raw("", "source")),
        _ => table.string("vcs", "commit-id"),
    };
    let (pin, span) = match (commit, version) {
        (Some(commit), _) => (Pin::Source(commit.text().to_owned()), commit.span()),
        (None, Some(version)) => (Pin::Exact(version.text().to_owned()), version.span()),
        (None, None) => return None,
    };
    let dependency = Dependency::named(Ecosystem::Python, name.located()).held(pin, span).within(table.span);
    Some(dependency.in_role(Role::Lock).in_scope(scope(table)))
}

/// `{ git = "https://…?rev=main#deadbeef" }`.
fn commit_of(source: Option<Piece<'_>>) -> Option<Piece<'_>> {
    let source = source.filter(|source| names(source.text(), "git"))?;
    let (_, rest) = source.split_once("#")?;
    Some(rest.leading(|character| character.is_ascii_alphanumeric()).0)
}

fn names(source: &str, key: &str) -> bool {
    source.trim_start_matches(['{', ' ']).starts_with(key)
}

/// `category = "dev"` of older locks; the groups of newer ones, all of which must be for development.
fn scope(table: &Table<'_>) -> Scope {
    let groups = table.raw("", "groups").map_or("", Piece::text);
    let mut groups =
        groups.trim_matches(['[', ']']).split(',').map(|group| group.trim().trim_matches('"')).peekable();
    let grouped = groups.peek().is_some_and(|group| !group.is_empty());
    if table.text("", "category") == "dev"
        || grouped && groups.all(|group| Scope::of_group(group) == Scope::Dev)
    {
        Scope::Dev
    } else {
        Scope::Main
    }
}

pub(in super::super) fn pipfile_lock(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (section, packages) in json.entries() {
        let scope = match section.text() {
            "_meta" => continue,
            "default" => Scope::Main,
            "develop" => Scope::Dev,
            category => Scope::of_group(category),
        };
        let found = packages.entries().iter().filter_map(|(name, entry)| locked(*name, entry));
        out.dependencies.extend(found.map(|dependency| dependency.in_scope(scope.clone())));
    }
    Ok(out)
}

fn locked(name: Piece<'_>, entry: &Json<'_>) -> Option<Dependency> {
    let (pin, span) = if let Some(version) = entry.string_at("version") {
        (pin_of_specifier(version.text()), version.span())
    } else if let Some(commit) = entry.string_at("ref") {
        (Pin::of_reference(Some(commit.text())), commit.span())
    } else if entry.get("git").is_some() {
        (Pin::Unbounded, name.span())
    } else {
        // A path or file of this repository.
        return None;
    };
    let dependency = Dependency::named(Ecosystem::Python, name.located())
        .held(pin, span)
        .within(Span::new(name.start().saturating_sub(1), entry.span.end));
    Some(dependency.in_role(Role::Lock))
}
