//! H7 and H8 beside husky, lefthook, pre-commit and prek: what they really pass on, and what is left after them.
//!
//! Each test needs its program on the PATH. Without it the test says so in one line and ends, unless
//! `DEPLOY_GUARD_HOOK_MANAGERS=required` is set: then it fails.

use std::io::Write as _;

use super::push::{REFUSED_BY, guarded, refused_change};
use crate::sandbox::{Commit, Outcome, Repository, Run, Sandbox, inherited};

/// Whether a program is there to be tested with.
fn is_here(program: &str) -> bool {
    let path = inherited("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        let required = inherited("DEPLOY_GUARD_HOOK_MANAGERS").is_some_and(|value| value == "required");
        assert!(!required, "{program} is not on the PATH, and DEPLOY_GUARD_HOOK_MANAGERS=required");
        // Past the capture of the test harness, which hides what passing tests print.
        let line = format!("skipped: {program} is not on the PATH\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    found
}

/// A program of the machine that finds the guard on its PATH, as a developer's would.
fn with_guard(run: Run) -> Run {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_deploy-guard")).parent().unwrap();
    let path = inherited("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    run.env("PATH", std::env::join_paths(folders).unwrap())
}

fn push(work: &Repository<'_>, arguments: &[&str]) -> Outcome {
    with_guard(work.run("git")).arg("push").args(arguments).finish()
}

/// A branch beside main with a change that is refused, and one with a harmless one.
fn with_branches(work: &Repository<'_>) {
    for (branch, change) in
        [("bad", refused_change()), ("good", Commit::new("text").write("README.md", "good\n"))]
    {
        work.git(&["checkout", "-q", "-b", branch, "main"]);
        work.commit_on(branch, &[change]);
    }
    work.git(&["checkout", "-q", "main"]);
}

/// Every ref of a push is judged, wherever it stands in the command, and deletions are told.
#[track_caller]
fn assert_every_ref_is_judged(work: &Repository<'_>, remote: &Repository<'_>) {
    let before = remote.refs();
    for refs in [&["good", "bad"], &["bad", "good"]] {
        let refused = push(work, &[&["origin"][..], &refs[..]].concat());
        assert_ne!(refused.code, 0, "{refused}");
        assert_eq!(remote.refs(), before, "{refused}");
    }
    let deletion = push(work, &["origin", ":main"]);
    assert_ne!(deletion.code, 0, "{deletion}");
    let passed = push(work, &["origin", "good"]);
    assert_eq!(passed.code, 0, "{passed}");
    assert_eq!(remote.tip("refs/heads/good"), work.tip("good"));
}

const PRE_COMMIT: &str = "repos:
  - repo: local
    hooks:
      - id: theirs
        name: theirs
        entry: sh -c 'echo their own hook'
        language: system
        stages: [pre-push]
        always_run: true
        pass_filenames: false
        verbose: true
";

const PRE_COMMIT_WITH_GUARD: &str = "repos:
  - repo: local
    hooks:
      - id: deploy-guard
        name: deploy-guard
        entry: deploy-guard hook run pre-push
        language: system
        stages: [pre-push]
        always_run: true
        pass_filenames: false
";

/// A pair without our hook in it, whose configuration is committed and pushed.
fn configured<'a>(sandbox: &'a Sandbox, file: &str, text: &str) -> (Repository<'a>, Repository<'a>) {
    let (work, remote) = guarded(sandbox);
    work.guard(&["hook", "uninstall"]);
    work.commit(Commit::new("hooks").write(file, text));
    push(&work, &["origin", "main"]);
    with_branches(&work);
    (work, remote)
}

fn installs_pre_push(program: &str, work: &Repository<'_>) {
    with_guard(work.run(program)).args(["install", "-t", "pre-push"]).succeed();
}

#[test]
fn h7_pre_commit_and_prek_have_the_first_ref_judged_and_the_hook_says_so() {
    for program in ["pre-commit", "prek"].into_iter().filter(|program| is_here(program)) {
        let sandbox = Sandbox::new();
        let (work, remote) = configured(&sandbox, ".pre-commit-config.yaml", PRE_COMMIT_WITH_GUARD);
        installs_pre_push(program, &work);
        let status = work.guard(&["hook", "status"]);
        assert!(status.stdout.starts_with("guarded in part"), "{program}\n{status}");
        let before = remote.refs();
        let refused = push(&work, &["origin", "bad"]);
        assert_ne!(refused.code, 0, "{program}\n{refused}");
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains(REFUSED_BY) && said.contains("first pushed ref only"), "{program}\n{refused}");
        assert_eq!(remote.refs(), before);
        // The gap itself: a manager that closes it makes this fail, and the words above wrong.
        let gap = push(&work, &["origin", "good", "bad"]);
        let second_goes_unseen = gap.code == 0;
        let first_seen = push(&work, &["origin", "bad:other", "good:another"]).code != 0;
        assert!(second_goes_unseen || first_seen, "{program}\n{gap}");
        assert_eq!(push(&work, &["origin", ":main"]).code, 0, "{program}");
    }
}

#[test]
fn h7_a_root_push_through_pre_commit_is_judged() {
    for program in ["pre-commit", "prek"].into_iter().filter(|program| is_here(program)) {
        let sandbox = Sandbox::new();
        let remote = sandbox.bare("remote");
        let root = Commit::new("root").write(".pre-commit-config.yaml", PRE_COMMIT_WITH_GUARD);
        let work = sandbox.repository("work", &[root]);
        work.git(&["remote", "add", "origin", remote.url()]);
        installs_pre_push(program, &work);
        let pushed = push(&work, &["origin", "main"]);
        let said = format!("{}{}", pushed.stdout, pushed.stderr);
        assert!(said.contains("Passed") && remote.tip("refs/heads/main").is_some(), "{program}\n{pushed}");
        // The managers keep what a passing hook says, so it is asked again.
        let again = with_guard(work.run(env!("CARGO_BIN_EXE_deploy-guard")))
            .args(["hook", "run", "pre-push"])
            .env("PRE_COMMIT", "1")
            .env("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")
            .env("PRE_COMMIT_REMOTE_NAME", "elsewhere")
            .finish();
        assert!(again.code == 0 && again.stderr.contains("no configured remote"), "{again}");
    }
}

#[test]
fn h8_chained_to_pre_commit_or_prek_every_ref_is_judged_and_their_hooks_still_run() {
    for program in ["pre-commit", "prek"].into_iter().filter(|program| is_here(program)) {
        let sandbox = Sandbox::new();
        let (work, remote) = configured(&sandbox, ".pre-commit-config.yaml", PRE_COMMIT);
        installs_pre_push(program, &work);
        let refused = work.guard(&["hook", "install"]);
        assert!(refused.code == 2 && refused.stderr.contains("hook install --chain"), "{program}\n{refused}");
        assert_eq!(work.guard(&["hook", "install", "--chain"]).code, 0);
        assert!(work.folder.join(".git/hooks/pre-push.legacy").exists());
        for _ in 0..2 {
            let status = work.guard(&["hook", "status"]);
            assert_eq!(status.stdout.lines().count(), 1, "{program}\n{status}");
            assert!(status.stdout.starts_with("guarded: "), "{program}\n{status}");
            assert!(work.guard(&["hook", "install", "--chain"]).stdout.starts_with("already installed"));
            // Their next install must not undo it.
            installs_pre_push(program, &work);
        }
        let passed = push(&work, &["origin", "good:refs/heads/new"]);
        let said = format!("{}{}", passed.stdout, passed.stderr);
        assert!(passed.code == 0 && said.contains("theirs"), "{program}\n{passed}");
        assert_every_ref_is_judged(&work, &remote);
        assert_eq!(work.guard(&["hook", "uninstall"]).code, 0);
        assert!(!work.folder.join(".git/hooks/pre-push.legacy").exists());
        assert_eq!(push(&work, &["origin", "bad"]).code, 0);
    }
}

#[test]
fn h8_installed_before_pre_commit_or_prek_our_hook_is_kept_and_run() {
    for program in ["pre-commit", "prek"].into_iter().filter(|program| is_here(program)) {
        let sandbox = Sandbox::new();
        let (work, remote) = configured(&sandbox, ".pre-commit-config.yaml", PRE_COMMIT);
        work.guard(&["hook", "install"]);
        installs_pre_push(program, &work);
        assert!(work.guard(&["hook", "install"]).stdout.starts_with("already installed"));
        assert_every_ref_is_judged(&work, &remote);
        with_guard(work.run(program)).args(["uninstall", "-t", "pre-push"]).succeed();
        assert!(work.guard(&["hook", "status"]).stdout.starts_with("guarded: "));
        assert_ne!(push(&work, &["origin", "bad"]).code, 0);
    }
}

const LEFTHOOK: &str = "\
pre-push:
  jobs:
    - name: deploy-guard
      run: deploy-guard hook run pre-push -- '{1}' '{2}'
      use_stdin: true
";

#[test]
fn h7_lefthook_with_stdin_has_every_ref_judged() {
    if !is_here("lefthook") {
        return;
    }
    let sandbox = Sandbox::new();
    let (work, remote) = configured(&sandbox, "lefthook.yml", LEFTHOOK);
    with_guard(work.run("lefthook")).arg("install").succeed();
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 0 && status.stdout.starts_with("guarded, by lefthook"), "{status}");
    assert_every_ref_is_judged(&work, &remote);
    // lefthook puts the words into a line of shell.
    let spaced = sandbox.bare("two words; touch done");
    let passed = push(&work, &[spaced.url(), "good"]);
    assert!(passed.code == 0 && !work.folder.join("done").exists(), "{passed}");
    assert_eq!(spaced.tip("refs/heads/good"), work.tip("good"));
}

#[test]
fn h7_lefthook_without_stdin_refuses_the_push_instead_of_passing_it_unjudged() {
    if !is_here("lefthook") {
        return;
    }
    let sandbox = Sandbox::new();
    let without = LEFTHOOK.replace("      use_stdin: true\n", "");
    let (work, remote) = configured(&sandbox, "lefthook.yml", &without);
    with_guard(work.run("lefthook")).arg("install").succeed();
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("use_stdin: true"), "{status}");
    let before = remote.refs();
    let refused = push(&work, &["origin", "good"]);
    assert_ne!(refused.code, 0, "{refused}");
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("use_stdin"), "{refused}");
    assert_eq!(remote.refs(), before);
}

#[test]
fn h8_lefthook_puts_our_hook_aside_and_status_finds_it() {
    if !is_here("lefthook") {
        return;
    }
    let sandbox = Sandbox::new();
    let (work, _) = configured(&sandbox, "lefthook.yml", "pre-push:\n  jobs:\n    - run: echo theirs\n");
    work.guard(&["hook", "install"]);
    with_guard(work.run("lefthook")).arg("install").succeed();
    assert!(work.folder.join(".git/hooks/pre-push.old").exists());
    assert_eq!(push(&work, &["origin", "bad"]).code, 0, "the fact: ours is not run any more");
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("put aside"), "{status}");
    assert!(status.stdout.contains("does not call deploy-guard"), "{status}");
}

#[test]
fn h7_husky_passes_everything_on() {
    if !is_here("husky") {
        return;
    }
    let sandbox = Sandbox::new();
    let (work, remote) =
        configured(&sandbox, ".husky/pre-push", "deploy-guard hook run pre-push -- \"$@\"\n");
    with_guard(work.run("husky")).succeed();
    let refused = work.guard(&["hook", "install"]);
    assert!(refused.code == 2 && refused.stderr.contains("husky"), "{refused}");
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 0 && status.stdout.starts_with("guarded, by husky"), "{status}");
    assert_every_ref_is_judged(&work, &remote);
}
