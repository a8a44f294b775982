use super::{facts, image_at, images};
use crate::facts::{ImageOrigin, Recognised, System};

#[test]
fn a_task_definition_names_its_containers() {
    let text = r#"{"family": "web", "containerDefinitions": [{"name": "web", "image": "a/web:latest"}, {"name": "side", "image": "${SIDE}"}]}"#;
    let facts = facts("ecs/web.json", text);
    assert!(facts.recognised.contains(&Recognised::TaskDefinition));
    assert_eq!(images(&facts)[0], ("task web, container web".to_owned(), "a/web:latest".to_owned()));
    assert_eq!((image_at(&facts, &facts.images[0]), facts.images[0].origin), ("latest", ImageOrigin::Ecs));
    assert!(facts.images[1].unknown);
    assert!(facts.resources.is_empty());
}

#[test]
fn a_stack_has_resources_and_leaves_functions_unknown() {
    let text = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        - Name: a\n          Image: !Ref Image\n        - Name: b\n          Image: !Sub 'x/b:${Tag}'\n        - Name: c\n          Image:\n            Fn::Sub: x/c:${Tag}\n        - Name: d\n          Image: x/d\n  Db:\n    Type: AWS::RDS::DBInstance\n";
    let facts = facts("cloudformation/prod.yaml", text);
    assert!(facts.recognised.contains(&Recognised::Stack));
    assert_eq!(images(&facts), [("AWS::ECS::TaskDefinition Task, container d".to_owned(), "x/d".to_owned())]);
    let db = &facts.resources[1];
    assert_eq!((db.id.kind.as_str(), db.id.name.as_str()), ("AWS::RDS::DBInstance", "Db"));
    assert_eq!((db.id.system, facts.source.slice(db.name_span)), (System::CloudFormation, "Db"));
}
