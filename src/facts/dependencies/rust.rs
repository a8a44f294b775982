//! Rust: `Cargo.lock`.
//!
//! In: the text of a lock. Out: every package that comes from outside of the workspace.

use super::package_table::{Table, tables};
use super::piece::Piece;
use super::{Dependency, Ecosystem, Extracted, Pin, Role};

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
    Some(dependency.as_role(Role::Lock))
}
