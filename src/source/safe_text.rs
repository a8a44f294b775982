//! Text of the change is hostile until it has passed through here.
//!
//! Terminal escapes, bidirectional overrides and invisible characters become visible `\u{…}`, so that what a person
//! reads is what the file says.

use std::borrow::Cow;

/// Escapes everything that would not print as itself, line breaks too.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    escape(text, |character| is_hidden(character) || character == '\n' || character == '\t')
}

/// Escapes what would not print as itself and keeps line feeds and tabs.
pub fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, is_hidden)
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' if hidden('\n') => out.push_str("\\n"),
            '\t' if hidden('\t') => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if hidden(character) => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Writes everything in ASCII, for a locale that can show no more: arrows and dashes as people type them, the rest as
/// `\u{…}`.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '→' => out.push_str("->"),
            '←' => out.push_str("<-"),
            '…' => out.push_str("..."),
            '–' | '—' | '‐' | '‑' | '−' => out.push('-'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '·' | '•' => out.push('*'),
            '×' => out.push('x'),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            _ if character.is_ascii() => out.push(character),
            _ => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
        }
    }
    Cow::Owned(out)
}

/// Controls, bidirectional marks, invisible and tag characters. Line feed and tab are the caller's decision.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{034f}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{061c}'
        | '\u{feff}'
        | '\u{00ad}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_escape_is_shown_and_not_obeyed() {
        assert_eq!(escape_line("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\r\\nc");
    }

    #[test]
    fn a_bidirectional_override_is_shown() {
        assert_eq!(escape_text("x\u{202e}y\n"), "x\\u{202e}y\n");
    }

    #[test]
    fn typography_has_an_ascii_spelling_and_nothing_is_lost() {
        assert_eq!(ascii("a → b … “c” — straße"), "a -> b ... \"c\" - stra\\u{df}e");
        assert!(matches!(ascii("a -> b"), Cow::Borrowed(_)));
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(escape_line("straße 日本"), Cow::Borrowed(_)));
    }
}
