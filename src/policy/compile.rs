//! Raw policy in, valid policy out; every problem is collected before it stops.

use std::sync::Arc;

use toml::Spanned;

use super::raw::{RawEnvironments, RawPolicy, RawSelect};
use super::{EnvironmentScope, Example, Policy, Select, incident};
use crate::finding::Severity;
use crate::source::{PathPattern, Problem, Problems, SourceFile, Span};

/// The parameters of a policy's check as the file states them.
pub(super) fn parameters(text: &str) -> toml::Table {
    let table: toml::Table = toml::from_str(head_of(text)).unwrap_or_default();
    let check = table.get("check").and_then(toml::Value::as_table);
    let body = check.and_then(|kinds| kinds.values().next()).and_then(toml::Value::as_table);
    body.cloned().unwrap_or_default()
}

/// The part of a policy file above its examples; the offsets are those of the whole file.
fn head_of(text: &str) -> &str {
    let end = if text.starts_with("[[example]]") {
        0
    } else {
        text.find("\n[[example]]").map_or(text.len(), |at| at + 1)
    };
    text.get(..end).unwrap_or(text)
}

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

/// Compiles everything but the examples, which only tests and `explain` read.
pub(super) fn compile(source: &Arc<SourceFile>, subject: &str, built_in: bool) -> Result<Policy, Problems> {
    let raw: RawPolicy =
        toml::from_str(head_of(source.text())).map_err(|error| Problems::of_toml(source, &error))?;
    let mut problems = Vec::new();
    let id = raw.id.get_ref().clone();
    let kebab = !id.is_empty()
        && id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    if !kebab {
        problems.push(
            Problem::new(span_of(&raw.id), format!("`{id}` is no policy id"))
                .hint("lower-case words joined by hyphens, named after the bad thing: `floating-image-tag`"),
        );
    }
    for text in [&raw.title, &raw.explanation, &raw.remedy] {
        if text.get_ref().trim().is_empty() {
            problems.push(
                Problem::new(span_of(text), "must not be empty")
                    .hint("whoever is refused reads this: say what goes wrong and what to write instead"),
            );
        }
    }
    let incident_span = span_of(&raw.incident);
    let incidents = raw.incident.into_inner().into_list();
    for id in &incidents {
        if built_in && incident(id).is_none() {
            problems.push(Problem::new(
                incident_span,
                format!("there is no incident `{id}` in policies/incidents/"),
            ));
        }
    }
    let select = compile_select(&raw.select, &mut problems);
    if let Err(problem) = raw.check.validate() {
        let at = source.text().find("[check.").map_or_else(Span::default, |at| Span::new(at, at + 7));
        problems.push(Problem::new(at, problem));
    }
    if !problems.is_empty() {
        return Err(Problems { file: source.clone(), list: problems });
    }
    Ok(Policy {
        id,
        subject: subject.to_owned(),
        title: raw.title.into_inner(),
        severity: raw.severity,
        elsewhere: raw.elsewhere.unwrap_or(Severity::Off),
        stage: raw.stage,
        since: raw.since.into_inner(),
        incidents,
        lesson: raw.lesson.map(|lesson| lesson.into_inner().trim().to_owned()),
        explanation: raw.explanation.into_inner().trim().to_owned(),
        remedy: raw.remedy.into_inner().trim().to_owned(),
        select,
        check: Arc::new(raw.check),
        laid_over: toml::Table::new(),
        source: source.clone(),
        built_in,
    })
}

fn compile_select(raw: &RawSelect, problems: &mut Vec<Problem>) -> Select {
    let environments = match &raw.environments {
        None => EnvironmentScope::All,
        Some(spanned) => match spanned.get_ref() {
            RawEnvironments::Word(word) if word == "all" => EnvironmentScope::All,
            RawEnvironments::Word(word) if word == "protected" => EnvironmentScope::Protected,
            RawEnvironments::Word(word) => {
                problems.push(
                    Problem::new(span_of(spanned), format!("`{word}` selects no environments"))
                        .hint("write \"protected\", \"all\", or a list of names: [\"production\"]"),
                );
                EnvironmentScope::All
            }
            RawEnvironments::Names(names) => EnvironmentScope::Named(names.clone()),
        },
    };
    let mut patterns = |raw: Option<&Vec<Spanned<String>>>| -> Vec<PathPattern> {
        let mut compiled = Vec::new();
        for pattern in raw.into_iter().flatten() {
            match PathPattern::compile(pattern.get_ref()) {
                Ok(pattern) => compiled.push(pattern),
                Err(error) => problems.push(Problem::new(span_of(pattern), error.to_string())),
            }
        }
        compiled
    };
    let paths = patterns(raw.paths.as_ref());
    let exclude = patterns(raw.exclude.as_ref());
    Select { environments, paths, exclude }
}

/// The examples of a policy file.
pub(super) fn examples(source: &Arc<SourceFile>) -> Result<Vec<Example>, Problems> {
    let raw: RawPolicy = toml::from_str(source.text()).map_err(|error| Problems::of_toml(source, &error))?;
    Ok(raw
        .example
        .into_iter()
        .map(|spanned| {
            let span = span_of(&spanned);
            let raw = spanned.into_inner();
            Example {
                expect: raw.expect,
                why: raw.why,
                line: raw.line,
                file: raw.file,
                message: raw.message,
                body: raw.body,
                at: raw.at,
                before: raw.before,
                after: raw.after,
                earlier: raw.earlier,
                span,
            }
        })
        .collect())
}
