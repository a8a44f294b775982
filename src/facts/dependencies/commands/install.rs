//! Which packages an install command names.
//!
//! In: the words of one command. Out: dependencies with the role `Install`. A command that installs what a manifest
//! lists names nothing.

use std::collections::BTreeSet;

use super::super::piece::Piece;
use super::super::pin::LONGEST;
use super::super::{Dependency, Extracted, Role, Scope};
use super::argument::package;
use super::installer::{DEV_FLAGS, Installer, installer};
use super::shell::{self, Word};
use super::variables::Variables;
use crate::source::Span;

/// `sh -c "sh -c '…'"` goes no deeper in practice.
const DEEPEST: usize = 2;

/// Reads the commands of one file.
pub(super) struct Reader<'a> {
    variables: Variables<'a>,
    /// Where the variables stand whose lists of packages were read: each is read once, however often it is used.
    listed: BTreeSet<usize>,
    pub(super) out: Extracted,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: Piece<'a>) -> Self {
        Self { variables: Variables::read(text), listed: BTreeSet::new(), out: Extracted::default() }
    }

    pub(super) fn read(&mut self, command: &[Word<'a>], depth: usize) {
        let words = past_prefixes(command);
        if let Some(script) = inner_script(words).filter(|_| depth < DEEPEST) {
            for command in shell::commands(script) {
                self.read(&command, depth + 1);
            }
            return;
        }
        let exec = exec_form(words);
        let words = exec.as_deref().unwrap_or(words);
        if let Some((installer, arguments)) = installer(words) {
            let whole = words.first().zip(words.last());
            let whole =
                whole.map_or(Span::default(), |(first, last)| first.piece.span().join(last.piece.span()));
            self.install(installer, arguments, whole);
        }
    }

    fn install(&mut self, installer: &Installer, arguments: &[Word<'a>], whole: Span) {
        let mut versioned: Option<Piece<'a>> = None;
        let mut found: Vec<Dependency> = Vec::new();
        let mut scope = Scope::Main;
        let mut arguments = arguments.iter();
        while let Some(word) = arguments.next() {
            let text = word.text.as_str();
            if let Some((flag, value)) = text.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
                if installer.version_flags.contains(&flag) {
                    versioned = Some(word.piece.from(word.piece.text().len().saturating_sub(value.len())));
                }
            } else if installer.version_flags.contains(&text) {
                versioned = arguments.next().map(|word| word.piece);
            } else if DEV_FLAGS.contains(&text) {
                scope = Scope::Dev;
            } else if installer.value_flags.contains(&text) {
                arguments.next();
            } else if is_variable(text) {
                self.listed(installer, word, &mut found);
            } else if !text.starts_with('-') && !text.is_empty() {
                found.extend(package(installer.style, word.piece, text, &self.variables));
            }
        }
        // A version that a flag gives is short; it is copied to every package of the command.
        let versioned = versioned.filter(|version| version.text().len() <= LONGEST);
        for mut dependency in found {
            if let Some(version) = versioned {
                dependency.pin = installer.style.pin(version.text(), &self.variables);
                dependency.version_span = version.span();
            }
            let span = if whole.contains(dependency.name.span) { whole } else { dependency.name.span };
            self.out
                .dependencies
                .push(dependency.within(span).in_scope(scope.clone()).in_role(Role::Install));
        }
    }

    /// `pip install $PACKAGES`: what the variable lists, if this file says it.
    fn listed(&mut self, installer: &Installer, word: &Word<'a>, found: &mut Vec<Dependency>) {
        let name = word.text.trim_start_matches('$').trim_matches(['{', '}']);
        if let Some(list) = self.variables.get(name) {
            if self.listed.insert(list.start()) {
                for part in list.split(' ').filter(|part| !part.is_empty()) {
                    found.extend(package(installer.style, part, part.text(), &self.variables));
                }
            }
        } else if !names_no_package(&word.text) {
            self.out.gap(word.piece.span(), "an installed package whose name is a variable");
        }
    }
}

/// Past `sudo -H`, `NAME=value`, `then`, `poetry run` and the like.
fn past_prefixes<'a, 'w>(command: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let mut rest = command;
    loop {
        rest = match rest {
            [first, tail @ ..] => match first.text.as_str() {
                "sudo" | "env" | "doas" => {
                    let mut tail = tail;
                    while let [flag, after @ ..] = tail
                        && flag.text.starts_with('-')
                    {
                        tail = match after {
                            [_, after @ ..] if matches!(flag.text.as_str(), "-u" | "-g") => after,
                            after => after,
                        };
                    }
                    tail
                }
                "exec" | "time" | "command" | "nohup" | "then" | "do" | "else" | "if" | "!" | "{"
                | "while" | "until" | "eval" | "-" | "call" => tail,
                "poetry" | "pipenv" | "uv" | "pdm" | "rye"
                    if tail.first().is_some_and(|word| word.text == "run") =>
                {
                    tail.get(1..).unwrap_or_default()
                }
                text if is_assignment(text) => tail,
                _ => return rest,
            },
            [] => return rest,
        };
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
    })
}

/// The script of `sh -c "…"`.
fn inner_script<'a>(words: &[Word<'a>]) -> Option<Piece<'a>> {
    let (shell, arguments) = words.split_first()?;
    let shell = shell.text.rsplit('/').next()?;
    if !matches!(shell, "sh" | "bash" | "ash" | "dash" | "zsh" | "su") {
        return None;
    }
    let at = arguments.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c'))?;
    arguments.get(at + 1).map(|word| word.piece)
}

/// The words of `["pip", "install", "a"]`.
fn exec_form<'a>(words: &[Word<'a>]) -> Option<Vec<Word<'a>>> {
    let first = words.first()?;
    if !first.piece.text().starts_with("[\"") && first.text != "[" {
        return None;
    }
    let words = words.iter().flat_map(|word| word.piece.split(',')).filter_map(|piece| {
        let inner = piece.text().trim_matches(['[', ']', '"', ' ']);
        let at = piece.text().find(inner)?;
        let piece = piece.from(at).until(inner.len());
        (!inner.is_empty()).then(|| Word { piece, text: inner.to_owned() })
    });
    Some(words.collect())
}

/// Says whether a word is nothing but variables.
fn is_variable(text: &str) -> bool {
    text.starts_with(['$', '{']) && !text.contains(['=', '@', '/'])
}

/// Variables that hold options, folders and files by their very names.
fn names_no_package(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    [
        "ARG", "OPT", "FLAG", "PATH", "DIR", "FILE", "WHEEL", "WHL", "TARGET", "REQ", "ROOT", "HOME", "DIST",
        "INDEX", "@", "*",
    ]
    .iter()
    .any(|part| upper.contains(part))
}
