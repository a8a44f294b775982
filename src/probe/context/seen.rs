//! What a machine points at, one fact at a time, and what is odd about it.

use crate::probe::Asked;
use crate::probe::piece::piece;

/// What a fact is about: what a checklist can expect of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    KubeContext,
    KubeServer,
    Namespace,
    /// Shown, and held against nothing.
    KubeUser,
    AwsProfile,
    AwsAccount,
    AwsRegion,
    GcpProject,
    AzureSubscription,
}

impl Subject {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::KubeContext => "kube context",
            Self::KubeServer => "kube server",
            Self::Namespace => "namespace",
            Self::KubeUser => "kube user",
            Self::AwsProfile => "AWS profile",
            Self::AwsAccount => "AWS account",
            Self::AwsRegion => "AWS region",
            Self::GcpProject => "GCP project",
            Self::AzureSubscription => "Azure subscription",
        }
    }

    pub(super) const fn mend(self) -> &'static str {
        match self {
            Self::KubeContext | Self::KubeServer | Self::KubeUser => {
                "switch with `kubectl config use-context NAME`"
            }
            Self::Namespace => "switch with `kubectl config set-context --current --namespace NAME`",
            Self::AwsProfile | Self::AwsAccount => {
                "set AWS_PROFILE, and unset AWS_ACCESS_KEY_ID, which wins over it"
            }
            Self::AwsRegion => "set AWS_REGION",
            Self::GcpProject => "switch with `gcloud config set project NAME`",
            Self::AzureSubscription => "switch with `az account set --subscription NAME`",
        }
    }
}

/// One thing that commands of this machine will use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) subject: Subject,
    /// Where it stands, if that is not the usual place: `HELM_KUBECONTEXT`.
    pub(super) by: Option<&'static str>,
    pub(super) value: String,
    /// Another name for the same thing: a subscription's id, a host with its port.
    pub(super) also: Option<String>,
}

impl Fact {
    pub(super) fn new(subject: Subject, value: impl Into<String>) -> Self {
        Self { subject, by: None, value: value.into(), also: None }
    }

    pub(super) fn by(mut self, variable: &'static str) -> Self {
        self.by = Some(variable);
        self
    }

    pub(super) fn also(mut self, name: Option<String>) -> Self {
        self.also = name;
        self
    }

    /// `kube context`, `kube context (HELM_KUBECONTEXT)`
    pub(super) fn label(&self) -> String {
        let name = self.subject.name();
        self.by.map_or_else(|| name.to_owned(), |by| format!("{name} ({by})"))
    }

    /// `payments-prod (6c5d…)`
    pub(super) fn shown(&self) -> String {
        match &self.also {
            Some(also) if self.subject != Subject::KubeServer => piece(&format!("{} ({also})", self.value)),
            _ => piece(&self.value),
        }
    }
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) facts: Vec<Fact>,
    /// What is wrong whatever is expected: a context that does not exist.
    pub(super) wrong: Vec<String>,
    /// Tools do not agree on what it means.
    pub(super) odd: Vec<String>,
    /// What could not be read.
    pub(super) unread: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) asked: Vec<Asked>,
}

impl Seen {
    pub(super) fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Something is named that no file defines; a file that could not be read may.
    pub(super) fn undefined(&mut self, why: String) {
        if self.unread.is_empty() {
            self.wrong.push(why);
        } else {
            self.unread.push(why);
        }
    }
}
