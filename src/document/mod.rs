//! One file parsed into nodes, each with its byte span: the format is known, the meaning is not.
//!
//! In: a [`SourceFile`]. Out: a [`Document`] or the reason why there is none. Format crates stop here. Must not know
//! what a resource, an image or a dependency is.

mod dockerfile;
mod dotenv;
mod entry;
mod hcl;
mod ini;
mod json;
pub mod limits;
mod properties;
mod recognise;
pub mod table;
mod template;
mod toml;
mod unknown;
mod xml;
mod yaml;

#[cfg(test)]
mod any_input;
#[cfg(test)]
mod hostile;

use std::sync::Arc;

pub use recognise::recognise;
use template::{Reading, Syntax};

use crate::source::{Located, SourceFile, Span};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    Yaml,
    Json,
    Toml,
    Dotenv,
    Properties,
    Ini,
    Dockerfile,
    Xml,
    /// Terraform and its kin.
    Hcl,
    /// Text that only a reader of its own understands (requirements.txt, Gemfile.lock, build.gradle …).
    Text,
}

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    pub source: Arc<SourceFile>,
    pub format: Format,
    /// One root per document of a stream; formats that have no streams give one.
    pub roots: Vec<Node>,
    /// What was not understood although the rest was, in the order of the file: a template's line that becomes other
    /// lines, a key that is an expression, a line that is no setting.
    pub gaps: Vec<Gap>,
}

/// A part of a document that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub span: Span,
    pub reason: String,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    /// The value as written, quotes and block indicator included.
    pub span: Span,
}

/// What a node says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// As written: `1_000`, `0x1f` and 30 digits survive.
    Number(String),
    /// A string whose content is fully known.
    String(Text),
    /// A scalar that holds a template expression or has a tag of its own, or whatever an expression will put here: its
    /// raw text, expressions included. Unknown, not wrong.
    Unknown(String),
    /// An item that a template puts in stands among the others, unknown.
    Sequence(Vec<Node>),
    /// Entries that a template puts in stand as one, unknown, under the expression as its key. A key stands twice only
    /// in a template (in branches) and in formats whose readers take the last.
    Mapping(Vec<Entry>),
}

/// A string and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    /// A YAML block scalar (`|`, `>`).
    Block,
}

/// A key with its value, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Located<String>,
    pub value: Node,
}

impl Node {
    pub const fn new(value: Value, span: Span) -> Self {
        Self { value, span }
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.value == key)
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Follows keys from mapping to mapping.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The content of a fully known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(&text.value),
            _ => None,
        }
    }

    /// Any known scalar as the text it was written with; `None` for null, unknown and collections.
    pub fn scalar(&self) -> Option<std::borrow::Cow<'_, str>> {
        match &self.value {
            Value::String(text) => Some(std::borrow::Cow::Borrowed(&text.value)),
            Value::Number(number) => Some(std::borrow::Cow::Borrowed(number)),
            Value::Bool(value) => Some(std::borrow::Cow::Borrowed(if *value { "true" } else { "false" })),
            Value::Null | Value::Unknown(_) | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    pub const fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub const fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown(_))
    }

    pub const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}

/// Parses one file.
pub fn parse(source: &Arc<SourceFile>, format: Format) -> Result<Document, ParseError> {
    let syntax = match format {
        Format::Yaml => Syntax::Yaml,
        Format::Json | Format::Toml => Syntax::Quoted,
        _ => Syntax::Plain,
    };
    limits::hold(source.text().len(), limits::BYTES, "bytes of a file", Span::new(0, 0))?;
    let reading = Reading::of(source.text(), syntax);
    let content = match read(&reading, format) {
        Err(error @ ParseError::Syntax { .. }) if reading.is_template() => reading
            .of_first_branches(syntax)
            .and_then(|reading| read(&reading, format).ok())
            .ok_or_else(|| error.of_template())?,
        result => result?,
    };
    let Content { roots, mut gaps } = content;
    gaps.sort_by_key(|gap| gap.span);
    Ok(Document { source: Arc::clone(source), format, roots, gaps })
}

/// What a file consists of.
#[derive(Debug, Default)]
struct Content {
    roots: Vec<Node>,
    gaps: Vec<Gap>,
}

/// Only holds the text to its limits.
fn text(reading: &Reading<'_>) -> Result<Content, ParseError> {
    limits::hold_text(reading.text(), "text")?;
    Ok(Content::default())
}

fn read(reading: &Reading<'_>, format: Format) -> Result<Content, ParseError> {
    let mut content = match format {
        Format::Yaml => return yaml::parse(reading),
        Format::Json => json::parse(reading)?,
        Format::Toml => toml::parse(reading)?,
        Format::Dotenv => dotenv::parse(reading)?,
        Format::Properties => properties::parse(reading)?,
        Format::Ini => ini::parse(reading)?,
        Format::Hcl => hcl::parse(reading)?,
        Format::Dockerfile => dockerfile::parse(reading)?,
        Format::Xml => xml::parse(reading)?,
        Format::Text => text(reading)?,
    };
    unknown::settle(&mut content, reading);
    Ok(content)
}

/// Why a file has no document. Never a pass: the engine makes it [`Unjudged`](crate::engine) where a policy needed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The author's: the file breaks its format's grammar.
    #[error("not valid {format}: {reason}")]
    Syntax { format: &'static str, reason: String, span: Span },
    /// The author's, or an attacker's: a bound was hit before the file was understood.
    #[error("over a limit: {what} (at most {limit})")]
    Limit { what: &'static str, limit: usize, span: Span },
}

impl ParseError {
    /// Says that the text was read with its expressions masked, so that the reason may lie in what they hide.
    fn of_template(self) -> Self {
        match self {
            Self::Syntax { format, reason, span } => Self::Syntax {
                format,
                reason: format!("{reason} (a template, read without its expressions)"),
                span,
            },
            limit @ Self::Limit { .. } => limit,
        }
    }
}
