use super::super::{DeployPlan, Key};
use super::{message, of_message, under, values};

const TITLE: &str = "web: release 1.4\n\nThe new login.\n\n";

#[test]
fn trailers_of_the_last_paragraph_are_read_with_their_places() {
    let plan = of_message(&format!(
        "{TITLE}Rollback-Plan: kubectl rollout undo deployment/web -n shop\nROLLBACK-trigger:  errors > 1 % \nSoak : \
         2h\nRollback-Owner: team-web\n"
    ));
    let all: Vec<(&str, &str)> = [Key::RollbackPlan, Key::RollbackTrigger, Key::Soak, Key::RollbackOwner]
        .into_iter()
        .flat_map(|key| plan.values(key))
        .map(|value| (value.value.as_str(), under(value)))
        .collect();
    assert_eq!(
        all,
        [
            ("kubectl rollout undo deployment/web -n shop", "kubectl rollout undo deployment/web -n shop"),
            ("errors > 1 %", "errors > 1 %"),
            ("2h", "2h"),
            ("team-web", "team-web"),
        ]
    );
}

#[test]
fn a_continuation_line_belongs_to_its_trailer() {
    let plan = of_message(&format!(
        "{TITLE}Rollback-Plan: git revert 1a2b3c &&\n  argocd app sync shop\nSoak: 2h\n"
    ));
    let value = plan.values(Key::RollbackPlan).next().unwrap();
    assert_eq!(value.value, "git revert 1a2b3c && argocd app sync shop");
    assert_eq!(under(value), "git revert 1a2b3c &&\n  argocd app sync shop");
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
}

#[test]
fn a_value_may_begin_on_the_continuation_line() {
    let plan = of_message(&format!("{TITLE}Rollback-Plan:\n git revert 1a2b3c\n"));
    let value = plan.values(Key::RollbackPlan).next().unwrap();
    assert_eq!((value.value.as_str(), under(value)), ("git revert 1a2b3c", "git revert 1a2b3c"));
}

#[test]
fn what_git_takes_for_no_trailer_is_none() {
    for text in [
        "Soak: 2h\n".to_owned(),
        "Soak: 2h".to_owned(),
        String::new(),
        "\n\n".to_owned(),
        format!("{TITLE}Soak: 2h\n\nand more\n"),
        format!("{TITLE}some words\nSoak: 2h\n"),
        format!("{TITLE}  Soak: 2h\n"),
        format!("{TITLE}Soak 2h\n"),
        format!("{TITLE}The Soak: 2h\n"),
        format!("{TITLE}# Soak: 2h\n"),
    ] {
        assert!(of_message(&text).is_empty(), "{text:?}");
    }
}

#[test]
fn what_git_writes_itself_makes_a_mixed_paragraph_a_block() {
    let plan = of_message(&format!("{TITLE}some words\nSoak: 2h\nSigned-off-by: A <a@example.com>\n"));
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
    let plan = of_message(&format!("{TITLE}{}Signed-off-by: A <a@example.com>\n", "some words\n".repeat(4)));
    assert!(plan.is_empty());
}

#[test]
fn comments_and_the_list_of_conflicts_behind_the_block_are_looked_past() {
    for tail in ["\n# a comment\n", "\nConflicts:\n\tk8s/web.yaml\n", "\n\n \n", "# a comment\nTicket: A-1\n"]
    {
        let plan = of_message(&format!("{TITLE}Soak: 2h\n{tail}"));
        assert_eq!(values(&plan, Key::Soak), ["2h"], "{tail:?}");
    }
}

#[test]
fn repeated_trailers_are_all_kept() {
    let plan = of_message(&format!("{TITLE}Rollback-Plan: one step\r\nRollback-Plan: and another\r\n"));
    assert_eq!(values(&plan, Key::RollbackPlan), ["one step", "and another"]);
}

#[test]
fn an_empty_trailer_points_at_its_name() {
    let plan = of_message(&format!("{TITLE}Rollback-Plan:\nSoak: 2h\n"));
    let value = plan.values(Key::RollbackPlan).next().unwrap();
    assert_eq!((value.value.as_str(), under(value)), ("", "Rollback-Plan"));
}

#[test]
fn the_limits_hold_and_are_noted() {
    let many = "Rollback-Plan: a step\n".repeat(65);
    let plan = of_message(&format!("{TITLE}{many}"));
    assert_eq!((plan.values(Key::RollbackPlan).count(), plan.cut().len()), (64, 1));
    let long = format!("Soak: 2h\nReason: {}\nTicket: A-1\n", "x".repeat(9000));
    let plan = of_message(&format!("{TITLE}{long}"));
    assert_eq!(
        (values(&plan, Key::Soak).len(), values(&plan, Key::Ticket).len(), plan.cut().len()),
        (1, 0, 1)
    );
}

#[test]
fn a_slip_of_the_hand_is_recognised_and_other_trailers_are_not_ours() {
    let plan = of_message(&format!(
        "{TITLE}Rolback-Plan: git revert 1a2b3c\nSigned-off-by: A <a@example.com>\nReviewed-by: B\nRelated: \
         C\nCo-authored-by: D\n"
    ));
    let near: Vec<(&str, Key)> = plan.near_misses().iter().map(|(name, key)| (under(name), *key)).collect();
    assert_eq!(near, [("Rolback-Plan", Key::RollbackPlan)]);
    assert!(plan.is_empty());
}

#[test]
fn deletions_count_with_their_environment_and_point_at_themselves() {
    let plan = of_message(&format!(
        "{TITLE}Deletes: production/deployer-api, `production/shop/web`\nDeletes: staging/old\nDeletes: lonely\nDeletes: \
         none\n"
    ));
    assert_eq!(plan.deletions().len(), 4);
    let found = plan.names_deletion("Production", "deployer-api").unwrap();
    assert_eq!(found.source.slice(found.span), "production/deployer-api");
    let found = plan.names_deletion("production", "shop/web").unwrap();
    assert_eq!(found.source.slice(found.span), "`production/shop/web`");
    assert!(
        plan.names_deletion("staging", "deployer-api").is_none(),
        "the right name in the wrong environment"
    );
    assert!(plan.names_deletion("production", "lonely").is_none());
    assert!(plan.names_deletion("production", "deployer").is_none());
    assert!(plan.deletions().iter().any(|stated| stated.value.environment.is_none()));
}

#[test]
fn a_move_is_found_by_its_package_and_covers_what_it_says() {
    let plan = of_message(&format!(
        "{TITLE}Moves: kafka-python 1.4.7 -> 2.0.1, Confluent_Kafka\nMoves: org.apache.kafka:kafka-clients: 3.1 → 3.6\n"
    ));
    let moved = plan.names_move("Kafka.Python").unwrap();
    assert_eq!(moved.source.slice(moved.span), "kafka-python 1.4.7 -> 2.0.1");
    assert!(moved.value.covers("1.4.7", "2.0.1"));
    assert!(moved.value.covers("==1.4.7", "v2.0.1"));
    assert!(!moved.value.covers("1.4.7", "2.0.2"));
    assert!(!moved.value.covers("1.4.6", "2.0.1"));
    assert!(plan.names_move("confluent-kafka").unwrap().value.covers("1", "2"));
    assert!(plan.names_move("org.apache.kafka:kafka-clients").unwrap().value.covers("3.1", "3.6"));
    assert!(plan.names_move("kafka").is_none());
}

#[test]
fn the_shortest_soak_counts() {
    let mut plan = of_message(&format!("{TITLE}Soak: 1 day\nSoak: a while\n"));
    plan.add_message(&message(&format!("{TITLE}Soak: 90 min\n")));
    assert_eq!(plan.soak().unwrap().value.text, "90 min");
    assert_eq!(of_message(&format!("{TITLE}Soak: a while\n")).soak().unwrap().value.length, None);
    assert!(DeployPlan::default().soak().is_none());
}
