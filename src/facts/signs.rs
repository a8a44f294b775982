//! What a change shows that decides what people are asked before it goes out: names that others call, images, sessions.
//!
//! In: the delta, and the files that reach one environment. Out: each [`Sign`] with what showed it. Must not know what
//! anybody is asked because of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::delta::{Delta, ResourceChange};
use super::{FileFacts, KeyProvider, Recognised, ResourceId, Snapshot, StoreKind, System, Workload};
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

/// Kinds of Kubernetes objects, and beginnings of Terraform's and `CloudFormation`'s types.
const KINDS: [(Sign, &[&str]); 3] = [
    (Sign::Dns, &["DNSEndpoint", "DNSRecord", "DNSRecordSet", "ManagedZone", "RecordSet", "DNSZone"]),
    (
        Sign::Ingress,
        &[
            "Ingress",
            "Route",
            "Gateway",
            "HTTPRoute",
            "GRPCRoute",
            "TCPRoute",
            "TLSRoute",
            "VirtualService",
            "IngressRoute",
            "HTTPProxy",
            "Mapping",
            "Host",
            "KongIngress",
            "ApisixRoute",
            "DomainMapping",
        ],
    ),
    (
        Sign::Alerts,
        &[
            "PrometheusRule",
            "AlertmanagerConfig",
            "Alertmanager",
            "Prometheus",
            "VMRule",
            "VMAlertmanagerConfig",
        ],
    ),
];

const TYPES: [(Sign, &[&str]); 3] = [
    (
        Sign::Dns,
        &[
            "aws_route53_",
            "google_dns_",
            "azurerm_dns_",
            "azurerm_private_dns_",
            "cloudflare_record",
            "cloudflare_dns_record",
            "digitalocean_record",
            "ns1_record",
            "akamai_dns_record",
            "ovh_domain_zone_",
            "dns_a_record",
            "dns_cname_record",
            "AWS::Route53::RecordSet",
        ],
    ),
    (
        Sign::Ingress,
        &[
            "aws_lb",
            "aws_alb",
            "aws_elb",
            "aws_api_gateway",
            "aws_apigatewayv2",
            "aws_cloudfront_distribution",
            "google_compute_forwarding_rule",
            "google_compute_global_forwarding_rule",
            "google_compute_url_map",
            "azurerm_application_gateway",
            "azurerm_frontdoor",
            "azurerm_lb",
            "kubernetes_ingress",
            "AWS::ElasticLoadBalancing",
            "AWS::ApiGateway",
            "AWS::CloudFront::Distribution",
        ],
    ),
    (
        Sign::Alerts,
        &[
            "aws_cloudwatch_metric_alarm",
            "grafana_rule_group",
            "grafana_contact_point",
            "pagerduty_",
            "AWS::CloudWatch::Alarm",
        ],
    ),
];

/// Words of a web server's configuration that say under which name and way it is called.
const SERVER_WORDS: [&str; 7] =
    ["server_name", "return 30", "rewrite ", "listen ", "<VirtualHost", "RewriteRule", "reverse_proxy"];

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
        of_values(before, after, path, &mut found);
        let texts = [base.text(path)?, head.text(path)?];
        let text = |side: usize| texts.get(side).and_then(Option::as_ref).map_or("", |file| file.text());
        let named = |word: &str| text(0).contains(word) || text(1).contains(word);
        if is_server_config(path) && SERVER_WORDS.into_iter().any(named) {
            note(&mut found, Sign::Ingress, path.display());
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
        found.extend(known.map(|image| image.reference.clone()));
    }
    Ok(found.into_iter().collect())
}

/// The workloads that a side of these files has, by name.
pub fn workloads(side: &Snapshot<'_>, files: &[&RepoPath]) -> Result<BTreeSet<String>, ReadError> {
    let mut found = BTreeSet::new();
    for path in files {
        let Some(facts) = side.facts(path)? else { continue };
        found.extend(facts.workloads.iter().map(|workload| workload.id.name.clone()));
    }
    Ok(found)
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
    let mut signs = of_kind(&resource.id);
    let service_type = resource.body.at(&["spec", "type"]).and_then(|node| node.as_str());
    if resource.id.kind == "Service" && matches!(service_type, Some("LoadBalancer" | "NodePort")) {
        signs.push(Sign::Ingress);
    }
    if let ResourceChange::Modified { keys, .. } = change
        && keys.iter().any(|key| key.path.contains("external-dns.alpha.kubernetes.io/"))
    {
        signs.push(Sign::Dns);
    }
    for sign in signs {
        note(found, sign, resource.id.display());
    }
}

fn of_kind(id: &ResourceId) -> Vec<Sign> {
    match id.system {
        System::Kubernetes => KINDS
            .into_iter()
            .filter(|(_, kinds)| kinds.contains(&id.kind.as_str()))
            .map(|(sign, _)| sign)
            .collect(),
        System::Terraform | System::CloudFormation => TYPES
            .into_iter()
            .filter(|(_, types)| types.iter().any(|start| id.kind.starts_with(start)))
            .map(|(sign, _)| sign)
            .collect(),
        System::Compose | System::Helm | System::Kustomize | System::Dockerfile | System::Dotenv => {
            Vec::new()
        }
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
    let of = |facts: Option<&FileFacts>| -> BTreeMap<(String, String), BTreeSet<String>> {
        let providers = facts.into_iter().flat_map(|facts| &facts.providers);
        let secrets = providers.filter(|provider| provider.kind == StoreKind::Secret);
        let keys = |provider: &KeyProvider| provider.keys.iter().map(|key| key.value.clone()).collect();
        secrets
            .map(|provider| ((provider.producer.clone(), provider.name.value.clone()), keys(provider)))
            .collect()
    };
    let (before, after) = (of(before), of(after));
    let rewritten = |producer: &str| {
        let of_path = delta.resources.iter().filter(|change| change.path() == path);
        of_path.flat_map(ids).any(|id| id.kind == *producer)
    };
    for ((producer, name), keys) in after.iter().chain(&before) {
        let id = (producer.clone(), name.clone());
        if before.get(&id) == after.get(&id) && !rewritten(producer) {
            continue;
        }
        note(found, Sign::Secret, format!("{producer} {name}"));
        if keys.iter().any(|key| looks_secret_name(key)) {
            note(found, Sign::Session, format!("{producer} {name}"));
        }
    }
}

/// What a change was and is.
fn ids(change: &ResourceChange) -> Vec<&ResourceId> {
    match change {
        ResourceChange::Added(standing) | ResourceChange::Removed(standing) => vec![&standing.resource.id],
        ResourceChange::Modified { before, after, .. } | ResourceChange::Renamed { before, after } => {
            vec![&before.resource.id, &after.resource.id]
        }
    }
}

/// Workloads that changed and read what looks like a credential.
fn of_workloads(before: Option<&FileFacts>, after: Option<&FileFacts>, delta: &Delta, found: &mut Signs) {
    let changed = |id: &ResourceId| delta.resources.iter().flat_map(ids).any(|changed| changed == id);
    let images = |facts: Option<&FileFacts>| -> BTreeSet<String> {
        facts.map_or_else(BTreeSet::new, |facts| {
            facts.images.iter().map(|image| image.reference.clone()).collect()
        })
    };
    let other_image = images(before) != images(after);
    for workload in after.iter().flat_map(|facts| &facts.workloads) {
        if logs_in(workload) && (changed(&workload.id) || other_image) {
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

/// Values of a chart that say under which name it is called.
fn of_values(before: Option<&FileFacts>, after: Option<&FileFacts>, path: &RepoPath, found: &mut Signs) {
    let of = |facts: Option<&FileFacts>| -> BTreeSet<(String, Option<String>)> {
        let facts = facts.filter(|facts| facts.recognised.contains(&Recognised::ChartValues));
        let settings = facts.into_iter().flat_map(|facts| &facts.settings);
        let named = settings.filter(|setting| {
            let key = setting.key_path.to_ascii_lowercase();
            ["ingress", "route", "gateway", "virtualservice"].iter().any(|word| key.contains(word))
        });
        named.map(|setting| (setting.key_path.clone(), setting.value.clone())).collect()
    };
    let (before, after) = (of(before), of(after));
    if let Some((key, _)) = before.symmetric_difference(&after).next() {
        note(found, Sign::Ingress, format!("{key} in {}", path.display()));
    }
}

fn is_server_config(path: &RepoPath) -> bool {
    let name = path.lossy();
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let ends = |end: &str| name.ends_with(end);
    name == "caddyfile"
        || name.contains("nginx")
        || name.contains("haproxy")
        || ends(".vhost")
        || ends(".conf")
        || ends(".conf.j2")
}
