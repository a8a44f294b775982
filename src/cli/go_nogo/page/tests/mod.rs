//! The page without a terminal: what keys do, and what it looks like.

mod keys;
mod looks;
mod terminal;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::state::{Effect, Page};
use crate::board::{Board, Plan, Released};
use crate::checklist::{Item, OnError, Person, PolicyVerdict, Proof, Question, Role, Row, State, Task};
use crate::policy::EnvironmentScope;
use crate::probe::{Evidence, Kind, Outcome};
use crate::verdict::Verdict;

pub(super) fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-10T14:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn item(id: &str, title: &str, task: Task) -> Item {
    Item {
        id: id.to_owned(),
        title: title.to_owned(),
        incident: None,
        environments: EnvironmentScope::All,
        services: Vec::new(),
        when: Vec::new(),
        on_error: OnError::NoGo,
        max_age: SignedDuration::from_mins(10),
        task,
        triggers: Vec::new(),
        fails_for: None,
        built_in: true,
    }
}

fn probed(id: &str, title: &str) -> Row {
    let kind = serde_json::from_str::<Kind>(r#"{ "context": {} }"#).unwrap();
    Row::waiting(item(id, title, Task::Probe(Arc::new(kind))), None)
}

fn asked(id: &str, role: &str, people: &[&str], text: &str) -> Row {
    let people = people.iter().map(|name| (*name).to_owned()).collect();
    let role = Role { name: role.to_owned(), people };
    let question = Question { role, text: text.to_owned(), wants_words: false, not_author: false };
    let mut item = item(id, text, Task::Question(question));
    item.incident = Some("iot-data-stale".to_owned());
    Row::waiting(item, Some("the change touches a workload that logs in".to_owned()))
}

pub(super) fn seen(outcome: Outcome, summary: &str) -> State {
    State::Seen(Evidence {
        outcome,
        summary: summary.to_owned(),
        details: vec!["192.0.2.7: CN=ingest.example.org".to_owned(), "until 2026-03-22".to_owned()],
        remedy: (outcome != Outcome::Holds).then(|| "renew it".to_owned()),
        shown: Vec::new(),
        asked: Vec::new(),
        begun: at(0),
        ended: at(0),
        valid_until: None,
    })
}

/// Four rows of evidence, two of them there; two questions; one that only sre-lead may answer.
pub(super) fn board() -> Board {
    let mut context = probed("context", "where this machine points");
    context.state = seen(Outcome::Holds, "this machine points at prod-eu");
    if let State::Seen(evidence) = &mut context.state {
        evidence.shown = vec![
            ("kube context".to_owned(), "prod-eu".to_owned()),
            ("AWS account".to_owned(), "123456789012 (iot-production)".to_owned()),
        ];
    }
    let mut policies = Row::waiting(item("policies", "the rules on this change", Task::Policies), None);
    policies.state = State::Judged(PolicyVerdict {
        verdict: Verdict::Go,
        warned: false,
        summary: "no rule stands against this change".to_owned(),
        details: Vec::new(),
        at: at(0),
        valid_until: None,
    });
    let rows = vec![
        context,
        policies,
        probed("certificates", "certificates of the hosts"),
        probed("silences", "alerts of the services are heard"),
        asked("watch", "on call", &["sre-lead"], "Who watches until the soak ends, and is still here then?"),
        asked("told", "product", &[], "Were those outside told that the address changes?"),
    ];
    Board {
        environment: Some("prod-eu".to_owned()),
        protected: true,
        services: vec!["iot-etl".to_owned()],
        change: Released {
            title: "Move iot-etl to the new platform".to_owned(),
            base_label: "main".to_owned(),
            head_label: "release".to_owned(),
            base: Some("0123456789".repeat(4)),
            head: Some("a".repeat(40)),
            tree: Some("b".repeat(40)),
            commits: 3,
        },
        verdict: Verdict::Unjudged,
        at: at(0),
        simulated: false,
        valid_until: None,
        zone: TimeZone::UTC,
        catalogue: "c0".repeat(32),
        checklist: None,
        rows,
        plan: Plan::default(),
        recorded: None,
        notes: Vec::new(),
    }
}

pub(super) fn person(name: &str) -> Person {
    Person { name: name.to_owned(), proof: Proof::Claimed }
}

pub(super) fn page() -> Page {
    Page::new(board(), person("sre-lead"), vec!["dev <dev@example.org>".to_owned()], at(1))
}

/// Everything has come back.
pub(super) fn all_seen() -> Page {
    let mut page = page();
    page.came(2, seen(Outcome::Holds, "all certificates hold for 60 days"));
    page.came(3, seen(Outcome::Holds, "no silence covers iot-etl"));
    page
}

pub(super) fn press(page: &mut Page, code: KeyCode) -> Vec<Effect> {
    page.press(KeyEvent::new(code, KeyModifiers::NONE))
}

/// Presses the keys of a text one by one.
pub(super) fn write(page: &mut Page, text: &str) {
    for character in text.chars() {
        assert_eq!(press(page, KeyCode::Char(character)), [], "{character}");
    }
}

/// Keeps what the machine wants kept.
pub(super) fn keep(page: &mut Page, effects: Vec<Effect>) -> usize {
    let mut kept = 0;
    for effect in effects {
        if let Effect::Keep(index, answer) = effect {
            page.kept(index, answer);
            kept += 1;
        }
    }
    kept
}
