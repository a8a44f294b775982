//! `own-environment`: a value belongs to the environment that it is configured in.

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
        if self.allow.iter().any(|allowed| value.contains(allowed.as_str())) {
            return Ok(Outcome::Holds);
        }
        let Some(foreign) = scene.world.environments.foreign_marker(&setting.key.value, value, own) else {
            return Ok(Outcome::Holds);
        };
        // Below production only production is at stake.
        if !own.protected && !scene.world.environments.is_protected(&foreign.environment) {
            return Ok(Outcome::Holds);
        }
        let secret = setting.is_secret() || looks_secret_name(&setting.key.value);
        let before = if scene.which == Which::Head { value_before(setting, own, scene)? } else { None };
        let key = &setting.key.value;
        let what = if secret { String::new() } else { format!(" `{value}`") };
        let message = format!(
            "{}, key `{key}`: the value{what} names {} (`{}`) in {}",
            setting.owner, foreign.environment, foreign.marker, own.name
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
                let old = if secret { "the value before".to_owned() } else { format!("`{old}`") };
                finding = finding.related(place).remedy(format!(
                    "{old} named no other environment: put it back, or say in the config that `{}` belongs to {}",
                    foreign.marker, own.name
                ));
            }
            None => {
                finding = finding.remedy(format!(
                    "write the value that belongs to {}; if this one does, add it to `allow` under [policy.foreign-environment-value.check] in deploy-guard.toml",
                    own.name
                ));
                // An annotation or an argument can name another environment for many reasons; a setting can't.
                if setting.kind == SettingKind::Other {
                    finding = finding.at_most(Severity::Warn);
                }
            }
        }
        Ok(Outcome::broken(finding))
    }
}

/// The marker inside the value, where the value stands in the file as it is; else the whole value.
fn value_span(setting: &Setting, value: &str, marker: &std::ops::Range<usize>, scene: &Scene<'_>) -> Span {
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
) -> Result<Option<(Label, String)>, ReadError> {
    let world = scene.world;
    let Some(facts) = world.base.facts(scene.path)? else { return Ok(None) };
    let same = facts.settings.iter().find(|old| {
        old.owner == setting.owner && (old.key_path == setting.key_path || old.key.value == setting.key.value)
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
    Ok(Some((if secret { label.redacted() } else { label }, value.clone())))
}
