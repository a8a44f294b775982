//! Runs the checks over the subjects and sorts what they find.
//!
//! In: a change, a catalogue and the world around them. Out: an [`Evaluation`]. Knows nothing of how it is shown and
//! decides nothing: [`crate::verdict`] does.

mod coverage;
mod masking;
mod subjects;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ReadError;
use crate::check::{Judgement, Outcome, Which, World};
use crate::facts::Reading;
use crate::facts::environment::Environment;
use crate::facts::plan::Emergency;
use crate::finding::waiver::{Waiver, Waivers};
use crate::finding::{Finding, Fingerprint, Label, Severity};
use crate::policy::{Catalogue, Policy};
use crate::source::RepoPath;

pub use coverage::{Coverage, FileCoverage, Understanding};

/// Everything that was found out about a change.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// What the change brings in; with `all` also what was there before.
    pub findings: Vec<Judged>,
    /// What was there before and is still there.
    pub existing: Vec<Judged>,
    /// What the change mends.
    pub fixed: Vec<Judged>,
    pub waived: Vec<Waived>,
    /// Let through by a break-glass entry of the plan.
    pub overridden: Vec<Overridden>,
    pub unjudged: Vec<Unjudged>,
    pub coverage: Coverage,
    /// How many policies looked at something.
    pub policies: usize,
    pub notes: Vec<String>,
}

/// A finding with everything the engine knows about it.
#[derive(Debug, Clone)]
pub struct Judged {
    pub policy: String,
    pub title: String,
    pub severity: Severity,
    pub environment: Option<String>,
    pub fingerprint: Fingerprint,
    pub finding: Finding,
}

#[derive(Debug, Clone)]
pub struct Waived {
    pub judged: Judged,
    pub waiver: Waiver,
}

#[derive(Debug, Clone)]
pub struct Overridden {
    pub judged: Judged,
    pub reason: String,
    pub approved_by: String,
    /// The end of the emergency.
    pub until: jiff::Timestamp,
}

/// What a blocking policy needed and could not know.
#[derive(Debug, Clone)]
pub struct Unjudged {
    /// The policies that could not judge, by id.
    pub policies: Vec<String>,
    pub path: Option<RepoPath>,
    pub reason: String,
    pub at: Option<Label>,
}

/// Judges the whole change.
pub fn evaluate(
    world: &World<'_>,
    catalogue: &Catalogue,
    waivers: &Waivers,
    all: bool,
) -> Result<Evaluation, ReadError> {
    let mut run = Run {
        world,
        catalogue,
        raw: Vec::new(),
        unjudged: BTreeMap::new(),
        cannot_tell: Vec::new(),
        unknown: BTreeSet::new(),
    };
    for policy in catalogue.iter() {
        run.judge_policy(policy)?;
    }
    run.note_unreadable_files()?;
    run.finish(waivers, all)
}

/// A finding as a check gave it, with the side it is on.
struct Raw {
    which: Option<Which>,
    judged: Judged,
}

struct Run<'a> {
    world: &'a World<'a>,
    catalogue: &'a Catalogue,
    raw: Vec<Raw>,
    unjudged: BTreeMap<RepoPath, Unjudged>,
    cannot_tell: Vec<Unjudged>,
    /// What can't be known here, each said once.
    unknown: BTreeSet<String>,
}

impl Run<'_> {
    fn judge_policy(&mut self, policy: &Policy) -> Result<(), ReadError> {
        if !policy.is_in_force() {
            return Ok(());
        }
        let world = self.world;
        let check = policy.check.check();
        let mut paths: Vec<RepoPath> = world.change.files.iter().map(|file| file.path.clone()).collect();
        paths.extend(check.related_files(world)?);
        paths.sort();
        paths.dedup();
        for path in paths.iter().filter(|path| policy.select.holds_path(path)) {
            for (which, snapshot) in [(Which::Base, world.base), (Which::Head, world.head)] {
                if let Reading::Facts(facts) = snapshot.reading(path)? {
                    self.judge_state(policy, check, which, snapshot, path, &facts)?;
                }
            }
        }
        self.judge_change(policy, check)
    }

    /// Takes what a check said of one subject.
    fn take(
        &mut self,
        policy: &Policy,
        which: Option<Which>,
        environment: Option<&Environment>,
        judgement: Judgement,
    ) -> Result<(), ReadError> {
        let scope = environment.map(|environment| (environment.name.as_str(), environment.protected));
        let own_weight = policy.severity_in(scope);
        match judgement? {
            Outcome::Holds => {}
            Outcome::Broken(findings) => {
                for finding in findings {
                    let environment = finding.reaches.clone().or_else(|| environment.cloned());
                    let scope = environment
                        .as_ref()
                        .map(|environment| (environment.name.as_str(), environment.protected));
                    let weight = policy.severity_in(scope);
                    if weight == Severity::Off {
                        continue;
                    }
                    let severity = finding.at_most.map_or(weight, |most| weight.min(most));
                    if finding.answers_to_plan
                        && severity == Severity::Block
                        && let Some(why) = self.world.change.unread()
                    {
                        self.cannot_tell.push(Unjudged {
                            policies: vec![policy.id.clone()],
                            path: finding.primary.source.origin().path().cloned(),
                            reason: format!("{}, as far as can be read here: {why}", finding.message),
                            at: Some(finding.primary),
                        });
                        continue;
                    }
                    let name = environment.map(|environment| environment.name.clone());
                    let fingerprint = Fingerprint::of(
                        &policy.id,
                        name.as_deref().unwrap_or_default(),
                        &finding.subject,
                        &finding.evidence,
                    );
                    let judged = Judged {
                        policy: policy.id.clone(),
                        title: policy.title.clone(),
                        severity,
                        environment: name,
                        fingerprint,
                        finding,
                    };
                    self.raw.push(Raw { which, judged });
                }
            }
            Outcome::Unknown(_) | Outcome::CannotTell { .. } if own_weight == Severity::Off => {}
            Outcome::Unknown(what) => {
                if which != Some(Which::Base) {
                    self.unknown.insert(what);
                }
            }
            Outcome::CannotTell { reason, at } => {
                // What could not be told of the base is no news about the change.
                if own_weight == Severity::Block && which != Some(Which::Base) {
                    let path = at.as_ref().and_then(|label| label.source.origin().path().cloned());
                    let at = at.map(|label| *label);
                    self.cannot_tell.push(Unjudged { policies: vec![policy.id.clone()], path, reason, at });
                }
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Sorts what was found: introduced, existing, fixed; waived and overridden taken out; secrets masked.
    fn finish(mut self, waivers: &Waivers, all: bool) -> Result<Evaluation, ReadError> {
        self.sort_raw();
        let mut before: BTreeMap<Fingerprint, usize> = BTreeMap::new();
        let mut after: BTreeMap<Fingerprint, usize> = BTreeMap::new();
        for raw in &self.raw {
            let side = if raw.which == Some(Which::Base) { &mut before } else { &mut after };
            *side.entry(raw.judged.fingerprint.clone()).or_default() += 1;
        }
        let mut evaluation = Evaluation {
            policies: self.catalogue.iter().filter(|policy| policy.severity != Severity::Off).count(),
            notes: self.world.change.notes.clone(),
            coverage: Coverage::of(self.world.change, self.world.head)?,
            ..Evaluation::default()
        };
        let mut introduced = Vec::new();
        for raw in self.raw {
            let fingerprint = &raw.judged.fingerprint;
            match raw.which {
                Some(Which::Base) if !after.contains_key(fingerprint) => evaluation.fixed.push(raw.judged),
                Some(Which::Base) => {}
                Some(Which::Head) if before.contains_key(fingerprint) => {
                    if all {
                        introduced.push(raw.judged.clone());
                    }
                    evaluation.existing.push(raw.judged);
                }
                Some(Which::Head) | None => introduced.push(raw.judged),
            }
        }
        introduced.dedup_by(|one, other| {
            one.fingerprint == other.fingerprint
                && one.finding.primary.span == other.finding.primary.span
                && one.finding.primary.source.origin() == other.finding.primary.source.origin()
        });
        let unwaivable = self.catalogue.unwaivable();
        let mut used = Vec::new();
        for mut judged in introduced {
            let path = judged.finding.primary.source.origin().path();
            let (subject, fingerprint) = (&judged.finding.subject, judged.fingerprint.as_str());
            if let Some(waiver) = waivers.find(&judged.policy, path, subject, fingerprint) {
                used.push(waiver);
                evaluation.waived.push(Waived { judged, waiver: waiver.clone() });
                continue;
            }
            match self.world.plan.break_glass(&judged.policy, self.world.now) {
                // What lets others through is not let through itself.
                Some(Emergency::InForce { policy, .. }) if unwaivable.contains(&judged.policy.as_str()) => {
                    let label = Label::new(
                        &policy.source,
                        policy.span,
                        "this opens nothing: no emergency asks for it",
                    );
                    judged.finding.related.push(label);
                }
                Some(Emergency::InForce { reason, approved_by, until, .. })
                    if judged.severity == Severity::Block =>
                {
                    let (reason, approved_by) = (reason.value, approved_by.value);
                    evaluation.overridden.push(Overridden { judged, reason, approved_by, until });
                    continue;
                }
                Some(Emergency::Refused { policy, why }) => {
                    let label = Label::new(&policy.source, policy.span, format!("this opens nothing: {why}"));
                    judged.finding.related.push(label);
                }
                Some(Emergency::InForce { .. }) | None => {}
            }
            if let Some((waiver, text)) = waivers.expired(
                &judged.policy,
                judged.finding.primary.source.origin().path(),
                &judged.finding.subject,
                judged.fingerprint.as_str(),
            ) && let Some(source) = waivers.source()
            {
                judged.finding.related.push(Label::new(source, waiver.span, text));
            }
            evaluation.findings.push(judged);
        }
        if let Some(source) = waivers.source() {
            for notice in waivers.notices(&used) {
                let line = source.position(notice.span.start).line;
                evaluation.notes.push(format!("{}:{line}: {}", source.origin().display(), notice.message));
            }
        }
        let mut unjudged: Vec<Unjudged> = self.unjudged.into_values().collect();
        unjudged.extend(self.cannot_tell);
        evaluation.unjudged = unjudged;
        evaluation.notes.extend(self.unknown);
        masking::mask(&mut evaluation, self.world)?;
        Ok(evaluation)
    }
}
