//! The values of a resource by the path to them, so that two versions can be told apart.
//!
//! In: two bodies. Out: [`KeyChange`]s by path. A list's item goes by its name and not by its place, so that a new first
//! item moves nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::{KeyChange, Standing};
use crate::document::{Node, Value};
use crate::facts::Resource;
use crate::facts::key_path::{KeyPath, identity};
use crate::source::Span;

/// What items are known by where they have no name, key or id.
const OTHER_IDENTITIES: [&str; 14] = [
    "alert",
    "record",
    "host",
    "mountPath",
    "path",
    "containerPort",
    "port",
    "secretName",
    "ip",
    "topicKey",
    "address",
    "kind",
    "domain",
    "cidr",
];

/// Every value that differs.
pub(super) fn key_changes(before: &Standing, after: &Standing) -> Vec<KeyChange> {
    let (one, mut other) = (leaves(&before.resource.body), leaves(&after.resource.body));
    let mut out = Vec::new();
    for (path, before) in one {
        let after = other.remove(&path);
        if after.as_ref().map(|(value, _)| value) != Some(&before.0) {
            out.push(KeyChange { path, before: Some(before), after });
        }
    }
    out.extend(other.into_iter().map(|(path, after)| KeyChange { path, before: None, after: Some(after) }));
    out.sort_by(|one, other| one.path.cmp(&other.path));
    out
}

/// Every scalar with the path to it; a collection without any is `{}` or `[]`.
pub fn leaves(node: &Node) -> BTreeMap<String, (String, Span)> {
    let mut out = BTreeMap::new();
    collect(node, &mut KeyPath::default(), &mut out);
    out
}

fn collect(node: &Node, path: &mut KeyPath, out: &mut BTreeMap<String, (String, Span)>) {
    let text: Cow<'_, str> = match &node.value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for entry in entries {
                let mark = path.push_key(&entry.key.value);
                collect(&entry.value, path, out);
                path.back(mark);
            }
            return;
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (item, label) in items.iter().zip(labels(items)) {
                let mark = path.push_bracket(&label);
                collect(item, path, out);
                path.back(mark);
            }
            return;
        }
        Value::Mapping(_) => Cow::Borrowed("{}"),
        Value::Sequence(_) => Cow::Borrowed("[]"),
        Value::Unknown(raw) => Cow::Borrowed(raw),
        Value::Null => Cow::Borrowed(""),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => node.scalar().unwrap_or_default(),
    };
    out.insert(path.as_str().to_owned(), (text.into_owned(), node.span));
}

/// The first key whose values are all there and all different: what tells items apart that nobody gave a name.
fn telling_key(items: &[Node]) -> Option<&str> {
    let keys = items.first()?.entries().iter().take(8).map(|entry| entry.key.value.as_str());
    let mut keys = keys.filter(|key| {
        let mut seen = HashSet::new();
        items.iter().all(|item| item.get(key).and_then(Node::scalar).is_some_and(|value| seen.insert(value)))
    });
    keys.next()
}

/// What each item of a list is called, no two alike.
fn labels(items: &[Node]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let telling = telling_key(items);
    let label = |(index, item): (usize, &Node)| {
        let own = match &item.value {
            Value::Mapping(_) => identity(item)
                .or_else(|| OTHER_IDENTITIES.iter().find_map(|key| item.get(key)?.scalar()))
                .or_else(|| item.get(telling?)?.scalar())
                .map(Cow::into_owned),
            // `--retention=30d` and `A=b` are known by what stands before the sign.
            _ => item.scalar().map(|text| text.split('=').next().unwrap_or_default().to_owned()),
        };
        let own = own.unwrap_or_else(|| index.to_string());
        let count = seen.entry(own.clone()).or_default();
        *count += 1;
        if *count == 1 { own } else { format!("{own}#{count}") }
    };
    items.iter().enumerate().map(label).collect()
}

/// What a resource says besides its header, with its own name taken out wherever it is repeated.
pub(super) struct Substance(BTreeMap<String, String>);

impl Substance {
    pub(super) fn of(resource: &Resource) -> Self {
        const HEADER: [&str; 4] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
        let name = resource.id.name.as_str();
        let bare = |text: &str| if name.len() > 1 { text.replace(name, "\u{0}") } else { text.to_owned() };
        let leaves = leaves(&resource.body).into_iter().filter(|(path, _)| !HEADER.contains(&path.as_str()));
        Self(leaves.map(|(path, (value, _))| (bare(&path), bare(&value))).collect())
    }

    /// Whether at least `part` of `whole` values are the same; of very few, all.
    pub(super) fn shares(&self, other: &Self, part: usize, whole: usize) -> bool {
        let most = self.0.len().max(other.0.len());
        let shared = self.0.iter().filter(|(path, value)| other.0.get(*path) == Some(value)).count();
        most > 0 && if most < 4 { shared == most } else { shared * whole >= most * part }
    }
}
