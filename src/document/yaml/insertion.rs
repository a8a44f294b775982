//! Lines of a template that become other lines, put into the collection that they extend.
//!
//! An insertion becomes an entry or item of unknown content, so that whoever reads the collection sees that it is not
//! complete. Which collection that is, the column of the text says that it gives.

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::Builder;
use super::frame::Frame;
use crate::document::template::{Insertion, Reading};
use crate::source::Span;

impl Builder<'_> {
    /// Places the insertions that stand before an event.
    pub(super) fn settle(&mut self, event: &Event<'_>, span: Span) {
        // An empty scalar has no place of its own to compare with.
        if matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..)) && span.is_empty() {
            return;
        }
        let opens_block = matches!(
            event,
            Event::SequenceStart(StructureStyle::Block, ..) | Event::MappingStart(StructureStyle::Block, ..)
        );
        let closes = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        while let Some(insertion) = self.next_insertion(span.start) {
            let Some(frame) = self.stack.last_mut() else {
                if opens_block {
                    return;
                }
                self.inserted += 1;
                continue;
            };
            // What opens next may be deep enough.
            if opens_block && !frame.awaits_key() {
                return;
            }
            if closes && frame.style == StructureStyle::Block && insertion.column < frame.column {
                return;
            }
            insert(frame, insertion, self.reading);
            self.inserted += 1;
        }
    }

    /// Places the insertions that stand before a collection: inside of it if they are deep enough.
    pub(super) fn insert_before(&mut self, frame: &mut Frame, opens_value: bool) {
        while let Some(insertion) = self.next_insertion(frame.start) {
            if opens_value && insertion.column >= frame.column {
                frame.insert(insertion.span, self.reading);
            } else if let Some(outer) = self.stack.last_mut() {
                outer.insert(insertion.span, self.reading);
            }
            self.inserted += 1;
        }
    }

    /// Leaves out the insertions inside of a scalar, which they have made unknown.
    pub(super) fn pass_insertions(&mut self, scalar: Span) {
        while self.next_insertion(scalar.end).is_some_and(|insertion| insertion.span.start >= scalar.start) {
            self.inserted += 1;
        }
    }

    fn next_insertion(&self, before: usize) -> Option<Insertion> {
        self.reading.insertion(self.inserted).filter(|insertion| insertion.span.start < before)
    }
}

/// Puts an insertion into a frame: as the content of its last child if that has none yet.
fn insert(frame: &mut Frame, insertion: Insertion, reading: &Reading<'_>) {
    if insertion.column <= frame.column || !frame.fill_last(insertion.span, reading) {
        frame.insert(insertion.span, reading);
    }
}
