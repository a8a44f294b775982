//! Kustomizations.

use super::*;
use crate::facts::{ImageOrigin, Recognised, SettingKind, StoreKind};

const OVERLAY: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop-prod
namePrefix: eu-
resources:
- ../../base
- web.yaml
bases: [../old]
components: [../../components/tls]
patchesStrategicMerge:
- replicas.yaml
- |-
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: inline}
patches:
- path: limits.yaml
  target: {kind: Deployment}
- patch: '[]'
patchesJson6902:
- path: json.yaml
generators: [secrets.yaml]
images:
- name: app
  newName: quay.example/shop/app
  newTag: latest
- name: side
  digest: sha256:ab
- name: moved
  newName: quay.example/moved
secretGenerator:
- name: vendor
  literals:
  - VendorB_password=\"s3cret\"
  - 'EMPTY='
  files:
  - tls.crt=certs/prod.crt
  - certs/tls.key
  envs: [vendor.env]
- name: plain
  behavior: merge
  literals: [A=b=c]
configMapGenerator:
- name: web
  namespace: other
  literals: [LOG_GROUP=platform-dev]
generatorOptions: {disableNameSuffixHash: true}
";

#[test]
fn a_kustomization_lists_what_it_brings_together() {
    let facts = facts("overlays/prod/kustomization.yaml", OVERLAY);
    assert!(facts.recognised.contains(&Recognised::Kustomization));
    let own = facts.kustomization.as_ref().unwrap();
    let texts = |list: &[crate::source::Located<String>]| -> Vec<String> {
        list.iter()
            .map(|one| {
                assert_eq!(facts.source.slice(one.span), one.value);
                one.value.clone()
            })
            .collect()
    };
    assert_eq!(texts(&own.resources), ["../../base", "web.yaml", "../old"]);
    assert_eq!(texts(&own.components), ["../../components/tls"]);
    assert_eq!(texts(&own.patches), ["replicas.yaml", "limits.yaml", "json.yaml"]);
    assert_eq!(texts(&own.generators), ["secrets.yaml"]);
    assert_eq!(own.namespace.as_ref().unwrap().value, "shop-prod");
    assert_eq!(own.name_prefix.as_ref().unwrap().value, "eu-");
    assert!(own.name_suffix.is_none() && !own.component);
    assert!(facts.resources.is_empty());
}

#[test]
fn images_are_judged_as_they_come_out() {
    let facts = facts("overlays/prod/kustomization.yaml", OVERLAY);
    let found: Vec<_> = facts
        .images
        .iter()
        .map(|image| (image.owner.as_str(), image.reference.as_str(), image.unknown, image_at(&facts, image)))
        .collect();
    assert_eq!(
        found,
        [
            ("kustomization, image app", "quay.example/shop/app:latest", false, "latest"),
            ("kustomization, image side", "side@sha256:ab", false, "name: side\n  digest: sha256:ab"),
            ("kustomization, image moved", "quay.example/moved", true, "quay.example/moved"),
        ]
    );
    assert_eq!(facts.images[0].key_path, "images[app]");
    assert_eq!(facts.images[0].origin, ImageOrigin::Kustomize);
    assert_eq!(facts.images[0].namespace.as_deref(), Some("shop-prod"));
}

#[test]
fn generators_give_keys_and_literals() {
    let facts = facts("overlays/prod/kustomization.yaml", OVERLAY);
    let [vendor, plain, web] = facts.providers.as_slice() else { panic!() };
    assert_eq!(keys(vendor), ["VendorB_password", "EMPTY", "tls.crt", "tls.key"]);
    assert_eq!((vendor.kind, vendor.producer.as_str()), (StoreKind::Secret, "secretGenerator"));
    assert!(!vendor.open && !vendor.key_files.is_empty(), "the file's keys are not known here");
    assert_eq!(vendor.key_files[0].value, "vendor.env");
    assert_eq!(facts.source.slice(vendor.keys[3].span), "tls.key");
    assert!(plain.open, "it is merged into another one");
    assert_eq!((web.kind, web.open, web.namespace.as_deref()), (StoreKind::ConfigMap, false, Some("other")));
    let password = setting(&facts, "VendorB_password");
    assert_eq!(password.kind, SettingKind::GeneratorLiteral);
    assert_eq!(password.value.as_deref(), Some("s3cret"), "kustomize takes the quotes off");
    assert_eq!(facts.source.slice(password.span), "\"s3cret\"");
    assert!(password.is_secret());
    assert_eq!(setting(&facts, "EMPTY").value.as_deref(), Some(""));
    assert_eq!(setting(&facts, "A").value.as_deref(), Some("b=c"));
    let group = setting(&facts, "LOG_GROUP");
    assert!(!group.is_secret());
    assert_eq!(facts.source.slice(group.span), "platform-dev");
    assert_eq!(group.key_path, "configMapGenerator[web].literals[LOG_GROUP]");
    assert_eq!(setting(&facts, "namespace").value.as_deref(), Some("shop-prod"));
}

#[test]
fn a_component_says_so() {
    let text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n";
    assert!(facts("c/kustomization.yaml", text).kustomization.unwrap().component);
    assert!(facts("c/kustomization.yml", "resources: [a.yaml]\n").kustomization.is_some(), "by its name");
}

#[test]
fn flux_and_argo_rewrite_images_too() {
    let text = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  path: ./apps\n  images: [{name: a, newTag: main}]\n";
    let facts = facts("apps.yaml", text);
    assert_eq!(images(&facts), [("Kustomization apps, image a".to_owned(), "a:main".to_owned())]);
    assert!(facts.kustomization.is_none());
    assert_eq!(facts.resources.len(), 1, "it is an object of the cluster");
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  source:\n    kustomize:\n      images: [a=quay.example/a:edge, b:1]\n    helm:\n      valuesObject: {image: {repository: c, tag: latest}}\n";
    let facts = super::facts("web.yaml", text);
    let found: Vec<_> =
        facts.images.iter().map(|image| (image.reference.as_str(), image_at(&facts, image))).collect();
    assert_eq!(found, [("quay.example/a:edge", "edge"), ("b:1", "1"), ("c:latest", "latest")]);
}

#[test]
fn a_json_patch_puts_values_in() {
    let text = "- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: shop/web:latest\n- op: add\n  path: /metadata/annotations/a~1b\n  value: x-dev\n- {op: remove, path: /spec/replicas}\n- op: add\n  path: /spec/template/spec/containers/0/env\n  value: [{name: URL, value: https://dev.example.com}]\n";
    let facts = facts("overlays/prod/json.yaml", text);
    assert!(facts.recognised.contains(&Recognised::JsonPatch));
    assert_eq!(image_at(&facts, &facts.images[0]), "latest");
    assert_eq!(setting(&facts, "a/b").value.as_deref(), Some("x-dev"));
    assert_eq!(setting(&facts, "URL").value.as_deref(), Some("https://dev.example.com"));
    assert!(facts.resources.is_empty());
}

#[test]
fn a_generator_of_charts_is_values_and_no_object() {
    let text = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: chart}\nvaluesInline: {image: {repository: a, tag: latest}}\n";
    let facts = facts("prod/chart.yaml", text);
    assert!(facts.resources.is_empty());
    assert_eq!(images(&facts), [("HelmChartInflationGenerator chart".to_owned(), "a:latest".to_owned())]);
    assert_eq!(facts.images[0].key_path, "valuesInline.image");
}
