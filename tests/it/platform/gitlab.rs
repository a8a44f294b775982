//! A2: what GitLab's API says of a merge request, with the ways in which it may fail to say it.

use deploy_guard::change::{Approvals, ObjectId, PullRequest, ToldBy};
use deploy_guard::http::Client;
use deploy_guard::pipeline::gitlab::{Api, Token};
use deploy_guard::pipeline::{ApiError, Placed, State};
use deploy_guard::source::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Answer, Asked, Server, from_table};
use super::{TOKEN, quick};

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OLD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

const REQUEST: &str = "GET /api/v4/projects/42/merge_requests/7";
const EVENTS: &str = "GET /api/v4/projects/42/merge_requests/7/resource_label_events";
const APPROVALS: &str = "GET /api/v4/projects/42/merge_requests/7/approvals";
const VERSIONS: &str = "GET /api/v4/projects/42/merge_requests/7/versions";
const NOTES: &str = "GET /api/v4/projects/42/merge_requests/7/notes";
const GRAPHQL: &str = "POST /api/graphql";
const MEMBER: &str = "GET /api/v4/projects/42/members/all/2";
const USER: &str = "GET /api/v4/users/2";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T12:00:30Z")
}

fn api(server: &Server) -> Api {
    let token = Token::Private(Secret::new(TOKEN).unwrap());
    Api::new(Client::new(quick()), &server.url("/api/v4"), "42", token).unwrap()
}

fn user(id: u64, name: &str) -> Value {
    json!({ "id": id, "username": name, "name": name, "state": "active" })
}

fn event(action: &str, label: &str, by: &str, minute: u32) -> Value {
    json!({
        "id": minute, "user": user(9, by), "created_at": format!("2026-11-21T09:{minute:02}:00.000Z"),
        "resource_type": "MergeRequest", "resource_id": 700, "label": { "id": 1, "name": label }, "action": action,
    })
}

fn approved(at: Option<&str>) -> Value {
    json!({ "id": 700, "approved": true, "approved_by": [{ "user": user(2, "second"), "approved_at": at }] })
}

fn work(committers: &[&str], author: &Value, message: &str) -> Value {
    let committers: Vec<Value> = committers.iter().map(|name| json!({ "username": name })).collect();
    json!({ "data": { "mergeRequest": {
        "commits": {
            "pageInfo": { "hasNextPage": false, "endCursor": "MQ" },
            "nodes": [{ "author": author, "authorEmail": "first@example.org", "message": message }],
        },
        "committers": { "nodes": committers },
    } } })
}

/// A project with one merge request: approved by `second` on its newest commit.
fn table() -> Vec<(String, Value)> {
    let first = json!({ "username": "first" });
    [
        (
            REQUEST,
            json!({
                "id": 700, "iid": 7, "web_url": "https://gitlab.example.org/shop/-/merge_requests/7",
                "title": "Raise the limit", "description": "## Rollback\n\nrevert\n", "author": user(1, "opener"),
                "source_branch": "raise", "target_branch": "main", "sha": HEAD, "merged_at": null,
                "labels": ["break-glass", "urgent"], "state": "opened",
            }),
        ),
        (
            EVENTS,
            json!([
                event("add", "break-glass", "opener", 1),
                event("remove", "break-glass", "opener", 2),
                event("add", "break-glass", "second", 4),
                { "id": 5, "user": null, "created_at": "2026-11-21T09:05:00.000Z", "label": null, "action": "add" },
            ]),
        ),
        (APPROVALS, approved(Some("2026-11-21T10:10:00.000Z"))),
        (
            VERSIONS,
            json!([
                { "id": 2, "head_commit_sha": HEAD, "created_at": "2026-11-21T10:00:00.000Z", "state": "collected" },
                { "id": 1, "head_commit_sha": OLD, "created_at": "2026-11-21T09:00:00.000Z", "state": "collected" },
            ]),
        ),
        (GRAPHQL, work(&["third"], &first, "One\n\nCo-authored-by: F <4-fourth@users.noreply.gitlab.example.org>")),
        (USER, user(2, "second")),
        (MEMBER, json!({ "id": 2, "username": "second", "access_level": 30, "state": "active" })),
    ]
    .map(|(line, body)| (line.to_owned(), body))
    .to_vec()
}

fn changed(changes: &[(&str, Value)]) -> Server {
    let mut table = table();
    for (line, body) in changes {
        table.retain(|(known, _)| known != line);
        table.push(((*line).to_owned(), body.clone()));
    }
    Server::start(move |asked| from_table(&table, asked))
}

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

fn why_not(changes: &[(&str, Value)]) -> String {
    read(&changed(changes)).unwrap().approval().map(|found| found.by.clone()).unwrap_err()
}

#[test]
fn a_merge_request_is_told_whole() {
    let server = changed(&[]);
    let request = read(&server).unwrap();
    assert_eq!((request.number, request.title.as_str()), (7, "Raise the limit"));
    assert_eq!((request.author.as_str(), request.body.as_str()), ("opener", "## Rollback\n\nrevert\n"));
    assert_eq!((request.source_branch.as_str(), request.target_branch.as_str()), ("raise", "main"));
    assert_eq!((request.head.as_str(), request.told_by), (HEAD, ToldBy::Api { at: now() }));
    let approval = request.approval().unwrap();
    assert_eq!((approval.by.as_str(), approval.at), ("second", at("2026-11-21T10:10:00Z")));
    assert_eq!(approval.commit.as_ref().map(ObjectId::as_str), Some(HEAD));
    let Approvals::Known { contributors, .. } = &request.approvals else { unreachable!() };
    assert_eq!(contributors, &["opener", "third", "first", "fourth"]);
    for asked in server.asked() {
        if asked.path() == GRAPHQL {
            assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
            assert_eq!(asked.json()["variables"]["id"], "gid://gitlab/MergeRequest/700");
        } else {
            assert_eq!(asked.header("private-token"), Some(TOKEN));
        }
    }
}

#[test]
fn a_label_is_set_by_whoever_set_it_last() {
    let request = read(&changed(&[])).unwrap();
    let label = request.label("break-glass").unwrap();
    assert_eq!((label.by.as_deref(), label.at), (Some("second"), Some(at("2026-11-21T09:04:00Z"))));
    assert_eq!(request.label("urgent").unwrap().by, None);
    // A label of another case is another label here.
    let events = json!([event("add", "Break-Glass", "second", 1)]);
    assert_eq!(read(&changed(&[(EVENTS, events)])).unwrap().label("break-glass").unwrap().by, None);
}

#[test]
fn an_approval_belongs_to_the_state_that_was_there_when_it_was_given() {
    assert!(why_not(&[(APPROVALS, approved(Some("2026-11-21T09:59:59Z")))]).contains("earlier state"));
    assert!(why_not(&[(APPROVALS, approved(Some("2020-01-01T00:00:00Z")))]).contains("earlier state"));
    assert!(why_not(&[(VERSIONS, json!([]))]).contains("does not say what second approved"));
}

#[test]
fn an_older_gitlab_says_in_a_note_when_an_approval_was_given() {
    let note = |id: u64, name: &str, system: bool, minute: u32| {
        json!({
            "id": minute, "body": "approved this merge request", "author": user(id, name), "system": system,
            "created_at": format!("2026-11-21T10:{minute:02}:00.000Z"),
        })
    };
    let notes =
        json!([note(2, "second", true, 20), note(2, "second", false, 40), note(3, "third", true, 50)]);
    let request = read(&changed(&[(APPROVALS, approved(None)), (NOTES, notes)])).unwrap();
    assert_eq!(request.approval().unwrap().at, at("2026-11-21T10:20:00Z"));

    let forged = json!([note(2, "second", false, 40)]);
    let why = why_not(&[(APPROVALS, approved(None)), (NOTES, forged)]);
    assert!(why.contains("does not say when second approved"), "{why}");
}

#[test]
fn who_may_not_push_or_wrote_part_of_it_or_is_no_person_does_not_approve() {
    let member = |level: u32| json!({ "id": 2, "username": "second", "access_level": level });
    assert!(why_not(&[(MEMBER, member(20))]).contains("may not write"));
    let stranger = broken(MEMBER, |_| Answer::not_found());
    assert!(read(&stranger).unwrap().approval().unwrap_err().contains("may not write"));
    let own = json!({ "username": "second" });
    for answer in [
        work(&["second"], &Value::Null, "m"),
        work(&[], &own, "m"),
        work(&[], &Value::Null, "m\n\nCo-authored-by: S <2-second@users.noreply.gitlab.example.org>"),
    ] {
        assert!(why_not(&[(GRAPHQL, answer)]).contains("second person"));
    }
    let bot = json!({ "id": 2, "username": "second", "bot": true });
    assert!(why_not(&[(USER, bot)]).contains("nobody approved"));
}

#[test]
fn commits_whose_authors_are_not_told_leave_the_contributors_unknown() {
    let errors = json!({ "errors": [{ "message": format!("Field 'committers' doesn't exist {TOKEN}") }] });
    assert!(why_not(&[(GRAPHQL, errors)]).contains("does not say who wrote its commits"));
    assert!(why_not(&[(GRAPHQL, json!({ "data": { "mergeRequest": null } }))]).contains("may not see"));
    let refused = broken(GRAPHQL, |_| Answer::of(401, "{\"errors\":[{\"message\":\"Invalid token\"}]}"));
    assert!(read(&refused).unwrap().approval().unwrap_err().contains("401"));
    // A platform that is down is no platform that does not tell.
    read(&broken(GRAPHQL, |_| Answer::of(503, ""))).unwrap_err();
    read(&broken(GRAPHQL, |_| Answer::Hang)).unwrap_err();
}

#[test]
fn commits_are_read_to_their_last_page() {
    let server = broken(GRAPHQL, |asked| {
        let last = asked.json()["variables"]["after"] == "next";
        let author = if last { "second" } else { "first" };
        let mut answer = work(&[], &json!({ "username": author }), "m");
        answer["data"]["mergeRequest"]["commits"]["pageInfo"] =
            json!({ "hasNextPage": !last, "endCursor": "next" });
        Answer::json(&answer)
    });
    assert!(read(&server).unwrap().approval().unwrap_err().contains("second person"));
}

#[test]
fn lists_are_read_by_page_number_and_end() {
    let server = broken(EVENTS, |asked| {
        let page = asked.line.split("&page=").nth(1).map_or(1, |page| page.parse().unwrap());
        let next = if page < 3 { (page + 1).to_string() } else { String::new() };
        let event = event("add", "urgent", &format!("by-{page}"), page);
        Answer::json(&json!([event])).header("X-Next-Page", &next)
    });
    assert_eq!(read(&server).unwrap().label("urgent").unwrap().by.as_deref(), Some("by-3"));
    let endless = broken(EVENTS, |_| Answer::json(&json!([])).header("X-Next-Page", "2"));
    assert!(read(&endless).unwrap_err().what.contains("more than 50 pages"));
    let other = Server::start(|_| Answer::json(&json!([])));
    let link = format!("<{}>; rel=\"next\"", other.url("/x"));
    let away = broken(EVENTS, move |_| Answer::json(&json!([])).header("Link", &link));
    assert!(read(&away).unwrap_err().what.contains("is not asked"));
    assert!(other.asked().is_empty());
}

#[test]
fn whatever_goes_wrong_is_an_error_and_never_no_label_or_no_approval() {
    let message = |message: &str| json!({ "message": message }).to_string();
    for line in [REQUEST, EVENTS, APPROVALS, VERSIONS, USER, MEMBER] {
        let unauthorised = message(&format!("401 Unauthorized {TOKEN}"));
        let error = read(&broken(line, move |_| Answer::of(401, unauthorised.clone()))).unwrap_err();
        assert!(error.mend.as_deref().is_some_and(|mend| mend.contains("read_api")), "{line}: {error:?}");
        let error = read(&broken(line, |_| Answer::of(429, "Retry later").header("Retry-After", "900")));
        assert!(error.unwrap_err().what.contains("until 2026-11-21 12:15:00 UTC"), "{line}");
        for fault in
            [|| Answer::of(500, ""), || Answer::Truncated, || Answer::of(200, "\"planted-token-5f1c\"")]
        {
            read(&broken(line, move |_| fault())).unwrap_err();
        }
    }
}

#[test]
fn a_jobs_own_token_goes_out_as_such() {
    let server = Server::start(|_| Answer::of(401, "{\"message\":\"401 Unauthorized\"}"));
    let token = Token::Job(Secret::new(TOKEN).unwrap());
    let api = Api::new(Client::new(quick()), &server.url("/api/v4"), "group/shop", token).unwrap();
    let error = api.pull_request(7, now()).unwrap_err();
    assert!(error.mend.unwrap().contains("a job's own"));
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "GET /api/v4/projects/group%2Fshop/merge_requests/7");
    assert_eq!((asked.header("job-token"), asked.header("private-token")), (Some(TOKEN), None));
    assert!(Api::new(Client::new(quick()), "", " ", Token::Job(Secret::new(TOKEN).unwrap())).is_err());
}

#[test]
fn lists_branches_and_deployments_are_told() {
    let base = "GET /api/v4/projects/42";
    let mut merged = table()[0].1.clone();
    merged["merged_at"] = json!("2026-11-19T10:00:00.000Z");
    let deployments =
        format!("{base}/deployments?environment=prod%2Feu&status=success&order_by=id&sort=desc&per_page=2");
    let server = Server::table(&[
        (&format!("{base}/repository/commits/{HEAD}/merge_requests"), json!([{ "iid": 3 }, { "iid": 7 }])),
        (&format!("{base}/merge_requests?state=opened&per_page=100"), json!([{ "iid": 9 }])),
        (&format!("{base}/merge_requests?state=merged&labels=break-glass&per_page=100"), json!([merged])),
        (
            &format!("{base}/repository/branches/release%2F1"),
            json!({ "name": "release/1", "protected": false }),
        ),
        (
            &format!("{base}/repository/commits/{HEAD}/refs?type=branch&per_page=100"),
            json!([{ "type": "branch", "name": "trunk" }, { "type": "branch", "name": "next" }]),
        ),
        (base, json!({ "default_branch": "trunk" })),
        (&deployments, json!([{ "id": 40, "sha": OLD }, { "id": 30, "sha": HEAD }])),
    ]);
    let api = api(&server);
    let commit = ObjectId::parse(HEAD).unwrap();
    assert_eq!(api.pull_requests_of(&commit).unwrap(), [3, 7]);
    assert_eq!(api.open_pull_requests().unwrap(), [9]);
    assert!(!api.is_protected("release/1").unwrap());
    assert!(api.is_protected("gone").is_err());
    assert!(api.is_on("trunk", &commit).unwrap());
    assert!(!api.is_on("tr", &commit).unwrap());
    assert_eq!(api.default_branch().unwrap(), "trunk");
    assert_eq!(api.last_deployment("prod/eu", Some(40)).unwrap().unwrap().as_str(), HEAD);
    assert_eq!(api.last_deployment("prod/eu", None).unwrap().unwrap().as_str(), OLD);
    let found = api.merged_with_label("break-glass").unwrap();
    assert_eq!((found[0].number, found[0].merged_at), (7, at("2026-11-19T10:00:00Z")));
    assert_eq!(api.clock_skew(now()), Some(SignedDuration::from_secs(-30)));
}

const MARKER: &str = "<!-- deploy-guard -->";

fn writes(server: &Server) -> Vec<(String, Value)> {
    let asked = server.asked();
    asked
        .iter()
        .filter(|asked| !asked.line.starts_with("GET"))
        .map(|asked| (asked.line.clone(), asked.json()))
        .collect()
}

#[test]
fn a_note_is_put_where_our_own_stands_and_nowhere_else() {
    let note = |id: u64, author: Value, body: &str| json!({ "id": id, "body": body, "author": author, "system": false, "created_at": "2026-11-21T10:00:00Z" });
    let planted = note(1, user(1, "opener"), &format!("{MARKER}\nall is well"));
    let own = note(3, user(50, "project_42_bot"), &format!("{MARKER}\nold"));
    let noted = |notes: Value| {
        Server::start(move |asked| match asked.path() {
            "GET /api/v4/user" => Answer::json(&user(50, "project_42_bot")),
            line if line.starts_with("GET") => Answer::json(&notes),
            _ => Answer::of(201, "{}"),
        })
    };
    let path = "/api/v4/projects/42/merge_requests/7/notes";
    let body = json!({ "body": format!("{MARKER}\nnew") });

    let server = noted(json!([planted]));
    assert_eq!(api(&server).put_comment(7, MARKER, "new").unwrap(), Placed::Created);
    assert_eq!(writes(&server), [(format!("POST {path}"), body.clone())]);

    let server = noted(json!([planted, own]));
    assert_eq!(api(&server).put_comment(7, MARKER, "new").unwrap(), Placed::Updated);
    assert_eq!(writes(&server), [(format!("PUT {path}/3"), body)]);
    assert_eq!(api(&server).put_comment(7, MARKER, "old").unwrap(), Placed::Unchanged);
    assert_eq!(writes(&server).len(), 1);
}

#[test]
fn a_status_is_set_in_gitlabs_words() {
    let server = Server::start(|_| Answer::of(201, "{}"));
    let commit = ObjectId::parse(HEAD).unwrap();
    api(&server).set_status(&commit, State::Failure, "closed", "deploy-guard", None).unwrap();
    let expected = json!({ "state": "failed", "description": "closed", "name": "deploy-guard" });
    assert_eq!(writes(&server), [(format!("POST /api/v4/projects/42/statuses/{HEAD}"), expected)]);
}
