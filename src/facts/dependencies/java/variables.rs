//! The string variables of a build script.
//!
//! In: the tokens of a Gradle or sbt script. Out: what a name stands for, where the script itself says it once.

use std::collections::BTreeMap;

use super::super::holder::path_of;
use super::super::piece::Piece;
use super::super::pin::LONGEST;
use super::super::tokens::Token;
use crate::source::Located;

/// A variable may name another; no build goes further than this.
const FURTHEST: usize = 5;

/// Names and their texts. `None`: said twice, differently.
#[derive(Debug, Default)]
pub(super) struct Variables<'a> {
    values: BTreeMap<String, Option<Piece<'a>>>,
    /// Every name with the mapping or object that it stands in, as written.
    said: Vec<(Located<String>, Piece<'a>)>,
}

impl<'a> Variables<'a> {
    pub(super) fn read(tokens: &[Token<'a>]) -> Self {
        let mut out = Self::default();
        // The names of the mappings that are open: `versions = [ kafka: "…" ]` says `versions.kafka`.
        let mut mappings: Vec<&str> = Vec::new();
        let at = |index: usize| tokens.get(index);
        let is = |index: usize, text: &str| at(index).is_some_and(|token| token.is(text));
        let string = |index: usize| at(index).and_then(Token::string);
        for (index, token) in tokens.iter().enumerate() {
            if token.opens() {
                let assigned = index
                    .checked_sub(2)
                    .filter(|_| is(index.wrapping_sub(1), "=") || is(index.wrapping_sub(1), "+="));
                // `object Versions { val kafka = "…" }` says `Versions.kafka`.
                let object =
                    index.checked_sub(2).filter(|before| is(*before, "object")).map(|before| before + 1);
                mappings.push(assigned.or(object).and_then(at).and_then(Token::name).unwrap_or_default());
                // `ext["name"] = "…"`, `set("name", "…")`, `add("name", "…")`.
                if let Some(name) = string(index + 1) {
                    let indexed = is(index + 2, "]") && is(index + 3, "=");
                    let setter = index.checked_sub(1).and_then(at).and_then(Token::name) == Some("set");
                    let value =
                        if indexed { string(index + 4) } else { string(index + 3).filter(|_| setter) };
                    out.learn("", name, value);
                }
            } else if token.closes() {
                mappings.pop();
            } else if token.name().is_some() {
                let mapping = mappings.last().copied().unwrap_or_default();
                let by_extra = is(index + 1, "by") && is(index + 2, "extra") && is(index + 3, "(");
                // `val name: String = "…"`.
                let typed =
                    is(index + 1, ":") && at(index + 2).and_then(Token::name).is_some() && is(index + 3, "=");
                if is(index + 1, "=") {
                    out.learn(mapping, token.piece, string(index + 2));
                } else if by_extra || typed {
                    out.learn(mapping, token.piece, string(index + 4));
                } else if is(index + 1, ":") && !mapping.is_empty() {
                    out.learn(mapping, token.piece, string(index + 2));
                }
            }
        }
        out
    }

    fn learn(&mut self, mapping: &str, name: Piece<'a>, value: Option<Piece<'a>>) {
        let longest = mapping.len().max(name.text().len());
        let Some(value) = value.filter(|value| value.text().len().max(longest) <= LONGEST) else { return };
        let path = path_of(mapping, name.text(), name.span());
        for name in [path.value.as_str(), name.text()] {
            let known = self.values.entry(name.to_owned()).or_insert(Some(value));
            if known.is_some_and(|known| known.text() != value.text()) {
                *known = None;
            }
        }
        self.said.push((path, value));
    }

    /// Every name that the script says, with its value.
    pub(super) fn said(&self) -> impl Iterator<Item = (Located<String>, Piece<'a>)> {
        self.said.iter().cloned()
    }

    /// What a version stands for: itself, or the text of the variable that it names and nothing else.
    pub(super) fn resolve(&self, version: Piece<'a>) -> Piece<'a> {
        let mut version = version;
        for _ in 0..FURTHEST {
            match name_in(version.text()).and_then(|name| self.get(name)) {
                Some(value) => version = value,
                None => break,
            }
        }
        version
    }

    /// The text of a variable, by the path that leads to it.
    pub(super) fn get(&self, path: &str) -> Option<Piece<'a>> {
        let path = path.replace(['"', '\'', ' ', '!', ')', ']'], "").replace(['(', '['], ".");
        let mut path = path.as_str();
        loop {
            if let Some(known) = self.values.get(path) {
                return *known;
            }
            let (first, rest) = path.split_once('.')?;
            let holder =
                ["project", "rootProject", "ext", "extra", "property", "properties", "get", "findProperty"];
            let constants = first.starts_with(|character: char| character.is_uppercase());
            if !(holder.contains(&first)
                || constants
                || !rest.contains('.') && self.values.contains_key(rest))
            {
                return None;
            }
            path = rest;
        }
    }
}

/// The name in `$name` or `${name}`, if there is nothing else.
fn name_in(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let name = match rest.strip_prefix('{') {
        Some(inside) => inside.strip_suffix('}')?,
        None => rest,
    };
    let plain = |character: char| character.is_alphanumeric() || "._[]()\"'! ".contains(character);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}
