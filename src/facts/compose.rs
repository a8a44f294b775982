//! Compose files: services with image, environment and what they lean on.
//!
//! In: the root of a compose file. Out: a resource, a workload, an image and settings a service. Variables with a
//! default are resolved for images, and left as they are written in values.

use std::collections::BTreeMap;

use super::image::{self, User};
use super::key_path::KeyPath;
use super::leaf::{Holder, verbatim};
use super::written::{scalar, span_within};
use super::{
    Container, EnvVar, FileFacts, ImageOrigin, Recognised, Resource, ResourceId, Setting, SettingKind,
    System, Workload,
};
use crate::document::{Entry, Node, Style, Text, Value};
use crate::source::{Located, SourceFile};

/// Says whether a document is a compose file by its content: services, each with an image or a build.
pub(super) fn is_compose(node: &Node) -> bool {
    let services = node.get("services").map(Node::entries).unwrap_or_default();
    !services.is_empty()
        && node.get("apiVersion").is_none()
        && services
            .iter()
            .all(|service| service.value.get("image").is_some() || service.value.get("build").is_some())
}

/// Reads a compose file.
pub(super) fn read(facts: &mut FileFacts, root: &Node) {
    facts.recognised.insert(Recognised::Compose);
    for entry in root.get("services").map(Node::entries).unwrap_or_default() {
        if matches!(entry.value.value, Value::Mapping(_)) {
            service(facts, entry);
        }
    }
}

fn service(facts: &mut FileFacts, entry: &Entry) {
    let source = facts.source.clone();
    let body = &entry.value;
    let name = &entry.key;
    let owner = format!("service {}", name.value);
    let id = ResourceId {
        system: System::Compose,
        group: String::new(),
        kind: "service".to_owned(),
        namespace: None,
        name: name.value.clone(),
    };
    let mut path = KeyPath::of(&["services", &name.value]);
    let builds = body.get("build").is_some();
    if let Some(node) = body.get("image") {
        let mark = path.push_key("image");
        let user =
            User { owner: &owner, namespace: None, origin: ImageOrigin::Compose, key_path: path.as_str() };
        if let Some(mut image) = image::of_node(&source, &with_defaults(node), &user) {
            // The name is given to what is built here; nothing is pulled by it.
            image.unknown |= builds;
            facts.images.push(image);
        }
        path.back(mark);
    }
    let environment = environment(facts, body, &owner, &mut path);
    let env_files = env_files(&source, body);
    facts.workloads.push(Workload {
        id: id.clone(),
        span: body.span,
        containers: vec![Container {
            name: name.value.clone(),
            span: body.span,
            init: false,
            env: environment,
            env_from: Vec::new(),
            open: !env_files.is_empty() || body.get("extends").is_some(),
            env_files,
        }],
        volume_references: Vec::new(),
        key_references: Vec::new(),
    });
    others(facts, body, &owner, &mut path);
    let labels = body.get("labels").map(|labels| pairs(&source, labels)).unwrap_or_default();
    let labels: BTreeMap<String, String> =
        labels.into_iter().filter_map(|pair| Some((pair.key.value, pair.value?))).collect();
    facts.resources.push(Resource {
        id,
        span: body.span,
        name_span: name.span,
        labels,
        partial: body.get("image").is_none() && !builds && body.get("extends").is_none(),
        body: body.clone(),
        templated: false,
    });
}

/// One variable, however it is written.
struct Pair {
    key: Located<String>,
    /// `None`: the variable is taken from whoever starts the service, or can't be known.
    value: Option<String>,
    span: crate::source::Span,
    given: bool,
    block: bool,
}

/// `[A=b, C]` or `{A: b, C: null}`.
fn pairs(source: &SourceFile, node: &Node) -> Vec<Pair> {
    let of_mapping = node.entries().iter().map(|entry| Pair {
        key: entry.key.clone(),
        value: entry.value.scalar().map(std::borrow::Cow::into_owned),
        span: scalar(source, &entry.value).map_or(entry.value.span, |scalar| scalar.text.span),
        given: !entry.value.is_null(),
        block: matches!(&entry.value.value, Value::String(text) if text.style == Style::Block),
    });
    let of_list = node.items().iter().filter_map(|item| {
        let written = scalar(source, item)?;
        let text = &written.text.value;
        let at = text.find('=');
        let place = |range: std::ops::Range<usize>| span_within(source, item, text, range);
        Some(Pair {
            key: Located::new(
                text.get(..at.unwrap_or(text.len()))?.to_owned(),
                place(0..at.unwrap_or(text.len())),
            ),
            value: at.filter(|_| !item.is_unknown()).and_then(|at| Some(text.get(at + 1..)?.to_owned())),
            span: at.map_or(written.text.span, |at| place(at + 1..text.len())),
            given: at.is_some(),
            block: false,
        })
    });
    of_mapping.chain(of_list).collect()
}

fn environment(facts: &mut FileFacts, body: &Node, owner: &str, path: &mut KeyPath) -> Vec<EnvVar> {
    let Some(node) = body.get("environment") else { return Vec::new() };
    let source = facts.source.clone();
    let mut out = Vec::new();
    for pair in pairs(&source, node) {
        if pair.given {
            let mark = path.push_key("environment");
            path.push_key(&pair.key.value);
            facts.settings.push(Setting {
                kind: SettingKind::EnvValue,
                owner: owner.to_owned(),
                namespace: None,
                key: pair.key.clone(),
                value: pair.value.filter(|value| !value.starts_with("${") || value.contains([':', '-'])),
                span: pair.span,
                key_path: path.as_str().to_owned(),
                block: pair.block,
            });
            path.back(mark);
        }
        out.push(EnvVar { name: pair.key, reference: None });
    }
    out
}

/// The other values of a service that someone chose.
fn others(facts: &mut FileFacts, body: &Node, owner: &str, path: &mut KeyPath) {
    let holder = Holder { kind: SettingKind::Other, owner, namespace: None };
    let source = facts.source.clone();
    let skip = |key: &str, _: &KeyPath| {
        matches!(key, "image" | "environment" | "build" | "depends_on" | "env_file" | "volumes" | "profiles")
    };
    let walk = super::leaf::Walk { source: &source, skip: &skip };
    let nothing = Located::new(String::new(), body.span);
    walk.each(body, &nothing, path, &mut |leaf| {
        facts.add_setting(holder, leaf.key, leaf.node, leaf.path, verbatim);
    });
}

/// `env_file: a`, `[a, b]`, `[{path: a}]`.
fn env_files(source: &SourceFile, body: &Node) -> Vec<Located<String>> {
    let Some(node) = body.get("env_file") else { return Vec::new() };
    let one = |node: &Node| Some(scalar(source, node.get("path").unwrap_or(node))?.text);
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}

/// The same node with `${NAME:-default}` replaced by the default.
fn with_defaults(node: &Node) -> Node {
    let Some(text) = node.as_str() else { return node.clone() };
    let mut out = String::new();
    let mut from = 0;
    let mut touched = false;
    for range in super::expression::ranges(text) {
        out.push_str(text.get(from..range.start).unwrap_or_default());
        let expression = text.get(range.clone()).unwrap_or_default();
        match default_of(expression) {
            Some(default) => {
                touched = true;
                out.push_str(default);
            }
            None => out.push_str(expression),
        }
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    if !touched {
        return node.clone();
    }
    Node::new(Value::String(Text { value: out, style: Style::Plain }), node.span)
}

/// `b` of `${A:-b}` and `${A-b}`.
fn default_of(expression: &str) -> Option<&str> {
    let inner = expression.strip_prefix("${")?.strip_suffix('}')?;
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let rest = inner.get(end..)?;
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'))?;
    (!default.is_empty() && !default.contains('$')).then_some(default)
}
