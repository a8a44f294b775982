//! The sections of a pull request's body: headings named like the trailers, with spaces, and what stands below them.
//!
//! A list item, a paragraph and a line of a code block are one value each. Comments are the template's hints to the
//! author and count as nothing.

use std::sync::Arc;

use super::trailers::{meant, unfolded};
use super::{Key, Read, Stated};
use crate::source::{SourceFile, Span};

const MOST_BYTES: usize = 64 * 1024;
const MOST_VALUES: usize = 256;

/// A heading that is no heading for Markdown, `**Rollback owner:**`: below all six levels.
const BOLD: usize = 7;

pub(super) fn read(source: &Arc<SourceFile>) -> Read {
    let mut reader = Reader {
        source,
        read: Read::default(),
        section: None,
        chapter: None,
        open: None,
        fence: None,
        comment: false,
    };
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let end = start + line.len();
        if end > MOST_BYTES {
            reader.read.cut = true;
            break;
        }
        reader.line(Span::new(start, end));
        start = end;
    }
    reader.flush();
    reader.read
}

struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    read: Read,
    /// What is being stated, and the level of the heading that began it.
    section: Option<(Key, usize)>,
    /// The level of the heading about the rollback that all others are below, down to the next of its level.
    chapter: Option<usize>,
    /// The value that the next line may go on with.
    open: Option<Open>,
    /// The marks that opened a code block.
    fence: Option<(u8, usize)>,
    comment: bool,
}

struct Open {
    text: String,
    span: Span,
    paragraph: bool,
    /// An unticked box.
    undone: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: Span) {
        if let Some((mark, count)) = self.fence {
            let own = self.source.slice(line).trim();
            if own.len() >= count && own.bytes().all(|byte| byte == mark) {
                self.fence = None;
            } else if !own.is_empty() {
                self.begin(own.to_owned(), self.visible(line), false, false);
                self.flush();
            }
            return;
        }
        let (text, span) = self.without_comments(line);
        let own = text.trim();
        let indent = text.len() - text.trim_start().len();
        if own.is_empty() {
            self.flush();
        } else if let Some(fence) = fence(own) {
            self.flush();
            self.fence = Some(fence);
        } else if let Some((level, title)) = heading(own).filter(|_| indent < 4) {
            self.flush();
            self.heading(level, title, span);
        } else if is_rule(own) {
            self.underline(own);
        } else if let Some((title, rest)) = bold_label(own) {
            self.label(title, rest, own, span);
        } else if let Some(item) = item(own) {
            self.flush();
            let narrow = self.end_of(span, item.text);
            self.begin(item.text.to_owned(), narrow, false, item.undone);
        } else if let Some(open) = self.open.as_mut().filter(|_| named(own).is_none()) {
            open.text.push('\n');
            open.text.push_str(own);
            open.span = open.span.join(span);
        } else {
            self.flush();
            self.begin(own.to_owned(), span, true, false);
        }
    }

    fn begin(&mut self, text: String, span: Span, paragraph: bool, undone: bool) {
        self.open = Some(Open { text, span, paragraph, undone });
    }

    /// Ends the value that is being read.
    fn flush(&mut self) {
        let Some(open) = self.open.take() else { return };
        let section = self.section.map(|(key, _)| key);
        let part = || labelled(&open.text, |label| part_of_rollback(section?, label));
        let own = section.map(|key| (key, open.text.as_str()));
        let Some((key, text)) = named(&open.text).or_else(part).or(own) else { return };
        if open.undone && key.acknowledges() {
            return;
        }
        let span = self.end_of(open.span, text);
        if self.read.stated.len() < MOST_VALUES {
            let value = Stated { value: unfolded(text), source: self.source.clone(), span };
            self.read.stated.push((key, value));
        } else {
            self.read.cut = true;
        }
    }

    /// The end of a span that reads like this; the whole of it where the text is not there as it is read.
    fn end_of(&self, span: Span, text: &str) -> Span {
        let narrow = Span::new(span.end.saturating_sub(text.len()).max(span.start), span.end);
        if !text.is_empty() && self.source.slice(narrow) == text { narrow } else { span }
    }

    /// A bold line that names what follows it.
    fn label(&mut self, title: &str, rest: &str, own: &str, span: Span) {
        self.flush();
        let part = self.section.and_then(|(key, _)| part_of_rollback(key, title));
        if let Some(key) = key_of(title).or(part) {
            self.section = Some((key, BOLD));
            if !rest.is_empty() {
                self.begin(rest.to_owned(), self.end_of(span, rest), true, false);
            }
        } else if self.section.is_some_and(|(_, level)| level == BOLD) {
            self.section = None;
        } else if !rest.is_empty() {
            self.begin(own.to_owned(), span, true, false);
        }
    }

    fn heading(&mut self, level: usize, title: &str, span: Span) {
        if self.chapter.is_some_and(|above| level <= above) {
            self.chapter = None;
        }
        if let Some(key) = key_of(title) {
            self.section = Some((key, level));
            if self.chapter.is_none() && is_rollback(key) {
                self.chapter = Some(level);
            }
            return;
        }
        if let Some(part) = self.chapter.and_then(|_| part_of_rollback(Key::RollbackPlan, title)) {
            self.section = Some((part, level));
            return;
        }
        if self.section.is_some_and(|(_, above)| level > above && above < BOLD) {
            return;
        }
        self.section = None;
        if let Some(key) = meant(&folded(title)) {
            let title = Stated { value: title.to_owned(), source: self.source.clone(), span };
            self.read.near_misses.push((title, key));
        }
    }

    /// A line of dashes: below a paragraph it makes that a heading, elsewhere it is a rule.
    fn underline(&mut self, own: &str) {
        let level = if own.starts_with('=') { 1 } else { 2 };
        match self
            .open
            .take_if(|open| open.paragraph && !open.text.contains('\n') && !own.contains(['*', '_']))
        {
            Some(open) => self.heading(level, &open.text, open.span),
            None => self.flush(),
        }
    }

    /// The line without what stands in comments, and where the rest begins and ends.
    fn without_comments(&mut self, line: Span) -> (String, Span) {
        let mut text = String::new();
        let mut seen: Option<Span> = None;
        let mut at = line.start;
        while at < line.end {
            let rest = self.source.slice(Span::new(at, line.end));
            let (length, shown) = if self.comment {
                let close = rest.find("-->");
                self.comment = close.is_none();
                (close.map_or(rest.len(), |close| close + 3), false)
            } else {
                let open = rest.find("<!--");
                self.comment = open.is_some();
                (open.unwrap_or(rest.len()), true)
            };
            let part = Span::new(at, at + length);
            if shown {
                let own = self.source.slice(part);
                text.push_str(own);
                if !own.trim().is_empty() {
                    let visible = self.visible(part);
                    seen = Some(seen.map_or(visible, |seen| seen.join(visible)));
                }
                // Into the mark: `<!-->` closes itself.
                at += if self.comment { length + 2 } else { length };
            } else {
                at += length;
            }
        }
        (text, seen.unwrap_or(Span::new(line.start, line.start)))
    }

    fn visible(&self, span: Span) -> Span {
        let own = self.source.slice(span);
        let start = span.start + (own.len() - own.trim_start().len());
        Span::new(start, start + own.trim().len())
    }
}

fn fence(own: &str) -> Option<(u8, usize)> {
    let mark = own.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let count = own.bytes().take_while(|byte| *byte == mark).count();
    let rest = own.get(count..)?;
    (count >= 3 && !(mark == b'`' && rest.contains('`'))).then_some((mark, count))
}

fn heading(own: &str) -> Option<(usize, &str)> {
    let level = own.bytes().take_while(|byte| *byte == b'#').count();
    let rest = own.get(level..)?;
    let spaced = rest.is_empty() || rest.starts_with([' ', '\t']);
    ((1..=6).contains(&level) && spaced).then(|| (level, rest.trim().trim_end_matches('#').trim()))
}

fn is_rule(own: &str) -> bool {
    let first = own.bytes().next().unwrap_or_default();
    matches!(first, b'-' | b'=' | b'*' | b'_')
        && own.len() >= 2
        && own.bytes().all(|byte| byte == first || byte == b' ')
}

/// `**Rollback owner:** name`, with or without what follows.
fn bold_label(own: &str) -> Option<(&str, &str)> {
    let mark = ["**", "__"].into_iter().find(|mark| own.starts_with(mark))?;
    let (title, rest) = own.get(2..)?.split_once(mark)?;
    let named =
        title.trim_end().ends_with(':') || rest.trim_start().starts_with(':') || rest.trim().is_empty();
    named.then(|| (title, rest.trim_start().trim_start_matches(':').trim()))
}

/// `Rollback owner: name`, wherever it stands.
fn named(text: &str) -> Option<(Key, &str)> {
    labelled(text, key_of)
}

fn labelled(text: &str, key: impl Fn(&str) -> Option<Key>) -> Option<(Key, &str)> {
    const LONGEST: usize = 40;
    let (label, rest) = text.split_once(':').filter(|(label, _)| label.len() <= LONGEST)?;
    let rest = rest.trim_start_matches(['*', '_', ' ', '\t']);
    key(label).filter(|_| !rest.is_empty()).map(|key| (key, rest))
}

struct Item<'a> {
    text: &'a str,
    undone: bool,
}

fn item(own: &str) -> Option<Item<'_>> {
    let numbered = || {
        let digits = own.bytes().take_while(u8::is_ascii_digit).count();
        own.get(digits..).filter(|_| (1..=9).contains(&digits))?.strip_prefix(['.', ')'])
    };
    let rest = own.strip_prefix(['-', '*', '+']).or_else(numbered)?;
    if !rest.starts_with([' ', '\t']) {
        return rest.is_empty().then_some(Item { text: "", undone: false });
    }
    let text = rest.trim();
    let ticked = ["[x]", "[X]"].into_iter().find_map(|tick| text.strip_prefix(tick));
    let unticked = text.strip_prefix("[ ]").or_else(|| text.strip_prefix("[]"));
    Some(Item { text: unticked.or(ticked).unwrap_or(text).trim(), undone: unticked.is_some() })
}

/// Lower case, and one dash for whatever stands between the words.
fn folded(title: &str) -> String {
    let words = title.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn key_of(title: &str) -> Option<Key> {
    let title = folded(title);
    let same = |name: &str| title == name || title.strip_suffix('s') == Some(name);
    let exact = Key::ALL.into_iter().find(|key| same(&key.trailer().to_lowercase()));
    exact.or(match title.as_str() {
        "rollback" | "rollback-steps" => Some(Key::RollbackPlan),
        _ => None,
    })
}

const fn is_rollback(key: Key) -> bool {
    matches!(key, Key::RollbackPlan | Key::RollbackTrigger | Key::RollbackOwner)
}

/// Headings that mean something only below one about the rollback.
fn part_of_rollback(section: Key, title: &str) -> Option<Key> {
    if !is_rollback(section) {
        return None;
    }
    match folded(title).as_str() {
        "steps" | "how" | "plan" => Some(Key::RollbackPlan),
        "trigger" | "triggers" | "when" => Some(Key::RollbackTrigger),
        "owner" | "owners" | "who" => Some(Key::RollbackOwner),
        _ => None,
    }
}
