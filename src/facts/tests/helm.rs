//! Values and charts.

use super::*;
use crate::facts::{Recognised, SettingKind};

#[test]
fn an_image_is_put_together_from_its_parts() {
    let text = "image:\n  registry: quay.example\n  repository: shop/web\n  tag: latest\n  pullPolicy: Always\nsidecar:\n  image: {repository: side, tag: \"1.20\", digest: ''}\nfloat:\n  image: {repository: f, tag: 1.20}\npinned:\n  image: {repository: p, digest: 'sha256:ab'}\ndefaulted:\n  image: {repository: d, tag: ''}\njob:\n  image: shop/job:main\nold:\n  image: shop/old\n  imageTag: v1\nexpression:\n  image: {repository: e, tag: '${TAG}'}\n";
    let facts = facts("charts/web/values-prod.yaml", text);
    let found: Vec<_> = facts
        .images
        .iter()
        .map(|image| (image.reference.as_str(), image.key_path.as_str(), image.unknown))
        .collect();
    assert_eq!(
        found,
        [
            ("quay.example/shop/web:latest", "image", false),
            ("side:1.20", "sidecar.image", false),
            ("f:1.20", "float.image", false),
            ("p@sha256:ab", "pinned.image", false),
            ("d", "defaulted.image", true),
            ("shop/job:main", "job.image", false),
            ("shop/old:v1", "old.image", false),
            ("e:${TAG}", "expression.image", true),
        ]
    );
    assert_eq!(image_at(&facts, &facts.images[0]), "latest");
    assert_eq!(image_at(&facts, &facts.images[1]), "1.20");
    assert_eq!(image_at(&facts, &facts.images[5]), "main");
    assert_eq!(facts.images[0].owner, "values-prod.yaml");
}

#[test]
fn what_is_called_like_an_image_and_is_none_gives_none() {
    let text = "chart: {repository: 'https://charts.example', version: 1}\nlogoImage: /img/logo.png\ngit: {repository: 'git@git.example:a/b', tag: x}\nimagePullPolicy: Always\nimagePullSecrets: [{name: a}]\nimage: {pullPolicy: Always}\n";
    assert!(images(&facts("values.yaml", text)).is_empty());
}

#[test]
fn every_leaf_is_a_setting_with_its_path() {
    let text = "env:\n  LOG_GROUP: platform-dev\nextraEnv:\n- name: URL\n  value: https://dev.example.com\n- name: KEY\n  valueFrom: {secretKeyRef: {name: s, key: k}}\nreplicas: 3\nempty: {}\nnone:\n";
    let facts = facts("web.values.yaml", text);
    assert!(facts.recognised.contains(&Recognised::ChartValues));
    let found: Vec<_> = facts
        .settings
        .iter()
        .map(|one| (one.key.value.as_str(), one.value.as_deref().unwrap(), one.key_path.as_str()))
        .take(3)
        .collect();
    assert_eq!(
        found,
        [
            ("LOG_GROUP", "platform-dev", "env.LOG_GROUP"),
            ("URL", "https://dev.example.com", "extraEnv[URL].value"),
            ("name", "s", "extraEnv[KEY].valueFrom.secretKeyRef.name"),
        ]
    );
    assert!(facts.settings.iter().all(|one| one.kind == SettingKind::ChartValue));
}

#[test]
fn an_environment_in_values_reads_keys() {
    let text = "web:\n  env:\n  - name: KEY\n    valueFrom: {secretKeyRef: {name: s, key: k}}\n  envFrom:\n  - secretRef: {name: t}\n";
    let facts = facts("values.yaml", text);
    let container = &facts.workloads[0].containers[0];
    assert_eq!(shown(container.env[0].reference.as_ref().unwrap()), "Secret s/k");
    assert_eq!(container.env_from[0].source.name.value, "t");
}

#[test]
fn a_release_carries_values() {
    let text = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec:\n  chart: {spec: {chart: web, version: 1.2.3}}\n  values:\n    image: {repository: shop/web, tag: latest}\n    env: {LOG_GROUP: platform-dev}\n";
    let facts = facts("release.yaml", text);
    assert_eq!(images(&facts), [("HelmRelease web".to_owned(), "shop/web:latest".to_owned())]);
    assert_eq!(facts.images[0].key_path, "spec.values.image");
    let group = setting(&facts, "LOG_GROUP");
    assert_eq!((group.kind, group.key_path.as_str()), (SettingKind::ChartValue, "spec.values.env.LOG_GROUP"));
    assert_eq!(group.namespace.as_deref(), Some("shop"));
    assert_eq!(facts.settings.iter().filter(|one| one.key.value == "LOG_GROUP").count(), 1);
    assert_eq!(setting(&facts, "version").value.as_deref(), Some("1.2.3"));
}

#[test]
fn a_chart_describes_itself() {
    let facts =
        facts("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"2.1\"\n");
    assert!(facts.recognised.contains(&Recognised::ChartMetadata));
    assert_eq!(setting(&facts, "appVersion").value.as_deref(), Some("2.1"));
    assert!(facts.resources.is_empty());
}
