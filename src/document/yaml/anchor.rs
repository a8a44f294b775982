//! Anchors and what their aliases cost.
//!
//! An alias is a copy of its anchor's node, spans included, so that everything points at where the content stands.
//! Copies are counted before they are made.

use std::collections::HashMap;

use super::FORMAT;
use super::frame::Weight;
use crate::document::{Node, ParseError, limits};
use crate::source::Span;

#[derive(Debug)]
pub(super) struct Anchors {
    /// Without a `*` in the file nothing has to be kept.
    needed: bool,
    kept: HashMap<usize, (Node, Weight)>,
    kept_nodes: usize,
    expanded_nodes: usize,
    bytes: usize,
}

impl Anchors {
    pub(super) fn new(needed: bool) -> Self {
        Self { needed, kept: HashMap::new(), kept_nodes: 0, expanded_nodes: 0, bytes: 0 }
    }

    /// Anchors end with their document; what they cost is not given back.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
    }

    pub(super) fn keep(&mut self, anchor: usize, node: &Node, weight: Weight) -> Result<(), ParseError> {
        if anchor == 0 || !self.needed {
            return Ok(());
        }
        self.kept_nodes += weight.nodes;
        self.bytes += weight.bytes;
        limits::hold(self.kept_nodes, limits::NODES, "nodes under anchors", node.span)?;
        limits::hold(self.bytes, limits::EXPANDED_BYTES, "bytes under anchors and aliases", node.span)?;
        self.kept.insert(anchor, (node.clone(), weight));
        Ok(())
    }

    /// The node an alias stands for, at a depth.
    pub(super) fn expand(
        &mut self,
        anchor: usize,
        depth: usize,
        span: Span,
    ) -> Result<(Node, Weight), ParseError> {
        let Some((node, weight)) = self.kept.get(&anchor) else {
            return Err(ParseError::Syntax {
                format: FORMAT,
                reason: "this alias stands inside the node that it repeats".to_owned(),
                span,
            });
        };
        self.expanded_nodes += weight.nodes;
        self.bytes += weight.bytes;
        limits::hold(self.expanded_nodes, limits::EXPANDED_NODES, "nodes from aliases", span)?;
        limits::hold(self.bytes, limits::EXPANDED_BYTES, "bytes under anchors and aliases", span)?;
        limits::hold(depth + weight.height, limits::DEPTH, "nested collections", span)?;
        Ok((node.clone(), *weight))
    }
}
