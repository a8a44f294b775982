//! H8: what `hook status` finds in the way.

use super::install::{pair, set_mode};
use crate::sandbox::Sandbox;

#[test]
fn h8_a_good_hook_is_reported_as_guarding_and_no_hook_as_not() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let without = work.guard(&["hook", "status"]);
    assert!(without.code == 1 && without.stdout.starts_with("not guarded"), "{without}");
    assert!(without.stdout.contains("deploy-guard hook install"), "{without}");
    work.guard(&["hook", "install"]);
    for name in ["status", "doctor"] {
        let with = work.guard(&["hook", name]);
        assert_eq!(with.code, 0, "{with}");
        assert_eq!(with.stdout.lines().count(), 1, "{with}");
    }
}

#[test]
fn h8_every_damage_that_keeps_our_hook_from_running_is_named() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install"]);
    let hook = work.folder.join(".git/hooks/pre-push");
    let good = std::fs::read_to_string(&hook).unwrap();
    let damaged = |text: &str, mode: u32| {
        std::fs::write(&hook, text).unwrap();
        set_mode(&hook, mode);
        let status = work.guard(&["hook", "status"]);
        assert_eq!(status.code, 1, "{status}");
        assert!(status.stdout.starts_with("not guarded"), "{status}");
        status.stdout
    };
    assert!(damaged(&good, 0o644).contains("not executable"));
    assert!(damaged(&good.replace('\n', "\r\n"), 0o755).contains("Windows line ends"));
    assert!(damaged(&format!("\u{feff}{good}"), 0o755).contains("byte order mark"));
    assert!(damaged(&good.replace("recorded='", "recorded='/nowhere"), 0o755).contains("binary not found"));
}

#[test]
fn h8_a_foreign_hook_with_a_broken_first_line_is_named_too() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\r\nexit 0\r\n");
    assert!(work.guard(&["hook", "status"]).stdout.contains("Windows line ends"));
    sandbox.script(&hook, "exit 0\n");
    assert!(work.guard(&["hook", "status"]).stdout.contains("no `#!` line"));
}

#[test]
fn h8_a_hook_of_ours_that_another_program_put_aside_is_found() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let folder = work.folder.join(".git/hooks");
    for name in ["pre-push.old", "pre-push.legacy"] {
        work.guard(&["hook", "install"]);
        std::fs::rename(folder.join("pre-push"), folder.join(name)).unwrap();
        sandbox.script(&folder.join("pre-push"), "#!/bin/sh\nexit 0\n");
        let status = work.guard(&["hook", "status"]);
        assert!(status.code == 1 && status.stdout.contains("put aside"), "{name}\n{status}");
        std::fs::remove_file(folder.join(name)).unwrap();
        std::fs::remove_file(folder.join("pre-push")).unwrap();
    }
}

#[test]
fn h8_a_chained_hook_that_nothing_runs_is_found() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\nexit 0\n");
    work.guard(&["hook", "install", "--chain"]);
    assert_eq!(work.guard(&["hook", "status"]).stdout.lines().count(), 1);
    sandbox.script(&hook, "#!/bin/sh\nexit 0\n");
    assert!(work.guard(&["hook", "status"]).stdout.contains("pre-push.deploy-guard-chained"));
}

#[test]
fn h8_a_hooks_path_set_after_the_install_is_found() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install"]);
    work.git(&["config", "core.hooksPath", sandbox.path("elsewhere").to_str().unwrap()]);
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("core.hooksPath leads git to"), "{status}");
    assert_eq!(work.guard(&["hook", "install"]).code, 0);
    assert_eq!(work.guard(&["hook", "status"]).code, 0);
    work.guard(&["hook", "uninstall"]);
    assert!(!work.folder.join(".git/hooks/pre-push").exists());
}

#[test]
fn h8_a_relative_hooks_path_leaves_linked_work_trees_unguarded_and_status_says_which() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    work.write(".git/info/exclude", "private-hooks/\n");
    work.git(&["config", "core.hooksPath", "private-hooks"]);
    assert_eq!(work.guard(&["hook", "install"]).code, 0);
    assert_eq!(work.guard(&["hook", "status"]).stdout.lines().count(), 1);
    let linked = sandbox.path("linked");
    work.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    for (folder, code) in [(&work.folder, 0), (&linked, 1)] {
        let status = sandbox.guard(folder).args(["hook", "status"]).finish();
        assert_eq!(status.code, code, "{status}");
        assert!(status.stdout.contains("core.hooksPath is relative"), "{status}");
        assert!(status.stdout.contains(linked.to_str().unwrap()), "{status}");
    }
    // The fact itself: git runs no hook there, and says nothing.
    sandbox.script(&work.folder.join("private-hooks/pre-push"), "#!/bin/sh\nexit 1\n");
    assert_ne!(work.push(&["origin", "main"]).code, 0);
    sandbox.run("git", &linked).args(["push", "origin", "HEAD:refs/heads/main"]).succeed();
    assert!(remote.tip("refs/heads/main").is_some());
}

#[test]
fn h7_status_says_what_a_manager_does_not_pass_on() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install"]);
    work.write("lefthook.yml", "pre-push:\n  jobs:\n    - run: deploy-guard hook run pre-push {1} {2}\n");
    assert_eq!(work.guard(&["hook", "status"]).stdout.lines().count(), 1, "the hook itself guards");
    work.guard(&["hook", "uninstall"]);
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("use_stdin: true"), "{status}");
    work.write("lefthook.yml", "pre-push:\n  jobs:\n    - run: make test\n");
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("does not call deploy-guard"), "{status}");
}
