//! The report as a page: the summary of a CI step, and the comment on a pull request.
//!
//! In: a finished report. Out: GitHub's Markdown, which GitLab reads as well: the decision on top, then everything that
//! it rests on, in whole sections under the platform's limit. Text of the change is said and can do nothing else.

pub(crate) mod escape;
mod excerpt;
mod finding;
pub(crate) mod page;
mod sections;

use super::{Report, summary};
use crate::policy::Catalogue;
use crate::source::escape_line;
use crate::verdict::Verdict;
use page::{Limit, page};

/// GitHub drops a summary of over a mebibyte whole; what else the step writes needs room as well.
const SUMMARY: Limit = Limit::Bytes(900 * 1024);

/// GitHub takes 65,536.
const COMMENT: Limit = Limit::Characters(60_000);

/// For the file that a CI step shows when it has ended.
pub fn summary(report: &Report, catalogue: &Catalogue) -> String {
    render(report, catalogue, String::new(), SUMMARY)
}

/// For a comment, which begins with a hidden mark of this key, so that the next run finds it and writes it anew.
pub fn comment(report: &Report, catalogue: &Catalogue, key: &str) -> String {
    render(report, catalogue, format!("{}\n", escape::marker(key)), COMMENT)
}

fn render(report: &Report, catalogue: &Catalogue, mark: String, limit: Limit) -> String {
    let top = mark + &top(report);
    page(&top, &sections::of(report, catalogue), &sections::provenance(report), limit)
}

/// The decision in a line, and what nobody may overlook.
fn top(report: &Report) -> String {
    let sentence = summary::sentence(report);
    let (decision, rest) = sentence.split_once(". ").unwrap_or((&sentence, ""));
    let sign = match report.verdict {
        Verdict::Go => "✅",
        Verdict::NoGo => "🛑",
        Verdict::Unjudged => "❓",
    };
    let mut out = format!("## {sign} {decision}\n\n{rest}\n");
    let overridden: usize = report.changes.iter().map(|change| change.evaluation.overridden.len()).sum();
    if overridden > 0 {
        let findings = if overridden == 1 { "1 finding that blocks is" } else { "Findings that block are" };
        out.push_str(&format!(
            "\n> [!CAUTION]\n> **Break-glass is in force.** {findings} let through by it, as listed below.\n"
        ));
    }
    if report.simulated {
        let at = escape_line(&report.at.to_string()).into_owned();
        out.push_str(&format!(
            "\n> [!WARNING]\n> **Simulated.** Judged as at {at}: this is no answer about now.\n"
        ));
    }
    out
}
