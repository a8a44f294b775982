//! Boards made by hand: one for each word, and one by people who mean harm.

use std::path::PathBuf;
use std::sync::Arc;

use deploy_guard::board::{Board, Plan, Recorded, Released};
use deploy_guard::checklist::{
    Answer, Item, OnError, Person, PolicyVerdict, Proof, Question, Role, Row, State, Task, Word, decide,
};
use deploy_guard::policy::EnvironmentScope;
use deploy_guard::probe::{Asked, Evidence, Kind, Outcome};
use deploy_guard::record::Head;
use deploy_guard::verdict::Verdict;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub(super) fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-10T14:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn item(id: &str, title: &str, incident: Option<&str>, task: Task) -> Item {
    Item {
        id: id.to_owned(),
        title: title.to_owned(),
        incident: incident.map(str::to_owned),
        environments: EnvironmentScope::All,
        services: Vec::new(),
        when: Vec::new(),
        on_error: OnError::NoGo,
        max_age: SignedDuration::from_mins(30),
        task,
        triggers: Vec::new(),
        fails_for: None,
        built_in: true,
    }
}

fn probe() -> Task {
    Task::Probe(Arc::new(serde_json::from_str::<Kind>(r#"{ "context": {} }"#).unwrap()))
}

pub(super) fn evidence(outcome: Outcome, summary: &str, details: &[&str], remedy: Option<&str>) -> Evidence {
    Evidence {
        outcome,
        summary: summary.to_owned(),
        details: strings(details),
        remedy: remedy.map(str::to_owned),
        shown: Vec::new(),
        asked: vec![Asked {
            target: "https://monitoring.example.org/api".to_owned(),
            way: Some("192.0.2.7".to_owned()),
            digest: Some("5e".repeat(32)),
        }],
        begun: at(-2),
        ended: at(-1),
        valid_until: None,
    }
}

pub(super) fn seen(id: &str, title: &str, incident: Option<&str>, evidence: Evidence) -> Row {
    Row { item: item(id, title, incident, probe()), because: None, state: State::Seen(evidence) }
}

fn judged(verdict: Verdict, summary: &str, details: &[&str]) -> Row {
    let state = State::Judged(PolicyVerdict {
        verdict,
        warned: false,
        summary: summary.to_owned(),
        details: strings(details),
        at: at(-2),
        valid_until: None,
    });
    Row { item: item("policies", "the rules on this change", None, Task::Policies), because: None, state }
}

pub(super) fn asked(id: &str, role: &str, title: &str, text: &str, because: Option<&str>) -> Row {
    let question = Question {
        role: Role { name: role.to_owned(), people: Vec::new() },
        text: text.to_owned(),
        wants_words: false,
        not_author: false,
    };
    let item = item(id, title, Some("iot-data-stale"), Task::Question(question));
    Row::waiting(item, because.map(str::to_owned))
}

pub(super) fn answered(mut row: Row, word: Word, by: &str, proof: Proof, reason: &str) -> Row {
    let Task::Question(question) = row.item.task.clone() else { panic!("it asks nobody") };
    row.state = State::Answered(Answer {
        item: row.item.id.clone(),
        role: question.role.name,
        question: question.text,
        word,
        reason: reason.to_owned(),
        by: Person { name: by.to_owned(), proof },
        at: at(-1),
    });
    row
}

fn context() -> Row {
    let mut evidence = evidence(Outcome::Holds, "this machine points at prod-eu", &[], None);
    evidence.shown = vec![
        ("kube context".to_owned(), "prod-eu".to_owned()),
        ("namespace".to_owned(), "iot".to_owned()),
        ("AWS account".to_owned(), "123456789012 (iot-production)".to_owned()),
    ];
    evidence.asked = vec![Asked::here("~/.kube/config", Some(b"x"))];
    seen("context", "where this machine points", Some("inventory-outage"), evidence)
}

fn watches() -> Row {
    asked(
        "watch",
        "on call",
        "Somebody watches until the soak ends",
        "Who watches until the soak ends, and is still here then?",
        Some("the change touches a workload that logs in"),
    )
}

fn told() -> Row {
    asked(
        "told",
        "product",
        "Those outside know",
        "Were those outside told that the address changes?",
        Some("an ingress changes"),
    )
}

pub(super) fn board(rows: Vec<Row>) -> Board {
    let decision = decide(&rows, at(0));
    Board {
        environment: Some("prod-eu".to_owned()),
        protected: true,
        services: strings(&["iot-etl", "iot-web"]),
        change: Released {
            title: "Move iot-etl to the new platform".to_owned(),
            base_label: "main".to_owned(),
            head_label: "release/2026-03".to_owned(),
            base: Some("0123456789".repeat(4)),
            head: Some("a".repeat(40)),
            tree: Some("b".repeat(40)),
            commits: 3,
        },
        verdict: decision.verdict,
        at: at(0),
        simulated: false,
        valid_until: decision.valid_until,
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        catalogue: "c0".repeat(32),
        checklist: Some(".deploy-guard/checklist.toml".to_owned()),
        rows,
        plan: Plan {
            steps: strings(&[
                "point iot.example.org at the old ingress",
                "kubectl -n iot rollout undo deployment/iot-etl",
            ]),
            triggers: strings(&["consumer lag over 1000 for 5 min", "more than 1 % of requests fail"]),
            owner: Some("on call of iot".to_owned()),
            soak: Some("2h".to_owned()),
        },
        recorded: Some(Recorded {
            file: PathBuf::from(".deploy-guard/record.jsonl"),
            head: Head { seq: 7, hash: "d1".repeat(32) },
        }),
        notes: Vec::new(),
    }
}

pub(super) fn go() -> Board {
    let certificate = evidence(
        Outcome::Doubtful,
        "certificate of ingest.example.org ends in 12 days",
        &["192.0.2.7: CN=ingest.example.org, until 2026-03-22"],
        Some("renew it this week"),
    );
    board(vec![
        context(),
        judged(Verdict::Go, "no rule stands against this change", &[]),
        seen("certificates", "certificates of the hosts", Some("docs-certificate-expired"), certificate),
        seen(
            "silences",
            "alerts of the services are heard",
            None,
            evidence(Outcome::Holds, "no silence covers iot-etl; Watchdog fires", &[], None),
        ),
        answered(watches(), Word::Go, "sre-one", Proof::Platform, "I do, until 18:00"),
        answered(told(), Word::Go, "product-owner", Proof::Claimed, ""),
    ])
}

pub(super) fn no_go() -> Board {
    let rules = [
        "floating-image-tag: `registry.example.org/iot/etl:latest` can change after review (deploy/etl.yaml:14)",
        "unread-secret-key: nothing reads `VendorB_password` (deploy/secret.yaml:9)",
    ];
    let silence = evidence(
        Outcome::Broken,
        "1 silence covers the alerts of iot-etl",
        &["until 2026-03-11 08:00, by ops-two: \"noisy during the move\"", "matches service=iot-etl"],
        Some("end the silence, or release when it has ended"),
    );
    let expired = evidence(
        Outcome::Broken,
        "certificate of ingest.example.org ended 2 days ago",
        &["192.0.2.7: CN=ingest.example.org, until 2026-03-08", "198.51.100.7: the same"],
        Some("renew it, and ask again"),
    );
    let redirect = evidence(
        Outcome::Broken,
        "http://ingest.example.org/v1/data answers 308 to https",
        &["a machine client that follows no redirect sends its data nowhere"],
        Some("serve the path on http until every device has been told"),
    );
    let mut board = board(vec![
        context(),
        judged(Verdict::NoGo, "2 rules refuse this change", &rules),
        seen("certificates", "certificates of the hosts", Some("docs-certificate-expired"), expired),
        seen("redirects", "addresses that machines call", Some("iot-data-stale"), redirect),
        seen("silences", "alerts of the services are heard", Some("inventory-outage"), silence),
        answered(
            watches(),
            Word::NoGo,
            "sre-one",
            Proof::Platform,
            "everybody who knows it leaves at three, and the session lives for an hour",
        ),
        told(),
    ]);
    board.notes = strings(&["the checklist has changed since the last release"]);
    board.valid_until = None;
    board
}

pub(super) fn unjudged() -> Board {
    let silent = evidence(
        Outcome::CannotTell,
        "the query for the consumer lag has no sample since 21 minutes",
        &["kafka_consumergroup_lag{group=\"iot-etl\"}: last sample 13:38"],
        Some("find out why nothing is measured"),
    );
    let mut board = board(vec![
        judged(Verdict::Go, "no rule stands against this change", &[]),
        seen("lag", "consumer lag of iot-etl", Some("kafka-duplicate-uploads"), silent),
        answered(watches(), Word::Go, "sre-one", Proof::Claimed, "me"),
    ]);
    board.environment = None;
    board.protected = false;
    board.simulated = true;
    board.checklist = None;
    board.plan = Plan::default();
    board.recorded = None;
    board.zone = TimeZone::UTC;
    board
}

/// What nobody may be made to obey, miss or follow. `SECRET` marks what nobody may read.
pub(super) const HOSTILE: [&str; 9] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m<script>alert(1)</script>",
    "a\u{202e}b\u{200b}c\u{e0041}\r\n::error::forged\n##[error]forged",
    "\"><img src=x onerror=alert(1)> ' onload='x' </style></title><style>*{display:none}",
    "| a | b |\n| --- | --- |\n# heading\n- item\n```\n@octo/team #1 https://evil.example.org ![x](y)",
    "<!-- deploy-guard:gate --> --> </details> <details open>",
    "postgres://app:SECRETpass@db.example.org/x",
    "::error::at the start",
    "##[error]at the start",
    "#\u{fe0f}#[error]x",
];

pub(super) fn hostile() -> Board {
    let all = || HOSTILE.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let mut rows = Vec::new();
    for (number, text) in HOSTILE.iter().enumerate() {
        let mut evidence = evidence(Outcome::Broken, text, &HOSTILE, Some(text));
        evidence.shown = vec![((*text).to_owned(), (*text).to_owned())];
        evidence.asked.push(Asked {
            target: (*text).to_owned(),
            way: Some((*text).to_owned()),
            digest: Some((*text).to_owned()),
        });
        rows.push(seen(&format!("row-{number}"), text, None, evidence));
        let question =
            answered(asked("q", text, text, text, Some(text)), Word::NoGo, text, Proof::Claimed, text);
        rows.push(question);
        rows.push(asked("open", text, text, text, Some(text)));
    }
    let long = "x".repeat(10_000);
    let words = "long words ".repeat(1000);
    let mut endless = evidence(Outcome::Broken, &long, &[&long, &words], Some(&words));
    endless.details.extend(std::iter::repeat_n("a line".to_owned(), 500));
    rows.push(seen("long", &long, None, endless));
    rows.push(judged(Verdict::NoGo, HOSTILE[0], &HOSTILE));
    let mut board = board(rows);
    board.environment = Some(HOSTILE[2].to_owned());
    board.services = all();
    board.change = Released {
        title: HOSTILE[1].to_owned(),
        base_label: HOSTILE[0].to_owned(),
        head_label: HOSTILE[4].to_owned(),
        ..board.change
    };
    board.checklist = Some(HOSTILE[2].to_owned());
    board.notes = all();
    board.plan = Plan {
        steps: all(),
        triggers: all(),
        owner: Some(HOSTILE[3].to_owned()),
        soak: Some(HOSTILE[1].to_owned()),
    };
    board.recorded = Some(Recorded {
        file: PathBuf::from(HOSTILE[2]),
        head: Head { seq: 1, hash: HOSTILE[4].to_owned() },
    });
    board
}

/// Every board with its name.
pub(super) fn all() -> [(&'static str, Board); 4] {
    [("go", go()), ("no-go", no_go()), ("unjudged", unjudged()), ("hostile", hostile())]
}
