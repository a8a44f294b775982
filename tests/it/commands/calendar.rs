//! `calendar now` and `calendar next`.

use super::refused_as_usage;
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const CALENDAR: &str = "[calendar]
zone = \"America/New_York\"
deny = [{ days = [\"fri\", \"sat\", \"sun\"] }, { from = \"15:00\" }]
freeze = [{ from = 2026-12-18, to = 2027-01-04, reason = \"year end\" }]
holidays = [\"2026-11-26\"]
day-before-holiday = true
";

fn configured(sandbox: &Sandbox) -> Repository<'_> {
    sandbox.repository("shop", &[Commit::new("calendar").write("deploy-guard.toml", CALENDAR)])
}

/// A folder that is no repository.
fn nowhere(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    sandbox.guard(&sandbox.home()).args(arguments).finish()
}

#[test]
fn now_says_what_is_closed_and_until_when_and_exits_one() {
    let sandbox = Sandbox::new();
    let shop = configured(&sandbox);
    let outcome = shop.guard(&["calendar", "now", "--at", "2026-12-18T16:10"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    closed: Friday 2026-12-18 16:10 America/New_York (21:10 UTC)
      Friday (every week)
      Friday from 15:00
      freeze 2026-12-18 to 2027-01-04 inclusive: year end
    opens in 17 d 8 h, Tuesday 2027-01-05 00:00 America/New_York (05:00 UTC)
    simulated: this is no answer about now
    ");
}

#[test]
fn now_says_what_closes_next_and_exits_zero() {
    let sandbox = Sandbox::new();
    let shop = configured(&sandbox);
    let outcome = shop.guard(&["calendar", "now", "--at", "2026-11-24T15:00:00Z"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    open: Tuesday 2026-11-24 10:00 America/New_York (15:00 UTC)
    closes in 5 h, Tuesday 2026-11-24 15:00 America/New_York (20:00 UTC)
    simulated: this is no answer about now
    ");
}

#[test]
fn next_lists_as_many_openings_as_asked_for() {
    let sandbox = Sandbox::new();
    let shop = configured(&sandbox);
    let outcome = shop.guard(&["calendar", "next", "-n", "3", "--at", "2026-11-24T10:00"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    open from now to Tuesday 2026-11-24 15:00 America/New_York (20:00 UTC)
    open from Monday 2026-11-30 00:00 America/New_York (05:00 UTC) to Monday 2026-11-30 15:00 America/New_York (20:00 UTC)
    open from Tuesday 2026-12-01 00:00 America/New_York (05:00 UTC) to Tuesday 2026-12-01 15:00 America/New_York (20:00 UTC)
    simulated: this is no answer about now
    ");
    let lines = |count: &str| {
        let outcome = shop.guard(&["calendar", "next", "-n", count, "--at", "2026-11-24"]);
        outcome.stdout.lines().filter(|line| line.starts_with("open from")).count()
    };
    assert_eq!((lines("1"), lines("100")), (1, 100));
}

#[test]
fn without_a_config_or_a_repository_the_built_in_calendar_answers_and_says_so() {
    let sandbox = Sandbox::new();
    let outcome = nowhere(&sandbox, &["calendar", "now", "--at", "2026-03-13T10:00"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    closed: Friday 2026-03-13 10:00 UTC
      Friday (every week)
    opens in 2 d 14 h, Monday 2026-03-16 00:00 UTC
    note: there is no [calendar] in the config, so the built-in one holds: closed from Friday to Sunday, and every day from 15:00, in this machine's zone (UTC)
    simulated: this is no answer about now
    ");
}

#[test]
fn a_time_by_the_machines_clock_is_marked_as_nothing_else() {
    let sandbox = Sandbox::new();
    let outcome = nowhere(&sandbox, &["calendar", "now"]);
    assert!(matches!(outcome.code, 0 | 1), "{outcome}");
    assert!(!outcome.stdout.contains("simulated"), "{outcome}");
}

#[test]
fn a_faulty_calendar_is_shown_with_its_place_and_a_suggestion() {
    let sandbox = Sandbox::new();
    let config = "[calendar]\nzone = \"America/New_Yrok\"\ndeny = [{ days = [\"fryday\"] }]\n";
    let shop = sandbox.repository("shop", &[Commit::new("config").write("deploy-guard.toml", config)]);
    let outcome = shop.guard(&["calendar", "now"]);
    refused_as_usage(&outcome, "did you mean `America/New_York`?");
    assert!(outcome.stderr.contains("deploy-guard.toml:2:8"), "{outcome}");
    assert!(outcome.stderr.contains("did you mean `friday`?"), "{outcome}");
}

#[test]
fn times_that_name_no_instant_are_refused_with_what_to_write() {
    let sandbox = Sandbox::new();
    let shop = configured(&sandbox);
    for (at, words) in [
        ("tomorrow", "no date and time"),
        ("2026-03-08T02:30", "does not exist"),
        ("2026-11-01T01:30", "happens twice"),
        ("2026-03-10T10:00[America/New_Yrok]", "did you mean `America/New_York`?"),
    ] {
        refused_as_usage(&shop.guard(&["calendar", "now", "--at", at]), words);
    }
    for count in ["0", "101", "-1", "many"] {
        assert_eq!(shop.guard(&["calendar", "next", "-n", count]).code, 2, "{count}");
    }
}

#[test]
fn a_time_of_ones_own_choice_is_refused_where_ci_is_set() {
    let sandbox = Sandbox::new();
    let shop = configured(&sandbox);
    let at = ["--at", "2026-11-24T10:00"];
    for command in [&["calendar", "now"][..], &["calendar", "next"], &["check"], &["waiver", "draft", "00"]] {
        let in_ci = || sandbox.guard(&shop.folder).args(command).args(at).env("CI", "true");
        refused_as_usage(&in_ci().finish(), "--allow-simulated");
        let allowed = in_ci().arg("--allow-simulated").finish();
        assert!(!allowed.stderr.contains("a pipeline judges by its clock"), "{command:?}: {allowed}");
    }
    let simulated = sandbox.guard(&shop.folder).args(["check", "--allow-simulated"]).args(at);
    let simulated = simulated.args(["--format", "json"]).env("CI", "true").finish();
    assert_eq!(simulated.code, 0, "{simulated}");
    let report: serde_json::Value = serde_json::from_str(&simulated.stdout).unwrap();
    assert!(simulated.stdout.contains("\"simulated\": true"), "{report:#}");
    assert_eq!(shop.guard(&["check", "--allow-simulated"]).code, 2, "nothing to allow");
}

#[test]
fn a_slip_of_the_hand_is_recognised() {
    let sandbox = Sandbox::new();
    for (arguments, meant) in [
        (&["calender", "now"][..], "calendar"),
        (&["calendar", "nxt"], "next"),
        (&["plan", "shw"], "show"),
        (&["waiver", "darft"], "draft"),
        (&["calendar", "now", "--att", "x"], "--at"),
        (&["policy", "show", "missing-rolback-plan"], "missing-rollback-plan"),
        (&["explain", "relase-outside-window"], "release-outside-window"),
        (&["demo", "kafka-duplicate-upload"], "kafka-duplicate-uploads"),
    ] {
        refused_as_usage(&nowhere(&sandbox, arguments), meant);
    }
}
