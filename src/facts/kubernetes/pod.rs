//! What runs: containers with their environment, volumes and images, wherever a manifest carries them.
//!
//! In: a manifest's body. Out: its [`Workload`] and [`ImageUse`]s. Found by shape and not by path, so that a Rollout, a
//! Knative Service or an operator's own resource is read like a Deployment.

use super::Manifest;
use crate::document::{Gap, Node, Value};
use crate::facts::image::{self, Apart, User};
use crate::facts::key_path::{KeyPath, identity};
use crate::facts::written::{self, has_gap};
use crate::facts::{
    Container, EnvFrom, EnvVar, ImageOrigin, ImageUse, KeyReference, ResourceId, SourceRef, StoreKind,
    Workload,
};
use crate::source::{Located, SourceFile};

/// Everything that was found in one body.
#[derive(Debug, Default)]
pub(in crate::facts) struct Found {
    pub(in crate::facts) containers: Vec<Container>,
    pub(in crate::facts) volume_references: Vec<KeyReference>,
    pub(in crate::facts) key_references: Vec<KeyReference>,
    pub(in crate::facts) images: Vec<ImageUse>,
}

impl Found {
    /// The workload, if the body runs or reads anything.
    pub(in crate::facts) fn into_workload(
        self,
        id: &ResourceId,
        body: &Node,
    ) -> (Option<Workload>, Vec<ImageUse>) {
        let reads = !self.containers.is_empty()
            || !self.volume_references.is_empty()
            || !self.key_references.is_empty();
        let workload = reads.then(|| Workload {
            id: id.clone(),
            span: body.span,
            containers: self.containers,
            volume_references: self.volume_references,
            key_references: self.key_references,
        });
        (workload, self.images)
    }
}

/// A search through one body.
pub(in crate::facts) struct Search<'a> {
    pub(in crate::facts) source: &'a SourceFile,
    pub(in crate::facts) gaps: &'a [Gap],
    /// `Deployment web`
    pub(in crate::facts) owner: &'a str,
    pub(in crate::facts) namespace: Option<&'a str>,
    pub(in crate::facts) origin: ImageOrigin,
    /// An operator's own resource: it may name images outside of containers.
    pub(in crate::facts) custom: bool,
    /// Containers whose image is put in by a trigger.
    pub(in crate::facts) triggered: &'a [String],
}

/// Reads what a manifest runs.
pub(super) fn read(
    source: &SourceFile,
    gaps: &[Gap],
    manifest: &Manifest<'_>,
    triggered: &[String],
) -> Found {
    let mut found = Found::default();
    let search = Search {
        source,
        gaps,
        owner: &manifest.owner,
        namespace: manifest.id.namespace.as_deref(),
        origin: ImageOrigin::PodSpec,
        custom: manifest.is_custom(),
        triggered,
    };
    for entry in manifest.body.entries() {
        let key = entry.key.value.as_str();
        // `x-…` holds anchors, which count where they are used.
        if matches!(key, "metadata" | "status" | "apiVersion" | "kind" | "sops") || key.starts_with("x-") {
            continue;
        }
        let mut path = KeyPath::of(&[&entry.key.value]);
        search.visit(&entry.value, &entry.key.value, &mut path, &mut found);
    }
    found
}

impl Search<'_> {
    /// Looks at a node and at all below it; `key` is the key that it stands under.
    pub(in crate::facts) fn visit(&self, node: &Node, key: &str, path: &mut KeyPath, found: &mut Found) {
        match &node.value {
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let mark = path.push_item(item, index);
                    self.visit(item, key, path, found);
                    path.back(mark);
                }
            }
            Value::Mapping(entries) => {
                let listed = matches!(key, "containers" | "initContainers" | "ephemeralContainers");
                let container = is_container(node, listed);
                if container {
                    found.containers.push(self.container(node, key, path));
                }
                self.images(node, key, container, path, found);
                for entry in entries {
                    let below = entry.key.value.as_str();
                    let value = &entry.value;
                    match below {
                        "env" | "envFrom" if container => continue,
                        "volumes" => {
                            found
                                .volume_references
                                .extend(value.items().iter().flat_map(|item| self.volume(item)));
                        }
                        "secretKeyRef" => {
                            found.key_references.extend(self.selector(value, StoreKind::Secret));
                        }
                        "configMapKeyRef" => {
                            found.key_references.extend(self.selector(value, StoreKind::ConfigMap));
                        }
                        _ => {}
                    }
                    let mark = path.push_key(below);
                    self.visit(value, below, path, found);
                    path.back(mark);
                }
            }
            _ => {}
        }
    }

    fn images(&self, node: &Node, key: &str, container: bool, path: &mut KeyPath, found: &mut Found) {
        let owner = if container {
            format!("{}, container {}", self.owner, container_name(node, key, path))
        } else {
            self.owner.to_owned()
        };
        let here = container || self.custom;
        for entry in node.entries().iter().filter(|_| here) {
            let own = matches!(entry.key.value.as_str(), "image" | "imageName");
            if !own || (container && self.is_triggered(node)) {
                continue;
            }
            let mark = path.push_key(&entry.key.value);
            let user = User {
                owner: &owner,
                namespace: self.namespace,
                origin: self.origin,
                key_path: path.as_str(),
            };
            let image = match &entry.value.value {
                Value::Mapping(_) => self.image_apart(&entry.value, &user),
                Value::String(_) | Value::Unknown(_) if container => {
                    image::of_node(self.source, &entry.value, &user)
                }
                Value::String(text) if text.value.contains(['/', ':']) => {
                    image::of_node(self.source, &entry.value, &user)
                }
                _ => None,
            };
            found.images.extend(image);
            path.back(mark);
        }
        if key == "volumes"
            && let Some(reference) = node.at(&["image", "reference"])
        {
            let mark = path.push_key("image");
            let user = User {
                owner: &owner,
                namespace: self.namespace,
                origin: self.origin,
                key_path: path.as_str(),
            };
            found.images.extend(image::of_node(self.source, reference, &user));
            path.back(mark);
        }
    }

    /// `image: {repository, tag}` of an operator's resource.
    fn image_apart(&self, node: &Node, user: &User<'_>) -> Option<ImageUse> {
        let apart = Apart {
            registry: node.get("registry"),
            repository: node.get("repository").or_else(|| node.get("name")),
            tag: node.get("tag").or_else(|| node.get("version")),
            digest: node.get("digest").or_else(|| node.get("sha256")),
        };
        (apart.tag.is_some() || apart.digest.is_some())
            .then(|| image::of_parts(self.source, &apart, node.span, user))
            .flatten()
    }

    fn is_triggered(&self, node: &Node) -> bool {
        let name = node.get("name").and_then(Node::as_str);
        name.is_some_and(|name| self.triggered.iter().any(|known| known == name))
    }

    fn container(&self, node: &Node, key: &str, path: &KeyPath) -> Container {
        let env = node.get("env");
        let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let unknown = ["env", "envFrom"].iter().any(|key| node.get(key).is_some_and(Node::is_unknown));
        Container {
            name: container_name(node, key, path),
            span: node.span,
            init: key == "initContainers",
            env: env
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(|item| self.variable(item))
                .collect(),
            env_from: items("envFrom").iter().filter_map(|item| self.env_from(item)).collect(),
            open: unknown || has_gap(self.source, self.gaps, node.span),
            env_files: Vec::new(),
        }
    }

    fn variable(&self, item: &Node) -> Option<EnvVar> {
        let name = written::name(self.source, item.get("name"))?.text;
        let from = item.get("valueFrom");
        let reference = from.and_then(|from| {
            let secret = from.get("secretKeyRef").and_then(|node| self.selector(node, StoreKind::Secret));
            secret.or_else(|| {
                from.get("configMapKeyRef").and_then(|node| self.selector(node, StoreKind::ConfigMap))
            })
        });
        Some(EnvVar { name, reference })
    }

    /// `{name, key, optional}`
    fn selector(&self, node: &Node, kind: StoreKind) -> Option<KeyReference> {
        let source = self.store(node.get("name")?, kind)?;
        let key = written::name(self.source, node.get("key"))?;
        Some(KeyReference {
            source,
            key_templated: key.templated,
            key: Some(key.text),
            optional: is_optional(node),
        })
    }

    fn env_from(&self, item: &Node) -> Option<EnvFrom> {
        let (node, kind) = match (item.get("secretRef"), item.get("configMapRef")) {
            (Some(node), _) => (node, StoreKind::Secret),
            (None, Some(node)) => (node, StoreKind::ConfigMap),
            (None, None) => return None,
        };
        let prefix = item.get("prefix").and_then(Node::scalar).unwrap_or_default().into_owned();
        Some(EnvFrom { source: self.store(node.get("name")?, kind)?, prefix, optional: is_optional(node) })
    }

    fn store(&self, name: &Node, kind: StoreKind) -> Option<SourceRef> {
        let name = written::name(self.source, Some(name))?;
        Some(SourceRef { kind, name: name.text, templated: name.templated })
    }

    fn volume(&self, volume: &Node) -> Vec<KeyReference> {
        let mut out = Vec::new();
        if let Some(secret) = volume.get("secret") {
            out.extend(self.mounted(secret, "secretName", StoreKind::Secret));
        }
        if let Some(map) = volume.get("configMap") {
            out.extend(self.mounted(map, "name", StoreKind::ConfigMap));
        }
        for source in volume.at(&["projected", "sources"]).map(Node::items).unwrap_or_default() {
            for (key, kind) in [("secret", StoreKind::Secret), ("configMap", StoreKind::ConfigMap)] {
                if let Some(node) = source.get(key) {
                    out.extend(self.mounted(node, "name", kind));
                }
            }
        }
        out
    }

    /// A volume of keys: the listed ones, or all.
    fn mounted(&self, node: &Node, name: &str, kind: StoreKind) -> Vec<KeyReference> {
        let Some(source) = node.get(name).and_then(|name| self.store(name, kind)) else { return Vec::new() };
        let optional = is_optional(node);
        let whole = || KeyReference { source: source.clone(), key: None, key_templated: false, optional };
        let Some(items) = node.get("items").map(Node::items).filter(|items| !items.is_empty()) else {
            return vec![whole()];
        };
        let keys = items.iter().filter_map(|item| written::name(self.source, item.get("key")));
        keys.map(|key| KeyReference { key_templated: key.templated, key: Some(key.text), ..whole() })
            .collect()
    }
}

/// Its own name, else that of the list's item that it is a part of, else its key.
fn container_name(node: &Node, key: &str, path: &KeyPath) -> String {
    if let Some(Value::Unknown(raw)) = node.get("name").map(|name| &name.value) {
        return written::unquoted(raw).to_owned();
    }
    match identity(node) {
        Some(name) => name.into_owned(),
        None => path.last_item().unwrap_or(key).to_owned(),
    }
}

fn is_optional(node: &Node) -> bool {
    node.get("optional").and_then(Node::as_bool) == Some(true)
}

/// A container by its shape: an item of a list of containers, or anything with an environment of its own.
fn is_container(node: &Node, listed: bool) -> bool {
    let has = |key: &str| node.get(key).is_some();
    let environment = |key: &str, marks: &[&str]| {
        node.get(key).is_some_and(|list| {
            list.items().iter().any(|item| marks.iter().any(|mark| item.get(mark).is_some()))
        })
    };
    let runs = ["command", "args", "env", "envFrom", "volumeMounts", "resources", "ports"]
        .iter()
        .any(|key| has(key));
    (listed && (has("name") || has("image")))
        || (node.get("image").is_some_and(|image| image.as_str().is_some() || image.is_unknown()) && runs)
        || environment("env", &["value", "valueFrom"])
        || environment("envFrom", &["secretRef", "configMapRef"])
}

/// The key of a store, with its place.
pub(super) fn located(source: &SourceFile, node: &Node) -> Option<Located<String>> {
    written::name(source, Some(node)).map(|scalar| scalar.text)
}
