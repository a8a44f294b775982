//! `setup.cfg`: the requirement lists of its `[options]`.
//!
//! In: the text of an INI file as setuptools reads it. Out: the requirements of the package, its tests and extras.

use super::super::kind::{FileKind, recognise};
use super::super::piece::Piece;
use super::super::{Extracted, Scope};
use super::Requirement;
use crate::source::RepoPath;

pub(in super::super) fn setup_cfg(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut section = "";
    // The list that continuation lines belong to.
    let mut scope: Option<Scope> = None;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.text().starts_with(['#', ';']) {
            continue;
        }
        if line.indent() > 0 {
            if let Some(scope) = &scope {
                one(content, scope, &mut out);
            }
            continue;
        }
        if let Some(name) = content.text().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim();
            scope = None;
            continue;
        }
        let Some(at) = content.text().find(['=', ':']) else { continue };
        let key = content.until(at).trim().text();
        scope = scope_of(section, key);
        let value = content.from(at + 1).trim();
        let Some(scope) = &scope else { continue };
        if let Some(file) = value.strip_prefix("file:") {
            for path in file.split(',').map(Piece::trim) {
                if recognise(&RepoPath::from(path.text())) != Some(FileKind::Requirements) {
                    out.gap(path.span(), "requirements are read from a file of another name");
                }
            }
        } else {
            // On the key's own line setuptools separates by semicolons; markers need a line of their own.
            value
                .split(';')
                .map(Piece::trim)
                .filter(|part| !part.is_empty())
                .for_each(|part| one(part, scope, &mut out));
        }
    }
    out
}

fn scope_of(section: &str, key: &str) -> Option<Scope> {
    match (section, key.replace('-', "_").as_str()) {
        ("options", "install_requires") => Some(Scope::Main),
        ("options", "setup_requires" | "tests_require") => Some(Scope::Dev),
        ("options.extras_require", _) => Some(Scope::of_group(key)),
        _ => None,
    }
}

fn one(piece: Piece<'_>, scope: &Scope, out: &mut Extracted) {
    match Requirement::read(piece) {
        Some(found) => out.dependencies.push(found.dependency().in_scope(scope.clone())),
        // `%(other)s` repeats a list that is read at its own place.
        None if piece.text().starts_with("%(") || piece.text().starts_with(['.', '/', '#']) => {}
        None => out.gap(piece.span(), "a line that is no requirement"),
    }
}
