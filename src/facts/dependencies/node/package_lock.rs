//! `package-lock.json` and `npm-shrinkwrap.json`, lock file versions 1 to 3, and `bun.lock`.
//!
//! In: the text of a lock. Out: every resolved package at every place of the tree of folders.

use super::super::json::{self, Json};
use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use super::{pin, split_piece};
use crate::document::ParseError;
use crate::source::{Located, Span};

pub(in super::super) fn package_lock(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    if let Some(packages) = json.get("packages") {
        for (folder, entry) in packages.entries() {
            // The root and the members of a workspace are no dependencies; links lead to them.
            let Some((_, name)) = folder.rsplit_once("node_modules/") else { continue };
            if !entry.get("link").is_some_and(Json::is_true) {
                let resolved = entry.string_at("name").map(|name| name.text().to_owned());
                let name = Located::new(resolved.unwrap_or_else(|| name.text().to_owned()), name.span());
                out.dependencies.extend(package(name, *folder, entry));
            }
        }
        return Ok(out);
    }
    // Version 1 nests what is installed below a package inside its entry.
    let mut open: Vec<&Json<'_>> = json.get("dependencies").into_iter().collect();
    while let Some(dependencies) = open.pop() {
        for (name, entry) in dependencies.entries() {
            out.dependencies.extend(package(json::located(*name), *name, entry));
            open.extend(entry.get("dependencies"));
        }
    }
    out.dependencies.sort_by_key(|dependency| dependency.span);
    Ok(out)
}

fn package(mut name: Located<String>, key: Piece<'_>, entry: &Json<'_>) -> Option<Dependency> {
    let version = entry.string_at("version")?;
    let (pin, alias) = pin(version.text());
    if let Some(alias) = alias {
        alias.clone_into(&mut name.value);
    }
    // Bundled and local packages have a path for a version.
    if matches!(pin, Pin::Elsewhere(_)) {
        return None;
    }
    let dev = entry.get("dev").is_some_and(Json::is_true);
    let dependency = Dependency::named(Ecosystem::Node, name)
        .held(pin, version.span())
        .within(Span::new(key.start().saturating_sub(1), entry.span.end))
        .in_role(Role::Lock);
    Some(dependency.in_scope(if dev { Scope::Dev } else { Scope::Main }))
}

/// Reads `"packages": { "name": ["name@1.2.3", …] }`.
pub(in super::super) fn bun_lock(text: Piece<'_>) -> Result<Extracted, ParseError> {
    let json = json::parse(text)?;
    let mut out = Extracted::default();
    for (key, entry) in json.get("packages").map(Json::entries).unwrap_or_default() {
        let resolved = entry.items().first().and_then(Json::string);
        let Some((name, version)) = resolved.and_then(split_piece) else { continue };
        let (pin, _) = pin(version.text());
        if matches!(pin, Pin::Elsewhere(_)) {
            continue;
        }
        let dependency = Dependency::named(Ecosystem::Node, name.located())
            .held(pin, version.span())
            .within(Span::new(key.start().saturating_sub(1), entry.span.end));
        out.dependencies.push(dependency.in_role(Role::Lock));
    }
    Ok(out)
}
