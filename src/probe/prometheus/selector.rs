//! The metrics that an expression of Prometheus reads.
//!
//! In: a query. Out: its selectors without range, offset and the like, each once. Knows as much of the language as that
//! takes: a name that is no function, no operator and no label is a metric.

/// What takes a list of labels behind it.
const LABEL_LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Words that stand where a metric could.
const WORDS: [&str; 9] = ["and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "default"];

/// The selectors of a query; `None`: it is not understood.
pub(super) fn selectors(query: &str) -> Option<Vec<String>> {
    let mut reader = Reader { rest: query };
    let mut found: Vec<String> = Vec::new();
    loop {
        reader.skip_blanks();
        let Some(first) = reader.rest.chars().next() else { return Some(found) };
        let selector = match first {
            '"' | '\'' | '`' => {
                reader.string()?;
                None
            }
            '[' => {
                reader.brackets('[', ']')?;
                None
            }
            '{' => Some(reader.brackets('{', '}')?.to_owned()),
            '0'..='9' | '.' => {
                reader.number();
                None
            }
            _ if first.is_ascii_alphabetic() || matches!(first, '_' | ':') => Some(reader.word()?),
            _ => {
                reader.take(first.len_utf8());
                None
            }
        };
        found.extend(selector.filter(|selector| !selector.is_empty() && !found.contains(selector)));
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.rest.starts_with('#') {
                return;
            }
            self.take_while(|character| character != '\n');
        }
    }

    /// A number or a length of time.
    fn number(&mut self) {
        let taken =
            self.take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_'));
        if taken.ends_with(['e', 'E']) && !taken.starts_with("0x") && self.rest.starts_with(['+', '-']) {
            self.take(1);
            self.take_while(|character| character.is_ascii_digit());
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = self.rest.chars().next()?;
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find_map(|(at, character)| {
            let ends = character == quote && !escaped;
            escaped = character == '\\' && !escaped && quote != '`';
            ends.then_some(at)
        })?;
        Some(self.take(end + 1))
    }

    /// From an opening bracket to the one that closes it, brackets in strings aside.
    fn brackets(&mut self, open: char, close: char) -> Option<&'a str> {
        let start = self.rest;
        let mut depth = 0_usize;
        loop {
            let character = self.rest.chars().next()?;
            if matches!(character, '"' | '\'' | '`') {
                self.string()?;
                continue;
            }
            self.take(character.len_utf8());
            if character == open {
                depth += 1;
            } else if character == close {
                depth -= 1;
                if depth == 0 {
                    return start.get(..start.len() - self.rest.len());
                }
            }
        }
    }

    /// A word, with what belongs to it; the selector if it is a metric, and nothing if not.
    fn word(&mut self) -> Option<String> {
        let name =
            self.take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | ':'));
        let word = name.to_ascii_lowercase();
        self.skip_blanks();
        let called = self.rest.starts_with('(');
        if LABEL_LISTS.contains(&word.as_str()) {
            if called {
                self.brackets('(', ')')?;
            }
            return Some(String::new());
        }
        if called || WORDS.contains(&word.as_str()) || self.groups() {
            return Some(String::new());
        }
        let labels = if self.rest.starts_with('{') { self.brackets('{', '}')? } else { "" };
        Some(format!("{name}{labels}"))
    }

    /// Whether an aggregation's grouping follows: `sum by (a) (b)`.
    fn groups(&self) -> bool {
        let next: String = self.rest.chars().take_while(char::is_ascii_alphabetic).collect();
        matches!(next.to_ascii_lowercase().as_str(), "by" | "without")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_metric_of_a_query_is_found_and_nothing_else() {
        for (query, expected) in [
            ("up", &["up"][..]),
            (r#"kafka_lag{group="iot-etl"}"#, &[r#"kafka_lag{group="iot-etl"}"#]),
            (r#"{__name__="a.b"}"#, &[r#"{__name__="a.b"}"#]),
            (r#"sum by (partition) (kafka_lag{group="a"})"#, &[r#"kafka_lag{group="a"}"#]),
            (r#"SUM(kafka_lag{group="a}"}) BY (partition)"#, &[r#"kafka_lag{group="a}"}"#]),
            ("sum without(a,b)(x) / on(c) group_left(d) y", &["x", "y"]),
            (r#"rate(errs{code=~"5.."}[5m]) / rate(reqs[5m] offset 1h)"#, &[r#"errs{code=~"5.."}"#, "reqs"]),
            ("max_over_time(rate(a:b[5m])[1h:1m]) > bool 1e-5", &["a:b"]),
            ("a or vector(0)", &["a"]),
            ("a and a unless b @ end()", &["a", "b"]),
            ("time() - max(push_time_seconds)", &["push_time_seconds"]),
            ("topk(3, x) + 0x1f + Inf + .5 # y\n", &["x"]),
            (r#"label_replace(x, "a", "$1", "b", "(.*)")"#, &["x"]),
            (r#"x{a='it"s', b=`\`}"#, &[r#"x{a='it"s', b=`\`}"#]),
            ("x offset -5m", &["x"]),
            ("vector(1)", &[]),
            ("", &[]),
        ] {
            assert_eq!(selectors(query).unwrap(), expected, "{query}");
        }
        for query in ["x{", "x[5m", r#"x{a="}"#, "\"", "sum by (a"] {
            assert_eq!(selectors(query), None, "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_query_is_too_odd_to_end(query in "[a-z({\\[\"'`\\\\)}\\] #\n.0-9eé+-]{0,60}") {
            let _ = selectors(&query);
        }
    }
}
