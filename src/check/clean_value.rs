//! `clean-value`: a value holds what was meant and nothing around it.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene};
use crate::facts::{Setting, SettingKind};
use crate::finding::Finding;
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CleanValue {
    /// Ends of keys that hold option lists, where a blank at either end does no harm.
    option_lists: Vec<String>,
    /// Endings of keys that name a file, whose last line ends in a line break.
    file_names: Vec<String>,
}

/// What is around the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stray {
    LineBreak,
    LeadingLineBreak,
    LeadingBlank,
    TrailingBlank,
}

impl Stray {
    const fn says(self) -> &'static str {
        match self {
            Self::LineBreak => "ends in a line break",
            Self::LeadingLineBreak => "begins with a line break",
            Self::LeadingBlank => "begins with a blank",
            Self::TrailingBlank => "ends in a blank",
        }
    }
}

impl Check for CleanValue {
    fn could_concern(&self, path: &RepoPath, text: &str) -> bool {
        text.contains("kind: Secret") || text.contains("secretGenerator") || path.file_name().contains(".env")
    }

    fn setting(&self, setting: &Setting, scene: &Scene<'_>) -> Judgement {
        let Some(value) = &setting.value else { return Ok(Outcome::Holds) };
        if !self.concerns(setting, scene.path) || self.is_file(&setting.key.value, value) {
            return Ok(Outcome::Holds);
        }
        let Some(stray) = Self::stray(setting, value) else { return Ok(Outcome::Holds) };
        let key = &setting.key.value;
        let message = format!("{}, key `{key}`: the value {}", setting.owner, stray.says());
        let remedy = match (setting.kind, stray) {
            (SettingKind::SecretData, _) => {
                "encode the bare value: `printf %s \"$VALUE\" | base64` (echo adds a line break, printf does not)"
            }
            (_, Stray::LineBreak) if setting.block => {
                "write `|-` in place of `|`: it drops the last line break"
            }
            _ => "write the value alone; where a blank is meant, say so in a waiver",
        };
        let label = scene.label(setting.span, format!("this value {}", stray.says())).redacted();
        let subject = format!("{} {}", setting.owner, setting.key_path);
        Ok(Outcome::broken(Finding::new(message, label, subject).evidence(value).remedy(remedy)))
    }
}

impl CleanValue {
    /// Whether a stray blank in this value reaches a program as part of it.
    fn concerns(&self, setting: &Setting, path: &RepoPath) -> bool {
        let key = &setting.key.value;
        match setting.kind {
            SettingKind::SecretData | SettingKind::SecretText | SettingKind::GeneratorLiteral => true,
            SettingKind::EnvValue | SettingKind::ParameterDefault => !self.is_option_list(key),
            // A ConfigMap's key that is written like a variable becomes one.
            SettingKind::ConfigData => is_variable_name(key) && !self.is_option_list(key),
            SettingKind::Line => is_env_file(path) && !self.is_option_list(key),
            SettingKind::ChartValue | SettingKind::Other => false,
        }
    }

    fn is_option_list(&self, key: &str) -> bool {
        let key = key.to_ascii_uppercase();
        self.option_lists.iter().any(|ending| key.ends_with(ending.as_str()))
    }

    /// A whole file kept as one value: its last line ends in a line break, as lines do.
    fn is_file(&self, key: &str, value: &str) -> bool {
        const STARTS: [&str; 6] = ["-----BEGIN", "#!", "ssh-", "ecdsa-", "---", "//"];
        let lower = key.to_ascii_lowercase();
        let body = value.trim();
        body.contains('\n')
            || body.starts_with(['{', '[', '<'])
            || STARTS.iter().any(|start| body.starts_with(start))
            || is_entry(body)
            || self.file_names.iter().any(|ending| lower.ends_with(ending.as_str()))
    }

    fn stray(setting: &Setting, value: &str) -> Option<Stray> {
        let body = value.trim();
        if body.is_empty() {
            // A blank alone is a separator that somebody chose.
            return None;
        }
        let several_words = body.contains(char::is_whitespace);
        if value.ends_with(['\n', '\r']) {
            return Some(Stray::LineBreak);
        }
        if value.starts_with(['\n', '\r']) {
            return Some(Stray::LeadingLineBreak);
        }
        // A sentence or a list of options may have blanks at its ends; a secret may not.
        if !setting.is_secret() && several_words {
            return None;
        }
        if value.starts_with(char::is_whitespace) {
            return Some(Stray::LeadingBlank);
        }
        value.ends_with(char::is_whitespace).then_some(Stray::TrailingBlank)
    }
}

/// A line of a file that is made of such lines: `user:$apr1$…` for basic authentication, `key: value`, `a = b`.
fn is_entry(body: &str) -> bool {
    let Some((name, rest)) = body.split_once([':', '=']) else { return false };
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    word(name.trim_end())
        && (rest.starts_with(' ')
            || ["$apr1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "{SHA}", "{SSHA}"]
                .iter()
                .any(|hash| rest.starts_with(hash)))
}

fn is_env_file(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    name.starts_with(".env") || name.contains(".env.") || path.extension().as_deref() == Some("env")
}

fn is_variable_name(key: &str) -> bool {
    key.contains(|character: char| character.is_ascii_uppercase())
        && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
