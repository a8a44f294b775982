use jiff::{SignedDuration, Timestamp};

use super::super::{BreakGlass, DeployPlan, Emergency};
use super::{body, file, message};
use crate::change::{Approval, Approvals, Commit, Label, ObjectId, Person, PullRequest, ToldBy};

const ENTRY: &str = "web: stop the bleeding\n\nBreak-Glass: release-outside-window customers cannot log in\nApproved-By: \
                     Second Person <second@example.com>\n";

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn commit(text: &str, made: &str) -> Commit {
    let person = |name: &str, email: &str| Person {
        name: name.to_owned(),
        email: email.to_owned(),
        when: Some(made.parse::<Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC)),
    };
    Commit {
        id: ObjectId::parse(&"1a".repeat(20)).unwrap(),
        parents: Vec::new(),
        author: person("First Person", "first@example.com"),
        committer: person("Web Merge", "noreply@example.com"),
        message: text.to_owned(),
    }
}

fn of_commit(text: &str, made: &str) -> DeployPlan {
    let mut plan = DeployPlan::default();
    plan.add_commit(&commit(text, made));
    plan
}

fn refusal(plan: &DeployPlan) -> String {
    match plan.break_glass("release-outside-window", now()) {
        Some(Emergency::Refused { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_with_a_second_persons_name_holds_for_a_day() {
    let plan = of_commit(ENTRY, "2026-11-21T11:00:00Z");
    let Some(Emergency::InForce { policy, reason, approved_by, until }) =
        plan.break_glass("release-outside-window", now())
    else {
        panic!("not in force")
    };
    assert_eq!(
        (policy.value.as_str(), reason.value.as_str(), approved_by.value.as_str()),
        ("release-outside-window", "customers cannot log in", "Second Person <second@example.com>")
    );
    assert_eq!(until, "2026-11-22T11:00:00Z".parse().unwrap());
    assert!(plan.break_glass("floating-image-tag", now()).is_none());
    let late = "2026-11-20T12:00:00Z";
    assert_eq!(
        refusal(&of_commit(ENTRY, late)),
        "it ended at 2026-11-21T12:00:00Z: an entry holds for 24 h at most"
    );
    assert!(matches!(
        of_commit(ENTRY, late).break_glass("release-outside-window", now() - SignedDuration::from_secs(1)),
        Some(Emergency::InForce { .. })
    ));
}

#[test]
fn an_entry_without_reason_or_second_person_opens_nothing() {
    let made = "2026-11-21T11:00:00Z";
    let with = |from: &str, to: &str| refusal(&of_commit(&ENTRY.replace(from, to), made));
    assert_eq!(with("customers cannot log in", ""), "it gives no reason");
    assert_eq!(with("customers cannot log in", "urgent"), "it gives no reason");
    assert_eq!(with("customers cannot log in", "TODO: why it is"), "it gives no reason");
    let nobody = "nobody approved it: add `Approved-By:` with a second person's name";
    assert_eq!(with("Approved-By: Second Person <second@example.com>\n", ""), nobody);
    assert_eq!(with("Second Person <second@example.com>", "TBD"), nobody);
    let oneself = "who wrote it approved it: a second person has to";
    for own in
        ["First Person", "first@example.com", "Whoever <FIRST@example.com>", "first person <x@example.com>"]
    {
        assert_eq!(with("Second Person <second@example.com>", own), oneself, "{own}");
    }
}

#[test]
fn an_entry_from_the_future_opens_nothing() {
    assert_eq!(refusal(&of_commit(ENTRY, "2026-11-21T13:00:00Z")), "its commit lies in the future");
}

#[test]
fn an_approval_counts_beside_its_entry_alone() {
    let mut plan = of_commit(&ENTRY.replace("Approved-By: Second", "Ticket: Second"), "2026-11-21T11:00:00Z");
    plan.add_message(&message("other\n\nApproved-By: Second Person\n"));
    assert!(refusal(&plan).starts_with("nobody approved it"));
}

#[test]
fn a_pull_request_and_the_plan_file_hold_entries_as_well() {
    let mut plan = of_commit("web: stop the bleeding\n", "2026-11-21T11:00:00Z");
    plan.add_body(&body(
        "## Break glass\n- `release-outside-window`: customers cannot log in\n\n## Approved by\n- First Person\n",
    ));
    assert_eq!(refusal(&plan), "who wrote it approved it: a second person has to");
    plan.add_file(&file(
        "[[break-glass]]\npolicy = 'release-outside-window'\nreason = 'customers cannot log in'\napproved-by = 'Second \
         Person'\nuntil = 2026-11-21T18:00:00Z\n",
    ))
    .unwrap();
    let Some(Emergency::InForce { until, .. }) = plan.break_glass("release-outside-window", now()) else {
        panic!("one entry in force is enough")
    };
    assert_eq!(until, "2026-11-21T18:00:00Z".parse().unwrap());
}

/// A pull request that is labelled and approved, or neither.
fn opened(number: u64, body: &str, approved: bool) -> PullRequest {
    let head = ObjectId::parse(&"2b".repeat(20)).unwrap();
    let at: Timestamp = "2026-11-21T11:30:00Z".parse().unwrap();
    let label = Label {
        name: BreakGlass::LABEL.to_owned(),
        by: Some("first".to_owned()),
        at: Some("2026-11-21T11:00:00Z".parse().unwrap()),
    };
    let approval = Approval { by: "second".to_owned(), at, commit: Some(head.clone()), may_write: true };
    PullRequest {
        number,
        url: None,
        title: String::new(),
        body: body.to_owned(),
        author: "first".to_owned(),
        source_branch: String::new(),
        target_branch: "main".to_owned(),
        head,
        labels: approved.then_some(label).into_iter().collect(),
        approvals: Approvals::Known {
            approvals: approved.then_some(approval).into_iter().collect(),
            contributors: vec!["first".to_owned()],
        },
        told_by: ToldBy::Event,
    }
}

fn reviewed(commit_text: &str, opened: &[PullRequest]) -> DeployPlan {
    let mut plan = of_commit(commit_text, "2026-11-21T11:00:00Z");
    for opened in opened {
        plan.add_pull_request(opened);
    }
    plan.countersigned_by_review(opened);
    plan
}

#[test]
fn t6_a_review_opens_what_its_own_pull_request_says_and_nothing_of_another() {
    const ENTRY_OF_BODY: &str = "## Break-glass\n\nrelease-outside-window customers cannot log in\n";
    let in_force = |plan: &DeployPlan| {
        matches!(plan.break_glass("release-outside-window", now()), Some(Emergency::InForce { .. }))
    };
    let one = |body: &str, approved: bool| vec![opened(1, body, approved)];
    assert!(in_force(&reviewed("m", &one(ENTRY_OF_BODY, true))));
    assert!(in_force(&reviewed(ENTRY, &one("", true))), "a commit of the only pull request");
    assert!(!in_force(&reviewed(ENTRY, &one("", false))), "the name in its message is nobody's review");
    let two = |first: &str, second: &str| vec![opened(1, first, true), opened(2, second, false)];
    assert!(in_force(&reviewed("m", &two(ENTRY_OF_BODY, ""))));
    assert!(!in_force(&reviewed("m", &two("", ENTRY_OF_BODY))), "the other one was approved");
    assert!(!in_force(&reviewed(ENTRY, &two("", ""))), "nobody can say whose commit it is");
    assert!(!in_force(&reviewed(ENTRY, &[])));
}
