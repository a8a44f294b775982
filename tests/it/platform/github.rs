//! A2, C1: what GitHub's API says of a pull request, with every way in which it may fail to say it.

use deploy_guard::change::{Approvals, ObjectId, PullRequest, ToldBy};
use deploy_guard::http::Client;
use deploy_guard::pipeline::github::Api;
use deploy_guard::pipeline::{ApiError, Placed, State};
use deploy_guard::source::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Answer, Asked, Server, from_table};
use super::{TOKEN, quick};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OLD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

const PULL: &str = "GET /repos/octo/shop/pulls/7";
const EVENTS: &str = "GET /repos/octo/shop/issues/7/events";
const REVIEWS: &str = "GET /repos/octo/shop/pulls/7/reviews";
const COMMITS: &str = "GET /repos/octo/shop/pulls/7/commits";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T12:00:30Z")
}

fn api(server: &Server) -> Api {
    Api::new(Client::new(quick()), &server.url(""), "octo/shop", Secret::new(TOKEN).unwrap()).unwrap()
}

fn user(login: &str) -> Value {
    json!({ "login": login, "id": 1, "type": if login.ends_with("[bot]") { "Bot" } else { "User" } })
}

fn review(login: &str, state: &str, minute: u32, commit: &str) -> Value {
    json!({
        "id": minute, "user": user(login), "body": "", "state": state, "commit_id": commit,
        "submitted_at": format!("2026-11-21T10:{minute:02}:00Z"),
    })
}

fn event(what: &str, label: &str, by: &str, minute: u32) -> Value {
    json!({
        "id": minute, "event": what, "actor": user(by), "label": { "name": label, "color": "f00" },
        "created_at": format!("2026-11-21T09:{minute:02}:00Z"),
    })
}

/// A repository with one pull request: approved by `second` on its head.
fn table() -> Vec<(String, Value)> {
    let permission = |login: &str, permission: &str| {
        (
            format!("GET /repos/octo/shop/collaborators/{login}/permission"),
            json!({ "permission": permission, "role_name": permission, "user": user(login) }),
        )
    };
    vec![
        (
            PULL.to_owned(),
            json!({
                "number": 7, "html_url": "https://github.example.org/octo/shop/pull/7", "state": "open",
                "title": "Raise the limit", "body": "## Rollback\n\nrevert\n", "user": user("opener"),
                "head": { "ref": "raise", "sha": HEAD, "repo": null },
                "base": { "ref": "main", "sha": OLD },
                "labels": [{ "id": 1, "name": "break-glass" }, { "id": 2, "name": "urgent" }],
                "commits": 2,
            }),
        ),
        (
            EVENTS.to_owned(),
            json!([
                // The platform sends them in order; nothing rests on that.
                event("unlabeled", "break-glass", "opener", 2),
                event("labeled", "break-glass", "opener", 1),
                { "id": 3, "event": "renamed", "actor": null, "created_at": "2026-11-21T09:03:00Z", "rename": {} },
                event("labeled", "Break-Glass", "second", 4),
                event("unlabeled", "break-glass", "opener", 3),
            ]),
        ),
        (REVIEWS.to_owned(), json!([review("second", "APPROVED", 10, HEAD)])),
        (
            COMMITS.to_owned(),
            json!([
                {
                    "sha": OLD, "author": user("first"), "committer": user("web-flow"),
                    "commit": {
                        "author": { "name": "First", "email": "first@example.org" },
                        "committer": { "name": "GitHub", "email": "noreply@github.example.org" },
                        "message": "One\n\nCo-authored-by: Third <3+third@users.noreply.github.com>",
                    },
                },
                {
                    "sha": HEAD, "author": {}, "committer": null,
                    "commit": { "author": null, "message": "Two\n\nCo-authored-by: First <FIRST@example.org>" },
                },
            ]),
        ),
        permission("second", "write"),
        permission("reader", "read"),
        permission("owner", "admin"),
    ]
}

/// The repository with some answers changed.
fn changed(changes: &[(&str, Value)]) -> Server {
    let mut table = table();
    for (line, body) in changes {
        table.retain(|(known, _)| known != line);
        table.push(((*line).to_owned(), body.clone()));
    }
    Server::start(move |asked| from_table(&table, asked))
}

/// The repository with one question that goes wrong.
fn broken(line: &'static str, fault: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    let table = table();
    Server::start(move |asked| if asked.path() == line { fault(asked) } else { from_table(&table, asked) })
}

fn read(server: &Server) -> Result<PullRequest, ApiError> {
    let api = api(server);
    let outcome = api.pull_request(7, now());
    for text in [format!("{outcome:?}"), format!("{api:?}")] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    outcome
}

fn refused(server: &Server) -> String {
    let error = read(server).unwrap_err();
    format!("{} [{}]", error.what, error.mend.unwrap_or_default())
}

fn approvers(pull: &PullRequest) -> Vec<(&str, bool, Option<&str>)> {
    let Approvals::Known { approvals, .. } = &pull.approvals else { panic!("{:?}", pull.approvals) };
    approvals
        .iter()
        .map(|one| (one.by.as_str(), one.may_write, one.commit.as_ref().map(ObjectId::as_str)))
        .collect()
}

#[test]
fn a_pull_request_is_told_whole() {
    let server = changed(&[]);
    let pull = read(&server).unwrap();
    assert_eq!((pull.number, pull.title.as_str(), pull.author.as_str()), (7, "Raise the limit", "opener"));
    assert_eq!(pull.url.as_deref(), Some("https://github.example.org/octo/shop/pull/7"));
    assert_eq!((pull.source_branch.as_str(), pull.target_branch.as_str()), ("raise", "main"));
    assert_eq!(pull.body, "## Rollback\n\nrevert\n");
    assert_eq!(pull.head.as_str(), HEAD);
    assert_eq!(pull.told_by, ToldBy::Api { at: now() });
    assert_eq!(approvers(&pull), [("second", true, Some(HEAD))]);
    let Approvals::Known { contributors, .. } = &pull.approvals else { unreachable!() };
    assert_eq!(contributors, &["opener", "first", "third"]);
    let approval = pull.approval().unwrap();
    assert_eq!((approval.by.as_str(), approval.at), ("second", at("2026-11-21T10:10:00Z")));
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
    }
}

#[test]
fn a_label_is_set_by_whoever_set_it_last() {
    let pull = read(&changed(&[])).unwrap();
    let label = pull.label("break-glass").unwrap();
    assert_eq!((label.by.as_deref(), label.at), (Some("second"), Some(at("2026-11-21T09:04:00Z"))));
    // Nothing is known of this one.
    let urgent = pull.label("urgent").unwrap();
    assert_eq!((urgent.by.as_deref(), urgent.at), (None, None));

    // The events say that it was taken away: whoever set it before did not set it now.
    let events =
        json!([event("labeled", "break-glass", "second", 1), event("unlabeled", "break-glass", "x", 2)]);
    let pull = read(&changed(&[(EVENTS, events)])).unwrap();
    assert_eq!(pull.label("break-glass").unwrap().by, None);
}

#[test]
fn only_the_last_word_of_a_reviewer_counts() {
    /// Login, state, minute and commit.
    type Given = (&'static str, &'static str, u32, &'static str);
    let cases: [(&[Given], &str); 8] = [
        (&[("second", "APPROVED", 1, HEAD), ("second", "COMMENTED", 2, HEAD)], ""),
        (&[("second", "CHANGES_REQUESTED", 1, OLD), ("second", "APPROVED", 2, HEAD)], ""),
        // The platform sends them in order; nothing rests on that.
        (&[("second", "APPROVED", 2, HEAD), ("second", "CHANGES_REQUESTED", 1, HEAD)], ""),
        (&[("second", "APPROVED", 1, HEAD), ("Second", "CHANGES_REQUESTED", 2, HEAD)], "nobody approved"),
        (&[("second", "APPROVED", 1, HEAD), ("second", "DISMISSED", 2, HEAD)], "nobody approved"),
        (&[("second", "DISMISSED", 1, HEAD)], "nobody approved"),
        (&[("second", "APPROVED", 1, OLD)], "earlier state"),
        (&[("reader", "APPROVED", 1, HEAD)], "may not write"),
    ];
    for (given, expected) in cases {
        let reviews: Vec<Value> = given
            .iter()
            .map(|(login, state, minute, commit)| review(login, state, *minute, commit))
            .collect();
        let pull = read(&changed(&[(REVIEWS, json!(reviews))])).unwrap();
        match pull.approval() {
            Ok(approval) => assert!(expected.is_empty(), "{given:?}: {approval:?}"),
            Err(why) => assert!(!expected.is_empty() && why.contains(expected), "{given:?}: {why}"),
        }
    }
}

#[test]
fn who_had_a_hand_in_it_is_no_second_person_and_an_app_is_no_person() {
    let given = json!([review("first", "APPROVED", 1, HEAD), review("third", "APPROVED", 2, HEAD)]);
    let permission = |login: &str| format!("GET /repos/octo/shop/collaborators/{login}/permission");
    let server = changed(&[
        (REVIEWS, given),
        (&permission("first"), json!({ "permission": "admin" })),
        (&permission("third"), json!({ "permission": "admin" })),
    ]);
    assert!(read(&server).unwrap().approval().unwrap_err().contains("second person"));

    let app = changed(&[(REVIEWS, json!([review("robot[bot]", "APPROVED", 1, HEAD)]))]);
    assert_eq!(approvers(&read(&app).unwrap()), []);
    // Unknown to GitHub as a user: may not write.
    let ghost = changed(&[(REVIEWS, json!([review("nobody", "APPROVED", 1, HEAD)]))]);
    assert_eq!(approvers(&read(&ghost).unwrap()), [("nobody", false, Some(HEAD))]);
}

#[test]
fn commits_that_are_not_listed_leave_the_contributors_unknown() {
    let mut pull = table()[0].1.clone();
    pull["commits"] = json!(251);
    let pull = read(&changed(&[(PULL, pull)])).unwrap();
    assert!(matches!(&pull.approvals, Approvals::Unknown(why) if why.contains("251 commits")));
    assert!(pull.approval().is_err());
}

#[test]
fn fields_that_are_null_and_fields_that_are_new_are_no_error() {
    let pull = json!({
        "number": 7, "title": "t", "body": null, "user": null, "labels": [], "new": { "x": [1] },
        "head": { "ref": "a", "sha": HEAD }, "base": { "ref": "main", "sha": OLD },
    });
    let pull = read(&changed(&[(PULL, pull), (COMMITS, json!([])), (REVIEWS, json!([]))])).unwrap();
    assert_eq!((pull.author.as_str(), pull.body.as_str()), ("ghost", ""));
}

#[test]
fn lists_are_read_to_their_last_page_on_the_same_host_only() {
    let pages = |away: Option<String>| {
        broken(EVENTS, move |asked| {
            let number: u32 = asked.line.split("&page=").nth(1).map_or(1, |page| page.parse().unwrap());
            let next = match (&away, asked.header("host").unwrap()) {
                (Some(away), _) => away.clone(),
                (None, host) => {
                    format!("http://{host}/repos/octo/shop/issues/7/events?per_page=100&page={}", number + 1)
                }
            };
            let answer = Answer::json(&json!([event("labeled", "urgent", &format!("by-{number}"), number)]));
            if number == 3 { answer } else { answer.header("Link", &format!("<{next}>; rel=\"next\"")) }
        })
    };
    let pull = read(&pages(None)).unwrap();
    assert_eq!(pull.label("urgent").unwrap().by.as_deref(), Some("by-3"));

    let other = Server::start(|_| Answer::json(&json!([])));
    let why = refused(&pages(Some(other.url("/repos/octo/shop/issues/7/events?page=2"))));
    assert!(why.contains("is not asked"), "{why}");
    assert!(other.asked().is_empty());
}

#[test]
fn a_list_without_end_is_left_and_not_taken_for_whole() {
    let server = broken(EVENTS, |asked| {
        let host = asked.header("host").unwrap();
        let link = format!("<http://{host}/repos/octo/shop/issues/7/events?page=9>; rel=\"next\"");
        Answer::json(&json!([])).header("Link", &link)
    });
    let why = refused(&server);
    assert!(why.contains("more than 50 pages"), "{why}");
    assert!(server.asked().len() < 60);
}

#[test]
fn whatever_goes_wrong_is_an_error_and_never_no_label_or_no_approval() {
    type Fault = fn() -> Answer;
    let faults: [(Fault, &str); 14] = [
        (|| Answer::refused(401, &format!("Bad credentials {TOKEN}\n::error::x")), "github.token"),
        (
            || {
                Answer::refused(403, "API rate limit exceeded")
                    .header("X-RateLimit-Remaining", "0")
                    .header("X-RateLimit-Reset", &at("2026-11-21T12:40:00Z").as_second().to_string())
            },
            "until 2026-11-21 12:40:00 UTC",
        ),
        (|| Answer::refused(429, "slow down").header("Retry-After", "600"), "until 2026-11-21 12:10:00 UTC"),
        (
            || {
                Answer::refused(403, "Resource not accessible by integration")
                    .header("X-Accepted-GitHub-Permissions", "pull_requests=read")
            },
            "`pull-requests: read`",
        ),
        (Answer::not_found, "may see this repository"),
        (|| Answer::of(500, "<html>"), "answered 500, 3 times"),
        (|| Answer::Hang, "no whole answer"),
        (|| Answer::Reset, "connection broke"),
        (|| Answer::Truncated, "broke off"),
        (|| Answer::Endless(100 * 1024 * 1024), "larger than"),
        (|| Answer::of(200, "[{\"event\":"), "no whole JSON"),
        (|| Answer::of(200, "{\"message\": \"planted-token-5f1c\"}"), "does not hold what it has to"),
        (|| Answer::of(200, ""), "no whole JSON"),
        (|| Answer::of(204, ""), "no whole JSON"),
    ];
    for (fault, expected) in faults {
        let why = refused(&broken(EVENTS, move |_| fault()));
        assert!(why.contains(expected) && !why.contains('\n'), "{expected}: {why}");
    }
    for line in [PULL, REVIEWS, COMMITS, "GET /repos/octo/shop/collaborators/second/permission"] {
        for status in [401, 403, 500] {
            let why = refused(&broken(line, move |_| Answer::refused(status, "no")));
            assert!(why.contains(&status.to_string()), "{line}: {why}");
        }
    }
}

#[test]
fn values_of_a_wrong_kind_are_not_repeated_in_an_error() {
    for (line, body) in [
        (PULL, json!({ "number": TOKEN })),
        (
            REVIEWS,
            json!([{ "state": "APPROVED", "user": user("second"), "submitted_at": TOKEN, "commit_id": HEAD }]),
        ),
        (REVIEWS, json!([{ "state": "APPROVED", "user": user("second"), "commit_id": HEAD }])),
        (COMMITS, json!({ "commits": [] })),
        (EVENTS, json!([{ "event": 1 }])),
    ] {
        read(&changed(&[(line, body)])).unwrap_err();
    }
    let mut pull = table()[0].1.clone();
    pull["head"]["sha"] = json!("main\n::error::x");
    let why = refused(&changed(&[(PULL, pull)]));
    assert!(why.contains("no name of a commit") && !why.contains('\n'), "{why}");
}

#[test]
fn a_redirect_elsewhere_never_sees_the_token() {
    let other = Server::start(|_| Answer::json(&json!({})));
    let away = other.url("/");
    let server = broken(PULL, move |_| Answer::of(301, "").header("Location", &away));
    assert!(refused(&server).contains("not followed"));
    assert!(other.asked().is_empty());
}

#[test]
fn the_platforms_clock_is_compared_by_its_last_answer() {
    let server = changed(&[]);
    let api = api(&server);
    assert_eq!(api.clock_skew(now()), None);
    api.pull_request(7, now()).unwrap();
    assert_eq!(api.clock_skew(now()), Some(SignedDuration::from_secs(-30)));
    assert_eq!(api.clock_skew(at("2026-11-21T11:50:00Z")), Some(SignedDuration::from_mins(10)));
}

#[test]
fn lists_branches_and_deployments_are_told() {
    let (aside, gone) = ("e".repeat(40), "f".repeat(40));
    let commit = ObjectId::parse(HEAD).unwrap();
    let status = |state: &str, minute: u32| json!({ "id": minute, "state": state, "created_at": format!("2026-11-20T10:{minute:02}:00Z") });
    let issue = |number: u64, merged: Value| {
        json!({
            "number": number, "title": format!("t{number}"), "labels": [{ "name": "break-glass" }],
            "html_url": null, "pull_request": merged,
        })
    };
    let base = "GET /repos/octo/shop";
    let server = Server::table(&[
        (&format!("{base}/commits/{HEAD}/pulls"), json!([{ "number": 3 }, { "number": 7 }])),
        (&format!("{base}/pulls?state=open&per_page=100"), json!([{ "number": 9 }])),
        (
            &format!("{base}/branches/release%2F1"),
            json!({ "name": "release/1", "protected": true, "commit": { "sha": HEAD } }),
        ),
        (&format!("{base}/compare/{HEAD}...{OLD}?per_page=1"), json!({ "status": "behind" })),
        (&format!("{base}/compare/{HEAD}...{aside}?per_page=1"), json!({ "status": "diverged" })),
        (base, json!({ "default_branch": "trunk" })),
        (
            &format!("{base}/deployments?environment=prod%20eu&per_page=100"),
            json!([{ "id": 40, "sha": OLD }, { "id": 30, "sha": OLD }, { "id": 20, "sha": HEAD }]),
        ),
        (&format!("{base}/deployments/40/statuses"), json!([status("success", 1)])),
        (&format!("{base}/deployments/30/statuses"), json!([status("failure", 9), status("success", 8)])),
        (&format!("{base}/deployments/20/statuses"), json!([status("success", 5), status("in_progress", 4)])),
        (&format!("{base}/deployments?environment=empty&per_page=100"), json!([])),
        (
            &format!("{base}/issues?state=closed&labels=break-glass&per_page=100"),
            json!([
                issue(1, json!({ "merged_at": "2026-11-19T10:00:00Z" })),
                issue(2, json!({ "merged_at": null })),
                issue(3, Value::Null),
            ]),
        ),
    ]);
    let api = api(&server);
    assert_eq!(api.pull_requests_of(&commit).unwrap(), [3, 7]);
    assert_eq!(api.open_pull_requests().unwrap(), [9]);
    assert!(api.is_protected("release/1").unwrap());
    assert!(api.is_protected("gone").is_err());
    for (commit, is_on) in [(HEAD, true), (OLD, true), (aside.as_str(), false), (gone.as_str(), false)] {
        let commit = ObjectId::parse(commit).unwrap();
        assert_eq!(api.is_on("release/1", &commit).unwrap(), is_on, "{commit}");
    }
    assert_eq!(api.default_branch().unwrap(), "trunk");
    assert_eq!(api.last_deployment("prod eu", Some(40)).unwrap().unwrap().as_str(), HEAD);
    assert_eq!(api.last_deployment("prod eu", None).unwrap().unwrap().as_str(), OLD);
    assert_eq!(api.last_deployment("empty", None).unwrap(), None);
    let merged = api.merged_with_label("break-glass").unwrap();
    assert_eq!(merged.iter().map(|pull| pull.number).collect::<Vec<_>>(), [1]);
    assert_eq!(merged[0].merged_at, at("2026-11-19T10:00:00Z"));
}

const MARKER: &str = "<!-- deploy-guard -->";

/// The comments of a pull request, for a token that is `deploy-guard[bot]`.
fn commented(comments: Value) -> Server {
    Server::start(move |asked| match asked.path() {
        "POST /graphql" => Answer::json(&json!({ "data": { "viewer": { "login": "deploy-guard[bot]" } } })),
        "GET /repos/octo/shop/issues/7/comments" => Answer::json(&comments),
        _ => Answer::of(201, "{}"),
    })
}

fn comment(id: u64, login: &str, body: &str) -> Value {
    json!({ "id": id, "user": user(login), "body": body })
}

fn writes(server: &Server) -> Vec<(String, Value)> {
    let asked = server.asked();
    asked
        .iter()
        .filter(|asked| !asked.line.starts_with("GET") && !asked.line.ends_with("/graphql"))
        .map(|asked| (asked.line.clone(), asked.json()))
        .collect()
}

#[test]
fn a_comment_is_put_where_our_own_stands_and_nowhere_else() {
    let planted = comment(1, "opener", &format!("{MARKER}\nall is well"));
    let quoting = comment(2, "deploy-guard[bot]", &format!("see {MARKER}"));
    let own = comment(3, "deploy-guard[bot]", &format!("{MARKER}\r\nold"));

    let server = commented(json!([planted, quoting]));
    assert_eq!(api(&server).put_comment(7, MARKER, "new").unwrap(), Placed::Created);
    let body = json!({ "body": format!("{MARKER}\nnew") });
    assert_eq!(writes(&server), [("POST /repos/octo/shop/issues/7/comments".to_owned(), body.clone())]);

    let server = commented(json!([planted, quoting, own]));
    assert_eq!(api(&server).put_comment(7, MARKER, "new").unwrap(), Placed::Updated);
    assert_eq!(writes(&server), [("PATCH /repos/octo/shop/issues/comments/3".to_owned(), body)]);

    assert_eq!(api(&server).put_comment(7, MARKER, "old").unwrap(), Placed::Unchanged);
    assert_eq!(writes(&server).len(), 1);
}

#[test]
fn a_comment_is_not_put_by_a_token_that_nobody_knows() {
    let server = Server::start(|asked| match asked.path() {
        "POST /graphql" => {
            Answer::json(&json!({ "data": null, "errors": [{ "message": format!("no {TOKEN}") }] }))
        }
        _ => Answer::json(&json!([])),
    });
    let error = api(&server).put_comment(7, MARKER, "new").unwrap_err();
    assert!(error.what.contains("<redacted>"), "{error}");
    assert!(writes(&server).is_empty());
}

#[test]
fn a_comment_is_not_put_twice_when_the_answer_is_lost() {
    let server = Server::start(|asked| match asked.line.as_str() {
        "POST /graphql" => Answer::json(&json!({ "data": { "viewer": { "login": "deploy-guard[bot]" } } })),
        line if line.starts_with("GET") => Answer::json(&json!([])),
        _ => Answer::of(502, ""),
    });
    api(&server).put_comment(7, MARKER, "new").unwrap_err();
    assert_eq!(writes(&server).len(), 1);
}

#[test]
fn the_same_is_asked_of_an_enterprise_server() {
    let server = Server::start(|asked| match asked.path() {
        "POST /api/graphql" => {
            Answer::json(&json!({ "data": { "viewer": { "login": "deploy-guard[bot]" } } }))
        }
        "GET /api/v3/repos/octo/shop/issues/7/comments" => Answer::json(&json!([])),
        "POST /api/v3/repos/octo/shop/issues/7/comments" => Answer::of(201, "{}"),
        _ => Answer::not_found(),
    });
    let token = Secret::new(TOKEN).unwrap();
    let api = Api::new(Client::new(quick()), &server.url("/api/v3/"), "octo/shop", token).unwrap();
    assert_eq!(api.put_comment(7, MARKER, "new").unwrap(), Placed::Created);
}

#[test]
fn a_status_says_no_more_than_it_may() {
    let server = Server::start(|_| Answer::of(201, "{}"));
    let commit = ObjectId::parse(HEAD).unwrap();
    let long = "ü".repeat(200);
    api(&server).set_status(&commit, State::Failure, &long, "deploy-guard", None).unwrap();
    api(&server)
        .set_status(&commit, State::Success, "ok", "deploy-guard", Some("https://example.org/1"))
        .unwrap();
    let [(line, first), (_, second)] = &writes(&server)[..] else { panic!() };
    assert_eq!(line, &format!("POST /repos/octo/shop/statuses/{HEAD}"));
    assert_eq!((&first["state"], first.get("target_url")), (&json!("failure"), None));
    assert_eq!(first["description"].as_str().unwrap().chars().count(), 140);
    assert_eq!(
        (&second["state"], &second["target_url"]),
        (&json!("success"), &json!("https://example.org/1"))
    );
}

#[test]
fn what_is_no_repository_is_refused_before_anybody_is_asked() {
    for name in ["", "shop", "/shop", "octo/", "octo/shop/pulls"] {
        let token = Secret::new(TOKEN).unwrap();
        assert!(Api::new(Client::new(quick()), "https://api.example.org", name, token).is_err(), "{name}");
    }
}
