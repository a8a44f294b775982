//! Who gives keys: Secrets and `ConfigMap`s, and everything that makes one of them in the cluster.
//!
//! In: a manifest. Out: [`KeyProvider`]s under the name that consumers use. Where the keys can't be known from the
//! manifest the provider is open, because a key that is not listed may exist all the same.

use super::Manifest;
use super::pod::located;
use super::values::is_sops;
use crate::document::{Gap, Node};
use crate::facts::written::{self, has_gap};
use crate::facts::{KeyProvider, StoreKind, holds_expression};
use crate::source::{Located, SourceFile};

/// Operators that fill a Secret whose keys only they know: kind, what its name is made of, and where that stands.
const OPERATORS: &[(&str, &str, &[&str])] = &[
    // Kind, suffix added to the name, path to the name.
    ("KafkaUser", "", &["metadata", "name"]),
    ("VaultSecret", "", &["metadata", "name"]),
    ("VaultStaticSecret", "", &["spec", "destination", "name"]),
    ("VaultDynamicSecret", "", &["spec", "destination", "name"]),
    ("VaultPKISecret", "", &["spec", "destination", "name"]),
    ("HCPVaultSecretsApp", "", &["spec", "destination", "name"]),
    ("OnePasswordItem", "", &["metadata", "name"]),
    ("InfisicalSecret", "", &["spec", "managedSecretReference", "secretName"]),
    ("InfisicalDynamicSecret", "", &["spec", "managedSecretReference", "secretName"]),
    ("DopplerSecret", "", &["spec", "managedSecret", "name"]),
    ("BitwardenSecret", "", &["spec", "secretName"]),
    ("AzureKeyVaultSecret", "", &["spec", "output", "secret", "name"]),
    ("StringSecret", "", &["metadata", "name"]),
    ("BasicAuth", "", &["metadata", "name"]),
    ("SSHKeyPair", "", &["metadata", "name"]),
    ("Password", "", &["metadata", "name"]),
    ("SecretImport", "", &["metadata", "name"]),
    ("SecretTemplate", "", &["metadata", "name"]),
    ("SopsSecret", "", &["metadata", "name"]),
    ("GCPSecretManagerSecret", "", &["metadata", "name"]),
    ("SecretRequest", "", &["metadata", "name"]),
    ("RabbitmqCluster", "-default-user", &["metadata", "name"]),
    ("Elasticsearch", "-es-elastic-user", &["metadata", "name"]),
    ("Elasticsearch", "-es-http-certs-public", &["metadata", "name"]),
    ("Kafka", "-cluster-ca-cert", &["metadata", "name"]),
    ("Kafka", "-clients-ca-cert", &["metadata", "name"]),
    ("ObjectBucketClaim", "", &["metadata", "name"]),
    ("ServiceBinding", "", &["spec", "secretName"]),
    ("ServiceInstance", "", &["spec", "secretName"]),
    ("ClowdApp", "", &["metadata", "name"]),
];

/// A provider in the making.
struct Provider(KeyProvider);

impl Provider {
    fn new(kind: StoreKind, name: Located<String>, manifest: &Manifest<'_>) -> Self {
        Self(KeyProvider {
            kind,
            name,
            namespace: manifest.id.namespace.clone(),
            producer: manifest.id.kind.clone(),
            keys: Vec::new(),
            open: false,
            key_files: Vec::new(),
            templated: manifest.templated,
        })
    }

    /// Takes the keys of a mapping; one that is itself an expression hides its keys.
    fn keys_of(mut self, node: Option<&Node>) -> Self {
        self.0.keys.extend(node.map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key.clone()));
        self.0.open |= node.is_some_and(Node::is_unknown);
        // A key that is filled in later may be any.
        self.0.open |= self.0.keys.iter().any(|key| holds_expression(&key.value));
        self
    }

    fn keys(mut self, keys: impl IntoIterator<Item = Located<String>>) -> Self {
        self.0.keys.extend(keys);
        self
    }

    fn open_if(mut self, open: bool) -> Self {
        self.0.open |= open;
        self
    }

    fn in_namespace(mut self, namespace: Option<String>) -> Self {
        self.0.namespace = namespace;
        self
    }

    fn made_by(mut self, producer: &str) -> Self {
        producer.clone_into(&mut self.0.producer);
        self
    }
}

/// Everything that a manifest provides.
pub(super) fn read(source: &SourceFile, gaps: &[Gap], manifest: &Manifest<'_>) -> Vec<KeyProvider> {
    let body = manifest.body;
    let text = |path: &[&str]| body.at(path).and_then(|node| located(source, node));
    let own_name =
        || (!manifest.id.name.is_empty()).then(|| Located::new(manifest.id.name.clone(), manifest.name_span));
    let mut out: Vec<Provider> = match manifest.id.kind.as_str() {
        "Secret" => own_name().map(|name| secret(name, manifest)).into_iter().collect(),
        "ConfigMap" => own_name().map(|name| config_map(name, manifest)).into_iter().collect(),
        "SealedSecret" => {
            let name = text(&["spec", "template", "metadata", "name"]).or_else(own_name);
            let namespace = text(&["spec", "template", "metadata", "namespace"]).map(|name| name.value);
            name.map(|name| {
                Provider::new(StoreKind::Secret, name, manifest)
                    .in_namespace(namespace.or_else(|| manifest.id.namespace.clone()))
                    .keys_of(body.at(&["spec", "encryptedData"]))
                    .keys_of(body.at(&["spec", "template", "data"]))
                    // The old form seals the Secret as a whole.
                    .open_if(body.at(&["spec", "data"]).is_some())
            })
            .into_iter()
            .collect()
        }
        "ExternalSecret" => own_name()
            .and_then(|name| external_secret(source, manifest, body.get("spec")?, name))
            .into_iter()
            .collect(),
        "ClusterExternalSecret" => text(&["spec", "externalSecretName"])
            .or_else(own_name)
            .and_then(|name| {
                external_secret(source, manifest, body.at(&["spec", "externalSecretSpec"])?, name)
            })
            .map(|provider| provider.in_namespace(None))
            .into_iter()
            .collect(),
        "Certificate" => text(&["spec", "secretName"])
            .map(|name| {
                let keys =
                    ["tls.crt", "tls.key", "ca.crt"].map(|key| Located::new(key.to_owned(), name.span));
                Provider::new(StoreKind::Secret, name, manifest).keys(keys).open_if(true)
            })
            .into_iter()
            .collect(),
        "SecretProviderClass" => secret_provider_class(source, manifest),
        "Ingress" | "Gateway" => shimmed(source, manifest),
        "Service" => text(&["metadata", "annotations", "service.beta.openshift.io/serving-cert-secret-name"])
            .map(|name| {
                let keys = ["tls.crt", "tls.key"].map(|key| Located::new(key.to_owned(), name.span));
                Provider::new(StoreKind::Secret, name, manifest).keys(keys).made_by("serving certificate")
            })
            .into_iter()
            .collect(),
        "Bundle" if manifest.id.group == "trust.cert-manager.io" => own_name()
            .map(|name| Provider::new(StoreKind::ConfigMap, name, manifest).in_namespace(None).open_if(true))
            .into_iter()
            .collect(),
        "ServiceAccount" => Vec::new(),
        _ => operators(source, manifest),
    };
    if let Some(name) = text(&["spec", "writeConnectionSecretToRef", "name"]) {
        let namespace = text(&["spec", "writeConnectionSecretToRef", "namespace"]).map(|name| name.value);
        out.push(
            Provider::new(StoreKind::Secret, name, manifest)
                .in_namespace(namespace.or_else(|| manifest.id.namespace.clone()))
                .open_if(true),
        );
    }
    let hidden = has_gap(source, gaps, body.span);
    out.into_iter().map(|provider| provider.open_if(hidden).0).collect()
}

fn annotation<'a>(manifest: &Manifest<'a>, key: &str) -> Option<&'a Node> {
    manifest.body.at(&["metadata", "annotations", key])
}

/// Filled from another place when it is already in the cluster.
fn is_replica(manifest: &Manifest<'_>) -> bool {
    const MARKS: [&str; 6] = [
        "reflector.v1.k8s.emberstack.com/reflects",
        "replicator.v1.mittwald.de/replicate-from",
        "secretgenerator.mittwald.de/autogenerate",
        "secretgen.carvel.dev/image-pull-secret",
        "kubernetes.io/service-account.name",
        "service.beta.openshift.io/inject-cabundle",
    ];
    MARKS.iter().any(|mark| annotation(manifest, mark).is_some())
        || manifest.body.at(&["metadata", "labels", "config.openshift.io/inject-trusted-cabundle"]).is_some()
}

fn secret(name: Located<String>, manifest: &Manifest<'_>) -> Provider {
    let body = manifest.body;
    let filled = ["data", "stringData"]
        .iter()
        .any(|key| body.get(key).is_some_and(|node| node.is_unknown() || !node.entries().is_empty()));
    let kind = body.get("type").and_then(Node::as_str).unwrap_or_default();
    let open = !filled || kind == "kubernetes.io/service-account-token" || is_replica(manifest);
    let producer = if is_sops(body) { "SOPS" } else { "Secret" };
    Provider::new(StoreKind::Secret, name, manifest)
        .keys_of(body.get("data"))
        .keys_of(body.get("stringData"))
        .open_if(open)
        .made_by(producer)
}

fn config_map(name: Located<String>, manifest: &Manifest<'_>) -> Provider {
    let body = manifest.body;
    let filled = ["data", "binaryData"].iter().any(|key| body.get(key).is_some());
    Provider::new(StoreKind::ConfigMap, name, manifest)
        .keys_of(body.get("data"))
        .keys_of(body.get("binaryData"))
        .open_if(!filled || is_replica(manifest))
}

/// `spec` is an `ExternalSecret`'s; `name` is what it is called where the target has no name of its own.
fn external_secret(
    source: &SourceFile,
    manifest: &Manifest<'_>,
    spec: &Node,
    name: Located<String>,
) -> Option<Provider> {
    let target = spec.get("target");
    let of_target = |path: &[&str]| target.and_then(|target| target.at(path));
    let policy = of_target(&["creationPolicy"]).and_then(Node::as_str).unwrap_or_default();
    if policy == "None" {
        return None;
    }
    let own = written::name(source, of_target(&["name"])).map(|scalar| scalar.text);
    let provider = Provider::new(StoreKind::Secret, own.unwrap_or(name), manifest).open_if(policy == "Merge");
    let template = of_target(&["template", "data"]);
    let merges = of_target(&["template", "mergePolicy"]).and_then(Node::as_str) == Some("Merge");
    let provider = provider
        .keys_of(template)
        .open_if(of_target(&["template", "templateFrom"]).is_some_and(|list| !list.items().is_empty()));
    // A template replaces what was fetched unless it says that it is merged.
    if template.is_some_and(|template| !template.entries().is_empty()) && !merges {
        return Some(provider);
    }
    let data = spec.get("data");
    let keys = data.map(Node::items).unwrap_or_default().iter();
    // The retired operator calls the key `name`.
    let keys = keys.filter_map(|item| located(source, item.get("secretKey").or_else(|| item.get("name"))?));
    let from = spec.get("dataFrom").is_some_and(|from| from.is_unknown() || !from.items().is_empty());
    Some(provider.keys(keys.collect::<Vec<_>>()).open_if(from || data.is_some_and(Node::is_unknown)))
}

fn secret_provider_class(source: &SourceFile, manifest: &Manifest<'_>) -> Vec<Provider> {
    let objects = manifest.body.at(&["spec", "secretObjects"]).map(Node::items).unwrap_or_default();
    let provider = |object: &Node| {
        let name = located(source, object.get("secretName")?)?;
        let keys = object.get("data").map(Node::items).unwrap_or_default().iter();
        let keys: Vec<_> = keys.filter_map(|item| located(source, item.get("key")?)).collect();
        Some(Provider::new(StoreKind::Secret, name, manifest).keys(keys))
    };
    objects.iter().filter_map(provider).collect()
}

/// Certificates that cert-manager makes for an Ingress that asks for it.
fn shimmed(source: &SourceFile, manifest: &Manifest<'_>) -> Vec<Provider> {
    let asks = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"]
        .iter()
        .any(|key| annotation(manifest, key).is_some());
    let hosts = manifest.body.at(&["spec", "tls"]).map(Node::items).unwrap_or_default();
    hosts
        .iter()
        .filter(|_| asks)
        .filter_map(|item| located(source, item.get("secretName")?))
        .map(|name| Provider::new(StoreKind::Secret, name, manifest).open_if(true))
        .collect()
}

fn operators(source: &SourceFile, manifest: &Manifest<'_>) -> Vec<Provider> {
    let mut out = Vec::new();
    for (_, suffix, path) in OPERATORS.iter().filter(|(kind, _, _)| *kind == manifest.id.kind) {
        let Some(name) = manifest.body.at(path).and_then(|node| located(source, node)) else { continue };
        let name = Located::new(format!("{}{suffix}", name.value), name.span);
        if manifest.id.kind == "ObjectBucketClaim" {
            out.push(Provider::new(StoreKind::ConfigMap, name.clone(), manifest).open_if(true));
        }
        out.push(Provider::new(StoreKind::Secret, name, manifest).open_if(true));
    }
    let several = match manifest.id.kind.as_str() {
        "InfisicalSecret" => (["spec", "managedKubeSecretReferences"], "secretName"),
        "SopsSecret" => (["spec", "secretTemplates"], "name"),
        _ => return out,
    };
    for item in manifest.body.at(&several.0).map(Node::items).unwrap_or_default() {
        let Some(name) = item.get(several.1).and_then(|node| located(source, node)) else { continue };
        out.push(Provider::new(StoreKind::Secret, name, manifest).open_if(true));
    }
    out
}
