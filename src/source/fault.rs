//! What is wrong with a file that a person wrote for this program.

use super::Span;

/// One mistake at one place. Readers of configuration collect all of them before they give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub span: Span,
    /// One phrase, lower case, no full stop.
    pub message: String,
    /// What to write instead, in the imperative.
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
