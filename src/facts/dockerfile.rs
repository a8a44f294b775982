//! The images that a Dockerfile builds on.
//!
//! In: the text of a Dockerfile. Out: an [`ImageUse`](super::ImageUse) a `FROM` and `COPY --from`, arguments with a
//! default put in. What a Dockerfile installs is the dependencies' business.

use std::collections::{BTreeMap, BTreeSet};

use super::image::{self, User};
use super::{FileFacts, ImageOrigin, Recognised};
use crate::document::{Node, Style, Text, Value};
use crate::source::Span;

/// Arguments that are longer than this are put in nowhere.
const LONGEST_ARGUMENT: usize = 1024;

/// One word of an instruction and where it stands.
type Word<'a> = (&'a str, Span);

/// Reads all `FROM`s.
pub(super) fn read(facts: &mut FileFacts) {
    let source = facts.source.clone();
    facts.recognised.insert(Recognised::Dockerfile);
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: BTreeSet<String> = BTreeSet::new();
    let mut started = false;
    let mut count = 0_usize;
    for words in instructions(source.text()) {
        let Some(((instruction, _), rest)) = words.split_first() else { continue };
        match instruction.to_ascii_uppercase().as_str() {
            // Only what stands before the first FROM is known to a FROM.
            "ARG" if !started => {
                for (word, _) in rest {
                    if let Some((name, value)) = word.split_once('=') {
                        let (value, _) = filled(unquoted(value), &arguments);
                        if value.len() <= LONGEST_ARGUMENT {
                            arguments.insert(name.to_owned(), value);
                        }
                    }
                }
            }
            "FROM" => {
                started = true;
                let mut words = rest.iter().filter(|(word, _)| !word.starts_with("--"));
                let Some((reference, span)) = words.next().copied() else { continue };
                let alias = match (words.next(), words.next()) {
                    (Some((word, _)), Some((name, _))) if word.eq_ignore_ascii_case("as") => Some(*name),
                    _ => None,
                };
                count += 1;
                let owner = match alias {
                    Some(name) => format!("stage {name}"),
                    None => format!("stage {}", count - 1),
                };
                note(facts, reference, span, &owner, &arguments, &stages);
                stages.extend(alias.map(str::to_ascii_lowercase));
            }
            "COPY" => {
                let from = rest.iter().find_map(|(word, span)| {
                    let name = word.strip_prefix("--from=")?;
                    Some((name, Span::new(span.end - name.len(), span.end)))
                });
                // A number is a stage, and so is a word without a place to pull it from.
                if let Some((name, span)) = from
                    && name.contains(['/', ':'])
                {
                    note(facts, name, span, &format!("COPY --from={name}"), &arguments, &stages);
                }
            }
            _ => {}
        }
    }
}

fn note(
    facts: &mut FileFacts,
    reference: &str,
    span: Span,
    owner: &str,
    arguments: &BTreeMap<String, String>,
    stages: &BTreeSet<String>,
) {
    let (text, known) = filled(unquoted(reference), arguments);
    if text.eq_ignore_ascii_case("scratch") || stages.contains(&text.to_ascii_lowercase()) {
        return;
    }
    let style = if text == reference { Style::Plain } else { Style::Quoted };
    let node = Node::new(Value::String(Text { value: text, style }), span);
    let key_path = format!("FROM {reference}");
    let user = User { owner, namespace: None, origin: ImageOrigin::DockerfileFrom, key_path: &key_path };
    if let Some(mut image) = image::of_node(&facts.source, &node, &user) {
        image.from_default = known && reference.contains('$');
        facts.images.push(image);
    }
}

fn unquoted(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// Puts arguments in, as far as they have a value; says whether all had one.
fn filled(text: &str, arguments: &BTreeMap<String, String>) -> (String, bool) {
    let mut out = String::new();
    let mut rest = text;
    let mut known = true;
    while let Some(at) = rest.find('$') {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (name, default, length) = variable(tail);
        let value = arguments.get(name).map(String::as_str).or(default);
        if let Some(value) = value.filter(|_| out.len() <= LONGEST_ARGUMENT) {
            out.push_str(value);
        } else {
            known = false;
            out.push_str(tail.get(..length).unwrap_or_default());
        }
        rest = tail.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    (out, known)
}

/// The name, default and length of the variable that a text starts with: `$A`, `${A}`, `${A:-b}`.
fn variable(text: &str) -> (&str, Option<&str>, usize) {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if let Some((inner, _)) = text.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
        let end = inner.find(|character| !is_name(character)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at_checked(end).unwrap_or((inner, ""));
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
        return (name, default.filter(|default| !default.is_empty()), inner.len() + 3);
    }
    let name = text.get(1..).unwrap_or_default();
    let end = name.find(|character| !is_name(character)).unwrap_or(name.len());
    (name.get(..end).unwrap_or_default(), None, end + 1)
}

/// The instructions of a file as words, continued lines joined, comments and here-documents left out.
fn instructions(text: &str) -> Vec<Vec<Word<'_>>> {
    let escape = escape_of(text);
    let mut out: Vec<Vec<Word<'_>>> = Vec::new();
    let mut current: Vec<Word<'_>> = Vec::new();
    let mut heredocs: Vec<&str> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(end) = heredocs.first() {
            if line.trim() == *end {
                heredocs.remove(0);
            }
            continue;
        }
        let trimmed = line.trim();
        if trimmed.starts_with('#') || trimmed.is_empty() {
            continue;
        }
        let body = line.trim_end();
        let (body, continued) = body.strip_suffix(escape).map_or((body, false), |body| (body, true));
        current.extend(words(body, start));
        if continued {
            continue;
        }
        if current.first().is_some_and(|(word, _)| takes_heredoc(word)) {
            heredocs = current.iter().filter_map(|(word, _)| heredoc(word)).take(16).collect();
        }
        out.push(std::mem::take(&mut current));
    }
    out.push(current);
    out
}

/// The character that continues a line; a directive at the very top may change it.
fn escape_of(text: &str) -> char {
    let directives =
        text.trim_start_matches('\u{feff}').lines().take_while(|line| line.trim_start().starts_with('#'));
    let backtick = directives
        .filter_map(|line| line.trim_start().strip_prefix('#')?.split_once('='))
        .any(|(name, value)| name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`");
    if backtick { '`' } else { '\\' }
}

fn takes_heredoc(instruction: &str) -> bool {
    ["RUN", "COPY", "ADD"].iter().any(|known| instruction.eq_ignore_ascii_case(known))
}

/// The word that ends a here-document: `EOF` of `<<-"EOF"`.
fn heredoc(word: &str) -> Option<&str> {
    let name = word.split_once("<<")?.1;
    let name = unquoted(name.strip_prefix('-').unwrap_or(name));
    let plain =
        !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_');
    plain.then_some(name)
}

fn words(line: &str, start: usize) -> impl Iterator<Item = Word<'_>> {
    line.split(|character: char| character.is_whitespace() || character == '\u{feff}')
        .scan(0, move |at, word| {
            let from = line.get(*at..).and_then(|rest| rest.find(word)).map_or(*at, |offset| *at + offset);
            *at = from + word.len();
            Some((word, Span::new(start + from, start + from + word.len())))
        })
        .filter(|(word, _)| !word.is_empty())
}
