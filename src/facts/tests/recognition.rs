//! Which files mean something, and which fail aloud.

use super::*;
use crate::document::ParseError;
use crate::facts::{Recognised, SettingKind};

#[test]
fn a_file_that_means_nothing_here_gives_nothing() {
    for (path, text) in [
        ("mkdocs.yml", "site_name: x\n"),
        ("openapi.yaml", "openapi: 3.0.0\npaths: {}\n"),
        ("a.yaml", ""),
        ("a.yaml", "just text\n"),
        ("README.md", "apiVersion: v1\nkind: Pod\n"),
        ("k8s/run.yaml", "#!/bin/sh\nif [ -n \"$A\" ]; then\n  echo {\nfi\n"),
        ("deploy/notes.yaml", "Some words {\n and then [ more\n"),
        ("config/thing.yaml", "a: [\n"),
        ("prod/openapi.yaml", "openapi: 3.0.0\n"),
    ] {
        assert!(extract(&source(path, text)).unwrap().is_none(), "{path}");
    }
}

#[test]
fn a_broken_file_in_scope_is_an_error_at_its_place() {
    for (path, text) in [
        ("k8s/web.yaml", "a: 1\nb: [\n"),
        ("anywhere.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [\n"),
        ("anywhere.yaml", "- apiVersion: v1\n  kind: Pod\n a: b\n"),
        ("values-prod.yaml", "a: b\n a: c: d\n"),
        ("prod/app.yaml", "a: b\n a: c: d\n"),
    ] {
        let error = extract(&source(path, text)).unwrap_err();
        let ParseError::Syntax { span, .. } = error else { panic!("{path}") };
        assert!(span.end <= text.len());
    }
}

#[test]
fn an_applications_configuration_counts_where_its_environment_is_known() {
    let text = "logging:\n  group: platform-dev\n";
    let facts = facts("config/prod/app.yaml", text);
    assert!(facts.recognised.contains(&Recognised::Configuration));
    let group = setting(&facts, "group");
    assert_eq!((group.kind, group.owner.as_str()), (SettingKind::Other, "app.yaml"));
    assert_eq!(group.key_path, "logging.group");
    assert!(extract(&source("config/app.yaml", text)).unwrap().is_none());
}

#[test]
fn a_manifest_is_one_wherever_it_lies() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    for path in ["a.yaml", "docs/a.yaml", "values.yaml", "kustomization/a.yml", "a.yaml.tmpl"] {
        assert_eq!(facts(path, text).resources.len(), 1, "{path}");
    }
}

#[test]
fn values_are_known_by_name_or_by_shape() {
    assert!(facts("envs/web.yaml", "image: {tag: v1}\n").recognised.contains(&Recognised::ChartValues));
    assert!(facts("web.values.yml", "a: b\n").recognised.contains(&Recognised::ChartValues));
    assert!(extract(&source("web.yaml", "image: {tag: v1}\n")).unwrap().is_none());
}

#[test]
fn a_huge_file_gives_a_bounded_number_of_settings_and_says_so() {
    let text = (0..30_000).map(|at| format!("k{at}: v")).collect::<Vec<_>>().join("\n");
    let facts = facts("values.yaml", &text);
    assert_eq!(facts.settings.len(), 20_000);
    assert_eq!(facts.gaps.len(), 1);
}
