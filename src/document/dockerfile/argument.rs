//! What stands behind an instruction's keyword.

use super::logical::Logical;
use super::{located, string};
use crate::document::{Entry, Node, Style, Text, Value};
use crate::source::{Located, Span};

pub(super) fn push(entries: &mut Vec<Entry>, key: &str, value: Node) {
    let place = Span::new(value.span.start, value.span.start);
    entries.push(Entry { key: located(key, place), value });
}

/// Flags and arguments of one instruction.
pub(super) struct Body<'a> {
    line: &'a Logical,
    flags: Vec<(usize, usize)>,
    /// Where the arguments start and end.
    start: usize,
    end: usize,
}

impl<'a> Body<'a> {
    pub(super) fn of(line: &'a Logical, keyword_end: usize) -> Self {
        let text = line.text();
        let end = text.trim_end().len();
        let mut start = skip_blanks(text, keyword_end);
        let mut flags = Vec::new();
        while text.get(start..).is_some_and(|rest| rest.starts_with("--")) {
            let flag_end = word_end(text, start);
            flags.push((start, flag_end));
            start = skip_blanks(text, flag_end);
        }
        Self { line, flags, start: start.min(end), end }
    }

    fn text(&self) -> &str {
        self.line.text().get(self.start..self.end).unwrap_or_default()
    }

    fn span(&self) -> Span {
        self.line.raw(self.start, self.end)
    }

    /// The arguments as a line of their own.
    pub(super) fn rest(&self) -> Logical {
        self.line.tail(self.start)
    }

    pub(super) fn push_flags(&self, entries: &mut Vec<Entry>) {
        let mut flags = Vec::new();
        for (start, end) in &self.flags {
            let written = self.line.text().get(start + 2..*end).unwrap_or_default();
            let (name, value) =
                written.split_once('=').map_or((written, None), |(name, value)| (name, Some(value)));
            let key = located(name, self.line.raw(start + 2, start + 2 + name.len()));
            let place = self.line.raw(end - value.map_or(0, str::len), *end);
            let node = value.map_or(Node::new(Value::Null, place), |value| string(value, place));
            flags.push(Entry { key, value: node });
        }
        if let Some(((start, _), (_, end))) = self.flags.first().zip(self.flags.last()) {
            push(entries, "flags", Node::new(Value::Mapping(flags), self.line.raw(*start, *end)));
        }
    }

    pub(super) fn push_arguments(&self, entries: &mut Vec<Entry>) {
        push(entries, "arguments", string(self.text(), self.span()));
    }

    /// `image [AS alias]`.
    pub(super) fn push_from(&self, entries: &mut Vec<Entry>) {
        let mut words = words(self.line.text(), self.start, self.end).into_iter();
        let mut next = || words.next().map(|(start, end)| self.word(start, end));
        if let Some(image) = next() {
            push(entries, "image", image);
        }
        if next().is_some_and(|word| word.as_str().is_some_and(|word| word.eq_ignore_ascii_case("as")))
            && let Some(alias) = next()
        {
            push(entries, "alias", alias);
        }
    }

    /// A word with its quotes taken off.
    fn word(&self, start: usize, end: usize) -> Node {
        let written = self.line.text().get(start..end).unwrap_or_default();
        let (value, quoted) = unquote(written);
        let style = if quoted { Style::Quoted } else { Style::Plain };
        Node::new(Value::String(Text { value, style }), self.line.raw(start, end))
    }

    /// `name=value …`, or the old `name value` where the instruction has it.
    pub(super) fn push_variables(&self, entries: &mut Vec<Entry>, has_old_form: bool) {
        let text = self.line.text();
        let words = words(text, self.start, self.end);
        let mut variables = Vec::new();
        let first_is_bare = words
            .first()
            .is_some_and(|(start, end)| !text.get(*start..*end).is_some_and(|word| word.contains('=')));
        if has_old_form && first_is_bare {
            if let Some((start, end)) = words.first() {
                let value = skip_blanks(text, *end).min(self.end);
                let node =
                    string(text.get(value..self.end).unwrap_or_default(), self.line.raw(value, self.end));
                variables.push(Entry { key: self.name(*start, *end), value: node });
            }
        } else {
            for (start, end) in words {
                let equals = text.get(start..end).and_then(|word| word.find('=')).map(|at| start + at);
                variables.push(if let Some(equals) = equals {
                    Entry { key: self.name(start, equals), value: self.word(equals + 1, end) }
                } else {
                    let place = self.line.raw(start, end).end;
                    Entry {
                        key: self.name(start, end),
                        value: Node::new(Value::Null, Span::new(place, place)),
                    }
                });
            }
        }
        push(entries, "variables", Node::new(Value::Mapping(variables), self.span()));
    }

    fn name(&self, start: usize, end: usize) -> Located<String> {
        let written = self.line.text().get(start..end).unwrap_or_default();
        Located::new(unquote(written).0, self.line.raw(start, end))
    }

    /// The strings of a JSON array.
    pub(super) fn push_exec(&self, entries: &mut Vec<Entry>) {
        let text = self.line.text();
        // `HEALTHCHECK CMD ["…"]`.
        let start = match text.get(self.start..self.start + 4) {
            Some(cmd) if cmd.eq_ignore_ascii_case("CMD ") => skip_blanks(text, self.start + 4),
            _ => self.start,
        };
        if let Some(items) = self.json_strings(start) {
            push(entries, "exec", Node::new(Value::Sequence(items), self.line.raw(start, self.end)));
        }
    }

    fn json_strings(&self, start: usize) -> Option<Vec<Node>> {
        let text = self.line.text().get(start..self.end)?;
        if !text.starts_with('[') || !text.ends_with(']') {
            return None;
        }
        let values: Vec<String> = serde_json::from_str(text).ok()?;
        // Strings alone: each quote that is not escaped opens or closes one.
        let mut places = Vec::new();
        let (mut open, mut escaped) = (None, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => match open.take() {
                    Some(from) => places.push(self.line.raw(start + from, start + at + 1)),
                    None => open = Some(at),
                },
                _ => {}
            }
        }
        let node = |(value, place)| Node::new(Value::String(Text { value, style: Style::Quoted }), place);
        Some(values.into_iter().zip(places).map(node).collect())
    }
}

fn skip_blanks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.len() - rest.trim_start().len()
}

fn word_end(text: &str, from: usize) -> usize {
    next_word(text, from, text.len()).map_or(from, |(_, end)| end)
}

fn words(text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    let first = next_word(text, start, end);
    std::iter::successors(first, |(_, word_end)| next_word(text, *word_end, end)).collect()
}

/// The next of the words apart by blanks; quotes and escapes keep blanks inside.
fn next_word(text: &str, from: usize, end: usize) -> Option<(usize, usize)> {
    let start = skip_blanks(text, from);
    let (mut quote, mut escaped) = (None, false);
    for (at, character) in text.get(start..end)?.char_indices() {
        match character {
            _ if escaped => escaped = false,
            _ if quote.is_none() && character.is_whitespace() => return Some((start, start + at)),
            '\\' if quote != Some('\'') => escaped = true,
            _ if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ => {}
        }
    }
    (start < end).then_some((start, end))
}

/// A word as the builder reads it, but for its variables.
fn unquote(word: &str) -> (String, bool) {
    let mut out = String::with_capacity(word.len());
    let mut quote = None;
    let mut quoted = false;
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quote != Some('\'') => match characters.next() {
                // A dollar that is not a variable stays recognisable as one.
                Some('$') => out.push_str("\\$"),
                Some(escaped) if quote.is_none() || matches!(escaped, '"' | '\\') => out.push(escaped),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            _ if quote == Some(character) => quote = None,
            '"' | '\'' if quote.is_none() => {
                quote = Some(character);
                quoted = true;
            }
            _ => out.push(character),
        }
    }
    (out, quoted)
}

/// A here-document that an instruction announces.
pub(super) struct HereDoc {
    pub(super) word: Located<String>,
    pub(super) strips_tabs: bool,
}

/// `<<EOF`, `<<-"EOF"`, `3<<EOF`: each word of a line that starts so.
pub(super) fn heredocs(line: &Logical) -> Vec<HereDoc> {
    let text = line.text();
    let mut found = Vec::new();
    if !text.contains("<<") {
        return found;
    }
    for (start, end) in words(text, 0, text.len()) {
        let word = text.get(start..end).unwrap_or_default();
        let Some(rest) =
            word.trim_start_matches(|character: char| character.is_ascii_digit()).strip_prefix("<<")
        else {
            continue;
        };
        let bare = rest.strip_prefix('-').unwrap_or(rest);
        let name = bare.trim_start_matches(['"', '\'']);
        let length = name.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let name = name.get(..length.unwrap_or(name.len())).unwrap_or_default();
        if !name.is_empty() {
            let from = end - bare.trim_start_matches(['"', '\'']).len();
            let place = line.raw(from, from + name.len());
            found.push(HereDoc { word: located(name, place), strips_tabs: rest.len() > bare.len() });
        }
    }
    found
}
