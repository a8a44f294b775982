//! What somebody tries who may open a pull request, push to branches that nobody protects and write any text, and who
//! wants exit code 0 for a change that the rules of the base refuse, or a gate that is of no use to anybody else.

use serde_json::{Value, json};

use super::asked::{FRIDAY, Known, breaks_glass, judged, with_token};
use super::events::{PLAN, founded, releases, unpins};
use super::github::{AT, Job, Opened, check_out, check_out_merge, open, payload, refused_by, report};
use crate::github::oracle::{hear, hear_through, values};
use crate::platform::server::{Answer, Asked, Server, from_table};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const SOFT: &str = "[policy.unpinned-kafka-client]\nseverity = \"off\"\n";

fn put(table: &mut Vec<(String, Value)>, line: &str, body: Value) {
    match table.iter_mut().find(|(known, _)| known == line) {
        Some((_, known)) => *known = body,
        None => table.push((line.to_owned(), body)),
    }
}

const TRAILERS: &str =
    "Rollback-Plan: helm rollback web\nRollback-Trigger: errors over 1 %\nRollback-Owner: on-call\n";

/// A pull request into a branch of the attacker's own, whose rules let everything through, as `main` would get it.
fn into_own_branch(sandbox: &Sandbox) -> (Repository<'_>, Opened) {
    let (remote, _) = founded(sandbox, &[]);
    remote.git(&["update-ref", "refs/heads/soft", "refs/heads/main"]);
    remote.commit_on("soft", &[Commit::new("soft").write("deploy-guard.toml", SOFT)]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/soft"]);
    remote.commit_on("next", &[unpins()]);
    let main = remote.tip("refs/heads/main").unwrap();
    let head = remote.tip("refs/heads/next").unwrap();
    remote.git(&["update-ref", "refs/heads/main", &remote.tip("refs/heads/soft").unwrap()]);
    let opened = open(&remote, 1, &head);
    remote.git(&["update-ref", "refs/heads/main", &main]);
    (remote, opened)
}

#[test]
fn t1_a_run_that_is_repeated_after_the_pull_request_was_pointed_elsewhere_judges_nothing() {
    let sandbox = Sandbox::new();
    let (remote, opened) = into_own_branch(&sandbox);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let known = Known::new(opened);
    // The run is as old as its event; the platform says that it is for `main` now.
    let mut event = payload(&known.opened, 1, "");
    event["pull_request"]["base"]["ref"] = json!("soft");
    let run = Job::new(&clone).command("pull_request", &event, &known.opened.merge).args(["--fetch"]);
    let outcome = with_token(run, &known.server()).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[test]
fn t1_a_merge_commit_with_another_branch_than_the_one_that_is_asked_for_judges_nothing() {
    let sandbox = Sandbox::new();
    let (remote, opened) = into_own_branch(&sandbox);
    let main = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &main, "refs/remotes/origin/main", Some(1));
    let known = Known::new(opened);
    // Pointed to `main` a moment ago: the platform has not merged anew.
    let outcome = |status: &str| {
        let mut table = known.table();
        let soft = &known.opened.base;
        let of = "GET /repos/shop/deploy";
        put(
            &mut table,
            &format!("{of}/branches/main"),
            json!({ "protected": true, "commit": { "sha": main } }),
        );
        put(&mut table, &format!("{of}/compare/{main}...{soft}"), json!({ "status": status }));
        let server = Server::start(move |asked: &Asked| from_table(&table, asked));
        let run = Job::new(&clone).command("pull_request_target", &payload(&known.opened, 1, ""), &main);
        with_token(run.args(["--fetch"]), &server).finish()
    };
    for status in ["ahead", "diverged"] {
        let elsewhere = outcome(status);
        assert_eq!(elsewhere.code, 3, "{elsewhere}");
        assert!(elsewhere.stderr.contains("not on main"), "{elsewhere}");
    }
    // A branch that has moved on since is the same branch.
    assert_eq!(outcome("behind").code, 0);
}

#[test]
fn a_repository_that_the_change_brings_along_is_not_taken_for_the_one_that_is_judged() {
    let sandbox = Sandbox::new();
    let mark = sandbox.path("executed");
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tsshCommand = touch {}\n[remote \"origin\"]\n\turl = ssh://git.example/x\n",
        mark.display()
    );
    let planted = unpins()
        .write("deploy/HEAD", "ref: refs/heads/main\n")
        .write("deploy/config", config)
        .write("deploy/objects/keep", "")
        .write("deploy/refs/keep", "");
    let (remote, head) = founded(&sandbox, &[planted]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let below = Repository { sandbox: &sandbox, folder: clone.folder.join("deploy") };
    let run = Job::new(&below).command("pull_request", &payload(&opened, 1, ""), &opened.merge);
    let outcome = run.args(["--fetch"]).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(!mark.exists(), "{outcome}");
    assert!(outcome.stderr.contains("GIT_DIR"), "{outcome}");
}

#[test]
fn a9_one_pull_request_that_cannot_be_judged_does_not_keep_a_timer_from_the_others() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let mut known = Known::new(open(&remote, 1, &head));
    known.body = PLAN.to_owned();
    remote.git(&["update-ref", "refs/heads/spoilt", "refs/heads/main"]);
    remote.commit_on("spoilt", &[Commit::new("x").write(".deploy-guard/plan.toml", "[[[\n")]);
    let spoilt = Known::new(open(&remote, 2, &remote.tip("refs/heads/spoilt").unwrap()));
    let clone = check_out(&sandbox, &remote, &known.opened.base, "refs/remotes/origin/main", Some(1));
    let mut table = known.table();
    table.extend(spoilt.table());
    put(&mut table, "GET /repos/shop/deploy/pulls", json!([{ "number": 2 }, { "number": 1 }]));
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    let job = Job { at: Some(FRIDAY), ..Job::new(&clone) };
    let event = json!({ "repository": { "default_branch": "main" } });
    let run = job.command("schedule", &event, &known.opened.base).args(["--all-open", "--fetch"]);
    let outcome = with_token(run, &server).finish();
    let states: Vec<(String, Value)> = server
        .asked()
        .iter()
        .filter(|asked| asked.line.contains("/statuses/"))
        .map(|asked| (asked.line.clone(), asked.json()["state"].clone()))
        .collect();
    let failed = |head: &str| (format!("POST /repos/shop/deploy/statuses/{head}"), json!("failure"));
    assert!(states.contains(&failed(&known.opened.head)), "{outcome}\n{states:?}");
    assert!(states.contains(&failed(&spoilt.opened.head)), "{outcome}\n{states:?}");
    assert_eq!(outcome.code, 1, "{outcome}");
}

#[test]
fn in_a_shallow_clone_the_messages_of_the_base_are_no_plan_of_the_change() {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    let notes = |number: usize| Commit::new("notes").write("other/5.txt", format!("{number}\n"));
    // An earlier release was planned in its message.
    let planned = format!("web: 1.4.2\n\n{TRAILERS}");
    remote.commit_on("main", &[Commit::new(&planned).write("other/6.txt", "x\n"), notes(0)]);
    for branch in ["next", "side"] {
        remote.git(&["update-ref", &format!("refs/heads/{branch}"), "refs/heads/main"]);
    }
    remote.commit_on("main", &(1..8).map(notes).collect::<Vec<_>>());
    remote.commit_on("next", &[releases("1.4.3")]);
    let side = |number: usize| Commit::new("side").write("side.txt", format!("{number}\n"));
    remote.commit_on("side", &[side(1), side(2)]);
    // It merges a branch of its own: it has more commits than lie between its newest and the base, parent by parent.
    let [next, side] = ["refs/heads/next", "refs/heads/side"].map(|name| remote.tip(name).unwrap());
    let tree = remote.git(&["merge-tree", "--write-tree", &next, &side]);
    let head = remote.git(&["commit-tree", &tree, "-p", &next, "-p", &side, "-m", "Merge side"]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(5));
    let run = Job::new(&clone).command("pull_request", &payload(&opened, 4, ""), &opened.merge);
    let outcome = run.args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stdout.contains("fetch-depth"), "{outcome}");
}

#[test]
fn a2_an_approval_of_a_commit_that_is_gone_is_none_of_the_newest() {
    let outcome = judged_with(FRIDAY, breaks_glass, |table| {
        for (line, body) in table {
            if line.ends_with("/reviews") {
                body[0]["commit_id"] = Value::Null;
            }
        }
    });
    assert_eq!(outcome.code, 1, "{outcome}");
}

#[test]
fn t6_who_approved_before_the_label_was_set_agreed_to_no_emergency() {
    let outcome = judged(FRIDAY, |known| {
        breaks_glass(known);
        known.approvals = vec![("second", "2026-11-20T10:29:00Z", String::new())];
    });
    assert_eq!(outcome.code, 1, "{outcome}");
}

/// A release to production as a pull request, with a platform whose answers are edited.
fn judged_with(
    at: &'static str,
    tell: impl FnOnce(&mut Known),
    edit: impl FnOnce(&mut Vec<(String, Value)>),
) -> Outcome {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let mut known = Known::new(open(&remote, 1, &head));
    tell(&mut known);
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(2));
    let mut table = known.table();
    edit(&mut table);
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    let job = Job { at: Some(at), ..Job::new(&clone) };
    let run = job.command("pull_request", &payload(&known.opened, 1, ""), &known.opened.merge);
    with_token(run.args(["--format", "json"]), &server).finish()
}

/// A deployment of a branch that loosens the gate, and of so many more commits, each with the pull requests that it
/// came with.
fn deployed(more: usize, brought_by: impl Fn(usize) -> Value) -> Outcome {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    let gate = |severity: &str| format!("[policy.floating-image-tag]\nseverity = \"{severity}\"\n");
    remote.commit_on("main", &[Commit::new("gate").write("deploy-guard.toml", gate("block"))]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    let mut commits = vec![Commit::new("gate: less").write("deploy-guard.toml", gate("off"))];
    commits.extend((0..more).map(|number| Commit::new("notes").write("notes.txt", format!("{number}\n"))));
    remote.commit_on("next", &commits);
    let head = remote.tip("refs/heads/next").unwrap();
    let running = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let mut known = Known::new(open(&remote, 1, &head));
    known.body = format!("{PLAN}\n## Reason\n\nthe policy is replaced by the registry's own\n");
    known.approvals = vec![("second", AT, String::new())];
    let mut table = known.table();
    let of = "GET /repos/shop/deploy";
    table.push((format!("{of}/deployments"), json!([{ "id": 6, "sha": running }])));
    table.push((format!("{of}/deployments/6/statuses"), json!([{ "state": "success", "created_at": AT }])));
    let commits = clone.git(&["rev-list", &format!("{running}..{head}")]);
    for (place, commit) in commits.lines().enumerate() {
        table.push((format!("{of}/commits/{commit}/pulls"), brought_by(place)));
    }
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    let event = json!({
        "deployment": { "id": 7, "sha": head, "environment": "staging" },
        "repository": { "default_branch": "main" },
    });
    let run = Job::new(&clone).command("deployment", &event, &head);
    with_token(run.args(["--format", "json"]), &server).finish()
}

#[test]
fn t2_one_reviewed_pull_request_signs_for_no_commit_that_came_without_one() {
    let reviewed = json!([{ "number": 1 }]);
    let whole = deployed(1, |_| reviewed.clone());
    assert_eq!(whole.code, 0, "{whole}");
    let part = deployed(1, |place| if place == 0 { reviewed.clone() } else { json!([]) });
    assert_eq!(part.code, 1, "{part}");
    assert_eq!(refused_by(&report(&part)), ["weakened-gate"]);
}

#[test]
fn t2_commits_that_nobody_asked_about_are_not_reviewed() {
    let outcome = deployed(50, |_| json!([{ "number": 1 }]));
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(refused_by(&report(&outcome)), ["weakened-gate"]);
}

#[test]
fn t1_a_change_that_begins_long_ago_is_not_judged_by_the_rules_of_that_time() {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    let past = Commit::new("soft").write("deploy-guard.toml", SOFT);
    remote.commit_on("main", &[past]);
    let past = remote.tip("refs/heads/main").unwrap();
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("main", &[Commit::new("gate").remove("deploy-guard.toml")]);
    remote.commit_on("next", &[unpins()]);
    let head = remote.tip("refs/heads/next").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let run = || {
        let run = clone.sandbox.guard(&clone.folder);
        run.args(["ci", "--at", AT, "--allow-simulated", "--format", "json"]).env("CI", "true")
    };
    let gitlab = [
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_COMMIT_SHA", &head),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "detached"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED", "true"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &past),
    ];
    let gitlab = gitlab.into_iter().fold(run(), |run, (name, value)| run.env(name, value));
    for run in [run().args(["--base", "origin/main"]), gitlab] {
        let outcome = run.finish();
        assert_eq!(outcome.code, 1, "{outcome}");
        let report = report(&outcome);
        assert_eq!(refused_by(&report), ["unpinned-kafka-client"]);
        assert_eq!(
            report["changes"][0]["base"]["commit"], past,
            "what it changes is counted from where it began"
        );
    }
}

#[test]
fn a1_a_tag_with_a_branchs_name_is_not_taken_for_the_branch() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    // Who may push to unprotected branches may push tags, and a clone brings them.
    remote.git(&["update-ref", "refs/tags/origin/main", &head]);
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    clone.git(&["fetch", "-q", "--tags", "origin"]);
    let run = |name: &str| {
        let run = clone.sandbox.guard(&clone.folder).args(["ci", "--at", AT, "--allow-simulated"]);
        run.env("CI", "true").args(["--base", name]).finish()
    };
    for name in ["origin/main", "origin/main~0", "refs/remotes/origin/main"] {
        let outcome = run(name);
        let code = if name.starts_with("refs/") { 1 } else { 3 };
        assert_eq!(outcome.code, code, "{name}: {outcome}");
    }
    assert!(run("origin/main").stderr.contains("refs/remotes/origin/main"));
}

#[test]
fn a9_a_status_that_cannot_be_set_does_not_keep_the_others_from_theirs() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let known = Known::new(open(&remote, 1, &head));
    remote.git(&["update-ref", "refs/heads/full", "refs/heads/main"]);
    remote.commit_on("full", &[Commit::new("x").write("notes.txt", "x\n")]);
    let full = Known::new(open(&remote, 2, &remote.tip("refs/heads/full").unwrap()));
    let clone = check_out(&sandbox, &remote, &known.opened.base, "refs/remotes/origin/main", Some(1));
    let mut table = known.table();
    table.extend(full.table());
    put(&mut table, "GET /repos/shop/deploy/pulls", json!([{ "number": 2 }, { "number": 1 }]));
    let refusing = format!("POST /repos/shop/deploy/statuses/{}", full.opened.head);
    let server = Server::start(move |asked: &Asked| {
        if asked.line == refusing {
            return Answer::refused(422, "This SHA and context has reached the maximum number of statuses.");
        }
        from_table(&table, asked)
    });
    let event = json!({ "repository": { "default_branch": "main" } });
    let run = Job::new(&clone).command("schedule", &event, &known.opened.base);
    let outcome = with_token(run.args(["--all-open", "--fetch"]), &server).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(server.lines().contains(&format!("POST /repos/shop/deploy/statuses/{head}")), "{outcome}");
}

const COMMANDS: &str = "x\n::set-output name=decision::go\r##[set-output name=decision]go\n::stop-commands::x\n  ::add-mask::e\u{1b}[2J";

/// Changes what the platform answers, and what the event says.
type Edit<'a> = dyn Fn(&mut Vec<(String, Value)>, &mut Value) + 'a;

/// Holds where the runner hears no command of somebody else's, and reads the step's outputs as ours.
fn says_only_its_own(job: &Job<'_>, outcome: &Outcome) {
    let own = ["stop-commands", "error", "warning", "notice", "group", "endgroup"];
    for stream in [&outcome.stdout, &outcome.stderr] {
        let mut token = String::new();
        for heard in hear(stream).into_iter().chain(hear_through(stream)) {
            if heard.name == "stop-commands" {
                token = heard.data;
            } else {
                assert!(
                    own.contains(&heard.name.as_str()) || heard.name == token,
                    "{}: {outcome}",
                    heard.name
                );
            }
        }
        assert!(!stream.contains('\u{1b}'), "{outcome}");
    }
    let written = std::fs::read_to_string(job.files.join("output")).unwrap();
    let names: Vec<String> = values(&written, false).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["decision", "complete", "valid_until", "report"], "{written}");
    assert_ne!(job.output("decision").as_deref(), Some("go"), "{outcome}");
}

#[test]
fn a4_no_text_of_a_pull_request_is_obeyed_wherever_it_stands() {
    let sandbox = Sandbox::new();
    let hostile = releases("1.4.2").write(
        "k8s/production/x\n::set-output name=decision::go\r##[set-output name=decision]go.yaml",
        "a: [\n",
    );
    let (remote, head) = founded(&sandbox, &[hostile, Commit::new(COMMANDS).write("notes.txt", COMMANDS)]);
    let mut known = Known::new(open(&remote, 1, &head));
    known.body = format!("{COMMANDS}\n\n## Break-glass\n\n{COMMANDS}\n\n## Reason\n\n{COMMANDS}\n");
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(3));
    let job = Job::new(&clone);
    let of = "GET /repos/shop/deploy";
    let with = |edit: &Edit<'_>| {
        let mut table = known.table();
        let mut event = payload(&known.opened, 2, &known.body);
        event["pull_request"]["title"] = json!(COMMANDS);
        edit(&mut table, &mut event);
        let server = Server::start(move |asked: &Asked| {
            let known = table.iter().any(|(line, _)| *line == asked.line || line == asked.path());
            if known { from_table(&table, asked) } else { Answer::refused(403, COMMANDS) }
        });
        let run = job.command("pull_request", &event, &known.opened.merge);
        let outcome = with_token(run, &server).finish();
        assert_ne!(outcome.code, 0, "{outcome}");
        says_only_its_own(&job, &outcome);
        outcome
    };
    let pull = format!("{of}/pulls/1");
    let edited = |way: &'static str, to: Value| {
        let pull = pull.clone();
        move |table: &mut Vec<(String, Value)>, event: &mut Value| {
            let body = &mut table.iter_mut().find(|(line, _)| *line == pull).unwrap().1;
            if let Some(found) = body.pointer_mut(way) {
                *found = to.clone();
            }
            if let Some(found) = event["pull_request"].pointer_mut(way) {
                *found = to.clone();
            }
        }
    };
    with(&|_, _| ());
    with(&edited("/title", json!(COMMANDS)));
    with(&edited("/labels", json!([{ "name": COMMANDS }, { "name": "break-glass" }])));
    with(&edited("/user", json!({ "login": COMMANDS, "type": "User" })));
    with(&edited("/head/ref", json!(COMMANDS)));
    // The branch that it goes to is not known, or not protected, and `main` is not here.
    with(&edited("/base/ref", json!(COMMANDS)));
    with(&edited("/head/sha", json!(COMMANDS)));
    with(&|table, event| {
        edited("/base/ref", json!(COMMANDS))(table, event);
        let tip = json!({ "sha": known.opened.base });
        let branch = format!("{of}/branches/{}", encoded(COMMANDS));
        put(table, &branch, json!({ "protected": false, "commit": tip }));
        event["repository"]["default_branch"] = json!(COMMANDS);
    });
    // What the event says where it is not understood.
    let run = |name: &str, event: &Value| {
        let outcome = job.command(name, event, &known.opened.merge).finish();
        says_only_its_own(&job, &outcome);
    };
    run(COMMANDS, &json!({}));
    run("pull_request", &json!({ "pull_request": { "number": COMMANDS } }));
    run("deployment", &json!({ "deployment": { "sha": head, "environment": COMMANDS, "id": 1 } }));
    run("push", &json!({ "ref": COMMANDS, "before": "0".repeat(40), "after": head }));
}

fn encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let byte = |byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}

#[test]
fn the_commits_that_an_older_event_counts_are_not_those_of_a_newer_head() {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    let notes = |number: usize| Commit::new("notes").write("other/5.txt", format!("{number}\n"));
    remote
        .commit_on("main", &[Commit::new(&format!("web: 1.4.2\n\n{TRAILERS}")).write("other/6.txt", "x\n")]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("main", &(1..8).map(notes).collect::<Vec<_>>());
    remote.commit_on("next", &[releases("1.4.3")]);
    let known = Known::new(open(&remote, 1, &remote.tip("refs/heads/next").unwrap()));
    let clone = check_out_merge(&sandbox, &remote, &known.opened, Some(3));
    // It had two commits when the event was told of, and was pushed anew with one.
    let mut event = payload(&known.opened, 2, "");
    event["pull_request"]["head"]["sha"] = json!("d".repeat(40));
    let run = Job::new(&clone).command("pull_request_target", &event, &known.opened.base);
    let outcome = with_token(run, &known.server()).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stdout.contains("fetch-depth"), "{outcome}");
}
