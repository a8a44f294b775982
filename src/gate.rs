//! The whole way from a request to a verdict, and whose word counts on it.
//!
//! In: a reader, a request and the clock. Out: a finished [`Report`](crate::report::Report)'s parts, or the error that
//! ends the run. The rules (config, policies, waivers, calendar) are taken from the side that may decide: base, for
//! everything that others will see; the local side while somebody is still editing.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use crate::calendar::{Calendar, machine_zone};
use crate::change::{Change, ReadError, Reader, Remembered, Tree, restored_state};
use crate::check::outlook::{self, Outlook};
use crate::check::{Reached, World};
use crate::config::{self, Config};
use crate::engine::{Evaluation, Judged, evaluate};
use crate::facts::delta::Delta;
use crate::facts::environment::{Environment, Environments};
use crate::facts::plan::{DeployPlan, Proposal};
use crate::facts::{Reading, Recognised, Scope, Snapshot, is_beside_deployment, scope_of};
use crate::finding::Label;
use crate::finding::waiver::Waivers;
use crate::policy::{Catalogue, Override, Policy};
use crate::source::{Origin, Problem, Problems, RepoPath, SourceFile, Span};
use crate::verdict::{Verdict, decide};

/// What the rules of the head side would say of the change, where it edits them: nothing of it counts yet.
#[derive(Debug, Clone)]
pub struct Preview {
    pub verdict: Verdict,
    /// What only they find.
    pub found: Vec<Judged>,
    /// What they no longer find.
    pub lost: Vec<Judged>,
}

/// A break-glass entry of an earlier change whose review has not landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEmergency {
    pub policy: String,
    pub reason: String,
    /// The commit or pull request that it came with.
    pub place: String,
    pub at: Option<Timestamp>,
}

/// What ends a run before there is a verdict.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// git could not give what was asked for: exit 3.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of deploy-guard's own is not valid: exit 2.
    #[error(transparent)]
    Problems(#[from] Problems),
}

/// Everything but the change itself.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub now: Timestamp,
    /// Nobody watches: UTC is the zone where none is configured.
    pub ci: bool,
    /// Report what was there before as if it were new.
    pub all: bool,
}

/// The rules of a run, from the side that may decide.
#[derive(Debug, Clone)]
pub struct Rules {
    pub config: Config,
    pub catalogue: Catalogue,
    pub waivers: Waivers,
    pub calendar: Calendar,
    pub environments: Environments,
    pub notes: Vec<String>,
}

fn at_folder(name: &str) -> RepoPath {
    format!("{}/{name}", config::FOLDER).as_str().into()
}

/// A file that rules are read from: one that is there and can't be read is no rule at all, and must not pass for one.
fn rule_file(side: &Snapshot<'_>, path: &RepoPath) -> Result<Option<Arc<SourceFile>>, GateError> {
    if let Some(source) = side.text(path)? {
        return Ok(Some(source));
    }
    match side.reading(path)? {
        Reading::Failed(failure) => {
            let empty = SourceFile::new(Origin::File(path.clone()), String::new());
            let problem = Problem::new(Span::default(), failure.reason.clone())
                .hint("the gate's own files are plain files of this repository");
            Err(Problems::one(&empty, problem).into())
        }
        Reading::Absent | Reading::Facts(_) | Reading::Nothing(_) => Ok(None),
    }
}

impl Rules {
    /// Reads the rules that a tree holds; the built-in ones where it holds none.
    pub fn read(reader: &dyn Reader, tree: &Tree, settings: &Settings) -> Result<Self, GateError> {
        let side = Snapshot::new(reader, tree);
        let config = match rule_file(&side, &config::FILE.into())? {
            Some(source) => Config::compile(&source)?,
            None => Config::default(),
        };
        let mut catalogue = Catalogue::built_in()?;
        let mut own = Vec::new();
        reader.list(tree, &format!("{}/policies", config::FOLDER), &mut |path, _| {
            if path.extension().as_deref() == Some("toml") {
                own.push(path);
            }
        })?;
        own.sort();
        for path in own {
            if let Some(source) = rule_file(&side, &path)? {
                catalogue.add(&source)?;
            }
        }
        if let Some(source) = &config.source {
            let overrides = Override::compile_all(&config, source)?;
            catalogue.apply(&overrides, source)?;
        }
        let mut notes = Vec::new();
        let waivers = match rule_file(&side, &at_folder("waivers.toml"))? {
            Some(source) => {
                let today = settings.now.to_zoned(jiff::tz::TimeZone::UTC).date();
                let (mut waivers, mut problems) = Waivers::read(&source, today);
                let ids: Vec<&str> = catalogue.ids().collect();
                problems.extend(waivers.restrict(&ids, &catalogue.unwaivable()));
                for problem in problems {
                    notes.push(format!(
                        "{}:{}: {}",
                        source.origin().display(),
                        source.position(problem.span.start).line,
                        problem.message
                    ));
                }
                waivers
            }
            None => Waivers::default(),
        };
        let calendar =
            config.calendar.clone().unwrap_or_else(|| Calendar::built_in(machine_zone(settings.ci)));
        let environments = Environments::compile(&config.environments);
        Ok(Self { config, catalogue, waivers, calendar, environments, notes })
    }

    /// Reads the rules of the side that may decide on this change.
    pub fn of(reader: &dyn Reader, change: &Change, settings: &Settings) -> Result<Self, GateError> {
        let tree = if change.asker.trusts_only_base() { &change.base.tree } else { &change.head.tree };
        Self::read(reader, tree, settings)
    }
}

/// Judges one change by the given rules.
pub fn judge(
    reader: &dyn Reader,
    change: &Change,
    rules: &Rules,
    settings: &Settings,
) -> Result<(Evaluation, Verdict), GateError> {
    let remembered = Remembered::new(reader);
    let base = Snapshot::new(&remembered, &change.base.tree);
    let head = base.beside(&change.head.tree);
    let plan = plan_of(change, &base, &head)?;
    let delta = Delta::between(change, &base, &head, &rules.environments)?;
    let reached = reached(change, &base, &head, &rules.environments)?;
    let restored = |paths: &[&RepoPath]| {
        Ok(restored_state(reader, change, paths)?.map(|commit| commit.short().to_owned()))
    };
    let known = std::cell::OnceCell::new();
    let outlook = || {
        if let Some(outlook) = known.get() {
            return Ok(Rc::clone(outlook));
        }
        let outlook = Rc::new(outlook(reader, change, settings)?);
        Ok(Rc::clone(known.get_or_init(|| outlook)))
    };
    let world = World {
        change,
        base: &base,
        head: &head,
        config: &rules.config,
        environments: &rules.environments,
        calendar: &rules.calendar,
        plan: &plan,
        now: settings.now,
        delta: &delta,
        reached: &reached,
        restored: &restored,
        outlook: &outlook,
    };
    let mut evaluation = evaluate(&world, &rules.catalogue, &rules.waivers, settings.all)?;
    evaluation.notes.extend(rules.notes.iter().cloned());
    let verdict = decide(&evaluation);
    Ok((evaluation, verdict))
}

/// The rules of both sides, whole.
fn outlook(reader: &dyn Reader, change: &Change, settings: &Settings) -> Result<Outlook, ReadError> {
    let mut problems = Vec::new();
    let mut read = |tree: &Tree| match Rules::read(reader, tree, settings) {
        Ok(rules) => Ok(Some(outlook::Rules {
            stances: rules.catalogue.iter().map(Policy::stance).collect(),
            environments: rules.environments,
            calendar: rules.calendar,
        })),
        Err(GateError::Problems(found)) => {
            problems.push(found);
            Ok(None)
        }
        Err(GateError::Read(error)) => Err(error),
    };
    let present = read(&change.base.tree)?;
    let ahead = read(&change.head.tree)?;
    // What is wrong with the base side's rules ends a run before it comes here.
    problems.drain(..usize::from(present.is_none()));
    Ok(Outlook { present, ahead, problems })
}

/// What is said about a change, wherever it is said.
pub fn stated_plan(reader: &dyn Reader, change: &Change) -> Result<DeployPlan, GateError> {
    let base = Snapshot::new(reader, &change.base.tree);
    let head = base.beside(&change.head.tree);
    plan_of(change, &base, &head)
}

/// What a change shows of the way back from it.
pub fn proposed_plan(reader: &dyn Reader, change: &Change, rules: &Rules) -> Result<Proposal, GateError> {
    let base = Snapshot::new(reader, &change.base.tree);
    let head = base.beside(&change.head.tree);
    let delta = Delta::between(change, &base, &head, &rules.environments)?;
    let mut files = reached(change, &base, &head, &rules.environments)?;
    // Nobody plans the way back from a change to staging when production changes with it.
    let protected = |file: &Reached| file.environment.as_ref().is_some_and(|found| found.protected);
    if files.iter().any(protected) {
        files.retain(protected);
    }
    let paths: Vec<&RepoPath> = files.iter().map(|file| &file.path).collect();
    Ok(Proposal::of(change, &delta, &base, &head, &paths)?)
}

/// The plan, from the plan file, the commits' trailers and the pull request's body.
fn plan_of(change: &Change, base: &Snapshot<'_>, head: &Snapshot<'_>) -> Result<DeployPlan, GateError> {
    let path = at_folder("plan.toml");
    let mut plan = DeployPlan::default();
    if let Some(file) = head.text(&path)? {
        let before = base.text(&path)?;
        // A plan that stood there before is the plan of an earlier release.
        if before.is_none_or(|before| before.text() != file.text()) {
            plan.add_file(&file)?;
        } else {
            plan.note_stale_file(&file);
        }
    }
    for commit in &change.commits {
        plan.add_commit(commit);
    }
    for pull_request in change.pull_requests.known() {
        plan.add_pull_request(&SourceFile::new(Origin::PullRequest, pull_request.body.clone()));
    }
    Ok(plan)
}

/// The deploy configuration that the change touches, each file with the environment that it reaches.
fn reached(
    change: &Change,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    environments: &Environments,
) -> Result<Vec<Reached>, ReadError> {
    let mut reached = Vec::new();
    for file in &change.files {
        if !says_what_runs(&file.path, [base, head])? {
            continue;
        }
        let before = base.text(&file.path)?;
        let after = head.text(&file.path)?;
        let environment = environment_reached(&file.path, [base, head], environments)?;
        let label = first_difference(&file.path, before, after);
        reached.push(Reached { path: file.path.clone(), environment, label });
    }
    Ok(reached)
}

/// Whether a file says what runs: by its name, or because what it holds is a manifest wherever it lies.
fn says_what_runs(path: &RepoPath, sides: [&Snapshot<'_>; 2]) -> Result<bool, ReadError> {
    if scope_of(path) == Scope::Deploy {
        return Ok(true);
    }
    if is_beside_deployment(path) {
        return Ok(false);
    }
    for side in sides {
        let facts = side.facts(path)?;
        if facts.is_some_and(|facts| facts.recognised.iter().any(|kind| *kind != Recognised::Dependencies)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The environment that a file reaches on either side: by its path, by a namespace that it states, or through the
/// kustomizations that take it in. A protected one wins, for the file as a whole is what is released.
fn environment_reached(
    path: &RepoPath,
    sides: [&Snapshot<'_>; 2],
    environments: &Environments,
) -> Result<Option<Environment>, ReadError> {
    let protects = |found: &Option<Environment>| found.as_ref().is_some_and(|found| found.protected);
    let by_path = environments.environment_of(path, None);
    let mut found = by_path.clone();
    for side in sides {
        if protects(&found) {
            break;
        }
        let Some(facts) = side.facts(path)? else { continue };
        let own = facts.kustomization.iter().filter_map(|own| own.namespace.as_ref());
        let mut namespaces: BTreeSet<Option<&str>> = own.map(|name| Some(name.value.as_str())).collect();
        namespaces.extend(facts.resources.iter().map(|resource| resource.id.namespace.as_deref()));
        namespaces.insert(None);
        for namespace in namespaces {
            // What lies in an environment's own folder is no base that others share.
            let reached = if by_path.is_some() {
                vec![environments.environment_of(path, namespace)]
            } else {
                let places = side.builds()?.places(path, namespace, environments);
                places.into_iter().map(|place| place.environment).collect()
            };
            for environment in reached {
                if found.is_none() || protects(&environment) {
                    found = environment;
                }
            }
        }
    }
    Ok(found)
}

/// Points at the first line that differs; at the start of the file where one side has no text.
fn first_difference(
    path: &RepoPath,
    before: Option<Arc<SourceFile>>,
    after: Option<Arc<SourceFile>>,
) -> Label {
    let (shown, other, text) = match (after, before) {
        (Some(after), before) => (after, before, "the change begins here"),
        (None, Some(before)) => (before, None, "this file is taken away"),
        (None, None) => {
            let empty = SourceFile::new(Origin::File(path.clone()), String::new());
            return Label::new(&empty, Span::default(), "this file changes");
        }
    };
    let same = other.map_or(0, |other| {
        shown.text().bytes().zip(other.text().bytes()).take_while(|(one, two)| one == two).count()
    });
    let line = shown.position(floor_boundary(shown.text(), same)).line;
    let span = shown.line_span(line).unwrap_or_default();
    let indent = shown.slice(span).len() - shown.slice(span).trim_start().len();
    Label::new(&shown, Span::new(span.start + indent, span.end), text)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
