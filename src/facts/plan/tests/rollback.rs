use super::super::{DeployPlan, Part, Rollback, Why};
use super::{body, file, message, of_file, of_message, under};

/// Each lack as its part and the placeholder that stands there.
fn lacks(plan: &DeployPlan) -> Vec<(Part, Option<String>)> {
    let Rollback::Missing(lacks) = plan.rollback() else { return Vec::new() };
    lacks
        .into_iter()
        .map(|lack| match lack.why {
            Why::Absent => (lack.part, None),
            Why::Placeholder(place) => {
                assert_eq!(under(&place), place.source.slice(place.span));
                (lack.part, Some(under(&place).to_owned()))
            }
        })
        .collect()
}

#[test]
fn no_plan_lacks_everything() {
    assert_eq!(
        lacks(&DeployPlan::default()),
        [(Part::Steps, None), (Part::Triggers, None), (Part::Owner, None)]
    );
    assert!(DeployPlan::default().is_empty());
}

#[test]
fn the_parts_may_come_from_three_sources() {
    let mut plan = of_file("[rollback]\nsteps = ['helm rollback web 12']\n");
    assert_eq!(lacks(&plan), [(Part::Triggers, None), (Part::Owner, None)]);
    plan.add_message(&message("web: 1.4\n\nRollback-Trigger: errors > 1 %\n"));
    assert_eq!(lacks(&plan), [(Part::Owner, None)]);
    plan.add_body(&body("## Rollback owner\nteam-web\n"));
    assert_eq!(lacks(&plan), []);
}

#[test]
fn a_placeholder_is_no_answer_and_is_pointed_at() {
    let plan =
        of_message("web: 1.4\n\nRollback-Plan: revert\nRollback-Trigger: TBD\nRollback-Owner: team-web\n");
    assert_eq!(
        lacks(&plan),
        [(Part::Steps, Some("revert".to_owned())), (Part::Triggers, Some("TBD".to_owned()))]
    );
}

#[test]
fn one_answer_beside_a_placeholder_is_enough() {
    let plan = of_file(
        "[rollback]\nsteps = ['TBD', 'helm rollback web 12']\ntriggers = 'errors > 1 %'\nowner = 'team-web'\n",
    );
    assert_eq!(lacks(&plan), []);
}

#[test]
fn the_plan_of_an_earlier_change_says_nothing() {
    let mut plan = DeployPlan::default();
    plan.note_stale_file(&file("[rollback]\nsteps = ['helm rollback web 12']\n"));
    assert!(plan.is_empty());
    assert!(plan.stale_file().is_some());
}
