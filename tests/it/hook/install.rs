//! H8: putting the hook in place, beside what others put there, and taking it away again.

use std::path::Path;

use crate::sandbox::{Commit, Repository, Sandbox};

/// A repository with one harmless commit, and a bare one that it pushes to as `origin`.
pub(super) fn pair(sandbox: &Sandbox) -> (Repository<'_>, Repository<'_>) {
    let remote = sandbox.bare("remote");
    // What is refused is refused by the hook and not by the other side.
    remote.git(&["config", "receive.denyDeleteCurrent", "ignore"]);
    let work = sandbox.repository("work", &[Commit::new("first").write("README.md", "hello\n")]);
    work.git(&["remote", "add", "origin", remote.url()]);
    (work, remote)
}

#[cfg(unix)]
pub(super) fn set_mode(place: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode(place: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(place).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A foreign hook that records its arguments and stdin beside the repository, then ends as it is told.
fn recording_hook(record: &Path, code: i32) -> String {
    format!(
        "#!/bin/sh\n{{ for argument in \"$@\"; do echo \"argument: $argument\"; done; cat; }} >'{}'\necho noise\nexit {code}\n",
        record.display()
    )
}

#[test]
fn h8_install_writes_one_executable_file_that_sh_can_run() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let installed = work.guard(&["hook", "install"]);
    assert_eq!(installed.code, 0, "{installed}");
    let hook = work.folder.join(".git/hooks/pre-push");
    assert!(installed.stdout.contains(hook.to_str().unwrap()), "{installed}");
    assert_eq!(names(&work.folder.join(".git/hooks")), ["pre-push"]);
    assert_eq!(mode(&hook), 0o755);
    let text = std::fs::read(&hook).unwrap();
    assert!(text.starts_with(b"#!/bin/sh\n# deploy-guard-hook v1\n") && !text.contains(&b'\r'));
    let tested = work.run(&hook).arg("--self-test").succeed();
    assert_eq!(tested.stdout, "");
    assert!(tested.stderr.contains("deploy-guard"), "{tested}");
}

#[test]
fn h8_a_second_install_changes_nothing() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install", "--if-missing", "warn"]);
    let hook = work.folder.join(".git/hooks/pre-push");
    let before = std::fs::metadata(&hook).unwrap();
    let again = work.guard(&["hook", "install"]);
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.starts_with("already installed: "), "{again}");
    let after = std::fs::metadata(&hook).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    assert!(std::fs::read_to_string(&hook).unwrap().contains("\nif_missing=warn\n"));
}

#[test]
fn h8_another_setting_updates_the_hook() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install"]);
    let updated = work.guard(&["hook", "install", "--if-missing", "warn"]);
    assert!(updated.code == 0 && updated.stdout.starts_with("updated: "), "{updated}");
    let text = std::fs::read_to_string(work.folder.join(".git/hooks/pre-push")).unwrap();
    assert!(text.contains("\nif_missing=warn\n"));
}

#[test]
fn h8_install_mends_a_hook_of_ours_that_was_damaged() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.guard(&["hook", "install"]);
    let hook = work.folder.join(".git/hooks/pre-push");
    let good = std::fs::read_to_string(&hook).unwrap();
    std::fs::write(&hook, good.replace('\n', "\r\n")).unwrap();
    set_mode(&hook, 0o644);
    assert!(work.guard(&["hook", "install"]).stdout.starts_with("updated: "));
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), good);
    assert_eq!(mode(&hook), 0o755);
}

#[test]
fn h8_a_foreign_hook_is_left_alone_and_three_ways_are_shown() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\nmake test\n");
    let refused = work.guard(&["hook", "install"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert_eq!(refused.stdout, "");
    for way in ["hook install --chain", "deploy-guard hook run pre-push -- \"$@\"", "hook install --force"] {
        assert!(refused.stderr.contains(way), "{way}\n{refused}");
    }
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nmake test\n");
    assert_eq!(names(&work.folder.join(".git/hooks")), ["pre-push"]);
}

#[test]
fn h8_a_chained_hook_runs_first_with_the_same_arguments_and_its_own_copy_of_stdin() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    let record = sandbox.path("record");
    sandbox.script(&work.folder.join(".git/hooks/pre-push"), &recording_hook(&record, 0));
    let installed = work.guard(&["hook", "install", "--chain"]);
    assert_eq!(installed.code, 0, "{installed}");
    assert!(installed.stdout.contains("runs first: "), "{installed}");
    let push = work.push(&["origin", "main", "main:refs/heads/other"]);
    assert_eq!(push.code, 0, "{push}");
    let tip = work.tip("main").unwrap();
    let zero = "0".repeat(40);
    assert_eq!(
        std::fs::read_to_string(&record).unwrap(),
        format!(
            "argument: origin\nargument: {}\nrefs/heads/main {tip} refs/heads/main {zero}\nrefs/heads/main {tip} refs/heads/other {zero}\n",
            remote.url()
        )
    );
    assert_eq!(remote.tip("refs/heads/other"), Some(tip));
}

#[test]
fn h8_a_chained_hook_that_fails_stops_the_push_before_the_guard_runs() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    let record = sandbox.path("record");
    sandbox.script(&work.folder.join(".git/hooks/pre-push"), &recording_hook(&record, 1));
    work.guard(&["hook", "install", "--chain"]);
    let push = work.push(&["origin", "main"]);
    assert_ne!(push.code, 0, "{push}");
    assert_eq!(remote.refs(), "");
    assert!(record.exists());
}

#[test]
fn h8_a_chained_hook_that_reads_nothing_leaves_the_guard_all_of_stdin() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    sandbox.script(&work.folder.join(".git/hooks/pre-push"), "#!/bin/sh\nexit 0\n");
    work.guard(&["hook", "install", "--chain"]);
    for number in 0..200 {
        work.git(&["update-ref", &format!("refs/heads/{}/{number}", "long".repeat(40)), "HEAD"]);
    }
    let push = work.push(&["origin", "--all"]);
    assert_eq!(push.code, 0, "{push}");
    assert_eq!(remote.refs().lines().count(), 201);
}

#[test]
fn h8_a_foreign_hook_that_git_ignored_stays_ignored_when_chained() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\nexit 1\n");
    set_mode(&hook, 0o644);
    assert_eq!(work.guard(&["hook", "install", "--chain"]).code, 0);
    assert_eq!(work.push(&["origin", "main"]).code, 0);
    assert_eq!(remote.tip("refs/heads/main"), work.tip("main"));
}

#[test]
fn h8_a_link_is_chained_as_a_link_and_comes_back_as_one() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    sandbox.script(&work.folder.join("scripts/hook"), "#!/bin/sh\necho from-the-link >&2\n");
    let hook = work.folder.join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("../../scripts/hook", &hook).unwrap();
    assert_eq!(work.guard(&["hook", "install", "--chain"]).code, 0);
    assert!(!hook.is_symlink());
    let push = work.push(&["origin", "main"]);
    assert!(push.code == 0 && push.stderr.contains("from-the-link"), "{push}");
    assert!(remote.tip("refs/heads/main").is_some());
    work.guard(&["hook", "uninstall"]);
    assert_eq!(std::fs::read_link(&hook).unwrap(), Path::new("../../scripts/hook"));
}

#[test]
fn h8_a_second_foreign_hook_is_not_chained_over_the_first() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\n# one\n");
    work.guard(&["hook", "install", "--chain"]);
    sandbox.script(&hook, "#!/bin/sh\n# two\n");
    let refused = work.guard(&["hook", "install", "--chain"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("pre-push.deploy-guard-chained"), "{refused}");
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n# two\n");
    let uninstalled = work.guard(&["hook", "uninstall"]);
    assert_eq!(uninstalled.code, 0);
    assert!(uninstalled.stdout.starts_with("left: "), "{uninstalled}");
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n# two\n");
}

#[test]
fn h8_force_puts_the_foreign_hook_aside_and_destroys_nothing() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    for text in ["#!/bin/sh\n# one\n", "#!/bin/sh\n# two\n"] {
        sandbox.script(&hook, text);
        let installed = work.guard(&["hook", "install", "--force"]);
        assert!(installed.code == 0 && installed.stdout.contains("put aside"), "{installed}");
    }
    let folder = work.folder.join(".git/hooks");
    let first = "pre-push.deploy-guard-replaced";
    assert_eq!(names(&folder), ["pre-push", first, "pre-push.deploy-guard-replaced.2"]);
    assert_eq!(std::fs::read_to_string(folder.join(first)).unwrap(), "#!/bin/sh\n# one\n");
}

#[test]
fn h8_uninstall_restores_the_chained_hook_and_is_idempotent() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, "#!/bin/sh\n# mine\n");
    work.guard(&["hook", "install", "--chain"]);
    let uninstalled = work.guard(&["hook", "uninstall"]);
    assert!(uninstalled.code == 0 && uninstalled.stdout.contains("restored"), "{uninstalled}");
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n# mine\n");
    assert_eq!(mode(&hook), 0o755);
    assert_eq!(names(&work.folder.join(".git/hooks")), ["pre-push"]);
    let again = work.guard(&["hook", "uninstall"]);
    assert!(again.code == 0 && again.stdout.starts_with("not installed"), "{again}");
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n# mine\n");
}

#[test]
fn h8_uninstall_follows_our_hook_to_where_others_put_it() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let folder = work.folder.join(".git/hooks");
    for name in ["pre-push.old", "pre-push.legacy"] {
        work.guard(&["hook", "install"]);
        std::fs::rename(folder.join("pre-push"), folder.join(name)).unwrap();
        sandbox.script(&folder.join("pre-push"), "#!/bin/sh\n# theirs\n");
        assert_eq!(work.guard(&["hook", "uninstall"]).code, 0);
        assert_eq!(names(&folder), ["pre-push"], "{name}");
        std::fs::remove_file(folder.join("pre-push")).unwrap();
    }
}

#[test]
fn h8_a_recorded_binary_that_is_gone_refuses_the_push_and_says_so() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    for (setting, code) in [("block", 1), ("warn", 0)] {
        let binary = sandbox.copy_of_guard("bin with 'quotes'");
        let installed = work.run(&binary).args(["hook", "install", "--if-missing", setting]).succeed();
        assert!(!installed.stdout.is_empty());
        work.run(work.folder.join(".git/hooks/pre-push")).arg("--self-test").succeed();
        std::fs::remove_file(&binary).unwrap();
        let push = work.push(&["origin", "main"]);
        assert_eq!(push.code, code, "{setting}\n{push}");
        assert!(push.stderr.contains("deploy-guard: binary not found"), "{push}");
        assert_eq!(remote.tip("refs/heads/main").is_some(), code == 0, "{setting}");
    }
}

#[test]
fn h8_a_binary_that_has_moved_is_found_on_the_path_but_never_in_the_repository() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    let moved = sandbox.copy_of_guard("first");
    work.run(&moved).args(["hook", "install"]).succeed();
    std::fs::remove_file(&moved).unwrap();
    sandbox.script(&work.folder.join("deploy-guard"), "#!/bin/sh\nexit 0\n");
    let path = crate::sandbox::inherited("PATH").unwrap();
    let with = |folder: &str| format!("{folder}:{}", path.to_string_lossy());
    for relative in [".", "", "./"] {
        let push = work.run("git").args(["push", "origin", "main"]).env("PATH", with(relative)).finish();
        assert_ne!(push.code, 0, "{relative:?}\n{push}");
    }
    assert_eq!(remote.refs(), "");
    let folder =
        Path::new(env!("CARGO_BIN_EXE_deploy-guard")).parent().unwrap().to_string_lossy().into_owned();
    let push = work.run("git").args(["push", "origin", "main"]).env("PATH", with(&folder)).finish();
    assert_eq!(push.code, 0, "{push}");
}

#[test]
fn h8_a_hooks_path_that_others_share_is_not_written_to() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let check = |folder: &str, reason: &str| {
        work.git(&["config", "core.hooksPath", folder]);
        let before = std::fs::read_dir(work.folder.join(folder)).map(|_| names(&work.folder.join(folder)));
        let refused = work.guard(&["hook", "install", "--force"]);
        assert_eq!(refused.code, 2, "{folder}\n{refused}");
        assert!(refused.stderr.contains(reason), "{folder}\n{refused}");
        assert!(refused.stderr.contains("deploy-guard hook run pre-push -- \"$@\""), "{refused}");
        let after = std::fs::read_dir(work.folder.join(folder)).map(|_| names(&work.folder.join(folder)));
        assert_eq!(before.ok(), after.ok());
    };
    sandbox.script(&work.folder.join(".husky/_/pre-push"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    work.write(".husky/_/.gitignore", "*");
    check(".husky/_", "husky");
    sandbox.script(&work.folder.join("tools/hooks/pre-commit"), "#!/bin/sh\n");
    work.git(&["add", "tools"]);
    check("tools/hooks", "would be committed");
    // Tracked in spite of being ignored.
    work.write(".gitignore", "tools/\nprivate-hooks/\n");
    check("tools/hooks", "would be committed");
    // Neither tracked nor ignored: the next `git add` would take it.
    check("new-hooks", "would be committed");
    // Ignored and empty: nobody's but this clone's.
    work.git(&["config", "core.hooksPath", "private-hooks"]);
    assert_eq!(work.guard(&["hook", "install"]).code, 0);
    assert!(work.folder.join("private-hooks/pre-push").exists());
}

#[test]
fn h8_a_hooks_path_for_every_repository_is_written_to_only_by_force() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    let shared = sandbox.path("shared-hooks");
    let config = sandbox.path("home/gitconfig");
    std::fs::write(&config, format!("[core]\n\thooksPath = {}\n", shared.display())).unwrap();
    let guard = |arguments: &[&str]| {
        sandbox.guard(&work.folder).args(arguments).env("GIT_CONFIG_GLOBAL", &config).finish()
    };
    let refused = guard(&["hook", "install"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("every repository") && !shared.exists(), "{refused}");
    assert_eq!(guard(&["hook", "install", "--force"]).code, 0);
    let push = work.run("git").args(["push", "origin", "main"]).env("GIT_CONFIG_GLOBAL", &config).finish();
    assert_eq!(push.code, 0, "{push}");
    assert!(remote.tip("refs/heads/main").is_some());
    assert_eq!(std::fs::read_to_string(&config).unwrap().lines().count(), 2);
}

#[test]
fn h8_hooks_that_are_switched_off_are_not_switched_on() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    work.git(&["config", "core.hooksPath", "/dev/null"]);
    let refused = work.guard(&["hook", "install"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("core.hooksPath"), "{refused}");
    let status = work.guard(&["hook", "status"]);
    assert!(status.code == 1 && status.stdout.contains("no hooks at all"), "{status}");
    assert_eq!(work.guard(&["hook", "uninstall"]).code, 0);
}

#[test]
fn h8_a_bare_repository_gets_its_hook_and_a_folder_without_repository_gets_none() {
    let sandbox = Sandbox::new();
    let (work, remote) = pair(&sandbox);
    work.push(&["origin", "main"]);
    let next = sandbox.bare("next");
    remote.git(&["remote", "add", "next", next.url()]);
    let installed = remote.guard(&["hook", "install"]);
    assert_eq!(installed.code, 0, "{installed}");
    assert!(remote.folder.join("hooks/pre-push").exists());
    let push = remote.push(&["next", "main"]);
    assert_eq!(push.code, 0, "{push}");
    assert!(next.tip("refs/heads/main").is_some());
    let nowhere = sandbox.guard(&sandbox.home()).args(["hook", "install"]).finish();
    assert_eq!(nowhere.code, 2, "{nowhere}");
    assert!(nowhere.stderr.contains("not a git repository"), "{nowhere}");
}

#[test]
fn h8_install_never_touches_a_git_configuration() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let config = sandbox.path("home/gitconfig");
    std::fs::write(&config, "").unwrap();
    let local = std::fs::read_to_string(work.folder.join(".git/config")).unwrap();
    for action in ["install", "status", "uninstall"] {
        sandbox.guard(&work.folder).args(["hook", action]).env("GIT_CONFIG_GLOBAL", &config).finish();
    }
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "");
    assert_eq!(std::fs::read_to_string(work.folder.join(".git/config")).unwrap(), local);
    assert_eq!(names(&sandbox.home()), ["gitconfig"]);
}

#[test]
fn h11_one_hook_serves_the_main_work_tree_and_every_linked_one() {
    let sandbox = Sandbox::new();
    let (work, _) = pair(&sandbox);
    let linked = sandbox.path("linked tree");
    work.git(&["worktree", "add", "-q", "-b", "linked", linked.to_str().unwrap()]);
    let installed = sandbox.guard(&linked).args(["hook", "install"]).finish();
    assert_eq!(installed.code, 0, "{installed}");
    assert!(work.folder.join(".git/hooks/pre-push").exists());
    assert!(work.guard(&["hook", "install"]).stdout.starts_with("already installed: "));
    let status = sandbox.guard(&linked).args(["hook", "status"]).finish();
    assert!(status.code == 0 && status.stdout.starts_with("guarded: "), "{status}");
}
