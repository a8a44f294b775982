//! GitLab: merge request, merged-results and branch pipelines (A8).

use serde_json::json;

use super::events::{PLAN, founded, releases, unpins};
use super::github::{AT, check_out, open, refused_by, report};
use crate::platform::server::{Asked, Server, from_table};
use crate::sandbox::{Commit, Repository, Run, Sandbox};

/// A job in a clone, with the variables that every pipeline has.
fn job(clone: &Repository<'_>, commit: &str) -> Run {
    clone
        .sandbox
        .guard(&clone.folder)
        .args(["ci", "--at", AT, "--allow-simulated", "--format", "json"])
        .env("CI", "true")
        .env("GITLAB_CI", "true")
        .env("CI_CONFIG_PATH", ".gitlab-ci.yml")
        .env("CI_PROJECT_ID", "42")
        .env("CI_DEFAULT_BRANCH", "main")
        .env("CI_COMMIT_SHA", commit)
        .env("CI_COMMIT_REF_NAME", "next")
}

fn in_merge_request(run: Run, kind: &str, base: &str) -> Run {
    run.env("CI_PIPELINE_SOURCE", "merge_request_event")
        .env("CI_MERGE_REQUEST_IID", "7")
        .env("CI_MERGE_REQUEST_EVENT_TYPE", kind)
        .env("CI_MERGE_REQUEST_TITLE", "web: next version")
        .env("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "next")
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED", "true")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
}

#[test]
fn a8_a_merge_request_is_judged_against_where_it_left_the_target() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let base = remote.tip("refs/heads/main").unwrap();
    remote.commit_on("main", &[Commit::new("elsewhere").write("other/9.txt", "y\n")]);
    remote.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", Some(20));
    let outcome = in_merge_request(job(&clone, &head), "detached", &base).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let found = report(&outcome);
    assert_eq!(refused_by(&found), ["unpinned-kafka-client"]);
    assert_eq!(found["changes"][0]["coverage"]["changed_files"], 1);
    assert_eq!(found["pipeline"]["platform"], "gitlab");
    assert_eq!(found["pipeline"]["trust"], "advisory");
    let shallow = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", Some(1));
    let missing = in_merge_request(job(&shallow, &head), "detached", &base).finish();
    assert_eq!(missing.code, 3, "{missing}");
    assert!(missing.stderr.contains(&format!("git fetch --no-tags --depth=1 origin {base}")), "{missing}");
    let fetched = in_merge_request(job(&shallow, &head), "detached", &base).arg("--fetch").finish();
    assert_eq!(fetched.code, 1, "{fetched}");
}

#[test]
fn a8_where_the_target_branch_is_here_the_old_variable_does_not_count() {
    let sandbox = Sandbox::new();
    let (remote, _) = founded(&sandbox, &[]);
    let told = remote.tip("refs/heads/main").unwrap();
    remote.commit_on("main", &[Commit::new("elsewhere").write("other/9.txt", "y\n")]);
    let now = remote.tip("refs/heads/main").unwrap();
    remote.git(&["update-ref", "refs/heads/next", "refs/heads/main"]);
    remote.commit_on("next", &[unpins()]);
    let head = remote.tip("refs/heads/next").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let outcome = in_merge_request(job(&clone, &head), "detached", &told).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(report(&outcome)["changes"][0]["base"]["commit"], now);
}

#[test]
fn a8_a_merged_result_is_judged_against_what_was_merged_into() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let told = remote.tip("refs/heads/main").unwrap();
    remote.commit_on("main", &[Commit::new("elsewhere").write("other/9.txt", "y\n")]);
    let opened = open(&remote, 7, &head);
    let clone = check_out(&sandbox, &remote, &opened.merge, "refs/remotes/origin/merged", Some(20));
    let run = |source: &str| {
        let run = in_merge_request(job(&clone, &opened.merge), "merged_result", &told);
        run.env("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", source).finish()
    };
    let outcome = run(&head);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(report(&outcome)["changes"][0]["base"]["commit"], opened.base);
    assert_eq!(report(&outcome)["changes"][0]["coverage"]["changed_files"], 1);
    let stale = run(&told);
    assert_eq!(stale.code, 3, "{stale}");
}

#[test]
fn a8_a_description_that_gitlab_cuts_is_not_taken_for_the_whole() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let base = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let run = |body: &str, cut: &str| {
        let run = in_merge_request(job(&clone, &head), "detached", &base);
        run.env("CI_MERGE_REQUEST_DESCRIPTION", body)
            .env("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED", cut)
            .finish()
    };
    assert_eq!(run(PLAN, "false").code, 0);
    assert_eq!(run("no plan", "false").code, 1);
    let cut = run("no plan yet", "true");
    assert_eq!(cut.code, 3, "{cut}");
    assert!(cut.stdout.contains("GITLAB_TOKEN"), "{cut}");
}

#[test]
fn a2_with_a_token_the_description_is_read_whole() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[releases("1.4.2")]);
    let base = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let of = "GET /projects/42";
    let table = vec![
        (of.to_owned(), json!({ "default_branch": "main" })),
        (
            format!("{of}/merge_requests/7"),
            json!({
                "id": 1007, "iid": 7, "title": "web: next version", "description": PLAN, "author": { "id": 1, "username": "opener" },
                "source_branch": "next", "target_branch": "main", "sha": head, "labels": [], "web_url": null,
            }),
        ),
        (format!("{of}/merge_requests/7/resource_label_events"), json!([])),
        (
            format!("{of}/merge_requests/7/commits"),
            json!([{ "id": head, "author_email": "a@example.org", "message": "m" }]),
        ),
        (format!("{of}/merge_requests/7/approvals"), json!({ "approved_by": [] })),
        (
            format!("{of}/merge_requests/7/versions"),
            json!([{ "id": 1, "head_commit_sha": head, "created_at": AT }]),
        ),
        (format!("{of}/merge_requests/7/notes"), json!([])),
        (format!("{of}/merge_requests"), json!([])),
    ];
    let server = Server::start(move |asked: &Asked| from_table(&table, asked));
    let run = in_merge_request(job(&clone, &head), "detached", &base);
    let run = run.env("CI_API_V4_URL", server.url("")).env("GITLAB_TOKEN", "planted-gitlab-token");
    let outcome = run.env("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED", "true").finish();
    assert_eq!(outcome.code, 0, "{outcome}\n{:?}", server.lines());
    assert_eq!(report(&outcome)["changes"][0]["pull_requests"][0]["source"], "api");
    assert!(!outcome.to_string().contains("planted-gitlab-token"), "{outcome}");
}

#[test]
fn a8_a_branch_pipeline_is_what_the_branch_moved_over() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let before = remote.tip("refs/heads/main").unwrap();
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    let run = |source: &str, before: &str, more: &[&str]| {
        let run = job(&clone, &head).env("CI_PIPELINE_SOURCE", source).env("CI_COMMIT_BEFORE_SHA", before);
        run.args(more).finish()
    };
    let zero = "0".repeat(40);
    let moved = run("push", &before, &[]);
    assert_eq!(moved.code, 1, "{moved}");
    let new = run("push", &zero, &[]);
    assert_eq!(new.code, 1, "{new}");
    assert_eq!(report(&new)["changes"][0]["base"]["commit"], before);
    let timer = run("schedule", &zero, &[]);
    assert_eq!(timer.code, 3, "{timer}");
    assert!(timer.stderr.contains("--base"), "{timer}");
    assert_eq!(run("schedule", &zero, &["--base", &before]).code, 1);
}

#[test]
fn what_only_github_has_is_not_asked_of_gitlab() {
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let clone = check_out(&sandbox, &remote, &head, "refs/remotes/origin/next", None);
    for words in [&["--all-open"][..], &["--pull-request", "7"]] {
        let run = job(&clone, &head).env("CI_PIPELINE_SOURCE", "schedule").env("GITLAB_TOKEN", "token");
        let run = run.env("CI_API_V4_URL", "http://127.0.0.1:9").args(words);
        let outcome = run.finish();
        assert_eq!(outcome.code, 2, "{outcome}");
        assert!(outcome.stderr.contains("for GitHub"), "{outcome}");
    }
}
