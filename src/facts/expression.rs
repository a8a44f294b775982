//! Expressions inside otherwise plain text: what another tool fills in before the text means anything.
//!
//! In: a text as it stands in the file. Out: where its expressions are. Knows every common dialect, and resolves none.

use std::ops::Range;

/// Says whether some part of a text is filled in by another tool.
pub fn holds_expression(text: &str) -> bool {
    next(text, 0).is_some()
}

/// Says whether a text is one expression and nothing else.
pub fn is_expression(text: &str) -> bool {
    let text = text.trim();
    next(text, 0) == Some(0..text.len())
}

/// The expressions of a text, in order.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(range) = next(text, from) {
        from = range.end;
        out.push(range);
    }
    out
}

/// The first expression at or after an offset.
fn next(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = match byte {
            b'{' if rest.starts_with(b"{{") => Some(until(rest, 2, b"}}")),
            b'{' if rest.starts_with(b"{%") => Some(until(rest, 2, b"%}")),
            b'<' if rest.starts_with(b"<%") => Some(until(rest, 2, b"%>")),
            b'<' => named(rest, b'<', b'>'),
            b'#' if rest.starts_with(b"#{") => Some(until(rest, 2, b"}")),
            b'$' if rest.starts_with(b"${") => Some(braced(rest)),
            b'$' if rest.starts_with(b"$((") => None,
            b'$' if rest.starts_with(b"$(") => Some(until(rest, 2, b")")),
            b'$' => variable(rest),
            b'@' => named(rest, b'@', b'@'),
            b'%' => named(rest, b'%', b'%'),
            b'_' if rest.starts_with(b"__") => underlined(rest),
            _ => None,
        };
        match length {
            Some(length) if length > 0 => return Some(at..(at + length).min(text.len())),
            _ => at += 1,
        }
    }
    None
}

/// The length up to and with a closing mark; all of it where the mark is missing.
fn until(rest: &[u8], skip: usize, close: &[u8]) -> usize {
    let tail = rest.get(skip..).unwrap_or_default();
    tail.windows(close.len())
        .position(|window| window == close)
        .map_or(rest.len(), |at| skip + at + close.len())
}

/// `${…}` with braces inside it: `${A:-${B}}`.
fn braced(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    rest.len()
}

/// `$NAME`, in capitals as variables are: `pa$sword` is none.
fn variable(rest: &[u8]) -> Option<usize> {
    let name = rest.get(1..)?;
    let length = name.iter().take_while(|byte| is_name(**byte)).count();
    let begins = name.first().is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    (begins && length > 1).then_some(length + 1)
}

/// `<NAME>`, `@NAME@`, `%NAME%`: a placeholder between marks.
fn named(rest: &[u8], open: u8, close: u8) -> Option<usize> {
    let name = rest.strip_prefix(&[open])?;
    let length = name.iter().take(64).position(|byte| *byte == close)?;
    let inner = name.get(..length)?;
    let letters = inner.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && inner.last().is_some_and(|byte| *byte != b' ');
    let allowed = |byte: &u8| match open {
        b'<' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.'),
        _ => is_name(*byte) && !byte.is_ascii_lowercase(),
    };
    (letters && inner.iter().all(allowed)).then_some(length + 2)
}

/// `__IMAGE_TAG__`
fn underlined(rest: &[u8]) -> Option<usize> {
    let name = rest.get(2..)?;
    let length = name.windows(2).take(64).position(|window| window == b"__")?;
    let inner = name.get(..length)?;
    (!inner.is_empty() && inner.iter().all(|byte| is_name(*byte) && !byte.is_ascii_lowercase()))
        .then_some(length + 4)
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        ranges(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn every_dialect_is_seen() {
        for (text, expected) in [
            ("{{ .Values.tag }}", vec!["{{ .Values.tag }}"]),
            ("a-{{ x }}-b-{{ y }}", vec!["{{ x }}", "{{ y }}"]),
            ("${TAG:-${OTHER}}-x", vec!["${TAG:-${OTHER}}"]),
            ("${{TAG}}", vec!["${{TAG}}"]),
            ("$(POD_NAME)", vec!["$(POD_NAME)"]),
            ("app:$TAG", vec!["$TAG"]),
            ("app:__IMAGE_TAG__", vec!["__IMAGE_TAG__"]),
            ("app:@VERSION@", vec!["@VERSION@"]),
            ("app:%VERSION%", vec!["%VERSION%"]),
            ("app:<your tag>", vec!["<your tag>"]),
            ("app:#{TAG}#", vec!["#{TAG}"]),
            ("app:<%= tag %>", vec!["<%= tag %>"]),
            ("{% if x %}a", vec!["{% if x %}"]),
            ("${unfinished", vec!["${unfinished"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_text_holds_none() {
        for text in [
            "",
            "a",
            "pa$sword",
            "$1.50",
            "50%",
            "a@b.example",
            "a < b > c?",
            "__init__",
            "{a}",
            "$",
            "100% of 20%",
        ] {
            assert!(!holds_expression(text), "{text}");
        }
    }

    #[test]
    fn a_whole_expression_has_nothing_beside_it() {
        assert!(is_expression(" ${A} "));
        assert!(!is_expression("${A}${B}"));
        assert!(!is_expression("x${A}"));
    }
}
