//! The values of a resource by the path to them, so that two versions can be told apart.

use std::collections::BTreeMap;

use super::{KeyChange, Standing};
use crate::document::{Node, Value};
use crate::source::Span;

pub(super) fn key_changes(before: &Standing, after: &Standing) -> Vec<KeyChange> {
    let (one, other) = (leaves(&before.resource.body), leaves(&after.resource.body));
    let mut paths: Vec<&String> = one.keys().chain(other.keys()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| KeyChange {
            path: path.clone(),
            before: one.get(path).cloned(),
            after: other.get(path).cloned(),
        })
        .filter(|change| {
            change.before.as_ref().map(|(value, _)| value) != change.after.as_ref().map(|(value, _)| value)
        })
        .collect()
}

/// Every scalar with the path to it. A list item goes by its name, key or id, so that a new first item moves nothing.
pub fn leaves(node: &Node) -> BTreeMap<String, (String, Span)> {
    let mut out = BTreeMap::new();
    collect(node, &mut String::new(), &mut out);
    out
}

fn collect(node: &Node, path: &mut String, out: &mut BTreeMap<String, (String, Span)>) {
    let length = path.len();
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key.value);
                collect(&entry.value, path, out);
                path.truncate(length);
            }
        }
        Value::Sequence(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push_str(&format!("[{}]", label_of(item).unwrap_or_else(|| number.to_string())));
                collect(item, path, out);
                path.truncate(length);
            }
        }
        Value::Unknown(raw) => {
            out.insert(path.clone(), (raw.clone(), node.span));
        }
        Value::Null => {
            out.insert(path.clone(), (String::new(), node.span));
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let text = node.scalar().map(std::borrow::Cow::into_owned).unwrap_or_default();
            out.insert(path.clone(), (text, node.span));
        }
    }
}

fn label_of(item: &Node) -> Option<String> {
    ["name", "key", "id"].iter().find_map(|key| item.get(key)?.scalar().map(|text| format!("{key}={text}")))
}
