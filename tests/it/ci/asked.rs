//! What the platform says now, in place of what the event remembers: plan, labels, approvals, and what is written back
//! (A2, T6, T10).

use serde_json::{Value, json};

use super::events::{MANIFEST, PLAN, founded, releases, unpins};
use super::github::{AT, Job, Opened, check_out, check_out_merge, open, payload, refused_by, report};
use crate::platform::server::{Answer, Asked, Server, from_table};
use crate::sandbox::{Commit, Outcome, Repository, Run, Sandbox};

/// The Friday of the same week.
pub(super) const FRIDAY: &str = "2026-11-20T11:00:00Z";

const TOKEN: &str = "planted-platform-token";

fn user(login: &str) -> Value {
    json!({ "login": login, "type": "User" })
}

/// A platform that knows one pull request.
pub(super) struct Known {
    pub opened: Opened,
    pub title: &'static str,
    pub body: String,
    pub labels: Vec<(&'static str, &'static str, &'static str)>,
    /// Who, when, and which commit; the empty name of a commit is the head.
    pub approvals: Vec<(&'static str, &'static str, String)>,
    pub protected: bool,
    landed: Value,
}

impl Known {
    pub(super) fn new(opened: Opened) -> Self {
        Self {
            opened,
            title: "web: next version",
            body: String::new(),
            labels: Vec::new(),
            approvals: Vec::new(),
            protected: true,
            landed: json!([]),
        }
    }

    pub(super) fn table(&self) -> Vec<(String, Value)> {
        let Opened { number, head, .. } = &self.opened;
        let repository = "/repos/shop/deploy";
        let of = |path: &str| format!("GET {repository}/pulls/{number}{path}");
        let labels: Vec<Value> = self.labels.iter().map(|(name, ..)| json!({ "name": name })).collect();
        let events: Vec<Value> = self
            .labels
            .iter()
            .map(|(name, by, at)| {
                json!({ "event": "labeled", "actor": user(by), "label": { "name": name }, "created_at": at })
            })
            .collect();
        let reviews: Vec<Value> = self
            .approvals
            .iter()
            .map(|(by, at, commit)| {
                let commit = if commit.is_empty() { head } else { commit };
                json!({ "user": user(by), "state": "APPROVED", "commit_id": commit, "submitted_at": at })
            })
            .collect();
        let tip = json!({ "sha": self.opened.base });
        let mut table = vec![
            (format!("GET {repository}"), json!({ "default_branch": "main" })),
            (format!("GET {repository}/branches/main"), json!({ "protected": true, "commit": tip })),
            (
                format!("GET {repository}/branches/release"),
                json!({ "protected": self.protected, "commit": tip }),
            ),
            (format!("GET {repository}/issues/{number}/events"), json!(events)),
            (of("/reviews"), json!(reviews)),
            (
                of("/commits"),
                json!([{ "sha": head, "author": user("opener"), "committer": user("opener"), "commit": { "message": "m" } }]),
            ),
            (
                of(""),
                json!({
                    "number": number, "title": self.title, "body": self.body, "user": user("opener"),
                    "head": { "ref": "next", "sha": head }, "base": { "ref": "main", "sha": self.opened.base }, "labels": labels, "commits": 1,
                }),
            ),
            (format!("GET {repository}/issues"), self.landed.clone()),
            (format!("GET {repository}/issues/{number}/comments"), json!([])),
            ("POST /graphql".to_owned(), json!({ "data": { "viewer": user("github-actions[bot]") } })),
            (format!("POST {repository}/issues/{number}/comments"), json!({ "id": 1 })),
            (format!("POST {repository}/statuses/{head}"), json!({ "id": 1 })),
            (format!("GET {repository}/pulls"), json!([{ "number": number }])),
        ];
        for (login, permission) in [("second", "write"), ("opener", "admin"), ("reader", "read")] {
            let path = format!("GET {repository}/collaborators/{login}/permission");
            table.push((path, json!({ "permission": permission })));
        }
        table
    }

    pub(super) fn server(&self) -> Server {
        let table = self.table();
        Server::start(move |asked: &Asked| from_table(&table, asked))
    }
}

pub(super) fn with_token(run: Run, server: &Server) -> Run {
    run.env("GITHUB_API_URL", server.url("")).env("GITHUB_TOKEN", TOKEN)
}

/// A release to production as a pull request, checked out, with a platform that knows it.
pub(super) fn judged(at: &'static str, tell: impl FnOnce(&mut Known)) -> Outcome {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let mut known = Known::new(open(&remote, 1, &head));
    tell(&mut known);
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let server = known.server();
    let job = Job { at: Some(at), ..Job::new(&clone) };
    // The event is as old as the run: it has no body and no label.
    let event = payload(&known.opened, 1, "");
    let run = job.command("pull_request", &event, &known.opened.merge).args(["--format", "json"]);
    let outcome = with_token(run, &server).finish();
    assert!(!outcome.to_string().contains(TOKEN), "{outcome}");
    outcome
}

#[test]
fn a2_the_body_is_the_one_that_the_pull_request_has_now() {
    let outcome = judged(AT, |known| known.body = PLAN.to_owned());
    assert_eq!(outcome.code, 0, "{outcome}");
    let report = report(&outcome);
    assert_eq!(report["changes"][0]["pull_requests"][0]["source"], "api");
    let without = judged(AT, |_| ());
    assert_eq!(without.code, 1, "{without}");
}

#[test]
fn u10_a_token_in_a_title_is_shown_nowhere() {
    let outcome = judged(AT, |known| {
        known.title = "web: use ghp_plantedplantedplanted12345 for the registry";
        known.landed = json!([{
            "number": 77, "title": "use ghp_plantedplantedplanted12345 at once", "labels": [{ "name": "break-glass" }],
            "pull_request": { "merged_at": "2026-11-16T10:00:00Z" },
        }]);
    });
    assert!(
        report(&outcome)["changes"][0]["pull_requests"][0]["title"].as_str().unwrap().contains("redacted")
    );
    assert!(!outcome.to_string().contains("ghp_planted"), "{outcome}");
}

#[test]
fn a2_a_platform_that_fails_is_no_pass_and_no_missing_label() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[Commit::new("notes").write("notes.txt", "x\n")]);
    let known = Known::new(open(&remote, 1, &head));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let job = Job::new(&clone);
    for (failing, status) in [("/reviews", 500), ("/events", 403), ("/pulls/1", 404), ("/permission", 401)] {
        let mut known =
            Known { approvals: vec![("second", AT, String::new())], ..Known::new(open(&remote, 1, &head)) };
        known.body = PLAN.to_owned();
        let table = known.table();
        let server = Server::start(move |asked: &Asked| {
            if asked.path().ends_with(failing) {
                Answer::refused(status, "no")
            } else {
                from_table(&table, asked)
            }
        });
        let run = job.command("pull_request", &payload(&known.opened, 1, PLAN), &known.opened.merge);
        let outcome = with_token(run, &server).finish();
        assert_eq!(outcome.code, 3, "{failing}: {outcome}");
        assert!(!outcome.to_string().contains(TOKEN), "{outcome}");
        assert_eq!(job.output("decision").as_deref(), Some("unjudged"));
    }
}

#[test]
fn a_pull_request_that_has_moved_on_is_left_to_its_own_run() {
    let outcome = judged(AT, |known| known.opened.head = "c".repeat(40));
    assert_eq!(outcome.code, 3, "{outcome}");
}

const EMERGENCY: &str = "## Break-glass\n\nrelease-outside-window customers can't pay since an hour\n";

pub(super) fn breaks_glass(known: &mut Known) {
    known.body = format!("{PLAN}\n{EMERGENCY}");
    known.labels = vec![("break-glass", "opener", "2026-11-20T10:30:00Z")];
    known.approvals = vec![("second", "2026-11-20T10:45:00Z", String::new())];
}

#[test]
fn t6_a_label_and_a_second_persons_review_open_what_the_body_names() {
    let outcome = judged(FRIDAY, breaks_glass);
    assert_eq!(outcome.code, 0, "{outcome}");
    let report = report(&outcome);
    let overridden = &report["overridden"][0];
    assert_eq!(overridden["finding"]["policy"], "release-outside-window");
    assert!(overridden["approved_by"].as_str().unwrap().starts_with("second"), "{outcome}");
    assert_eq!(report["valid_until"], "2026-11-21T10:30:00Z", "24 hours from the label");
}

type Spoil = fn(&mut Known);

#[test]
fn t6_nothing_less_opens_anything() {
    let cases: [(&str, Spoil); 7] = [
        ("lacks the label", |known| known.labels.clear()),
        ("nobody approved", |known| known.approvals.clear()),
        ("a second person", |known| known.approvals[0].0 = "opener"),
        ("may not write", |known| known.approvals[0].0 = "reader"),
        ("earlier state", |known| known.approvals[0].2 = "d".repeat(40)),
        ("24 h", |known| known.labels[0].2 = "2026-11-19T10:00:00Z"),
        ("lacks the label", |known| {
            known.labels.clear();
            known.body.push_str("\n## Approved-By\n\nSecond Person\n");
        }),
    ];
    for (why, spoil) in cases {
        let outcome = judged(FRIDAY, |known| {
            breaks_glass(known);
            spoil(known);
        });
        assert_eq!(outcome.code, 1, "{why}: {outcome}");
        let report = report(&outcome);
        assert_eq!(refused_by(&report), ["release-outside-window"]);
        let related = report["findings"][0]["related"].to_string();
        assert!(related.contains("opens nothing") && related.contains(why), "{why}: {related}");
    }
}

#[test]
fn t6_what_a_message_says_of_an_approval_opens_nothing_where_the_platform_can_be_asked() {
    let sandbox = Sandbox::new();
    let message = "web: next version\n\nRollback-Plan: helm rollback web\nRollback-Trigger: errors over 1 %\nRollback-Owner: on-call\n\
                   Break-Glass: release-outside-window customers can't pay since an hour\nApproved-By: Second Person <second@example.org>\n";
    let change = Commit::new(message).at("2026-11-20T10:00:00+00:00").write(MANIFEST, "image: web:2\n");
    let (remote, head) = founded(&sandbox, &[change]);
    let known = Known::new(open(&remote, 1, &head));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let job = Job { at: Some(FRIDAY), ..Job::new(&clone) };
    let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
    let outcome = with_token(run.args(["--format", "json"]), &known.server()).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(refused_by(&report(&outcome)), ["release-outside-window"]);
}

#[test]
fn emergencies_that_have_landed_are_listed_until_they_are_reviewed() {
    let landed = |labels: &[&str]| {
        let labels: Vec<Value> = labels.iter().map(|name| json!({ "name": name })).collect();
        json!([{
            "number": 77, "title": "raise the limit at once", "labels": labels,
            "pull_request": { "merged_at": "2026-11-16T10:00:00Z" },
        }])
    };
    let open = judged(AT, |known| {
        known.body = PLAN.to_owned();
        known.landed = landed(&["break-glass"]);
    });
    assert_eq!(open.code, 0, "{open}");
    let listed = &report(&open)["open_break_glass"];
    assert_eq!(listed[0]["place"], "#77", "{open}");
    let reviewed = judged(AT, |known| {
        known.body = PLAN.to_owned();
        known.landed = landed(&["break-glass", "break-glass-reviewed"]);
    });
    assert_eq!(report(&reviewed)["open_break_glass"], json!([]));
}

#[test]
fn emergencies_in_the_history_are_listed_until_a_review_lands() {
    let sandbox = Sandbox::new();
    let broken = "hotfix\n\nBreak-Glass: release-outside-window customers can't pay\nApproved-By: Second <s@example.org>\n";
    let first = Commit::new("first").write("a.txt", "a\n");
    let work = sandbox.repository("work", &[first, Commit::new(broken).write("a.txt", "b\n")]);
    work.commit(Commit::new("next").write("a.txt", "c\n"));
    let listed = |work: &Repository<'_>| {
        let outcome = work.guard(&["check", "--base", "HEAD^", "--at", AT, "--format", "json"]);
        report(&outcome)["open_break_glass"].clone()
    };
    assert_eq!(listed(&work)[0]["policy"], "release-outside-window");
    work.commit(
        Commit::new("postmortem\n\nBreak-Glass-Review: release-outside-window, see the report\n")
            .write("a.txt", "d\n"),
    );
    assert_eq!(listed(&work).as_array().unwrap().len(), 1, "it counts once it has landed");
    work.commit(Commit::new("later").write("a.txt", "e\n"));
    assert_eq!(listed(&work), json!([]));
}

#[test]
fn t2_loosening_the_gate_takes_a_reason_and_a_review() {
    let run = |approved: bool, reason: &str| {
        let sandbox = Sandbox::new();
        let loosens = Commit::new("gate: other hours")
            .write("deploy-guard.toml", "[policy.floating-image-tag]\nseverity = \"off\"\n");
        let (remote, _) = founded(&sandbox, &[]);
        remote.commit_on(
            "main",
            &[Commit::new("gate")
                .write("deploy-guard.toml", "[policy.floating-image-tag]\nseverity = \"block\"\n")],
        );
        remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
        remote.commit_on("next", &[loosens]);
        let mut known = Known::new(open(&remote, 1, &remote.tip("refs/heads/next").unwrap()));
        reason.clone_into(&mut known.body);
        if approved {
            known.approvals = vec![("second", AT, String::new())];
        }
        let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
        let job = Job::new(&clone);
        let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
        with_token(run.args(["--format", "json"]), &known.server()).finish()
    };
    let reason = "## Reason\n\nthe policy is replaced by the registry's own\n";
    let agreed = run(true, reason);
    assert_eq!(agreed.code, 0, "{agreed}");
    let preview = &report(&agreed)["changes"][0]["preview"];
    assert_eq!(preview["decision"], "go", "{agreed}");
    let alone = run(false, &format!("{reason}\n## Approved-By\n\nSecond Person\n"));
    assert_eq!(alone.code, 1, "{alone}");
    assert_eq!(refused_by(&report(&alone)), ["weakened-gate"]);
    let silent = run(true, "");
    assert_eq!(silent.code, 1, "{silent}");
}

#[test]
fn t1_a_branch_that_nobody_protects_lends_no_rules() {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    // A stacked branch whose own rules let everything through.
    let soft = "[policy.unpinned-kafka-client]\nseverity = \"off\"\n";
    remote.git(&["update-ref", "refs/heads/release", "refs/heads/main"]);
    remote.commit_on("release", &[Commit::new("soft").write("deploy-guard.toml", soft)]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/release"]);
    remote.commit_on("next", &[unpins()]);
    let main = remote.tip("refs/heads/main").unwrap();
    let base = remote.tip("refs/heads/release").unwrap();
    let head = remote.tip("refs/heads/next").unwrap();
    let judged = |protected: bool| {
        // The platform merges into the branch that the pull request goes to.
        remote.git(&["update-ref", "refs/heads/main", &base]);
        let mut known = Known::new(open(&remote, 1, &head));
        remote.git(&["update-ref", "refs/heads/main", &main]);
        known.protected = protected;
        let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
        let mut table = known.table();
        for (line, body) in &mut table {
            if line.ends_with("/pulls/1") {
                body["base"]["ref"] = json!("release");
            }
        }
        let server = Server::start(move |asked: &Asked| from_table(&table, asked));
        let mut event = payload(&known.opened, 1, "");
        event["pull_request"]["base"]["ref"] = json!("release");
        let run = Job::new(&clone).command("pull_request", &event, &known.opened.merge);
        with_token(run.args(["--format", "json", "--fetch"]), &server).finish()
    };
    let stacked = judged(false);
    assert_eq!(stacked.code, 1, "{stacked}");
    let report = report(&stacked);
    assert_eq!(refused_by(&report), ["unpinned-kafka-client"]);
    assert_eq!(report["changes"][0]["rules_from"]["commit"], main);
    let protected = judged(true);
    assert_eq!(protected.code, 0, "{protected}");
}

#[test]
fn a_comment_is_put_once_and_then_put_in_place() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let known = Known::new(open(&remote, 1, &head));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let run = |server: &Server| {
        let job = Job::new(&clone);
        let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
        let outcome = with_token(run.arg("--comment"), server).finish();
        assert_eq!(outcome.code, 1, "{outcome}");
    };
    let server = known.server();
    run(&server);
    let written: Vec<Asked> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.line.ends_with("/issues/1/comments") && asked.line.starts_with("POST"))
        .collect();
    assert_eq!(written.len(), 1);
    let body = written[0].json()["body"].as_str().unwrap().to_owned();
    assert!(body.starts_with("<!-- deploy-guard:"), "{body}");
    assert!(body.contains("kafka-python"), "{body}");
    assert_eq!(body.matches("<!-- deploy-guard:").count(), 1, "{body}");
    // The next run finds it, whoever else has planted one with the same mark.
    let mark = body.lines().next().unwrap();
    let comments = json!([
        { "id": 8, "user": user("opener"), "body": format!("{mark}\nplanted") },
        { "id": 9, "user": user("github-actions[bot]"), "body": format!("{mark}\nan earlier verdict") },
    ]);
    let mut table = known.table();
    for (line, body) in &mut table {
        if line == "GET /repos/shop/deploy/issues/1/comments" {
            *body = comments.clone();
        }
    }
    table.push(("PATCH /repos/shop/deploy/issues/comments/9".to_owned(), json!({})));
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    run(&server);
    let lines = server.lines();
    assert!(lines.contains(&"PATCH /repos/shop/deploy/issues/comments/9".to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("POST /repos/shop/deploy/issues")), "{lines:?}");
}

#[test]
fn what_can_t_be_told_is_no_pass_and_a_no_go_stays_one() {
    for (change, told, code, decision) in [
        (unpins(), true, 1, "no-go"),
        (unpins(), false, 1, "no-go"),
        (Commit::new("notes").write("notes.txt", "x\n"), true, 0, "go"),
        (Commit::new("notes").write("notes.txt", "x\n"), false, 3, "unjudged"),
    ] {
        let sandbox = Sandbox::new();
        let (remote, head) = founded(&sandbox, &[change]);
        let known = Known::new(open(&remote, 1, &head));
        let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
        let table = known.table();
        let server = Server::start(move |asked: &Asked| {
            if !told && asked.line.starts_with("POST /repos") {
                return Answer::refused(403, "Resource not accessible by integration");
            }
            from_table(&table, asked)
        });
        let job = Job::new(&clone);
        let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
        let outcome = with_token(run.arg("--comment"), &server).finish();
        assert_eq!(outcome.code, code, "{outcome}");
        assert_eq!(job.output("decision").as_deref(), Some(decision), "{outcome}");
        assert_eq!(told, !outcome.to_string().contains("answered 403"), "{outcome}");
    }
}

#[test]
fn a9_a_timer_judges_every_open_pull_request_and_says_so_on_its_commit() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let mut known = Known::new(open(&remote, 1, &head));
    known.body = PLAN.to_owned();
    let clone = check_out(&sandbox, &remote, &known.opened.base, "refs/remotes/origin/main", Some(1));
    let server = known.server();
    let said = |at: &'static str, code: i32| {
        let job = Job { at: Some(at), ..Job::new(&clone) };
        let event = json!({ "repository": { "default_branch": "main" } });
        let run = job.command("schedule", &event, &known.opened.base).args(["--all-open", "--fetch"]);
        let outcome = with_token(run, &server).finish();
        assert_eq!(outcome.code, code, "{outcome}");
        let asked = server.asked();
        let status =
            asked.iter().rfind(|asked| asked.line == format!("POST /repos/shop/deploy/statuses/{head}"));
        status.expect("a status").json()
    };
    let open = said(AT, 0);
    assert_eq!(open["state"], "success");
    assert_eq!(open["context"], "deploy-guard");
    let closed = said(FRIDAY, 1);
    assert_eq!(closed["state"], "failure");
    assert!(closed["description"].as_str().unwrap().starts_with("NO-GO"), "{closed}");
}

#[test]
fn c1_a_clock_that_differs_from_the_platforms_judges_nothing() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[Commit::new("notes").write("notes.txt", "x\n")]);
    let known = Known::new(open(&remote, 1, &head));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let table = known.table();
    let server = Server::start(move |asked: &Asked| {
        from_table(&table, asked).header("Date", "Sat, 01 Nov 2036 12:00:00 GMT")
    });
    let job = Job { at: None, ..Job::new(&clone) };
    let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
    let outcome = with_token(run, &server).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.to_string().contains("clock"), "{outcome}");
}

#[test]
fn a1_a_merge_group_carries_the_plan_of_its_pull_request() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let run = |body: &str| {
        let mut known = Known::new(open(&remote, 104, &head));
        body.clone_into(&mut known.body);
        let clone = check_out(&sandbox, &remote, &known.opened.merge, "refs/remotes/origin/queue", None);
        let event = json!({
            "merge_group": {
                "head_sha": known.opened.merge, "base_sha": known.opened.base, "base_ref": "refs/heads/main",
                "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-104-{}", known.opened.base),
            },
            "repository": { "default_branch": "main" },
        });
        let run = Job::new(&clone).command("merge_group", &event, &known.opened.merge);
        with_token(run.args(["--format", "json"]), &known.server()).finish()
    };
    let planned = run(PLAN);
    assert_eq!(planned.code, 0, "{planned}");
    let unplanned = run("");
    assert_eq!(unplanned.code, 1, "{unplanned}");
}

#[test]
fn a1_a_deployment_is_judged_against_what_the_environment_runs() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins(), Commit::new("more").write("notes.txt", "x\n")]);
    let running = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let known = Known::new(open(&remote, 1, &head));
    let run = |states: [&str; 2]| {
        let mut table = known.table();
        let of = "GET /repos/shop/deploy";
        table.push((
            format!("{of}/deployments"),
            json!([{ "id": 7, "sha": head }, { "id": 6, "sha": running }, { "id": 5, "sha": "e".repeat(40) }]),
        ));
        for (id, state) in [(6, states[0]), (5, states[1])] {
            let statuses = json!([{ "state": state, "created_at": AT }]);
            table.push((format!("{of}/deployments/{id}/statuses"), statuses));
        }
        for commit in clone.git(&["rev-list", &format!("{running}..{head}")]).lines() {
            table.push((format!("{of}/commits/{commit}/pulls"), json!([{ "number": 1 }])));
        }
        let server = Server::start(move |asked: &Asked| from_table(&table, asked));
        let event = json!({
            "deployment": { "id": 7, "sha": head, "environment": "production" },
            "repository": { "default_branch": "main" },
        });
        let run = Job::new(&clone).command("deployment", &event, &head);
        with_token(run.args(["--format", "json"]), &server).finish()
    };
    let judged = run(["success", "success"]);
    assert_eq!(judged.code, 1, "{judged}");
    let found = report(&judged);
    assert_eq!(found["changes"][0]["base"]["commit"], running);
    assert_eq!(found["changes"][0]["asker"], "deployment");
    assert_eq!(refused_by(&found), ["unpinned-kafka-client"]);
    // Nothing that ran is known: nothing is passed.
    let unknown = run(["failure", "inactive"]);
    assert_eq!(unknown.code, 3, "{unknown}");
    assert!(unknown.to_string().contains("--base"), "{unknown}");
}

#[test]
fn what_only_lists_does_not_end_a_run_and_is_said() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[Commit::new("notes").write("notes.txt", "x\n")]);
    let known = Known::new(open(&remote, 1, &head));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let table = known.table();
    let server = Server::start(move |asked: &Asked| {
        if asked.path() == "GET /repos/shop/deploy/issues" {
            return Answer::refused(403, "Resource not accessible by integration");
        }
        from_table(&table, asked)
    });
    let run = Job::new(&clone).command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
    let outcome = with_token(run.args(["--format", "json"]), &server).finish();
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(report(&outcome)["notes"][0].as_str().unwrap().contains("break-glass"), "{outcome}");
}

#[test]
fn an_emergency_that_several_pull_requests_stand_behind_is_listed_once() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[Commit::new("notes").write("notes.txt", "x\n")]);
    let mut known = Known::new(open(&remote, 1, &head));
    known.landed = json!([{
        "number": 77, "title": "raise the limit at once", "labels": [{ "name": "break-glass" }],
        "pull_request": { "merged_at": "2026-11-16T10:00:00Z" },
    }]);
    let other = Known::new(open(&remote, 2, &head));
    let clone = check_out(&sandbox, &remote, &known.opened.base, "refs/remotes/origin/main", Some(1));
    let mut table = known.table();
    table.retain(|(line, _)| line != "GET /repos/shop/deploy/pulls");
    table.extend(other.table());
    table.insert(0, ("GET /repos/shop/deploy/pulls".to_owned(), json!([{ "number": 1 }, { "number": 2 }])));
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    let event = json!({ "repository": { "default_branch": "main" } });
    let run = Job::new(&clone).command("schedule", &event, &known.opened.base);
    let outcome = with_token(run.args(["--all-open", "--fetch", "--format", "json"]), &server).finish();
    let found = report(&outcome);
    assert_eq!(found["changes"].as_array().unwrap().len(), 2, "{outcome}");
    assert_eq!(found["open_break_glass"].as_array().unwrap().len(), 1, "{outcome}");
}
