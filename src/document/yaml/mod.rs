//! YAML streams to nodes.
//!
//! In: a text, with template expressions masked. Out: one root a document, aliases expanded and merge keys resolved.
//! The grammar is the parser crate's; the tree, its limits and its spans are ours. Nothing here recurses.

mod anchor;
mod frame;
mod insertion;
mod layout;
mod scalar;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Range, StructureStyle, Tag};

use super::template::Reading;
use super::{Content, Gap, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};
use anchor::Anchors;
use frame::{Frame, Weight};
use layout::Layout;

const FORMAT: &str = "YAML";

/// Reads a whole stream; a document that fails fails the stream.
pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    limits::hold_text(reading.text(), FORMAT)?;
    let skipped = if reading.text().starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = reading.text().get(skipped..).unwrap_or_default();
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: limits::DEPTH,
        block_nesting_limit: limits::DEPTH,
    };
    let mut builder = Builder::new(reading, skipped);
    builder.gaps.extend(reading.gaps());
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, range) = next.map_err(|error| refusal(&error, reading.text(), skipped))?;
        builder.accept(event, &range)?;
    }
    Ok(Content { roots: builder.roots, gaps: builder.gaps })
}

fn refusal(error: &ScanError, text: &str, skipped: usize) -> ParseError {
    use granit_parser::ErrorKind;
    let start = (error.marker().byte_offset().unwrap_or(0) + skipped).min(text.len());
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(start, start + width);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            ParseError::Limit { what: "nested collections", limit: limits::DEPTH, span }
        }
        kind => ParseError::Syntax { format: FORMAT, reason: kind.to_string(), span },
    }
}

/// A node on its way into the tree.
struct Built {
    node: Node,
    weight: Weight,
    /// It is a plain `<<`: a merge key where a key is due.
    merges: bool,
    /// Where it is used, which for an alias is not where its content stands.
    place: Span,
}

struct Builder<'a> {
    reading: &'a Reading<'a>,
    layout: Layout<'a>,
    /// Added to the parser's offsets: the length of a byte order mark.
    skipped: usize,
    /// End of the last token that belongs to a node.
    cursor: usize,
    stack: Vec<Frame>,
    anchors: Anchors,
    documents: usize,
    nodes: usize,
    /// How many of the template's insertions have found their collection.
    inserted: usize,
    roots: Vec<Node>,
    gaps: Vec<Gap>,
}

impl<'a> Builder<'a> {
    fn new(reading: &'a Reading<'a>, skipped: usize) -> Self {
        Self {
            reading,
            layout: Layout::new(reading.text()),
            skipped,
            cursor: skipped,
            stack: Vec::new(),
            anchors: Anchors::new(reading.text().contains('*')),
            documents: 0,
            nodes: 0,
            inserted: 0,
            roots: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn span(&self, range: &Range) -> Span {
        let start = range.start.byte_offset().unwrap_or(0) + self.skipped;
        let end = range.end.byte_offset().unwrap_or(0) + self.skipped;
        Span::new(start, end.max(start))
    }

    fn accept(&mut self, event: Event<'_>, range: &Range) -> Result<(), ParseError> {
        let span = self.span(range);
        if self.reading.is_template() {
            self.settle(&event, span);
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                limits::hold(self.documents, limits::DOCUMENTS, "documents in one file", span)?;
                self.anchors.forget();
                self.cursor = span.end;
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Scalar(value, style, anchor, tag) => {
                self.count(anchor, span)?;
                limits::hold(value.len(), limits::SCALAR_BYTES, "bytes of one scalar", span)?;
                let tag = tag.as_deref().zip(range.tag_span().map(|range| self.span(&range)));
                let built = self.scalar(&value, style, tag, span);
                self.keep(anchor, &built)?;
                self.attach(built);
                Ok(())
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(Frame::sequence(style, anchor), range.start.col(), span)
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(Frame::mapping(style, anchor), range.start.col(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => Ok(()),
        }
    }

    fn count(&mut self, anchor: usize, span: Span) -> Result<(), ParseError> {
        self.nodes += 1;
        limits::hold(self.nodes, limits::NODES, "nodes of one file", span)?;
        limits::hold(anchor, limits::ANCHORS, "anchors of one file", span)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, tag: Option<(&Tag, Span)>, range: Span) -> Built {
        let (span, value) = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let start = self.layout.block_header(self.cursor, range.start);
                let span = self.layout.block(start, range);
                (span, self.layout.block_content(span, value))
            }
            // The parser writes a value that is not there as `~`.
            ScalarStyle::Plain if range.is_empty() => {
                let at = tag.map_or_else(|| self.layout.after_indicator(self.cursor), |(_, tag)| tag.end);
                (Span::new(at, at), "")
            }
            _ => (range, value),
        };
        let touched = self.reading.touched(span);
        let span = touched.unwrap_or(span);
        self.pass_insertions(span);
        self.cursor = span.end.max(self.cursor);
        let written = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
            _ => Style::Quoted,
        };
        let core = tag.and_then(|(tag, _)| tag.suffix_in_namespace("tag:yaml.org,2002:"));
        let merges = style == ScalarStyle::Plain
            && value == "<<"
            && (tag.is_none() || core.as_deref() == Some("merge"));
        let string = || Value::String(Text { value: value.to_owned(), style: written });
        let (value, span) = match (tag, core) {
            _ if touched.is_some() => (Value::Unknown(self.reading.raw(span).to_owned()), span),
            (None, _) if written == Style::Plain => (scalar::resolve_plain(value), span),
            (None, _) => (string(), span),
            (Some(_), Some(suffix)) => (scalar::resolve_tagged(&suffix, value, written), span),
            (Some((tag, _)), None) if tag.parts() == ("!", "") || tag.parts() == ("", "!") => {
                (string(), span)
            }
            (Some((_, tag)), None) => {
                let span = tag.join(span);
                (Value::Unknown(self.reading.raw(span).to_owned()), span)
            }
        };
        Built { weight: Weight::of(&value), node: Node::new(value, span), merges, place: span }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ParseError> {
        let (node, weight) = self.anchors.expand(anchor, self.stack.len(), span)?;
        self.nodes += weight.nodes;
        limits::hold(self.nodes, limits::NODES, "nodes of one file", span)?;
        self.cursor = span.end;
        self.attach(Built { node, weight, merges: false, place: span });
        Ok(())
    }

    fn keep(&mut self, anchor: usize, built: &Built) -> Result<(), ParseError> {
        self.anchors.keep(anchor, &built.node, built.weight)
    }

    fn open(&mut self, mut frame: Frame, column: usize, range: Span) -> Result<(), ParseError> {
        self.count(frame.anchor, range)?;
        limits::hold(self.stack.len() + 1, limits::DEPTH, "nested collections", range)?;
        let opens_value = self.stack.last().is_none_or(|outer| !outer.awaits_key());
        frame.start = range.start;
        frame.column = column;
        if frame.is_block_sequence()
            && let Some(mapping) = self.stack.last().filter(|outer| outer.awaits_value())
            && let Some(dash) = self.layout.dash(self.cursor).filter(|dash| *dash < range.start)
        {
            // A sequence that is not indented under its key: the parser gives its first item's place.
            frame.start = dash;
            frame.column = mapping.column;
        }
        self.cursor = match frame.style {
            StructureStyle::Flow => range.end,
            StructureStyle::Block => frame.start,
        };
        if self.reading.is_template() {
            self.insert_before(&mut frame, opens_value);
        }
        self.stack.push(frame);
        Ok(())
    }

    fn close(&mut self, range: Span) -> Result<(), ParseError> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let end = match frame.style {
            StructureStyle::Flow => range.end,
            StructureStyle::Block => frame.end.max(frame.start),
        };
        self.cursor = end.max(self.cursor);
        let (anchor, span) = (frame.anchor, Span::new(frame.start, end));
        let (value, weight) = frame.finish(self.reading, &mut self.gaps)?;
        let built = Built { node: Node::new(value, span), weight, merges: false, place: span };
        self.keep(anchor, &built)?;
        self.attach(built);
        Ok(())
    }

    fn attach(&mut self, built: Built) {
        let Some(frame) = self.stack.last_mut() else {
            self.roots.push(built.node);
            return;
        };
        frame.end = frame.end.max(built.place.end);
        if frame.awaits_key() {
            if built.node.is_unknown() && self.reading.is_template() {
                let reason = "this key is a template expression".to_owned();
                self.gaps.push(Gap { span: built.place, reason });
            }
            let name = key_text(built.node, self.reading);
            frame.weight.add(Weight { bytes: name.len(), ..built.weight });
            frame.name(Located::new(name, built.place), built.merges);
        } else {
            frame.weight.add(built.weight);
            frame.add(built.node);
        }
    }
}

/// What a key is called: a scalar's text, and what is no scalar as it is written.
fn key_text(node: Node, reading: &Reading<'_>) -> String {
    match node.value {
        Value::String(text) => text.value,
        Value::Number(text) | Value::Unknown(text) => text,
        Value::Null | Value::Bool(_) | Value::Sequence(_) | Value::Mapping(_) => {
            reading.raw(node.span).to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
