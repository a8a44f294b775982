//! A collection that is still open: its children so far, and what becomes of them when it closes.

use std::collections::HashSet;

use granit_parser::StructureStyle;

use super::FORMAT;
use crate::document::template::Reading;
use crate::document::{Entry, Gap, Node, ParseError, Value, entry};
use crate::source::{Located, Span};

/// What copying a node costs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    /// Collections on the way down to the deepest leaf.
    pub(super) height: usize,
}

impl Weight {
    pub(super) const fn of(scalar: &Value) -> Self {
        let bytes = match scalar {
            Value::String(text) => text.value.len(),
            Value::Number(text) | Value::Unknown(text) => text.len(),
            _ => 0,
        };
        Self { nodes: 1, bytes, height: 0 }
    }

    pub(super) fn add(&mut self, child: Self) {
        self.nodes += child.nodes;
        self.bytes += child.bytes;
        self.height = self.height.max(child.height + 1);
    }
}

#[derive(Debug)]
enum Children {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: Option<Key>, merges: Vec<Entry> },
}

#[derive(Debug)]
struct Key {
    name: Located<String>,
    merges: bool,
}

#[derive(Debug)]
pub(super) struct Frame {
    children: Children,
    pub(super) style: StructureStyle,
    /// The parser's number of the anchor; zero for none.
    pub(super) anchor: usize,
    pub(super) start: usize,
    /// Characters before it on its line.
    pub(super) column: usize,
    /// End of the last child.
    pub(super) end: usize,
    pub(super) weight: Weight,
    /// The last child, if all of its content was put into it.
    filled: Option<Span>,
}

impl Frame {
    pub(super) const fn sequence(style: StructureStyle, anchor: usize) -> Self {
        Self::new(Children::Sequence(Vec::new()), style, anchor)
    }

    pub(super) const fn mapping(style: StructureStyle, anchor: usize) -> Self {
        let children = Children::Mapping { entries: Vec::new(), key: None, merges: Vec::new() };
        Self::new(children, style, anchor)
    }

    const fn new(children: Children, style: StructureStyle, anchor: usize) -> Self {
        let weight = Weight { nodes: 1, bytes: 0, height: 1 };
        Self { children, style, anchor, start: 0, column: 0, end: 0, weight, filled: None }
    }

    pub(super) fn is_block_sequence(&self) -> bool {
        self.style == StructureStyle::Block && matches!(self.children, Children::Sequence(_))
    }

    pub(super) const fn awaits_key(&self) -> bool {
        matches!(self.children, Children::Mapping { key: None, .. })
    }

    pub(super) const fn awaits_value(&self) -> bool {
        matches!(self.children, Children::Mapping { key: Some(_), .. })
    }

    pub(super) fn name(&mut self, name: Located<String>, merges: bool) {
        if let Children::Mapping { key, .. } = &mut self.children {
            *key = Some(Key { name, merges });
        }
    }

    pub(super) fn add(&mut self, node: Node) {
        match &mut self.children {
            Children::Sequence(items) => items.push(node),
            Children::Mapping { entries, key, merges } => {
                if let Some(key) = key.take() {
                    let entry = Entry { key: key.name, value: node };
                    if key.merges { merges.push(entry) } else { entries.push(entry) }
                }
            }
        }
    }

    /// Puts a node of unknown content into the collection, under itself as its key.
    pub(super) fn insert(&mut self, insertion: Span, reading: &Reading<'_>) {
        let text = reading.raw(insertion).to_owned();
        let node = Node::new(Value::Unknown(text.clone()), insertion);
        self.end = self.end.max(insertion.end);
        self.weight.add(Weight::of(&node.value));
        match &mut self.children {
            Children::Sequence(items) => items.push(node),
            Children::Mapping { entries, .. } => {
                entries.push(Entry { key: Located::new(text, insertion), value: node });
            }
        }
    }

    /// Gives content to the child that was added last, if it has none (not even a `null`) or only such as this.
    pub(super) fn fill_last(&mut self, insertion: Span, reading: &Reading<'_>) -> bool {
        let filled = self.filled;
        let last = match &mut self.children {
            Children::Sequence(items) => items.last_mut(),
            Children::Mapping { key: Some(_), .. } => None,
            Children::Mapping { entries, .. } => entries.last_mut().map(|entry| &mut entry.value),
        };
        let Some(last) = last else { return false };
        let span = match &last.value {
            Value::Null if last.span.is_empty() => insertion,
            Value::Unknown(_) if filled == Some(last.span) => last.span.join(insertion),
            _ => return false,
        };
        *last = Node::new(Value::Unknown(reading.raw(span).to_owned()), span);
        self.filled = Some(span);
        self.end = self.end.max(span.end);
        self.weight.add(Weight::of(&last.value));
        true
    }

    /// Closes the collection. In a template branches exclude each other, so that a key may stand twice.
    pub(super) fn finish(
        self,
        reading: &Reading<'_>,
        gaps: &mut Vec<Gap>,
    ) -> Result<(Value, Weight), ParseError> {
        let value = match self.children {
            Children::Sequence(items) => Value::Sequence(items),
            Children::Mapping { mut entries, merges, .. } => {
                if !reading.has_branches() {
                    entry::refuse_duplicates(&entries, FORMAT)?;
                    entry::refuse_duplicates(&merges, FORMAT)?;
                }
                merge(&mut entries, merges, reading.is_template(), gaps)?;
                Value::Mapping(entries)
            }
        };
        Ok((value, self.weight))
    }
}

/// Resolves `<<` as Go's yaml does: what is written wins over what is merged, an earlier mapping over a later one.
fn merge(
    entries: &mut Vec<Entry>,
    merges: Vec<Entry>,
    template: bool,
    gaps: &mut Vec<Gap>,
) -> Result<(), ParseError> {
    if merges.is_empty() {
        return Ok(());
    }
    let mut names: HashSet<String> = entries.iter().map(|entry| entry.key.value.clone()).collect();
    for Entry { key, value } in merges {
        let sources = match value.value {
            Value::Sequence(items) => items,
            _ => vec![value],
        };
        for source in sources {
            match source.value {
                Value::Mapping(inherited) => {
                    entries
                        .extend(inherited.into_iter().filter(|entry| names.insert(entry.key.value.clone())));
                }
                Value::Unknown(_) | Value::Null if template => {
                    gaps.push(unknown_merge(key.span));
                }
                Value::Unknown(_) => {
                    gaps.push(unknown_merge(key.span));
                    entries.push(Entry { key: key.clone(), value: source });
                }
                _ => {
                    return Err(ParseError::Syntax {
                        format: FORMAT,
                        reason: "only a mapping or a list of mappings can be merged".to_owned(),
                        span: key.span,
                    });
                }
            }
        }
    }
    Ok(())
}

fn unknown_merge(span: Span) -> Gap {
    Gap { span, reason: "what is merged here is not known".to_owned() }
}
