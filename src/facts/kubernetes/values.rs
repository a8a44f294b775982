//! The configured values of a manifest.
//!
//! In: a manifest as it is written, parameters unresolved. Out: [`Setting`]s: a Secret's and a `ConfigMap`'s data, env
//! values, and every other scalar that someone chose. What names or describes the object itself is left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Manifest;
use crate::document::{Node, Value};
use crate::facts::key_path::{KeyPath, last_item};
use crate::facts::leaf::{Holder, Walk, verbatim};
use crate::facts::scope::lists;
use crate::facts::{FileFacts, SettingKind};
use crate::source::Located;

/// Kinds whose scalars are a program, a schema or a permission and no setting.
const NO_SETTINGS: &str = "\
    CustomResourceDefinition Role ClusterRole PrometheusRule ThanosRuler ConstraintTemplate ClusterPolicy \
    ValidatingAdmissionPolicy GrafanaDashboard APIService";

/// Keys below which nothing is a setting.
const NO_SETTING_KEYS: &str = "\
    apiVersion kind status sops image imageName imagePullPolicy description descriptions caBundle selector \
    matchLabels matchExpressions encryptedData openAPIV3Schema managedFields ownerReferences creationTimestamp \
    resourceVersion uid selfLink generation finalizers";

/// Collects the values of a manifest; `written` is its body as it stands in the file.
pub(super) fn read(facts: &mut FileFacts, manifest: &Manifest<'_>, written: &Node) {
    if lists(NO_SETTINGS, &manifest.id.kind) {
        return;
    }
    let holder = |kind| Holder { kind, owner: &manifest.owner, namespace: manifest.id.namespace.as_deref() };
    let store = match manifest.id.kind.as_str() {
        "Secret" => &[("data", SettingKind::SecretData), ("stringData", SettingKind::SecretText)][..],
        "ConfigMap" => &[("data", SettingKind::ConfigData), ("binaryData", SettingKind::Other)][..],
        _ => &[],
    };
    for (key, kind) in store.iter().filter(|(_, kind)| *kind != SettingKind::Other) {
        for entry in written.get(key).map(Node::entries).unwrap_or_default() {
            let decode = if *kind == SettingKind::SecretData { decoded } else { verbatim };
            let path = KeyPath::of(&[key, &entry.key.value]);
            facts.add_setting(holder(*kind), entry.key.clone(), &entry.value, path.as_str(), decode);
        }
    }
    let source = facts.source.clone();
    let skip = |key: &str, path: &KeyPath| {
        let at_top = path.as_str().is_empty();
        (at_top && (key.starts_with("x-") || store.iter().any(|(own, _)| *own == key)))
            || lists(NO_SETTING_KEYS, key)
            || (path.as_str() == "metadata" && matches!(key, "name" | "namespace" | "generateName"))
            || (path.as_str().ends_with("template.metadata") && key == "labels")
            || key == "kubectl.kubernetes.io/last-applied-configuration"
            // An item's name tells it from its siblings and configures nothing.
            || (key == "name" && path.as_str().ends_with(']'))
            || (key == "values" && path.as_str() == "spec" && manifest.id.kind == "HelmRelease")
            || key == "valuesObject"
    };
    let walk = Walk { source: &source, skip: &skip };
    let mut found = Vec::new();
    let mut path = KeyPath::default();
    let nothing = Located::new(String::new(), written.span);
    walk.each(written, &nothing, &mut path, &mut |leaf| {
        found.push((leaf.key, leaf.node.clone(), leaf.path.to_owned()));
    });
    for (key, node, path) in found {
        match container_of(&path) {
            Some(container) => {
                let owner = format!("{}, container {container}", manifest.owner);
                let kind = SettingKind::EnvValue;
                facts.add_setting(Holder { owner: &owner, ..holder(kind) }, key, &node, &path, verbatim);
            }
            None => facts.add_setting(holder(SettingKind::Other), key, &node, &path, verbatim),
        }
    }
}

/// The container that an env value belongs to: `web` of `spec.containers[web].env[A].value`.
fn container_of(path: &str) -> Option<&str> {
    let rest = path.strip_suffix(".value")?;
    let (before, variable) = rest.rsplit_once(".env[")?;
    if !variable.ends_with(']') {
        return None;
    }
    Some(last_item(before).unwrap_or_else(|| before.rsplit_once('.').map_or(before, |(_, key)| key)))
}

/// What base64 stands for, where that is text. Kubernetes takes the standard alphabet with padding, and line breaks.
fn decoded(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|character| !matches!(character, '\n' | '\r' | ' ')).collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

/// Says whether a body is encrypted by SOPS: its keys can be read, its values can't.
pub(super) fn is_sops(body: &Node) -> bool {
    body.get("sops").is_some_and(|sops| {
        matches!(sops.value, Value::Mapping(_))
            && (sops.get("mac").is_some() || sops.get("version").is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base64_of_text_is_decoded() {
        assert_eq!(decoded("cGxhdGZvcm0K").as_deref(), Some("platform\n"));
        assert_eq!(decoded("cGxh\n  dGZvcm0=").as_deref(), Some("platform"));
        assert_eq!(decoded("not base64"), None);
        assert_eq!(decoded("/////w=="), None);
        assert_eq!(decoded("").as_deref(), Some(""));
    }

    #[test]
    fn an_env_value_knows_its_container() {
        assert_eq!(container_of("spec.template.spec.containers[web].env[A].value"), Some("web"));
        assert_eq!(container_of("spec.podSpec.env[A].value"), Some("podSpec"));
        assert_eq!(container_of("spec.deployments[api].podSpec.env[A].value"), Some("api"));
        assert_eq!(container_of("spec.env[A].valueFrom.x"), None);
        assert_eq!(container_of("metadata.labels.value"), None);
    }
}
