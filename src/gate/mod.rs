//! The whole way from a request to a verdict, and whose word counts on it.
//!
//! In: a reader, a request and the clock. Out: a finished [`Report`](crate::report::Report)'s parts, or the error that
//! ends the run. The rules (config, policies, waivers, calendar) are taken from the side that may decide: base, for
//! everything that others will see; the local side while somebody is still editing.

mod ahead;
mod emergencies;
mod reached;
mod shown;

use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use crate::calendar::{Calendar, machine_zone};
use crate::change::{
    Change, EntryKind, FILE_LIMIT, PullRequests, ReadError, ReadErrorKind, Reader, Remembered, Tree,
    restored_state,
};
use crate::check::outlook::{self, Outlook};
use crate::check::{Reached, World};
use crate::config::{self, Config};
use crate::engine::{Evaluation, evaluate};
use crate::facts::delta::Delta;
use crate::facts::environment::Environments;
use crate::facts::plan::{DeployPlan, Proposal};
use crate::facts::{Reading, Snapshot};
use crate::finding::waiver::Waivers;
use crate::policy::{Catalogue, Override, Policy};
use crate::source::{Origin, Problem, Problems, RepoPath, SourceFile, Span, veiled};
use crate::verdict::{Verdict, decide};

pub use ahead::{Ahead, Preview};
pub use emergencies::{OpenEmergency, open_emergencies};
use reached::reached;
pub use shown::{Destination, Shown, Undecided, shown};

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

    /// SHA-256 over every rule in force: two runs with the same digest were judged by the same rules.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut sum = Sha256::new();
        let config = self.config.source.as_ref().map_or("", |source| source.text());
        let policies = self.catalogue.iter().flat_map(|policy| [policy.id.as_str(), policy.source.text()]);
        for text in [env!("CARGO_PKG_VERSION"), config].into_iter().chain(policies) {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text);
        }
        let mut hex = String::with_capacity(64);
        for byte in sum.finalize() {
            hex.push_str(&format!("{byte:02x}"));
        }
        hex
    }

    /// Reads the rules of the side that may decide on this change.
    pub fn of(reader: &dyn Reader, change: &Change, settings: &Settings) -> Result<Self, GateError> {
        Self::read(reader, deciding_tree(change), settings)
    }
}

/// A file of deploy-guard's own, or one that such a file names, from the side whose rules judge the change.
pub fn trusted_file(
    reader: &dyn Reader,
    change: &Change,
    path: &RepoPath,
) -> Result<Option<Arc<SourceFile>>, GateError> {
    rule_file(&Snapshot::new(reader, deciding_tree(change)), path)
}

/// The bytes of any file of that side; `None` where it has no plain file there, or one over the bound.
pub fn trusted_bytes(
    reader: &dyn Reader,
    change: &Change,
    path: &RepoPath,
) -> Result<Option<Vec<u8>>, GateError> {
    let found = reader.entry(deciding_tree(change), path)?;
    let Some(entry) = found.filter(|entry| entry.kind == EntryKind::File) else { return Ok(None) };
    match reader.read(&entry, FILE_LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind, ReadErrorKind::TooLarge(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The tree whose rules judge the change.
fn deciding_tree(change: &Change) -> &Tree {
    match &change.authority {
        Some(authority) => &authority.tree,
        None if change.asker.trusts_only_base() => &change.base.tree,
        None => &change.head.tree,
    }
}

/// Judges one change by the given rules.
pub fn judge(
    reader: &dyn Reader,
    change: &Change,
    rules: &Rules,
    settings: &Settings,
) -> Result<(Evaluation, Verdict), GateError> {
    in_world(reader, change, rules, settings, |world| evaluated(world, rules, settings))
}

/// Judges one change, and looks ahead: to when time alone would change the verdict, and to what the change's own rules
/// would say.
pub fn judge_ahead(
    reader: &dyn Reader,
    change: &Change,
    rules: &Rules,
    settings: &Settings,
) -> Result<(Evaluation, Verdict, Ahead), GateError> {
    in_world(reader, change, rules, settings, |world| {
        let (evaluation, verdict) = evaluated(world, rules, settings)?;
        let ahead = Ahead::of(reader, world, rules, settings, (&evaluation, verdict))?;
        Ok((evaluation, verdict, ahead))
    })
}

fn evaluated(
    world: &World<'_>,
    rules: &Rules,
    settings: &Settings,
) -> Result<(Evaluation, Verdict), GateError> {
    let mut evaluation = evaluate(world, &rules.catalogue, &rules.waivers, settings.all)?;
    evaluation.notes.extend(rules.notes.iter().map(|note| veiled(note).into_owned()));
    let verdict = decide(&evaluation);
    Ok((evaluation, verdict))
}

/// Puts together what the checks see.
fn in_world<T>(
    reader: &dyn Reader,
    change: &Change,
    rules: &Rules,
    settings: &Settings,
    judging: impl FnOnce(&World<'_>) -> Result<T, GateError>,
) -> Result<T, GateError> {
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
    judging(&world)
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
    let present = read(deciding_tree(change))?;
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
        plan.add_pull_request(pull_request);
    }
    if !matches!(change.pull_requests, PullRequests::None) {
        plan.countersigned_by_review(change.pull_requests.known());
    }
    Ok(plan)
}
