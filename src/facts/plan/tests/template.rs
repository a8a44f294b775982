use super::super::{DeployPlan, ImageBefore, Key, Part, Proposal, Rollback, template};
use super::{file, values};

fn proposal() -> Proposal {
    Proposal {
        images: vec![ImageBefore {
            owner: "Deployment web, container web".into(),
            before: "registry.example.com/web:1.3".into(),
            after: "registry.example.com/web:1.4".into(),
        }],
        resources: vec!["Deployment shop/web".into()],
        commands: vec!["kubectl rollout undo deployment/web -n shop".into()],
        deletes: vec!["production/deployer-api".into()],
        moves: vec!["kafka-python 1.4.7 -> 2.0.1".into()],
    }
}

fn read(text: &str) -> DeployPlan {
    let mut plan = DeployPlan::default();
    plan.add_file(&file(text)).unwrap();
    plan
}

fn missing(plan: &DeployPlan) -> Vec<Part> {
    match plan.rollback() {
        Rollback::Adequate => Vec::new(),
        Rollback::Missing(lacks) => lacks.into_iter().map(|lack| lack.part).collect(),
    }
}

#[test]
fn the_template_fills_in_what_the_change_shows_and_leaves_the_rest_to_a_person() {
    let text = template(&proposal());
    let plan = read(&text);
    assert_eq!(missing(&plan), [Part::Triggers, Part::Owner]);
    assert_eq!(
        values(&plan, Key::RollbackPlan),
        [
            "put registry.example.com/web:1.3 back in place of registry.example.com/web:1.4 (Deployment web, \
             container web)",
            "kubectl rollout undo deployment/web -n shop"
        ]
    );
    assert!(text.contains("# touches Deployment shop/web\n"));
    assert_eq!(plan.soak().unwrap().value.length, None);
}

#[test]
fn what_the_template_finds_taken_away_is_acknowledged_by_nobody_until_somebody_does() {
    let text = template(&proposal());
    let plan = read(&text);
    assert!(plan.names_deletion("production", "deployer-api").is_none());
    assert!(plan.names_move("kafka-python").is_none());
    let agreed: Vec<String> = text
        .lines()
        .map(|line| {
            let entry =
                ["# deletes = [", "# moves = [", "#     ", "# ]"].iter().any(|own| line.starts_with(own));
            if entry {
                line.trim_start_matches("# ").trim_start_matches('#').to_owned()
            } else {
                line.to_owned()
            }
        })
        .collect();
    let plan = read(&agreed.join("\n"));
    assert!(plan.names_deletion("production", "deployer-api").is_some());
    assert!(plan.names_move("kafka-python").is_some());
}

#[test]
fn the_template_of_an_empty_proposal_is_all_holes() {
    assert_eq!(missing(&read(&template(&Proposal::default()))), [Part::Steps, Part::Triggers, Part::Owner]);
}

#[test]
fn the_template_filled_in_is_a_plan() {
    let text = template(&proposal())
        .replace("<error rate above 1 % for 5 minutes>", "error rate above 1 % for 5 minutes")
        .replace("<name>", "team-web")
        .replace("<how long, such as 2h>", "2h");
    let plan = read(&text);
    assert_eq!(missing(&plan), []);
    assert!(plan.soak().unwrap().value.length.is_some());
}

#[test]
fn names_from_the_change_cannot_break_out_of_the_template() {
    let hostile = "x\"\n[rollback]\nowner = 'me' '''\u{1b}[31m".to_owned();
    let text = template(&Proposal {
        resources: vec![hostile.clone()],
        commands: vec![hostile.clone()],
        deletes: vec![format!("production/{hostile}")],
        ..Proposal::default()
    });
    assert_eq!(missing(&read(&text)), [Part::Triggers, Part::Owner]);
    assert!(!text.contains('\u{1b}'));
}
