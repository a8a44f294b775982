//! `deploy-guard.toml`: environments that shrink, a calendar that opens, contracts and pairs that go, and policies that it
//! loosens.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::policies::{compare, place, toml_of};
use super::{GateChange, Sides, Weaker, World};
use crate::calendar::local_and_utc;
use crate::change::ReadError;
use crate::check::outlook::Rules;
use crate::config::{self, Config, EnvironmentRule};
use crate::document::Node;
use crate::finding::Label;
use crate::source::{PathPattern, RepoPath, SourceFile, Span};

/// So many files are asked for their environment.
const MOST_FILES: usize = 20_000;

/// Tables that are compared by what they mean; every other one by its text.
const UNDERSTOOD: [&str; 5] = ["environment", "calendar", "contract", "pair", "policy"];

pub(super) fn weaker(gate: &GateChange, sides: &Sides, world: &World<'_>) -> Result<Vec<Weaker>, ReadError> {
    let mut weaker = Vec::new();
    let Some(after) = &sides.after else {
        if let Some(before) = &sides.before {
            let label = Label::new(before, first_line(before), "in force before this change");
            weaker.push(Weaker::new(sides.loss(config::FILE), label));
        }
        return Ok(weaker);
    };
    let outlook = (world.outlook)()?;
    let (Ok(new), Some(present), Some(ahead)) = (Config::compile(after), &outlook.present, &outlook.ahead)
    else {
        return Ok(weaker);
    };
    let old = match &sides.before {
        None => Config::default(),
        Some(before) => match Config::compile(before) {
            Ok(config) => config,
            // What the base side can't read judges nobody: its own run has said so.
            Err(_) => return Ok(weaker),
        },
    };
    let here = |keys: &[&str]| Label::new(after, place(after, keys), "weaker than before");
    let mut named = Vec::new();
    for rule in &old.environments {
        let twin = new.environments.iter().find(|known| known.name == rule.name);
        if let Some(what) = weaker_environment(rule, twin, present, ahead) {
            named.push(rule.name.clone());
            weaker.extend(what.into_iter().map(|what| Weaker::new(what, here(&["environment", &rule.name]))));
        }
    }
    for (name, lost) in lost_files(world, present, ahead)? {
        if let (false, Some(first)) = (named.contains(&name), lost.first()) {
            let more = match lost.len() {
                1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            weaker.push(Weaker::new(
                format!("{first}{more} no longer belongs to {name}, which is protected"),
                here(&["environment"]),
            ));
        }
    }
    for stance in &present.stances {
        let rule = |config: &Config| config.policies.iter().any(|rule| rule.id == stance.id);
        // What a policy file loosens is said of that file.
        if !rule(&old) && !rule(&new) {
            continue;
        }
        let Some(twin) = ahead.stance(&stance.id) else { continue };
        for (what, keys) in compare(gate, stance, twin) {
            let last = match keys.as_slice() {
                ["select", last] => last,
                [first, ..] => first,
                [] => "",
            };
            weaker.push(Weaker::new(what, here(&["policy", &stance.id, last])));
        }
    }
    weaker.extend(weaker_calendar(&old, &new, present, world, after));
    for (what, key) in fewer_duties(&old, &new) {
        weaker.push(Weaker::new(what, here(&[key])));
    }
    if let Some(before) = &sides.before {
        weaker.extend(other_tables(gate, before, after));
    }
    Ok(weaker)
}

fn first_line(source: &SourceFile) -> Span {
    source.line_span(1).unwrap_or_default()
}

/// What became of an environment; `None` where it is as large as before.
fn weaker_environment(
    old: &EnvironmentRule,
    new: Option<&EnvironmentRule>,
    present: &Rules,
    ahead: &Rules,
) -> Option<Vec<String>> {
    let Some(new) = new else { return Some(vec![format!("the environment {} is taken away", old.name)]) };
    let mut weaker = Vec::new();
    if old.protected && !new.protected {
        weaker.push(format!("{} is no longer protected", old.name));
    } else {
        for pattern in old.paths.iter().filter(|pattern| !new.paths.contains(pattern)) {
            // Another pattern may take in all that this one did.
            if samples(pattern).iter().any(|path| is_lost(path, present, ahead).is_some()) {
                weaker.push(format!("{} no longer takes in {}", old.name, pattern.as_str()));
            }
        }
    }
    for marker in old.markers.iter().filter(|marker| !new.markers.contains(marker)) {
        weaker.push(format!("{} is no longer known by the word `{marker}`", old.name));
    }
    (!weaker.is_empty()).then_some(weaker)
}

/// Paths that a pattern takes in.
fn samples(pattern: &PathPattern) -> Vec<RepoPath> {
    let fill = |deep: &str| {
        let text = pattern.as_str().replace("**/", deep).replace("**", "y/z.yaml");
        RepoPath::from(text.replace(['*', '?'], "x").as_str())
    };
    [fill(""), fill("w/"), fill("v/w/")].into_iter().filter(|path| pattern.matches(path)).collect()
}

/// The protected environment that a path had and has no more.
fn is_lost(path: &RepoPath, present: &Rules, ahead: &Rules) -> Option<String> {
    let before =
        present.environments.environment_of(path, None).filter(|environment| environment.protected)?;
    let after = ahead.environments.environment_of(path, None);
    (!after.is_some_and(|after| after.protected)).then_some(before.name)
}

/// Files that were protected and would be no more, by environment.
fn lost_files(
    world: &World<'_>,
    present: &Rules,
    ahead: &Rules,
) -> Result<BTreeMap<String, Vec<RepoPath>>, ReadError> {
    let mut lost: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
    let files = world.head.files()?;
    for (path, _) in files.iter().take(MOST_FILES) {
        if let Some(name) = is_lost(path, present, ahead) {
            lost.entry(name).or_default().push(path.clone());
        }
    }
    Ok(lost)
}

fn weaker_calendar(
    old: &Config,
    new: &Config,
    present: &Rules,
    world: &World<'_>,
    after: &Arc<SourceFile>,
) -> Option<Weaker> {
    let label = Label::new(after, place(after, &["calendar"]), "weaker than before");
    let Some(calendar) = &new.calendar else {
        return old.calendar.is_some().then(|| Weaker::new("the calendar is taken away", label));
    };
    // Without one the built-in calendar held.
    let at = present.calendar.first_opened_by(calendar, world.now)?;
    let when = local_and_utc(at, calendar.zone());
    Some(Weaker::new(format!("the calendar would be open at {when}, and was closed"), label))
}

/// Contracts and pairs that are gone or ask for less, each with the table that held it.
fn fewer_duties(old: &Config, new: &Config) -> Vec<(String, &'static str)> {
    let mut weaker = Vec::new();
    for contract in &old.contracts {
        let kept = new.contracts.iter().find(|known| known.workload == contract.workload);
        for (name, _) in &contract.expects {
            if kept.is_none_or(|kept| !kept.expects.iter().any(|(known, _)| known == name)) {
                let what = format!("the contract of {} no longer expects {name}", contract.workload);
                weaker.push((what, "contract"));
            }
        }
        for pattern in &contract.from {
            if kept.is_none_or(|kept| !kept.from.contains(pattern)) {
                let what =
                    format!("the contract of {} no longer reads {}", contract.workload, pattern.as_str());
                weaker.push((what, "contract"));
            }
        }
    }
    for pair in &old.pairs {
        if !new.pairs.iter().any(|known| known.when == pair.when && known.then == pair.then) {
            let what = format!("the pair of {} and {} is taken away", pair.when.as_str(), pair.then.as_str());
            weaker.push((what, "pair"));
        }
    }
    weaker
}

/// Tables that nobody taught this check: what was said there must still be said.
fn other_tables(gate: &GateChange, before: &Arc<SourceFile>, after: &Arc<SourceFile>) -> Vec<Weaker> {
    let table = |source: &SourceFile| toml::from_str::<toml::Table>(source.text()).unwrap_or_default();
    let (old, new) = (table(before), table(after));
    let spans = toml_of(after);
    let root: Option<&Node> = spans.as_ref().and_then(|document| document.roots.first());
    old.iter()
        .filter(|(key, _)| !UNDERSTOOD.contains(&key.as_str()))
        .filter(|(key, value)| new.get(*key) != Some(value) && !gate.is_as_strict(key, value, new.get(*key)))
        .map(|(key, _)| {
            let span =
                root.and_then(|root| root.entry(key)).map_or_else(Span::default, |entry| entry.key.span);
            Weaker::new(
                format!("[{key}] says less than before"),
                Label::new(after, span, "other than before"),
            )
        })
        .collect()
}
