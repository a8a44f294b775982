//! Kustomizations: what they list, which images they rewrite, and what they generate.
//!
//! In: a kustomization, or the part of another object that kustomize reads. Out: a [`Kustomization`], images as they
//! come out, providers and literals. Must not read the files that it names.

use super::helm;
use super::image::{self, Apart, User};
use super::key_path::{KeyPath, identity};
use super::kubernetes::Manifest;
use super::leaf::{Holder, verbatim};
use super::written::{name, scalar, span_within};
use super::{
    FileFacts, ImageOrigin, ImageRewrite, KeyProvider, Kustomization, Recognised, Setting, SettingKind,
    StoreKind,
};
use crate::document::{Node, Value};
use crate::source::{Located, SourceFile, Span};

/// Says whether a document is a kustomization by what it says of itself.
pub(super) fn is_kustomization(node: &Node) -> bool {
    let group = node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
    group.starts_with("kustomize.config.k8s.io/")
}

/// Reads a kustomization file's document.
pub(super) fn read(facts: &mut FileFacts, node: &Node) {
    facts.recognised.insert(Recognised::Kustomization);
    let source = facts.source.clone();
    let text = |key: &str| name(&source, node.get(key)).map(|scalar| scalar.text);
    let namespace = text("namespace");
    let holder = Holder {
        kind: SettingKind::Other,
        owner: "kustomization",
        namespace: namespace.as_ref().map(|name| name.value.as_str()),
    };
    images(facts, node.get("images"), holder, &mut KeyPath::of(&["images"]));
    for (key, kind) in [("secretGenerator", StoreKind::Secret), ("configMapGenerator", StoreKind::ConfigMap)]
    {
        for generator in node.get(key).map(Node::items).unwrap_or_default() {
            generate(facts, generator, key, kind, holder);
        }
    }
    for (index, chart) in node.get("helmCharts").map(Node::items).unwrap_or_default().iter().enumerate() {
        let item = identity(chart).map_or_else(|| index.to_string(), std::borrow::Cow::into_owned);
        if let Some(values) = chart.get("valuesInline") {
            let below = ["helmCharts", item.as_str(), "valuesInline"];
            let place = helm::Values { owner: "kustomization", namespace: holder.namespace, below: &below };
            helm::values(facts, values, place);
        }
    }
    for entry in node.entries() {
        let key = entry.key.value.as_str();
        if matches!(key, "namespace" | "namePrefix" | "nameSuffix") {
            facts.add_setting(holder, entry.key.clone(), &entry.value, key, verbatim);
        } else if matches!(key, "commonLabels" | "commonAnnotations" | "labels") {
            let place = helm::Values { owner: "kustomization", namespace: holder.namespace, below: &[key] };
            helm::leaves(facts, &entry.value, place, SettingKind::Other);
        }
    }
    facts.kustomization = Some(Box::new(Kustomization {
        span: node.span,
        component: node.get("kind").and_then(Node::as_str) == Some("Component"),
        name_prefix: text("namePrefix"),
        name_suffix: text("nameSuffix"),
        resources: listed(&source, node, &["resources", "bases"]),
        components: listed(&source, node, &["components"]),
        patches: patches(&source, node),
        images: rewrites(node),
        inline: inline(node),
        generators: listed(&source, node, &["generators", "transformers"]),
        charts: ["helmCharts", "helmChartInflationGenerator"]
            .iter()
            .flat_map(|key| node.get(key).map(Node::items).unwrap_or_default())
            .filter_map(|chart| {
                Some(name(&source, chart.get("name").or_else(|| chart.get("chartName")))?.text)
            })
            .collect(),
        namespace,
    }));
}

/// Paths and addresses of lists; an inline document among them is left out.
fn listed(source: &SourceFile, node: &Node, keys: &[&str]) -> Vec<Located<String>> {
    let items = keys.iter().flat_map(|key| node.get(key).map(Node::items).unwrap_or_default());
    items
        .filter_map(|item| scalar(source, item))
        .map(|scalar| scalar.text)
        .filter(|text| !text.value.contains('\n'))
        .collect()
}

/// What `images:` says of each name.
fn rewrites(node: &Node) -> Vec<ImageRewrite> {
    let filled = |item: &Node, key: &str| {
        item.get(key)
            .is_some_and(|node| node.is_unknown() || node.scalar().is_some_and(|text| !text.is_empty()))
    };
    node.get("images")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            Some(ImageRewrite {
                name: item.get("name")?.scalar()?.into_owned(),
                new_name: item.get("newName").and_then(Node::scalar).map(std::borrow::Cow::into_owned),
                sets_version: filled(item, "newTag") || filled(item, "digest"),
                span: item.span,
            })
        })
        .collect()
}

/// Patches and replacements that are written out in the kustomization.
fn inline(node: &Node) -> Vec<Span> {
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    let patches = ["patches", "patchesJson6902"].iter().flat_map(|key| items(key));
    let mut out: Vec<Span> = patches.filter_map(|item| Some(item.get("patch")?.span)).collect();
    let merged = items("patchesStrategicMerge")
        .iter()
        .filter(|item| item.as_str().is_some_and(|text| text.contains('\n')) || !item.entries().is_empty());
    out.extend(merged.map(|item| item.span));
    out.extend(["replacements", "vars"].iter().filter_map(|key| Some(node.get(key)?.span)));
    out
}

/// The files of all three lists of patches.
fn patches(source: &SourceFile, node: &Node) -> Vec<Located<String>> {
    let mut out = listed(source, node, &["patchesStrategicMerge", "patches"]);
    for key in ["patches", "patchesJson6902"] {
        let items = node.get(key).map(Node::items).unwrap_or_default();
        out.extend(items.iter().filter_map(|item| Some(name(source, item.get("path"))?.text)));
    }
    out
}

/// `images:` of a kustomization: what the base's images become.
fn images(facts: &mut FileFacts, list: Option<&Node>, holder: Holder<'_>, path: &mut KeyPath) {
    for (index, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
        let mark = path.push_item(item, index);
        let owner = match identity(item) {
            Some(name) => format!("{}, image {name}", holder.owner),
            None => holder.owner.to_owned(),
        };
        let user = User {
            owner: &owner,
            namespace: holder.namespace,
            origin: ImageOrigin::Kustomize,
            key_path: path.as_str(),
        };
        let apart = Apart {
            registry: None,
            repository: item.get("newName").or_else(|| item.get("name")),
            tag: item.get("newTag"),
            digest: item.get("digest"),
        };
        facts.images.extend(image::of_parts(&facts.source, &apart, item.span, &user));
        path.back(mark);
    }
}

/// Images that a Flux Kustomization or an Argo CD Application rewrites, and an Application's inline values.
pub(super) fn images_of_object(facts: &mut FileFacts, manifest: &Manifest<'_>, spec: &Node) {
    let holder = Holder {
        kind: SettingKind::Other,
        owner: &manifest.owner,
        namespace: manifest.id.namespace.as_deref(),
    };
    if manifest.id.kind == "Kustomization" {
        images(facts, spec.get("images"), holder, &mut KeyPath::of(&["spec", "images"]));
        return;
    }
    let sources =
        spec.get("source").into_iter().chain(spec.get("sources").map(Node::items).unwrap_or_default());
    for source in sources {
        for (index, item) in
            source.at(&["kustomize", "images"]).map(Node::items).unwrap_or_default().iter().enumerate()
        {
            let key_path = format!("spec.source.kustomize.images[{index}]");
            facts.images.extend(rewritten(&facts.source, item, holder, &key_path));
        }
        if let Some(values) = source.at(&["helm", "valuesObject"]) {
            let below = ["spec", "source", "helm", "valuesObject"];
            let place = helm::Values { owner: holder.owner, namespace: holder.namespace, below: &below };
            helm::values(facts, values, place);
        }
    }
}

/// `name=new:tag`, or the new reference alone.
fn rewritten(
    source: &SourceFile,
    item: &Node,
    holder: Holder<'_>,
    key_path: &str,
) -> Option<super::ImageUse> {
    let text = scalar(source, item)?.text.value;
    let at = text.find('=').map_or(0, |at| at + 1);
    let new = text.get(at..)?;
    let part = Node::new(
        Value::String(crate::document::Text { value: new.to_owned(), style: crate::document::Style::Plain }),
        span_within(source, item, &text, at..text.len()),
    );
    let user =
        User { owner: holder.owner, namespace: holder.namespace, origin: ImageOrigin::Kustomize, key_path };
    let mut image = image::of_node(source, &part, &user)?;
    // Without a tag the base's one stays.
    image.unknown |= image.tag.is_none() && image.digest.is_none();
    Some(image)
}

/// Says whether a document is a JSON patch: a list of operations, each with a pointer.
pub(super) fn is_json_patch(root: &Node) -> bool {
    let operation = |item: &Node| {
        item.get("op").and_then(Node::as_str).is_some()
            && item.get("path").and_then(Node::as_str).is_some_and(|path| path.starts_with('/'))
    };
    !root.items().is_empty() && root.items().iter().all(operation)
}

/// Reads what a JSON patch puts in.
pub(super) fn read_json_patch(facts: &mut FileFacts, root: &Node) {
    facts.recognised.insert(Recognised::JsonPatch);
    let holder = Holder { kind: SettingKind::Other, owner: "patch", namespace: None };
    for item in root.items() {
        let (Some(value), Some(pointer)) = (item.get("value"), item.get("path").and_then(Node::as_str))
        else {
            continue;
        };
        let last = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        if last == "image" {
            let user =
                User { owner: "patch", namespace: None, origin: ImageOrigin::Kustomize, key_path: pointer };
            facts.images.extend(image::of_node(&facts.source, value, &user));
        } else if value.scalar().is_some() {
            let place = item.get("path").map_or(item.span, |path| path.span);
            facts.add_setting(holder, Located::new(last, place), value, pointer, verbatim);
        } else {
            let place = helm::Values { owner: "patch", namespace: None, below: &[pointer] };
            helm::leaves(facts, value, place, SettingKind::Other);
        }
    }
}

/// One entry of `secretGenerator` or `configMapGenerator`.
fn generate(facts: &mut FileFacts, generator: &Node, list: &str, kind: StoreKind, holder: Holder<'_>) {
    let source = facts.source.clone();
    let Some(own) = name(&source, generator.get("name")) else { return };
    let owner = format!("{list} {}", own.text.value);
    let items = |key: &str| generator.get(key).map(Node::items).unwrap_or_default();
    let mut keys = Vec::new();
    for item in items("literals") {
        let Some(literal) = literal(&source, item) else { continue };
        keys.push(literal.key.clone());
        facts.settings.push(Setting {
            kind: SettingKind::GeneratorLiteral,
            owner: owner.clone(),
            namespace: holder.namespace.map(str::to_owned),
            key: literal.key.clone(),
            value: literal.value,
            span: literal.span,
            key_path: format!("{list}[{}].literals[{}]", own.text.value, literal.key.value),
            block: false,
        });
    }
    for item in items("files") {
        let Some(text) = scalar(&source, item).map(|scalar| scalar.text) else { continue };
        let (start, end) = match text.value.find('=') {
            Some(at) => (0, at),
            None => (text.value.rfind('/').map_or(0, |at| at + 1), text.value.len()),
        };
        let key = text.value.get(start..end).unwrap_or_default().to_owned();
        keys.push(Located::new(key, span_within(&source, item, &text.value, start..end)));
    }
    let mut key_files: Vec<Located<String>> =
        items("envs").iter().filter_map(|item| Some(scalar(&source, item)?.text)).collect();
    key_files.extend(name(&source, generator.get("env")).map(|scalar| scalar.text));
    let merges = generator.get("behavior").and_then(Node::as_str) == Some("merge");
    let own_namespace = name(&source, generator.get("namespace")).map(|scalar| scalar.text.value);
    facts.providers.push(KeyProvider {
        kind,
        name: own.text,
        namespace: own_namespace.or_else(|| holder.namespace.map(str::to_owned)),
        producer: list.to_owned(),
        keys,
        open: merges,
        key_files,
        templated: own.templated,
    });
}

struct Literal {
    key: Located<String>,
    value: Option<String>,
    span: Span,
}

/// `KEY=value`; kustomize takes one pair of quotes off the value.
fn literal(source: &SourceFile, item: &Node) -> Option<Literal> {
    let written = scalar(source, item)?;
    let text = &written.text.value;
    let at = text.find('=')?;
    let place = |range: std::ops::Range<usize>| span_within(source, item, text, range);
    let key = Located::new(text.get(..at)?.trim().to_owned(), place(0..at));
    let value = text.get(at + 1..)?;
    let bare = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let known = !written.templated || !super::is_expression(value);
    Some(Literal {
        key,
        value: (known && !item.is_unknown()).then(|| bare.unwrap_or(value).to_owned()),
        span: place(at + 1..text.len()),
    })
}
