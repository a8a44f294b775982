//! `setup.py`: the requirements that stand in it as literals.
//!
//! In: the text of a script. Out: the strings that reach `install_requires` and its kin through lists, variables,
//! `+`, `append` and `extend`. What is computed is a gap, unless it is read from a requirements file, which is
//! judged by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::super::kind::{FileKind, recognise};
use super::super::piece::Piece;
use super::super::tokens::{Kind, Language, Token, beyond_brackets, tokens};
use super::super::{Extracted, Scope};
use super::Requirement;

use crate::source::{RepoPath, Span};

/// Deeper nesting of brackets and variables than any setup script has.
const DEEPEST: u32 = 40;

pub(in super::super) fn setup_py(text: Piece<'_>) -> Extracted {
    let mut script = Script::read(text);
    // Main first: a list that both the package and an extra name is the package's.
    for (keyword, what) in [
        ("install_requires", What::List(Scope::Main)),
        ("extras_require", What::Groups),
        ("tests_require", What::List(Scope::Dev)),
        ("setup_requires", What::List(Scope::Dev)),
    ] {
        for at in script.values_of(keyword) {
            script.expression(at, &what, 0);
        }
        script.variable(keyword, &what, 0);
    }
    script.out.dependencies.sort_by_key(|dependency| dependency.span);
    script.out
}

/// What an expression is expected to give.
#[derive(Debug, Clone)]
enum What {
    List(Scope),
    /// A mapping from a group's name to its list.
    Groups,
}

struct Script<'a> {
    tokens: Vec<Token<'a>>,
    /// For every opening bracket the index after its closing one.
    beyond: BTreeMap<usize, usize>,
    /// Where each variable is assigned or extended: the index of the expression's first token, and the group it
    /// belongs to (`extras["kafka"] = …`).
    assigned: BTreeMap<&'a str, Vec<(usize, Option<&'a str>)>>,
    /// Variables that were followed already: each is followed once, so that the work stays linear.
    followed: BTreeSet<&'a str>,
    /// Tokens that an expression was read from already, for the same reason.
    consumed: Vec<bool>,
    /// Some string names a requirements file.
    reads_requirements: bool,
    out: Extracted,
}

impl<'a> Script<'a> {
    fn read(text: Piece<'a>) -> Self {
        let tokens = tokens(text, Language::Python);
        let reads_requirements = tokens.iter().any(|token| {
            token.string().is_some()
                && (token.piece.text() == "requirements"
                    || recognise(&RepoPath::from(token.piece.text())) == Some(FileKind::Requirements))
        });
        let consumed = vec![false; tokens.len()];
        let mut script = Self {
            beyond: beyond_brackets(&tokens),
            tokens,
            assigned: BTreeMap::new(),
            followed: BTreeSet::new(),
            consumed,
            reads_requirements,
            out: Extracted::default(),
        };
        script.find_assignments();
        script
    }

    fn token(&self, at: usize) -> Option<Token<'a>> {
        self.tokens.get(at).copied()
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(text))
    }

    fn find_assignments(&mut self) {
        for at in 0..self.tokens.len() {
            let Some(token) = self.token(at).filter(|token| token.name().is_some() && token.depth == 0)
            else {
                continue;
            };
            let target = if self.is(at + 1, "=") || self.is(at + 1, "+=") {
                Some((at + 2, None))
            } else if self.is(at + 1, "[")
                && self.is(at + 3, "]")
                && (self.is(at + 4, "=") || self.is(at + 4, "+="))
            {
                let group = self.token(at + 2).and_then(|token| token.string()).map(Piece::text);
                group.map(|group| (at + 5, Some(group)))
            } else if self.is(at + 1, ".") && self.is(at + 3, "(") && self.extends(at + 2) {
                Some((at + 4, None))
            } else if self.is(at + 1, ":") {
                self.after_annotation(at + 2).map(|at| (at, None))
            } else {
                None
            };
            if let Some(target) = target {
                self.assigned.entry(token.piece.text()).or_default().push(target);
            }
        }
    }

    fn extends(&self, at: usize) -> bool {
        ["append", "extend", "insert", "update"].iter().any(|method| self.is(at, method))
    }

    /// `name: list[str] = …`, within the line.
    fn after_annotation(&self, from: usize) -> Option<usize> {
        let length = self
            .tokens
            .get(from..)?
            .iter()
            .take(24)
            .position(|token| token.is("=") || token.kind == Kind::LineEnd)?;
        self.is(from + length, "=").then_some(from + length + 1)
    }

    /// Where the values of a keyword argument or dictionary entry begin.
    fn values_of(&self, keyword: &str) -> Vec<usize> {
        (0..self.tokens.len())
            .filter_map(|at| {
                let token = self.token(at).filter(|token| token.piece.text() == keyword)?;
                match token.kind {
                    Kind::Name if token.depth > 0 && self.is(at + 1, "=") => Some(at + 2),
                    Kind::String if self.is(at + 1, ":") => Some(at + 2),
                    Kind::String
                        if self.is(at + 1, "]") && (self.is(at + 2, "=") || self.is(at + 2, "+=")) =>
                    {
                        Some(at + 3)
                    }
                    _ => None,
                }
            })
            .collect()
    }

    fn variable(&mut self, name: &str, what: &What, depth: u32) -> bool {
        let Some((name, places)) =
            self.assigned.get_key_value(name).map(|(name, places)| (*name, places.clone()))
        else {
            return false;
        };
        if self.followed.insert(name) {
            for (at, group) in places {
                let what = match (what, group) {
                    (What::Groups, Some(group)) => &What::List(scope_of_extra(group)),
                    _ => what,
                };
                self.expression(at, what, depth + 1);
            }
        }
        true
    }

    /// Reads the expression that begins at a token and gives the index of the token that ends it.
    fn expression(&mut self, mut at: usize, what: &What, depth: u32) -> usize {
        while let Some(token) = self.token(at) {
            if token.kind == Kind::LineEnd || [",", ")", "]", "}", ":", "for"].iter().any(|end| token.is(end))
            {
                return at;
            }
            match self.consumed.get_mut(at) {
                Some(consumed) if !*consumed => *consumed = true,
                _ => return at,
            }
            at = if token.is("if") {
                self.after_condition(at + 1)
            } else if depth > DEEPEST {
                self.beyond(at)
            } else if token.string().is_some() {
                self.string(at, what)
            } else if token.is("[") || token.is("(") || token.is("{") {
                self.brackets(at, what, depth)
            } else if token.name().is_some()
                && !["else", "or", "and", "not", "lambda"].contains(&token.piece.text())
            {
                self.name(at, what, depth)
            } else {
                at + 1
            };
        }
        at
    }

    /// Past the token, or past the bracket that it opens.
    fn beyond(&self, at: usize) -> usize {
        self.beyond.get(&at).copied().unwrap_or(at + 1)
    }

    fn after_condition(&self, mut at: usize) -> usize {
        while let Some(token) = self.token(at) {
            if token.kind == Kind::LineEnd
                || ["else", ",", ")", "]", "}", ":"].iter().any(|end| token.is(end))
            {
                return at;
            }
            at = self.beyond(at);
        }
        at
    }

    fn string(&mut self, at: usize, what: &What) -> usize {
        let Some(token) = self.token(at) else { return at + 1 };
        let What::List(scope) = what else { return at + 1 };
        for line in token.piece.lines().map(Piece::trim) {
            if line.is_empty() || line.text().starts_with('#') {
                continue;
            }
            if let Some(found) = Requirement::read(line) {
                self.out.dependencies.push(found.dependency().in_scope(scope.clone()));
            } else if !line.text().starts_with(['-', '.', '/']) {
                self.gap(line, "a requirement that is put together at run time");
            }
        }
        // `"a; " "b"`: what follows without a comma is the rest of the same requirement.
        let mut next = at + 1;
        while self.token(next).is_some_and(|token| token.string().is_some()) {
            next += 1;
        }
        // What follows belongs to the string: `.split()`, `.format(…)`, `% version`.
        while self.is(next, ".") || self.is(next, "%") {
            next = if self.is(next, ".") { next + 2 } else { self.beyond(next + 1) };
            if self.is(next, "(") {
                next = self.beyond(next);
            }
        }
        next
    }

    fn brackets(&mut self, at: usize, what: &What, depth: u32) -> usize {
        let Some(open) = self.token(at) else { return at + 1 };
        let end = self.beyond(at);
        // `[str(r) for r in requirements]` is about what stands after `in`.
        let comprehension = self.directly_inside(at + 1, end, "for");
        if let Some(place) = comprehension.and_then(|from| self.directly_inside(from, end, "in")) {
            self.expression(place + 1, what, depth + 1);
            return end;
        }
        let mut next = at + 1;
        while next + 1 < end {
            let before = next;
            next = self.item(next, open, what, depth);
            if next == before || self.is(next, ",") || self.is(next, ":") || self.is(next, "for") {
                next += 1;
            }
        }
        end
    }

    /// One item of a list, or one entry of a mapping from group to list.
    fn item(&mut self, at: usize, open: Token<'a>, what: &What, depth: u32) -> usize {
        let Some(token) = self.token(at) else { return at + 1 };
        match what {
            What::Groups if open.is("{") && token.string().is_some() && self.is(at + 1, ":") => {
                self.expression(at + 2, &What::List(scope_of_extra(token.piece.text())), depth + 1)
            }
            What::Groups if open.is("(") && token.name().is_some() && self.is(at + 1, "=") => {
                self.expression(at + 2, &What::List(scope_of_extra(token.piece.text())), depth + 1)
            }
            What::Groups if open.is("{") && self.is(at + 1, ":") => {
                self.expression(at + 2, &What::List(Scope::of_group(token.piece.text())), depth + 1)
            }
            What::Groups | What::List(_) => self.expression(at, what, depth + 1),
        }
    }

    /// The first such token between two others that is in no further bracket.
    fn directly_inside(&self, mut at: usize, end: usize, text: &str) -> Option<usize> {
        while at < end {
            if self.is(at, text) {
                return Some(at);
            }
            at = self.beyond(at);
        }
        None
    }

    /// A variable, or a call and whatever hangs on it.
    fn name(&mut self, at: usize, what: &What, depth: u32) -> usize {
        let Some(token) = self.token(at) else { return at + 1 };
        let mut next = at + 1;
        let mut called = false;
        let plain = ["list", "tuple", "set", "sorted", "dict"].contains(&token.piece.text());
        if plain && self.is(next, "(") {
            return self.brackets(next, what, depth);
        }
        while self.is(next, ".") || self.is(next, "(") || self.is(next, "[") {
            called = true;
            next = if self.is(next, ".") { next + 2 } else { self.beyond(next) };
        }
        let number = token.piece.text().starts_with(|character: char| character.is_ascii_digit());
        let constant = number || ["None", "True", "False", "in", "is"].contains(&token.piece.text());
        let resolved = !constant && self.variable(token.piece.text(), what, depth);
        if !resolved && !constant && !self.reads_requirements {
            let until = self.token(next.saturating_sub(1)).map_or(token.piece.end(), |last| last.piece.end());
            let reason = if called {
                "requirements that are computed at run time"
            } else {
                "requirements from a variable"
            };
            let span = Span::new(token.piece.start(), until);
            self.out.gap(span, reason);
        }
        next
    }

    fn gap(&mut self, piece: Piece<'_>, reason: &str) {
        self.out.gap(piece.span(), reason);
    }
}

/// `kafka`, `dev`, `:python_version<"3"` (no extra at all), `kafka:python_version<"3"`.
fn scope_of_extra(name: &str) -> Scope {
    match name.split(':').next().unwrap_or_default() {
        "" => Scope::Main,
        name => Scope::of_group(name),
    }
}
