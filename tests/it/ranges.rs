//! Which two trees are compared, and what is said where one of them is missing.

use crate::sandbox::{Commit, Repository, Sandbox};

const PINNED: &str = "kafka-python==1.4.7\n";

fn history<'a>(sandbox: &'a Sandbox, name: &str) -> Repository<'a> {
    let commits = [
        Commit::new("first").write("requirements.txt", PINNED),
        Commit::new("second").write("requirements.txt", "kafka-python\n"),
        Commit::new("third").write("README.md", "x\n"),
    ];
    sandbox.repository(name, &commits)
}

#[test]
fn a_branch_is_judged_from_where_it_left_the_default_branch() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("first").write("requirements.txt", PINNED)]);
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.commit_on("topic", &[Commit::new("loosen").write("requirements.txt", "kafka-python\n")]);
    repository
        .commit_on("main", &[Commit::new("elsewhere").write("setup.py", "install_requires=['aiokafka']\n")]);
    let outcome = repository.guard(&["check", "--format", "json"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["changes"][0]["coverage"]["changed_files"], 1, "the other branch's commit is not ours");
    assert_eq!(report["findings"][0]["path"], "requirements.txt");
}

#[test]
fn a_range_is_judged_from_the_merge_base() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox, "r");
    assert_eq!(repository.guard(&["check", "--base", "HEAD~2"]).code, 1);
    assert_eq!(repository.guard(&["check", "--base", "HEAD~1"]).code, 0);
    assert_eq!(repository.guard(&["check", "--base", "HEAD~2", "--head", "HEAD~1"]).code, 1);
}

#[test]
fn a_shallow_clone_without_the_base_says_how_to_get_it() {
    let sandbox = Sandbox::new();
    let origin = history(&sandbox, "origin");
    let clone = sandbox.path("clone");
    let url = format!("file://{}", origin.url());
    sandbox.run("git", &sandbox.path("")).args(["clone", "-q", "--depth", "1", &url]).arg(&clone).succeed();
    let outcome = sandbox.guard(&clone).args(["check", "--base", "HEAD~2"]).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("git fetch --deepen=50"), "{outcome}");
    sandbox.run("git", &clone).args(["fetch", "-q", "--deepen=50"]).succeed();
    let outcome = sandbox.guard(&clone).args(["check", "--base", "HEAD~2"]).finish();
    assert_eq!(outcome.code, 1, "the mend that was named mends it: {outcome}");
}

#[test]
fn what_is_staged_is_judged_and_not_what_is_in_the_folder() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("first").write("requirements.txt", PINNED)]);
    repository.write("requirements.txt", "kafka-python\n");
    assert_eq!(repository.guard(&["check", "--staged"]).code, 0);
    assert_eq!(repository.guard(&["check", "--worktree"]).code, 1);
    repository.git(&["add", "requirements.txt"]);
    repository.write("requirements.txt", PINNED);
    assert_eq!(repository.guard(&["check", "--staged"]).code, 1);
}

#[test]
fn an_untracked_file_belongs_to_the_work_tree() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("first").write("README.md", "x\n")]);
    repository.write("service/requirements.txt", "aiokafka\n");
    let outcome = repository.guard(&["check", "--worktree"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("service/requirements.txt:1:1"), "{outcome}");
}

#[test]
fn a_sha_256_repository_is_read() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("r");
    let script = "git init -q --object-format=sha256 r && cd r && echo kafka-python==1.4.7 >requirements.txt && git add -A && \
                  git commit -q -m first && echo kafka-python >requirements.txt && git commit -qam second";
    sandbox.run("sh", &sandbox.path("")).args(["-c", script]).succeed();
    let outcome = sandbox.guard(&folder).args(["check", "--base", "HEAD^"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
}

#[test]
fn a_folder_without_a_repository_is_said() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.guard(&sandbox.home()).args(["check"]).finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("not inside a git repository"), "{outcome}");
}
