//! P7, A2: GitHub's checks and approvals of a released commit, with every way in which it may fail to tell them.

use std::path::Path;

use deploy_guard::http::{Bounds, Client};
use deploy_guard::pipeline::github::Api;
use deploy_guard::probe::{Kind, Outcome, Release, Sight};
use deploy_guard::source::Secret;
use serde_json::{Value, json};

use super::Run;
use crate::platform::server::{Answer, Asked, Server, from_table};

const TOKEN: &str = "planted-token-5f1c";
const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OLD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const RUNS: &str = "GET /repos/octo/shop/commits/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/check-runs";
const STATUS: &str = "GET /repos/octo/shop/commits/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/status";

fn run(name: &str, conclusion: &Value, id: u64) -> Value {
    json!({
        "id": id, "name": name, "status": if conclusion.is_null() { "in_progress" } else { "completed" },
        "conclusion": conclusion, "started_at": format!("2026-11-21T10:{id:02}:00Z"),
        "details_url": format!("https://git.example.org/octo/shop/actions/runs/1/job/{id}"),
        "app": { "slug": "github-actions" },
    })
}

fn runs(runs: &[Value]) -> Value {
    json!({ "total_count": runs.len(), "check_runs": runs })
}

fn pull(head: &str, merged_as: Option<&str>) -> Value {
    json!({
        "number": 7, "html_url": null, "title": "t", "body": null, "labels": [], "commits": 1,
        "user": { "login": "opener", "type": "User" },
        "head": { "ref": "topic", "sha": head }, "base": { "ref": "main", "sha": OLD },
        "merged": merged_as.is_some(), "merge_commit_sha": merged_as,
    })
}

fn review(login: &str, commit: &str, minute: u32) -> Value {
    json!({
        "user": { "login": login, "type": "User" }, "state": "APPROVED", "commit_id": commit,
        "submitted_at": format!("2026-11-21T11:{minute:02}:00Z"),
    })
}

/// A commit with two green checks and a status, whose pull request `second` approved.
fn table() -> Vec<(String, Value)> {
    let own = |line: &str, value: Value| (line.to_owned(), value);
    let base = "GET /repos/octo/shop";
    vec![
        own(RUNS, runs(&[run("build", &json!("success"), 1), run("e2e", &json!("success"), 2)])),
        own(
            STATUS,
            json!({ "state": "success", "total_count": 1,
                    "statuses": [{ "id": 5, "context": "scan", "state": "success" }] }),
        ),
        own(&format!("{base}/pulls/7"), pull(HEAD, None)),
        own(&format!("{base}/issues/7/events"), json!([])),
        own(&format!("{base}/pulls/7/reviews"), json!([review("second", HEAD, 1)])),
        own(
            &format!("{base}/pulls/7/commits"),
            json!([{ "author": { "login": "helper" }, "committer": null,
                     "commit": { "author": { "email": "h@example.org" }, "committer": null, "message": "m" } }]),
        ),
        own(&format!("{base}/collaborators/second/permission"), json!({ "permission": "write" })),
        own(&format!("{base}/collaborators/helper/permission"), json!({ "permission": "write" })),
        own(&format!("{base}/collaborators/reader/permission"), json!({ "permission": "read" })),
    ]
}

fn changed(changes: &[(&str, Value)]) -> Server {
    let mut table = table();
    for (line, value) in changes {
        let found = table.iter_mut().find(|(known, _)| known == line);
        match found {
            Some(entry) => entry.1 = value.clone(),
            None => table.push(((*line).to_owned(), value.clone())),
        }
    }
    Server::start(move |asked| from_table(&table, asked))
}

fn broken(line: &'static str, fault: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    let table = table();
    Server::start(move |asked| if asked.path() == line { fault(asked) } else { from_table(&table, asked) })
}

fn ask(server: &Server, parameters: &str) -> Sight {
    let release = Release { head: Some(HEAD.to_owned()), pull_request: Some(7), ..Release::default() };
    ask_about(server, parameters, release)
}

fn ask_about(server: &Server, parameters: &str, release: Release) -> Sight {
    let kind = super::kind(&format!("[checks]\n{parameters}"));
    let Kind::Checks(checks) = &kind else { panic!() };
    let bounds = Bounds {
        attempt: std::time::Duration::from_millis(700),
        pause: std::time::Duration::from_millis(5),
        ..Bounds::default()
    };
    let token = Secret::new(TOKEN).unwrap();
    let api = Api::new(Client::new(bounds), &server.url(""), "octo/shop", token).unwrap();
    let run = Run { release, ..Run::in_(Path::new(".")) };
    let sight = run.around(|around| checks.ask(&api, &deploy_guard::probe::OwnRun::default(), around));
    assert!(!format!("{sight:?}").contains(TOKEN));
    sight
}

#[test]
fn checks_and_statuses_that_are_green_hold() {
    let sight = ask(&changed(&[]), "required = ['build', 'scan']");
    assert_eq!((sight.outcome, sight.summary.as_str()), (Outcome::Holds, "2 checks are green"));
    assert!(
        sight.asked[0].digest.is_some() && sight.asked[0].target.starts_with("GitHub's checks of aaaaaaa")
    );
    assert_eq!(ask(&changed(&[]), "").summary, "3 checks are green");
}

#[test]
fn one_that_is_red_or_running_or_missing_is_named() {
    let red = changed(&[(RUNS, runs(&[run("build", &json!("timed_out"), 1)]))]);
    let sight = ask(&red, "required = ['build']");
    assert_eq!((sight.outcome, sight.summary.as_str()), (Outcome::Broken, "check `build` is red: timed_out"));
    let running = changed(&[(RUNS, runs(&[run("build", &Value::Null, 1)]))]);
    assert_eq!(ask(&running, "required = ['build']").outcome, Outcome::CannotTell);
    assert_eq!(ask(&changed(&[]), "required = ['deploy']").outcome, Outcome::Broken);
    let error = json!({ "total_count": 1, "statuses": [{ "id": 1, "context": "scan", "state": "error" }] });
    assert_eq!(ask(&changed(&[(STATUS, error)]), "required = ['scan']").outcome, Outcome::Broken);
    let strange = json!([{ "id": 1, "name": "build", "status": "completed", "conclusion": "new\u{1b}[2J" }]);
    let strange = changed(&[(RUNS, json!({ "total_count": 1, "check_runs": strange }))]);
    let sight = ask(&strange, "required = ['build']");
    assert_eq!(sight.outcome, Outcome::Broken);
    assert!(!sight.summary.contains('\u{1b}'));
}

#[test]
fn checks_are_read_to_the_last_page() {
    let server = broken(RUNS, |asked| {
        let host = asked.header("host").unwrap();
        if asked.line.contains("&page=2") {
            return Answer::json(
                &json!({ "total_count": 2, "check_runs": [run("e2e", &json!("failure"), 2)] }),
            );
        }
        let next = format!("<http://{host}{}&page=2>; rel=\"next\"", asked.line.trim_start_matches("GET "));
        Answer::json(&json!({ "total_count": 2, "check_runs": [run("build", &json!("success"), 1)] }))
            .header("Link", &next)
    });
    let sight = ask(&server, "");
    assert_eq!((sight.outcome, sight.summary.as_str()), (Outcome::Broken, "check `e2e` is red: failure"));
    let part = json!({ "total_count": 1001, "check_runs": [run("build", &json!("success"), 1)] });
    let sight = ask(&changed(&[(RUNS, part)]), "");
    assert_eq!(sight.outcome, Outcome::CannotTell);
    assert!(sight.summary.contains("1001 check runs and 1 of them"), "{}", sight.summary);
}

#[test]
fn whatever_goes_wrong_nobody_can_tell() {
    type Fault = fn() -> Answer;
    let faults: [Fault; 7] = [
        || Answer::refused(401, "Bad credentials planted-token-5f1c"),
        || Answer::refused(403, "no").header("X-Accepted-GitHub-Permissions", "checks=read"),
        Answer::not_found,
        || Answer::of(500, ""),
        || Answer::Hang,
        || Answer::of(200, "{}"),
        || Answer::of(200, "[]"),
    ];
    for line in [RUNS, STATUS] {
        for fault in faults {
            let sight = ask(&broken(line, move |_| fault()), "required = ['build']");
            assert_eq!(sight.outcome, Outcome::CannotTell, "{sight:?}");
        }
    }
    let sight = ask(&broken(RUNS, move |_| faults[1]()), "");
    assert!(sight.remedy.unwrap().contains("`checks: read`"));
    let nothing = Release { head: None, ..Release::default() };
    assert_eq!(ask_about(&changed(&[]), "", nothing).outcome, Outcome::CannotTell);
}

const REVIEWS: &str = "GET /repos/octo/shop/pulls/7/reviews";
const PULL: &str = "GET /repos/octo/shop/pulls/7";

#[test]
fn an_approval_counts_by_a_second_person_who_may_write_for_what_is_released() {
    assert_eq!(ask(&changed(&[]), "approvals = 1").outcome, Outcome::Holds);
    for (reviews, why) in [
        (json!([]), "0 of 1 approval"),
        (json!([review("opener", HEAD, 1)]), "had a hand in it"),
        (json!([review("helper", HEAD, 1)]), "had a hand in it"),
        (json!([review("reader", HEAD, 1)]), "may not write"),
        (json!([review("second", OLD, 1)]), "another state"),
    ] {
        let mut permission = vec![(REVIEWS, reviews)];
        permission
            .push(("GET /repos/octo/shop/collaborators/opener/permission", json!({ "permission": "admin" })));
        let sight = ask(&changed(&permission), "approvals = 1");
        assert_eq!(sight.outcome, Outcome::Broken, "{sight:?}");
        assert!(format!("{sight:?}").contains(why), "{why}: {sight:?}");
    }
    let sight = ask(&changed(&[]), "approvals = 2");
    assert_eq!(sight.summary, "1 of 2 approvals of pull request 7 count");
}

#[test]
fn what_a_pull_request_became_is_approved_with_it_and_another_commit_is_not() {
    let approved = (REVIEWS, json!([review("second", OLD, 1)]));
    let merged = changed(&[approved.clone(), (PULL, pull(OLD, Some(HEAD)))]);
    assert_eq!(ask(&merged, "approvals = 1").outcome, Outcome::Holds);
    let elsewhere = changed(&[approved.clone(), (PULL, pull(OLD, Some(OLD)))]);
    assert_eq!(ask(&elsewhere, "approvals = 1").outcome, Outcome::Broken);
    let mut open = pull(OLD, Some(HEAD));
    open["merged"] = json!(false);
    assert_eq!(ask(&changed(&[approved, (PULL, open)]), "approvals = 1").outcome, Outcome::Broken);
}

#[test]
fn approvals_that_can_not_be_read_can_not_be_told() {
    let release = Release { head: Some(HEAD.to_owned()), ..Release::default() };
    let sight = ask_about(&changed(&[]), "approvals = 1", release);
    assert_eq!(sight.summary, "nobody can tell who approved it: no pull request is known");
    assert_eq!(ask(&broken(REVIEWS, |_| Answer::of(500, "")), "approvals = 1").outcome, Outcome::CannotTell);
    let mut pull = pull(HEAD, None);
    pull["commits"] = json!(300);
    assert_eq!(ask(&changed(&[(PULL, pull)]), "approvals = 1").outcome, Outcome::CannotTell);
}
