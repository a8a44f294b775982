//! What may be printed where GitHub's runner reads along: it takes lines of stdout and stderr for commands.
//!
//! In: text that may hold anything, and a token that nobody can guess. Out: text with no command in it but ours. The
//! runner knows two grammars: `::name key=value::data` at the start of a line, white space before it or not, and
//! `##[name key=value]data` anywhere in one. A lone carriage return ends a line as well.

use std::borrow::Cow;

use crate::source::escape_text;

/// A word that stands in no text of the change: it closes what `stop-commands` opens, and delimits values in files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// From 128 random bits.
    pub fn of(random: [u8; 16]) -> Self {
        let mut hex = String::with_capacity(32);
        for byte in random {
            hex.push_str(&format!("{byte:02x}"));
        }
        Self(hex)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The message of a command: the runner puts back what is escaped here.
pub fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
pub fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text for people, with everything that would be obeyed or not be seen made visible.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    let shown = escape_text(text);
    if is_plain(&shown) {
        return shown;
    }
    let mut out = String::with_capacity(shown.len() + 16);
    for line in shown.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        out.push_str(line.get(..indent).unwrap_or_default());
        match trimmed.strip_prefix("::") {
            Some(rest) => out.push_str(&format!(":\\:{}", broken(rest))),
            None => out.push_str(&broken(trimmed)),
        }
    }
    Cow::Owned(out)
}

/// A line in which neither grammar finds its opening. The runner compares by the rules of a language, which pass over
/// variation selectors.
fn broken(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    for character in line.chars() {
        if is_selector(character) && out.ends_with([':', '#']) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out.replace("##[", "##\\[")
}

const fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether there is nothing to break in text whose hidden characters are shown already.
fn is_plain(text: &str) -> bool {
    is_harmless(text) && !text.contains(is_selector)
}

/// Whether the runner finds no command in this text: what a program is to read is not wrapped, so it has to be harmless
/// by itself.
pub fn is_harmless(text: &str) -> bool {
    !text.contains("##[") && !text.split(['\r', '\n']).any(|line| line.trim_start().starts_with("::"))
}

/// Text for people as it may be printed: neutralised, and commands stopped while it lasts. A token that the text knows
/// stops nothing, and is left out.
pub fn stopped(text: &str, token: &Token) -> String {
    let mut out = neutralise(text).into_owned();
    if out.is_empty() || out.to_ascii_lowercase().contains(token.as_str()) {
        return out;
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    format!("::stop-commands::{0}\n{out}::{0}::\n", token.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_data_and_properties_are_escaped_by_the_toolkits_rules() {
        assert_eq!(escape_data("100%\r\n%0A,:"), "100%25%0D%0A%250A,:");
        assert_eq!(escape_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn a4_what_would_be_obeyed_is_broken_where_everybody_sees_it() {
        for (text, shown) in [
            ("::error::x\n", ":\\:error::x\n"),
            ("a\n \t::add-mask::x", "a\n \t:\\:add-mask::x"),
            ("\u{a0}::error::x", "\u{a0}:\\:error::x"),
            ("12 | ##[error]x ##[debug]", "12 | ##\\[error]x ##\\[debug]"),
            ("###[error]x", "###\\[error]x"),
            ("a\r::error::x", "a\\r::error::x"),
            ("a\u{2028}::error::x\u{85}", "a\\u{2028}::error::x\\u{85}"),
            ("\u{1b}[31m\u{202e}\u{200b}\u{e0041}", "\\u{1b}[31m\\u{202e}\\u{200b}\\u{e0041}"),
            ("#\u{fe0f}#[error]x", "#\\u{fe0f}#[error]x"),
        ] {
            assert_eq!(neutralise(text), shown, "{text:?}");
            assert_eq!(neutralise(shown), shown, "what is broken stays as it is: {text:?}");
        }
    }

    #[test]
    fn a4_what_harms_nobody_is_left_alone() {
        for text in ["a::b::c\n\ttab\n", "use std::fmt;", "# [x]", "✅ warning \u{26a0}\u{fe0f} über", ""] {
            assert_eq!(neutralise(text), text);
        }
    }

    #[test]
    fn a4_commands_are_stopped_by_a_word_that_the_text_does_not_hold() {
        let token = Token::of([0xab; 16]);
        let word = "ab".repeat(16);
        assert_eq!(stopped("x", &token), format!("::stop-commands::{word}\nx\n::{word}::\n"));
        assert_eq!(stopped("", &token), "");
        let knowing = format!("x\n::{}::\n", word.to_ascii_uppercase());
        assert!(!stopped(&knowing, &token).contains("stop-commands"));
    }
}
