//! Locks that are lists of TOML tables: `[[package]]`, then one key a line.
//!
//! In: the text of a lock, which its tool always writes in the same layout. Out: each table's keys as pieces. Read line
//! by line, because a lock is too large to be built into a tree for two keys of each table.

use super::Extracted;
use super::piece::Piece;
use crate::source::Span;

/// One table of the list.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) span: Span,
    keys: Vec<(&'a str, &'a str, Piece<'a>)>,
}

impl<'a> Table<'a> {
    /// The value as written of a key in the table itself (`""`) or in one below it (`source`).
    pub(super) fn raw(&self, below: &str, key: &str) -> Option<Piece<'a>> {
        self.keys.iter().find(|(table, name, _)| *table == below && *name == key).map(|(_, _, value)| *value)
    }

    /// The content of a string.
    pub(super) fn string(&self, below: &str, key: &str) -> Option<Piece<'a>> {
        self.raw(below, key).and_then(Piece::unquoted)
    }

    pub(super) fn text(&self, below: &str, key: &str) -> &'a str {
        self.string(below, key).map_or("", Piece::text)
    }
}

/// The tables named `list`, in order. A merge conflict that was left in the file is a gap.
pub(super) fn tables<'a>(text: Piece<'a>, list: &str, out: &mut Extracted) -> Vec<Table<'a>> {
    let header = format!("[[{list}]]");
    let below = format!("[{list}.");
    let mut tables: Vec<Table<'a>> = Vec::new();
    // Which table the lines belong to: `None` outside of the list.
    let mut inside: Option<&str> = None;
    for line in text.lines() {
        let content = line.trim_end();
        out.note_conflict(content);
        if content.text().starts_with('[') {
            let sub = content.text().strip_prefix(&below).and_then(|rest| rest.strip_suffix(']'));
            inside = if content.text() == header {
                tables.push(Table { span: content.span(), keys: Vec::new() });
                Some("")
            } else {
                sub.filter(|_| !tables.is_empty())
            };
        } else if let (Some(table), Some(sub)) = (tables.last_mut(), inside) {
            if !content.is_empty() {
                table.span = table.span.join(content.span());
            }
            // Items of an array that goes over several lines are indented.
            if let Some((key, value)) = content.split_once("=").filter(|(key, _)| key.indent() == 0) {
                table.keys.push((sub, key.trim().text(), value.trim()));
            }
        }
    }
    tables
}
