//! `plan new` and `plan show`.

use super::{WEB, next_release, refused_as_usage, web};
use crate::sandbox::{Commit, Sandbox};

const PLAN: &str = ".deploy-guard/plan.toml";

#[test]
fn new_fills_in_what_the_change_shows() {
    let sandbox = Sandbox::new();
    let before = format!(
        "{}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: old\nspec:\n  ports:\n    - port: 80\n",
        web("1.4.1", 60)
    );
    let shop = sandbox.repository(
        "shop",
        &[
            Commit::new("before")
                .write(WEB, before)
                .write("k8s/staging/web.yaml", web("1.4.1", 60))
                .write(
                    "k8s/prod/it's odd.yaml",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  A: \"1\"\n",
                )
                .write("requirements.txt", "kafka-python==1.4.7\nrequests==2.1\n"),
            Commit::new("after")
                .write(WEB, web("1.4.2", 60))
                .write("k8s/staging/web.yaml", web("1.4.2", 60))
                .write(
                    "k8s/prod/it's odd.yaml",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  A: \"2\"\n",
                )
                .write(
                    "k8s/prod/new.yaml",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n  namespace: shop\n",
                )
                .write("requirements.txt", "kafka-python==2.0.1\nrequests==2.1\n"),
        ],
    );
    let outcome = shop.guard(&["plan", "new", "--base", "HEAD^"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stderr.is_empty(), "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @r#"
    # The deploy plan of this change. What stands in <angle brackets> is yours to fill in.
    # touches ConfigMap a
    # touches ConfigMap shop/new (new)
    # touches Deployment shop/web
    # touches Service old (taken away)

    # How long you watch before you call it good: longer than the longest session or token.
    soak = "<how long, such as 2h>"

    # This change takes these away. What is meant, say so by taking the # away; put back what is not.
    # deletes = [
    #     "production/old",
    # ]

    # It moves these dependencies. What is meant, say so by taking the # away; put back what is not.
    # moves = [
    #     "kafka-python 1.4.7 -> 2.0.1",
    # ]

    [rollback]
    steps = [
        "put registry.example/shop/web:1.4.1 back in place of registry.example/shop/web:1.4.2 (Deployment web, container web)",
        "kubectl delete configmap/new -n shop",
        "kubectl rollout undo deployment/web -n shop",
        '''git restore --source=5d25f5bdb0 -- 'k8s/prod/it'\''s odd.yaml' k8s/prod/web.yaml, commit, and release that''',
    ]
    # What has to be seen for somebody to go back, with a number and a time.
    triggers = ["<error rate above 1 % for 5 minutes>"]
    # Who goes back, and can be reached until the soak ends.
    owner = "<name>"
    "#);
}

#[test]
fn new_says_in_few_words_what_undoes_a_large_change() {
    let sandbox = Sandbox::new();
    let (mut before, mut after) = (Commit::new("before"), Commit::new("after"));
    for number in 10..35 {
        let path = format!("k8s/prod/web-{number}.yaml");
        before = before.write(&path, web("1.4.1", 60).replace("name: web", &format!("name: web-{number}")));
        after = after.write(&path, web("1.4.2", 30).replace("name: web", &format!("name: web-{number}")));
    }
    let shop = sandbox.repository("shop", &[before, after]);
    let proposed = shop.guard(&["plan", "new", "--base", "HEAD^"]).stdout;
    assert!(!proposed.contains("rollout undo"), "{proposed}");
    assert!(proposed.contains("k8s/prod/web-29.yaml and 5 more files of this change, commit"), "{proposed}");
    assert!(proposed.contains("# touches 30 more resources\n"), "{proposed}");
}

#[test]
fn new_for_a_change_that_shows_nothing_is_all_holes() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository("shop", &[Commit::new("first").write("README.md", "a\n")]);
    let outcome = shop.guard(&["plan", "new"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stderr.contains("touches nothing that says what runs"), "{outcome}");
    assert!(outcome.stdout.contains("steps = [\"<"), "{outcome}");
}

#[test]
fn what_new_writes_is_refused_until_a_person_has_filled_it_in() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    let refused_for_its_plan = || {
        let outcome = shop.guard(&["check", "--at", "2026-03-10T10:00"]);
        outcome.stdout.contains("missing-rollback-plan")
    };
    assert!(refused_for_its_plan());
    let outcome = shop.guard(&["plan", "new", "--write"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    let written = std::fs::read_to_string(shop.folder.join(PLAN)).unwrap();
    shop.commit_on("work", &[Commit::new("the plan as it was written").write(PLAN, &written)]);
    assert!(refused_for_its_plan());
    let filled = written
        .replace("<how long, such as 2h>", "2h")
        .replace("<error rate above 1 % for 5 minutes>", "logins below 80 % for 10 minutes")
        .replace("<name>", "on-call of shop");
    shop.commit_on("work", &[Commit::new("the plan filled in").write(PLAN, filled)]);
    assert!(!refused_for_its_plan());
    let shown = shop.guard(&["plan", "show"]);
    assert!(shown.stdout.ends_with("rollback: steps, triggers and owner are there\n"), "{shown}");
}

#[test]
fn new_writes_over_the_plan_of_an_earlier_change_and_never_over_one_of_this() {
    let sandbox = Sandbox::new();
    let old = "[rollback]\nowner = \"on-call of shop\"\n";
    let shop =
        sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60)).write(PLAN, old)]);
    shop.git(&["checkout", "-q", "-b", "work"]);
    shop.commit_on("work", &[Commit::new("next").write(WEB, web("1.4.2", 60))]);
    assert_eq!(shop.guard(&["plan", "new", "--write"]).code, 0);
    let written = std::fs::read_to_string(shop.folder.join(PLAN)).unwrap();
    assert!(written.contains("kubectl rollout undo deployment/web -n shop"), "{written}");
    refused_as_usage(&shop.guard(&["plan", "new", "--write"]), "may be the plan of this change");
    assert_eq!(std::fs::read_to_string(shop.folder.join(PLAN)).unwrap(), written);
}

#[cfg(unix)]
#[test]
fn new_writes_through_no_symbolic_link() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    std::os::unix::fs::symlink(sandbox.home(), shop.folder.join(".deploy-guard")).unwrap();
    refused_as_usage(&shop.guard(&["plan", "new", "--write"]), "symbolic link");
    assert!(!sandbox.home().join("plan.toml").exists());
}

#[test]
fn show_names_the_place_of_every_value_and_what_is_missing() {
    let sandbox = Sandbox::new();
    let shop = next_release(
        &sandbox,
        "next release\n\nRollback-Plan: TBD\nRollback-Ownr: me\nSoak: a while\nNotified: support → in the channel\n",
    );
    shop.commit_on(
        "work",
        &[Commit::new("the plan")
            .write(PLAN, "[rollback]\ntriggers = [\"logins below 80 % for 10 minutes\"]\n")],
    );
    let outcome = shop.guard(&["plan", "show"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    where HEAD left main → HEAD

    Rollback-Plan
      TBD  (commit bfd7b42af3:3, says nothing)

    Rollback-Trigger
      logins below 80 % for 10 minutes  (.deploy-guard/plan.toml:2)

    Soak
      a while  (commit bfd7b42af3:5)

    Notified
      support → in the channel  (commit bfd7b42af3:6)

    not read: `Rollback-Ownr` (commit bfd7b42af3:4); did you mean `Rollback-Owner`?
    `a while` names no length of time (commit bfd7b42af3:5)
    rollback: lacks steps: `TBD` says nothing (commit bfd7b42af3:3)
    rollback: lacks an owner: nothing under Rollback-Owner
    ");
}

#[test]
fn show_says_what_break_glass_entries_are_worth() {
    let sandbox = Sandbox::new();
    let now = deploy_guard::calendar::now().to_zoned(jiff::tz::TimeZone::UTC);
    let message = "Raise the limit\n\nBreak-Glass: release-outside-window uploads fail since noon\n";
    let shop = sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60))]);
    shop.git(&["checkout", "-q", "-b", "work"]);
    let at = now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let next = |message: &str| Commit::new(message).at(&at).write(WEB, web("1.4.2", 60));
    shop.commit_on("work", &[next(message)]);
    let outcome = shop.guard(&["plan", "show"]);
    let words = "break-glass for release-outside-window opens nothing: nobody approved it";
    assert!(outcome.stdout.contains(words), "{outcome}");
    shop.git(&["reset", "-q", "--hard", "main"]);
    shop.commit_on("work", &[next(&format!("{message}Approved-By: a second person\n"))]);
    let outcome = shop.guard(&["plan", "show"]);
    let words = "BREAK-GLASS: release-outside-window is let through until ";
    assert!(outcome.stdout.contains(words), "{outcome}");
}

#[test]
fn show_does_not_read_the_plan_of_an_earlier_change() {
    let sandbox = Sandbox::new();
    let old = "[rollback]\nowner = \"on-call of shop\"\n";
    let shop =
        sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60)).write(PLAN, old)]);
    shop.git(&["checkout", "-q", "-b", "work"]);
    shop.commit_on("work", &[Commit::new("next").write(WEB, web("1.4.2", 60))]);
    let outcome = shop.guard(&["plan", "show"]);
    assert!(outcome.stdout.contains("not read: .deploy-guard/plan.toml stands as it stood"), "{outcome}");
    assert!(outcome.stdout.contains("rollback: lacks an owner: nothing under Rollback-Owner"), "{outcome}");
}

#[test]
fn a_faulty_plan_is_shown_with_its_place_and_a_suggestion() {
    let sandbox = Sandbox::new();
    let shop = next_release(&sandbox, "next release");
    shop.commit_on("work", &[Commit::new("plan").write(PLAN, "[rollback]\nstps = [\"a\"]\n")]);
    let outcome = shop.guard(&["plan", "show"]);
    refused_as_usage(&outcome, "did you mean `steps`?");
    assert!(outcome.stderr.contains(".deploy-guard/plan.toml:2:1"), "{outcome}");
}

#[test]
fn outside_of_a_repository_there_is_no_change_to_plan_for() {
    let sandbox = Sandbox::new();
    for action in ["new", "show"] {
        let outcome = sandbox.guard(&sandbox.home()).args(["plan", action]).finish();
        assert_eq!(outcome.code, 3, "{outcome}");
        assert!(outcome.stdout.is_empty(), "{outcome}");
    }
}
