//! Where a YAML node starts and ends as a person sees it: the parser reports content without block indicators.
//!
//! Every search starts at the last token's end and stops at the next one, so that all of them together read the text
//! once.

use crate::source::Span;

#[derive(Debug)]
pub(super) struct Layout<'a> {
    text: &'a str,
}

impl<'a> Layout<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The `|` or `>` of a block scalar whose content starts at `content`.
    pub(super) fn block_header(&self, from: usize, content: usize) -> usize {
        self.indicator(from, |byte| matches!(byte, b'|' | b'>')).unwrap_or(content).min(content)
    }

    /// A block scalar from its header to the end of its last line that is not blank, without the line break.
    pub(super) fn block(&self, header: usize, content: Span) -> Span {
        let written = self.text.get(content.start..content.end).unwrap_or_default();
        let visible = written.trim_end().len();
        if visible == 0 {
            return Span::new(header, self.line_end(header));
        }
        Span::new(header, self.line_end(content.start + visible))
    }

    /// The content of a block scalar as Go's yaml has it: a last line that the file breaks off ends in no line break.
    pub(super) fn block_content<'b>(&self, block: Span, content: &'b str) -> &'b str {
        let broken_off = block.end == self.text.len() && self.line_end(block.start) < block.end;
        content.strip_suffix('\n').filter(|_| broken_off).unwrap_or(content)
    }

    /// The first dash of a sequence that is a key's value.
    pub(super) fn dash(&self, from: usize) -> Option<usize> {
        self.indicator(from, |byte| byte == b'-')
    }

    /// Where a value would stand that is not there: behind the `:` or `-` that announces it.
    pub(super) fn after_indicator(&self, from: usize) -> usize {
        self.indicator(from, |byte| matches!(byte, b':' | b'-' | b'?')).map_or(from, |at| at + 1)
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        from + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }

    /// The next wanted byte, past blanks, comments, anchors, tags and other indicators.
    fn indicator(&self, from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            let byte = *bytes.get(at)?;
            match byte {
                _ if wanted(byte) => return Some(at),
                b' ' | b'\t' | b'\n' | b'\r' | b':' | b'-' | b'?' | b',' => at += 1,
                b'#' => at = self.line_end(at),
                b'&' | b'!' => at += self.text.get(at..)?.find([' ', '\t', '\n', '\r'])?,
                _ => return None,
            }
        }
    }
}
