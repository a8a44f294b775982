//! What a change shows that decides what people are asked before it goes out: names that others call, images, sessions.
//!
//! In: the delta, and the files that reach one environment. Out: each [`Sign`] with what showed it. Must not know what
//! anybody is asked because of it.

mod kinds;
mod retagged;
mod substance;
#[cfg(test)]
mod tests;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use kinds::of_kind;
use serde::{Deserialize, Serialize};
use substance::{does_something_else, is_more_than_dressing};

use super::delta::{Delta, KeyChange, ResourceChange, Standing, leaves};
use super::{
    FileFacts, ImageUse, KeyProvider, ResourceId, Snapshot, StoreKind, System, Workload, holds_expression,
};
use crate::change::ReadError;
use crate::source::{RepoPath, looks_secret_name};

/// What a change can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// A DNS record changes.
    Dns,
    /// What others call changes: an ingress, a route, a gateway, a load balancer, a web server's configuration.
    Ingress,
    /// Another image, chart or version will run.
    Image,
    /// What a workload logs in with, or a workload that logs in, changes: its sessions outlive the first minutes.
    Session,
    /// A Secret, or what provides one, changes.
    Secret,
    /// Something is taken away.
    Removal,
    /// A dependency moves.
    Dependency,
    /// Alert rules, routes or receivers change.
    Alerts,
}

impl Sign {
    /// As it stands behind `the change touches`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dns => "a DNS record",
            Self::Ingress => "what others call",
            Self::Image => "which image runs",
            Self::Session => "a service that logs in",
            Self::Secret => "a secret",
            Self::Removal => "something that it takes away",
            Self::Dependency => "a dependency",
            Self::Alerts => "alerting",
        }
    }
}

/// What showed each sign, as a person says it, sorted: `Ingress shop/web`.
pub type Signs = BTreeMap<Sign, BTreeSet<String>>;

/// What one change does in one environment; `here` are the files that reach it.
pub fn signs(
    delta: &Delta,
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    here: &dyn Fn(&RepoPath) -> bool,
    files: &[&RepoPath],
) -> Result<Signs, ReadError> {
    let mut found = Signs::new();
    for change in delta.resources.iter().filter(|change| here(change.path())) {
        of_resource(change, &mut found);
    }
    for (path, moved) in delta.dependencies.iter().filter(|(path, _)| here(path)) {
        note(&mut found, Sign::Dependency, format!("{} in {}", moved.key, path.display()));
    }
    for path in files {
        let sides = [base.facts(path)?, head.facts(path)?];
        let [before, after] = [sides[0].as_deref(), sides[1].as_deref()];
        of_images(before, after, &mut found);
        of_providers(path, before, after, delta, &mut found);
        of_workloads(before, after, delta, &mut found);
        if let Some(key) = written::called_otherwise(before, after) {
            note(&mut found, Sign::Ingress, format!("{key} in {}", path.display()));
        }
        for workload in retagged::workloads(base, head, path)?.iter().filter(|workload| logs_in(workload)) {
            note(&mut found, Sign::Session, workload.id.display());
        }
        let texts = [base.text(path)?, head.text(path)?];
        let text = |side: usize| texts.get(side).and_then(Option::as_ref).map_or("", |file| file.text());
        let (before, after) = (text(0), text(1));
        if written::serves_otherwise(path, before, after) {
            note(&mut found, Sign::Ingress, path.display());
        }
        if written::alerts_otherwise(path, before, after) {
            note(&mut found, Sign::Alerts, path.display());
        }
        if written::has_other_version(path, before, after) {
            note(&mut found, Sign::Image, format!("versions in {}", path.display()));
        }
    }
    Ok(found)
}

/// The images that a side of these files runs.
pub fn images(side: &Snapshot<'_>, files: &[&RepoPath]) -> Result<Vec<String>, ReadError> {
    let mut found = BTreeSet::new();
    for path in files {
        let Some(facts) = side.facts(path)? else { continue };
        let known = facts.images.iter().filter(|image| !image.unknown && !image.repository.is_empty());
        for image in known {
            if !stands_for_another(side, path, image)? {
                found.insert(image.reference.clone());
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// A name that a kustomization above, or a trigger in the cluster, puts another image in the place of.
fn stands_for_another(side: &Snapshot<'_>, path: &RepoPath, image: &ImageUse) -> Result<bool, ReadError> {
    let bare = image.tag.is_none() && image.digest.is_none() && !image.repository.contains('/');
    if bare && image.owner.starts_with("DeploymentConfig ") {
        return Ok(true);
    }
    let builds = side.builds()?;
    let ways = builds.ways(path).unwrap_or_default();
    let mut above = ways.iter().flatten().filter_map(|step| step.build.kustomization());
    Ok(above.any(|own| own.images.iter().any(|rewrite| rewrite.name == image.repository)))
}

/// The workloads that these files run at the head, by name.
pub fn workloads(
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    files: &[&RepoPath],
) -> Result<BTreeSet<String>, ReadError> {
    let mut found = BTreeSet::new();
    for path in files {
        let own = head.facts(path)?;
        let own = own.iter().flat_map(|facts| &facts.workloads).filter_map(called);
        found.extend(own.map(str::to_owned));
        found.extend(retagged::workloads(base, head, path)?.iter().filter_map(called).map(str::to_owned));
    }
    Ok(found)
}

/// What people call a workload; a file of values has no name of its own, and one that is put together has none yet.
fn called(workload: &Workload) -> Option<&str> {
    let name = workload.id.name.as_str();
    let name = match workload.id.system {
        System::Helm => name.rsplit_once(' ')?.1,
        _ => name,
    };
    (!holds_expression(name)).then_some(name)
}

fn note(found: &mut Signs, sign: Sign, what: String) {
    found.entry(sign).or_default().insert(what);
}

fn of_resource(change: &ResourceChange, found: &mut Signs) {
    let standing = match change {
        ResourceChange::Added(standing) => standing,
        ResourceChange::Removed(standing) => {
            note(found, Sign::Removal, standing.resource.id.display());
            standing
        }
        ResourceChange::Modified { after, .. } => after,
        ResourceChange::Renamed { before, after } => {
            for sign in of_kind(&before.resource.id) {
                note(found, sign, before.resource.id.display());
            }
            after
        }
    };
    let resource = &standing.resource;
    if let ResourceChange::Modified { keys, .. } = change
        && !is_more_than_dressing(keys)
    {
        return;
    }
    let mut signs = of_kind(&resource.id);
    let service_type = resource.body.at(&["spec", "type"]).and_then(|node| node.as_str());
    if resource.id.kind == "Service" && matches!(service_type, Some("LoadBalancer" | "NodePort")) {
        signs.push(Sign::Ingress);
    }
    let touched = |part: &str| match change {
        ResourceChange::Modified { keys, .. } => keys.iter().any(|key| {
            let values = key.before.iter().chain(&key.after);
            key.path.contains(part) || values.into_iter().any(|(value, _)| value.contains(part))
        }),
        _ => leaves(&resource.body)
            .iter()
            .any(|(path, (value, _))| path.contains(part) || value.contains(part)),
    };
    if touched("external-dns.alpha.kubernetes.io/") {
        signs.push(Sign::Dns);
    }
    // A proxy in front of containers reads their labels and variables.
    if resource.id.system == System::Compose
        && ["traefik.http.routers", "VIRTUAL_HOST"].into_iter().any(touched)
    {
        signs.push(Sign::Ingress);
    }
    if let ResourceChange::Modified { keys, .. } = change {
        match of_version(&resource.id, keys) {
            Some(sign @ Sign::Image) => {
                note(found, sign, format!("the version in {}", resource.id.display()));
            }
            Some(sign) => note(found, sign, resource.id.display()),
            None => {}
        }
    }
    for sign in signs {
        note(found, sign, resource.id.display());
    }
}

/// Another version of what a resource brings along: a chart, a revision, a module.
fn of_version(id: &ResourceId, keys: &[KeyChange]) -> Option<Sign> {
    let changed = |wanted: &dyn Fn(&str) -> bool| keys.iter().any(|key| wanted(&key.path));
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    match (id.system, id.kind.as_str()) {
        (System::Kubernetes, "HelmRelease" | "HelmChart") => {
            changed(&|path| matches!(path, "spec.chart.spec.version" | "spec.version")).then_some(Sign::Image)
        }
        (System::Kubernetes, "OCIRepository" | "GitRepository") => {
            changed(&|path| path.starts_with("spec.ref.")).then_some(Sign::Image)
        }
        (System::Kubernetes, "Application" | "ApplicationSet") => {
            changed(&|path| last(path) == "targetRevision").then_some(Sign::Image)
        }
        (System::Terraform, "helm_release") => changed(&|path| path == "version").then_some(Sign::Image),
        (System::Terraform, "module") => {
            changed(&|path| matches!(path, "source" | "version")).then_some(Sign::Dependency)
        }
        _ => None,
    }
}

fn of_images(before: Option<&FileFacts>, after: Option<&FileFacts>, found: &mut Signs) {
    let of = |facts: Option<&FileFacts>| -> BTreeSet<String> {
        facts.map_or_else(BTreeSet::new, |facts| {
            facts.images.iter().map(|image| image.reference.clone()).collect()
        })
    };
    let before = of(before);
    for image in of(after).into_iter().filter(|image| !before.contains(image)) {
        note(found, Sign::Image, image);
    }
}

/// What provides a Secret, where its manifest changed or it gives other keys.
fn of_providers(
    path: &RepoPath,
    before: Option<&FileFacts>,
    after: Option<&FileFacts>,
    delta: &Delta,
    found: &mut Signs,
) {
    let own = |facts: Option<&FileFacts>| -> Vec<KeyProvider> {
        let providers = facts.into_iter().flat_map(|facts| &facts.providers);
        providers.filter(|provider| provider.kind == StoreKind::Secret).cloned().collect()
    };
    let (before, after) = (own(before), own(after));
    let keys = |side: &[KeyProvider], of: &KeyProvider| -> Option<BTreeSet<String>> {
        let same = |known: &&KeyProvider| known.producer == of.producer && known.name.value == of.name.value;
        let twin = side.iter().find(same)?;
        Some(twin.keys.iter().map(|key| key.value.clone()).collect())
    };
    // Of many secrets in one file, those whose own manifest changed.
    let changes: Vec<&ResourceChange> = delta.resources.iter().filter(|change| is_more(change)).collect();
    let rewritten = |provider: &KeyProvider, side: fn(&ResourceChange) -> Option<&Standing>| {
        changes.iter().filter_map(|change| side(change)).any(|standing| {
            let span = standing.resource.span;
            standing.path == *path && (span.start..=span.end).contains(&provider.name.span.start)
        })
    };
    let there = after.iter().filter(|provider| {
        keys(&before, provider) != keys(&after, provider) || rewritten(provider, after_of)
    });
    let gone =
        before.iter().filter(|provider| keys(&after, provider).is_none() || rewritten(provider, before_of));
    for provider in there.chain(gone) {
        let named = format!("{} {}", provider.producer, provider.name.value);
        if provider.keys.iter().any(|key| looks_secret_name(&key.value)) {
            note(found, Sign::Session, named.clone());
        }
        note(found, Sign::Secret, named);
    }
}

/// More than labels changed.
fn is_more(change: &ResourceChange) -> bool {
    !matches!(change, ResourceChange::Modified { keys, .. } if !is_more_than_dressing(keys))
}

fn before_of(change: &ResourceChange) -> Option<&Standing> {
    match change {
        ResourceChange::Removed(before)
        | ResourceChange::Modified { before, .. }
        | ResourceChange::Renamed { before, .. } => Some(before),
        ResourceChange::Added(_) => None,
    }
}

fn after_of(change: &ResourceChange) -> Option<&Standing> {
    match change {
        ResourceChange::Added(after)
        | ResourceChange::Modified { after, .. }
        | ResourceChange::Renamed { after, .. } => Some(after),
        ResourceChange::Removed(_) => None,
    }
}

/// Workloads that do something else than before and read what looks like a credential.
fn of_workloads(before: Option<&FileFacts>, after: Option<&FileFacts>, delta: &Delta, found: &mut Signs) {
    let telling = delta.resources.iter().filter(|change| match change {
        ResourceChange::Modified { keys, .. } => does_something_else(keys),
        _ => true,
    });
    let changed: BTreeSet<&ResourceId> = telling
        .flat_map(|change| [before_of(change), after_of(change)])
        .flatten()
        .map(|standing| &standing.resource.id)
        .collect();
    let images = |facts: Option<&FileFacts>| -> BTreeSet<String> {
        facts.map_or_else(BTreeSet::new, |facts| {
            facts.images.iter().map(|image| image.reference.clone()).collect()
        })
    };
    let other_image = images(before) != images(after);
    for workload in after.iter().flat_map(|facts| &facts.workloads) {
        if logs_in(workload) && (changed.contains(&workload.id) || other_image) {
            note(found, Sign::Session, workload.id.display());
        }
    }
}

fn logs_in(workload: &Workload) -> bool {
    let by_name = workload.containers.iter().flat_map(|container| &container.env);
    let whole = workload.containers.iter().flat_map(|container| &container.env_from);
    by_name.into_iter().any(|variable| looks_secret_name(&variable.name.value))
        || whole.into_iter().any(|from| from.source.kind == StoreKind::Secret)
        || workload.references().any(|reference| {
            reference.source.kind == StoreKind::Secret
                && reference.key.as_ref().is_none_or(|key| looks_secret_name(&key.value))
        })
}
