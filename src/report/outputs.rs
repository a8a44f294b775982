//! What later steps of a GitHub job read of a verdict: lines for the file that `GITHUB_OUTPUT` names.
//!
//! In: what there is to say of a report or of a board, and a token that nobody can guess. Out: text to append. Every
//! value is written between delimiters, whatever it is.

use super::Report;
use super::runner::Token;

/// What the outputs hold. What there is not is empty: every output is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outputs {
    pub decision: String,
    pub complete: bool,
    pub valid_until: Option<String>,
    /// One more, by its name: `report` or `record-head`.
    pub also: (&'static str, Option<String>),
}

impl Outputs {
    /// Of a report, and the place of the JSON report.
    pub fn of(report: &Report, report_file: Option<&str>) -> Self {
        Self {
            decision: report.verdict.as_str().to_owned(),
            complete: report.is_complete(),
            valid_until: report.valid_until.map(|until| until.to_string()),
            also: ("report", report_file.map(str::to_owned)),
        }
    }

    pub fn render(&self, token: &Token) -> String {
        let (name, value) = &self.also;
        [
            ("decision", self.decision.as_str()),
            ("complete", if self.complete { "true" } else { "false" }),
            ("valid_until", self.valid_until.as_deref().unwrap_or_default()),
            (name, value.as_deref().unwrap_or_default()),
        ]
        .iter()
        .map(|(name, value)| entry(name, value, token))
        .collect()
    }
}

/// One output. The runner ends a value at the line that is the delimiter, so none of the value's lines may be it.
fn entry(name: &str, value: &str, token: &Token) -> String {
    let mut delimiter = format!("ghadelimiter_{}", token.as_str());
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a6_a_delimiter_that_the_value_holds_is_not_used() {
        let token = Token::of([1; 16]);
        let word = format!("ghadelimiter_{}", token.as_str());
        let hostile = format!("x\n{word}\nforged=1\n{word}_\n");
        let written = entry("report", &hostile, &token);
        assert_eq!(written, format!("report<<{word}__\n{hostile}\n{word}__\n"));
    }
}
