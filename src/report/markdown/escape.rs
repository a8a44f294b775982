//! Text of the change as Markdown that says it and does nothing else.
//!
//! In: any text. Out: Markdown of one line. Platforms make links of names, numbers and addresses after the Markdown is
//! parsed, so a backslash does not stop them: an empty comment in the middle does, for it parts the text.

use std::borrow::Cow;

use crate::report::runner::neutralise;
use crate::source::escape_line;

/// What parts a text where a platform would otherwise find a reference.
const SEAM: &str = "<!-- -->";

/// At most so many characters of one text of the change.
const LIMIT: usize = 4000;

/// A sentence, in which what stands between backticks is code.
pub(crate) fn prose(text: &str) -> String {
    let text = clipped(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (number, part) in parts.iter().enumerate() {
        let closed = number + 1 < parts.len();
        match number % 2 {
            0 => out.push_str(&escape(part)),
            _ if closed && !part.is_empty() => out.push_str(&code(part)),
            _ => {
                out.push_str("\\`");
                out.push_str(&escape(part));
                out.push_str(if closed { "\\`" } else { "" });
            }
        }
    }
    unmarked(&out)
}

/// Text in the midst of a line, in which nothing is markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let shown = escape_line(text);
    for (at, character) in shown.char_indices() {
        let before = shown.get(..at).unwrap_or_default();
        let after = shown.get(at + character.len_utf8()..).unwrap_or_default();
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str(&format!("@{SEAM}")),
            '#' => out.push_str(&format!("\\#{SEAM}")),
            ':' if after.starts_with("//") => out.push_str(&format!(":{SEAM}")),
            '.' if ends_with_word(before, "www") => out.push_str(&format!("{SEAM}.")),
            '-' if ends_with_word(before, "gh") => out.push_str(&format!("-{SEAM}")),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' | '%' | '^' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Takes its meaning from what would start a block, or a command to the platform, at the start of a line.
fn unmarked(text: &str) -> String {
    let text = text.trim_start();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text.get(digits..).and_then(|rest| rest.chars().next()) {
        Some('-' | '+' | '=' | '/' | ':') if digits == 0 => format!("\\{text}"),
        Some('.' | ')') if digits > 0 => {
            let (number, rest) = text.split_at(digits);
            format!("{number}\\{rest}")
        }
        _ => text.to_owned(),
    }
}

/// Code within a line: nothing in it is markup.
pub(crate) fn code(text: &str) -> String {
    let text = clipped(text);
    let line = escape_line(&text);
    let shown = neutralise(&line);
    if shown.trim().is_empty() {
        return "(empty)".to_owned();
    }
    // A bar can make a cell of what stands before it, marks and all.
    if shown.contains('|') {
        return format!("<code>{}</code>", escape(&text));
    }
    let ticks = "`".repeat(longest_run(&shown) + 1);
    // One space on either side belongs to the marks where both are there.
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{ticks}{pad}{shown}{pad}{ticks}")
}

/// The same in a table, where a bar ends the cell even in code, and a backslash before it makes it another one.
pub(crate) fn cell(text: &str) -> String {
    format!("<code>{}</code>", escape(&clipped(text)))
}

/// Lines of code, in a fence that none of them closes.
pub(crate) fn fence(lines: &str) -> String {
    let shown = neutralise(lines);
    let shown = shown.trim_end();
    let ticks = "`".repeat((longest_run(shown) + 1).max(3));
    format!("{ticks}text\n{shown}\n{ticks}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

fn clipped(text: &str) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(LIMIT) else { return text.into() };
    let more = text.chars().count() - LIMIT;
    format!("{}… ({more} more)", text.get(..end).unwrap_or_default()).into()
}

/// A hidden mark to find a comment again; the key is ours, and what is not of its letters is left out.
pub(crate) fn marker(key: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_');
    let words: Vec<&str> = key.split(|character| !plain(character)).filter(|word| !word.is_empty()).collect();
    format!("<!-- deploy-guard:{} -->", words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_what_platforms_make_links_of_is_parted() {
        for (text, written) in [
            ("@octo/team", "@<!-- -->octo/team"),
            ("owner/repo#1", "owner/repo\\#<!-- -->1"),
            ("GH-1 gh-2", "GH-<!-- -->1 gh-<!-- -->2"),
            ("https://example.org", "https:<!-- -->//example.org"),
            ("WWW.example.org", "WWW<!-- -->.example.org"),
            ("a <b> & c", "a &lt;b&gt; &amp; c"),
            ("![x](y)", "\\!\\[x\\](y)"),
        ] {
            assert_eq!(prose(text), written);
        }
    }

    #[test]
    fn a5_nothing_at_the_start_of_a_line_makes_a_block_or_a_command() {
        for (text, written) in [
            ("- x", "\\- x"),
            ("12. x", "12\\. x"),
            ("1) x", "1\\) x"),
            ("/approve", "\\/approve"),
            ("::error::x", "\\::error::x"),
            ("===", "\\==="),
            ("    code", "code"),
            ("12 findings", "12 findings"),
        ] {
            assert_eq!(prose(text), written);
        }
    }

    #[test]
    fn backticks_in_pairs_are_code_and_a_single_one_is_itself() {
        assert_eq!(prose("use `a b` and `c"), "use `a b` and \\`c");
        assert_eq!(prose("use `a|b`"), "use <code>a\\|b</code>");
        assert_eq!(prose("`a` `` b"), "`a` \\`\\` b");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("##[error]\n"), "`##\\[error]\\n`");
        assert_eq!(code(" "), "(empty)");
    }

    #[test]
    fn a5_a_fence_is_longer_than_any_run_inside_of_it() {
        assert_eq!(fence("a\n````\n##[x]"), "`````text\na\n````\n##\\[x]\n`````\n");
    }

    #[test]
    fn the_mark_of_a_comment_cannot_be_closed_from_inside() {
        assert_eq!(marker("gate"), "<!-- deploy-guard:gate -->");
        assert_eq!(marker("a --> <b>"), "<!-- deploy-guard:a-b -->");
    }
}
