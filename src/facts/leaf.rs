//! The scalars of a document, each with the key that it is the value of.
//!
//! In: a node. Out: [`Leaf`]s in the order of the text. Must not know what a key means, except that an item
//! `{name: A, value: b}` says what `A` is.

use super::expression::is_expression;
use super::key_path::KeyPath;
use super::written;
use super::{FileFacts, Setting, SettingKind};
use crate::document::{Gap, Node, Style, Value};
use crate::source::{Located, SourceFile};

/// More settings than a file that people wrote has.
const MOST: usize = 20_000;

/// A scalar and its key.
pub(super) struct Leaf<'a> {
    pub(super) key: Located<String>,
    pub(super) node: &'a Node,
    pub(super) path: &'a str,
}

/// Walks a document; `skip` is asked for every key with its path, and leaves out what lies below.
pub(super) struct Walk<'a> {
    pub(super) source: &'a SourceFile,
    pub(super) skip: &'a dyn Fn(&str, &KeyPath) -> bool,
}

impl Walk<'_> {
    /// Shows every leaf below a node; `key` is what the node itself is the value of.
    pub(super) fn each(
        &self,
        node: &Node,
        key: &Located<String>,
        path: &mut KeyPath,
        show: &mut dyn FnMut(Leaf<'_>),
    ) {
        match &node.value {
            Value::Mapping(entries) => {
                let named = named_value(self.source, node);
                for entry in entries {
                    // The name of a variable is what its value is for.
                    let is_name = named.is_some() && entry.key.value == "name";
                    if is_name || (self.skip)(&entry.key.value, path) {
                        continue;
                    }
                    let key = match &named {
                        Some(name) if entry.key.value == "value" => name,
                        _ => &entry.key,
                    };
                    let mark = path.push_key(&entry.key.value);
                    self.each(&entry.value, key, path, show);
                    path.back(mark);
                }
            }
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let mark = path.push_item(item, index);
                    self.each(item, key, path, show);
                    path.back(mark);
                }
            }
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Unknown(_) => {
                show(Leaf { key: key.clone(), node, path: path.as_str() });
            }
        }
    }
}

/// The name in `{name: A, value: b}`.
fn named_value(source: &SourceFile, node: &Node) -> Option<Located<String>> {
    node.get("value").or_else(|| node.get("valueFrom"))?;
    let name = node.get("name").or_else(|| node.get("key"))?;
    written::scalar(source, name).map(|scalar| scalar.text)
}

/// Who holds a setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder<'a> {
    pub(super) kind: SettingKind,
    pub(super) owner: &'a str,
    pub(super) namespace: Option<&'a str>,
}

impl FileFacts {
    /// Notes a scalar as a setting; `decode` says what its text means (`None`: nothing that can be known).
    pub(super) fn add_setting(
        &mut self,
        holder: Holder<'_>,
        key: Located<String>,
        node: &Node,
        path: &str,
        decode: fn(&str) -> Option<String>,
    ) {
        if self.settings.len() >= MOST {
            let reason = format!("more than {MOST} values in one file: the rest is not looked at");
            if self.gaps.iter().all(|gap| gap.reason != reason) {
                self.gaps.push(Gap { span: node.span, reason });
            }
            return;
        }
        let value = match node.scalar() {
            Some(text) if is_encrypted(&text) || is_expression(&text) => None,
            Some(text) => decode(&text),
            None => None,
        };
        let span = match &value {
            Some(_) => written::scalar(&self.source, node).map_or(node.span, |scalar| scalar.text.span),
            None => node.span,
        };
        let block = matches!(&node.value, Value::String(text) if text.style == Style::Block);
        self.settings.push(Setting {
            kind: holder.kind,
            owner: holder.owner.to_owned(),
            namespace: holder.namespace.map(str::to_owned),
            key,
            value,
            span,
            key_path: path.to_owned(),
            block,
        });
    }
}

/// The text as it is.
#[expect(clippy::unnecessary_wraps, reason = "one shape for every decoder")]
pub(super) fn verbatim(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What SOPS leaves of a value.
pub(super) fn is_encrypted(text: &str) -> bool {
    text.starts_with("ENC[AES256_GCM,")
}
