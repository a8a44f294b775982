//! What is wrong with a file that a person wrote for deploy-guard: config, policy, waivers, plan.

use std::sync::Arc;

use super::{Redaction, SourceFile, Span, nearest, secrets_by_look, secrets_by_name, veiled};

/// One fault at its place, with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// All faults of one file; never empty.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} is not valid", file.origin().display())]
pub struct Problems {
    pub file: Arc<SourceFile>,
    pub list: Vec<Problem>,
}

impl Problems {
    pub fn one(source: &Arc<SourceFile>, problem: Problem) -> Self {
        Self { file: source.clone(), list: vec![problem] }
    }

    /// The same faults as they may be shown: a file that is not valid is understood by its look alone, and a reader's own
    /// words may repeat what it read.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut spans = secrets_by_look(self.file.text());
        spans.extend(secrets_by_name(self.file.text()));
        let file = SourceFile::new(self.file.origin().clone(), Redaction::mask(&self.file, &spans));
        let masked = |problem: &Problem| Problem {
            span: problem.span,
            message: veiled(&problem.message).into_owned(),
            hint: problem.hint.as_deref().map(|hint| veiled(hint).into_owned()),
        };
        Self { file, list: self.list.iter().map(masked).collect() }
    }

    /// The fault that a TOML reader found, at its column, with the nearest allowed name where one was misspelt.
    pub fn of_toml(source: &Arc<SourceFile>, error: &toml::de::Error) -> Self {
        let span = error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        let message = error.message().to_owned();
        let mut problem = Problem::new(span, message.clone());
        if let Some(hint) = did_you_mean_in(&message) {
            problem = problem.hint(hint);
        }
        Self::one(source, problem)
    }
}

/// serde's "unknown field `a`, expected one of `b`, `c`" as a suggestion.
fn did_you_mean_in(message: &str) -> Option<String> {
    let (unknown, allowed) = message.split_once("expected")?;
    let written = unknown.split('`').nth(1)?;
    let allowed: Vec<&str> = allowed.split('`').skip(1).step_by(2).collect();
    nearest(written, allowed.iter().copied()).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_gets_the_nearest_name() {
        let message = "unknown field `severty`, expected one of `id`, `title`, `severity`";
        assert_eq!(did_you_mean_in(message).as_deref(), Some("did you mean `severity`?"));
    }
}
