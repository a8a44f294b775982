//! Kubernetes manifests: what they name, run, read, provide and configure.
//!
//! In: the roots of a YAML or JSON document. Out: resources, workloads, images, providers and settings, added to the
//! file's facts. Lists and `OpenShift` templates are opened first. Must not know where the file lies.

pub(super) mod pod;
mod stores;
mod values;

use std::collections::BTreeMap;

use super::scope::lists;
use super::written::{self, has_gap};
use super::{FileFacts, Recognised, Resource, ResourceId, System, helm, kustomize, openshift};
use crate::document::{Node, Value};
use crate::source::{RepoPath, SourceFile, Span};

/// Lists in lists; nobody writes more.
const NESTED_LISTS: usize = 8;

/// One object, its header read.
#[derive(Debug)]
pub(super) struct Manifest<'a> {
    pub(super) id: ResourceId,
    /// `Deployment web`
    pub(super) owner: String,
    pub(super) body: &'a Node,
    name_span: Span,
    templated: bool,
}

/// Groups whose kinds say by themselves where their containers are.
const BUILT_IN: &str = "\
    apps batch autoscaling networking.k8s.io policy rbac.authorization.k8s.io storage.k8s.io \
    apiextensions.k8s.io admissionregistration.k8s.io scheduling.k8s.io coordination.k8s.io \
    apiregistration.k8s.io discovery.k8s.io apps.openshift.io route.openshift.io build.openshift.io \
    image.openshift.io";

/// Kinds that speak of containers and images and run none.
const RUN_NOTHING: &str = "\
    ConfigMap Secret SealedSecret ExternalSecret ClusterExternalSecret CustomResourceDefinition ConstraintTemplate \
    ClusterPolicy ValidatingAdmissionPolicy MutatingAdmissionPolicy ImageRepository ImagePolicy \
    ImageUpdateAutomation ImageUpdater PrometheusRule Application ApplicationSet HelmRelease HelmChart \
    ImageContentSourcePolicy ImageDigestMirrorSet ImageTagMirrorSet ClusterImagePolicy";

/// Groups of files that are read by a tool on its way to the cluster and never become objects of it.
const TOOL_GROUPS: &str = "\
    kustomize.config.k8s.io kind.x-k8s.io kubeadm.k8s.io kubelet.config.k8s.io skaffold k3d.io \
    apiserver.config.k8s.io kubescheduler.config.k8s.io kubeproxy.config.k8s.io audit.k8s.io \
    client.authentication.k8s.io viaduct.ai builtin helm.sh eksctl.io krew.googlecontainertools.github.com \
    k0sctl.k0sproject.io imageset mirror.openshift.io install.openshift.io ctlptl.dev tilt.dev backstage.io \
    scaffolder.backstage.io catalog.backstage.io";

impl<'a> Manifest<'a> {
    /// Reads the header of an object; `None` for what is none.
    pub(super) fn of(source: &SourceFile, body: &'a Node) -> Option<Self> {
        let kind = body.get("kind")?.as_str()?;
        let version = body.get("apiVersion")?;
        let metadata = body.get("metadata");
        let group = group_of(version.as_str(), kind);
        let plain = kind.starts_with(|first: char| first.is_ascii_uppercase())
            && kind.chars().all(|character| character.is_ascii_alphanumeric());
        if !plain || (version.as_str().is_none() && !version.is_unknown()) || lists(TOOL_GROUPS, &group) {
            return None;
        }
        if kind == "Config" && group.is_empty() {
            return None;
        }
        let metadata =
            metadata.filter(|node| node.is_unknown() || matches!(node.value, Value::Mapping(_)))?;
        let given = |key: &str| written::name(source, metadata.get(key));
        let (name, name_span, mut templated) = if let Some(name) = given("name") {
            (name.text.value, name.text.span, name.templated)
        } else if let Some(prefix) = given("generateName") {
            (format!("{}*", prefix.text.value), prefix.text.span, true)
        } else {
            (String::new(), body.get("kind")?.span, true)
        };
        let namespace = given("namespace");
        templated |= namespace.as_ref().is_some_and(|namespace| namespace.templated);
        let owner = if name.is_empty() { kind.to_owned() } else { format!("{kind} {name}") };
        Some(Self {
            id: ResourceId {
                system: System::Kubernetes,
                group,
                kind: kind.to_owned(),
                namespace: namespace.map(|namespace| namespace.text.value),
                name,
            },
            owner,
            body,
            name_span,
            templated,
        })
    }

    /// An operator's own kind, whose shape nobody promised.
    fn is_custom(&self) -> bool {
        !self.id.group.is_empty() && !lists(BUILT_IN, &self.id.group)
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.body.at(&["metadata", "labels"]).map(Node::entries).unwrap_or_default();
        labels
            .iter()
            .filter_map(|entry| Some((entry.key.value.clone(), entry.value.scalar()?.into_owned())))
            .collect()
    }
}

/// The API group that an object is known by today, whatever old name the manifest gives it.
fn group_of(api_version: Option<&str>, kind: &str) -> String {
    let group = match api_version {
        Some(version) => version.rsplit_once('/').map_or("", |(group, _)| group),
        None => "?",
    };
    let known = match (group, kind) {
        ("extensions" | "?" | "", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet") => "apps",
        ("extensions" | "?" | "", "Ingress" | "NetworkPolicy" | "IngressClass") => "networking.k8s.io",
        ("?" | "", "CronJob" | "Job") => "batch",
        ("?" | "", "HorizontalPodAutoscaler") => "autoscaling",
        ("?" | "", "PodDisruptionBudget") | ("extensions", "PodSecurityPolicy") => "policy",
        ("?" | "" | "apps.openshift.io", "DeploymentConfig") => "apps.openshift.io",
        ("?" | "", "Route") => "route.openshift.io",
        ("?" | "", "BuildConfig") => "build.openshift.io",
        ("?" | "", "ImageStream" | "ImageStreamTag") => "image.openshift.io",
        ("?" | "", "Template") => "template.openshift.io",
        ("?", _) => "",
        (group, _) => group,
    };
    known.to_owned()
}

/// Says whether a document is a manifest, a list of them or a template.
pub(super) fn is_manifest(source: &SourceFile, node: &Node) -> bool {
    is_list(node) || openshift::is_template(node) || Manifest::of(source, node).is_some()
}

fn is_list(node: &Node) -> bool {
    node.get("apiVersion").is_some()
        && node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"))
        && node.get("items").is_some_and(|items| matches!(items.value, Value::Sequence(_)))
}

/// Reads all manifests of a file.
pub(super) fn read(facts: &mut FileFacts, roots: Vec<Node>) {
    let mut pending: Vec<(Node, usize)> = roots.into_iter().rev().map(|root| (root, 0)).collect();
    while let Some((node, depth)) = pending.pop() {
        if is_list(&node) && depth < NESTED_LISTS {
            if let Some(items) = into_items(node) {
                pending.extend(items.into_iter().rev().map(|item| (item, depth + 1)));
            }
        } else if openshift::is_template(&node) {
            facts.recognised.insert(Recognised::OpenShiftTemplate);
            for (written, resolved) in openshift::open(facts, node) {
                object(facts, Some(&written), resolved);
            }
        } else {
            object(facts, None, node);
        }
    }
}

fn into_items(node: Node) -> Option<Vec<Node>> {
    let Value::Mapping(entries) = node.value else { return None };
    let items = entries.into_iter().find(|entry| entry.key.value == "items")?;
    match items.value.value {
        Value::Sequence(items) => Some(items),
        _ => None,
    }
}

/// Reads one object; `written` is it before parameters were resolved.
fn object(facts: &mut FileFacts, written: Option<&Node>, body: Node) {
    let source = facts.source.clone();
    let Some(manifest) = Manifest::of(&source, &body) else { return };
    // A generator of kustomize's: a chart with its values, and no object.
    if body.get("apiVersion").and_then(Node::as_str) == Some("builtin") {
        if let Some(values) = body.get("valuesInline") {
            facts.recognised.insert(Recognised::ChartValues);
            let below = ["valuesInline"];
            helm::values(
                facts,
                values,
                helm::Values { owner: &manifest.owner, namespace: None, below: &below },
            );
        }
        return;
    }
    facts.recognised.insert(Recognised::KubernetesManifest);
    let gaps = std::mem::take(&mut facts.gaps);
    let triggered = openshift::images(facts, &manifest);
    if !lists(RUN_NOTHING, &manifest.id.kind) {
        let (workload, images) =
            pod::read(&source, &gaps, &manifest, &triggered).into_workload(&manifest.id, &body);
        facts.workloads.extend(workload);
        facts.images.extend(images);
    }
    let partial = source.origin().path().is_some_and(is_patch_path) || is_partial(&source, &manifest, &gaps);
    // What a patch adds keys to stands elsewhere.
    let providers = stores::read(&source, &gaps, &manifest);
    facts.providers.extend(
        providers
            .into_iter()
            .map(|provider| super::KeyProvider { open: provider.open || partial, ..provider }),
    );
    facts.gaps = gaps;
    match (manifest.id.kind.as_str(), body.get("spec")) {
        ("HelmRelease", Some(spec)) => helm::release_values(facts, &manifest, spec),
        ("Application" | "Kustomization", Some(spec)) => kustomize::images_of_object(facts, &manifest, spec),
        _ => {}
    }
    values::read(facts, &manifest, written.unwrap_or(&body));
    let labels = manifest.labels();
    let Manifest { id, name_span, templated, .. } = manifest;
    facts.resources.push(Resource { id, span: body.span, name_span, labels, body, templated, partial });
}

/// A file that says by its name that it patches: `replicas-patch.yaml`, `patches/limits.yaml`.
fn is_patch_path(path: &RepoPath) -> bool {
    let lower = path.lossy().to_ascii_lowercase();
    let (folder, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let is_patch = |word: &str| matches!(word, "patch" | "patches");
    folder.split('/').next_back().is_some_and(is_patch)
        || file.split(|character: char| !character.is_alphanumeric()).any(is_patch)
}

/// A patch on an object that stands elsewhere: what the API server would refuse to create it without is missing.
fn is_partial(source: &SourceFile, manifest: &Manifest<'_>, gaps: &[crate::document::Gap]) -> bool {
    let body = manifest.body;
    if body.get("$patch").is_some() {
        return true;
    }
    if manifest.templated && manifest.id.name.is_empty() || has_gap(source, gaps, body.span) {
        return false;
    }
    let spec = body.get("spec");
    if spec.is_some_and(Node::is_unknown) {
        return false;
    }
    let lacks = |path: &[&str]| spec.and_then(|spec| spec.at(path)).is_none();
    let pod_lacks_image = |path: &[&str]| {
        let containers = spec.and_then(|spec| spec.at(path));
        containers.is_none_or(|containers| {
            !containers.is_unknown() && containers.items().iter().all(|item| item.get("image").is_none())
        })
    };
    match manifest.id.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" if manifest.id.group == "apps" => {
            lacks(&["selector"]) || pod_lacks_image(&["template", "spec", "containers"])
        }
        "CronJob" if manifest.id.group == "batch" => lacks(&["schedule"]) || lacks(&["jobTemplate"]),
        "Job" if manifest.id.group == "batch" => pod_lacks_image(&["template", "spec", "containers"]),
        "Pod" if manifest.id.group.is_empty() => pod_lacks_image(&["containers"]),
        // Without any spec there is nothing to tell a patch by; a kustomization may still say that it is one.
        "Service" | "Ingress" | "HorizontalPodAutoscaler" | "PersistentVolumeClaim" if spec.is_none() => {
            false
        }
        "Service" if manifest.id.group.is_empty() => lacks(&["ports"]) && lacks(&["externalName"]),
        "Ingress" if manifest.id.group == "networking.k8s.io" => {
            lacks(&["rules"]) && lacks(&["defaultBackend"]) && lacks(&["backend"])
        }
        "ClusterRole" | "Role" => ["rules", "aggregationRule"].iter().all(|key| body.get(key).is_none()),
        "ClusterRoleBinding" | "RoleBinding" => body.get("roleRef").is_none(),
        "StorageClass" => body.get("provisioner").is_none(),
        "HorizontalPodAutoscaler" => lacks(&["scaleTargetRef"]),
        "PersistentVolumeClaim" => lacks(&["accessModes"]),
        "HelmRelease" => lacks(&["chart"]) && lacks(&["chartRef"]) && lacks(&["helmVersion"]),
        _ => false,
    }
}
