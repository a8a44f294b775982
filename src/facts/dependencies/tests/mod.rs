//! Whole files of every kind, read as a caller reads them.
//!
//! Each statement is shown on one line: `line name pin @version-text (role scope)`, the texts taken from under the
//! spans, so that a span that is off by one is a wrong text.

mod commands;
mod dotnet;
mod elixir;
mod go;
mod gradle;
mod hostile;
mod maven;
mod node;
mod node_json;
mod php;
mod python;
mod python_lock;
mod python_toml;
mod ruby;
mod rust;

use super::*;
use crate::source::{Origin, RepoPath};

/// What a file of this name and text states, one line each.
fn stated(path: &str, text: &str) -> Vec<String> {
    let extracted = extracted(path, text);
    assert!(extracted.gaps.is_empty(), "gaps in {path}: {:?}", extracted.gaps);
    shown(text, &extracted)
}

/// The reasons and texts of a file's gaps.
fn gaps(path: &str, text: &str) -> Vec<String> {
    extracted(path, text)
        .gaps
        .iter()
        .map(|gap| format!("{}: {}", under(text, gap.span), gap.reason))
        .collect()
}

fn extracted(path: &str, text: &str) -> Extracted {
    let path = RepoPath::from(path);
    let kind = recognise(&path).unwrap_or_else(|| panic!("{path} is not recognised"));
    let source = SourceFile::new(Origin::File(path), text.to_owned());
    extract(kind, &source).unwrap()
}

fn shown(text: &str, extracted: &Extracted) -> Vec<String> {
    extracted.dependencies.iter().map(|dependency| show(text, dependency)).collect()
}

fn show(text: &str, dependency: &Dependency) -> String {
    assert!(dependency.span.contains(dependency.name.span), "the declaration holds the name: {dependency:?}");
    let line = text[..dependency.version_span.start].matches('\n').count() + 1;
    let pin = match &dependency.pin {
        Pin::Exact(version) => format!("={version}"),
        Pin::Range(requirement) => format!("~{requirement}"),
        Pin::Unbounded => "*".to_owned(),
        Pin::Elsewhere(reason) => format!("elsewhere({reason})"),
        Pin::Source(reference) => format!("source({reference})"),
        Pin::Unknown(text) => format!("unknown({text})"),
    };
    let version = under(text, dependency.version_span);
    let version = if dependency.version_span == dependency.name.span { "name" } else { version };
    let mut out = format!("{line} {} {pin} @{version}", dependency.key);
    if dependency.role != Role::Manifest {
        out += &format!(" {:?}", dependency.role).to_lowercase();
    }
    match &dependency.scope {
        Scope::Main => {}
        Scope::Dev => out += " dev",
        Scope::Optional(group) => out.extend([" optional(", group, ")"]),
    }
    out
}

fn under(text: &str, span: Span) -> &str {
    &text[span.start..span.end]
}
