//! What later steps of a GitHub job read of a verdict: lines for the file that `GITHUB_OUTPUT` names.
//!
//! In: a report, the place of the JSON report, and a token that nobody can guess. Out: text to append. Every value is
//! written between delimiters, whatever it is.

use super::Report;
use super::runner::Token;

/// The outputs `decision`, `complete`, `valid_until` and `report`. What there is not is empty: every output is there.
pub fn render(report: &Report, report_file: Option<&str>, token: &Token) -> String {
    let valid_until = report.valid_until.map_or_else(String::new, |until| until.to_string());
    [
        ("decision", report.verdict.as_str()),
        ("complete", if report.is_complete() { "true" } else { "false" }),
        ("valid_until", &valid_until),
        ("report", report_file.unwrap_or_default()),
    ]
    .iter()
    .map(|(name, value)| entry(name, value, token))
    .collect()
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
