//! Which two commits an event is about, out of the checkout that the runner makes (A1, A2).

use serde_json::json;

use super::github::{AT, Job, check_out, check_out_merge, open, payload, refused_by, report};
use crate::sandbox::{Commit, Repository, Sandbox};

pub(super) const PLAN: &str = "## Rollback plan\n\nkubectl -n shop rollout undo deployment/web\n\n## Rollback trigger\n\n\
                    more than 1 % of requests fail for 5 minutes\n\n## Rollback owner\n\non-call of shop\n";

pub(super) const MANIFEST: &str = "k8s/production/web.yaml";

fn manifest(tag: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example/shop/web:{tag}\n"
    )
}

/// A remote with `main`, and a branch off it with these commits.
pub(super) fn founded<'a>(sandbox: &'a Sandbox, change: &[Commit]) -> (Repository<'a>, String) {
    let remote = sandbox.bare("remote");
    let others = (1..4).map(|number| Commit::new("other").write(&format!("other/{number}.txt"), "x\n"));
    let first = Commit::new("first")
        .write(MANIFEST, manifest("1.4.1"))
        .write("requirements.txt", "kafka-python==1.4.7\n");
    remote.commit_on("main", &[first].into_iter().chain(others).collect::<Vec<_>>());
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("next", change);
    let head = remote.tip("refs/heads/next").unwrap();
    (remote, head)
}

pub(super) fn unpins() -> Commit {
    Commit::new("web: tidy up").write("requirements.txt", "kafka-python\n")
}

pub(super) fn releases(tag: &str) -> Commit {
    Commit::new("web: next version").write(MANIFEST, manifest(tag))
}

#[test]
fn a1_a_pull_request_is_what_its_merge_commit_would_bring() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    // Others land in between: none of it is this change.
    remote.commit_on("main", &[Commit::new("elsewhere").remove("other/1.txt").write("other/9.txt", "y\n")]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let job = Job::new(&clone);
    let event = payload(&opened, 1, "");
    let outcome = job.command("pull_request", &event, &opened.merge).args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let report = report(&outcome);
    assert_eq!(refused_by(&report), ["unpinned-kafka-client"]);
    assert_eq!(report["changes"][0]["coverage"]["changed_files"], 1);
    assert_eq!(report["changes"][0]["base"]["commit"], opened.base);
    assert_eq!(report["changes"][0]["head"]["commit"], opened.merge);
    assert_eq!(report["changes"][0]["asker"], "pull-request");
    assert_eq!(report["pipeline"]["trust"], "advisory");
    assert_eq!(report["changes"][0]["pull_requests"][0]["source"], "payload");
    assert_eq!(job.output("decision").as_deref(), Some("no-go"));
    assert_eq!(job.output("complete").as_deref(), Some("true"));
    assert!(job.summary().contains("kafka-python"), "{}", job.summary());
}

#[test]
fn a1_a_default_checkout_says_exactly_what_to_fetch_and_fetch_does_it() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(1));
    let job = Job::new(&clone);
    let event = payload(&opened, 1, "");
    let outcome = job.command("pull_request", &event, &opened.merge).args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    let command = "git fetch --no-tags --depth=3 origin +refs/pull/1/merge:refs/remotes/pull/1/merge";
    assert!(outcome.to_string().contains(command), "{outcome}");
    assert_eq!(job.output("decision").as_deref(), Some("unjudged"));
    assert_eq!(job.output("complete").as_deref(), Some("false"));
    assert!(job.summary().contains("git fetch"), "{}", job.summary());
    // By itself.
    let fetched =
        job.command("pull_request", &event, &opened.merge).args(["--format", "json", "--fetch"]).finish();
    assert_eq!(fetched.code, 1, "{fetched}");
    assert_eq!(refused_by(&report(&fetched)), ["unpinned-kafka-client"]);
    // And by hand, word for word.
    let clone = check_out_merge(&sandbox, &remote, &open(&remote, 2, &head), Some(1));
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    clone.git(&words);
    let by_hand =
        Job::new(&clone).command("pull_request", &event, &opened.merge).args(["--format", "json"]).finish();
    assert_eq!(by_hand.code, 1, "{by_hand}");
}

#[test]
fn a_clone_that_is_whole_stays_whole() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out(&sandbox, &remote, &opened.base, "refs/remotes/origin/main", None);
    let job = Job::new(&clone);
    let event = payload(&opened, 1, "");
    let without = job.command("pull_request_target", &event, &opened.base).finish();
    let command = "git fetch --no-tags origin +refs/pull/1/merge:refs/remotes/pull/1/merge";
    assert!(without.to_string().contains(command), "{without}");
    let outcome = job.command("pull_request_target", &event, &opened.base).arg("--fetch").finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(clone.git(&["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn g1_what_the_filter_of_a_checkout_left_out_is_named_and_fetched_where_that_is_wanted() {
    for filter in ["blob:none", "tree:0"] {
        let sandbox = Sandbox::new();
        let (remote, head) = founded(&sandbox, &[unpins()]);
        remote.git(&["config", "uploadpack.allowFilter", "true"]);
        let opened = open(&remote, 1, &head);
        // `filter:` of `actions/checkout`: the files of the checked out commit are here, those before are not.
        let clone = sandbox.repository("filtered", &[]);
        clone.git(&["remote", "add", "origin", &format!("file://{}", remote.url())]);
        let refspec = format!("+{}:refs/remotes/pull/1/merge", opened.merge);
        let filter = format!("--filter={filter}");
        clone.git(&["fetch", "-q", "--no-tags", &filter, "--depth=2", "origin", &refspec]);
        clone.git(&["checkout", "-q", "--force", "refs/remotes/pull/1/merge"]);
        let job = Job::new(&clone);
        let event = payload(&opened, 1, "");
        let command = |more: &[&str]| {
            let run = job.command("pull_request", &event, &opened.merge).args(["--format", "json"]);
            run.env("DEPLOY_GUARD_GIT_READER", "auto").args(more).finish()
        };
        let outcome = command(&[]);
        assert_ne!(outcome.code, 0, "{filter}: {outcome}");
        assert!(outcome.to_string().contains("left out of this partial clone"), "{filter}: {outcome}");
        assert_eq!(job.output("complete").as_deref(), Some("false"));
        let outcome = command(&["--fetch"]);
        assert_eq!(outcome.code, 1, "{filter}: {outcome}");
        assert_eq!(refused_by(&report(&outcome)), ["unpinned-kafka-client"]);
    }
}

#[test]
fn a1_a_merge_commit_of_another_head_judges_nothing() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let mut event = payload(&opened, 1, "");
    event["pull_request"]["head"]["sha"] = json!(remote.tip("refs/heads/main~1").unwrap());
    let outcome = Job::new(&clone).command("pull_request", &event, &opened.merge).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.to_string().contains("stale merge commit"), "{outcome}");
}

#[test]
fn a1_pull_request_target_reads_the_fetched_merge_commit_and_not_the_checkout() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out(&sandbox, &remote, &opened.base, "refs/remotes/origin/main", Some(1));
    let job = Job::new(&clone);
    let event = payload(&opened, 1, "");
    let command = |more: &[&str]| {
        let run =
            job.command("pull_request_target", &event, &opened.base).args(["--format", "json"]).args(more);
        run.env("GITHUB_WORKFLOW_REF", "shop/deploy/.github/workflows/gate.yml@refs/heads/main").finish()
    };
    let without = command(&[]);
    assert_eq!(without.code, 3, "{without}");
    assert!(without.to_string().contains("+refs/pull/1/merge:refs/remotes/pull/1/merge"), "{without}");
    let outcome = command(&["--fetch"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    let report = report(&outcome);
    assert_eq!(refused_by(&report), ["unpinned-kafka-client"]);
    assert_eq!(report["pipeline"]["trust"], "default-branch");
    assert_eq!(clone.tip("HEAD").as_deref(), Some(opened.base.as_str()), "nothing was checked out");
}

#[test]
fn the_plan_is_read_out_of_the_body_and_out_of_every_commit() {
    let sandbox = Sandbox::new();
    let (remote, head) =
        founded(&sandbox, &[releases("1.4.2"), Commit::new("more").write("notes.txt", "x\n")]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(4));
    let judged = |commits: usize, body: &str| {
        let run = Job::new(&clone).command("pull_request", &payload(&opened, commits, body), &opened.merge);
        run.args(["--format", "json"]).finish()
    };
    let planned = judged(2, PLAN);
    assert_eq!(planned.code, 0, "{planned}");
    let unplanned = judged(2, "no plan");
    assert_eq!(unplanned.code, 1, "{unplanned}");
    assert_eq!(refused_by(&report(&unplanned)), ["missing-rollback-plan"]);
}

#[test]
fn what_a_cut_off_commit_may_say_is_not_taken_for_nothing() {
    let sandbox = Sandbox::new();
    let trailers = "web: next version\n\nRollback-Plan: kubectl -n shop rollout undo deployment/web\n\
                    Rollback-Trigger: more than 1 % of requests fail\nRollback-Owner: on-call of shop\n";
    let change = [
        Commit::new(trailers).write(MANIFEST, manifest("1.4.2")),
        Commit::new("more").write("notes.txt", "x\n"),
        Commit::new("and more").write("notes.txt", "y\n"),
    ];
    let (remote, head) = founded(&sandbox, &change);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let job = Job::new(&clone);
    let event = payload(&opened, 3, "");
    let cut = job.command("pull_request", &event, &opened.merge).args(["--format", "json"]).finish();
    assert_eq!(cut.code, 3, "{cut}");
    let report = report(&cut);
    assert_eq!(report["findings"], json!([]));
    assert!(report["unjudged"][0]["reason"].as_str().unwrap().contains("shallow"), "{cut}");
    let whole =
        job.command("pull_request", &event, &opened.merge).args(["--format", "json", "--fetch"]).finish();
    assert_eq!(whole.code, 0, "{whole}");
}

#[test]
fn old_trailers_of_the_base_are_no_plan_of_a_change_that_a_shallow_clone_cuts_off() {
    let sandbox = Sandbox::new();
    let planned = "earlier\n\nRollback-Plan: helm rollback\nRollback-Trigger: errors over 1 %\nRollback-Owner: on-call\n";
    let (remote, _) = founded(&sandbox, &[]);
    remote.commit_on("main", &[Commit::new(planned).write("other/5.txt", "x\n")]);
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("next", &[releases("1.4.2")]);
    let many: Vec<Commit> =
        (0..6).map(|number| Commit::new("later").write("other/6.txt", format!("{number}\n"))).collect();
    remote.commit_on("main", &many);
    let opened = open(&remote, 1, &remote.tip("refs/heads/next").unwrap());
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(3));
    let run = Job::new(&clone).command("pull_request", &payload(&opened, 1, ""), &opened.merge);
    let outcome = run.args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(refused_by(&report(&outcome)), ["missing-rollback-plan"]);
}

#[test]
fn a1_a_merge_group_is_judged_against_what_it_builds_on() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 104, &head);
    let clone = check_out(&sandbox, &remote, &opened.merge, "refs/remotes/origin/queue", Some(1));
    let job = Job::new(&clone);
    let event = json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": opened.merge, "base_sha": opened.base, "base_ref": "refs/heads/main",
            "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-104-{}", opened.base),
        },
        "repository": { "default_branch": "main" },
    });
    let missing = job.command("merge_group", &event, &opened.merge).finish();
    assert_eq!(missing.code, 3, "{missing}");
    assert!(
        missing.to_string().contains(&format!("git fetch --no-tags --depth=1 origin {}", opened.base)),
        "{missing}"
    );
    let outcome =
        job.command("merge_group", &event, &opened.merge).args(["--fetch", "--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let report = report(&outcome);
    assert_eq!(refused_by(&report), ["unpinned-kafka-client"]);
    assert_eq!(report["changes"][0]["asker"], "merge-group");
}

#[test]
fn a2_a_merge_group_whose_plan_nobody_can_ask_for_is_not_judged_to_have_none() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let opened = open(&remote, 104, &head);
    let clone = check_out(&sandbox, &remote, &opened.merge, "refs/remotes/origin/queue", None);
    let event = json!({
        "merge_group": {
            "head_sha": opened.merge, "base_sha": opened.base, "base_ref": "refs/heads/main",
            "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-104-{}", opened.base),
        },
        "repository": { "default_branch": "main" },
    });
    let outcome = Job::new(&clone).command("merge_group", &event, &opened.merge).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stdout.contains("no token"), "{outcome}");
}

#[test]
fn a1_a_push_is_what_the_ref_moved_over() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let before = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/main", None);
    let job = Job::new(&clone);
    let event = |before: &str, after: &str| {
        json!({
            "ref": "refs/heads/main", "before": before, "after": after, "forced": false,
            "commits": [{}], "repository": { "default_branch": "main" },
        })
    };
    let outcome = job.command("push", &event(&before, &head), &head).args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(refused_by(&report(&outcome)), ["unpinned-kafka-client"]);
    let gone = job.command("push", &event(&head, &"0".repeat(40)), &head).args(["--format", "json"]).finish();
    assert_eq!(gone.code, 0, "{gone}");
    assert!(report(&gone)["notes"][0].as_str().unwrap().contains("deleted"), "{gone}");
}

#[test]
fn a1_a_new_branch_is_compared_with_where_it_left_the_default_one() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", Some(1));
    let event = json!({
        "ref": "refs/heads/next", "before": "0".repeat(40), "after": head, "created": true,
        "repository": { "default_branch": "main" },
    });
    let job = Job::new(&clone);
    let missing = job.command("push", &event, &head).finish();
    assert_eq!(missing.code, 3, "{missing}");
    assert!(missing.to_string().contains("+refs/heads/main:refs/remotes/origin/main"), "{missing}");
    let outcome = job.command("push", &event, &head).args(["--fetch", "--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(report(&outcome)["changes"][0]["coverage"]["changed_files"], 1);
}

#[test]
fn an_event_that_names_no_change_asks_for_one() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let base = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let job = Job::new(&clone);
    for event in ["workflow_dispatch", "schedule"] {
        let payload = json!({ "repository": { "default_branch": "main" } });
        let unnamed = job.command(event, &payload, &head).finish();
        assert_eq!(unnamed.code, 3, "{unnamed}");
        assert!(unnamed.to_string().contains("--base"), "{unnamed}");
        let named = job.command(event, &payload, &head).args(["--base", &base, "--format", "json"]).finish();
        assert_eq!(named.code, 1, "{named}");
    }
}

#[test]
fn a1_a_deployment_without_anybody_to_ask_what_runs_is_not_judged() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let base = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let job = Job::new(&clone);
    let event = json!({
        "deployment": { "id": 7, "sha": head, "environment": "production" },
        "repository": { "default_branch": "main" },
    });
    let unknown = job.command("deployment", &event, &head).finish();
    assert_eq!(unknown.code, 3, "{unknown}");
    assert!(unknown.to_string().contains("--base"), "{unknown}");
    let named = job.command("deployment", &event, &head).args(["--base", &base, "--format", "json"]).finish();
    assert_eq!(named.code, 1, "{named}");
}

#[test]
fn a2_a_payload_that_can_t_be_read_is_no_pass_and_is_not_repeated() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out_merge(&sandbox, &remote, &opened, Some(2));
    let job = Job::new(&clone);
    for payload in [
        json!({}),
        json!([]),
        json!({ "pull_request": { "number": "canary" } }),
        json!({ "pull_request": { "number": 1, "head": { "ref": "next", "sha": "canary" }, "base": { "ref": "main" } } }),
    ] {
        let outcome = job.command("pull_request", &payload, &opened.merge).finish();
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(!outcome.to_string().contains("canary"), "{outcome}");
    }
    let unknown = job.command("release", &json!({}), &opened.merge).finish();
    assert_eq!(unknown.code, 3, "{unknown}");
}

#[test]
fn elsewhere_base_and_body_are_given() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let base = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let body = sandbox.path("body.md");
    std::fs::write(&body, PLAN).unwrap();
    let run = |more: &[&str]| {
        let run =
            sandbox.guard(&clone.folder).args(["ci", "--at", AT, "--allow-simulated"]).env("CI", "true");
        run.args(more).finish()
    };
    assert_eq!(run(&[]).code, 2);
    assert_eq!(run(&["--base", &base]).code, 1);
    let planned = run(&["--base", &base, "--body", body.to_str().unwrap()]);
    assert_eq!(planned.code, 0, "{planned}");
    assert!(planned.stdout.contains("advisory"), "{planned}");
}
