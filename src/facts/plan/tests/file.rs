use jiff::SignedDuration;

use super::super::{DeployPlan, Key};
use super::{file, of_file, under, values};

const WHOLE: &str = r#"
ticket = "OPS-1"
reason = "the old login is switched off on Monday"
soak = "2h"
deletes = ["production/deployer-api"]
notified = ["partner A, by mail"]
moves = ["kafka-python 1.4.7 -> 2.0.1"]
break-glass-review = ["floating-image-tag: mended in OPS-2"]

[rollback]
steps = ["kubectl rollout undo deployment/web -n shop", "check the login"]
triggers = ["error rate above 1 % for 5 minutes"]
owner = "team-web"

[[break-glass]]
policy = "release-outside-window"
reason = "customers cannot log in"
approved-by = "second person"
until = 2026-11-21T18:00:00Z
"#;

#[test]
fn everything_is_read_with_its_place() {
    let plan = of_file(WHOLE);
    assert_eq!(
        values(&plan, Key::RollbackPlan),
        ["kubectl rollout undo deployment/web -n shop", "check the login"]
    );
    for (key, place) in [
        (Key::Ticket, "\"OPS-1\""),
        (Key::Soak, "\"2h\""),
        (Key::RollbackTrigger, "\"error rate above 1 % for 5 minutes\""),
        (Key::RollbackOwner, "\"team-web\""),
        (Key::Notified, "\"partner A, by mail\""),
        (Key::BreakGlassReview, "\"floating-image-tag: mended in OPS-2\""),
    ] {
        assert_eq!(under(plan.values(key).next().unwrap()), place);
    }
    assert_eq!(plan.soak().unwrap().value.length, Some(SignedDuration::from_hours(2)));
    assert!(plan.names_deletion("production", "deployer-api").is_some());
    assert!(plan.names_move("kafka-python").unwrap().value.covers("1.4.7", "2.0.1"));
    assert_eq!(plan.emergencies().len(), 1);
}

/// Each problem as the text it points at, its message and its hint.
fn problems(text: &str) -> Vec<(String, String, String)> {
    let problems = DeployPlan::default().add_file(&file(text)).unwrap_err();
    problems
        .list
        .into_iter()
        .map(|problem| {
            let place = text[problem.span.start..problem.span.end].to_owned();
            (place, problem.message, problem.hint.unwrap_or_default())
        })
        .collect()
}

fn row(at: &str, message: &str, hint: &str) -> (String, String, String) {
    (at.to_owned(), message.to_owned(), hint.to_owned())
}

#[test]
fn every_fault_of_the_file_is_said_at_its_place() {
    assert_eq!(
        problems(
            "sook = '2h'\nsoak = 'a while'\ndeletes = ['deployer-api']\nmoves = 3\n[rollback]\nstep = []\nowner = 1\n"
        ),
        [
            row("sook", "unknown key `sook`", "did you mean `soak`?"),
            row("'a while'", "`a while` is no length of time", "write `2h`, `90 min` or `1 day`"),
            row(
                "'deployer-api'",
                "`deployer-api` is deleted in no environment",
                "write `production/deployer-api` if production is meant"
            ),
            row("3", "`moves` is a string or a list of strings, not an integer", ""),
            row("step", "unknown key `step`", "did you mean `steps`?"),
            row("1", "`owner` is a string or a list of strings, not an integer", ""),
        ]
    );
    let text = "[[break-glass]]\nuntil = 'soon'\n";
    let said: Vec<String> =
        problems(text).into_iter().map(|(place, message, _)| format!("{place}: {message}")).collect();
    assert_eq!(said.len(), 3);
    assert_eq!(said[0], "[[break-glass]]: a break-glass entry needs `policy`");
    assert_eq!(said[1], "[[break-glass]]: a break-glass entry needs `reason`");
    assert!(said[2].starts_with("'soon': `soon` is no date and time"));
    assert_eq!(problems("soak = \n").len(), 1);
    assert_eq!(problems("rollback = 'revert'\n")[0].1, "`rollback` is a table, not a string");
}

#[test]
fn a_file_that_is_at_fault_adds_nothing() {
    let mut plan = DeployPlan::default();
    assert!(plan.add_file(&file(&format!("sook = 1\n{WHOLE}"))).is_err());
    assert!(plan.is_empty());
}
