//! What runs on AWS: ECS task definitions, and `CloudFormation` templates with their resources.
//!
//! In: the root of a JSON or YAML document. Out: resources by their logical ids, and the images of containers. Intrinsic
//! functions (`!Ref`, `Fn::Sub`) stay what they are: unknown.

use std::collections::BTreeMap;

use super::image::{self, User};
use super::key_path::{KeyPath, identity};
use super::{FileFacts, ImageOrigin, Recognised, Resource, ResourceId, System};
use crate::document::{Node, Value};

/// A task definition as `aws ecs register-task-definition` takes it.
pub(super) fn is_task_definition(root: &Node) -> bool {
    root.get("containerDefinitions").is_some_and(|list| {
        list.items().iter().any(|item| item.get("image").is_some() && item.get("name").is_some())
    })
}

pub(super) fn is_stack(root: &Node) -> bool {
    root.get("AWSTemplateFormatVersion").is_some()
        || resources(root).any(|(_, kind, _)| kind.starts_with("AWS::"))
}

fn resources(root: &Node) -> impl Iterator<Item = (&crate::document::Entry, &str, &Node)> {
    root.get("Resources").map(Node::entries).unwrap_or_default().iter().filter_map(|entry| {
        let kind = entry.value.get("Type")?.as_str()?;
        Some((entry, kind, &entry.value))
    })
}

/// Reads a task definition.
pub(super) fn task_definition(facts: &mut FileFacts, root: &Node) {
    facts.recognised.insert(Recognised::TaskDefinition);
    let family = root.get("family").and_then(Node::scalar).unwrap_or_default();
    let owner = format!("task {family}").trim_end().to_owned();
    containers(
        facts,
        root.get("containerDefinitions"),
        "image",
        &owner,
        &mut KeyPath::of(&["containerDefinitions"]),
    );
}

/// Reads a template of `CloudFormation`'s.
pub(super) fn stack(facts: &mut FileFacts, root: &Node) {
    facts.recognised.insert(Recognised::Stack);
    for (entry, kind, node) in resources(root) {
        let owner = format!("{kind} {}", entry.key.value);
        if kind == "AWS::ECS::TaskDefinition" {
            let mut path = KeyPath::of(&["Resources", &entry.key.value, "ContainerDefinitions"]);
            containers(facts, node.at(&["Properties", "ContainerDefinitions"]), "Image", &owner, &mut path);
        }
        facts.resources.push(Resource {
            id: ResourceId {
                system: System::CloudFormation,
                group: String::new(),
                kind: kind.to_owned(),
                namespace: None,
                name: entry.key.value.clone(),
            },
            span: node.span,
            name_span: entry.key.span,
            labels: BTreeMap::new(),
            body: node.clone(),
            templated: false,
            partial: false,
        });
    }
}

fn containers(facts: &mut FileFacts, list: Option<&Node>, key: &str, owner: &str, path: &mut KeyPath) {
    for (index, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
        let Some(node) = item.get(key).filter(|node| !matches!(node.value, Value::Mapping(_))) else {
            continue;
        };
        let name = item.get("Name").and_then(Node::scalar).or_else(|| identity(item));
        let owner = name.map_or_else(|| owner.to_owned(), |name| format!("{owner}, container {name}"));
        let mark = path.push_item(item, index);
        path.push_key(key);
        let user = User { owner: &owner, namespace: None, origin: ImageOrigin::Ecs, key_path: path.as_str() };
        facts.images.extend(image::of_node(&facts.source, node, &user));
        path.back(mark);
    }
}
