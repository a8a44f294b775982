//! Which parts of a file are shell.
//!
//! In: the text of a Dockerfile, workflow or Jenkinsfile. Out: the pieces that a shell runs, with true offsets.

use super::super::piece::Piece;
use super::super::tokens::{Language, Token, tokens};

/// The `RUN` instructions, their here-documents included.
pub(super) fn of_dockerfile(text: Piece<'_>) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut begin: Option<usize> = None;
    let mut here: Option<&str> = None;
    let escape =
        if text.lines().take(3).any(|line| line.text().replace(' ', "") == "#escape=`") { '`' } else { '\\' };
    for line in text.lines() {
        let content = line.trim();
        if let Some(end) = here {
            if content.text() == end {
                here = None;
            } else {
                out.push(line);
            }
            continue;
        }
        if begin.is_some() && content.text().starts_with('#') || content.is_empty() && begin.is_some() {
            continue;
        }
        let start = *begin.get_or_insert(content.start());
        if content.text().ends_with(escape) {
            continue;
        }
        begin = None;
        let instruction = text.from(start - text.start()).until(line.end() - start);
        if let Some(shell) = run(instruction) {
            here = here_document(shell);
            out.push(shell);
        }
    }
    let unfinished = begin.and_then(|start| run(text.from(start - text.start())));
    out.extend(unfinished);
    out
}

/// What follows `RUN` and its flags.
fn run(instruction: Piece<'_>) -> Option<Piece<'_>> {
    let (mut word, mut rest) = instruction.leading(|character| !character.is_whitespace());
    if word.text().eq_ignore_ascii_case("ONBUILD") {
        (word, rest) = rest.trim_start().leading(|character| !character.is_whitespace());
    }
    if !word.text().eq_ignore_ascii_case("RUN") {
        return None;
    }
    loop {
        rest = rest.leading(|character| character.is_whitespace() || character == '\\').1;
        if !rest.text().starts_with("--") {
            return Some(rest);
        }
        rest = rest.leading(|character| !character.is_whitespace()).1;
    }
}

/// The word that ends the instruction's here-document, if it is nothing but one.
fn here_document(shell: Piece<'_>) -> Option<&str> {
    let rest = shell.text().strip_prefix("<<")?;
    let word = rest.trim_start_matches('-').split_whitespace().next()?;
    Some(word.trim_matches(['"', '\'']))
}

/// Keys of CI files whose values a shell runs.
const RUN_KEYS: [&str; 20] = [
    "run",
    "script",
    "scripts",
    "before_script",
    "after_script",
    "command",
    "commands",
    "args",
    "bash",
    "sh",
    "pwsh",
    "powershell",
    "inlineScript",
    "install",
    "before_install",
    "entrypoint",
    "cmd",
    "runcmd",
    "build_script",
    "test_script",
];

/// The commands of a workflow: values and blocks of the keys above, and plain items of a list under them.
pub(super) fn of_workflow(text: Piece<'_>) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    // Each open key: its indent, whether it runs what it holds.
    let mut open: Vec<(usize, bool)> = Vec::new();
    // The block scalar that is being read: the indent of its key, whether it runs, where its text begins.
    let mut block: Option<(usize, bool, usize)> = None;
    for line in text.lines() {
        let content = line.trim();
        let indent = line.indent();
        if let Some((key, runs, start)) = block {
            if content.is_empty() || indent > key {
                continue;
            }
            if runs {
                out.push(text.from(start - text.start()).until(line.start() - start));
            }
            block = None;
        }
        if content.is_empty() || content.text().starts_with('#') {
            continue;
        }
        let (indent, item) = after_dashes(content, indent);
        open.retain(|(key, _)| *key < indent);
        let key = key_of(item);
        let inherited = open.last().is_some_and(|(_, runs)| *runs);
        let (runs, value) = match key {
            Some((key, value)) => {
                let runs = RUN_KEYS.contains(&key.text().trim_matches(['"', '\'']));
                open.push((indent, runs));
                (runs, value)
            }
            None => (inherited, item),
        };
        if value.text().starts_with(['|', '>']) {
            block = Some((indent_of_block(line, content, indent, key.is_some()), runs, line.end()));
        } else if runs && !value.is_empty() {
            out.push(value.unquoted().unwrap_or(value));
        }
    }
    if let Some((_, true, start)) = block {
        out.push(text.from(start - text.start()));
    }
    out
}

/// A block under a key is deeper than the key; one that is a list's item is deeper than its dash.
fn indent_of_block(line: Piece<'_>, content: Piece<'_>, indent: usize, keyed: bool) -> usize {
    if keyed || !content.text().starts_with("- ") { indent } else { line.indent() }
}

/// What follows the dashes of a list, and how deep it stands.
fn after_dashes(content: Piece<'_>, indent: usize) -> (usize, Piece<'_>) {
    let mut item = content;
    let mut indent = indent;
    while let Some(rest) = item.strip_prefix("- ") {
        let rest = rest.trim_start();
        indent += rest.start() - item.start();
        item = rest;
    }
    (indent, item)
}

/// `key: value` or `key:`; not a command that holds a colon.
fn key_of(item: Piece<'_>) -> Option<(Piece<'_>, Piece<'_>)> {
    let (key, value) = item.split_once(":")?;
    let plain = key
        .text()
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "_-./\"'".contains(character));
    let ends = value.is_empty() || value.text().starts_with([' ', '\t']);
    (plain && ends && !key.is_empty()).then(|| (key, value.trim()))
}

/// The strings that a pipeline gives to `sh` and its like.
pub(super) fn of_jenkinsfile(text: Piece<'_>) -> Vec<Piece<'_>> {
    let tokens = tokens(text, Language::Jvm);
    let is_step =
        |token: &Token<'_>| token.is("sh") || token.is("bat") || token.is("powershell") || token.is("script");
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(script) = token.string() else { continue };
        let mut before = tokens.get(..at).unwrap_or_default().iter().rev();
        let direct = before.next();
        let step = match direct {
            Some(token) if token.is("(") || token.is(":") => before.next(),
            direct => direct,
        };
        if step.is_some_and(is_step) {
            out.push(script);
        }
    }
    out
}
