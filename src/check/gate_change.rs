//! `gate-change`: a change does not loosen what judges it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Check, Judgement, Outcome, World};
use crate::change::ReadError;
use crate::config::{self, Config, EnvironmentRule, PolicyRule};
use crate::document::{Format, parse};
use crate::facts::delta::leaves;
use crate::facts::plan::{Key, is_placeholder};
use crate::finding::{Finding, Label, Severity};
use crate::source::{PathPattern, RepoPath, SourceFile, Span};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GateChange {
    /// What calls the gate by name in hooks and workflows.
    called: String,
    /// Files that can run the gate.
    runners: Vec<String>,
    /// Keys that switch a step off or its failure away.
    softening: Vec<String>,
}

/// One thing that got weaker, at its place.
struct Weaker {
    what: String,
    label: Label,
    remedy: Option<String>,
}

/// Both sides of a file of the gate.
struct Sides {
    before: Option<std::sync::Arc<SourceFile>>,
    after: Option<std::sync::Arc<SourceFile>>,
}

impl Sides {
    /// A place at head if the file is there, else at base.
    fn label(&self, at_head: Option<Span>, at_base: Span, text: &str) -> Option<Label> {
        match (&self.after, at_head, &self.before) {
            (Some(after), Some(span), _) => Some(Label::new(after, span, text)),
            (_, _, Some(before)) => Some(Label::new(before, at_base, text)),
            (Some(after), None, None) => Some(Label::new(after, Span::default(), text)),
            (None, _, None) => None,
        }
    }
}

impl Check for GateChange {
    fn reads(&self, path: &RepoPath) -> bool {
        self.part_of(path).is_some()
    }

    fn could_concern(&self, path: &RepoPath, text: &str) -> bool {
        path.lossy().contains(config::FOLDER) || text.contains(&self.called)
    }

    fn gate_file(&self, path: &RepoPath, world: &World<'_>) -> Judgement {
        let Some(part) = self.part_of(path) else { return Ok(Outcome::Holds) };
        let sides = Sides { before: world.base.text(path)?, after: world.head.text(path)? };
        let weaker = match part {
            Part::Config => weaker_config(&sides, world.now),
            Part::Policy => weaker_policy(&sides),
            Part::Waivers => weaker_waivers(&sides, world),
            Part::Runner => self.weaker_runner(&sides),
            Part::Owners => weaker_owners(&sides),
        };
        if weaker.is_empty() || allowed(world)? {
            return Ok(Outcome::Holds);
        }
        let adopted = part == Part::Config && sides.before.is_none();
        let findings = weaker.into_iter().map(|weaker| {
            let finding = Finding::new(
                format!("this change loosens the gate that judges it: {}", weaker.what),
                weaker.label,
                format!("{path}: {}", weaker.what),
            );
            let finding = finding.remedy(weaker.remedy.unwrap_or_else(|| {
                "put it in a change of its own that deploys nothing, with `Reason:` and a second person's `Approved-By:` in its message; until that lands, the rules of the base side judge"
                    .to_owned()
            }));
            // A repository that writes its first config takes nothing away that somebody relied on.
            if adopted { finding.at_most(Severity::Warn) } else { finding }
        });
        Ok(Outcome::Broken(findings.collect()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Config,
    Policy,
    Waivers,
    Runner,
    Owners,
}

impl GateChange {
    fn part_of(&self, path: &RepoPath) -> Option<Part> {
        let text = path.lossy();
        let below = text.strip_prefix(config::FOLDER).and_then(|rest| rest.strip_prefix('/'));
        match below {
            Some("waivers.toml") => return Some(Part::Waivers),
            Some(rest) if rest.starts_with("policies/") => return Some(Part::Policy),
            _ => {}
        }
        if text == config::FILE {
            return Some(Part::Config);
        }
        if matches!(
            text.as_ref(),
            "CODEOWNERS" | ".github/CODEOWNERS" | "docs/CODEOWNERS" | ".gitlab/CODEOWNERS"
        ) {
            return Some(Part::Owners);
        }
        let patterns = self.runners.iter().filter_map(|pattern| PathPattern::compile(pattern).ok());
        patterns.into_iter().any(|pattern| pattern.matches(path)).then_some(Part::Runner)
    }

    /// Lines and steps that call the gate, gone or softened.
    fn weaker_runner(&self, sides: &Sides) -> Vec<Weaker> {
        let Some(before) = &sides.before else { return Vec::new() };
        if !calls(before, &self.called) {
            return Vec::new();
        }
        let first = line_holding(before, &self.called);
        let Some(after) = sides.after.as_ref().filter(|after| calls(after, &self.called)) else {
            let label = Label::new(before, first, "called here before this change, and no more");
            let what = format!("{} no longer runs {}", before.origin().display(), self.called);
            return vec![Weaker { what, label, remedy: None }];
        };
        let mut weaker = Vec::new();
        for line in 1..=after.line_count() {
            let Some(span) = after.line_span(line) else { continue };
            let text = after.slice(span);
            let calls_gate = text.contains(&self.called) && !text.trim_start().starts_with('#');
            let soft = text.contains("|| true") || text.contains("|| :") || text.contains("--exit-zero");
            if calls_gate && soft && !before.text().contains(text.trim()) {
                let label = Label::new(after, trimmed(after, span), "its refusal is thrown away");
                weaker.push(Weaker { what: "its exit code is ignored".to_owned(), label, remedy: None });
            }
        }
        weaker.extend(self.softened_keys(before, after));
        weaker
    }

    /// Keys of a workflow that switch the gate off: new or changed beside the step that calls it, or above it.
    fn softened_keys(
        &self,
        before: &std::sync::Arc<SourceFile>,
        after: &std::sync::Arc<SourceFile>,
    ) -> Vec<Weaker> {
        let (Ok(old), Ok(new)) = (parse(before, Format::Yaml), parse(after, Format::Yaml)) else {
            return Vec::new();
        };
        let (Some(old), Some(new)) = (old.roots.first(), new.roots.first()) else { return Vec::new() };
        let (old, new) = (leaves(old), leaves(new));
        let mut weaker = Vec::new();
        for (path, (value, span)) in &new {
            let last = path.rsplit('.').next().unwrap_or(path);
            let soft = self.softening.iter().any(|key| key == last);
            if soft && value != "false" && old.get(path).is_none_or(|(known, _)| known != value) {
                let label = Label::new(after, *span, "new in a workflow that runs the gate");
                weaker.push(Weaker {
                    what: format!("`{last}: {value}` in its workflow"),
                    label,
                    remedy: None,
                });
            }
        }
        // An event that no longer starts the workflow leaves those changes unjudged.
        let events = |all: &std::collections::BTreeMap<String, (String, Span)>| -> BTreeSet<String> {
            all.iter()
                .filter(|(path, _)| {
                    path.as_str() == "on" || path.starts_with("on.") || path.starts_with("on[")
                })
                .map(|(path, (value, _))| {
                    if path.contains('[') && !path.contains('.') || path.as_str() == "on" {
                        value.clone()
                    } else {
                        path.split(['.', '[']).nth(1).unwrap_or_default().to_owned()
                    }
                })
                .collect()
        };
        for gone in events(&old).difference(&events(&new)) {
            let label = Label::new(before, line_holding(before, gone), "started the gate before this change");
            weaker.push(Weaker { what: format!("`{gone}` no longer starts it"), label, remedy: None });
        }
        weaker
    }
}

/// A loosening that stands alone, with a reason and a second person's name under it, is a decision and no trick.
fn allowed(world: &World<'_>) -> Result<bool, ReadError> {
    let protected = world
        .reached
        .iter()
        .any(|reached| reached.environment.as_ref().is_some_and(|environment| environment.protected));
    if protected {
        return Ok(false);
    }
    let reason = world.plan.values(Key::Reason).any(|stated| !is_placeholder(&stated.value));
    let authors: Vec<String> = world
        .change
        .commits
        .iter()
        .flat_map(|commit| [&commit.author, &commit.committer])
        .flat_map(|person| [person.name.to_lowercase(), person.email.to_lowercase()])
        .collect();
    let approved = world.plan.values(Key::ApprovedBy).any(|stated| {
        let approver = stated.value.to_lowercase();
        !is_placeholder(&stated.value)
            && !authors.iter().any(|author| !author.is_empty() && approver.contains(author.as_str()))
    });
    Ok(reason && approved)
}

fn calls(source: &SourceFile, called: &str) -> bool {
    source.text().lines().any(|line| line.contains(called) && !line.trim_start().starts_with('#'))
}

fn trimmed(source: &SourceFile, span: Span) -> Span {
    let text = source.slice(span);
    let start = span.start + (text.len() - text.trim_start().len());
    Span::new(start, (span.start + text.trim_end().len()).max(start))
}

/// The first line that holds a word and is no comment.
fn line_holding(source: &SourceFile, word: &str) -> Span {
    (1..=source.line_count())
        .filter_map(|line| source.line_span(line))
        .find(|span| {
            let text = source.slice(*span);
            text.contains(word) && !text.trim_start().starts_with('#')
        })
        .map_or_else(Span::default, |span| trimmed(source, span))
}

fn place_of(source: &SourceFile, word: &str) -> Option<Span> {
    source.text().find(word).map(|at| Span::new(at, at + word.len()))
}

fn weaker_config(sides: &Sides, now: jiff::Timestamp) -> Vec<Weaker> {
    let mut weaker = Vec::new();
    let mut add = |what: String, word: &str| {
        let at_head = sides.after.as_ref().and_then(|after| place_of(after, word));
        let at_base = sides.before.as_ref().and_then(|before| place_of(before, word)).unwrap_or_default();
        if let Some(label) = sides.label(at_head, at_base, "weaker than before") {
            weaker.push(Weaker { what, label, remedy: None });
        }
    };
    let old = match &sides.before {
        None => Config::default(),
        // What the base side can't read judges nobody: its own run has said so.
        Some(before) => match Config::compile(before) {
            Ok(config) => config,
            Err(_) => return Vec::new(),
        },
    };
    let new = match &sides.after {
        None => {
            add(format!("{} is taken away", config::FILE), "");
            return weaker;
        }
        Some(after) => match Config::compile(after) {
            Ok(config) => config,
            Err(problems) => {
                let problem = problems.list.first();
                let message = problem.map_or("it is not valid", |problem| problem.message.as_str());
                let span = problem.map_or_else(Span::default, |problem| problem.span);
                let label = Label::new(after, span, message);
                let remedy =
                    Some("mend it: once this lands, every run would end with exit code 2".to_owned());
                return vec![Weaker { what: format!("{} would not be valid", config::FILE), label, remedy }];
            }
        },
    };
    for rule in &old.environments {
        weaker_environment(rule, new.environments.iter().find(|known| known.name == rule.name), &mut add);
    }
    for rule in &new.policies {
        weaker_rule(rule, old.policies.iter().find(|known| known.id == rule.id), &mut add);
    }
    for rule in &old.policies {
        let raised = rule.severity.as_ref().is_some_and(|(word, _)| word == "block");
        if raised && !new.policies.iter().any(|known| known.id == rule.id) {
            add(format!("`[policy.{}]` no longer blocks", rule.id), &rule.id);
        }
    }
    if old.calendar.is_some() && new.calendar.is_none() {
        add("the calendar is taken away".to_owned(), "[calendar]");
    }
    if let (Some(before), Some(after)) = (&old.calendar, &new.calendar) {
        if let Some(at) = before.first_opened_by(after, now) {
            let when = crate::calendar::local_and_utc(at, after.zone());
            add(format!("the calendar would be open at {when}, and was closed"), "[calendar]");
        }
    }
    for contract in &old.contracts {
        let kept = new.contracts.iter().find(|known| known.workload == contract.workload);
        for (name, _) in &contract.expects {
            if kept.is_none_or(|kept| !kept.expects.iter().any(|(known, _)| known == name)) {
                add(
                    format!("the contract of {} no longer expects {name}", contract.workload),
                    "[[contract]]",
                );
            }
        }
        for pattern in &contract.from {
            if kept.is_none_or(|kept| !kept.from.contains(pattern)) {
                add(
                    format!("the contract of {} no longer reads {}", contract.workload, pattern.as_str()),
                    "[[contract]]",
                );
            }
        }
    }
    for pair in &old.pairs {
        if !new.pairs.iter().any(|known| known.when == pair.when && known.then == pair.then) {
            add(
                format!("the pair of {} and {} is taken away", pair.when.as_str(), pair.then.as_str()),
                "[[pair]]",
            );
        }
    }
    weaker
}

fn weaker_environment(
    old: &EnvironmentRule,
    new: Option<&EnvironmentRule>,
    add: &mut impl FnMut(String, &str),
) {
    let Some(new) = new else {
        add(format!("the environment {} is taken away", old.name), &old.name);
        return;
    };
    if old.protected && !new.protected {
        add(format!("{} is no longer protected", old.name), &old.name);
    }
    for pattern in &old.paths {
        if !new.paths.contains(pattern) {
            add(format!("{} no longer takes in {}", old.name, pattern.as_str()), &old.name);
        }
    }
    for marker in &old.markers {
        if !new.markers.contains(marker) {
            add(format!("{} is no longer known by the word `{marker}`", old.name), &old.name);
        }
    }
}

fn weight(word: &str) -> u8 {
    match word {
        "block" => 2,
        "warn" => 1,
        _ => 0,
    }
}

fn weaker_rule(new: &PolicyRule, old: Option<&PolicyRule>, add: &mut impl FnMut(String, &str)) {
    let word = |rule: &PolicyRule| rule.severity.as_ref().map(|(word, _)| word.clone());
    if let Some(after) = word(new) {
        let before = old.and_then(word).unwrap_or_else(|| "block".to_owned());
        if weight(&after) < weight(&before) {
            add(format!("`{}` goes from {before} to {after}", new.id), &new.id);
        }
    }
    for pattern in &new.exclude {
        if old.is_none_or(|old| !old.exclude.contains(pattern)) {
            add(format!("`{}` leaves out {}", new.id, pattern.as_str()), pattern.as_str());
        }
    }
    let narrowed = new.environments.as_ref().is_some_and(|names| names.as_slice() != ["all"]);
    if narrowed && old.and_then(|old| old.environments.as_ref()) != new.environments.as_ref() {
        add(format!("`{}` looks at other environments than before", new.id), &new.id);
    }
    if new.check.is_some() && old.and_then(|old| old.check.as_ref()) != new.check.as_ref() {
        add(format!("`{}` checks with other parameters than before", new.id), &new.id);
    }
}

fn table_of(source: Option<&std::sync::Arc<SourceFile>>) -> Option<toml::Table> {
    toml::from_str(source?.text()).ok()
}

fn weaker_policy(sides: &Sides) -> Vec<Weaker> {
    // A policy that comes new tightens, whatever it says.
    let Some(before) = &sides.before else { return Vec::new() };
    let Some(old) = table_of(Some(before)) else { return Vec::new() };
    let id = old.get("id").and_then(toml::Value::as_str).unwrap_or("this policy");
    let mut weaker = Vec::new();
    let mut add = |what: String, word: &str| {
        let at_head = sides.after.as_ref().and_then(|after| place_of(after, word));
        if let Some(label) =
            sides.label(at_head, place_of(before, word).unwrap_or_default(), "weaker than before")
        {
            weaker.push(Weaker { what, label, remedy: None });
        }
    };
    let Some(new) = table_of(sides.after.as_ref()) else {
        let gone = sides.after.is_none();
        add(format!("the policy `{id}` {}", if gone { "is taken away" } else { "would not be valid" }), "");
        return weaker;
    };
    let word =
        |table: &toml::Table, key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    if word(&old, "id") != word(&new, "id") {
        add(format!("the policy `{id}` is taken away: it has another id now"), "id");
    }
    for key in ["severity", "elsewhere"] {
        let (before, after) = (word(&old, key).unwrap_or_default(), word(&new, key).unwrap_or_default());
        if weight(&after) < weight(&before) {
            add(format!("`{id}` goes from {before} to {after}"), key);
        }
    }
    if word(&old, "stage").as_deref() == Some("stable") && word(&new, "stage").as_deref() == Some("preview") {
        add(format!("`{id}` goes back to preview, where it only warns"), "stage");
    }
    for key in ["select", "check"] {
        if old.get(key) != new.get(key) && !only_longer(old.get(key), new.get(key)) {
            add(format!("`{id}` has another [{key}] than before"), &format!("[{key}"));
        }
    }
    weaker
}

/// The same but for lists that got longer, outside of what is selected by name.
fn only_longer(old: Option<&toml::Value>, new: Option<&toml::Value>) -> bool {
    match (old, new) {
        (Some(toml::Value::Table(old)), Some(toml::Value::Table(new))) => {
            old.keys().eq(new.keys())
                && old.iter().all(|(key, value)| {
                    let grows = !matches!(
                        key.as_str(),
                        "exclude" | "allow" | "provided-elsewhere" | "option-lists" | "file-names" | "moving"
                    );
                    value == new.get(key).unwrap_or(value)
                        || (grows && only_longer(Some(value), new.get(key)))
                })
        }
        (Some(toml::Value::Array(old)), Some(toml::Value::Array(new))) => {
            old.iter().all(|item| new.contains(item))
        }
        (old, new) => old == new,
    }
}

fn weaker_waivers(sides: &Sides, world: &World<'_>) -> Vec<Weaker> {
    use crate::finding::waiver::Waivers;
    let today = world.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let Some(after) = &sides.after else { return Vec::new() };
    let (new, _) = Waivers::read(after, today);
    let old = sides.before.as_ref().map(|before| Waivers::read(before, today).0).unwrap_or_default();
    let mut weaker = Vec::new();
    for waiver in new.active() {
        let known = old.active().iter().any(|known| known.excuses_as_much_as(waiver));
        if !known {
            let label = Label::new(after, waiver.span, format!("excuses until {}", waiver.expires));
            let what = format!("a waiver for `{}` is added or widened", waiver.policy);
            weaker.push(Weaker { what, label, remedy: None });
        }
    }
    weaker
}

/// Owners of the gate's own files who are taken off the list.
fn weaker_owners(sides: &Sides) -> Vec<Weaker> {
    let Some(before) = &sides.before else { return Vec::new() };
    let guards = |line: &str| {
        let pattern = line.split_whitespace().next().unwrap_or_default();
        ["deploy-guard", "CODEOWNERS", ".github"].iter().any(|word| pattern.contains(word)) || pattern == "*"
    };
    let kept: BTreeSet<String> =
        sides.after.iter().flat_map(|after| after.text().lines()).map(normal).collect();
    let mut weaker = Vec::new();
    for line in 1..=before.line_count() {
        let Some(span) = before.line_span(line) else { continue };
        let text = before.slice(span);
        if guards(text) && !text.trim_start().starts_with('#') && !kept.contains(&normal(text)) {
            let label = Label::new(before, trimmed(before, span), "guarded the gate's own files");
            weaker.push(Weaker {
                what: "an owner of its files is taken off or changed".to_owned(),
                label,
                remedy: None,
            });
        }
    }
    weaker
}

fn normal(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
