//! Files as people write them, and what they mean.

mod aws;
mod builds;
mod compose;
mod dockerfile;
mod helm;
mod kustomize;
mod manifests;
mod openshift;
mod recognition;
mod settings;
mod stores;
mod terraform;

use super::{FileFacts, ImageUse, KeyProvider, KeyReference, Setting, extract};
use crate::source::{Origin, SourceFile};
use std::sync::Arc;

fn source(path: &str, text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::File(path.into()), text.to_owned())
}

/// The facts of a file that must mean something.
fn facts(path: &str, text: &str) -> FileFacts {
    extract(&source(path, text)).unwrap().unwrap_or_else(|| panic!("{path} means nothing"))
}

fn images(facts: &FileFacts) -> Vec<(String, String)> {
    facts.images.iter().map(|image| (image.owner.clone(), image.reference.clone())).collect()
}

fn image_at<'a>(facts: &'a FileFacts, image: &ImageUse) -> &'a str {
    facts.source.slice(image.span)
}

fn setting<'a>(facts: &'a FileFacts, key: &str) -> &'a Setting {
    facts.settings.iter().find(|setting| setting.key.value == key).unwrap_or_else(|| panic!("no {key}"))
}

fn keys(provider: &KeyProvider) -> Vec<&str> {
    provider.keys.iter().map(|key| key.value.as_str()).collect()
}

/// `Secret vendor/password`, with `?` where it is optional.
fn shown(reference: &KeyReference) -> String {
    let key = reference.key.as_ref().map_or("*", |key| key.value.as_str());
    let optional = if reference.optional { "?" } else { "" };
    format!("{} {}/{key}{optional}", reference.source.kind.as_str(), reference.source.name.value)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(400))]

    #[test]
    fn no_text_makes_it_panic_and_every_span_lies_in_the_text(
        path in proptest::sample::select(vec![
            "k8s/prod/a.yaml", "values-prod.yaml", "kustomization.yaml", "compose.yaml", "Chart.yaml", "prod/app.yaml",
            "prod/a.json", "prod.env", "Dockerfile", "prod/app.properties",
        ]),
        lines in proptest::collection::vec(
            proptest::sample::select(vec![
                "apiVersion: v1", "kind: Secret", "kind: Deployment", "kind: Template", "kind: List", "metadata:",
                "  name: ü", "  name: ${A}", "data:", "  a: YQo=", "  b: |", "    x", "spec:", "  containers:",
                "  - name: web", "    image: \"a/b:${TAG}\"", "    env:", "    - name: A", "      value: b",
                "      valueFrom: {secretKeyRef: {name: x, key: y}}", "objects:", "- *a", "parameters:",
                "- name: A", "  value: x", "services:", "  web:", "    environment: [A=b, C]", "images:",
                "- {name: a, newTag: b}", "secretGenerator:", "- name: s", "  literals: [a=b]", "---",
                "image: {repository: a, tag: \"\"}", "{{ if x }}", "  {{ toYaml . }}", "items: []", "- - -", "FROM a AS b",
                "A=b", "resources: [a, ../b]", "  volumes: [{secret: {secretName: s, items: [{key: k}]}}]", "? x", "!!str y",
            ]),
            0..24,
        ),
    ) {
        let text = lines.join("\n");
        let source = source(path, &text);
        if let Ok(Some(facts)) = extract(&source) {
            for setting in &facts.settings {
                proptest::prop_assert!(text.get(setting.span.start..setting.span.end).is_some());
                proptest::prop_assert!(text.get(setting.key.span.start..setting.key.span.end).is_some());
            }
            for image in &facts.images {
                proptest::prop_assert!(text.get(image.span.start..image.span.end).is_some());
            }
            for resource in &facts.resources {
                proptest::prop_assert!(text.get(resource.span.start..resource.span.end).is_some());
                proptest::prop_assert!(text.get(resource.name_span.start..resource.name_span.end).is_some());
            }
            for provider in &facts.providers {
                for key in provider.keys.iter().chain([&provider.name]) {
                    proptest::prop_assert!(text.get(key.span.start..key.span.end).is_some());
                }
            }
        }
    }
}
