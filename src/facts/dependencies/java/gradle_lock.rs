//! `gradle.lockfile` and the older `gradle/dependency-locks/*.lockfile`.
//!
//! In: the text of a lock. Out: every resolved module; those that only test configurations use are for development.

use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};
use super::is_dev_configuration;
use crate::source::{Located, Span};

pub(in super::super) fn gradle_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    for line in text.lines().map(Piece::trim).filter(|line| !line.text().starts_with('#')) {
        let (module, configurations) = line.split_once("=").unwrap_or((line, line.from(line.text().len())));
        let Some((name, version)) = module.rsplit_once(":") else { continue };
        if !name.text().contains(':') || version.is_empty() {
            continue;
        }
        let scope =
            if !configurations.is_empty() && configurations.text().split(',').all(is_dev_configuration) {
                Scope::Dev
            } else {
                Scope::Main
            };
        let name = Located::new(name.text().to_owned(), Span::new(name.start(), name.end()));
        let dependency = Dependency::named(Ecosystem::Java, name)
            .held(Pin::Exact(version.text().to_owned()), version.span())
            .within(line.span());
        out.dependencies.push(dependency.in_role(Role::Lock).in_scope(scope));
    }
    out
}
