//! Go: `go.mod`, which always names one version. `go.sum` also lists versions that nobody uses, so it states nothing.
//!
//! In: the text of a `go.mod`. Out: what it requires, indirect ones too, and what replaces it.

use super::piece::Piece;
use super::{Dependency, Ecosystem, Extracted, Pin};
use crate::source::Span;

pub(super) fn go_mod(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut block = "";
    for line in text.lines() {
        let content =
            line.text().split_once("//").map_or(line, |(before, _)| line.until(before.len())).trim();
        let (directive, rest) = content.leading(|character| !character.is_whitespace() && character != '(');
        if content.text().starts_with(')') {
            block = "";
        } else if block.is_empty() && rest.trim().text() == "(" {
            block = directive.text();
        } else if block.is_empty() {
            statement(directive.text(), rest.trim(), &mut out);
        } else {
            statement(block, content, &mut out);
        }
    }
    out
}

fn statement(directive: &str, rest: Piece<'_>, out: &mut Extracted) {
    let stated = match directive {
        "require" => rest,
        // `replace old v1 => new v2`: what is built is the right side; a path has no version.
        "replace" => match rest.split_once("=>") {
            Some((_, replacement)) => replacement.trim(),
            None => return,
        },
        _ => return,
    };
    let (name, version) = stated.leading(|character| !character.is_whitespace());
    let version = version.trim().leading(|character| !character.is_whitespace()).0;
    let (name, version) = (unquoted(name), unquoted(version));
    if name.is_empty() || version.is_empty() {
        return;
    }
    let dependency = Dependency::named(Ecosystem::Go, name.located())
        .held(Pin::Exact(version.text().to_owned()), version.span())
        .within(Span::new(stated.start(), version.end()));
    out.dependencies.push(dependency);
}

fn unquoted(piece: Piece<'_>) -> Piece<'_> {
    piece.unquoted().unwrap_or(piece)
}
