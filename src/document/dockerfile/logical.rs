//! A Dockerfile's line with the lines that continue it, and the way back to where each part is written.

use crate::source::Span;

/// Continued lines joined: continuations, comment lines and empty lines between them left out.
#[derive(Debug, Clone)]
pub(super) struct Logical {
    text: String,
    /// Where each piece of the text starts, in it and as written.
    pieces: Vec<(usize, usize)>,
}

/// The character that continues a line, from the parser directive `# escape=` at the top.
pub(super) fn escape(text: &str) -> char {
    for line in text.trim_start_matches('\u{feff}').lines() {
        let Some((name, value)) =
            line.trim().strip_prefix('#').and_then(|directive| directive.split_once('='))
        else {
            break;
        };
        if name.trim().eq_ignore_ascii_case("escape") {
            return if value.trim() == "`" { '`' } else { '\\' };
        }
    }
    '\\'
}

impl Logical {
    /// Reads from a line's start on: what stands there, `None` for a comment or nothing, and where the next line
    /// starts.
    pub(super) fn read(written: &str, from: usize, escape: char) -> Option<(Option<Self>, usize)> {
        let mut line = Self { text: String::new(), pieces: Vec::new() };
        let mut at = from;
        let mut began = false;
        while let Some(rest) = written.get(at..).filter(|rest| !rest.is_empty()) {
            let raw = rest.split_inclusive('\n').next().unwrap_or_default();
            let start = at;
            at += raw.len();
            let trimmed = raw.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                // Between continued lines as good as not there.
                if began {
                    continue;
                }
                return Some((None, at));
            }
            let content = raw.trim_end();
            // Two of them are one that is meant.
            let continued = content.strip_suffix(escape).filter(|content| !content.ends_with(escape));
            let content = continued.unwrap_or(content);
            let lead = if began { 0 } else { content.len() - content.trim_start().len() };
            line.pieces.push((line.text.len(), start + lead));
            line.text.push_str(content.get(lead..).unwrap_or_default());
            began = true;
            if continued.is_none() {
                break;
            }
        }
        if at == from { None } else { Some((began.then_some(line), at)) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The written place of a part of the text.
    pub(super) fn raw(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| {
            let piece = self.pieces.partition_point(|(from, _)| *from <= at).saturating_sub(1);
            self.pieces.get(piece).map_or(0, |(from, raw)| raw + at.saturating_sub(*from))
        };
        let first = place(start);
        // The last byte's place, so that a part that ends with its line does not reach into the next one.
        Span::new(first, if end > start { place(end - 1) + 1 } else { first })
    }

    /// Without the blanks at its end.
    pub(super) fn span(&self) -> Span {
        self.raw(0, self.text.trim_end().len())
    }

    /// The text from a place on, as a line of its own.
    pub(super) fn tail(&self, from: usize) -> Self {
        let text = self.text.get(from..).unwrap_or_default().to_owned();
        let first = (0, self.raw(from, from).start);
        let later = self.pieces.iter().filter(|(at, _)| *at > from).map(|(at, raw)| (at - from, *raw));
        Self { text, pieces: std::iter::once(first).chain(later).collect() }
    }
}
