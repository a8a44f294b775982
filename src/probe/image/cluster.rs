//! What a cluster runs, as `kubectl get … -o json` prints it.
//!
//! In: its bytes. Out: every image that a workload states and every image that a pod runs, with the digest where the pod
//! tells it. What belongs to another object of the list (an old `ReplicaSet`, the Job of a `CronJob`) is not told twice.

use serde::Deserialize;

use super::reference::{Reference, is_digest};

/// An image somewhere in the cluster.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) image: Reference,
    pub(super) namespace: String,
    /// `Deployment iot/etl`
    pub(super) owner: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Running>, String> {
    let unusable = |why: &str| {
        format!(
            "the cluster's state {why}: it is made with `kubectl get deploy,sts,ds,cronjob,pods -A -o json`"
        )
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Its own words would repeat what it stumbled over.
    let root: Object =
        serde_json::from_slice(bytes).map_err(|_| unusable("is no JSON that kubectl prints"))?;
    let objects = if root.kind.ends_with("List") { root.items } else { vec![root] };
    let mut found = Vec::new();
    let mut workloads = 0;
    for object in &objects {
        workloads += usize::from(object.read(&mut found));
    }
    if workloads == 0 {
        return Err(unusable("holds no workload and no pod"));
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    items: Vec<Object>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: String,
    namespace: String,
    owner_references: Vec<serde::de::IgnoredAny>,
}

/// Of a pod, a workload or a template: whichever fields are there.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    template: Option<Box<Template>>,
    job_template: Option<Box<Template>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Template {
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContainerStatus {
    name: String,
    #[serde(rename = "imageID")]
    image_id: String,
}

impl Object {
    /// Says whether it is something that runs images.
    fn read(&self, found: &mut Vec<Running>) -> bool {
        let pod = self.kind == "Pod";
        let containers = self.spec.all();
        if containers.is_empty() {
            return false;
        }
        let over = matches!(self.status.phase.as_str(), "Succeeded" | "Failed");
        let told_by_another = !pod && !self.metadata.owner_references.is_empty();
        if over || told_by_another {
            return true;
        }
        for container in containers {
            let Some(mut image) = Reference::parse(&container.image) else { continue };
            if pod && image.digest.is_none() {
                image.digest = self.status.digest_of(&container.name);
            }
            found.push(Running {
                image,
                namespace: self.metadata.namespace.clone(),
                owner: format!("{} {}/{}", self.kind, self.metadata.namespace, self.metadata.name),
            });
        }
        true
    }
}

impl Spec {
    fn all(&self) -> Vec<&Container> {
        let mut all: Vec<&Container> = self.containers.iter().chain(&self.init_containers).collect();
        for template in [&self.template, &self.job_template].into_iter().flatten() {
            all.extend(template.spec.all());
        }
        all
    }
}

impl Status {
    /// `docker-pullable://registry.example.org/web@sha256:…`
    fn digest_of(&self, container: &str) -> Option<String> {
        let mut all = self.container_statuses.iter().chain(&self.init_container_statuses);
        let id = &all.find(|status| status.name == container)?.image_id;
        let (_, digest) = id.rsplit_once('@')?;
        is_digest(digest).then(|| digest.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn owners(state: &serde_json::Value) -> Vec<(String, String)> {
        let found = read(state.to_string().as_bytes()).unwrap();
        found.into_iter().map(|running| (running.owner, running.image.version().to_owned())).collect()
    }

    #[test]
    fn workloads_and_pods_are_found_wherever_their_containers_stand() {
        let digest = format!("sha256:{}", "b".repeat(64));
        let containers = json!([{ "name": "c", "image": "shop/web:1" }]);
        let template = json!({ "spec": { "containers": containers } });
        let state = json!({ "kind": "List", "apiVersion": "v1", "items": [
            { "kind": "Deployment", "metadata": { "name": "d", "namespace": "n" }, "spec": { "template": template } },
            { "kind": "CronJob", "metadata": { "name": "j", "namespace": "n" },
              "spec": { "jobTemplate": { "spec": { "template": template } } } },
            { "kind": "Pod", "metadata": { "name": "p", "namespace": "n", "ownerReferences": [{ "kind": "ReplicaSet" }] },
              "spec": { "containers": containers },
              "status": { "phase": "Running", "containerStatuses": [
                { "name": "c", "imageID": format!("docker-pullable://shop/web@{digest}") }] } },
            { "kind": "Pod", "metadata": { "name": "over", "namespace": "n" }, "spec": { "containers": containers },
              "status": { "phase": "Succeeded" } },
            { "kind": "ReplicaSet", "metadata": { "name": "old", "namespace": "n", "ownerReferences": [{}] },
              "spec": { "template": template } },
            { "kind": "Service", "metadata": { "name": "s", "namespace": "n" }, "spec": {} },
        ] });
        assert_eq!(
            owners(&state),
            [
                ("Deployment n/d".to_owned(), "1".to_owned()),
                ("CronJob n/j".to_owned(), "1".to_owned()),
                ("Pod n/p".to_owned(), digest),
            ]
        );
        assert_eq!(owners(&state["items"][0]).len(), 1, "a single object is taken too");
    }

    #[test]
    fn what_kubectl_does_not_print_is_an_error_and_no_empty_cluster() {
        for text in
            ["", "kind: List", "[]", "{}", r#"{"kind":"List","items":[]}"#, r#"{"kind":"List","items":7}"#]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
