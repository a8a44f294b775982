//! The checklist as it is written: `.deploy-guard/checklist.toml`, and the built-in one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::compile::{SEEN, compile, span_of};
use super::item::{Item, OnError, Task};
use super::raw::RawChecklist;
use crate::calendar::Length;
use crate::policy::EnvironmentScope;
use crate::probe;
use crate::source::{Origin, PathPattern, Problem, Problems, RepoPath, SourceFile, Span, nearest};

/// The id of the item that is always there: the gate's verdict.
pub const POLICIES: &str = "policies";

const BUILT_IN: &str = include_str!("../../policies/checklist.toml");

/// What a repository asks before a release.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// `None`: the built-in one alone.
    pub source: Option<Arc<SourceFile>>,
    pub probes: Probes,
    pub services: Vec<Service>,
    /// Evidence first; each family in the order in which it is written, the built-in items last.
    pub items: Vec<Item>,
}

/// `[probes]` and `[secret.<NAME>]`: where questions may go, and what is sent along.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    pub private: Vec<(String, Span)>,
    /// The proxy that the environment names is used.
    pub proxy: bool,
    /// A file of certificates in PEM that are trusted beside the machine's, from the root of the repository.
    pub authorities: Option<(RepoPath, Span)>,
    pub secrets: Vec<SecretRule>,
}

/// A variable whose value goes to some hosts.
#[derive(Debug, Clone)]
pub struct SecretRule {
    pub variable: String,
    pub hosts: Vec<String>,
    pub scheme: Scheme,
}

/// How a secret is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    #[default]
    Bearer,
    Basic,
}

/// `[service.<name>]`
#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    /// Empty: a workload of this name.
    pub paths: Vec<PathPattern>,
    /// Labels that its alerts bear, with the values that they can have.
    pub alerts: BTreeMap<String, Vec<String>>,
    /// Its longest session or token.
    pub session: Option<Length>,
}

impl Checklist {
    /// The built-in one.
    pub fn built_in() -> Result<Self, Problems> {
        let source = SourceFile::new(Origin::File("policies/checklist.toml".into()), BUILT_IN.to_owned());
        let mut list = compile(&source, true)?;
        list.source = None;
        list.items.insert(0, policies());
        Ok(list)
    }

    /// A repository's own, with the built-in items that it does not replace or leave out.
    pub fn read(source: &Arc<SourceFile>) -> Result<Self, Problems> {
        let raw = parse(source)?;
        let built_in = Self::built_in()?;
        let mut list = compile(source, false)?;
        let mut problems = Vec::new();
        for off in &raw.off {
            if off.get_ref() == POLICIES {
                let problem = Problem::new(span_of(off), "the gate's verdict can't be left out");
                problems.push(
                    problem.hint("a single finding is excused by a waiver, a whole policy by `severity`"),
                );
            } else if built_in.items.iter().all(|item| item.id != *off.get_ref()) {
                let ids = || built_in.items.iter().map(|item| item.id.as_str()).filter(|id| *id != POLICIES);
                let hint = nearest(off.get_ref(), ids()).map_or_else(
                    || format!("those are {}", ids().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let problem = format!("no built-in item is called `{}`", off.get_ref());
                problems.push(Problem::new(span_of(off), problem).hint(hint));
            }
        }
        let roles: BTreeSet<&str> = list.items.iter().chain(&built_in.items).filter_map(role_of).collect();
        for name in raw.role.keys() {
            if !roles.iter().any(|role| is_role(role, name.get_ref())) {
                let hint = nearest(name.get_ref(), roles.iter().copied()).map_or_else(
                    || format!("asked are {}", roles.iter().copied().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let problem = format!("no item asks the role `{}`", name.get_ref());
                problems.push(Problem::new(span_of(name), problem).hint(hint));
            }
        }
        if !problems.is_empty() {
            return Err(Problems { file: source.clone(), list: problems });
        }
        let own: Vec<String> = list.items.iter().map(|item| item.id.clone()).collect();
        let off = |id: &str| raw.off.iter().any(|off| off.get_ref() == id);
        let wanted = |item: &Item| item.id == POLICIES || raw.built_in.unwrap_or(true);
        let rest = built_in
            .items
            .into_iter()
            .filter(|item| wanted(item) && !own.contains(&item.id) && !off(&item.id));
        list.items.extend(rest);
        // Who may answer for a role holds for the built-in questions as well.
        for item in &mut list.items {
            if let Task::Question(question) = &mut item.task
                && let Some((_, role)) =
                    raw.role.iter().find(|(name, _)| is_role(&question.role.name, name.get_ref()))
            {
                question.role.people.clone_from(&role.people);
            }
        }
        let place = |item: &Item| match item.task {
            Task::Policies => 0,
            Task::Probe(_) => 1,
            Task::Question(_) => 2,
        };
        list.items.sort_by_key(place);
        Ok(list)
    }
}

/// Whether a table's name means this role: `[role.on-call]` is `on call`, as a key has no blanks.
fn is_role(role: &str, name: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', '_'], " ");
    plain(role) == plain(name)
}

fn role_of(item: &Item) -> Option<&str> {
    match &item.task {
        Task::Question(question) => Some(&question.role.name),
        Task::Policies | Task::Probe(_) => None,
    }
}

fn policies() -> Item {
    Item {
        id: POLICIES.to_owned(),
        title: "The change breaks no rule".to_owned(),
        incident: None,
        environments: EnvironmentScope::All,
        services: Vec::new(),
        when: Vec::new(),
        on_error: OnError::NoGo,
        max_age: SEEN,
        task: Task::Policies,
        triggers: Vec::new(),
        fails_for: None,
        built_in: true,
    }
}

pub(super) fn parse(source: &Arc<SourceFile>) -> Result<RawChecklist, Problems> {
    toml::from_str(source.text()).map_err(|error| {
        let mut problems = Problems::of_toml(source, &error);
        problems.list = problems.list.into_iter().map(with_hint).collect();
        problems
    })
}

/// What to write instead, where the reader of TOML says only what it wanted.
fn with_hint(problem: Problem) -> Problem {
    let hint = match problem.message.as_str() {
        "missing field `probe`" => {
            format!(
                "an item of evidence has one table [evidence.probe.KIND]: {}",
                probe::Kind::NAMES.join(", ")
            )
        }
        message if message.starts_with("wanted exactly 1 element") => {
            "an item of evidence has one probe: make an item of each".to_owned()
        }
        message if message.ends_with("expected a sequence") => "write a list: [\"one\"]".to_owned(),
        _ => return problem,
    };
    problem.hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Checklist, Problems> {
        Checklist::read(&SourceFile::new(
            Origin::File(".deploy-guard/checklist.toml".into()),
            text.to_owned(),
        ))
    }

    fn ids(list: &Checklist) -> Vec<&str> {
        list.items.iter().map(|item| item.id.as_str()).collect()
    }

    const PROBE: &str =
        "[[evidence]]\nid = \"lag\"\n[evidence.probe.certificate]\nhosts = [\"a.example.org\"]\n";

    #[test]
    fn the_built_in_list_is_valid_and_begins_with_the_verdict() {
        let list = Checklist::built_in().unwrap();
        assert_eq!(list.items[0].id, POLICIES);
        assert!(list.items.iter().all(|item| item.id == POLICIES || item.incident.is_some()));
    }

    #[test]
    fn an_own_list_stands_beside_the_built_in_one_and_evidence_comes_first() {
        let list = read(PROBE).unwrap();
        assert_eq!(ids(&list)[..3], [POLICIES, "lag", "context"]);
        assert!(ids(&list).contains(&"release"));
    }

    #[test]
    fn an_item_replaces_the_built_in_one_of_its_name_and_others_are_left_out_by_name() {
        let own = "off = [\"alerts-heard\"]\n[role.lead]\npeople = [\"lead@example.org\"]\n[[confirmation]]\nid = \"release\"\nrole = \"lead\"\nquestion = \"Go?\"\n";
        let list = read(own).unwrap();
        assert_eq!(ids(&list).iter().filter(|id| **id == "release").count(), 1);
        assert!(!ids(&list).contains(&"alerts-heard"));
        let release = list.items.iter().find(|item| item.id == "release").unwrap();
        let Task::Question(question) = &release.task else { panic!() };
        assert_eq!(question.role.people, ["lead@example.org"]);
        let alone = read(&format!("built-in = false\n{PROBE}")).unwrap();
        assert_eq!(ids(&alone), [POLICIES, "lag"], "the verdict can't be left out");
    }

    #[test]
    fn every_fault_is_told_at_its_place() {
        for (text, at, words) in [
            ("off = [\"policies\"]", "\"policies\"", "can't be left out"),
            ("off = [\"nothing\"]", "\"nothing\"", "no built-in item"),
            ("[[confirmation]]\nid = \"A b\"\nrole = \"x\"\nquestion = \"q\"", "\"A b\"", "no id of an item"),
            (
                "[[confirmation]]\nid = \"policies\"\nrole = \"x\"\nquestion = \"q\"",
                "\"policies\"",
                "always there",
            ),
            ("[[confirmation]]\nid = \"a\"\nrole = \"x\"\nquestion = \" \"", "\" \"", "empty question"),
            (
                "[[confirmation]]\nid = \"a\"\nrole = \"x\"\nquestion = \"q\"\nservices = [\"etl\"]\n[service.etk]",
                "\"etl\"",
                "no [service.etl]",
            ),
            (
                "[[confirmation]]\nid = \"a\"\nrole = \"x\"\nquestion = \"q\"\nenvironments = \"prod\"",
                "\"prod\"",
                "selects no environments",
            ),
            (
                "[[evidence]]\nid = \"a\"\nmax-age = \"soon\"\n[evidence.probe.context]",
                "\"soon\"",
                "no length of time",
            ),
            ("[[evidence]]\nid = \"a\"\n[evidence.probe.contex]", "contex", "unknown variant"),
            ("[[evidence]]\nid = \"a\"\nrole = \"x\"\n[evidence.probe.context]", "role", "unknown field"),
            ("[role.release-leed]\npeople = []", "release-leed", "no item asks the role"),
            ("[probes]\nprivate = [\"10.0.0.0/99\"]", "\"10.0.0.0/99\"", "no network"),
            ("[secret.TOKEN]\nhosts = [\"http://a\"]", "\"http://a\"", "more than a host"),
        ] {
            let problems = read(text).unwrap_err();
            let problem = &problems.list[0];
            assert_eq!(problems.file.slice(problem.span), at, "{text}: {problem:?}");
            assert!(problem.message.contains(words), "{}", problem.message);
        }
    }

    #[test]
    fn who_may_answer_for_a_role_holds_for_the_built_in_questions_too() {
        let people = |list: &Checklist, id: &str| {
            let item = list.items.iter().find(|item| item.id == id).unwrap();
            let Task::Question(question) = &item.task else { panic!() };
            question.role.people.clone()
        };
        for name in ["release-lead", "\"release lead\"", "Release_Lead"] {
            let list = read(&format!("[role.{name}]\npeople = [\"lead@example.org\"]\n")).unwrap();
            assert_eq!(people(&list, "release"), ["lead@example.org"], "{name}");
            assert_eq!(people(&list, "alerts-heard"), Vec::<String>::new(), "{name}");
        }
        // A role may be listed whose question is left out.
        assert!(read("off = [\"alerts-heard\"]\n[role.on-call]\npeople = [\"sre\"]\n").is_ok());
    }

    #[test]
    fn a_fault_that_is_not_named_by_its_words_says_what_to_write() {
        for (text, hint) in [
            ("[[evidence]]\nid = \"a\"", "[evidence.probe.KIND]: alertmanager, certificate"),
            (
                "[[evidence]]\nid = \"a\"\n[evidence.probe.context]\n[evidence.probe.checks]",
                "make an item of each",
            ),
            ("[role.on-call]\npeople = \"sre\"", "write a list"),
            ("off = [\"alert-heard\"]", "did you mean `alerts-heard`"),
            ("off = [\"nothing\"]", "those are context, way-back"),
            ("[role.release-leed]\npeople = []", "did you mean `release lead`"),
        ] {
            let problems = read(text).unwrap_err();
            let said = problems.list[0].hint.as_deref().unwrap_or_default();
            assert!(said.contains(hint), "{text}: {problems:?}");
        }
    }

    #[test]
    fn two_items_of_one_name_are_a_fault() {
        let problems = read(&format!("{PROBE}{PROBE}")).unwrap_err();
        assert!(problems.list[0].message.contains("already"));
    }
}
