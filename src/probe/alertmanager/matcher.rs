//! Matchers: of silences, where the API gives them in parts, and of routes, where the config gives them as text.
//!
//! In: `service=~"iot-.+"`. Out: whether a value of the label passes. A regular expression has to match the whole value,
//! and is Go's: what means something else in ours is not evaluated.

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::said::RawMatcher;

/// Bytes of a compiled expression, and characters of a written one.
const COMPILED: usize = 1024 * 1024;
const WRITTEN: usize = 10_000;

#[derive(Debug, Clone)]
pub(super) struct Matcher {
    pub(super) label: String,
    value: String,
    test: Test,
    negated: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Equal,
    /// `None`: it can't be evaluated here.
    Regex(Option<Regex>),
}

impl Matcher {
    pub(super) fn new(label: &str, value: &str, is_regex: bool, is_equal: bool) -> Self {
        let test = if is_regex { Test::Regex(compile(value)) } else { Test::Equal };
        Self { label: label.to_owned(), value: value.to_owned(), test, negated: !is_equal }
    }

    pub(super) fn of(raw: &RawMatcher) -> Self {
        Self::new(&raw.name, &raw.value, raw.is_regex, raw.is_equal)
    }

    /// Reads a matcher of the config: `severity != critical`, `service=~"iot-.+"`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let at = text.find(['=', '!'])?;
        let (label, rest) = (unquoted(text.get(..at)?.trim())?, text.get(at..)?);
        let (is_regex, is_equal, value) =
            [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)]
                .into_iter()
                .find_map(|(sign, is_regex, is_equal)| Some((is_regex, is_equal, rest.strip_prefix(sign)?)))?;
        let value = unquoted(value.trim())?;
        (!label.is_empty()).then(|| Self::new(&label, &value, is_regex, is_equal))
    }

    /// Whether a value passes; an absent label has the value `""`. `None`: that can't be told.
    pub(super) fn passes(&self, value: &str) -> Option<bool> {
        let equal = match &self.test {
            Test::Equal => self.value == value,
            Test::Regex(regex) => regex.as_ref()?.is_match(value),
        };
        Some(equal != self.negated)
    }

    /// The one value that passes, where there is but one.
    pub(super) fn only(&self) -> Option<&str> {
        (matches!(self.test, Test::Equal) && !self.negated).then_some(self.value.as_str())
    }

    pub(super) const fn can_be_evaluated(&self) -> bool {
        !matches!(self.test, Test::Regex(None))
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (&self.test, self.negated) {
            (Test::Equal, false) => "=",
            (Test::Equal, true) => "!=",
            (Test::Regex(_), false) => "=~",
            (Test::Regex(_), true) => "!~",
        };
        write!(formatter, "{}{sign}{:?}", self.label, self.value)
    }
}

/// Matchers as they are written, one beside the other.
pub(super) fn written(matchers: &[Matcher]) -> String {
    if matchers.is_empty() {
        return "{}".to_owned();
    }
    let most: Vec<String> = matchers.iter().take(20).map(Matcher::to_string).collect();
    most.join(", ")
}

fn compile(pattern: &str) -> Option<Regex> {
    // Go takes these in a class for characters, we for an operation on sets.
    let other_meaning = ["&&", "--", "~~"].iter().any(|sign| pattern.contains(sign)) && pattern.contains('[');
    if other_meaning || pattern.chars().count() > WRITTEN {
        return None;
    }
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(COMPILED).nest_limit(64).build().ok()
}

/// A value with or without quotes.
fn unquoted(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return (!text.contains(['"', '{', '}', ',']) || text.starts_with('<')).then(|| text.to_owned());
    };
    let inner = inner.strip_suffix('"')?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                other @ ('"' | '\\') => value.push(other),
                other => value.extend(['\\', other]),
            },
            // The text goes on behind its end: this is more than one matcher.
            '"' => return None,
            other => value.push(other),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str, value: &str) -> Option<bool> {
        Matcher::parse(text).unwrap().passes(value)
    }

    #[test]
    fn a_matcher_is_read_as_the_config_writes_it() {
        for (text, value, expected) in [
            (r#"service="iot-etl""#, "iot-etl", true),
            ("service = iot-etl", "iot-etl", true),
            (r#"service=~"iot-.+""#, "iot-etl", true),
            // The whole value, not a part of it.
            (r#"service=~"iot""#, "iot-etl", false),
            (r#"service=~"a|iot""#, "iot-etl", false),
            (r#"service!="iot-etl""#, "iot-etl", false),
            (r#"service!="iot-etl""#, "", true),
            (r#"service!~"iot-.*""#, "web", true),
            (r#"service!~"iot-.*""#, "iot-etl", false),
            (r#"a="x\"y\\z\n""#, "x\"y\\z\n", true),
            (r#"a=~"\d+""#, "12", true),
            (r#""a.b"="c""#, "c", true),
            ("a=", "", true),
            (r#"a="x=~y""#, "x=~y", true),
        ] {
            assert_eq!(passes(text, value), Some(expected), "{text} {value:?}");
        }
        for text in ["", "a", r#"="x""#, r#"a="x", b="y""#, r#"a="x"#, "{a=b}", r#"a~"x""#] {
            assert!(Matcher::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_expression_that_go_reads_otherwise_or_that_is_too_large_is_not_evaluated() {
        for pattern in ["[a-z&&[^b]]", "(", "(?:a{1000}){1000}", r"\Qa.b\E", &"a".repeat(WRITTEN + 1)] {
            let matcher = Matcher::new("a", pattern, true, true);
            assert_eq!((matcher.passes("a"), matcher.can_be_evaluated()), (None, false), "{pattern:.20}");
        }
        assert_eq!(Matcher::new("a", "(", false, true).passes("("), Some(true));
    }

    #[test]
    fn matchers_are_shown_as_they_are_written() {
        let texts = [r#"a="b""#, r#"a!="b""#, r#"a=~"b""#, r#"a!~"b""#];
        let matchers: Vec<Matcher> = texts.iter().map(|text| Matcher::parse(text).unwrap()).collect();
        assert_eq!(written(&matchers), texts.join(", "));
    }
}
