//! `gate-change`: a change does not loosen what judges it.
//!
//! In: both sides of a file of the gate, and the rules of both sides. Out: what got weaker, each at its place. Tightening
//! and formatting are nobody's business.

mod calls;
mod checklist;
mod config;
mod owners;
mod policies;
mod runner;
mod waivers;

use std::sync::Arc;

use serde::Deserialize;

use super::{Check, Judgement, Outcome, World};
use crate::change::ReadError;
use crate::config::RuleFile;
use crate::facts::Reading;
use crate::facts::plan::{Key, Stated, is_placeholder};
use crate::finding::{Finding, Label, Severity};
use crate::source::{PathPattern, RepoPath, SourceFile, Span};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", try_from = "Raw")]
pub struct GateChange {
    called: String,
    runners: Vec<PathPattern>,
    softening: Vec<String>,
    muting: Vec<String>,
    loosening: Vec<String>,
    higher_is_stricter: Vec<String>,
    lower_is_stricter: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    /// What calls the gate by name in hooks and workflows.
    called: String,
    /// Files that can run the gate.
    runners: Vec<String>,
    /// Keys that decide whether a step runs, or whether its failure counts.
    softening: Vec<String>,
    /// Words of a script that throw a failure away.
    #[serde(default)]
    muting: Vec<String>,
    /// Lists among the parameters of checks that let more through as they grow.
    #[serde(default)]
    loosening: Vec<String>,
    /// Numbers among them by the direction in which they get stricter.
    #[serde(default)]
    higher_is_stricter: Vec<String>,
    #[serde(default)]
    lower_is_stricter: Vec<String>,
}

impl TryFrom<Raw> for GateChange {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let compile = |pattern: &String| {
            PathPattern::compile(pattern).map_err(|error| format!("`{pattern}` in `runners`: {error}"))
        };
        Ok(Self {
            runners: raw.runners.iter().map(compile).collect::<Result<_, _>>()?,
            called: raw.called,
            softening: raw.softening,
            muting: raw.muting,
            loosening: raw.loosening,
            higher_is_stricter: raw.higher_is_stricter,
            lower_is_stricter: raw.lower_is_stricter,
        })
    }
}

/// One thing that got weaker, at its place.
struct Weaker {
    what: String,
    label: Label,
    remedy: Option<String>,
    /// Worth a look, and no loosening by itself.
    mild: bool,
}

impl Weaker {
    fn new(what: impl Into<String>, label: Label) -> Self {
        Self { what: what.into(), label, remedy: None, mild: false }
    }
}

/// Both sides of a file of the gate.
struct Sides {
    before: Option<Arc<SourceFile>>,
    after: Option<Arc<SourceFile>>,
    /// Why the head's file is no text, where there is one.
    unreadable: Option<String>,
}

impl Sides {
    fn of(path: &RepoPath, world: &World<'_>) -> Result<Self, ReadError> {
        let after = world.head.text(path)?;
        let unreadable = match world.head.reading(path)? {
            Reading::Failed(failure) if after.is_none() => Some(failure.reason.clone()),
            _ => None,
        };
        Ok(Self { before: world.base.text(path)?, after, unreadable })
    }

    /// How the file went, as a person says it.
    fn loss(&self, name: &str) -> String {
        match &self.unreadable {
            Some(reason) => format!("{name} {reason}"),
            None => format!("{name} is taken away"),
        }
    }
}

/// What a file is for the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rules(RuleFile),
    Runner,
    Owners,
}

impl Check for GateChange {
    fn could_concern(&self, path: &RepoPath, text: &str) -> bool {
        match self.part_of(path) {
            Some(Part::Runner) => text.contains(&self.called),
            part => part.is_some(),
        }
    }

    fn reads(&self, path: &RepoPath) -> bool {
        self.part_of(path).is_some()
    }

    fn gate_file(&self, path: &RepoPath, world: &World<'_>) -> Judgement {
        let Some(part) = self.part_of(path) else { return Ok(Outcome::Holds) };
        let sides = Sides::of(path, world)?;
        let mut weaker = match part {
            Part::Rules(RuleFile::Config) => config::weaker(self, &sides, world)?,
            Part::Rules(RuleFile::Policy) => policies::weaker_file(self, path, &sides, world)?,
            Part::Rules(RuleFile::Checklist) => checklist::weaker(&sides),
            Part::Rules(RuleFile::Waivers) => waivers::weaker(&sides, world),
            Part::Runner => runner::weaker(self, path, &sides, world)?,
            Part::Owners => owners::weaker(self, path, world)?,
        };
        let invalid = invalid(path, part, world)?;
        // What is not valid is compared with nothing.
        if !invalid.is_empty() {
            weaker = invalid;
        }
        if weaker.is_empty() {
            return Ok(Outcome::Holds);
        }
        // A repository that writes its first config takes nothing away that somebody relied on.
        let adopted = part == Part::Rules(RuleFile::Config) && sides.before.is_none();
        let allowed = allowed(world);
        let findings = weaker.into_iter().map(|weaker| {
            let broken = weaker.remedy.is_some();
            let finding = Finding::new(
                format!("this change loosens the gate that judges it: {}", weaker.what),
                weaker.label,
                format!("{path}: {}", weaker.what),
            );
            let finding = finding.remedy(weaker.remedy.unwrap_or_else(|| {
                let how = if world.plan.review().is_some() {
                    "a `Reason` in the pull request's body and a second person's approving review"
                } else {
                    "`Reason:` and a second person's `Approved-By:` in its message"
                };
                format!("put it in a change of its own that deploys nothing, with {how}; until that lands, the rules of the base side judge")
            }));
            match &allowed {
                Some(by) if !broken => finding
                    .related(Label::new(&by.source, by.span, "agreed to by a second person"))
                    .at_most(Severity::Warn),
                _ if weaker.mild || adopted && !broken => finding.at_most(Severity::Warn),
                _ => finding,
            }
        });
        Ok(Outcome::Broken(findings.collect()))
    }

    fn validate(&self) -> Result<(), String> {
        if self.called.trim().is_empty() {
            return Err("`called` is empty, so that every line would call the gate".to_owned());
        }
        Ok(())
    }
}

impl GateChange {
    fn part_of(&self, path: &RepoPath) -> Option<Part> {
        if let Some(rules) = RuleFile::at(path) {
            return Some(Part::Rules(rules));
        }
        if owners::PLACES.contains(&path.lossy().as_ref()) {
            return Some(Part::Owners);
        }
        self.is_runner(path).then_some(Part::Runner)
    }

    fn is_runner(&self, path: &RepoPath) -> bool {
        self.runners.iter().any(|pattern| pattern.matches(path))
    }
}

/// What would end every run once this has landed.
fn invalid(path: &RepoPath, part: Part, world: &World<'_>) -> Result<Vec<Weaker>, ReadError> {
    if !matches!(part, Part::Rules(_)) {
        return Ok(Vec::new());
    }
    let outlook = (world.outlook)()?;
    let changed = |path: &RepoPath| world.change.files.iter().any(|file| file.path == *path);
    let first = world.change.files.iter().find(|file| RuleFile::at(&file.path).is_some());
    let mut found = Vec::new();
    for problems in &outlook.problems {
        let own = problems.file.origin().path();
        // A file that the change leaves alone can be at fault by what the change does to another.
        let here = own == Some(path)
            || own.is_some_and(|own| !changed(own)) && first.is_some_and(|file| file.path == *path);
        for problem in problems.list.iter().filter(|_| here) {
            let mut weaker = Weaker::new(
                format!("{} would not be valid", problems.file.origin().display()),
                Label::new(&problems.file, problem.span, problem.message.clone()),
            );
            let hint = problem.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
            weaker.remedy =
                Some(format!("mend it{hint}; once this lands, every run would end with exit code 2"));
            found.push(weaker);
        }
    }
    Ok(found)
}

/// A loosening that stands alone, with a reason and a second person's name under it, is a decision and no trick.
fn allowed(world: &World<'_>) -> Option<Stated<String>> {
    let deploys = world
        .reached
        .iter()
        .any(|reached| reached.environment.as_ref().is_some_and(|environment| environment.protected));
    let reason = world.plan.values(Key::Reason).find(|stated| !is_placeholder(&stated.value))?;
    if deploys {
        return None;
    }
    // Where a platform can be asked, nobody signs for somebody else.
    if let Some(review) = world.plan.review() {
        return review.ok().map(|()| reason.clone());
    }
    let people = world.change.commits.iter().flat_map(|commit| [&commit.author, &commit.committer]);
    let authors: Vec<String> =
        people.flat_map(|person| [person.name.to_lowercase(), person.email.to_lowercase()]).collect();
    world
        .plan
        .values(Key::ApprovedBy)
        .find(|stated| {
            let approver = stated.value.to_lowercase();
            !is_placeholder(&stated.value)
                && !authors.iter().any(|author| !author.is_empty() && approver.contains(author.as_str()))
        })
        .cloned()
}

/// A line without its indent.
fn trimmed(source: &SourceFile, span: Span) -> Span {
    let text = source.slice(span);
    let start = span.start + (text.len() - text.trim_start().len());
    Span::new(start, (span.start + text.trim_end().len()).max(start))
}

/// Blanks do not count.
fn normal(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
