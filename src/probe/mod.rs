//! Asks the live world one question.
//!
//! In: a kind with its parameters, and what is being released. Out: [`Evidence`]: what was asked, what came, and whether
//! it is good. Must not know which items a checklist holds nor what an outcome means for the decision.

mod alertmanager;
mod api;
mod certificate;
mod checks;
mod command;
mod context;
mod endpoint;
mod image;
mod piece;
mod prometheus;
mod remark;
mod skew;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::{Door, Route};
use crate::source::RepoPath;

pub use checks::OwnRun;

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Holds,
    /// It holds, and somebody should look: it will not for long, or something beside it is odd.
    Doubtful,
    Broken,
    /// There is no answer that can be relied on: never a pass.
    CannotTell,
}

/// One thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// An address as it may be shown, a file, or a program.
    pub target: String,
    /// `10.2.3.4`, or `proxy.example.org:3128 (proxy)`; absent for files and programs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub way: Option<String>,
    /// SHA-256 of what came, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
}

impl Asked {
    /// Something on this machine: a file, a program.
    pub fn here(target: impl Into<String>, content: Option<&[u8]>) -> Self {
        Self { target: target.into(), way: None, digest: content.map(digest) }
    }

    pub fn there(target: impl Into<String>, route: &Route, content: Option<&[u8]>) -> Self {
        let way = match route {
            Route::Direct(address) => address.to_string(),
            Route::Proxy(proxy) => format!("{proxy} (proxy)"),
        };
        Self { target: target.into(), way: Some(way), digest: content.map(digest) }
    }
}

/// SHA-256 in hexadecimal.
pub fn digest(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// What was seen. Its texts may repeat what strangers said: whoever shows them escapes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub outcome: Outcome,
    /// What was seen, in one line that stands without a title: `certificate of ingest.example.org ends in 3 days`.
    pub summary: String,
    /// More of it, a line each.
    #[serde(default)]
    pub details: Vec<String>,
    /// What to do about it; nothing where it holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
    /// What everybody in the room must see, large: `kube context` → `prod-eu`.
    #[serde(default)]
    pub shown: Vec<(String, String)>,
    #[serde(default)]
    pub asked: Vec<Asked>,
    pub begun: Timestamp,
    pub ended: Timestamp,
    /// When what was seen ends by itself: a certificate, a silence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub valid_until: Option<Timestamp>,
}

/// What a probe fills in; the times are set by whoever runs it.
#[derive(Debug, Clone)]
pub struct Sight {
    pub outcome: Outcome,
    pub summary: String,
    pub details: Vec<String>,
    pub remedy: Option<String>,
    pub shown: Vec<(String, String)>,
    pub asked: Vec<Asked>,
    pub valid_until: Option<Timestamp>,
}

impl Sight {
    pub fn new(outcome: Outcome, summary: impl Into<String>) -> Self {
        Self {
            outcome,
            summary: summary.into(),
            details: Vec::new(),
            remedy: None,
            shown: Vec::new(),
            asked: Vec::new(),
            valid_until: None,
        }
    }

    pub fn cannot_tell(summary: impl Into<String>) -> Self {
        Self::new(Outcome::CannotTell, summary)
    }

    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    #[must_use]
    pub fn asked(mut self, asked: Asked) -> Self {
        self.asked.push(asked);
        self
    }
}

/// A named environment with the words that name it in values.
#[derive(Debug, Clone, Default)]
pub struct NamedEnvironment {
    pub name: String,
    pub markers: Vec<String>,
    pub protected: bool,
}

/// A service that is released.
#[derive(Debug, Clone, Default)]
pub struct ReleasedService {
    pub name: String,
    /// Labels that its alerts bear, each with the values that they can have: `service` → `iot-etl`.
    pub alerts: BTreeMap<String, Vec<String>>,
}

/// What is released, and where to.
#[derive(Debug, Clone, Default)]
pub struct Release {
    pub environment: Option<NamedEnvironment>,
    /// Every other environment that is known.
    pub others: Vec<NamedEnvironment>,
    pub services: Vec<ReleasedService>,
    /// References of images that the change brings to the environment, as written, sorted.
    pub images: Vec<String>,
    /// The commit that is released.
    pub head: Option<String>,
    pub pull_request: Option<u64>,
    /// The work tree's root, or the folder of the run.
    pub folder: PathBuf,
    /// SHA-256 of each file of the repository that a program's words name, as the side that others have reviewed has it;
    /// `None`: there is no such side.
    pub reviewed: Option<BTreeMap<RepoPath, String>>,
}

/// What a probe has to work with.
pub struct Around<'a> {
    pub release: &'a Release,
    /// `None`: nothing is asked over the network in this run.
    pub door: Option<&'a Door>,
    pub clock: &'a (dyn Fn() -> Timestamp + Sync),
    /// Programs may be run: their words come from the side that others have reviewed.
    pub may_run: bool,
    /// What the cluster runs, as `kubectl get … -o json` prints it.
    pub cluster_state: Option<&'a [u8]>,
    /// Somebody wants this run to end.
    pub stop: &'a AtomicBool,
}

impl Around<'_> {
    /// The door, or what to say where there is none.
    pub fn network(&self) -> Result<&Door, Box<Sight>> {
        self.door.ok_or_else(|| {
            let offline = Sight::cannot_tell("not asked: this run is offline");
            Box::new(offline.remedy("run it without --offline, from where the target can be reached"))
        })
    }
}

/// One kind of question with its parameters.
pub trait Probe: Debug + Send + Sync {
    /// Parameters that parse but make no sense.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }

    /// Whom or what it asks, short: for the line that says it is being asked.
    fn subject(&self) -> String;

    /// The files of the folder that it would run, or have run.
    fn files(&self, _folder: &Path) -> Vec<RepoPath> {
        Vec::new()
    }

    fn look(&self, around: &Around<'_>) -> Sight;
}

/// One line a kind: the name that checklists use, and the type that holds the parameters.
macro_rules! kinds {
    ($($name:literal => $module:ident::$kind:ident),* $(,)?) => {
        /// The kind that an item of evidence names, with its parameters.
        #[derive(Debug, Deserialize)]
        pub enum Kind {
            $(#[serde(rename = $name)] $kind($module::$kind)),*
        }

        impl Kind {
            /// Every kind's name.
            pub const NAMES: &[&str] = &[$($name),*];

            pub fn probe(&self) -> &dyn Probe {
                match self { $(Self::$kind(probe) => probe),* }
            }

            pub const fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name),* }
            }
        }
    };
}

kinds! {
    "alertmanager" => alertmanager::Alertmanager,
    "certificate" => certificate::Certificate,
    "checks" => checks::Checks,
    "command" => command::CommandRun,
    "context" => context::Context,
    "http" => endpoint::Endpoint,
    "image" => image::Image,
    "prometheus" => prometheus::Prometheus,
}

impl Kind {
    /// Asks, and notes when.
    pub fn gather(&self, around: &Around<'_>) -> Evidence {
        let begun = (around.clock)();
        let sight = self.probe().look(around);
        Evidence {
            outcome: sight.outcome,
            summary: sight.summary,
            details: sight.details,
            remedy: sight.remedy,
            shown: sight.shown,
            asked: sight.asked,
            begun,
            ended: (around.clock)(),
            valid_until: sight.valid_until,
        }
    }
}
