use super::super::{Key, Rollback};
use super::{of_body, under, values};

const BODY: &str = "\
The new login.

## Rollback plan

1. `kubectl rollout undo deployment/web -n shop`
2. wait for the pods,
   then check the login
- [ ] tell support

## 🔄 Rollback Triggers:
error rate above 1 %
for 5 minutes

## Rollback owner
<!-- who can be reached -->
team-web <!-- not the author -->

## Soak
2h

## Testing
ran them
";

#[test]
fn sections_are_read_until_the_next_heading() {
    let plan = of_body(BODY);
    assert_eq!(
        values(&plan, Key::RollbackPlan),
        [
            "`kubectl rollout undo deployment/web -n shop`",
            "wait for the pods, then check the login",
            "tell support"
        ]
    );
    assert_eq!(values(&plan, Key::RollbackTrigger), ["error rate above 1 % for 5 minutes"]);
    assert_eq!(values(&plan, Key::RollbackOwner), ["team-web"]);
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
    assert!(matches!(plan.rollback(), Rollback::Adequate));
    let places: Vec<&str> = [Key::RollbackPlan, Key::RollbackTrigger, Key::RollbackOwner, Key::Soak]
        .into_iter()
        .flat_map(|key| plan.values(key))
        .map(under)
        .collect();
    assert_eq!(
        places,
        [
            "`kubectl rollout undo deployment/web -n shop`",
            "wait for the pods,\n   then check the login",
            "tell support",
            "error rate above 1 %\nfor 5 minutes",
            "team-web",
            "2h",
        ]
    );
}

#[test]
fn a_comment_counts_as_nothing_wherever_it_ends() {
    for text in [
        "## Rollback plan\n<!-- kubectl rollout undo -->\n",
        "## Rollback plan\n<!--\nkubectl rollout undo\n\n## Soak\n2h\n-->\n",
        "## Rollback plan\n<!-- never closed\n\nkubectl rollout undo\n",
        "<!-- ## Rollback plan\n-->\nkubectl rollout undo\n",
    ] {
        assert!(of_body(text).is_empty(), "{text}");
    }
    let plan = of_body("## Rollback plan\n<!-->\nhelm <!-- x -->rollback web 12 <!-- y\nz --> now\n");
    let value = plan.values(Key::RollbackPlan).next().unwrap();
    assert_eq!(value.value, "helm rollback web 12 now");
    assert_eq!(under(value), "helm <!-- x -->rollback web 12 <!-- y\nz --> now");
}

#[test]
fn a_code_block_gives_a_step_for_each_line() {
    let plan = of_body(
        "## Rollback plan\n```sh\n# back to 1.3\nhelm rollback web 12\n<!-- shown -->\n```\n## Soak\n2h\n",
    );
    assert_eq!(values(&plan, Key::RollbackPlan), ["# back to 1.3", "helm rollback web 12", "<!-- shown -->"]);
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
}

#[test]
fn a_heading_may_be_underlined_or_bold() {
    let plan = of_body("Rollback plan\n---\nhelm rollback web 12\n\nSoak\n====\n2h\n");
    assert_eq!(values(&plan, Key::RollbackPlan), ["helm rollback web 12"]);
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
    let plan = of_body(
        "**Rollback plan:**\n- helm rollback web 12\n**Rollback owner**: team-web\n**Rollback trigger:**\n\n**Testing:** ran \
         them\nall\n\n__Soak__\n2h\n",
    );
    assert_eq!(values(&plan, Key::RollbackPlan), ["helm rollback web 12"]);
    assert_eq!(values(&plan, Key::RollbackOwner), ["team-web"]);
    assert_eq!(
        values(&plan, Key::RollbackTrigger),
        Vec::<String>::new(),
        "what follows has a label of its own"
    );
    assert_eq!(values(&plan, Key::Soak), ["2h"]);
    let owner = plan.values(Key::RollbackOwner).next().unwrap();
    assert_eq!(under(owner), "team-web");
}

#[test]
fn one_section_about_the_rollback_may_hold_all_of_it() {
    for text in [
        "## Rollback\n### Steps\n- helm rollback web 12\n### Triggers\n- errors > 1 %\n### Who\nteam-web\n## Other\nx\n",
        "## Rollback plan\n- helm rollback web 12\n- **Trigger:** errors > 1 %\n- Owner: team-web\n",
        "## Rollback plan\n**Steps:**\n1. helm rollback web 12\n\n**When:** errors > 1 %\n\n**Owner:** team-web\n",
    ] {
        let plan = of_body(text);
        let found = [Key::RollbackPlan, Key::RollbackTrigger, Key::RollbackOwner].map(|key| {
            let found: Vec<_> =
                plan.values(key).map(|value| (value.value.clone(), under(value).to_owned())).collect();
            found
        });
        let both = |text: &str| vec![(text.to_owned(), text.to_owned())];
        assert_eq!(found, [both("helm rollback web 12"), both("errors > 1 %"), both("team-web")], "{text}");
    }
}

#[test]
fn a_value_may_stand_behind_its_name_anywhere() {
    let plan = of_body(
        "## Risks\n- low\n- **Rollback plan:** helm rollback web 12\n- Rollback owner: team-web\n\nRollback trigger: errors \
         > 1 %\nSoak: 2h\nplain words\n- [ ] Notified: partners\n- Rollback steps:\n",
    );
    for (key, text) in [
        (Key::RollbackPlan, "helm rollback web 12"),
        (Key::RollbackOwner, "team-web"),
        (Key::RollbackTrigger, "errors > 1 %"),
        (Key::Soak, "2h\nplain words"),
    ] {
        let found: Vec<&str> = plan.values(key).map(under).collect();
        assert_eq!(found, [text]);
    }
    assert_eq!(plan.notified().count(), 0);
}

#[test]
fn an_announcement_is_no_step() {
    let plan = of_body("## Rollback plan\nIf something goes wrong:\n");
    assert!(
        matches!(plan.rollback(), Rollback::Missing(lacks) if lacks[0].part == super::super::Part::Steps)
    );
}

#[test]
fn a_deeper_heading_without_a_name_of_ours_stays_inside() {
    let plan =
        of_body("# Rollback plan\n## For the database\npsql shop -f down.sql\n# Soak\n2h\n## Notes\n3h\n");
    assert_eq!(values(&plan, Key::RollbackPlan), ["psql shop -f down.sql"]);
    assert_eq!(values(&plan, Key::Soak), ["2h", "3h"]);
}

#[test]
fn an_unticked_box_acknowledges_nothing() {
    let plan =
        of_body("## Deletes\n- [ ] production/web\n- [x] production/api\n## Notified\n- [ ] partners\n");
    assert!(plan.names_deletion("production", "web").is_none());
    let found = plan.names_deletion("production", "api").unwrap();
    assert_eq!(found.source.slice(found.span), "production/api");
    assert_eq!(plan.notified().count(), 0);
}

#[test]
fn an_empty_template_holds_placeholders_and_no_plan() {
    let plan =
        of_body("## Rollback plan\n<!-- steps -->\n- \n\n## Rollback trigger\nN/A\n## Rollback owner\n@\n");
    assert!(matches!(plan.rollback(), Rollback::Missing(lacks) if lacks.len() == 2), "{:?}", plan.rollback());
    assert_eq!(under(plan.values(Key::RollbackPlan).next().unwrap()), "-");
}

/// What `init --github` and `init --gitlab` write.
const TEMPLATE: &str = include_str!("../../../../docs/examples/pull_request_template.md");

#[test]
fn the_template_left_as_it_is_says_nothing() {
    let plan = of_body(TEMPLATE);
    assert!(plan.is_empty(), "{plan:?}");
    assert!(plan.near_misses().is_empty() && plan.emergencies().is_empty());
    assert!(matches!(plan.rollback(), Rollback::Missing(lacks) if lacks.len() == 3));
}

#[test]
fn the_template_filled_in_is_a_whole_plan() {
    // As a person fills it in: the hint gives way to its own example, and the emergency leaves its comment.
    let (everyday, emergency) = TEMPLATE.split_once("<!--\nIn an emergency").unwrap();
    let emergency = emergency.split_once('\n').unwrap().1;
    let mut filled = String::new();
    for line in everyday.lines() {
        let hint = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->"));
        filled.push_str(hint.map_or(line, |hint| hint.split_once(": ").map_or(hint, |(_, example)| example)));
        filled.push('\n');
    }
    filled.push_str(
        &emergency.replace("-->", "").replace("And in the pull request that looks back on one:", ""),
    );
    let plan = of_body(&filled);
    assert!(matches!(plan.rollback(), Rollback::Adequate), "{:?}", plan.rollback());
    for key in Key::ALL {
        let stated = values(&plan, key);
        assert_eq!(stated.len(), 1, "{key:?}: {stated:?}");
        assert!(!super::super::is_placeholder(&stated[0]), "{key:?}: {stated:?}");
    }
    assert!(plan.soak().is_some_and(|soak| soak.value.length.is_some()));
    assert!(plan.names_deletion("production", "old-worker").is_some());
    assert!(plan.names_move("kafka-python").is_some_and(|stated| stated.value.covers("1.4.7", "2.0.1")));
    assert_eq!(plan.emergencies()[0].policy.value, "release-outside-window");
}

#[test]
fn a_misspelt_heading_is_recognised() {
    let plan = of_body("## Rolback plan\nhelm rollback web 12\n");
    let (name, key) = &plan.near_misses()[0];
    assert_eq!((under(name), *key), ("## Rolback plan", Key::RollbackPlan));
    assert!(plan.is_empty());
}

#[test]
fn a_long_body_is_cut_and_noted() {
    let plan = of_body(&format!("## Rollback plan\n{}", "- a step\n".repeat(300)));
    assert_eq!((plan.values(Key::RollbackPlan).count(), plan.cut().len()), (256, 1));
    let plan = of_body(&format!("{}\n## Soak\n2h\n", "word ".repeat(20_000)));
    assert_eq!((plan.values(Key::Soak).count(), plan.cut().len()), (0, 1));
}

#[test]
fn carriage_returns_are_no_part_of_a_value() {
    let plan = of_body("## Rollback plan\r\n- helm rollback web 12\r\n\r\n## Soak\r\n2h\r\n");
    assert_eq!(values(&plan, Key::RollbackPlan), ["helm rollback web 12"]);
    assert_eq!(under(plan.values(Key::Soak).next().unwrap()), "2h");
}

proptest::proptest! {
    #[test]
    fn no_body_and_no_message_makes_the_readers_panic(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "## Rollback plan\n", "**Owner:** ", "<!--", "-->", "- ", "[ ] ", "```", "\n", "\r\n", "--- ", "x", "ü", "`",
                "Rollback-Plan: a", "# ", "  ", "Signed-off-by: ", "Soak: ", ",", "===\n", "Conflicts:\n", "\t", ":", "1. ",
            ]),
            0..40,
        ),
    ) {
        let text = parts.concat();
        for plan in [of_body(&text), super::of_message(&text)] {
            for key in Key::ALL {
                for value in plan.values(key) {
                    let inside = value.source.text().get(value.span.start..value.span.end);
                    proptest::prop_assert!(inside.is_some(), "{:?}", value);
                }
            }
            let _ = (plan.rollback(), plan.soak(), plan.deletions(), plan.moves());
        }
    }
}
