//! `OpenShift`'s own: templates with parameters, image streams, triggers and builds.
//!
//! In: a `Template`, or an object of `OpenShift`'s groups. Out: the template's objects with its parameters' defaults put
//! in, and images that no pod spec names. Spans stay those of the text as it is written.

use std::collections::BTreeMap;

use super::image::{self, User};
use super::key_path::KeyPath;
use super::kubernetes::Manifest;
use super::leaf::{Holder, verbatim};
use super::{FileFacts, ImageOrigin, SettingKind};
use crate::document::{Gap, Node, Style, Text, Value, limits};

/// A default that is longer than this is put in nowhere.
const LONGEST_DEFAULT: usize = 4096;

/// Says whether a document is a template of `OpenShift`'s.
pub(super) fn is_template(node: &Node) -> bool {
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    text("kind") == Some("Template")
        && text("apiVersion")
            .is_some_and(|version| version == "v1" || version.starts_with("template.openshift.io/"))
        && node.get("objects").is_some()
}

/// Opens a template: each object as written, and with parameters put in. Defaults become settings of the file.
pub(super) fn open(facts: &mut FileFacts, template: Node) -> Vec<(Node, Node)> {
    let mut parameters = Parameters { defaults: BTreeMap::new(), budget: limits::EXPANDED_BYTES };
    let name = template.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
    let owner = format!("Template {name}").trim_end().to_owned();
    for parameter in template.get("parameters").map(Node::items).unwrap_or_default() {
        let Some(key) = parameter.get("name").and_then(|node| super::written::scalar(&facts.source, node))
        else {
            continue;
        };
        let value = parameter.get("value");
        if let Some(value) = value.filter(|value| !value.is_null()) {
            let mut path = KeyPath::of(&["parameters"]);
            path.push_bracket(&key.text.value);
            path.push_key("value");
            let holder = Holder { kind: SettingKind::ParameterDefault, owner: &owner, namespace: None };
            facts.add_setting(holder, key.text.clone(), value, path.as_str(), verbatim);
        }
        // An empty default is there to be filled in.
        let default =
            value.and_then(Node::scalar).filter(|text| !text.is_empty() && text.len() <= LONGEST_DEFAULT);
        parameters.defaults.insert(key.text.value, default.map(std::borrow::Cow::into_owned));
    }
    let span = template.span;
    let objects = match template.value {
        Value::Mapping(entries) => entries.into_iter().find(|entry| entry.key.value == "objects"),
        _ => None,
    };
    let Some(Value::Sequence(objects)) = objects.map(|entry| entry.value.value) else { return Vec::new() };
    let opened = objects
        .into_iter()
        .map(|written| {
            let mut resolved = written.clone();
            parameters.put_into(&mut resolved);
            (written, resolved)
        })
        .collect();
    if parameters.budget == 0 {
        let reason = "the template's parameters make more text than is looked at".to_owned();
        facts.gaps.push(Gap { span, reason });
    }
    opened
}

struct Parameters {
    /// Each parameter with its default, if that is known.
    defaults: BTreeMap<String, Option<String>>,
    /// How many bytes may still come into being.
    budget: usize,
}

/// What became of a scalar.
enum Filled {
    Untouched,
    Known {
        text: String,
        typed: bool,
    },
    /// Some parameter has no default: what is known of the text.
    Unknown(String),
}

impl Parameters {
    fn put_into(&mut self, node: &mut Node) {
        let filled = match &node.value {
            Value::String(text) => self.fill(&text.value),
            Value::Unknown(raw) => match self.fill(super::written::unquoted(raw)) {
                // Something else than parameters is in there as well.
                Filled::Known { text, .. } if text.contains("{{") => Filled::Unknown(text),
                filled => filled,
            },
            _ => Filled::Untouched,
        };
        match (&mut node.value, filled) {
            (Value::Sequence(items), _) => {
                for item in items {
                    self.put_into(item);
                }
            }
            (Value::Mapping(entries), _) => {
                for entry in entries {
                    self.put_into(&mut entry.value);
                }
            }
            (_, Filled::Untouched) => {}
            (value, Filled::Known { text, typed: true }) => *value = typed_value(text),
            (value, Filled::Known { text, typed: false }) => *value = string(text),
            (value, Filled::Unknown(text)) => *value = Value::Unknown(text),
        }
    }

    /// Puts parameters in. `${NAME}` that is no parameter is plain text, a shell's variable.
    fn fill(&mut self, text: &str) -> Filled {
        let mut out = String::new();
        let mut rest = text;
        let (mut touched, mut unknown) = (false, false);
        let whole = text.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
        let typed = whole.is_some_and(|name| self.defaults.contains_key(name.trim()));
        while let Some(at) = rest.find("${") {
            let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.push_str(before);
            let (open, close) = if tail.starts_with("${{") { ("${{", "}}") } else { ("${", "}") };
            let inner = tail.strip_prefix(open).unwrap_or_default();
            let name = inner.split_once(close).map(|(name, _)| name).filter(|name| name.len() < 256);
            let Some((name, default)) = name.and_then(|name| Some((name, self.defaults.get(name.trim())?)))
            else {
                out.push_str(open);
                rest = inner;
                continue;
            };
            let length = open.len() + name.len() + close.len();
            touched = true;
            match default {
                Some(default) if default.len() <= self.budget => {
                    self.budget -= default.len();
                    out.push_str(default);
                }
                Some(_) => {
                    self.budget = 0;
                    unknown = true;
                    out.push_str(tail.get(..length).unwrap_or_default());
                }
                None => {
                    unknown = true;
                    out.push_str(tail.get(..length).unwrap_or_default());
                }
            }
            rest = tail.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        match (touched, unknown) {
            (false, _) => Filled::Untouched,
            (true, true) => Filled::Unknown(out),
            (true, false) => Filled::Known { text: out, typed },
        }
    }
}

fn string(text: String) -> Value {
    Value::String(Text { value: text, style: Style::Plain })
}

/// `${{NAME}}` puts a value in and not a text.
fn typed_value(text: String) -> Value {
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => Value::Number(text),
        _ => string(text),
    }
}

/// Notes the images that an object takes from elsewhere than a pod spec; gives the containers that a trigger fills.
pub(super) fn images(facts: &mut FileFacts, manifest: &Manifest<'_>) -> Vec<String> {
    let Some(spec) = manifest.body.get("spec") else { return Vec::new() };
    let items = |key: &str| spec.get(key).map(Node::items).unwrap_or_default();
    let mut triggered = annotated(manifest);
    let mut found: Vec<(String, &Node, String)> = Vec::new();
    let mut streamed = manifest.id.kind == "DeploymentConfig";
    match manifest.id.kind.as_str() {
        "DeploymentConfig" => {
            for (index, trigger) in items("triggers").iter().enumerate() {
                let Some(parameters) = trigger.get("imageChangeParams") else { continue };
                let names = parameters.get("containerNames").map(Node::items).unwrap_or_default();
                let names: Vec<&str> = names.iter().filter_map(Node::as_str).collect();
                triggered.extend(names.iter().map(|&name| name.to_owned()));
                if let Some(name) = parameters.at(&["from", "name"]) {
                    let owner = match names.first() {
                        Some(container) => format!("{}, container {container}", manifest.owner),
                        None => manifest.owner.clone(),
                    };
                    found.push((owner, name, format!("spec.triggers[{index}].imageChangeParams.from.name")));
                }
            }
        }
        "ImageStream" => {
            for (index, tag) in items("tags").iter().enumerate() {
                let from = tag
                    .get("from")
                    .filter(|from| from.get("kind").and_then(Node::as_str) == Some("DockerImage"));
                if let Some(name) = from.and_then(|from| from.get("name")) {
                    let mut path = KeyPath::of(&["spec", "tags"]);
                    path.push_item(tag, index);
                    path.push_key("from");
                    path.push_key("name");
                    found.push((manifest.owner.clone(), name, path.as_str().to_owned()));
                }
            }
        }
        "BuildConfig" => {
            for strategy in ["dockerStrategy", "sourceStrategy", "customStrategy"] {
                let from = spec.at(&["strategy", strategy, "from"]);
                let kind = from.and_then(|from| from.get("kind")).and_then(Node::as_str);
                streamed |= kind.is_some_and(|kind| kind.starts_with("ImageStream"));
                if let Some(name) = from.and_then(|from| from.get("name")) {
                    found.push((manifest.owner.clone(), name, format!("spec.strategy.{strategy}.from.name")));
                }
            }
        }
        _ => {}
    }
    for (owner, node, key_path) in found {
        let user = User {
            owner: &owner,
            namespace: manifest.id.namespace.as_deref(),
            origin: if streamed { ImageOrigin::StreamTag } else { ImageOrigin::OpenShift },
            key_path: &key_path,
        };
        facts.images.extend(image::of_node(&facts.source, node, &user));
    }
    triggered
}

/// Containers that the trigger annotation fills: `spec.template.spec.containers[?(@.name=="web")].image`.
fn annotated(manifest: &Manifest<'_>) -> Vec<String> {
    let path = ["metadata", "annotations", "image.openshift.io/triggers"];
    let Some(text) = manifest.body.at(&path).and_then(Node::as_str) else { return Vec::new() };
    text.split("@.name==")
        .skip(1)
        .take(256)
        .map(|rest| rest.trim_start_matches(['\\', '"', '\'']))
        .filter_map(|rest| rest.split(['\\', '"', '\'', ')', ']']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
