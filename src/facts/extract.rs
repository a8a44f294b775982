//! From a file to its facts: one table from names and content to what reads them.
//!
//! In: a text with its path. Out: [`FileFacts`], nothing where the file means nothing for a deployment, or the reason
//! why a file that does mean something could not be read.

use std::collections::HashSet;
use std::sync::Arc;

use super::dependencies::{self, FileKind};
use super::scope::{self, Scope, scope_of};
use super::{
    FileFacts, Recognised, SettingKind, aws, compose, dockerfile, helm, kubernetes, kustomize, settings,
    terraform,
};
use crate::document::{self, Document, Format, Gap, Node, ParseError, Value};
use crate::source::{RepoPath, SourceFile};

/// Reads everything that a file says.
///
/// `Ok(None)`: nothing that means anything for a deployment. An error is one of a file that is in scope.
pub fn extract(source: &Arc<SourceFile>) -> Result<Option<FileFacts>, ParseError> {
    let Some(path) = source.origin().path() else { return Ok(None) };
    let mut facts = FileFacts::empty(source);
    let mut failure = None;
    let declares = scope::is_env_declaration(&path.file_name().to_ascii_lowercase());
    let format = if declares { Some(Format::Dotenv) } else { document::recognise(path, source.text()) };
    match format {
        Some(Format::Dockerfile) => dockerfile::read(&mut facts),
        Some(Format::Xml | Format::Text) | None => {}
        Some(format) => match document::parse(source, format) {
            Ok(document) if format == Format::Hcl => hcl(&mut facts, path, document),
            Ok(document) if matches!(format, Format::Yaml | Format::Json) => {
                structured(&mut facts, path, document);
            }
            Ok(document) => settings::read(&mut facts, path, document),
            Err(error) if is_in_scope(path, source.text()) => failure = Some(error),
            Err(_) => {}
        },
    }
    // The one call into the dependencies: a file may be theirs and something else as well (a Dockerfile).
    if let Some(kind) = dependencies::recognise(path) {
        match dependencies::extract(kind, source) {
            Ok(extracted) => {
                // A script that installs nothing says nothing of dependencies.
                if !installs(kind) || !extracted.dependencies.is_empty() {
                    facts.recognised.insert(Recognised::Dependencies);
                }
                facts.dependencies = extracted.dependencies;
                facts.gaps.extend(extracted.gaps);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if facts.recognised.is_empty() => return Err(error),
        Some(error) => facts.gaps.push(gap_of(&error)),
        None => {}
    }
    facts.gaps.sort_by_key(|gap| (gap.span.start, gap.span.end));
    once_each(&mut facts);
    Ok((!facts.recognised.is_empty()).then_some(facts))
}

/// What an anchor brings in several times is written, and can be mended, once.
fn once_each(facts: &mut FileFacts) {
    let mut seen = HashSet::new();
    facts.settings.retain(|setting| setting.span.is_empty() || seen.insert(setting.span));
    let mut seen = HashSet::new();
    facts.images.retain(|image| seen.insert((image.span, image.reference.clone())));
}

/// Reads what is written in HCL: Terraform's files, and values for its variables.
fn hcl(facts: &mut FileFacts, path: &RepoPath, document: Document) {
    let Document { roots, gaps, .. } = document;
    let Some(root) = roots.first() else { return };
    match path.extension().as_deref() {
        Some("tf" | "tofu") => terraform::read(facts, root),
        Some("tfvars") => terraform::variables(facts, root, &path.file_name()),
        _ => return,
    }
    facts.gaps = gaps;
}

/// Files that install packages beside what they are for.
const fn installs(kind: FileKind) -> bool {
    matches!(kind, FileKind::Dockerfile | FileKind::CiWorkflow | FileKind::ShellScript)
}

/// Whether a file that can't be parsed should have been: it claims to be deploy configuration by its place or by what
/// it says, and is no script or prose under a wrong name.
fn is_in_scope(path: &RepoPath, text: &str) -> bool {
    if text.starts_with("#!") {
        return false;
    }
    let starts = |key: &str| {
        text.lines().take(10_000).any(|line| line.trim_start().trim_start_matches("- ").starts_with(key))
    };
    if starts("apiVersion:") && starts("kind:")
        || text.contains("\"apiVersion\"") && text.contains("\"kind\"")
    {
        return true;
    }
    let keyed = text.lines().take(2_000).any(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        let Some((key, rest)) = line.split_once(':') else { return false };
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | '/');
        !key.is_empty() && key.chars().all(word) && (rest.is_empty() || rest.starts_with(' '))
    });
    scope_of(path) == Scope::Deploy && keyed
}

fn gap_of(error: &ParseError) -> Gap {
    let (ParseError::Syntax { span, .. } | ParseError::Limit { span, .. }) = error;
    Gap { span: *span, reason: error.to_string() }
}

/// Reads a document of mappings and lists by what it says it is, then by its name.
fn structured(facts: &mut FileFacts, path: &RepoPath, document: Document) {
    let name = path.file_name().to_ascii_lowercase();
    let Document { mut roots, gaps, .. } = document;
    facts.gaps = gaps;
    let source = facts.source.clone();
    if roots.iter().any(|root| kubernetes::is_manifest(&source, root)) {
        roots.retain(|root| {
            let own = kustomize::is_kustomization(root);
            if own {
                kustomize::read(facts, root);
            }
            !own
        });
        kubernetes::read(facts, roots);
        return;
    }
    let file = path.file_name();
    let place = helm::Values { owner: &file, namespace: None, below: &[] };
    let Some(root) = roots.first() else {
        facts.gaps.clear();
        return;
    };
    let by_name = name.starts_with("kustomization") && (scope::is_yaml(&name) || name == "kustomization");
    if by_name && matches!(root.value, Value::Mapping(_)) || kustomize::is_kustomization(root) {
        kustomize::read(facts, root);
    } else if kustomize::is_json_patch(root) {
        kustomize::read_json_patch(facts, root);
    } else if scope::is_compose_name(&name) && root.get("services").is_some() || compose::is_compose(root) {
        compose::read(facts, root);
    } else if aws::is_task_definition(root) {
        aws::task_definition(facts, root);
    } else if aws::is_stack(root) {
        aws::stack(facts, root);
    } else if matches!(name.as_str(), "chart.yaml" | "chart.yml") {
        facts.recognised.insert(Recognised::ChartMetadata);
        helm::leaves(facts, root, place, SettingKind::Other);
    } else if scope::is_yaml(&name) && is_values(path, &name, root) {
        facts.recognised.insert(Recognised::ChartValues);
        for root in &roots {
            helm::values(facts, root, place);
        }
    } else if settings::is_environment_config(path, root) {
        facts.recognised.insert(Recognised::Configuration);
        for root in &roots {
            helm::leaves(facts, root, place, SettingKind::Other);
        }
    } else {
        // Nothing was understood, so that nothing is missing from it.
        facts.gaps.clear();
    }
}

/// Values of a chart, by their name, or by their shape in an environment's folder.
fn is_values(path: &RepoPath, name: &str, root: &Node) -> bool {
    let mapping = matches!(root.value, Value::Mapping(_));
    let shaped = root
        .get("image")
        .is_some_and(|image| image.get("repository").is_some() || image.get("tag").is_some());
    mapping && (scope::is_values_name(name) || shaped && scope_of(path) == Scope::Deploy)
}
