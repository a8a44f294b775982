//! Repositories that libgit2 can't read, or not whole: the installed git does (GATE section 2).

use crate::sandbox::{Commit, Outcome, READER, Repository, Sandbox};

const PINNED: &str = "kafka-python==1.4.7\n";
const LOOSE: &str = "kafka-python\n";
const DEPLOYMENT: &str = "service/requirements.txt";

/// A check by the reader that the program chooses for itself, or by one that is named.
fn check(repository: &Repository<'_>, reader: &str, arguments: &[&str]) -> Outcome {
    let guard = repository.sandbox.guard(&repository.folder).env(READER, reader);
    guard.args(["check", "--format", "json"]).args(arguments).finish()
}

/// The change was refused, and by a reader of this name.
#[track_caller]
fn refused_by(outcome: &Outcome, reader: &str) {
    assert_eq!(outcome.code, 1, "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["tool"]["git_reader"], reader, "{outcome}");
    assert_eq!(report["findings"][0]["path"], DEPLOYMENT, "{outcome}");
}

fn loosened() -> [Commit; 2] {
    [Commit::new("first").write(DEPLOYMENT, PINNED), Commit::new("second").write(DEPLOYMENT, LOOSE)]
}

fn copied<'a>(sandbox: &'a Sandbox, origin: &Repository<'_>, arguments: &[&str]) -> Repository<'a> {
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let folder = sandbox.path("clone");
    let url = format!("file://{}", origin.url());
    let clone = sandbox.run("git", &sandbox.path("")).args(["clone", "-q"]).args(arguments);
    clone.arg(&url).arg(&folder).succeed();
    Repository { sandbox, folder }
}

#[test]
fn a_reftable_repository_is_read_by_git() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("r");
    let init = ["init", "-q", "-b", "main", "--ref-format=reftable", "r"];
    if sandbox.run("git", &sandbox.path("")).args(init).finish().code != 0 {
        return;
    }
    let repository = Repository { sandbox: &sandbox, folder };
    let outcome = check(&repository, "auto", &[]);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("main has no commit yet"), "{outcome}");
    repository.commit_on("main", &loosened());
    refused_by(&check(&repository, "auto", &["--base", "HEAD^"]), "git");
    repository.git(&["checkout", "-q", "-b", "topic", "HEAD^"]);
    repository.write(DEPLOYMENT, LOOSE);
    refused_by(&check(&repository, "auto", &["--worktree"]), "git");
    repository.git(&["commit", "-qam", "loosen"]);
    repository.git(&["branch", "-f", "main", "HEAD^"]);
    refused_by(&check(&repository, "auto", &[]), "git");
    let outcome = check(&repository, "libgit2", &["--base", "HEAD^"]);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("refstorage") && outcome.stderr.contains(READER), "{outcome}");
}

#[test]
fn an_unknown_extension_is_named_where_neither_can_read_it() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &loosened());
    repository.git(&["config", "core.repositoryFormatVersion", "1"]);
    repository.git(&["config", "extensions.future", "true"]);
    for reader in ["auto", "libgit2", "git"] {
        let outcome = check(&repository, reader, &["--base", "HEAD^"]);
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(outcome.stderr.contains("future"), "{outcome}");
    }
}

#[test]
fn what_a_partial_clone_left_out_is_counted_and_the_command_that_brings_it_does() {
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let sandbox = Sandbox::new();
        let origin = sandbox.repository("origin", &loosened());
        let clone = copied(&sandbox, &origin, &[filter, "--no-checkout"]);
        let outcome = check(&clone, "auto", &["--base", "HEAD^"]);
        assert_eq!(outcome.code, 3, "{filter}: {outcome}");
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("2 objects of the compared trees were left out"), "{filter}: {outcome}");
        let start = said.find("git fetch ").unwrap();
        let command: Vec<&str> = said[start..].split_whitespace().skip(1).collect();
        let trees = command.iter().position(|word| *word == "origin").unwrap();
        let command: Vec<&str> = command[..trees + 3].iter().map(|word| word.trim_matches('"')).collect();
        clone.run("git").args(command).succeed();
        let outcome = check(&clone, "auto", &["--base", "HEAD^"]);
        assert_eq!(outcome.code, 1, "{filter}: the command that was named mends it: {outcome}");
    }
}

#[test]
fn a_change_whose_earlier_state_was_left_out_does_not_pass() {
    let sandbox = Sandbox::new();
    let commits = [
        Commit::new("first").write(DEPLOYMENT, PINNED).write("k8s/production/web.yaml", "kind: Service\n"),
        Commit::new("second").write(DEPLOYMENT, "kafka-python==2.0.2\n").remove("k8s/production/web.yaml"),
    ];
    let origin = sandbox.repository("origin", &commits);
    let clone = copied(&sandbox, &origin, &["--filter=blob:none"]);
    for reader in ["auto", "libgit2", "git"] {
        let outcome = check(&clone, reader, &["--base", "HEAD^", "--at", "2026-03-10T10:00:00Z"]);
        let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(report["complete"], false, "{outcome}");
        assert_ne!(outcome.code, 0, "{outcome}");
        for (place, path) in ["k8s/production/web.yaml", DEPLOYMENT].iter().enumerate() {
            assert_eq!(report["unjudged"][place]["path"], *path, "{outcome}");
        }
    }
}

#[test]
fn what_a_partial_clone_left_out_is_fetched_where_that_is_allowed() {
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let sandbox = Sandbox::new();
        let origin = sandbox.repository("origin", &loosened());
        let clone = copied(&sandbox, &origin, &[filter, "--no-checkout"]);
        let guard = || {
            let check = ["check", "--format", "json", "--base", "HEAD^"];
            sandbox
                .guard(&clone.folder)
                .env(READER, "auto")
                .env("DEPLOY_GUARD_GIT_FETCH", "missing")
                .args(check)
                .finish()
        };
        let before = clone.refs();
        refused_by(&guard(), "git");
        assert_eq!(clone.refs(), before);
        refused_by(&check(&clone, "libgit2", &["--base", "HEAD^"]), "libgit2");
    }
}

#[test]
fn a_partial_clone_whose_remote_is_gone_is_not_judged_as_if_it_were_whole() {
    let sandbox = Sandbox::new();
    let origin = sandbox.repository("origin", &loosened());
    let clone = copied(&sandbox, &origin, &["--filter=blob:none", "--no-checkout"]);
    clone.git(&["remote", "set-url", "origin", "https://me:s3cret@127.0.0.1:1/gone.git"]);
    for (name, value) in [("DEPLOY_GUARD_GIT_FETCH", ""), ("DEPLOY_GUARD_GIT_FETCH", "missing")] {
        let check = ["check", "--format", "json", "--base", "HEAD^"];
        let outcome = sandbox.guard(&clone.folder).env(READER, "auto").env(name, value).args(check).finish();
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(!outcome.to_string().contains("s3cret"), "{outcome}");
    }
}

#[test]
fn in_a_partial_clone_only_what_is_needed_has_to_be_there() {
    let sandbox = Sandbox::new();
    let origin = sandbox.repository("origin", &loosened());
    let clone = copied(&sandbox, &origin, &["--filter=blob:none"]);
    clone.git(&["remote", "set-url", "origin", "/nowhere"]);
    // The new blob is local, and the old one was checked out.
    clone.write(DEPLOYMENT, "kafka-python>=1\n");
    clone.git(&["-c", "gc.auto=0", "commit", "-qam", "third"]);
    refused_by(&check(&clone, "libgit2", &["--base", "HEAD^", "--all"]), "libgit2");
    refused_by(&check(&clone, "git", &["--base", "HEAD^", "--all"]), "git");
}

#[test]
fn a_sparse_or_split_index_is_read_by_git_and_only_where_it_is_asked() {
    for script in ["git sparse-checkout set --cone --sparse-index service", "git update-index --split-index"]
    {
        let sandbox = Sandbox::new();
        let files = Commit::new("zero").write("elsewhere/deep/file", "x\n");
        let repository = sandbox.repository("r", &[&[files][..], &loosened()].concat());
        repository.git(&["reset", "-q", "--hard", "HEAD^"]);
        repository.run("sh").args(["-ec", script]).succeed();
        repository.write(DEPLOYMENT, LOOSE);
        repository.git(&["add", DEPLOYMENT]);
        refused_by(&check(&repository, "auto", &["--staged"]), "git");
        let outcome = check(&repository, "auto", &["--base", "HEAD^"]);
        assert!(outcome.stdout.contains(r#""git_reader": "libgit2""#), "{outcome}");
    }
}

#[test]
fn a_repository_of_somebody_else_is_read_where_git_is_told_to_trust_it_by_its_environment() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &loosened());
    if repository.run("chown").args(["-R", "12345", "."]).finish().code != 0 {
        return;
    }
    let guard = || {
        let check = ["check", "--format", "json", "--base", "HEAD^"];
        sandbox.guard(&repository.folder).env(READER, "auto").args(check)
    };
    let outcome = guard().finish();
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("git config --global --add safe.directory"), "{outcome}");
    let outcome = guard().env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory");
    refused_by(&outcome.env("GIT_CONFIG_VALUE_0", repository.url()).finish(), "git");
    let outcome = guard().env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory");
    let outcome = outcome.env("GIT_CONFIG_VALUE_0", "/elsewhere").finish();
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[test]
fn without_git_the_reason_is_said_and_nothing_passes() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &loosened());
    repository.git(&["update-index", "--split-index"]);
    let guard = |reader: &str, arguments: &[&str]| {
        let guard = sandbox.guard(&repository.folder).env(READER, reader).env("PATH", "bin:/nowhere");
        guard.arg("check").args(arguments).finish()
    };
    for outcome in [guard("git", &["--base", "HEAD^"]), guard("auto", &["--staged"])] {
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(outcome.stderr.contains("no `git` is"), "{outcome}");
    }
    assert_eq!(guard("auto", &["--base", "HEAD^"]).code, 1);
    let outcome = guard("cli", &["--base", "HEAD^"]);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("DEPLOY_GUARD_GIT_READER is `cli`"), "{outcome}");
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    let sandbox = Sandbox::new();
    let attributes = Commit::new("zero").write(".gitattributes", "* filter=evil diff=evil\n");
    let repository = sandbox.repository("r", &[&[attributes][..], &loosened()].concat());
    let ran = sandbox.path("ran");
    let script = sandbox.path("evil");
    sandbox.script(&script, &format!("#!/bin/sh\necho $0 $@ >>{}\ncat\n", ran.display()));
    let script = script.to_str().unwrap();
    for key in [
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "pager.status",
        "core.sshCommand",
        "alias.status",
        "core.editor",
        "credential.helper",
    ] {
        repository.git(&["config", key, script]);
    }
    let hooks = repository.folder.join(".git/hooks");
    for hook in ["post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"] {
        sandbox.script(&hooks.join(hook), &std::fs::read_to_string(script).unwrap());
    }
    // As long as before: only its content can tell that it is another.
    repository.write(DEPLOYMENT, "kafka-Python\n");
    let index = std::fs::read(repository.folder.join(".git/index")).unwrap();
    for arguments in [&["--base", "HEAD^"][..], &["--staged"], &["--worktree"]] {
        let outcome = check(&repository, "git", arguments);
        assert!(matches!(outcome.code, 0 | 1), "{outcome}");
        assert!(outcome.stdout.contains(r#""git_reader": "git""#), "{outcome}");
    }
    assert!(!ran.exists(), "{}", std::fs::read_to_string(ran).unwrap());
    assert_eq!(
        std::fs::read(repository.folder.join(".git/index")).unwrap(),
        index,
        "the index is left alone"
    );
}
