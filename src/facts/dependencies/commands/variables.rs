//! The variables that a Dockerfile, script or workflow sets itself.
//!
//! In: its text. Out: what a name stands for, where the file says it once.

use std::collections::BTreeMap;

use super::super::piece::Piece;
use super::super::pin::LONGEST;

/// Names and their values. `None`: set twice, differently.
#[derive(Debug, Default)]
pub(super) struct Variables<'a>(BTreeMap<&'a str, Option<Piece<'a>>>);

impl<'a> Variables<'a> {
    pub(super) fn read(text: Piece<'a>) -> Self {
        let mut out = Self::default();
        for line in text.lines().map(Piece::trim).filter(|line| !line.text().starts_with('#')) {
            let declared = ["ARG ", "ENV ", "export ", "readonly ", "local ", "- "]
                .iter()
                .find_map(|word| line.strip_prefix(word))
                .unwrap_or(line)
                .trim_start();
            if let Some((name, value)) = declared.split_once("=").filter(|(name, _)| is_name(name.text())) {
                out.learn(name.text(), value);
            } else if let Some((name, value)) =
                declared.split_once(": ").filter(|(name, _)| is_constant(name.text()))
            {
                out.learn(name.text(), value.trim());
            } else if line.text().starts_with("ENV ")
                && let Some((name, value)) = declared.split_once(" ").filter(|(name, _)| is_name(name.text()))
            {
                out.learn(name.text(), value.trim());
            }
        }
        out
    }

    fn learn(&mut self, name: &'a str, value: Piece<'a>) {
        let quote = value.text().chars().next().filter(|first| matches!(first, '"' | '\''));
        let value = match quote {
            Some(quote) => value.from(1).leading(|character| character != quote).0,
            None => value.leading(|character| !character.is_whitespace() && character != ';').0,
        };
        if value.is_empty() {
            return;
        }
        let known = self.0.entry(name).or_insert(Some(value));
        if known.is_some_and(|known| known.text() != value.text()) {
            *known = None;
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Piece<'a>> {
        self.0.get(name).copied().flatten()
    }

    /// A text with its variables put in, and where the first of them is set. `None` where one is not known.
    pub(super) fn expand(&self, text: &str) -> Option<(String, Piece<'a>)> {
        let mut out = String::new();
        let mut place = None;
        let mut rest = text;
        // What is copied into other words is short; a list of packages is read where it stands.
        if text.len() > LONGEST {
            return None;
        }
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, beyond) = match after.strip_prefix('{') {
                Some(inside) => inside.split_once('}')?,
                None => after
                    .split_at(after.find(|character| !is_name_character(character)).unwrap_or(after.len())),
            };
            // `${NAME:-default}`: the default counts only where nothing else is said.
            let name = name.split([':', '-']).next()?;
            let value = self.get(name)?;
            if out.len() + value.text().len() > LONGEST {
                return None;
            }
            out.push_str(value.text());
            place = place.or(Some(value));
            rest = beyond;
        }
        out.push_str(rest);
        Some((out, place?)).filter(|(out, _)| !out.contains('$'))
    }
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_character)
}

/// The keys of a workflow's `env:` are in capitals; other keys are no variables.
fn is_constant(text: &str) -> bool {
    is_name(text) && !text.contains(|character: char| character.is_ascii_lowercase())
}
