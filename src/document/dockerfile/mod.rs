//! Dockerfiles to nodes.
//!
//! In: a text, with template expressions masked. Out: one root, a sequence with one mapping an instruction:
//!
//! | key | in | what |
//! |---|---|---|
//! | `instruction` | all | the keyword in upper case, at its place |
//! | `flags` | where given | mapping of `--name=value`, without the dashes; null for a flag without value |
//! | `arguments` | all | everything behind the flags: continued lines joined, comments between them left out |
//! | `image`, `alias` | FROM | the reference as written, variables included, and the stage's name |
//! | `variables` | ARG, ENV, LABEL | mapping of name to value, quotes taken off; null for an ARG without default |
//! | `exec` | RUN, CMD, ENTRYPOINT, SHELL, … | the strings of a JSON array, where the arguments are one |
//! | `heredocs` | RUN, COPY, ADD | mapping of each here-document's word to its text |
//! | `then` | ONBUILD | the mapping of the instruction that is put off |
//!
//! Spans are those of the text as written, continuations included. An unknown instruction is kept, with a gap: builders
//! have frontends of their own.

mod argument;
mod logical;

use std::collections::HashMap;

use super::template::Reading;
use super::{Content, Entry, Gap, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};
use logical::Logical;

const FORMAT: &str = "Dockerfile";

const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let mut content = Content { roots: Vec::new(), gaps: reading.gaps().collect() };
    let mut items = Vec::new();
    let lines = Lines::of(text);
    let escape = logical::escape(text);
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while let Some((line, next)) = Logical::read(text, at, escape) {
        at = next;
        let Some(line) = line else { continue };
        let span = line.span();
        limits::hold(span.len(), limits::SCALAR_BYTES, "bytes of one instruction", span)?;
        let mut instruction = Instruction::read(&line, span, &mut content.gaps);
        if matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
            at = instruction.read_heredocs(&line, &lines, at);
        }
        items.push(instruction.node);
        limits::hold(items.len(), limits::NODES, "nodes of one file", span)?;
    }
    content.roots.push(Node::new(Value::Sequence(items), Span::new(0, text.len())));
    Ok(content)
}

struct Instruction {
    keyword: String,
    node: Node,
}

impl Instruction {
    fn read(line: &Logical, span: Span, gaps: &mut Vec<Gap>) -> Self {
        let text = line.text();
        let keyword_end = text.find(|character: char| character.is_whitespace()).unwrap_or(text.len());
        let keyword = text.get(..keyword_end).unwrap_or_default().to_ascii_uppercase();
        let mut entries = Vec::new();
        argument::push(&mut entries, "instruction", string(&keyword, line.raw(0, keyword_end)));
        if !KEYWORDS.contains(&keyword.as_str()) {
            let span = line.raw(0, keyword_end);
            gaps.push(Gap { span, reason: "no instruction of the Dockerfile format".to_owned() });
        }
        let body = argument::Body::of(line, keyword_end);
        body.push_flags(&mut entries);
        body.push_arguments(&mut entries);
        match keyword.as_str() {
            "FROM" => body.push_from(&mut entries),
            "ARG" | "ENV" | "LABEL" => {
                body.push_variables(&mut entries, keyword != "ARG");
            }
            "ONBUILD" => {
                let inner = body.rest();
                // Neither ONBUILD nor FROM can be put off, so this goes no deeper.
                if !inner.text().to_ascii_uppercase().starts_with("ONBUILD") {
                    argument::push(&mut entries, "then", Self::read(&inner, inner.span(), gaps).node);
                }
            }
            _ => body.push_exec(&mut entries),
        }
        Self { keyword, node: Node::new(Value::Mapping(entries), span) }
    }

    /// Reads the here-documents that this instruction announces; gives the place behind them.
    fn read_heredocs(&mut self, line: &Logical, lines: &Lines<'_>, from: usize) -> usize {
        let mut at = from;
        let mut documents = Vec::new();
        for heredoc in argument::heredocs(line) {
            let Some(end) = lines.terminator(&heredoc.word.value, heredoc.strips_tabs, at) else { continue };
            let body = lines.text.get(at..end.start).unwrap_or_default();
            let value = Text { value: body.to_owned(), style: Style::Block };
            let node = Node::new(Value::String(value), Span::new(at, end.start));
            documents.push(Entry { key: heredoc.word, value: node });
            at = end.end;
        }
        if let Some((first, last)) = documents.first().zip(documents.last()) {
            let span = first.value.span.join(last.value.span);
            self.node.span = self.node.span.join(span);
            if let Value::Mapping(entries) = &mut self.node.value {
                argument::push(entries, "heredocs", Node::new(Value::Mapping(documents), span));
            }
        }
        at
    }
}

fn string(value: &str, span: Span) -> Node {
    Node::new(Value::String(Text { value: value.to_owned(), style: Style::Plain }), span)
}

/// Where each line stands that could end a here-document, so that none is searched for line by line.
struct Lines<'a> {
    text: &'a str,
    /// By the whole line.
    bare: HashMap<&'a str, Vec<Span>>,
    /// By the line without the tabs before it.
    tabbed: HashMap<&'a str, Vec<Span>>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut lines = Self { text, bare: HashMap::new(), tabbed: HashMap::new() };
        let mut at = 0;
        let announced = if text.contains("<<") { text } else { "" };
        for line in announced.split_inclusive('\n') {
            let written = line.trim_end_matches('\n').trim_end_matches('\r');
            let word = written.trim_start_matches('\t');
            if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                let place = Span::new(at, at + line.len());
                lines.tabbed.entry(word).or_default().push(place);
                if word.len() == written.len() {
                    lines.bare.entry(word).or_default().push(place);
                }
            }
            at += line.len();
        }
        lines
    }

    fn terminator(&self, word: &str, strips_tabs: bool, from: usize) -> Option<Span> {
        let places = if strips_tabs { self.tabbed.get(word)? } else { self.bare.get(word)? };
        places.get(places.partition_point(|span| span.start < from)).copied()
    }
}

fn located(value: &str, span: Span) -> Located<String> {
    Located::new(value.to_owned(), span)
}

#[cfg(test)]
mod tests;
