//! One finding as a block of the page: what, where, why, and what to write instead.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::escape::{code, fence, prose};
use super::excerpt::excerpt;
use crate::change::Change;
use crate::engine::{Judged, Unjudged};
use crate::finding::{Label, Severity};
use crate::policy::{Catalogue, Policy};
use crate::report::{JudgedChange, remedy};
use crate::source::{Origin, RepoPath};

/// What a path of an address holds as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The change that a finding belongs to, and whether there are others on the page.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) change: &'a JudgedChange,
    pub(super) several: bool,
}

/// A finding that weighs, with everything a person needs to act on it.
pub(super) fn block(judged: &Judged, whose: Whose<'_>, catalogue: &Catalogue) -> String {
    let finding = &judged.finding;
    let sign = if judged.severity == Severity::Block { "🛑" } else { "⚠️" };
    let policy = catalogue.get(&judged.policy);
    let mut out = format!(
        "\n#### {sign} {} · {}\n\n{}",
        prose(&judged.title),
        code(&judged.policy),
        place(&finding.primary, whose)
    );
    if let Some(environment) = &judged.environment {
        out.push_str(&format!(" in **{}**", prose(environment)));
    }
    out.push_str(&format!("\n\n{}\n", passage("", &finding.message)));
    let shown = excerpt(&finding.primary);
    if !shown.is_empty() {
        out.push_str(&fence(&shown));
        out.push('\n');
    }
    for related in &finding.related {
        out.push_str(&format!("- {}: {}\n", place(related, whose), prose(&related.text)));
    }
    if !finding.related.is_empty() {
        out.push('\n');
    }
    if let Some((line, id)) = policy.and_then(Policy::why) {
        out.push_str(&format!("**Why:** {} ({})\n\n", prose(line), code(id)));
    }
    if let Some(remedy) = remedy(judged, catalogue) {
        out.push_str(&passage("**Instead:** ", &remedy));
        out.push('\n');
    }
    out.push_str(&format!("More: {}", code(&format!("deploy-guard explain {}", judged.policy))));
    if policy.is_none_or(|policy| policy.subject != "gate") {
        out.push_str(&format!(
            " · to be excused: {}",
            code(&format!("deploy-guard waiver draft {}", judged.fingerprint))
        ));
    }
    out.push('\n');
    out
}

/// A finding in a line, for lists of what does not weigh.
pub(super) fn line(judged: &Judged, whose: Whose<'_>) -> String {
    let what = prose(&judged.finding.message.lines().collect::<Vec<_>>().join(" "));
    format!("{} at {}: {what}", code(&judged.policy), place(&judged.finding.primary, whose))
}

pub(super) fn unjudged(item: &Unjudged, whose: Whose<'_>) -> String {
    let place = match (&item.at, &item.path) {
        (Some(label), _) => place(label, whose),
        (None, Some(path)) => link(&code(&path.display()), address(path, None, whose.change)) + &of(whose),
        (None, None) => format!("The change{}", of(whose)),
    };
    let policies: Vec<String> = item.policies.iter().map(|policy| code(policy)).collect();
    format!("- {place} could not be judged: {} (for {})\n", prose(&item.reason), policies.join(", "))
}

/// Text in paragraphs; its indented lines are code.
fn passage(label: &str, text: &str) -> String {
    let mut out = label.to_owned();
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let kind = |line: &str| (line.trim().is_empty(), line.starts_with("  "));
    for (number, run) in lines.chunk_by(|one, other| kind(one) == kind(other)).enumerate() {
        let indent =
            run.iter().map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or(0);
        match run.first().map(|line| kind(line)) {
            Some((false, true)) => {
                let code: Vec<&str> = run.iter().map(|line| line.get(indent..).unwrap_or(line)).collect();
                let gap = if number == 0 { "\n\n" } else { "\n" };
                out.push_str(&format!("{gap}{}", fence(&code.join("\n"))));
            }
            Some((false, false)) => {
                let gap = if number == 0 { "" } else { "\n" };
                out.push_str(&format!("{gap}{}\n", prose(&run.join(" "))));
            }
            _ => {}
        }
    }
    out
}

/// Where it is, as a link where the platform's address of the file is known.
fn place(label: &Label, whose: Whose<'_>) -> String {
    let start = label.source.position(label.span.start).line;
    let shown = code(&format!("{}:{start}", label.source.origin().display()));
    let address = match label.source.origin() {
        Origin::File(path) => address(path, Some(start), whose.change),
        Origin::PullRequest => brought_by(whose.change).map(str::to_owned),
        Origin::Commit(_) => None,
    };
    link(&shown, address) + &of(whose)
}

/// The change by its name, where there are several.
fn of(whose: Whose<'_>) -> String {
    if whose.several { format!(" of {}", code(&whose.change.change.head.label)) } else { String::new() }
}

fn link(text: &str, address: Option<String>) -> String {
    address.map_or_else(|| text.to_owned(), |address| format!("[{text}]({address})"))
}

/// The address of a file of the change, from that of the pull request which brings it.
fn address(path: &RepoPath, line: Option<usize>, change: &JudgedChange) -> Option<String> {
    let pull_request = brought_by(change)?;
    let blob = [("/pull/", "/blob"), ("/-/merge_requests/", "/-/blob")];
    let folder = blob.iter().find_map(|(part, blob)| {
        let (base, _) = pull_request.rsplit_once(part)?;
        Some(format!("{base}{blob}"))
    })?;
    let text = std::str::from_utf8(path.bytes()).ok().filter(|text| !text.starts_with('/'))?;
    let commit = side_with(path, &change.change)?;
    let anchor = line.map_or_else(String::new, |line| format!("#L{line}"));
    Some(format!("{folder}/{commit}/{}{anchor}", utf8_percent_encode(text, PATH)))
}

/// The address of the pull request, where it is one and nothing else.
fn brought_by(change: &JudgedChange) -> Option<&str> {
    let address = change.change.pull_requests.known().first()?.url.as_deref()?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "/:.-_~".contains(character);
    (address.starts_with("https://") && address.chars().all(plain)).then_some(address)
}

/// The commit of the side that still has the file.
fn side_with(path: &RepoPath, change: &Change) -> Option<String> {
    let gone = change.files.iter().any(|file| file.path == *path && file.head.is_none());
    let side = if gone { &change.base } else { &change.head };
    Some(side.commit.as_ref()?.as_str().to_owned())
}
