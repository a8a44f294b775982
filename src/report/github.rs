//! What GitHub's runner makes of a report: the terminal's text for the log, and annotations beside the lines.
//!
//! In: a report and a token that nobody can guess. Out: text for one stream, in which the runner finds our commands and
//! no other. It keeps ten annotations of each kind a step and cuts their messages, so the choice is made here.

use std::collections::BTreeSet;

use super::runner::{Token, escape_data, escape_property, neutralise, stopped};
use super::{Report, remedy, terminal};
use crate::engine::{Judged, Unjudged};
use crate::finding::{Label, Severity};
use crate::policy::{Catalogue, Policy};
use crate::source::{Origin, escape_line};
use crate::verdict::Verdict;

/// How many of each kind the runner passes on from one step.
const MOST: usize = 10;

/// In UTF-16 units, which is how the runner counts.
const TITLE_LIMIT: usize = 255;
const MESSAGE_LIMIT: usize = 4000;

/// In the order of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    const fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation {
    kind: Kind,
    /// Of each pair one is shown before any is shown twice.
    policy: String,
    file: String,
    properties: Vec<(&'static str, String)>,
    message: String,
}

impl Annotation {
    fn new(kind: Kind, policy: &str, title: &str, place: Option<&Label>, message: &str) -> Self {
        let mut properties = place.map(properties).unwrap_or_default();
        // White space at the end of the last property is lost on the runner: that may only be the title.
        properties.push(("title", cut(&neutralise(&escape_line(title)), TITLE_LIMIT)));
        Self {
            kind,
            policy: policy.to_owned(),
            file: place.map(|label| label.source.origin().display()).unwrap_or_default(),
            properties,
            message: cut(&neutralise(message), MESSAGE_LIMIT),
        }
    }

    fn render(&self) -> String {
        let properties: Vec<String> = self
            .properties
            .iter()
            .map(|(name, value)| format!("{name}={}", escape_property(value)))
            .collect();
        format!("::{} {}::{}\n", self.kind.command(), properties.join(","), escape_data(&self.message))
    }
}

/// The whole output: what a person reads in the log, and the annotations outside of it.
pub fn render(report: &Report, catalogue: &Catalogue, look: terminal::Look, token: &Token) -> String {
    let plain = terminal::Look { color: false, ..look };
    let mut out = stopped(&terminal::render(report, catalogue, plain), token);
    out.push_str(&annotations(report, catalogue));
    out
}

/// The annotations that a step may show, and how many there would be.
pub fn annotations(report: &Report, catalogue: &Catalogue) -> String {
    let all = all(report, catalogue);
    let mut out = String::new();
    let mut shown = 0;
    for kind in Kind::ALL {
        for annotation in chosen(&all, kind) {
            out.push_str(&annotation.render());
            shown += 1;
        }
    }
    let total = all.len();
    let findings = if total == 1 { "1 finding".to_owned() } else { format!("{total} findings") };
    out.push_str(&format!("{findings}, {shown} shown as annotations, full list in the summary\n"));
    out
}

fn all(report: &Report, catalogue: &Catalogue) -> Vec<Annotation> {
    let mut all = Vec::new();
    for change in &report.changes {
        let evaluation = &change.evaluation;
        all.extend(evaluation.findings.iter().map(|judged| of_finding(judged, catalogue)));
        all.extend(evaluation.unjudged.iter().map(of_unjudged));
        for overridden in &evaluation.overridden {
            let said = format!(
                "let through by break-glass, approved by {}: {}",
                escape_line(&overridden.approved_by),
                escape_line(&overridden.reason)
            );
            all.push(of_excused(&overridden.judged, "break-glass", &said));
        }
        for waived in &evaluation.waived {
            let waiver = &waived.waiver;
            let said = format!("waived until {}: {}", waiver.expires, escape_line(&waiver.reason));
            all.push(of_excused(&waived.judged, "waived", &said));
        }
    }
    if report.verdict == Verdict::Unjudged && all.iter().all(|annotation| annotation.kind != Kind::Error) {
        all.extend(report.notes.iter().map(|note| of_failure(note, None)));
    }
    all
}

/// A run that ended without a report.
pub fn failure(what: &str, mend: Option<&str>) -> String {
    of_failure(what, mend).render()
}

fn of_failure(what: &str, mend: Option<&str>) -> Annotation {
    let mut message = what.trim_end().to_owned();
    if let Some(mend) = mend {
        message.push_str(&format!("\nInstead: {}", mend.trim_end()));
    }
    Annotation::new(Kind::Error, "", "not judged, and that is no pass", None, &message)
}

/// At most ten of a kind: one for each policy and file first, then the rest.
fn chosen(all: &[Annotation], kind: Kind) -> Vec<&Annotation> {
    let mut seen = BTreeSet::new();
    let of_kind = all.iter().filter(|annotation| annotation.kind == kind);
    let (mut first, rest): (Vec<_>, Vec<_>) =
        of_kind.partition(|annotation| seen.insert((&annotation.policy, &annotation.file)));
    first.extend(rest);
    first.truncate(MOST);
    first
}

fn of_finding(judged: &Judged, catalogue: &Catalogue) -> Annotation {
    let kind = if judged.severity == Severity::Block { Kind::Error } else { Kind::Warning };
    let mut message = judged.finding.message.trim_end().to_owned();
    let primary = &judged.finding.primary;
    if linkable(primary).is_none() {
        let line = primary.source.position(primary.span.start).line;
        message.push_str(&format!("\nWhere: {}:{line}", primary.source.origin().display()));
    }
    if let Some((line, id)) = catalogue.get(&judged.policy).and_then(Policy::why) {
        message.push_str(&format!("\nWhy: {line} ({id})"));
    }
    if let Some(remedy) = remedy(judged, catalogue) {
        message.push_str(&format!("\nInstead: {}", remedy.trim_end()));
    }
    message.push_str(&format!("\nMore: deploy-guard explain {}", judged.policy));
    let title = format!("{}: {}", judged.policy, judged.title);
    Annotation::new(kind, &judged.policy, &title, Some(primary), &message)
}

fn of_unjudged(unjudged: &Unjudged) -> Annotation {
    let policies = unjudged.policies.join(", ");
    let place = match (&unjudged.at, &unjudged.path) {
        (Some(label), _) => Some(label.clone()),
        (None, Some(path)) => {
            let unread = crate::source::SourceFile::new(Origin::File(path.clone()), String::new());
            Some(Label::new(&unread, crate::source::Span::default(), ""))
        }
        (None, None) => None,
    };
    let what =
        place.as_ref().map_or_else(|| "the change".to_owned(), |label| label.source.origin().display());
    let message = format!(
        "{what} could not be judged: {}\nFor: {policies}\nWhat could not be judged is no pass.",
        unjudged.reason.trim_end()
    );
    Annotation::new(Kind::Error, &policies, "could not be judged", place.as_ref(), &message)
}

fn of_excused(judged: &Judged, how: &str, said: &str) -> Annotation {
    let title = format!("{how}: {}", judged.policy);
    let message = format!("{}\n{said}", judged.finding.message.trim_end());
    Annotation::new(Kind::Notice, &judged.policy, &title, Some(&judged.finding.primary), &message)
}

/// The path of a label as the runner can link it: inside of the repository, in UTF-8, with no character that is not
/// seen, and none that the runner loses on the way.
fn linkable(label: &Label) -> Option<&str> {
    let Origin::File(path) = label.source.origin() else { return None };
    let text = std::str::from_utf8(path.bytes()).ok()?;
    let inside = !text.starts_with('/') && !text.split('/').any(|part| part == ".." || part.is_empty());
    (inside && !text.starts_with('=') && path.display() == text && neutralise(text) == text).then_some(text)
}

/// Where it is. Columns count only where the place is within one line.
fn properties(label: &Label) -> Vec<(&'static str, String)> {
    let Some(file) = linkable(label) else { return Vec::new() };
    let source = &label.source;
    let start = source.position(label.span.start);
    let mut last = label.span.end.saturating_sub(1).max(label.span.start);
    while !source.text().is_char_boundary(last) {
        last -= 1;
    }
    let last = source.position(last);
    let mut properties = vec![
        ("file", file.to_owned()),
        ("line", start.line.to_string()),
        ("endLine", last.line.max(start.line).to_string()),
    ];
    if last.line == start.line {
        let end = if label.span.is_empty() { start.column } else { last.column + 1 };
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", end.max(start.column).to_string()));
    }
    properties
}

/// The beginning of a text that is too long, and how many characters are not shown.
fn cut(text: &str, limit: usize) -> String {
    let units = |text: &str| text.encode_utf16().count();
    if units(text) <= limit {
        return text.to_owned();
    }
    // Room for the remark: no text has more characters than fit into a usize's digits.
    let room = limit.saturating_sub("… (18446744073709551615 more)".chars().count());
    let mut used = 0;
    let kept = text.chars().take_while(|character| {
        used += character.len_utf16();
        used <= room
    });
    let kept: String = kept.collect();
    let more = text.chars().count() - kept.chars().count();
    format!("{kept}… ({more} more)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, Fingerprint};
    use crate::source::{RepoPath, SourceFile, Span};

    fn at(path: &[u8], text: &str, span: (usize, usize)) -> Label {
        let origin = Origin::File(RepoPath::new(path));
        Label::new(&SourceFile::new(origin, text.to_owned()), Span::new(span.0, span.1), "here")
    }

    fn judged(policy: &str, label: Label, severity: Severity) -> Judged {
        Judged {
            policy: policy.to_owned(),
            title: "a title".to_owned(),
            severity,
            environment: None,
            fingerprint: Fingerprint::of(policy, "", "", ""),
            finding: Finding::new("it is wrong", label, "subject"),
        }
    }

    fn shown(label: &Label) -> String {
        let pairs: Vec<String> =
            properties(label).iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    }

    #[test]
    fn a4_columns_are_given_within_one_line_only() {
        let text = "ab\näöü: x\nlast";
        assert_eq!(shown(&at(b"a.yaml", text, (0, 2))), "file=a.yaml line=1 endLine=1 col=1 endColumn=3");
        assert_eq!(shown(&at(b"a.yaml", text, (3, 9))), "file=a.yaml line=2 endLine=2 col=1 endColumn=4");
        assert_eq!(shown(&at(b"a.yaml", text, (5, 5))), "file=a.yaml line=2 endLine=2 col=2 endColumn=2");
        assert_eq!(shown(&at(b"a.yaml", text, (0, 3))), "file=a.yaml line=1 endLine=1 col=1 endColumn=4");
        assert_eq!(shown(&at(b"a.yaml", text, (0, 4))), "file=a.yaml line=1 endLine=2");
        assert_eq!(shown(&at(b"a.yaml", "", (0, 0))), "file=a.yaml line=1 endLine=1 col=1 endColumn=1");
    }

    #[test]
    fn a4_only_a_path_that_can_be_linked_is_given() {
        let lost: [&[u8]; 8] =
            [b"/etc/passwd", b"a/../b", b"a//b", b"=a", b"\xff.yaml", b"a\nb", b"a\x1bb", b"x##[error]"];
        for path in lost {
            assert_eq!(shown(&at(path, "", (0, 0))), "", "{path:?}");
        }
        let pull_request =
            Label::new(&SourceFile::new(Origin::PullRequest, "a".to_owned()), Span::new(0, 1), "");
        assert_eq!(shown(&pull_request), "");
        let catalogue = Catalogue::built_in().unwrap();
        let elsewhere = of_finding(&judged("p", pull_request, Severity::Block), &catalogue).render();
        assert!(elsewhere.starts_with("::error title=p%3A a title::it is wrong%0AWhere: pull request:1%0A"));
    }

    #[test]
    fn a5_ten_of_a_kind_and_one_for_each_policy_and_file_first() {
        let catalogue = Catalogue::built_in().unwrap();
        let mut all: Vec<Annotation> = (0..12)
            .map(|_| of_finding(&judged("often", at(b"a", "", (0, 0)), Severity::Block), &catalogue))
            .collect();
        all.push(of_finding(&judged("late", at(b"a", "", (0, 0)), Severity::Block), &catalogue));
        all.push(of_finding(&judged("often", at(b"b", "", (0, 0)), Severity::Block), &catalogue));
        all.push(of_finding(&judged("mild", at(b"b", "", (0, 0)), Severity::Warn), &catalogue));
        let errors = chosen(&all, Kind::Error);
        assert_eq!(errors.len(), MOST);
        let begin: Vec<(&str, &str)> =
            errors.iter().take(4).map(|one| (one.policy.as_str(), one.file.as_str())).collect();
        assert_eq!(begin, [("often", "a"), ("late", "a"), ("often", "b"), ("often", "a")]);
        assert_eq!(chosen(&all, Kind::Warning).len(), 1);
    }

    #[test]
    fn a_run_without_a_verdict_says_so_beside_the_others() {
        let catalogue = Catalogue::built_in().unwrap();
        let mut report = Report::new("", "2026-11-17T10:00:00Z".parse().unwrap(), false);
        report.notes.push("pull request 7\ncould not be read: 100 %".to_owned());
        assert!(!annotations(&report, &catalogue).contains("::error"));
        report.verdict = Verdict::Unjudged;
        let said = annotations(&report, &catalogue);
        let error =
            "::error title=not judged%2C and that is no pass::pull request 7%0Acould not be read: 100 %25\n";
        assert!(said.starts_with(error), "{said}");
        assert!(failure("##[x]", Some("::do")).ends_with("::##\\[x]%0AInstead: ::do\n"));
    }

    #[test]
    fn a4_long_text_is_cut_between_characters_and_says_so() {
        let long = "😀".repeat(3000);
        let short = cut(&long, MESSAGE_LIMIT);
        assert!(short.encode_utf16().count() <= MESSAGE_LIMIT);
        let kept = short.chars().filter(|character| *character == '😀').count();
        assert!(short.ends_with(&format!("😀… ({} more)", 3000 - kept)), "{kept}");
        assert_eq!(cut("as it is", 8), "as it is");
    }
}
