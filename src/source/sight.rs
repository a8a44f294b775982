//! Secrets that are known by how they look, wherever they stand: in a file that nobody understood, in a message, in a
//! parser's own words.
//!
//! In: any text. Out: where something in it is nobody's business. Where a format is understood, the facts know more.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::{Span, looks_secret_name};

/// What is shown in the place of a secret inside of a sentence.
const HIDDEN: &str = "<redacted>";

/// Each has the secret in its first group.
const PATTERNS: [&str; 7] = [
    // A password in front of a host; and one with a slash in it, which no URL should have.
    r#"://[^\s/?#"'`<>@:]*:([^\s/?#"'`<>]+)@"#,
    r#"://[^\s/?#"'`<>@:]*:([^\s"'`<>@]+)@"#,
    // A token in the place of a user.
    r#"://([^\s/?#"'`<>@:]{16,})@"#,
    // JSON in base64, signed or the beginning of such.
    r"\b(eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2})",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(?:-----END|\z)",
    r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})",
    r"\b((?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|npm_|AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,})",
];

static LOOKS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

static ASSIGNMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"([A-Za-z0-9_.-]+)["']?[ \t]*[:=][ \t]*"#).ok());

/// Where a text holds what looks like a secret.
pub fn secrets_by_look(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for pattern in LOOKS.iter() {
        for found in pattern.captures_iter(text).filter_map(|captures| captures.get(1)) {
            if is_one(found.as_str()) {
                spans.push(Span::new(found.start(), found.end()));
            }
        }
    }
    spans.sort();
    spans
}

/// A port with a path behind it is no password, and a word without a figure is no credential.
fn is_one(found: &str) -> bool {
    let digits = found.bytes().take_while(u8::is_ascii_digit).count();
    let port = digits > 0 && found.get(digits..).is_some_and(|rest| rest.starts_with('/'));
    let word = found.len() < 24 && found.bytes().all(|byte| byte.is_ascii_lowercase());
    !(port || word && matches!(found, "authentication" | "authorization" | "credentials"))
}

/// Where a text gives a value to a name that announces a secret: the rest of that line.
pub fn secrets_by_name(text: &str) -> Vec<Span> {
    let Some(assignment) = ASSIGNMENT.as_ref() else { return Vec::new() };
    let mut spans = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let value = assignment.captures_iter(line).find_map(|captures| {
            let name = captures.get(1)?.as_str();
            (looks_secret_name(name) && !names_only(name))
                .then(|| captures.get(0).map(|whole| whole.end()))?
        });
        if let Some(value) = value {
            spans.push(Span::new(start + value, start + line.trim_end().len().max(value)));
        }
        start += line.len();
    }
    spans
}

/// `secretName`, `passwordRef`: what stands there says where a secret is.
fn names_only(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["name", "ref", "file", "path"].iter().any(|ending| name.ends_with(ending))
}

/// The same text without what looks like a secret.
pub fn veiled(text: &str) -> Cow<'_, str> {
    hidden(text, &secrets_by_look(text))
}

/// What a program printed: the same, and without what it gives to a name that announces a secret.
pub fn veiled_print(text: &str) -> Cow<'_, str> {
    let mut spans = secrets_by_look(text);
    spans.extend(secrets_by_name(text).into_iter().filter(|span| span.start < span.end));
    spans.sort();
    hidden(text, &spans)
}

fn hidden<'a>(text: &'a str, spans: &[Span]) -> Cow<'a, str> {
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        if span.start >= at {
            out.push_str(text.get(at..span.start).unwrap_or_default());
            out.push_str(HIDDEN);
        }
        at = at.max(span.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_understood() {
        assert_eq!(LOOKS.len(), PATTERNS.len());
        assert!(ASSIGNMENT.is_some());
    }

    #[test]
    fn u10_what_looks_like_a_secret_is_left_out() {
        for (text, shown) in [
            ("see postgres://app:p4ss@db.example.org/x", "see postgres://app:<redacted>@db.example.org/x"),
            ("jdbc:postgresql://app:a@b@db/x", "jdbc:postgresql://app:<redacted>@db/x"),
            ("amqp://app:a/b@db/x", "amqp://app:<redacted>@db/x"),
            ("https://0123456789abcdef0123@git.example.org", "https://<redacted>@git.example.org"),
            ("Authorization: Bearer abcdef0123456789.x", "Authorization: Bearer <redacted>"),
            ("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh b", "a <redacted> b"),
            ("-----BEGIN RSA PRIVATE KEY-----\nabc\n", "-----BEGIN RSA PRIVATE KEY-----<redacted>"),
            ("glpat-0123456789abcdef", "<redacted>"),
        ] {
            assert_eq!(veiled(text), shown);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "ssh://git@example.org/x",
            "https://example.org:8443/@scope/name@1.2.3",
            "https://example.org/a@b",
            "basic authentication",
            "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(veiled(text), text);
        }
    }

    #[test]
    fn u10_a_value_under_a_telling_name_is_found_whatever_the_format() {
        let shown = |text: &str| -> Vec<String> {
            let spans = secrets_by_name(text);
            spans.iter().map(|span| text.get(span.start..span.end).unwrap().to_owned()).collect()
        };
        assert_eq!(shown("a = 1\napi_token = \"x\"\n"), ["\"x\""]);
        assert_eq!(shown("{\"b\": 2, \"password\": \"x\""), ["\"x\""]);
        assert_eq!(shown("  db-password: x y\r\n"), ["x y"]);
        assert_eq!(shown("secretName: web\npasswordRef: a\nkey: b\n"), [""; 0]);
    }
}
