//! `waiver draft` and `waiver list`.

use super::{WEB, next_release, refused_as_usage, web};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const WAIVERS: &str = ".deploy-guard/waivers.toml";

/// A Tuesday morning: the calendar has nothing to say.
const AT: &str = "2026-03-10T10:00";

/// The commands that a report tells to run, as they stand there.
fn told(outcome: &Outcome) -> Vec<Vec<String>> {
    let lines = outcome.stdout.lines().filter_map(|line| line.split_once("deploy-guard waiver draft "));
    lines
        .map(|(_, fingerprint)| vec!["waiver".to_owned(), "draft".to_owned(), fingerprint.to_owned()])
        .collect()
}

/// The fingerprint of the one finding of a policy.
fn fingerprint(shop: &Repository<'_>, policy: &str, arguments: &[&str]) -> String {
    let outcome = shop.guard(&[&["check"], arguments, &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let text = report.to_string();
    let at = text.find(&format!("\"{policy}\"")).unwrap_or_else(|| panic!("no {policy}: {report:#}"));
    let rest = text[at..].split("\"fingerprint\":\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_command_that_a_refusal_names_works_as_it_stands() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let refused = shop.guard(&["check"]);
    assert_eq!(refused.code, 1, "{refused}");
    let told = told(&refused);
    assert!(!told.is_empty(), "{refused}");
    for command in told {
        let outcome = sandbox.guard(&shop.folder).args(&command).finish();
        assert_eq!(outcome.code, 0, "{command:?}: {outcome}");
        assert!(outcome.stdout.starts_with("[[waiver]]\n"), "{outcome}");
    }
}

#[test]
fn a_draft_is_an_entry_for_the_waiver_file_and_nothing_else() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let fingerprint = fingerprint(&shop, "missing-rollback-plan", &["--at", AT]);
    let outcome = shop.guard(&["waiver", "draft", &fingerprint, "--at", AT]);
    assert_eq!(outcome.code, 0, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @r#"
    [[waiver]]
    policy = "missing-rollback-plan"
    path = "k8s/prod/web.yaml"
    resource = "rollback plan production"
    fingerprint = "68dcc5429b19f3d2"
    reason = ""  # why this may stay, in ten characters or more
    owner = ""  # who answers for it
    created = 2026-03-10
    expires = 2026-04-09  # the last day; at most 90 days after `created`
    "#);
    insta::assert_snapshot!(outcome.stderr, @"
    Write reason and owner, then add it to .deploy-guard/waivers.toml on the branch that this change goes to:
    a change cannot excuse itself.
    ");
}

#[test]
fn a_draft_filled_in_and_on_the_base_lets_the_change_through_and_no_other() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let check = || shop.guard(&["check", "--at", AT]);
    let told = told(&check());
    let drafts: String = told
        .iter()
        .map(|command| sandbox.guard(&shop.folder).args(command).args(["--at", AT]).finish().stdout)
        .collect();
    let filled = drafts.replace("\"\"", "\"the way back is told in the ticket\"");
    // On the change's own side it excuses nothing.
    shop.commit_on("work", &[Commit::new("excuse").write(WAIVERS, &filled)]);
    assert_eq!(check().code, 1);
    shop.git(&["checkout", "-q", "main"]);
    shop.commit(Commit::new("excuse").write(WAIVERS, &filled));
    shop.git(&["checkout", "-q", "-B", "work", "main"]);
    shop.commit_on("work", &[Commit::new("next release").write(WEB, web("1.4.2", 60))]);
    let passed = check();
    assert_eq!(passed.code, 0, "{passed}");
    assert!(passed.stdout.contains("waived"), "{passed}");
    shop.commit_on("work", &[Commit::new("one more").write(WEB, web("1.4.3", 60))]);
    assert_eq!(check().code, 1, "a waiver for one change is none for the next");
}

#[test]
fn the_beginning_of_a_fingerprint_is_enough_where_it_is_the_only_one() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let whole = fingerprint(&shop, "missing-rollback-plan", &["--at", AT]);
    let draft = |written: &str| shop.guard(&["waiver", "draft", written, "--at", AT]);
    let first = draft(&whole[..12]);
    assert_eq!((first.code, &first.stdout), (0, &draft(&whole).stdout), "{first}");
    assert_eq!(draft(&whole.to_uppercase()).stdout, first.stdout);
}

#[test]
fn a_beginning_that_several_findings_share_is_refused_with_all_of_them() {
    let sandbox = Sandbox::new();
    let mut before = Commit::new("before");
    let mut after = Commit::new("after");
    for number in 0..20 {
        let path = format!("service-{number}/requirements.txt");
        before = before.write(&path, "kafka-python==1.4.7\n");
        after = after.write(&path, "kafka-python\n");
    }
    let shop = sandbox.repository("shop", &[before, after]);
    let outcome = shop.guard(&["check", "--base", "HEAD^", "--at", AT]);
    let mut firsts: Vec<String> = told(&outcome).iter().map(|command| command[2][..1].to_owned()).collect();
    assert!(firsts.len() > 16, "{outcome}");
    firsts.sort();
    let shared = firsts.windows(2).find(|pair| pair[0] == pair[1]).unwrap();
    let outcome = shop.guard(&["waiver", "draft", &shared[0], "--base", "HEAD^", "--at", AT]);
    refused_as_usage(&outcome, &format!("findings begin with {}", shared[0]));
    assert!(outcome.stderr.contains("unpinned-kafka-client at service-"), "{outcome}");
}

#[test]
fn a_fingerprint_of_no_finding_is_refused_with_those_that_there_are() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let outcome = shop.guard(&["waiver", "draft", "zz", "--at", AT]);
    refused_as_usage(&outcome, "this change has no finding zz");
    assert!(outcome.stderr.contains("missing-rollback-plan at k8s/prod/web.yaml:11"), "{outcome}");
    refused_as_usage(&shop.guard(&["waiver", "draft", "", "--at", AT]), "names no finding");
    shop.git(&["checkout", "-q", "main"]);
    let clean = shop.guard(&["waiver", "draft", "zz", "--base", "main", "--at", AT]);
    refused_as_usage(&clean, "this change has none at all");
}

#[test]
fn the_change_is_named_as_for_check() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60))]);
    shop.write(WEB, web("1.4.2", 60));
    let in_tree = fingerprint(&shop, "missing-rollback-plan", &["--worktree", "--at", AT]);
    let draft =
        |arguments: &[&str]| shop.guard(&[&["waiver", "draft", &in_tree, "--at", AT], arguments].concat());
    assert_eq!(draft(&["--worktree"]).code, 0);
    refused_as_usage(&draft(&["--staged"]), "none at all");
    shop.git(&["add", "--all"]);
    assert_eq!(draft(&["--staged"]).code, 0);
    shop.git(&["commit", "-q", "-m", "next release"]);
    assert_eq!(draft(&["--base", "HEAD^"]).code, 0);
    assert_eq!(draft(&["--base", "HEAD^", "--head", "main"]).code, 0);
    assert_eq!(draft(&["--base", "HEAD^", "--staged"]).code, 2);
}

#[test]
fn a_finding_that_is_waived_already_needs_no_second_waiver() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60))]);
    let waiver = "[[waiver]]\npolicy = \"missing-rollback-plan\"\npath = \"k8s/prod/web.yaml\"\n\
                  reason = \"the way back is told in the ticket\"\nowner = \"team shop\"\n\
                  created = 2026-03-01\nexpires = 2026-04-01\n";
    shop.commit(Commit::new("waiver").write(WAIVERS, waiver));
    shop.git(&["checkout", "-q", "-b", "work"]);
    shop.commit_on("work", &[Commit::new("next").write(WEB, web("1.4.2", 60))]);
    let outcome = shop.guard(&["check", "--at", AT, "--format", "json"]);
    assert!(outcome.stdout.contains("missing-rollback-plan"), "{outcome}");
    let all = fingerprint(&shop, "missing-rollback-plan", &["--at", AT]);
    let draft = shop.guard(&["waiver", "draft", &all, "--at", AT]);
    refused_as_usage(&draft, "is waived already, until 2026-04-01: the way back is told in the ticket");
}

#[test]
fn what_guards_the_gate_cannot_be_waived() {
    let sandbox = Sandbox::new();
    let config = |severity: &str| format!("[policy.floating-image-tag]\nseverity = \"{severity}\"\n");
    let commits = [
        Commit::new("before").write("deploy-guard.toml", config("block")),
        Commit::new("after").write("deploy-guard.toml", config("off")),
    ];
    let shop = sandbox.repository("shop", &commits);
    let weakened = fingerprint(&shop, "weakened-gate", &["--base", "HEAD^", "--at", AT]);
    let outcome = shop.guard(&["waiver", "draft", &weakened, "--base", "HEAD^", "--at", AT]);
    refused_as_usage(&outcome, "`weakened-gate` cannot be waived");
    let told = shop.guard(&["check", "--base", "HEAD^", "--at", AT]);
    assert!(!told.stdout.contains("waiver draft"), "nobody is sent there: {told}");
}

#[test]
fn list_says_which_hold_for_how_long_and_what_is_wrong_with_the_others() {
    let sandbox = Sandbox::new();
    let today = deploy_guard::calendar::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = |days: i32| today.checked_add(jiff::Span::new().days(days)).unwrap();
    let entry = |policy: &str, more: &str, created: i32, expires: i32| {
        format!(
            "[[waiver]]\npolicy = \"{policy}\"\n{more}\nreason = \"the vendor has no other tag\"\nowner = \"team shop\"\n\
             created = {}\nexpires = {}\n",
            day(created),
            day(expires)
        )
    };
    let good = [
        entry("floating-image-tag", "path = \"k8s/prod/web.yaml\"", -2, 12),
        entry("missing-rollback-plan", "fingerprint = \"00ff\"", -2, 0),
        entry("floating-image-tag", "resource = \"Deployment shop/web\"", -60, -3),
    ]
    .concat();
    let shop = sandbox.repository("shop", &[Commit::new("waivers").write(WAIVERS, &good)]);
    let outcome = shop.guard(&["waiver", "list"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome}");
    let shown = outcome.stdout.replace(&day(12).to_string(), "<in 12 days>");
    let shown = shown.replace(&day(0).to_string(), "<today>").replace(&day(-3).to_string(), "<3 days ago>");
    insta::assert_snapshot!(shown, @"
    floating-image-tag  k8s/prod/web.yaml
      in force, 12 days left (<in 12 days>)
      team shop: the vendor has no other tag
    missing-rollback-plan  00ff
      in force, ends today (<today>)
      team shop: the vendor has no other tag
    floating-image-tag  Deployment shop/web
      expired 3 days ago (<3 days ago>)
      team shop: the vendor has no other tag
    ");
    let faults = [
        good,
        entry("floating-image-tga", "path = \"a.yaml\"", -2, 12),
        entry("floating-image-tag", "path = \"b.yaml\"", -2, 200),
    ]
    .concat();
    shop.write(WAIVERS, faults);
    let outcome = shop.guard(&["waiver", "list"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stdout.contains("in force, 12 days left"), "{outcome}");
    assert!(outcome.stderr.contains("did you mean `floating-image-tag`?"), "{outcome}");
    assert!(outcome.stderr.contains("more than 90 days"), "{outcome}");
}

#[test]
fn list_of_no_waivers_says_so() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60))]);
    let outcome = shop.guard(&["waiver", "list"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert_eq!(outcome.stdout, "There are no waivers: no .deploy-guard/waivers.toml here.\n");
    shop.write(WAIVERS, "");
    assert_eq!(
        shop.guard(&["waiver", "list"]).stdout,
        "There are no waivers in .deploy-guard/waivers.toml.\n"
    );
}
