//! The whole program under both readers: the same report, byte for byte. Only the reader's name differs, and it must.

use std::path::Path;

use deploy_guard::scenario::{BASE, scenarios};

use crate::sandbox::{Commit, Outcome, READER, Repository, Sandbox};

const AT: &str = "2026-03-10T10:00:00Z";
const PINNED: &str = "kafka-python==1.4.7\n";
const LOOSE: &str = "kafka-python\n";

/// Runs the program under each reader. The name is masked after it was seen; the rest is compared as it is.
#[track_caller]
fn same(sandbox: &Sandbox, folder: &Path, arguments: &[&str], stdin: &str) -> Outcome {
    let by = |reader: &str| {
        let mut outcome = sandbox.guard(folder).env(READER, reader).args(arguments).stdin(stdin).finish();
        let name = format!("\"git_reader\": \"{reader}\"");
        if outcome.stdout.starts_with('{') {
            assert_eq!(outcome.stdout.matches(&name).count(), 1, "{outcome}");
        }
        outcome.stdout = outcome.stdout.replace(&name, "\"git_reader\": \"…\"");
        outcome
    };
    let (one, other) = (by("libgit2"), by("git"));
    assert_eq!(one.to_string(), other.to_string(), "{arguments:?} in {}", folder.display());
    one
}

#[track_caller]
fn judged(repository: &Repository<'_>, arguments: &[&str]) -> Outcome {
    let check = ["check", "--format", "json", "--at", AT, "--allow-simulated"];
    same(repository.sandbox, &repository.folder, &[&check[..], arguments].concat(), "")
}

#[track_caller]
fn check(repository: &Repository<'_>, arguments: &[&str], code: i32) {
    let outcome = judged(repository, arguments);
    assert_eq!(outcome.code, code, "{arguments:?}: {outcome}");
}

/// A history with a branch that was merged and one that was not, tags, and rules of its own.
fn history(sandbox: &Sandbox) -> Repository<'_> {
    let config = "[environment.production]\npaths = [\"live/**\"]\nprotected = true\n";
    let commits = [
        Commit::new("first").write("requirements.txt", PINNED).write("deploy-guard.toml", config),
        Commit::new("second\n\nRollback-Plan: undo\n").write("live/app.yaml", "image: web:latest\n"),
        Commit::new("third").write("requirements.txt", LOOSE),
    ];
    let repository = sandbox.repository("r", &commits);
    let script = "git checkout -q -b topic HEAD~1 && git rm -q live/app.yaml && git commit -qm topic && git tag -a -m v v1 && \
        git checkout -q main && git merge -q --no-ff -m merge topic && git checkout -q -b open HEAD~1 && \
        echo aiokafka >>requirements.txt && git commit -qam open && git checkout -q main";
    repository.run("sh").args(["-ec", script]).succeed();
    repository
}

#[test]
fn g1_ranges_of_every_kind() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    for arguments in [
        &["--base", "HEAD^"][..],
        &["--base", "HEAD~2"],
        &["--base", "v1", "--head", "open"],
        &["--base", "main", "--head", "open"],
        &["--base", "open"],
        &["--base", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"],
        &["--base", "main@{0}", "--all"],
    ] {
        let outcome = judged(&repository, arguments);
        let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(report["complete"], true, "{arguments:?}: {outcome}");
    }
    check(&repository, &["--base", "HEAD^", "--head", "HEAD"], 1);
    check(&repository, &["--base", "HEAD"], 0);
    check(&repository, &["--base", "none"], 3);
}

#[test]
fn g1_what_is_staged_and_what_lies_in_the_work_tree() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    let script = "echo kafka-python==2 >requirements.txt && git add -A && echo aiokafka >requirements.txt && \
        mkdir -p live && echo 'image: web' >live/new.yaml && ln -s new.yaml live/link.yaml";
    repository.run("sh").args(["-ec", script]).succeed();
    check(&repository, &["--staged"], 0);
    check(&repository, &["--worktree"], 1);
    let unborn = sandbox.repository("unborn", &[]);
    unborn.write("requirements.txt", LOOSE);
    check(&unborn, &["--worktree"], 1);
    unborn.git(&["add", "-A"]);
    check(&unborn, &["--staged"], 1);
    check(&unborn, &[], 3);
}

#[test]
fn g1_pushes() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    let remote = sandbox.bare("remote");
    repository.git(&["remote", "add", "origin", remote.url()]);
    repository.git(&["push", "-q", "origin", "main~2:refs/heads/main", "topic"]);
    let id = |name: &str| repository.tip(name).unwrap();
    let (zero, unknown) = ("0".repeat(40), "12".repeat(20));
    let lines = [
        format!("refs/heads/main {} refs/heads/main {}\n", id("main"), id("main~2")),
        format!("refs/heads/open {} refs/heads/open {zero}\n", id("open")),
        format!("refs/heads/open {} refs/heads/main {unknown}\n", id("open")),
        format!("refs/heads/main {} refs/heads/main {}\n", id("main~2"), id("main")),
        format!("refs/tags/v1 {} refs/tags/v1 {zero}\n", id("v1")),
        format!("main:live {} refs/tags/tree {zero}\n", id("main~2:live")),
        format!("(delete) {zero} refs/heads/main {}\n", id("main~2")),
    ];
    let url = format!("file://{}", remote.url());
    for place in ["origin", url.as_str(), "/elsewhere"] {
        for stdin in lines.iter().chain([&lines.concat().replace("tags/tree", "tags/other")]).take(7) {
            let run = ["hook", "run", "pre-push", place, place];
            same(&sandbox, &repository.folder, &run, stdin);
        }
    }
}

#[test]
fn g1_every_incident() {
    for scenario in scenarios().unwrap() {
        let sandbox = Sandbox::new();
        let folder = sandbox.path("incident");
        std::fs::create_dir(&folder).unwrap();
        scenario.build(&folder).unwrap();
        let branches = scenario.offending().into_iter().map(|branch| (branch, 1));
        for (branch, code) in branches.chain([(scenario.mended(), 0)]) {
            let at = branch.step.clock();
            let check = ["check", "--base", BASE, "--head", &branch.name, "--at", &at, "--format", "json"];
            let outcome = same(&sandbox, &folder, &check, "");
            assert_eq!(outcome.code, code, "{}: {outcome}", branch.name);
        }
    }
}

#[test]
fn g1_trees_that_git_would_not_write() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    for entry in
        ["100644 ..", "100644 .git", "100644 prod-\\033.yaml", "100777 values-prod.yaml", "120000 live.yaml"]
    {
        let script = format!(
            "raw=$(git rev-parse HEAD:requirements.txt | sed 's/../\\\\x&/g') && \
             tree=$(printf \"{entry}\\0$raw\" | git hash-object -t tree -w --literally --stdin) && \
             git update-ref refs/heads/hostile $(git commit-tree -p HEAD -m hostile $tree)"
        );
        repository.run("bash").args(["-ec", &script]).succeed();
        let outcome = judged(&repository, &["--base", "main", "--head", "hostile"]);
        assert!(outcome.stdout.contains("\"complete\": false"), "{entry}: {outcome}");
    }
}

type Variables<'a> = &'a [(&'a str, &'a Path)];

#[test]
fn g1_places_that_only_the_environment_names() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    repository.git(&["worktree", "add", "-q", "../linked", "open"]);
    let index = repository.folder.join(".git/other-index");
    std::fs::copy(repository.folder.join(".git/index"), &index).unwrap();
    repository.write("requirements.txt", "aiokafka\n");
    let add = repository.run("git").env("GIT_INDEX_FILE", &index).args(["add", "requirements.txt"]);
    add.succeed();
    let linked = repository.folder.join(".git/worktrees/linked");
    let git_folder = repository.folder.join(".git");
    let places: [(&str, Variables<'_>, &str); 6] = [
        ("r", &[("GIT_INDEX_FILE", &index)], "--staged"),
        ("r", &[("GIT_INDEX_FILE", Path::new(".git/other-index"))], "--staged"),
        ("r", &[("GIT_DIR", Path::new(".git"))], "--worktree"),
        ("linked", &[("GIT_DIR", &linked)], "--base=HEAD^"),
        ("home", &[("GIT_DIR", &git_folder), ("GIT_WORK_TREE", &repository.folder)], "--worktree"),
        ("r/.git", &[("GIT_DIR", Path::new("."))], "--base=HEAD~2"),
    ];
    for (place, variables, argument) in places {
        let by = |reader: &str| {
            let mut guard = sandbox.guard(&sandbox.path(place)).env(READER, reader);
            for (name, value) in variables {
                guard = guard.env(name, value);
            }
            let check = ["check", "--format", "json", "--at", AT, "--allow-simulated", argument];
            let outcome = guard.args(check).finish();
            assert_ne!(outcome.code, 3, "{place} {variables:?}: {outcome}");
            outcome.to_string().replace(&format!("\"git_reader\": \"{reader}\""), "")
        };
        assert_eq!(by("libgit2"), by("git"), "{place} {variables:?}");
    }
}

#[test]
fn g1_objects_that_wait_in_quarantine_are_judged() {
    let sandbox = Sandbox::new();
    let repository = history(&sandbox);
    let remote = sandbox.bare("remote");
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let said = sandbox.path("said");
    let hook = format!(
        "#!/bin/sh\nread old new name\nfor reader in libgit2 git; do {READER}=$reader {guard} check --format json --at {AT} \
         --allow-simulated --base $new~2 --head $new >{}.$reader; echo $? >>{0}.$reader; done\n",
        said.display()
    );
    sandbox.script(&remote.folder.join("hooks/pre-receive"), &hook);
    let push = repository.push(&["origin", "main"]);
    assert_ne!(push.code, 0, "there is no such remote yet");
    let push = repository.push(&[remote.url(), "main"]);
    assert_eq!(push.code, 0, "{push}");
    let said = |reader: &str| {
        let said = std::fs::read_to_string(sandbox.path(&format!("said.{reader}"))).unwrap();
        let name = format!("\"git_reader\": \"{reader}\"");
        assert!(said.contains(&name), "{said}\n{push}");
        said.replace(&name, "")
    };
    assert_eq!(said("libgit2"), said("git"));
}
