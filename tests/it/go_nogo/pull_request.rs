//! A release that a pull request brings: its body is a plan, its author no second person, and the board goes onto it.

use serde_json::{Value, json};

use super::{OPEN, YES, deployment, standing};
use crate::platform::server::{Answer, Asked, Server, from_table};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const BODY: &str = "## Rollback Plan\n\nkubectl -n shop rollout undo deployment/web\n\n## Rollback Trigger\n\nmore than 1 % of requests fail\n\n## Rollback Owner\n\non-call of shop\n\n## Soak\n\n2h\n";

/// A release whose messages hold no plan.
fn released(sandbox: &Sandbox) -> Repository<'_> {
    let first = Commit::new("web")
        .write("deploy-guard.toml", OPEN)
        .write("k8s/production/web.yaml", deployment("1.0.0"));
    let work = sandbox.repository("work", &[first]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["tag", "base"]);
    work.commit(Commit::new("Release web 1.1.0").write("k8s/production/web.yaml", deployment("1.1.0")));
    work
}

/// A platform with pull request 7, whose newest commit is this one.
fn platform(head: &str, comments: bool) -> Server {
    let repository = "/repos/shop/deploy";
    let opener = json!({ "login": "opener", "type": "User" });
    let mut table: Vec<(String, Value)> = vec![
        (
            format!("GET {repository}/pulls/7"),
            json!({
                "number": 7, "title": "web 1.1.0", "body": BODY, "user": opener, "labels": [], "commits": 1,
                "head": { "ref": "next", "sha": head }, "base": { "ref": "main", "sha": head },
            }),
        ),
        (format!("GET {repository}/issues/7/events"), json!([])),
        (format!("GET {repository}/pulls/7/reviews"), json!([])),
        (format!("GET {repository}/pulls/7/commits"), json!([])),
        (format!("GET {repository}/issues/7/comments"), json!([])),
        ("POST /graphql".to_owned(), json!({ "data": { "viewer": opener } })),
    ];
    if comments {
        table.push((format!("POST {repository}/issues/7/comments"), json!({ "id": 1 })));
    }
    Server::start(move |asked: &Asked| match from_table(&table, asked) {
        // Of any other commit it knows no pull request.
        Answer::Whole { status: 404, .. } if asked.path().ends_with("/pulls") => Answer::json(&json!([])),
        answer => answer,
    })
}

fn decided(work: &Repository<'_>, server: &Server, more: &[&str]) -> (Outcome, Value) {
    let board = work.folder.join(".git/board.json");
    let json = format!("json={}", board.display());
    let outcome = work
        .sandbox
        .guard(&work.folder)
        .args(["go-nogo", "--base", "base", "--pull-request", "7", "--format", "terminal", "--format", &json])
        .args(YES)
        .args(more)
        .env("GITHUB_API_URL", server.url(""))
        .env("GITHUB_TOKEN", "planted-platform-token")
        .env("GITHUB_REPOSITORY", "shop/deploy")
        .finish();
    (outcome, serde_json::from_slice(&std::fs::read(&board).unwrap_or_default()).unwrap_or_default())
}

#[test]
fn its_body_is_a_plan_and_the_board_is_put_on_it() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox);
    let server = platform(&work.tip("HEAD").unwrap(), true);
    let (outcome, board) = decided(&work, &server, &["--comment"]);
    assert_eq!((outcome.code, standing(&board, "policies")), (0, "go"), "{outcome}");
    let asked = server.asked();
    let comment = asked.iter().find(|asked| asked.line.starts_with("POST /repos")).unwrap();
    let body = comment.json()["body"].as_str().unwrap().to_owned();
    assert!(body.starts_with("<!-- deploy-guard:go-nogo") && body.contains("GO"), "{body}");
    assert!(!format!("{outcome}{body}").contains("planted-platform-token"));
}

#[test]
fn one_that_is_not_about_the_released_commit_says_nothing_here() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox);
    let server = platform(&work.tip("base").unwrap(), true);
    let (outcome, board) = decided(&work, &server, &[]);
    assert_eq!((outcome.code, standing(&board, "policies")), (3, "unjudged"), "{outcome}");
    let (outcome, _) = decided(&work, &server, &["--offline"]);
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[test]
fn a_board_that_cannot_be_put_there_is_no_go_and_a_no_stays_a_no() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox);
    let server = platform(&work.tip("HEAD").unwrap(), false);
    let (outcome, _) = decided(&work, &server, &["--comment"]);
    assert_eq!(outcome.code, 3, "{outcome}");
    let (outcome, _) = decided(&work, &server, &["--comment", "--confirm", "release=no-go: not today"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    let without = work.guard(&["go-nogo", "--base", "base", "--comment"]);
    assert_eq!(without.code, 2, "{without}");
}
