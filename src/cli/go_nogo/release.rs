//! What is released: the change, the rules that judge it, and the items that it brings up.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::arguments::ReleaseArguments;
use super::authors;
use super::gather::{Gathering, cluster_state, probe_of};
use super::judged::policy_verdict;
use super::platform::{Opened, opened};
use crate::board::{Board, Plan, Released};
use crate::calendar::Length;
use crate::change::{Change, Reader, Tree, read_change};
use crate::checklist::{Checklist, Row, State, Task, Touched};
use crate::cli::Failure;
use crate::cli::judging::{Clock, request};
use crate::config::FOLDER;
use crate::env::Environment;
use crate::facts::environment::Environments;
use crate::facts::plan::{DeployPlan, Key, is_placeholder};
use crate::gate::{
    Destination, Rules, Settings, Shown, Undecided, judge_ahead, shown, trusted_bytes, trusted_file,
};
use crate::policy::EnvironmentScope;
use crate::probe::{NamedEnvironment, Release, ReleasedService, digest};
use crate::source::{Problem, Problems, RepoPath, SourceFile, nearest};
use crate::verdict::Verdict;

/// A release with everything that is known before anybody is asked.
pub(super) struct Prepared {
    pub change: Change,
    pub rules: Rules,
    pub checklist: Checklist,
    pub shown: Shown,
    pub rows: Vec<Row>,
    pub gathering: Arc<Gathering>,
    pub opened: Option<Opened>,
    /// What answers are bound to: this change, to this environment, under this list.
    pub run: String,
    /// The longest session or token of what is released.
    pub session: Option<Length>,
    pub at: Timestamp,
    pub simulated: bool,
}

/// Reads everything, and judges the change.
pub(super) fn prepare(
    arguments: &ReleaseArguments,
    clock: Clock<'_>,
    environment: &Environment,
    reader: &dyn Reader,
    stop: &Arc<AtomicBool>,
) -> Result<Prepared, Failure> {
    let mut change = read_change(reader, &request(&arguments.change))?;
    if change.base.tree == change.head.tree {
        return Err(nothing_released(&change));
    }
    let now = crate::cli::judging::read_clock()?;
    let opened = opened(arguments.pull_request, arguments.offline, now)?;
    if let Some(opened) = &opened {
        change.pull_requests = opened.read(change.head.commit.as_ref());
    }
    let mut settings = Settings { now, ci: environment.ci, all: false };
    let mut rules = Rules::of(reader, &change, &settings)?;
    if clock.is_simulated() {
        settings.now = clock.instant(rules.calendar.zone())?;
        rules = Rules::of(reader, &change, &settings)?;
    }
    let path = RepoPath::from(format!("{FOLDER}/checklist.toml").as_str());
    let source = trusted_file(reader, &change, &path)?;
    let checklist = match &source {
        Some(source) => Checklist::read(source)?,
        None => Checklist::built_in()?,
    };
    known_environments(&checklist, &rules.environments)?;
    let destination = arguments.environment.as_deref().map_or(Destination::Only, Destination::Named);
    let shown = shown(reader, &change, &rules, destination)?.map_err(undecided)?;
    let touched = Touched {
        environment: shown.environment.as_ref().map(|found| (found.name.as_str(), found.protected)),
        files: &shown.files,
        workloads: &shown.workloads,
        signs: &shown.signs,
    };
    let services = checklist.services_of(&touched);
    let session = Checklist::longest_session(&services);
    let mut rows = checklist.rows(&touched);
    authors::are_known(&change, &rows)?;
    let (evaluation, verdict, ahead) = judge_ahead(reader, &change, &rules, &settings)?;
    for row in rows.iter_mut().filter(|row| matches!(row.item.task, Task::Policies)) {
        row.state = State::Judged(policy_verdict(
            &evaluation,
            verdict,
            now,
            ahead.valid_until.filter(|_| !clock.is_simulated()),
        ));
    }
    let authorities = authorities(reader, &change, &checklist)?;
    let root = reader.root().unwrap_or_else(|| environment.folder.clone());
    let gathering = Gathering {
        release: Release {
            environment: shown.environment.as_ref().map(|found| named(&found.name, &rules.environments)),
            others: others(&shown, &rules.environments),
            services: services
                .iter()
                .map(|service| ReleasedService { name: service.name.clone(), alerts: service.alerts.clone() })
                .collect(),
            images: shown.images.clone(),
            head: change.head.commit.as_ref().map(ToString::to_string),
            pull_request: opened.as_ref().map(Opened::number),
            reviewed: Some(reviewed(reader, &change, &rows, &root)?),
            folder: root,
        },
        probes: checklist.probes.clone(),
        authorities,
        offline: arguments.offline,
        // What is not committed is still its author's own word.
        may_run: change.asker.trusts_only_base() && source.is_some(),
        cluster_state: cluster_state(arguments.cluster_state.as_ref())?,
        stop: Arc::clone(stop),
        running: std::sync::atomic::AtomicUsize::new(0),
    };
    // An address that is no address ends the run here, and not once somebody has answered half of the list.
    gathering.door()?;
    let run = run_of(&change, &shown, source.as_deref(), &rules);
    Ok(Prepared {
        checklist,
        shown,
        rows,
        opened,
        gathering: Arc::new(gathering),
        run,
        session,
        at: settings.now,
        // What is not committed is judged by its author's own list, and nothing could be bound to it.
        simulated: clock.is_simulated() || !change.asker.trusts_only_base(),
        change,
        rules,
    })
}

impl Prepared {
    /// The board as it stands, its word not yet said.
    pub(super) fn board(&self, rows: Vec<Row>) -> Board {
        let environment = self.shown.environment.as_ref();
        let commit = self.change.commits.first();
        let title = commit.and_then(|commit| commit.message.lines().next()).unwrap_or_default().to_owned();
        let mut notes = self.change.notes.clone();
        notes.extend(self.rules.notes.iter().cloned());
        if self.shown.files.is_empty() {
            notes.push("the change touches nothing that is deployed".to_owned());
        }
        notes.extend(unplaced(&self.shown));
        notes.extend(self.gathering.unset());
        Board {
            environment: environment.map(|found| found.name.clone()),
            protected: environment.is_some_and(|found| found.protected),
            services: self.services(),
            change: Released {
                title,
                base_label: self.change.base.label.clone(),
                head_label: self.change.head.label.clone(),
                base: self.change.base.commit.as_ref().map(ToString::to_string),
                head: self.change.head.commit.as_ref().map(ToString::to_string),
                tree: match &self.change.head.tree {
                    Tree::Object(id) => Some(id.to_string()),
                    Tree::Empty | Tree::Index | Tree::WorkTree => None,
                },
                commits: self.change.commits.len(),
            },
            verdict: Verdict::Unjudged,
            at: self.at,
            simulated: self.simulated,
            valid_until: None,
            zone: self.rules.calendar.zone().clone(),
            catalogue: self.catalogue(),
            checklist: self.checklist.source.as_ref().map(|source| source.origin().display()),
            rows,
            plan: plan(&self.shown.plan),
            recorded: None,
            notes,
        }
    }

    /// The digest of every rule and item in force.
    fn catalogue(&self) -> String {
        let list = self.checklist.source.as_ref().map_or("", |source| source.text());
        digest(format!("{}\n{list}", self.rules.digest()).as_bytes())
    }

    /// Services of the list; without any, the workloads that are touched.
    fn services(&self) -> Vec<String> {
        if self.gathering.release.services.is_empty() {
            return self.shown.workloads.iter().cloned().collect();
        }
        self.gathering.release.services.iter().map(|service| service.name.clone()).collect()
    }
}

/// An item for an environment that nothing here is called would never be asked, and nobody would miss it.
fn known_environments(checklist: &Checklist, environments: &Environments) -> Result<(), Failure> {
    let known: Vec<String> = environments.known().into_iter().map(|(name, _)| name).collect();
    let named = checklist.items.iter().filter_map(|item| match &item.environments {
        EnvironmentScope::Named(names) => Some((item, names)),
        EnvironmentScope::All | EnvironmentScope::Protected => None,
    });
    let mut strange = named
        .flat_map(|(item, names)| names.iter().map(move |name| (item, name)))
        .filter(|(_, name)| !known.contains(name));
    let Some((item, name)) = strange.next() else { return Ok(()) };
    Err(Failure::usage_with_hint(
        format!("the checklist's `{}` is asked for the environment `{name}`, and none is called so", item.id),
        nearest(name, known.iter().map(String::as_str)).map_or_else(
            || format!("known are {}; others are named in deploy-guard.toml", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        ),
    ))
}

fn named(name: &str, environments: &Environments) -> NamedEnvironment {
    let known = environments.known().into_iter().find(|(known, _)| known == name);
    let markers = known.map_or_else(|| vec![name.to_owned()], |(_, words)| words);
    NamedEnvironment { name: name.to_owned(), markers, protected: environments.is_protected(name) }
}

fn others(shown: &Shown, environments: &Environments) -> Vec<NamedEnvironment> {
    let own = shown.environment.as_ref().map(|found| found.name.as_str());
    let known = environments.known().into_iter();
    known.filter(|(name, _)| Some(name.as_str()) != own).map(|(name, _)| named(&name, environments)).collect()
}

/// An empty range would be a go for a commit that nobody was asked about.
fn nothing_released(change: &Change) -> Failure {
    let sides = format!("{} and {}", change.base.label, change.head.label);
    Failure::usage_with_hint(
        format!("nothing is released: {sides} hold the same"),
        "name what runs now with --base, the tag of the last release; --head has to be built on it",
    )
}

/// What the reviewed side has of every file that a program would run.
fn reviewed(
    reader: &dyn Reader,
    change: &Change,
    rows: &[Row],
    folder: &Path,
) -> Result<BTreeMap<RepoPath, String>, Failure> {
    let mut found = BTreeMap::new();
    for kind in rows.iter().filter_map(probe_of) {
        for path in kind.probe().files(folder) {
            if let Some(bytes) = trusted_bytes(reader, change, &path)? {
                found.insert(path, digest(&bytes));
            }
        }
    }
    Ok(found)
}

/// What is said of files that are part of the release although nothing says where they go.
fn unplaced(shown: &Shown) -> Option<String> {
    let files = match shown.unplaced {
        0 => return None,
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    Some(shown.environment.as_ref().map_or_else(
        || {
            format!(
                "no environment is known for {files}: what is asked for a protected one is asked; --environment says \
                 which it is"
            )
        },
        |own| format!("no environment is known for {files}: counted as released to {}", own.name),
    ))
}

fn undecided(undecided: Undecided) -> Failure {
    match undecided {
        Undecided::Several(names) => Failure::usage_with_hint(
            format!("this change reaches {}: which one is released?", listed(&names)),
            format!(
                "add --environment {}; each one is a release of its own",
                names.first().map_or("NAME", String::as_str)
            ),
        ),
        Undecided::Unknown(names) if names.is_empty() => {
            Failure::usage("no environment of this name is known, and the change reaches none")
        }
        Undecided::Unknown(names) => Failure::usage(format!(
            "no environment of this name is known; the change reaches {}",
            listed(&names)
        )),
    }
}

/// `eu and us`, `eu, us and apac`
fn listed(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The certificates that the list names; one that is named and not there is a fault of the list.
fn authorities(
    reader: &dyn Reader,
    change: &Change,
    checklist: &Checklist,
) -> Result<Option<Vec<u8>>, Failure> {
    let (Some((path, span)), Some(source)) = (&checklist.probes.authorities, &checklist.source) else {
        return Ok(None);
    };
    match trusted_file(reader, change, path)? {
        Some(file) if file.text().contains("-----BEGIN CERTIFICATE-----") => {
            Ok(Some(file.text().as_bytes().to_vec()))
        }
        file => {
            let place = path.display();
            let problem = if file.is_some() {
                Problem::new(*span, format!("{place} holds no certificate"))
                    .hint("it is a PEM file: it has lines `-----BEGIN CERTIFICATE-----`")
            } else {
                Problem::new(*span, format!("there is no {place}"))
                    .hint("a file of this repository, by its path from the root, committed before the change")
            };
            Err(Problems::one(source, problem).into())
        }
    }
}

fn run_of(change: &Change, shown: &Shown, list: Option<&SourceFile>, rules: &Rules) -> String {
    let side = |side: &crate::change::Side| format!("{:?}{:?}", side.commit, side.tree);
    let name = shown.environment.as_ref().map_or("", |found| found.name.as_str());
    let list = list.map_or("", SourceFile::text);
    let all = [side(&change.base), side(&change.head), name.to_owned(), rules.digest(), list.to_owned()];
    digest(all.join("\n").as_bytes()).chars().take(16).collect()
}

/// The plan as a board shows it: what says nothing is left out.
pub(super) fn plan(plan: &DeployPlan) -> Plan {
    let said = |key: Key| -> Vec<String> {
        let values = plan.values(key).map(|value| value.value.trim().to_owned());
        values.filter(|value| !is_placeholder(value)).collect()
    };
    Plan {
        steps: said(Key::RollbackPlan),
        triggers: said(Key::RollbackTrigger),
        owner: said(Key::RollbackOwner).into_iter().next(),
        soak: plan.soak().map(|soak| soak.value.text),
    }
}
