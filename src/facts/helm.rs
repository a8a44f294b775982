//! Helm: values files, values inside of releases, and a chart's own description.
//!
//! In: a values mapping from wherever it stands. Out: images put together from their parts, every leaf as a setting, and
//! the environment that values hand to containers. Must not know the templates that read them.

use super::image::{self, Apart, User};
use super::key_path::KeyPath;
use super::kubernetes::Manifest;
use super::kubernetes::pod::{Found, Search};
use super::leaf::{Holder, Walk, verbatim};
use super::{FileFacts, ImageOrigin, ResourceId, SettingKind, System};
use crate::document::{Node, Value};
use crate::source::Located;

/// Where values stand and whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) owner: &'a str,
    pub(super) namespace: Option<&'a str>,
    /// The keys that lead to them.
    pub(super) below: &'a [&'a str],
}

/// Reads values.
pub(super) fn values(facts: &mut FileFacts, node: &Node, place: Values<'_>) {
    let source = facts.source.clone();
    let mut path = KeyPath::of(place.below);
    images(facts, node, "", &mut path, place);
    let mut found = Found::default();
    let gaps = std::mem::take(&mut facts.gaps);
    let search = Search {
        source: &source,
        gaps: &gaps,
        owner: place.owner,
        namespace: place.namespace,
        origin: ImageOrigin::HelmValues,
        custom: false,
        triggered: &[],
    };
    search.visit(node, "values", &mut path, &mut found);
    facts.gaps = gaps;
    let id = ResourceId {
        system: System::Helm,
        group: String::new(),
        kind: "values".to_owned(),
        namespace: place.namespace.map(str::to_owned),
        name: place.owner.to_owned(),
    };
    facts.workloads.extend(found.into_workload(&id, node).0);
    leaves(facts, node, place, SettingKind::ChartValue);
}

/// Notes every leaf below a node.
pub(super) fn leaves(facts: &mut FileFacts, node: &Node, place: Values<'_>, kind: SettingKind) {
    let source = facts.source.clone();
    let walk = Walk { source: &source, skip: &|key, _| key == "sops" };
    let holder = Holder { kind, owner: place.owner, namespace: place.namespace };
    let mut path = KeyPath::of(place.below);
    let nothing = Located::new(String::new(), node.span);
    walk.each(node, &nothing, &mut path, &mut |leaf| {
        facts.add_setting(holder, leaf.key, leaf.node, leaf.path, verbatim);
    });
}

/// `spec.values` of a Flux release.
pub(super) fn release_values(facts: &mut FileFacts, manifest: &Manifest<'_>, spec: &Node) {
    let Some(node) = spec.get("values") else { return };
    let place = Values {
        owner: &manifest.owner,
        namespace: manifest.id.namespace.as_deref(),
        below: &["spec", "values"],
    };
    values(facts, node, place);
}

/// Looks for images at a node and below; `key` is the key that it stands under.
fn images(facts: &mut FileFacts, node: &Node, key: &str, path: &mut KeyPath, place: Values<'_>) {
    match &node.value {
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let mark = path.push_item(item, index);
                images(facts, item, key, path, place);
                path.back(mark);
            }
        }
        Value::Mapping(entries) => {
            if let Some(apart) = apart(node, key) {
                note(facts, node, &apart, path, place);
            }
            for entry in entries {
                let mark = path.push_key(&entry.key.value);
                if is_image_key(&entry.key.value)
                    && let Some(apart) = beside(node, &entry.key.value, &entry.value)
                {
                    note(facts, &entry.value, &apart, path, place);
                }
                images(facts, &entry.value, &entry.key.value, path, place);
                path.back(mark);
            }
        }
        _ => {}
    }
}

fn note(facts: &mut FileFacts, whole: &Node, apart: &Apart<'_>, path: &KeyPath, place: Values<'_>) {
    let user = User {
        owner: place.owner,
        namespace: place.namespace,
        origin: ImageOrigin::HelmValues,
        key_path: path.as_str(),
    };
    facts.images.extend(image::of_parts(&facts.source, apart, whole.span, &user));
}

fn first<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().find_map(|key| node.get(key)).filter(|found| found.scalar().is_some() || found.is_unknown())
}

/// `{registry, repository, tag, digest}`
fn apart<'a>(node: &'a Node, key: &str) -> Option<Apart<'a>> {
    let named = is_image_key(key) || key.to_ascii_lowercase().contains("image");
    let tag = first(node, &["tag", "imageTag", "image_tag"]);
    let digest = first(node, &["digest", "sha", "sha256"])
        .filter(|node| node.scalar().is_some_and(|text| !text.is_empty()));
    let repository = first(node, &["repository"]).or_else(|| {
        let other = first(node, &["repo", "name", "image"]);
        other.filter(|_| named && tag.is_some())
    });
    let Some(repository) = repository else {
        // The chart knows the repository, and these values only choose the tag.
        let own = node.get("imageTag").or_else(|| node.get("image_tag"));
        let chosen = if is_image_key(key) { tag } else { own.filter(|_| node.get("image").is_none()) };
        return chosen.map(|tag| Apart { tag: Some(tag), digest, ..Apart::default() });
    };
    let registry = first(node, &["registry", "imageRegistry"]);
    let image = named || tag.is_some() || digest.is_some();
    (image && !is_address(repository)).then_some(Apart {
        registry,
        repository: Some(repository),
        tag,
        digest,
    })
}

/// `image: shop/web` with its tag, if any, in a key beside it.
fn beside<'a>(node: &'a Node, key: &str, value: &'a Node) -> Option<Apart<'a>> {
    let known = value.as_str().is_some() || value.is_unknown();
    // The form with `registry` and `tag` around `image` was read as a whole.
    if !known || is_address(value) || node.get("repository").is_some() {
        return None;
    }
    let own = [format!("{key}Tag"), format!("{key}_tag"), format!("{key}-tag")];
    let tag =
        own.iter().find_map(|own| node.get(own)).or_else(|| first(node, &["tag", "imageTag", "image_tag"]));
    let tag = tag.filter(|tag| tag.scalar().is_some() || tag.is_unknown());
    let text = value.as_str().unwrap_or_default();
    let looks = text.contains(['/', ':']) || tag.is_some() || key == "image";
    looks.then_some(Apart { repository: Some(value), tag, ..Apart::default() })
}

fn is_image_key(key: &str) -> bool {
    key == "image" || key.ends_with("Image") || key.ends_with("_image") || key.ends_with("-image")
}

/// A chart's or a git repository, not an image's.
fn is_address(node: &Node) -> bool {
    node.as_str()
        .is_some_and(|text| text.contains("://") || text.starts_with("git@") || text.starts_with(['/', '.']))
}
