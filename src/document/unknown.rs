//! What a template's expressions leave unknown, in formats whose parser does not know of them.

use super::template::Reading;
use super::{Content, Gap, Node, Value};

/// Makes every scalar that an expression touches unknown, and gives every such key its raw text.
pub(super) fn settle(content: &mut Content, reading: &Reading<'_>) {
    if reading.is_template() {
        for root in &mut content.roots {
            settle_node(root, reading, &mut content.gaps);
        }
    }
}

/// Recurses as deep as documents may be.
fn settle_node(node: &mut Node, reading: &Reading<'_>, gaps: &mut Vec<Gap>) {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| settle_node(item, reading, gaps)),
        Value::Mapping(entries) => {
            for entry in entries {
                if let Some(span) = reading.touched(entry.key.span) {
                    reading.raw(span).clone_into(&mut entry.key.value);
                    entry.key.span = span;
                    gaps.push(Gap { span, reason: "this key is a template expression".to_owned() });
                }
                settle_node(&mut entry.value, reading, gaps);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Unknown(_) => {
            if let Some(span) = reading.touched(node.span) {
                *node = Node::new(Value::Unknown(reading.raw(span).to_owned()), span);
            }
        }
    }
}
