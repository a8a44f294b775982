//! Input that was made to hurt (GATE U1 to U11): an answer in little time and little memory, and never a pass by
//! exhaustion.

use std::fmt::Write as _;

use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

/// A message that leaves nothing else to complain about.
const PLANNED: &str = "after\n\nRollback-Plan: kubectl -n shop rollout undo deployment/web\n\
                       Rollback-Trigger: more than 1 % of requests fail\nRollback-Owner: on-call of shop\n";

/// Runs a check with 512 MB of address space and five seconds; whatever comes, it is an exit code of ours.
fn check(repository: &Repository<'_>, base: &str, head: &str) -> Outcome {
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let arguments = format!(
        "check --base {base} --head {head} --at 2026-03-10T10:00:00Z --format json --allow-simulated"
    );
    let script = format!("ulimit -v 524288; exec timeout 5 {guard} {arguments}");
    repository.run("sh").args(["-c", &script]).finish()
}

/// What a small commit that adds this file comes to.
fn judged(name: &str, content: impl AsRef<[u8]>) -> Outcome {
    let sandbox = Sandbox::new();
    let commits =
        [Commit::new("before").write("README.md", "x\n"), Commit::new(PLANNED).write(name, content)];
    let repository = sandbox.repository("r", &commits);
    let outcome = check(&repository, "HEAD^", "HEAD");
    assert!(matches!(outcome.code, 0 | 1 | 3), "{outcome}");
    outcome
}

/// A manifest of production's that holds this below a key, so that every policy wants to know what it says.
fn manifest(body: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  image: secretKeyRef envFrom value\nbomb:\n{body}\n"
    )
}

fn refused(outcome: &Outcome, word: &str) {
    assert_eq!(outcome.code, 3, "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let reason = report["unjudged"][0]["reason"].as_str().unwrap();
    assert!(reason.contains(word), "{reason}");
    assert_eq!(report["complete"], false);
}

#[test]
fn a_billion_laughs_hit_a_limit() {
    let mut text = String::from("  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 10].join(", ");
        writeln!(text, "  a{level}: &a{level} [{list}]").unwrap();
    }
    refused(&judged("k8s/prod/web.yaml", manifest(&text)), "limit");
}

#[test]
fn thirty_thousand_aliases_of_thirty_thousand_items_hit_a_limit() {
    let items = vec!["x"; 30_000].join(", ");
    let aliases = vec!["*a"; 30_000].join(", ");
    refused(
        &judged("k8s/prod/web.yaml", manifest(&format!("  a: &a [{items}]\n  b: [{aliases}]\n"))),
        "limit",
    );
}

#[test]
fn two_hundred_thousand_brackets_hit_a_limit() {
    refused(&judged("k8s/prod/web.yaml", manifest(&format!("  a: {}\n", "[".repeat(200_000)))), "limit");
    let json =
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"envFrom\": {}", "[".repeat(200_000));
    assert_eq!(judged("k8s/prod/web.json", json).code, 3);
}

#[test]
fn two_thousand_nested_mappings_hit_a_limit() {
    let mut text = String::new();
    for depth in 0..2_000 {
        writeln!(text, "{}a:", " ".repeat(depth + 2)).unwrap();
    }
    refused(&judged("k8s/prod/web.yaml", manifest(&text)), "limit");
}

#[test]
fn a_nul_byte_and_other_encodings_are_not_read_as_text() {
    refused(&judged("k8s/prod/web.yaml", b"kind: Secret\0\n"), "NUL");
    refused(&judged("k8s/prod/web.yaml", b"kind: Secret\nname: caf\xe9\n"), "UTF-8");
    refused(&judged("k8s/prod/web.yaml", b"\xff\xfek\0i\0"), "UTF-16");
}

#[test]
fn a_duplicate_key_is_an_error_and_not_a_choice() {
    refused(
        &judged("k8s/prod/web.yaml", "kind: Secret\nmetadata: {name: a}\nkind: ConfigMap\n"),
        "given twice",
    );
}

#[test]
fn a_file_of_a_gigabyte_is_refused_by_its_header() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("before").write("README.md", "x\n")]);
    let script = format!(
        "blob=$(head -c 1073741824 /dev/zero | git -c core.compression=1 hash-object -w --stdin) && \
                  git update-index --add --cacheinfo 100644,$blob,k8s/prod/web.yaml && \
                  git commit -q -m '{PLANNED}'"
    );
    repository.run("sh").args(["-c", &script]).succeed();
    refused(&check(&repository, "HEAD^", "HEAD"), "too large");
}

/// A commit on top of HEAD whose tree is written as it is, whatever git thinks of it.
fn commit_tree(repository: &Repository<'_>, entries: &str) -> Outcome {
    let script = format!(
        "set -e\nblob=$(printf 'kind: Secret\\n' | git hash-object -w --stdin)\n\
         raw=$(echo $blob | sed 's/../\\\\x&/g')\n\
         tree=$( ({entries}) | git hash-object -t tree -w --literally --stdin)\n\
         commit=$(git commit-tree -p HEAD -m '{PLANNED}' $tree)\n\
         git update-ref refs/heads/hostile $commit\n"
    );
    repository.run("bash").args(["-c", &script]).succeed();
    check(repository, "HEAD", "hostile")
}

#[test]
fn trees_that_git_would_not_write_are_not_judged_as_if_it_had() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("before").write("README.md", "x\n")]);
    for (entry, word) in [
        ("printf \"100644 ..\\0$raw\"", ".."),
        ("printf \"100644 .git\\0$raw\"", ".git"),
        ("printf \"100644 prod-a\\033.yaml\\0$raw\"", "control"),
        ("printf \"100644 prod-\\xe9.yaml\\0$raw\"", "UTF-8"),
        ("printf \"100777 values-prod.yaml\\0$raw\"", "mode"),
    ] {
        let outcome = commit_tree(&repository, entry);
        assert_eq!(outcome.code, 3, "{entry}: {outcome}");
        assert!(outcome.stdout.contains(word), "{entry}: {outcome}");
    }
}

#[test]
fn a_folder_that_holds_a_name_twice_is_not_judged() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("before").write("README.md", "x\n")]);
    let twice = "printf \"100644 a.yaml\\0$raw\"; printf \"100755 a.yaml\\0$raw\"";
    let outcome = commit_tree(&repository, twice);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stderr.contains("twice"), "{outcome}");
}

#[test]
fn text_that_reads_otherwise_than_it_runs_is_not_passed() {
    let text = "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\ndata:\n  a: \"x\u{202e}y\"\n";
    refused(&judged("k8s/stage/web.yaml", text), "direction of writing");
}

#[test]
fn a_deploy_file_that_becomes_a_link_is_not_followed() {
    let sandbox = Sandbox::new();
    let text = "kind: Secret\nmetadata:\n  name: a\nstringData:\n  a: b\n";
    let repository = sandbox.repository("r", &[Commit::new("before").write("k8s/prod/web.yaml", text)]);
    let script = format!(
        "rm k8s/prod/web.yaml && ln -s /etc/passwd k8s/prod/web.yaml && git add -A && git commit -q -m '{PLANNED}'"
    );
    repository.run("sh").args(["-c", &script]).succeed();
    let outcome = check(&repository, "HEAD^", "HEAD");
    refused(&outcome, "symbolic link");
    assert!(!outcome.stdout.contains("root:"), "{outcome}");
    let outcome = repository.guard(&["check", "--worktree", "--format", "json"]);
    assert!(!outcome.stdout.contains("root:"), "{outcome}");
}

#[test]
fn a_large_but_honest_file_is_judged() {
    let mut text = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n");
    for number in 0..40_000 {
        writeln!(text, "  key{number}: value{number}").unwrap();
    }
    let outcome = judged("k8s/stage/big.yaml", text);
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn the_limits_hold_for_what_git_can_be_told_from_outside() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[Commit::new("before").write("README.md", "x\n")]);
    for revision in ["--upload-pack=x", "", "HEAD^{/", "@{u}", "refs/heads/\u{1b}[31m"] {
        let outcome = repository.guard(&["check", &format!("--base={revision}")]);
        assert!(matches!(outcome.code, 2 | 3), "{revision}: {outcome}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{outcome}");
    }
}
