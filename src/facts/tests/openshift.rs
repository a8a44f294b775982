//! Templates and image streams.

use super::*;
use crate::facts::{ImageOrigin, Recognised, SettingKind};

const TEMPLATE: &str = r#"apiVersion: template.openshift.io/v1
kind: Template
metadata:
  name: inventory
objects:
- apiVersion: apps.openshift.io/v1
  kind: DeploymentConfig
  metadata:
    name: ${NAME}
    namespace: ${NAMESPACE}
  spec:
    replicas: "${{REPLICAS}}"
    triggers:
    - type: ImageChange
      imageChangeParams:
        containerNames: [web]
        from: {kind: ImageStreamTag, name: "${NAME}:latest"}
    template:
      spec:
        containers:
        - name: web
          image: ${IMAGE}:${IMAGE_TAG}
          env:
          - name: LOG_GROUP
            value: ${LOG_GROUP}
          - name: URL
            value: https://${HOST}/${LOG_GROUP}
          - name: HOME_OF
            value: ${HOME}
        - name: sidecar
          image: registry.example:5000/side:${SIDE_TAG}
parameters:
- name: NAME
  value: inventory
- name: NAMESPACE
  required: true
- name: REPLICAS
  value: "3"
- name: IMAGE
  value: quay.example/org/inventory
- name: IMAGE_TAG
  value: ''
- name: SIDE_TAG
  value: latest
- name: LOG_GROUP
  value: platform-dev
- name: HOST
"#;

#[test]
fn a_template_is_opened_with_its_defaults() {
    let facts = facts("deploy/template.yaml", TEMPLATE);
    assert!(facts.recognised.contains(&Recognised::OpenShiftTemplate));
    let resource = &facts.resources[0];
    assert_eq!(resource.id.name, "inventory");
    assert_eq!(facts.source.slice(resource.name_span), "${NAME}", "as it is written");
    assert_eq!(resource.id.namespace.as_deref(), Some("${NAMESPACE}"));
    assert!(resource.templated, "the namespace has no default");
    let replicas = resource.body.at(&["spec", "replicas"]).unwrap();
    assert_eq!(replicas.scalar().as_deref(), Some("3"));
    assert!(replicas.as_str().is_none(), "two braces put a number in");
    assert_eq!(facts.source.slice(replicas.span), "\"${{REPLICAS}}\"");
}

#[test]
fn an_image_is_known_as_far_as_its_parameters_are() {
    let facts = facts("deploy/template.yaml", TEMPLATE);
    let image = |owner: &str| facts.images.iter().find(|image| image.owner.ends_with(owner)).unwrap();
    let side = image("sidecar");
    assert_eq!(side.reference, "registry.example:5000/side:latest");
    assert!(!side.unknown && side.from_default);
    assert_eq!(image_at(&facts, side), "registry.example:5000/side:${SIDE_TAG}");
    let web = image("container web");
    assert_eq!((web.reference.as_str(), web.origin), ("inventory:latest", ImageOrigin::StreamTag));
    assert_eq!(facts.images.len(), 2, "the trigger's image stands for the container's");
}

#[test]
fn a_setting_is_what_is_written_and_a_default_is_a_setting_once() {
    let facts = facts("deploy/template.yaml", TEMPLATE);
    let with = |value: &str| -> Vec<_> {
        facts
            .settings
            .iter()
            .filter(|one| one.value.as_deref().is_some_and(|own| own.contains(value)))
            .map(|one| (one.kind, one.key.value.as_str()))
            .collect()
    };
    assert_eq!(with("platform-dev"), [(SettingKind::ParameterDefault, "LOG_GROUP")]);
    let default = facts
        .settings
        .iter()
        .find(|one| one.kind == SettingKind::ParameterDefault && one.key.value == "LOG_GROUP")
        .unwrap();
    assert_eq!(facts.source.slice(default.span), "platform-dev");
    assert_eq!(default.key_path, "parameters[LOG_GROUP].value");
    assert_eq!(default.owner, "Template inventory");
    let env = facts
        .settings
        .iter()
        .find(|one| one.kind == SettingKind::EnvValue && one.key.value == "LOG_GROUP")
        .unwrap();
    assert_eq!(env.value, None, "one expression");
    assert_eq!(setting(&facts, "URL").value.as_deref(), Some("https://${HOST}/${LOG_GROUP}"));
}

#[test]
fn a_shells_variable_in_a_template_is_plain_text() {
    let text = "apiVersion: v1\nkind: Template\nmetadata: {name: t}\nobjects:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: '${A}-${B}'}\n  data: {x: '${HOME}'}\nparameters:\n- {name: A, value: a}\n- {name: B, generate: expression, from: '[a-z]{4}'}\n";
    let facts = facts("t.yaml", text);
    assert_eq!(facts.resources[0].id.name, "a-${B}");
    assert!(facts.resources[0].templated);
    assert_eq!(facts.resources[0].body.at(&["data", "x"]).unwrap().as_str(), Some("${HOME}"));
}

#[test]
fn image_streams_and_builds_name_images() {
    let text = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: s}\nspec:\n  tags:\n  - name: '1'\n    from: {kind: DockerImage, name: 'registry.example/python:latest'}\n  - name: '2'\n    from: {kind: ImageStreamTag, name: other}\n---\napiVersion: build.openshift.io/v1\nkind: BuildConfig\nmetadata: {name: b}\nspec:\n  strategy:\n    sourceStrategy:\n      from: {kind: ImageStreamTag, name: 'python:3.9'}\n";
    let facts = facts("s.yaml", text);
    let found: Vec<_> =
        facts.images.iter().map(|image| (image.reference.as_str(), image.key_path.as_str())).collect();
    assert_eq!(
        found,
        [
            ("registry.example/python:latest", "spec.tags[1].from.name"),
            ("python:3.9", "spec.strategy.sourceStrategy.from.name"),
        ]
    );
}

#[test]
fn defaults_that_multiply_stay_bounded() {
    let big = "x".repeat(4000);
    let uses = "${A}".repeat(5000);
    let object =
        format!("- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: a}}\n  data: {{x: '{uses}'}}\n");
    let text = format!(
        "apiVersion: v1\nkind: Template\nmetadata: {{name: t}}\nparameters:\n- {{name: A, value: {big}}}\nobjects:\n{}",
        object.repeat(8)
    );
    let facts = facts("t.yaml", &text);
    assert_eq!(facts.resources.len(), 8);
    assert!(facts.gaps.iter().any(|gap| gap.reason.contains("parameters")));
}

#[test]
fn an_empty_default_is_there_to_be_filled_in() {
    let text = "apiVersion: v1\nkind: Template\nmetadata: {name: t}\nobjects:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {containers: [{name: web, image: 'shop/web:${TAG}'}]}\nparameters:\n- {name: TAG, value: ''}\n";
    let facts = facts("t.yaml", text);
    assert!(facts.images[0].unknown && !facts.images[0].from_default);
    assert_eq!(facts.images[0].reference, "shop/web:${TAG}");
}
