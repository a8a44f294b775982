//! Terraform: what a configuration makes, and the images that it names.
//!
//! In: the root of a `.tf` file. Out: a resource for each `resource` and `module` block, the images of containers, and the
//! addresses that are moved or let go without being destroyed.

use std::collections::BTreeMap;

use super::image::{self, Apart, User};
use super::key_path::{KeyPath, identity};
use super::{FileFacts, ImageOrigin, Recognised, Resource, ResourceId, System};
use crate::document::{Node, Style, Text, Value};
use crate::source::Span;

/// Types whose `image` is a container's and not a virtual machine's.
const RUNS_CONTAINERS: [&str; 9] = [
    "kubernetes_",
    "aws_ecs_task_definition",
    "google_cloud_run",
    "azurerm_container_",
    "azurerm_linux_web_app",
    "docker_",
    "nomad_",
    "scaleway_container",
    "digitalocean_app",
];

/// Reads a file of Terraform's.
pub(super) fn read(facts: &mut FileFacts, root: &Node) {
    facts.recognised.insert(Recognised::Terraform);
    for entry in root.entries() {
        match entry.key.value.as_str() {
            "resource" => {
                for (kind, name, body) in labelled(&entry.value) {
                    let holds = RUNS_CONTAINERS.iter().any(|known| kind.value.starts_with(known));
                    note(facts, &kind.value, name.value.as_str(), name.span, body, holds);
                }
            }
            "module" => {
                for module in entry.value.entries() {
                    note(facts, "module", &module.key.value, module.key.span, &module.value, false);
                }
            }
            "moved" | "removed" => {
                let from = entry.value.get("from").map(|node| match &node.value {
                    Value::Unknown(raw) => raw.clone(),
                    _ => String::new(),
                });
                // A removed block that destroys does what a deletion does.
                let destroys = entry.key.value == "removed"
                    && entry.value.at(&["lifecycle", "destroy"]).and_then(Node::as_bool) != Some(false);
                facts.let_go.extend(from.filter(|_| !destroys));
            }
            _ => {}
        }
    }
}

/// `{type: {name: body}}` of a block with two labels.
fn labelled(
    node: &Node,
) -> impl Iterator<Item = (&crate::source::Located<String>, &crate::source::Located<String>, &Node)> {
    node.entries()
        .iter()
        .flat_map(|kind| kind.value.entries().iter().map(|name| (&kind.key, &name.key, &name.value)))
}

fn note(facts: &mut FileFacts, kind: &str, name: &str, name_span: Span, body: &Node, holds_images: bool) {
    if holds_images {
        let owner = format!("{kind}.{name}");
        images(facts, body, &owner, &mut KeyPath::of(&[kind, name]));
    }
    facts.resources.push(Resource {
        id: ResourceId {
            system: System::Terraform,
            group: String::new(),
            kind: kind.to_owned(),
            namespace: None,
            name: name.to_owned(),
        },
        span: body.span,
        name_span,
        labels: BTreeMap::new(),
        body: body.clone(),
        templated: false,
        partial: false,
    });
}

/// Every `image` below a node; a block that has a name beside it is a container.
fn images(facts: &mut FileFacts, node: &Node, owner: &str, path: &mut KeyPath) {
    for (index, item) in node.items().iter().enumerate() {
        let mark = path.push_item(item, index);
        images(facts, item, owner, path);
        path.back(mark);
    }
    for entry in node.entries() {
        let mark = path.push_key(&entry.key.value);
        if entry.key.value == "image" && !matches!(entry.value.value, Value::Mapping(_) | Value::Unknown(_)) {
            let owner =
                identity(node).map_or_else(|| owner.to_owned(), |name| format!("{owner}, container {name}"));
            let user = User {
                owner: &owner,
                namespace: None,
                origin: ImageOrigin::Terraform,
                key_path: path.as_str(),
            };
            facts.images.extend(image::of_node(&facts.source, &entry.value, &user));
        }
        if entry.key.value == "container_definitions" {
            written_out(facts, &entry.value, owner, path);
        }
        images(facts, &entry.value, owner, path);
        path.back(mark);
    }
}

/// Container definitions as JSON in a here-document.
fn written_out(facts: &mut FileFacts, node: &Node, owner: &str, path: &KeyPath) {
    if matches!(node.value, Value::Sequence(_) | Value::Mapping(_)) {
        return;
    }
    let source = facts.source.clone();
    let text = source.slice(node.span);
    for (at, key) in text.match_indices("\"image\"").take(256) {
        let rest = text.get(at + key.len()..).unwrap_or_default();
        let Some(value) = rest.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let Some(value) =
            value.strip_prefix('"').and_then(|value| value.split_once('"')).map(|(value, _)| value)
        else {
            continue;
        };
        let start = node.span.start + at + key.len() + rest.find(value).unwrap_or(0);
        let span = Span::new(start, start + value.len());
        let text = Value::String(Text { value: value.to_owned(), style: Style::Plain });
        let user = User { owner, namespace: None, origin: ImageOrigin::Terraform, key_path: path.as_str() };
        facts.images.extend(image::of_node(&source, &Node::new(text, span), &user));
    }
}

/// Reads a file of values for variables: an image's tag among them.
pub(super) fn variables(facts: &mut FileFacts, root: &Node, file: &str) {
    facts.recognised.insert(Recognised::Terraform);
    for entry in root.entries() {
        let key = entry.key.value.as_str();
        let tag = key == "image_tag" || key.ends_with("_image_tag") || key == "container_tag";
        let whole =
            key == "container_image" || key.ends_with("_container_image") || key.ends_with("docker_image");
        let user = User { owner: file, namespace: None, origin: ImageOrigin::Terraform, key_path: key };
        if entry.value.as_str().is_none() {
            continue;
        }
        let image = if tag {
            let apart = Apart { tag: Some(&entry.value), ..Apart::default() };
            image::of_parts(&facts.source, &apart, entry.value.span, &user)
        } else if whole {
            image::of_node(&facts.source, &entry.value, &user)
        } else {
            None
        };
        facts.images.extend(image);
    }
}
