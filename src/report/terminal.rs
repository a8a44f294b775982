//! What a person meets when the gate says no: span, label, why, and what to write instead.
//!
//! Findings are plain data; here they borrow miette's clothes.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan,
};

use super::{Report, summary};
use crate::change::Change;
use crate::engine::{Judged, Understanding, Unjudged};
use crate::finding::{Label, Severity};
use crate::gate::Preview;
use crate::policy::Catalogue;
use crate::source::{Problems, SourceFile, Span, ascii, escape_line, escape_text, veiled};
use crate::verdict::Verdict;

/// How the terminal wants it.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub color: bool,
    pub ascii: bool,
    pub width: usize,
    /// Also what was there before, what was mended and what was read.
    pub verbose: bool,
}

impl Look {
    /// Plain text, eighty columns: what a pipe gets.
    pub const fn plain() -> Self {
        Self { color: false, ascii: true, width: 80, verbose: false }
    }

    fn handler(self) -> GraphicalReportHandler {
        let theme = match (self.ascii, self.color) {
            (false, true) => GraphicalTheme::unicode(),
            (false, false) => GraphicalTheme::unicode_nocolor(),
            (true, color) => {
                let mut theme = GraphicalTheme::none();
                if color {
                    theme.styles = miette::ThemeStyles::ansi();
                }
                theme
            }
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(self.width)
            .with_links(false)
            .with_context_lines(1)
    }

    /// The finished text as this terminal can show it.
    fn fit(self, text: String) -> String {
        if self.ascii && !text.is_ascii() { ascii(&text).into_owned() } else { text }
    }
}

/// One picture: a finding, something unjudged, or a fault in a file.
struct Picture {
    title: String,
    code: String,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Picture>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.title)
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.title)
    }
}

impl std::error::Error for Picture {}

impl Diagnostic for Picture {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.code.is_empty()).then(|| Box::new(&self.code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }
}

/// How many bytes of a line are shown on either side of a span.
const CLIP: usize = 100;

/// The lines around some spans with hostile characters made visible, and the spans where they have gone.
///
/// Lines keep their numbers: everything before the first shown line is left out as empty lines.
struct Excerpt {
    text: String,
    spans: Vec<SourceSpan>,
}

fn excerpt(source: &SourceFile, spans: &[Span], look: Look) -> Excerpt {
    let lines: Vec<usize> = spans.iter().map(|span| source.position(span.start).line).collect();
    let last =
        spans.iter().map(|span| source.position(span.end.max(span.start + 1) - 1).line).max().unwrap_or(1);
    let first = lines.iter().min().copied().unwrap_or(1);
    let mut text = String::new();
    let cut = if look.ascii { "..." } else { "…" };
    let mut moved: Vec<(usize, usize)> = vec![(0, 0); spans.len()];
    for line in 1..=(last + 1).min(source.line_count()) {
        if line + 2 < first {
            text.push('\n');
            continue;
        }
        let Some(whole) = source.line_span(line) else { break };
        let shown = clipped(source, whole, spans);
        if shown.start > whole.start {
            text.push_str(cut);
        }
        for (offset, character) in source.slice(shown).char_indices() {
            let at = shown.start + offset;
            let before = text.len();
            if character == '\t' {
                text.push(' ');
            } else {
                let mut one = [0; 4];
                let safe = escape_line(character.encode_utf8(&mut one));
                text.push_str(&if look.ascii { ascii(&safe) } else { safe.as_ref().into() });
            }
            for (span, moved) in spans.iter().zip(&mut moved) {
                if at <= span.start {
                    moved.0 = before;
                }
                if at < span.end {
                    moved.1 = text.len();
                }
            }
        }
        for (span, moved) in spans.iter().zip(&mut moved) {
            if shown.end <= span.start && span.start <= whole.end {
                moved.0 = text.len();
            }
            if shown.end <= span.end && span.start <= whole.end {
                moved.1 = text.len();
            }
        }
        if shown.end < whole.end {
            text.push_str(cut);
        }
        text.push('\n');
    }
    let spans =
        moved.iter().map(|(start, end)| SourceSpan::from((*start, end.saturating_sub(*start)))).collect();
    Excerpt { text, spans }
}

/// The part of a line that is shown: all of it, or what is around the spans where it is very long.
fn clipped(source: &SourceFile, line: Span, spans: &[Span]) -> Span {
    if line.len() <= 2 * CLIP {
        return line;
    }
    let here: Vec<&Span> =
        spans.iter().filter(|span| line.start <= span.start && span.start <= line.end).collect();
    let from = here.iter().map(|span| span.start).min().unwrap_or(line.start);
    let to = here.iter().map(|span| span.end.min(span.start + CLIP)).max().unwrap_or(line.start);
    let mut start = from.saturating_sub(CLIP).max(line.start);
    let mut end = (to + CLIP).min(line.end);
    while !source.text().is_char_boundary(start) {
        start -= 1;
    }
    while !source.text().is_char_boundary(end) {
        end += 1;
    }
    Span::new(start, end)
}

/// A picture of one file with its labels; labels of other files become related pictures.
fn picture(
    title: String,
    code: String,
    severity: miette::Severity,
    primary: &Label,
    related: &[Label],
    look: Look,
) -> Picture {
    let same: Vec<&Label> = related
        .iter()
        .filter(|label| label.source.origin() == primary.source.origin() && same_text(label, primary))
        .collect();
    let mut labels: Vec<&Label> = vec![primary];
    labels.extend(&same);
    let spans: Vec<Span> = labels.iter().map(|label| label.span).collect();
    let shown = excerpt(&primary.source, &spans, look);
    let marked = labels.iter().zip(&shown.spans).enumerate().map(|(number, (label, span))| {
        let text = Some(escape_line(&label.text).into_owned());
        if number == 0 {
            LabeledSpan::new_primary_with_span(text, *span)
        } else {
            LabeledSpan::new_with_span(text, *span)
        }
    });
    let others = related
        .iter()
        .filter(|label| !same.iter().any(|known| std::ptr::eq(*known, *label)))
        .map(|label| {
            let mut other = picture(
                escape_line(&label.text).into_owned(),
                String::new(),
                miette::Severity::Advice,
                label,
                &[],
                look,
            );
            for marked in &mut other.labels {
                marked.set_label(None);
            }
            other
        })
        .collect();
    Picture {
        title,
        code,
        severity,
        help: None,
        labels: marked.collect(),
        source: Some(NamedSource::new(primary.source.origin().display(), shown.text)),
        related: others,
    }
}

fn same_text(one: &Label, other: &Label) -> bool {
    one.source.text() == other.source.text()
}

fn of_finding(judged: &Judged, look: Look) -> Picture {
    let finding = &judged.finding;
    let (severity, weight) = match judged.severity {
        Severity::Block => (miette::Severity::Error, "blocks"),
        Severity::Warn | Severity::Off => (miette::Severity::Warning, "warns"),
    };
    let environment =
        judged.environment.as_ref().map_or_else(String::new, |name| format!(" in {}", escape_line(name)));
    let code = format!("{} ({weight}{environment})", judged.policy);
    let title = escape_text(&finding.message).into_owned();
    picture(title, code, severity, &finding.primary, &finding.related, look)
}

/// What stands below a finding: why, what to write instead, where to read on, and how to be excused.
fn footer(judged: &Judged, catalogue: &Catalogue, look: Look) -> String {
    let policy = catalogue.get(&judged.policy);
    let mut rows = Vec::new();
    if let Some((line, id)) = policy.and_then(crate::policy::Policy::why) {
        rows.push(("why", format!("{line} ({id})")));
    }
    let remedy = judged.finding.remedy.clone().or_else(|| policy.map(|policy| policy.remedy.clone()));
    if let Some(remedy) = remedy {
        rows.push(("instead", escape_text(&remedy).into_owned()));
    }
    rows.push(("more", format!("deploy-guard explain {}", judged.policy)));
    if policy.is_none_or(|policy| policy.subject != "gate") {
        rows.push(("waive", format!("deploy-guard waiver draft {}", judged.fingerprint)));
    }
    let mut out = String::new();
    for (name, text) in rows {
        let name = if look.color { format!("\u{1b}[1m{name:>9}\u{1b}[0m") } else { format!("{name:>9}") };
        for (number, line) in text.trim_end().lines().enumerate() {
            let first = if number == 0 { format!("{name}  ") } else { " ".repeat(11) };
            // A line that is indented is code, and code is not wrapped.
            if line.starts_with("  ") {
                out.push_str(&format!("{first}{line}\n"));
                continue;
            }
            let wrapped = textwrap::wrap(line, look.width.saturating_sub(11).max(30));
            for (part, line) in wrapped.iter().enumerate() {
                let start = if part == 0 { first.clone() } else { " ".repeat(11) };
                out.push_str(&format!("{start}{line}\n"));
            }
        }
    }
    out
}

fn of_unjudged(unjudged: &Unjudged) -> Picture {
    let path =
        unjudged.path.as_ref().map_or_else(|| "the change".to_owned(), crate::source::RepoPath::display);
    let place = unjudged.at.as_ref().map_or_else(String::new, |label| {
        let position = label.source.position(label.span.start);
        format!(":{}:{}", position.line, position.column)
    });
    Picture {
        title: format!("{path}{place} could not be judged: {}", escape_text(&unjudged.reason)),
        code: unjudged.policies.join(", "),
        severity: miette::Severity::Error,
        help: Some("a gate that passes what it can't read is no gate: mend the file, or name it in `exclude` of the policy in deploy-guard.toml on the protected branch".to_owned()),
        source: None,
        labels: Vec::new(),
        related: Vec::new(),
    }
}

/// The whole report.
pub fn render(report: &Report, catalogue: &Catalogue, look: Look) -> String {
    let handler = look.handler();
    let mut out = String::new();
    let several = report.changes.len() > 1;
    for judged in &report.changes {
        if several || look.verbose {
            out.push_str(&format!("{}\n", range_line(&judged.change)));
        }
        for note in &judged.evaluation.notes {
            out.push_str(&format!("note: {}\n", escape_line(note)));
        }
        let mut findings: Vec<&Judged> = judged.evaluation.findings.iter().collect();
        findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        for found in findings {
            draw(&handler, &of_finding(found, look), &mut out);
            out.push_str(&footer(found, catalogue, look));
            out.push('\n');
        }
        for unjudged in &judged.evaluation.unjudged {
            draw(&handler, &of_unjudged(unjudged), &mut out);
            out.push('\n');
        }
        for waived in &judged.evaluation.waived {
            out.push_str(&format!(
                "waived: {} at {} until {}: {}\n",
                waived.judged.policy,
                place_of(&waived.judged),
                waived.waiver.expires,
                escape_line(&waived.waiver.reason)
            ));
        }
        for overridden in &judged.evaluation.overridden {
            out.push_str(&format!(
                "BREAK-GLASS: {} at {} let through, approved by {}: {}\n",
                overridden.judged.policy,
                place_of(&overridden.judged),
                escape_line(&overridden.approved_by),
                escape_line(&overridden.reason)
            ));
        }
        if let Some(preview) = &judged.preview {
            out.push_str(&preview_line(preview));
        }
        details(judged, look, &mut out);
    }
    for note in &report.notes {
        out.push_str(&format!("note: {}\n", escape_line(note)));
    }
    for open in &report.open_emergencies {
        out.push_str(&format!(
            "break-glass without a review: {} ({}): {}; look into it and let `Break-Glass-Review: {}` land\n",
            escape_line(&open.policy),
            escape_line(&open.place),
            escape_line(&open.reason),
            escape_line(if open.place.starts_with('#') { &open.place } else { &open.policy }),
        ));
    }
    if let Some(pipeline) = &report.pipeline {
        out.push_str(&format!("trust: {}\n", escape_line(&pipeline.trust.sentence())));
    }
    // Who is refused by the calendar has read above when it opens.
    if let Some(instant) = report.valid_until
        && report.verdict == Verdict::Go
        && (look.verbose || report.pipeline.is_some())
    {
        out.push_str(&format!("valid until {instant}, if nothing but time passes\n"));
    }
    if report.simulated {
        out.push_str(&format!("simulated: judged as at {}\n", report.at));
    }
    out.push_str(&summary::sentence(report));
    out.push('\n');
    look.fit(out)
}

fn preview_line(preview: &Preview) -> String {
    let policies = |judged: &[Judged]| {
        let mut ids: Vec<&str> = judged.iter().map(|found| found.policy.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.join(", ")
    };
    let mut line = format!("preview: by the rules of this change it would be {}", preview.verdict.as_str());
    for (judged, how) in [(&preview.found, "they also find"), (&preview.lost, "they no longer find")] {
        if !judged.is_empty() {
            line.push_str(&format!("; {how} {}", policies(judged)));
        }
    }
    format!("{line}. They count once it has landed.\n")
}

fn details(judged: &super::JudgedChange, look: Look, out: &mut String) {
    for file in &judged.evaluation.coverage.in_scope {
        let path = file.path.display();
        match &file.understanding {
            Understanding::Not(reason) => {
                out.push_str(&format!("not understood: {path}: {}\n", escape_line(reason)));
            }
            Understanding::Partly(reasons) if look.verbose => {
                for reason in reasons {
                    out.push_str(&format!("partly understood: {path}: {}\n", escape_line(reason)));
                }
            }
            Understanding::Parsed if look.verbose => out.push_str(&format!("understood: {path}\n")),
            Understanding::Removed if look.verbose => out.push_str(&format!("removed: {path}\n")),
            Understanding::Parsed | Understanding::Removed | Understanding::Partly(_) => {}
        }
    }
    if look.verbose {
        for found in &judged.evaluation.existing {
            out.push_str(&format!("there before: {} at {}\n", found.policy, place_of(found)));
        }
        for found in &judged.evaluation.fixed {
            out.push_str(&format!("mended: {} at {}\n", found.policy, place_of(found)));
        }
    }
}

/// The picture, and below it those of other files: drawn one by one, because miette puts a heading above its own.
fn draw(handler: &GraphicalReportHandler, picture: &Picture, out: &mut String) {
    if handler.render_report(out, picture).is_err() {
        out.push_str(&format!("{}: {}\n", picture.code, picture.title));
    }
    while out.ends_with('\n') {
        out.pop();
    }
    out.push('\n');
    for related in &picture.related {
        draw(handler, related, out);
    }
}

fn place_of(judged: &Judged) -> String {
    let primary = &judged.finding.primary;
    let position = primary.source.position(primary.span.start);
    format!("{}:{}", primary.source.origin().display(), position.line)
}

fn range_line(change: &Change) -> String {
    let side = |side: &crate::change::Side| match &side.commit {
        Some(commit) => format!("{} ({})", escape_line(&side.label), commit.short()),
        None => escape_line(&side.label).into_owned(),
    };
    format!("{} → {}", side(&change.base), side(&change.head))
}

/// The faults of a file that a person wrote for deploy-guard.
pub fn render_problems(problems: &Problems, look: Look) -> String {
    let handler = look.handler();
    let problems = problems.masked();
    let mut out = String::new();
    for problem in &problems.list {
        let label = Label::new(&problems.file, problem.span, "here");
        let title = format!("{}: {}", problems.file.origin().display(), escape_text(&problem.message));
        let mut picture = picture(title, String::new(), miette::Severity::Error, &label, &[], look);
        picture.help.clone_from(&problem.hint);
        draw(&handler, &picture, &mut out);
    }
    look.fit(out)
}

/// A message that has no place.
pub fn render_error(what: &str, mend: Option<&str>, look: Look) -> String {
    let picture = Picture {
        title: escape_text(&veiled(what)).into_owned(),
        code: String::new(),
        severity: miette::Severity::Error,
        help: mend.map(|mend| escape_text(&veiled(mend)).into_owned()),
        source: None,
        labels: Vec::new(),
        related: Vec::new(),
    };
    let mut out = String::new();
    draw(&look.handler(), &picture, &mut out);
    look.fit(out)
}
