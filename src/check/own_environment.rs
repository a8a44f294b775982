//! `own-environment`: a value belongs to the environment that it is configured in.

use std::ops::Range;

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Scene, Which};
use crate::change::ReadError;
use crate::facts::environment::Environment;
use crate::facts::{Setting, SettingKind};
use crate::finding::{Finding, Label, Severity};
use crate::source::{RepoPath, Span, looks_secret_name};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnEnvironment {
    /// Values that name another environment and are meant to.
    allow: Vec<String>,
}

impl Check for OwnEnvironment {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        text.contains("value") || text.contains("data:") || text.contains("Data:")
    }

    fn setting(&self, setting: &Setting, scene: &Scene<'_>) -> Judgement {
        let (Some(own), Some(value)) = (scene.environment, &setting.value) else { return Ok(Outcome::Holds) };
        if self.allow.iter().any(|allowed| value.contains(allowed.as_str())) || is_of_an_image(setting) {
            return Ok(Outcome::Holds);
        }
        let Some(foreign) = scene.world.environments.foreign_marker(&setting.key.value, value, own) else {
            return Ok(Outcome::Holds);
        };
        // Below production only production is at stake.
        if !own.protected && !scene.world.environments.is_protected(&foreign.environment) {
            return Ok(Outcome::Holds);
        }
        let before = if scene.which == Which::Head { value_before(setting, own, scene)? } else { None };
        if before.is_none()
            && (!is_telling(setting, value, &foreign.range) || is_usual(value, &foreign.range, scene)?)
        {
            return Ok(Outcome::Holds);
        }
        let secret = setting.is_secret() || looks_secret_name(&setting.key.value);
        let key = &setting.key.value;
        let what = if secret { String::new() } else { format!(" `{}`", word_around(value, &foreign.range)) };
        // The number behind the word may be the rest of a password.
        let marker = foreign.marker.trim_end_matches(|last: char| secret && last.is_ascii_digit());
        let message = format!(
            "{}, key `{key}`: the value{what} names {} (`{marker}`) in {}",
            setting.owner, foreign.environment, own.name
        );
        let label = scene.label(
            value_span(setting, value, &foreign.range, scene),
            format!("this names {}", foreign.environment),
        );
        let label = if secret { label.redacted() } else { label };
        let mut finding =
            Finding::new(message, label, format!("{} {}", setting.owner, setting.key_path)).evidence(value);
        match before {
            Some((place, old)) => {
                let old = match old {
                    Some(old) if !secret => format!("`{old}`"),
                    _ => "the value before".to_owned(),
                };
                finding = finding.related(place).remedy(format!(
                    "{old} named no other environment: put it back, or say in the config that `{marker}` belongs to {}",
                    own.name
                ));
            }
            None => {
                finding = finding.remedy(format!(
                    "write the value that belongs to {}; if this one does, add it to `allow` under [policy.foreign-environment-value.check] in deploy-guard.toml",
                    own.name
                ));
                // An annotation, or a line of a whole file, can name another environment for many reasons.
                if setting.kind == SettingKind::Other || value.trim().contains('\n') {
                    finding = finding.at_most(Severity::Warn);
                }
            }
        }
        Ok(Outcome::broken(finding))
    }
}

/// An image is built once and promoted: which environment its tag or its registry names says nothing.
fn is_of_an_image(setting: &Setting) -> bool {
    let parts = setting.key_path.split(['.', '[', ']']);
    let image = |part: &str| part.to_ascii_lowercase().ends_with("image");
    setting.kind != SettingKind::EnvValue && {
        let mut parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let last = parts.pop().unwrap_or_default();
        image(last)
            || parts.last().is_some_and(|parent| image(parent) || *parent == "images")
            || matches!(last, "imageTag" | "imageRegistry" | "imageRepository" | "newTag" | "newName")
    }
}

/// Whether a value that was not there before says where something is, and not what something is called.
fn is_telling(setting: &Setting, value: &str, marker: &Range<usize>) -> bool {
    if setting.kind != SettingKind::Other {
        return true;
    }
    let word = word_around(value, marker);
    word.contains("://") || word.starts_with("arn:") || word.contains('@') || {
        let host = word.split(['/', ':']).next().unwrap_or_default();
        let labels: Vec<&str> = host.split('.').collect();
        let named =
            |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        labels.len() > 2 && labels.iter().all(named)
    }
}

/// Whether the file named the same place before, marker and all that follows it: one more value is no news.
fn is_usual(value: &str, marker: &Range<usize>, scene: &Scene<'_>) -> Result<bool, ReadError> {
    let word = word_around(value, marker);
    let tail = value.get(marker.start..).unwrap_or_default();
    let host = tail.split(['/', ':', '?']).next().unwrap_or_default();
    let host = host.get(..host.len().min(word.len())).unwrap_or(host);
    if scene.which == Which::Base || !host.contains('.') {
        return Ok(false);
    }
    let Some(facts) = scene.world.base.facts(scene.path)? else { return Ok(false) };
    Ok(facts.settings.iter().filter_map(|old| old.value.as_ref()).any(|old| old.contains(host)))
}

/// The word that holds the marker, cut to what fits a sentence.
fn word_around<'a>(value: &'a str, marker: &Range<usize>) -> &'a str {
    const REACH: usize = 60;
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '|' | '<' | '>')
    };
    let (head, tail) =
        (value.get(..marker.start).unwrap_or_default(), value.get(marker.end..).unwrap_or_default());
    let before: usize = head.chars().rev().take(REACH).take_while(|c| !ends(*c)).map(char::len_utf8).sum();
    let after: usize = tail.chars().take(REACH).take_while(|c| !ends(*c)).map(char::len_utf8).sum();
    value.get(marker.start - before..marker.end + after).unwrap_or_default()
}

/// The marker inside the value, where the value stands in the file as it is; else the whole value.
fn value_span(setting: &Setting, value: &str, marker: &Range<usize>, scene: &Scene<'_>) -> Span {
    let written = scene.facts.source.slice(setting.span);
    match written.find(value) {
        Some(at) if !setting.block => {
            Span::new(setting.span.start + at + marker.start, setting.span.start + at + marker.end)
        }
        _ => setting.span,
    }
}

/// The same key at base, where it named no other environment.
fn value_before(
    setting: &Setting,
    own: &Environment,
    scene: &Scene<'_>,
) -> Result<Option<(Label, Option<String>)>, ReadError> {
    let world = scene.world;
    let Some(facts) = world.base.facts(scene.path)? else { return Ok(None) };
    let store =
        |kind| matches!(kind, SettingKind::SecretData | SettingKind::SecretText | SettingKind::ConfigData);
    // An item of a list that is known by its place alone need not be the one that stood there.
    let by_place = setting
        .key_path
        .split(['[', ']'])
        .any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let same = facts.settings.iter().filter(|_| !by_place).find(|old| {
        old.owner == setting.owner
            && (old.key_path == setting.key_path
                || store(old.kind) && store(setting.kind) && old.key.value == setting.key.value)
    });
    let Some(old) = same else { return Ok(None) };
    let Some(value) = &old.value else { return Ok(None) };
    if Some(value) == setting.value.as_ref()
        || world.environments.foreign_marker(&old.key.value, value, own).is_some()
    {
        return Ok(None);
    }
    let label = Label::new(&facts.source, old.span, "what it was before");
    let secret = old.is_secret() || looks_secret_name(&old.key.value);
    let short = (!secret && value.len() <= 120 && !value.contains('\n')).then(|| value.clone());
    Ok(Some((if secret { label.redacted() } else { label }, short)))
}
