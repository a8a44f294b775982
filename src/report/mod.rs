//! One pure function a format: from a finished [`Report`] to text.
//!
//! In: the verdict and everything it rests on, secrets masked. Out: text. Must not be able to change the verdict.

pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outputs;
pub mod runner;
pub mod sarif;
pub mod summary;
pub mod terminal;
pub mod verdict_file;

use crate::change::Change;
use crate::engine::{Evaluation, Judged, Understanding};
use crate::gate::{Ahead, OpenEmergency, Preview};
use crate::pipeline::Pipeline;
use crate::policy::Catalogue;
use crate::source::{RepoPath, is_hidden};
use crate::verdict::Verdict;

/// One judged change: a push can hold several.
pub struct JudgedChange {
    pub change: Change,
    pub evaluation: Evaluation,
    pub verdict: Verdict,
    /// What the head's own rules would say, where the change edits them.
    pub preview: Option<Preview>,
}

/// Everything that a format may say.
pub struct Report {
    pub verdict: Verdict,
    pub changes: Vec<JudgedChange>,
    /// The reader that git was read with.
    pub reader: &'static str,
    /// The gate's clock, and whether somebody set it.
    pub at: jiff::Timestamp,
    pub simulated: bool,
    /// The CI run, where this is one.
    pub pipeline: Option<Pipeline>,
    /// The first instant at which time alone would change the verdict, where there is one.
    pub valid_until: Option<jiff::Timestamp>,
    /// Break-glass entries of earlier changes that nobody has reviewed yet.
    pub open_emergencies: Vec<OpenEmergency>,
    /// What a person should know of the run where no change was judged.
    pub notes: Vec<String>,
}

impl Report {
    pub fn new(reader: &'static str, at: jiff::Timestamp, simulated: bool) -> Self {
        Self {
            verdict: Verdict::Go,
            changes: Vec::new(),
            reader,
            at,
            simulated,
            pipeline: None,
            valid_until: None,
            open_emergencies: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a change with the verdict that was reached on it.
    pub fn add(&mut self, change: Change, evaluation: Evaluation, verdict: Verdict) {
        self.verdict = self.verdict.worst(verdict);
        self.changes.push(JudgedChange { change, evaluation, verdict, preview: None });
    }

    /// The same, with what was seen ahead.
    pub fn add_with(&mut self, change: Change, evaluation: Evaluation, verdict: Verdict, ahead: Ahead) {
        self.valid_until = [self.valid_until, ahead.valid_until].into_iter().flatten().min();
        self.add(change, evaluation, verdict);
        if let Some(judged) = self.changes.last_mut() {
            judged.preview = ahead.preview;
        }
    }

    /// Whether everything that had to be judged was.
    pub fn is_complete(&self) -> bool {
        self.verdict != Verdict::Unjudged
            && self.changes.iter().all(|judged| judged.evaluation.unjudged.is_empty())
    }
}

impl JudgedChange {
    /// The file that stands for the whole change, for formats in which everything lies in a file: what is wrong with a
    /// commit's message or a pull request's body is shown where the change is, at the first file that means something for
    /// a deployment and is still there.
    fn anchor(&self) -> Option<&RepoPath> {
        let in_scope = &self.evaluation.coverage.in_scope;
        let there = in_scope.iter().find(|file| file.understanding != Understanding::Removed);
        let file = there.or_else(|| in_scope.first()).map(|file| &file.path);
        file.or_else(|| self.change.files.first().map(|file| &file.path))
    }
}

/// What to write instead: the finding's own words, or the policy's.
fn remedy(judged: &Judged, catalogue: &Catalogue) -> Option<String> {
    let policy = || catalogue.get(&judged.policy).map(|policy| policy.remedy.clone());
    judged.finding.remedy.clone().or_else(policy)
}

/// The beginning of a text that has no bound of its own.
pub(crate) fn clipped(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// JSON that may be printed where a CI runner reads along. `##` begins a command there (`##[error]`, `##vso[…]`) wherever
/// it stands in a line; in JSON it can only be in a string, where an escape means the same. `::` counts at the beginning
/// of a line alone, and no line of JSON begins inside of a string. GitHub's runner passes over variation selectors. What
/// a terminal would obey or not show is an escape as well.
pub(crate) fn harmless_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match character {
            '#' if out.ends_with('#') => out.push_str("\\u0023"),
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => out.push_str(&halves(character)),
            _ if is_hidden(character) => out.push_str(&halves(character)),
            _ => out.push(character),
        }
    }
    out
}

/// A character as JSON escapes it: above the first plane as a pair of halves.
fn halves(character: char) -> String {
    let mut out = String::with_capacity(12);
    for half in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{half:04x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_finds_no_command_in_json_and_a_parser_finds_the_same_text() {
        for text in [
            "##[error]no",
            "####vso[x]",
            "\\##[a",
            "#",
            "a # ## b",
            "#\u{fe0f}#[a]",
            "#\u{e0101}#[a] 日本",
            "\u{9b}31m\u{202e}\u{e0041}\n\t",
        ] {
            let json = serde_json::to_string(text).unwrap();
            let harmless = harmless_json(&json);
            assert!(!harmless.contains(is_hidden), "{harmless}");
            assert!(!harmless.contains("##") && !harmless.contains(['\u{fe0f}', '\u{e0101}']), "{harmless}");
            assert_eq!(serde_json::from_str::<String>(&harmless).unwrap(), text);
        }
    }

    #[test]
    fn a_text_is_clipped_between_characters() {
        assert_eq!(clipped("straße", 5), "straß…");
        assert_eq!(clipped("straße", 6), "straße");
    }
}
