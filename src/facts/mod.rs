//! What documents mean for a deployment: formats stop mattering here.
//!
//! In: documents of one side. Out: [`FileFacts`], and the delta between two sides by identity. Must not know what is
//! allowed: a fact is never good or bad.

pub mod builds;
pub mod delta;
pub mod dependencies;
pub mod env_reads;
pub mod environment;
pub mod plan;

mod aws;
mod compose;
mod dockerfile;
mod expression;
mod extract;
mod helm;
mod image;
mod key_path;
mod kin;
mod kubernetes;
mod kustomize;
mod leaf;
mod openshift;
mod scope;
mod settings;
pub mod signs;
mod snapshot;
pub mod stores;
mod terraform;
#[cfg(test)]
mod tests;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::document::{Gap, Node};
use crate::source::{Located, SourceFile, Span};

use dependencies::Dependency;

pub use expression::{holds_expression, is_expression};
pub use extract::extract;
pub use image::{Parts as ImageParts, parts as image_parts};
pub use scope::{Scope, is_beside_deployment, scope_of};
pub use snapshot::{Failure, Reading, Snapshot};

/// Everything one file says, on one side of the change.
#[derive(Debug)]
pub struct FileFacts {
    pub source: Arc<SourceFile>,
    /// What the file was understood as; never empty.
    pub recognised: BTreeSet<Recognised>,
    pub resources: Vec<Resource>,
    pub workloads: Vec<Workload>,
    pub images: Vec<ImageUse>,
    pub providers: Vec<KeyProvider>,
    pub settings: Vec<Setting>,
    pub dependencies: Vec<Dependency>,
    /// Names of environment variables that the file says are expected (`.env.example`), in its order.
    pub declared: Vec<Located<String>>,
    pub kustomization: Option<Box<Kustomization>>,
    /// Addresses of Terraform's that this file says are moved, or let go and left to live.
    pub let_go: Vec<String>,
    /// Parts that were not understood although the rest was.
    pub gaps: Vec<Gap>,
}

impl FileFacts {
    fn empty(source: &Arc<SourceFile>) -> Self {
        Self {
            source: Arc::clone(source),
            recognised: BTreeSet::new(),
            resources: Vec::new(),
            workloads: Vec::new(),
            images: Vec::new(),
            providers: Vec::new(),
            settings: Vec::new(),
            dependencies: Vec::new(),
            declared: Vec::new(),
            kustomization: None,
            let_go: Vec::new(),
            gaps: Vec::new(),
        }
    }
}

/// What a file can be understood as; a file can be several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recognised {
    KubernetesManifest,
    OpenShiftTemplate,
    Kustomization,
    /// A JSON patch (RFC 6902).
    JsonPatch,
    ChartMetadata,
    ChartValues,
    Compose,
    Dockerfile,
    /// Of ECS.
    TaskDefinition,
    /// A template of `CloudFormation`'s.
    Stack,
    Terraform,
    /// `.env`, properties, INI, and other configuration of an application.
    Configuration,
    /// `.env.example`
    EnvironmentDeclaration,
    Dependencies,
}

/// What names a thing across files, lines and renames of files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    pub system: System,
    /// API group without version (`apps`, `""` for core); empty where the system has none.
    pub group: String,
    pub kind: String,
    /// `None`: the manifest leaves it to whoever applies it.
    pub namespace: Option<String>,
    pub name: String,
}

impl ResourceId {
    /// `Deployment shop/web`, as a person says it.
    pub fn display(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

/// What reads the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    Kubernetes,
    Compose,
    Helm,
    Kustomize,
    Dockerfile,
    Dotenv,
    Terraform,
    CloudFormation,
}

/// A deployable thing with an identity.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: ResourceId,
    /// The whole manifest.
    pub span: Span,
    /// Where the name stands, for pointing.
    pub name_span: Span,
    pub labels: BTreeMap<String, String>,
    /// The parsed body, parameters of an `OpenShift` template resolved.
    pub body: Node,
    /// The identity holds a template expression or an unresolved parameter: it can't be matched for sure.
    pub templated: bool,
    /// A patch on an object that stands elsewhere: what its kind cannot do without is missing.
    pub partial: bool,
}

/// Something that runs containers.
#[derive(Debug, Clone)]
pub struct Workload {
    pub id: ResourceId,
    pub span: Span,
    pub containers: Vec<Container>,
    /// `volumes[].secret.items`, `configMap.items`, `projected`; and whole volumes with `key: None`.
    pub volume_references: Vec<KeyReference>,
    /// `secretKeyRef` and `configMapKeyRef` in other places than a container's `env`.
    pub key_references: Vec<KeyReference>,
}

impl Workload {
    /// Every key that it reads by name, and every store that it takes whole as a volume.
    pub fn references(&self) -> impl Iterator<Item = &KeyReference> {
        let variables = self.containers.iter().flat_map(|container| &container.env);
        variables
            .filter_map(|variable| variable.reference.as_ref())
            .chain(&self.volume_references)
            .chain(&self.key_references)
    }
}

#[derive(Debug, Clone)]
pub struct Container {
    pub name: String,
    pub span: Span,
    pub init: bool,
    pub env: Vec<EnvVar>,
    /// `envFrom`: every key of the source becomes a name.
    pub env_from: Vec<EnvFrom>,
    /// More names may exist than are listed: a part of the container is templated, or stands in another file.
    pub open: bool,
    /// Files that hold further variables, as written: a Compose service's `env_file`.
    pub env_files: Vec<Located<String>>,
}

#[derive(Debug, Clone)]
pub struct EnvVar {
    pub name: Located<String>,
    /// `None`: a literal value (see the file's settings) or a field reference.
    pub reference: Option<KeyReference>,
}

#[derive(Debug, Clone)]
pub struct EnvFrom {
    pub source: SourceRef,
    pub prefix: String,
    pub optional: bool,
}

/// A Secret or `ConfigMap` by name.
#[derive(Debug, Clone)]
pub struct SourceRef {
    pub kind: StoreKind,
    /// Holds the raw text where it is templated.
    pub name: Located<String>,
    pub templated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKind {
    Secret,
    ConfigMap,
}

impl StoreKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// One key that a workload reads.
#[derive(Debug, Clone)]
pub struct KeyReference {
    pub source: SourceRef,
    /// `None`: all keys (a whole volume).
    pub key: Option<Located<String>>,
    pub key_templated: bool,
    pub optional: bool,
}

/// Something that gives keys: Secret, `SealedSecret`, `ExternalSecret`, `ConfigMap`, a Kustomize generator …
#[derive(Debug, Clone)]
pub struct KeyProvider {
    pub kind: StoreKind,
    /// The name that consumers use (an `ExternalSecret`'s `target.name`).
    pub name: Located<String>,
    pub namespace: Option<String>,
    /// What produces it, as a person says it: `SealedSecret`, `secretGenerator`.
    pub producer: String,
    pub keys: Vec<Located<String>>,
    /// More keys may exist than are listed here and in `key_files`: `dataFrom`, an operator, `behavior: merge`.
    pub open: bool,
    /// Files that hold further keys, as written, relative to the folder: a generator's `envs`.
    pub key_files: Vec<Located<String>>,
    pub templated: bool,
}

/// What a kustomization brings together.
#[derive(Debug, Clone)]
pub struct Kustomization {
    pub span: Span,
    /// A part that other kustomizations take in, reaching no environment by itself.
    pub component: bool,
    pub namespace: Option<Located<String>>,
    pub name_prefix: Option<Located<String>>,
    pub name_suffix: Option<Located<String>>,
    /// `resources` and `bases`, as written: files, folders and addresses.
    pub resources: Vec<Located<String>>,
    pub components: Vec<Located<String>>,
    /// Files of patches; patches that stand in the kustomization itself are not listed.
    pub patches: Vec<Located<String>>,
    /// What becomes of images, by the name that they have in what is taken in.
    pub images: Vec<ImageRewrite>,
    /// Patches and replacements that stand in the kustomization itself.
    pub inline: Vec<Span>,
    /// Plugins that make resources nobody can see here (`ksops`).
    pub generators: Vec<Located<String>>,
    /// Charts that are rendered into it, by name.
    pub charts: Vec<Located<String>>,
}

/// `images:` of a kustomization, one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRewrite {
    pub name: String,
    pub new_name: Option<String>,
    /// A tag or a digest is set, be it one that another tool fills in.
    pub sets_version: bool,
    pub span: Span,
}

/// A reference to an image, put together where the parts stand apart.
#[derive(Debug, Clone)]
pub struct ImageUse {
    /// Who uses it: `Deployment web, container web`.
    pub owner: String,
    /// The Kubernetes namespace of the user, where stated.
    pub namespace: Option<String>,
    /// What a person reads: `repository[:tag][@digest]`, with expressions as written.
    pub reference: String,
    /// Empty where a chart knows it and these values only choose the tag.
    pub repository: String,
    pub tag: Option<Located<String>>,
    pub digest: Option<Located<String>>,
    /// Which image runs can't be told: what pins it is an expression, or is added by something else.
    pub unknown: bool,
    /// The reference is a parameter's or a variable's default, which whoever deploys may override.
    pub from_default: bool,
    /// Where to point: the tag if there is one, else the reference.
    pub span: Span,
    /// Where the key stands in its document, for the fingerprint.
    pub key_path: String,
    pub origin: ImageOrigin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageOrigin {
    PodSpec,
    Compose,
    HelmValues,
    Kustomize,
    DockerfileFrom,
    Ecs,
    Terraform,
    OpenShift,
    /// A tag of an image stream: it moves by a promotion, and what runs is held by its digest.
    StreamTag,
}

/// One configured value with its key.
#[derive(Debug, Clone)]
pub struct Setting {
    pub kind: SettingKind,
    /// Who holds it: `Secret cloudwatch`, `Deployment web, container web`, or the file's name.
    pub owner: String,
    /// The Kubernetes namespace of the holder, where stated.
    pub namespace: Option<String>,
    pub key: Located<String>,
    /// Decoded where it was base64. `None`: templated, encrypted or no scalar.
    pub value: Option<String>,
    /// The value as written.
    pub span: Span,
    /// Where the value stands in its document, for the fingerprint and for finding it on the other side.
    pub key_path: String,
    /// Written in a YAML block (`|`), where a trailing line break is easily not meant.
    pub block: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingKind {
    /// `data` of a Secret, base64.
    SecretData,
    /// `stringData` of a Secret.
    SecretText,
    /// `data` of a `ConfigMap`.
    ConfigData,
    /// `env[].value` of a container, `environment` of a Compose service.
    EnvValue,
    /// A line of a `.env`, properties or INI file.
    Line,
    /// `literals` of a Kustomize generator.
    GeneratorLiteral,
    /// A leaf of a chart's values file.
    ChartValue,
    /// `value` of an `OpenShift` template's parameter.
    ParameterDefault,
    /// Any other scalar of a recognised manifest (annotations, args, hosts …).
    Other,
}

impl Setting {
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, SettingKind::SecretData | SettingKind::SecretText)
            || (self.kind == SettingKind::GeneratorLiteral && self.owner.starts_with("secretGenerator"))
    }
}
