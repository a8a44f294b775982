//! `yarn.lock`, of Yarn 1 and of its successors.
//!
//! In: the text of a lock, which Yarn always writes in the same layout. Out: every resolved package. What several
//! requirements share is one entry.

use super::super::piece::Piece;
use super::super::{Dependency, Ecosystem, Extracted, Pin, Role};
use super::{located, pin, split_piece};

pub(in super::super) fn yarn_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut entry: Option<Entry<'_>> = None;
    for line in text.lines() {
        let content = line.trim_end();
        out.note_conflict(content);
        if line.indent() == 0 {
            if let Some(header) = content.strip_suffix(":").filter(|header| !header.text().starts_with('#')) {
                out.dependencies.extend(entry.take().and_then(Entry::dependency));
                entry = Some(Entry { header, version: None, resolution: None, end: content.end() });
            }
            continue;
        }
        let Some(entry) = &mut entry else { continue };
        if !content.is_empty() {
            entry.end = content.end();
        }
        if line.indent() == 2 {
            let content = content.trim_start();
            if let Some(value) = content.strip_prefix("version ").or_else(|| content.strip_prefix("version:"))
            {
                entry.version = Some(unquoted(value.trim()));
            } else if let Some(value) = content.strip_prefix("resolution:") {
                entry.resolution = Some(unquoted(value.trim()));
            }
        }
    }
    out.dependencies.extend(entry.and_then(Entry::dependency));
    out
}

struct Entry<'a> {
    header: Piece<'a>,
    version: Option<Piece<'a>>,
    resolution: Option<Piece<'a>>,
    end: usize,
}

impl Entry<'_> {
    fn dependency(self) -> Option<Dependency> {
        let version = self.version?;
        // `"a@^1", "a@^1.2"` and `"a@npm:^1, a@npm:^1.2"`: the first speaks for all.
        let first = self.header.split(',').next()?.trim();
        let first = first.text().trim_matches('"').len().checked_sub(0).map(|length| {
            let skipped = usize::from(first.text().starts_with('"'));
            first.from(skipped).until(length)
        })?;
        let (name, requirement) = split_piece(first)?;
        // A workspace's own package is no dependency.
        if requirement.text().starts_with("workspace:")
            || self.resolution.is_some_and(|resolution| resolution.text().contains("@workspace:"))
        {
            return None;
        }
        let alias = pin(requirement.text()).1.filter(|_| self.resolution.is_none());
        let resolved = self.resolution.and_then(split_piece).map(|(resolved, _)| resolved.text());
        let dependency = Dependency::named(
            Ecosystem::Node,
            located(resolved.or(alias).unwrap_or(name.text()), name.span()),
        )
        .held(Pin::Exact(version.text().to_owned()), version.span())
        .within(crate::source::Span::new(self.header.start(), self.end))
        .in_role(Role::Lock);
        Some(dependency)
    }
}

fn unquoted(piece: Piece<'_>) -> Piece<'_> {
    piece.unquoted().unwrap_or(piece)
}
