//! Where `kubectl` and `helm` of this machine go, read as kubectl reads it.
//!
//! `KUBECONFIG` lists files, else there is `~/.kube/config`; a file that is missing is skipped; the first that sets
//! `current-context` wins, and so does the first that defines a context or a cluster of a name. Without any, a pod goes to
//! the cluster that it runs in. Certificates, tokens, passwords and what a plugin is called with are never looked at.

use std::path::PathBuf;

use super::machine::Machine;
use super::seen::{Fact, Seen, Subject};
use crate::document::{Format, Node};
use crate::env;
use crate::http;
use crate::probe::Asked;
use crate::probe::piece::piece;

pub(super) fn read(machine: &Machine<'_>, seen: &mut Seen) {
    let files = match machine.says("KUBECONFIG") {
        Some(listed) => env::listed_paths(&listed),
        None => machine.home.iter().map(|home| home.join(".kube/config")).collect(),
    };
    let documents = documents(machine, &files, seen);
    let current = documents.iter().find_map(|document| text(document.get("current-context")?));
    let helm = machine.says("HELM_KUBECONTEXT");
    match &current {
        Some(name) => context(name, None, &documents, seen),
        None if documents.is_empty() && helm.is_none() => in_cluster(machine, seen),
        None => seen.notes.push("no kubeconfig sets a current context".to_owned()),
    }
    // What kubectl is not told, helm is.
    if let Some(name) = helm.filter(|name| current.as_ref() != Some(name)) {
        context(&name, Some("HELM_KUBECONTEXT"), &documents, seen);
    }
    if let Some(namespace) = machine.says("HELM_NAMESPACE") {
        seen.fact(Fact::new(Subject::Namespace, namespace).by("HELM_NAMESPACE"));
    }
}

fn documents(machine: &Machine<'_>, files: &[PathBuf], seen: &mut Seen) -> Vec<Node> {
    let mut found = Vec::new();
    for file in files {
        match machine.document(file, Format::Yaml) {
            Ok(Some(content)) => {
                // Without a digest: the file may hold a password, and a short one could be guessed from it.
                seen.asked.push(Asked::here(piece(&machine.shown(file)), None));
                found.extend(content.document.roots.into_iter().next());
            }
            Ok(None) => {}
            Err(why) => seen.unread.push(why),
        }
    }
    found
}

/// The first entry of a name in the list of all files.
fn named<'a>(documents: &'a [Node], list: &str, name: &str) -> Option<&'a Node> {
    documents
        .iter()
        .filter_map(|document| document.get(list))
        .flat_map(Node::items)
        .find(|item| item.get("name").and_then(text).as_deref() == Some(name))
}

fn context(name: &str, by: Option<&'static str>, documents: &[Node], seen: &mut Seen) {
    let told = |fact: Fact| Fact { by, ..fact };
    seen.fact(told(Fact::new(Subject::KubeContext, name)));
    let Some(context) = named(documents, "contexts", name).and_then(|found| found.get("context")) else {
        let why = format!("kube context `{}` is set, and no kubeconfig defines it", piece(name));
        seen.undefined(why);
        return;
    };
    let field = |name: &str| context.get(name).and_then(text);
    if let Some(cluster) = field("cluster") {
        let server = named(documents, "clusters", &cluster)
            .and_then(|found| text(found.get("cluster")?.get("server")?));
        match server {
            Some(server) => seen.fact(told(server_fact(&server))),
            None => seen.notes.push(format!("no kubeconfig says where cluster `{}` is", piece(&cluster))),
        }
    }
    seen.fact(told(Fact::new(
        Subject::Namespace,
        field("namespace").unwrap_or_else(|| "default".to_owned()),
    )));
    if let Some(user) = field("user") {
        seen.fact(told(Fact::new(Subject::KubeUser, user)));
    }
}

/// The host of an address; with its port it has another name.
fn server_fact(address: &str) -> Fact {
    let shown = http::shown(address);
    let rest = shown.split_once("://").map_or(shown.as_str(), |(_, rest)| rest);
    let with_port = rest.split('/').next().unwrap_or_default();
    let host = match with_port.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => with_port,
    };
    Fact::new(Subject::KubeServer, host).also((host != with_port).then(|| with_port.to_owned()))
}

/// A pod without a kubeconfig talks to its own cluster.
fn in_cluster(machine: &Machine<'_>, seen: &mut Seen) {
    let Some(host) = machine.says("KUBERNETES_SERVICE_HOST") else { return };
    let file = machine.service_account.join("namespace");
    let Ok(Some(namespace)) = machine.bytes(&file) else { return };
    seen.notes.push("no kubeconfig: kubectl goes to the cluster that this pod runs in".to_owned());
    seen.asked.push(Asked::here(piece(&machine.shown(&file)), Some(&namespace)));
    seen.fact(Fact::new(Subject::KubeServer, host));
    seen.fact(Fact::new(Subject::Namespace, String::from_utf8_lossy(&namespace).trim()));
}

fn text(node: &Node) -> Option<String> {
    node.scalar().map(std::borrow::Cow::into_owned).filter(|text| !text.is_empty())
}
