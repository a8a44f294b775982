//! GATE T1: eight ways to get out of the gate in the very change that it judges. Each is refused, by the rules that held
//! before it: once for what it deploys, and once for what it does to the gate.

use std::collections::BTreeSet;

use crate::ci::github::{Job, check_out_merge, open, payload, refused_by as blocking, report};
use crate::sandbox::{Commit, Repository, Sandbox};

const MANIFEST: &str = "k8s/prod/web.yaml";
const CONFIG: &str = "deploy-guard.toml";
const POLICY: &str = ".deploy-guard/policies/team-tags.toml";
const OWNERS: &str = ".github/CODEOWNERS";

const RULES: &str = "\
[environment.production]
paths = [\"k8s/prod/**\"]
protected = true

[calendar]
zone = \"UTC\"
deny = [{ days = [\"sun\"] }]
";

/// A policy of the repository's own, so that taking it away takes something away.
const TEAM_TAGS: &str = r#"
id = "team-tags"
title = "a tag that our pipeline moves"
severity = "block"
stage = "stable"
since = "1"
incident = "iot-data-stale"
explanation = "The pipeline moves these tags."
remedy = "Name a version."

[select]
environments = "protected"

[check.pinned-image]
floating = ["blue"]

[[example]]
expect = "refused"
[example.before]
[example.after]
"k8s/prod/web.yaml" = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: web, image: 'web:blue' }] }\n"

[[example]]
expect = "accepted"
[example.before]
[example.after]
"README.md" = "hello\n"
"#;

const GUARDED: &str = "* @shop/everybody\n/.deploy-guard/ @shop/platform\n/deploy-guard.toml @shop/platform\n/.github/ @shop/platform\n";

/// A plan that leaves only the attack to complain about.
const PLANNED: &str = "web: next version\n\nRollback-Plan: kubectl -n shop rollout undo deployment/web\n\
                       Rollback-Trigger: more than 1 % of requests fail\nRollback-Owner: on-call of shop\n";

fn manifest(tag: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    spec:
      containers:
        - name: web
          image: registry.example/shop/web:{tag}
"
    )
}

fn founded(sandbox: &Sandbox) -> (Repository<'_>, Repository<'_>) {
    let remote = sandbox.bare("remote");
    let base = Commit::new("base")
        .write(CONFIG, RULES)
        .write(POLICY, TEAM_TAGS)
        .write(OWNERS, GUARDED)
        .write(MANIFEST, manifest("1.4.1"));
    let work = sandbox.repository("work", &[base]);
    work.git(&["remote", "add", "origin", remote.url()]);
    work.git(&["push", "-q", "origin", "main"]);
    assert_eq!(work.guard(&["hook", "install"]).code, 0);
    (work, remote)
}

/// The policies that refuse what `main` has and the remote has not.
fn refused_by(work: &Repository<'_>) -> BTreeSet<String> {
    let arguments = ["check", "--base", "origin/main", "--head", "main", "--at", "2026-11-17T10:00:00Z"];
    let outcome = work.guard(&[&arguments[..], &["--format", "json", "--allow-simulated"]].concat());
    assert_eq!(outcome.code, 1, "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| finding["severity"] == "block")
        .map(|finding| finding["policy"].as_str().unwrap().to_owned())
        .collect()
}

/// Judged as a range and as a real push: both are refused by the same policies, and nothing moves.
#[track_caller]
fn assert_refused(work: &Repository<'_>, remote: &Repository<'_>, policies: &[&str]) {
    let found = refused_by(work);
    for policy in policies {
        assert!(found.contains(*policy), "{policy} is not among {found:?}");
    }
    let before = remote.refs();
    let push = work.push(&["origin", "main"]);
    assert_ne!(push.code, 0, "{push}");
    for policy in policies {
        assert!(push.stderr.contains(policy), "{policy}\n{push}");
    }
    assert_eq!(remote.refs(), before, "nothing moved");
    // The hook's own exit code, which git folds into its own.
    let (local, known) = (work.tip("main").unwrap(), remote.tip("refs/heads/main").unwrap());
    let line = format!("refs/heads/main {local} refs/heads/main {known}\n");
    let hook = work.sandbox.guard(&work.folder);
    let hook = hook.args(["hook", "run", "pre-push", "origin", remote.url()]).stdin(line).finish();
    assert_eq!(hook.code, 1, "{hook}");
    assert_refused_as_pull_request(work, remote, &local, policies);
}

/// The same change as a pull request, out of the runner's own checkout: whoever skips the hook meets the gate here.
#[track_caller]
fn assert_refused_as_pull_request(
    work: &Repository<'_>,
    remote: &Repository<'_>,
    head: &str,
    policies: &[&str],
) {
    work.git(&["push", "-q", "--no-verify", "origin", &format!("{head}:refs/heads/next")]);
    let opened = open(remote, 1, head);
    let clone = check_out_merge(work.sandbox, remote, &opened, Some(2));
    let run = Job::new(&clone).command("pull_request", &payload(&opened, 1, ""), &opened.merge);
    let outcome = run.args(["--format", "json"]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let report = report(&outcome);
    let found = blocking(&report);
    for policy in policies {
        assert!(found.iter().any(|known| known == policy), "{policy} is not among {found:?}");
    }
    // What the change would make of the rules is shown, and is no more than shown.
    let preview = &report["changes"][0]["preview"];
    assert_ne!(report["decision"], "go");
    assert!(preview.is_null() || preview["decision"].is_string(), "{preview}");
}

/// One change that attacks and deploys what the attack is to let through.
#[track_caller]
fn attack(change: Commit, policies: &[&str]) {
    let sandbox = Sandbox::new();
    let (work, remote) = founded(&sandbox);
    work.commit(change);
    assert_refused(&work, &remote, policies);
}

fn deploys(tag: &str) -> Commit {
    Commit::new(PLANNED).write(MANIFEST, manifest(tag))
}

#[test]
fn t1_the_same_change_without_an_attack_goes_through() {
    let sandbox = Sandbox::new();
    let (work, remote) = founded(&sandbox);
    work.commit(deploys("1.4.2"));
    let arguments = ["check", "--base", "origin/main", "--head", "main", "--at", "2026-11-17T10:00:00Z"];
    let outcome = work.guard(&[&arguments[..], &["--allow-simulated"]].concat());
    assert_eq!(outcome.code, 0, "{outcome}");
    drop(remote);
}

#[test]
fn t1_a_policy_file_that_the_change_deletes_still_judges_it() {
    attack(deploys("blue").remove(POLICY), &["team-tags", "weakened-gate"]);
}

#[test]
fn t1_a_policy_that_the_change_tells_to_leave_everything_out_still_judges_it() {
    let rules = format!("{RULES}\n[policy.floating-image-tag]\nexclude = [\"**\"]\n");
    attack(deploys("latest").write(CONFIG, rules), &["floating-image-tag", "weakened-gate"]);
}

#[test]
fn t1_a_waiver_that_the_change_brings_for_itself_excuses_nothing() {
    let waiver = "[[waiver]]\npolicy = \"floating-image-tag\"\npath = \"k8s/**\"\nreason = \"we are in a hurry today\"\nowner = \"team-web\"\n\
                  created = 2026-11-17\nexpires = 2026-12-17\n";
    let change = deploys("latest").write(".deploy-guard/waivers.toml", waiver);
    attack(change, &["floating-image-tag", "weakened-gate"]);
}

#[test]
fn t1_owners_that_the_change_writes_for_itself_are_seen() {
    let owners = format!("{GUARDED}* @mallory\n");
    attack(deploys("latest").write(OWNERS, owners), &["floating-image-tag", "weakened-gate"]);
}

#[test]
fn t1_an_include_of_an_empty_file_is_no_key_and_would_end_every_run() {
    let rules = format!("include = [\"empty.toml\"]\n{RULES}");
    let change = deploys("latest").write(CONFIG, rules).write("empty.toml", "");
    attack(change, &["floating-image-tag", "weakened-gate"]);
}

#[test]
fn t1_a_config_that_the_change_renames_still_judges_it() {
    // Without this config, `k8s/prod/` is production all the same; with it gone, so is the team's word on the calendar.
    let change = deploys("latest").remove(CONFIG).write("deploy-guard.toml.old", RULES);
    attack(change, &["floating-image-tag", "weakened-gate"]);
}

#[cfg(unix)]
#[test]
fn t1_a_config_that_the_change_makes_a_link_still_judges_it() {
    let sandbox = Sandbox::new();
    let (work, remote) = founded(&sandbox);
    work.commit(deploys("latest"));
    std::fs::remove_file(work.folder.join(CONFIG)).unwrap();
    std::os::unix::fs::symlink("/dev/null", work.folder.join(CONFIG)).unwrap();
    work.git(&["commit", "-q", "-a", "--no-verify", "-m", PLANNED]);
    assert_refused(&work, &remote, &["floating-image-tag", "weakened-gate"]);
}

#[test]
fn t1_an_environment_that_the_change_stops_to_protect_is_still_protected() {
    let rules = RULES.replace("protected = true", "protected = false");
    attack(deploys("latest").write(CONFIG, rules), &["floating-image-tag", "weakened-gate"]);
}

/// T6: the glass of the gate itself is not broken by the change that loosens it.
#[test]
fn t6_break_glass_does_not_open_the_gate_itself() {
    let message = format!(
        "{PLANNED}Break-Glass: weakened-gate the registry is down and we need this out\nApproved-By: Alice Example <alice@shop.example>\n"
    );
    let rules = RULES.replace("protected = true", "protected = false");
    let change = Commit::new(&message).write(MANIFEST, manifest("1.4.2")).write(CONFIG, rules);
    attack(change, &["weakened-gate"]);
}

/// U5: rules behind a link are no rules, and no pass either.
#[cfg(unix)]
#[test]
fn u5_a_config_that_is_a_link_on_the_base_side_ends_the_run() {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("work", &[Commit::new("base").write(MANIFEST, manifest("1.4.1"))]);
    std::os::unix::fs::symlink("/dev/null", work.folder.join(CONFIG)).unwrap();
    work.git(&["add", "-A"]);
    work.git(&["commit", "-q", "-m", "link"]);
    work.commit(deploys("1.4.2"));
    let outcome = work.guard(&["check", "--base", "HEAD^", "--head", "HEAD"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("symbolic link"), "{outcome}");
}
