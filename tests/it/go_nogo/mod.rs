//! `go-nogo` as people use it: a release, evidence, answers, a word, and the record of it.

mod answers;
mod attacks;
mod incident;
mod list;
mod pull_request;
mod record;
mod secrets;
mod step;
mod terminal;
mod watching;

use std::path::PathBuf;

use serde_json::Value;

use crate::platform::server::{Answer, Server};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

/// Nothing closes the calendar: these tests run on every day of the week.
const OPEN: &str = "[calendar]\nzone = \"UTC\"\ndeny = []\n";

const PLAN: &str = "\
Rollback-Plan: kubectl -n shop set image deployment/web web=registry.example/shop/web:1.0.0
Rollback-Trigger: no answer of the ingest for 5 minutes
Rollback-Owner: whoever merges this
Soak: 2h
";

/// An answer by the true clock: one that is far off is a finding of its own.
fn answered(status: u16, body: &str) -> Answer {
    let now = deploy_guard::calendar::now().to_zoned(jiff::tz::TimeZone::UTC);
    Answer::of(status, body).header("date", &now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn deployment(version: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example/shop/web:{version}\n"
    )
}

/// A repository whose `HEAD` releases another version of `web` to production; what lies on `base` decides.
fn released<'a>(sandbox: &'a Sandbox, checklist: Option<&str>) -> Repository<'a> {
    let mut first = Commit::new("web")
        .write("deploy-guard.toml", OPEN)
        .write("k8s/production/web.yaml", deployment("1.0.0"));
    if let Some(checklist) = checklist {
        first = first.write(".deploy-guard/checklist.toml", checklist);
    }
    let work = sandbox.repository("work", &[first]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["tag", "base"]);
    work.commit(
        Commit::new(&format!("Release web 1.1.0\n\n{PLAN}"))
            .write("k8s/production/web.yaml", deployment("1.1.0")),
    );
    work
}

/// `go-nogo` from `base` on, as JSON beside what the terminal shows.
fn asked(work: &Repository<'_>, arguments: &[&str]) -> (Outcome, Value) {
    let board = work.folder.join(".git/board.json");
    let json = format!("json={}", board.display());
    let mut all = vec!["go-nogo", "--base", "base", "--format", "terminal", "--format", &json];
    all.extend(arguments);
    let outcome = work.guard(&all);
    let board = std::fs::read(&board).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    (outcome, board)
}

/// What every built-in question is answered with.
const YES: [&str; 6] =
    ["--confirm", "way-back=go", "--confirm", "alerts-heard=go", "--confirm", "release=go"];

fn standing<'a>(board: &'a Value, item: &str) -> &'a str {
    let rows = board["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == item);
    row.map_or("not asked", |row| row["standing"].as_str().unwrap())
}

fn record_of(work: &Repository<'_>) -> PathBuf {
    work.folder.join(".git/deploy-guard/record.jsonl")
}

fn recorded(work: &Repository<'_>) -> Vec<Value> {
    let text = std::fs::read_to_string(record_of(work)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A list of its own: one address that has to answer, and nobody to ask.
fn one_address(server: &Server) -> String {
    format!(
        "built-in = false\n[probes]\nprivate = [\"127.0.0.1\"]\n\n[[evidence]]\nid = \"ingest\"\ntitle = \"The ingest answers\"\nincident = \"iot-data-stale\"\ntriggers = [\"answer of the ingest\"]\n[evidence.probe.http]\nurl = \"{}\"\n",
        server.url("/ingest")
    )
}

#[test]
fn without_a_list_of_its_own_a_release_is_no_go_until_everybody_has_answered() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let (outcome, board) = asked(&work, &[]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(board["decision"], "no-go");
    assert_eq!((standing(&board, "policies"), standing(&board, "release")), ("go", "waiting"));
    assert!(outcome.stdout.contains("needs a human"), "{outcome}");
    let (outcome, board) = asked(&work, &YES);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert_eq!((&board["decision"], standing(&board, "release")), (&Value::from("go"), "go"));
    assert!(board["valid_until"].is_string());
}

#[test]
fn a_change_that_a_policy_refuses_is_no_go_whatever_people_say() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    work.commit(Commit::new("Move on\n").write("k8s/production/web.yaml", deployment("latest")));
    let (outcome, board) = asked(&work, &YES);
    assert_eq!((outcome.code, standing(&board, "policies")), (1, "no-go"), "{outcome}");
    assert!(outcome.stdout.contains("floating-image-tag"), "{outcome}");
}

#[test]
fn a_release_that_reaches_two_protected_environments_says_which_one() {
    let sandbox = Sandbox::new();
    let config = format!(
        "{OPEN}[environment.eu]\npaths = [\"k8s/eu/**\"]\nprotected = true\n[environment.us]\npaths = [\"k8s/us/**\"]\nprotected = true\n"
    );
    let first = Commit::new("web")
        .write("deploy-guard.toml", config)
        .write("k8s/eu/web.yaml", deployment("1.0.0"))
        .write("k8s/us/web.yaml", deployment("1.0.0"));
    let work = sandbox.repository("work", &[first]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["tag", "base"]);
    work.commit(
        Commit::new(&format!("Release\n\n{PLAN}"))
            .write("k8s/eu/web.yaml", deployment("1.1.0"))
            .write("k8s/us/web.yaml", deployment("1.1.0")),
    );
    let (outcome, _) = asked(&work, &YES);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("eu and us") && outcome.stderr.contains("--environment"), "{outcome}");
    let (outcome, board) = asked(&work, &[&YES[..], &["--environment", "us"]].concat());
    assert_eq!((outcome.code, &board["environment"]["name"]), (0, &Value::from("us")), "{outcome}");
    let (outcome, _) = asked(&work, &["--environment", "mars"]);
    assert_eq!(outcome.code, 2, "{outcome}");
}

#[test]
fn a_change_that_deploys_nothing_asks_nobody() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    work.git(&["tag", "-f", "base"]);
    work.commit(Commit::new("Say more").write("README.md", "more\n"));
    let (outcome, board) = asked(&work, &[]);
    assert_eq!((outcome.code, board["rows"].as_array().unwrap().len()), (0, 1), "{outcome}");
    assert!(outcome.stdout.contains("touches nothing that is deployed"), "{outcome}");
}

#[test]
fn what_no_environment_is_known_for_is_asked_about_and_goes_wherever_the_release_goes() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    work.git(&["tag", "-f", "base"]);
    let record = |address: &str| {
        format!("resource \"aws_route53_record\" \"in\" {{\n  records = [\"{address}\"]\n}}\n")
    };
    let pipeline = "on: push\njobs: {}\n";
    work.commit(Commit::new(PLAN).write(".github/workflows/lint.yml", pipeline));
    let (outcome, board) = asked(&work, &[]);
    assert_eq!((outcome.code, board["rows"].as_array().unwrap().len()), (0, 1), "{outcome}");
    work.commit(Commit::new(PLAN).write("terraform/dns.tf", record("192.0.2.1")));
    let (outcome, board) = asked(&work, &[]);
    assert_eq!((outcome.code, standing(&board, "outsiders-told")), (1, "waiting"), "{outcome}");
    assert!(board["environment"].is_null(), "{outcome}");
    assert!(board.to_string().contains("no environment is known for 1 file"), "{outcome}");
    let (outcome, board) = asked(&work, &["--environment", "production"]);
    assert_eq!((outcome.code, standing(&board, "outsiders-told")), (1, "waiting"), "{outcome}");
    work.commit(
        Commit::new(&format!("Release\n\n{PLAN}")).write("k8s/production/web.yaml", deployment("1.2.0")),
    );
    let (outcome, board) = asked(&work, &YES);
    assert_eq!((outcome.code, standing(&board, "outsiders-told")), (1, "waiting"), "{outcome}");
    assert!(board.to_string().contains("counted as released to production"), "{outcome}");
}

#[test]
fn p1_the_list_is_read_from_the_base_side() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    // The change brings a list that asks nobody, and a command of its own.
    let list = "built-in = false\n[[evidence]]\nid = \"own\"\n[evidence.probe.command]\nrun = [\"touch\", \"pwned\"]\n";
    work.commit(Commit::new(&format!("Ask less\n\n{PLAN}")).write(".deploy-guard/checklist.toml", list));
    let (outcome, board) = asked(&work, &[]);
    assert_eq!((outcome.code, standing(&board, "release")), (1, "waiting"), "{outcome}");
    assert_eq!(standing(&board, "own"), "not asked");
    assert!(!work.folder.join("pwned").exists());
    // While it is still being edited nothing of it is run.
    work.git(&["reset", "-q", "--soft", "base"]);
    let outcome = work.guard(&["go-nogo", "--staged", "--no-input"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("its words come from the change itself"), "{outcome}");
    assert!(!work.folder.join("pwned").exists(), "{outcome}");
}

#[test]
fn a_list_with_a_fault_is_told_at_its_place() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some("[[evidence]]\nid = \"lag\"\n[evidence.probe.prometeus]\n"));
    let (outcome, _) = asked(&work, &[]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(
        outcome.stderr.contains("checklist.toml:3") && outcome.stderr.contains("prometheus"),
        "{outcome}"
    );
    assert!(recorded(&work).is_empty());
}

#[test]
fn p6_offline_what_needs_the_network_cannot_be_judged() {
    let sandbox = Sandbox::new();
    let server = Server::start(|_| answered(200, "ok"));
    let work = released(&sandbox, Some(&one_address(&server)));
    let (outcome, board) = asked(&work, &["--offline"]);
    assert_eq!((outcome.code, standing(&board, "ingest")), (3, "unjudged"), "{outcome}");
    assert_eq!(server.asked().len(), 0);
    let (outcome, _) = asked(&work, &[]);
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn what_cannot_be_told_is_let_through_only_as_the_item_says() {
    let server = Server::start(|_| Answer::Reset);
    let list = one_address(&server);
    for (on_error, arguments, code, standing_then) in [
        ("no-go", &[][..], 3, "unjudged"),
        ("warn", &[][..], 0, "warn"),
        ("ask", &[][..], 1, "waiting"),
        ("ask", &["--confirm", "ingest=go: the vendor looked by hand"][..], 0, "warn"),
        ("ask", &["--confirm", "ingest=no-go: nobody knows"][..], 1, "no-go"),
    ] {
        let list = list.replace("[evidence.probe", &format!("on-error = \"{on_error}\"\n[evidence.probe"));
        let sandbox = Sandbox::new();
        let work = released(&sandbox, Some(&list));
        let (outcome, board) = asked(&work, arguments);
        assert_eq!(
            (outcome.code, standing(&board, "ingest")),
            (code, standing_then),
            "{on_error}: {outcome}"
        );
        let told = board.to_string().contains("--confirm 'ingest=go: …'");
        assert_eq!(told, standing_then == "waiting", "{outcome}");
    }
}

#[test]
fn c1_a_what_if_is_never_recorded_and_opens_nothing() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let (outcome, board) = asked(&work, &[&YES[..], &["--at", "2026-11-17T10:00Z"]].concat());
    assert_eq!((outcome.code, &board["simulated"]), (0, &Value::from(true)), "{outcome}");
    assert!(recorded(&work).is_empty(), "{outcome}");
    let board = work.folder.join(".git/board.json");
    let verified = work.guard(&["check", "--verify-verdict", board.to_str().unwrap()]);
    assert_eq!(verified.code, 3, "{verified}");
}

#[test]
fn p7_what_has_grown_too_old_while_others_were_asked_is_asked_again_before_the_word() {
    let sandbox = Sandbox::new();
    let server = Server::start(|_| answered(200, "ok"));
    let list = one_address(&server).replace("[evidence.probe", "max-age = \"1s\"\n[evidence.probe");
    let slow = "[[evidence]]\nid = \"slow\"\n[evidence.probe.command]\nrun = [\"sleep\", \"2\"]\n";
    let work = released(&sandbox, Some(&format!("{list}{slow}")));
    let (outcome, board) = asked(&work, &[]);
    assert_eq!((outcome.code, standing(&board, "ingest")), (0, "go"), "{outcome}");
    assert_eq!(server.asked().len(), 2, "once while the other was slow, and once more");
}
