//! `pnpm-lock.yaml`, lock file versions 5 to 9.
//!
//! In: the text of a lock, which pnpm always writes in the same layout. Out: every key under `packages`. Read line by
//! line, because such files are too large to be built into a tree for their keys.

use super::super::piece::Piece;
use super::super::version::looks_version;
use super::super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use super::split_piece;
use crate::source::Span;

pub(in super::super) fn pnpm_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut in_packages = false;
    for line in text.lines() {
        let content = line.trim();
        out.note_conflict(content);
        match line.indent() {
            0 if !content.is_empty() => in_packages = content.text() == "packages:",
            2 if in_packages => out.dependencies.extend(package(content)),
            4 if in_packages => {
                let Some(last) = out.dependencies.last_mut() else { continue };
                last.span = Span::new(last.span.start, content.end());
                if content.text() == "dev: true" {
                    last.scope = Scope::Dev;
                }
            }
            _ => {}
        }
    }
    out
}

/// `/name/1.2.3:`, `/name/1.2.3_peer@1:`, `/name@1.2.3(peer@1):`, `'@scope/name@1.2.3':`.
fn package(line: Piece<'_>) -> Option<Dependency> {
    // An entry in one line has its body after the key: `/name/1.2.3: {resolution: …}`.
    let key = match line.text().split_once(": ") {
        Some((key, _)) => line.until(key.len()),
        None => line.strip_suffix(":")?,
    };
    let key = key.unquoted().unwrap_or(key);
    // The registry may stand before the name: `registry.example/name/1.2.3`.
    let slash = key.text().find('/');
    let key = match slash {
        Some(0) => key.from(1),
        Some(at)
            if !key.text().starts_with('@')
                && !key.text().get(..at).is_some_and(|host| host.contains('@')) =>
        {
            key.from(at + 1)
        }
        _ => key,
    };
    let (name, version) = split_piece(key).filter(|(name, _)| is_name(name.text())).or_else(|| {
        let after_scope = if key.text().starts_with('@') { key.text().find('/')? + 1 } else { 0 };
        let at = key.text().get(after_scope..)?.find('/')? + after_scope;
        Some((key.until(at), key.from(at + 1)))
    })?;
    let version = version.leading(|character| !matches!(character, '(' | '_' | '/')).0;
    if !looks_version(version.text()) || name.is_empty() {
        return None;
    }
    let dependency = Dependency::named(Ecosystem::Node, name.located())
        .held(Pin::Exact(version.text().to_owned()), version.span())
        .within(line.span());
    Some(dependency.in_role(Role::Lock))
}

/// `name` or `@scope/name`: version 5 wrote the version behind a further slash.
fn is_name(text: &str) -> bool {
    text.matches('/').count() == usize::from(text.starts_with('@'))
}
