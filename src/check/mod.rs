//! Code that decides; a policy names its kind.
//!
//! In: one subject at a time, and the world around it. Out: an [`Outcome`]. A check never loops over subjects: only the
//! engine does, so that no check can stop at the first and hide the second.

mod acknowledged_deletion;
mod clean_value;
mod clients;
mod dependency_jump;
mod gate_change;
pub mod outlook;
mod own_environment;
mod pinned_dependency;
mod pinned_image;
mod provided_key;
mod reach;
mod release_window;
mod rollback_plan;

use std::fmt::Debug;
use std::rc::Rc;

use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::change::{Change, ReadError};
use crate::config::Config;
use crate::facts::delta::{Delta, ResourceChange};
use crate::facts::dependencies::{Dependency, DependencyMove};
use crate::facts::environment::{Environment, Environments};
use crate::facts::plan::DeployPlan;
use crate::facts::{FileFacts, ImageUse, KeyProvider, KeyReference, Setting, Snapshot, Workload};
use crate::finding::{Finding, Label};
use crate::source::{RepoPath, Span};

use outlook::Outlook;

/// What a check makes of a subject.
#[derive(Debug)]
pub enum Outcome {
    Holds,
    Broken(Vec<Finding>),
    /// What it would take to know is not to be had: never a pass under a blocking policy.
    CannotTell {
        reason: String,
        at: Option<Box<Label>>,
    },
    /// It can't be known here and need not be: said once, and let through.
    Unknown(String),
}

impl Outcome {
    pub fn broken(finding: Finding) -> Self {
        Self::Broken(vec![finding])
    }
}

/// Reading the cross-file world can fail as git fails.
pub type Judgement = Result<Outcome, ReadError>;

/// Asks for the earlier commit whose state some files go back to.
pub type Restored<'a> = dyn Fn(&[&RepoPath]) -> Result<Option<String>, ReadError> + 'a;

/// Everything around a subject.
pub struct World<'a> {
    pub change: &'a Change,
    pub base: &'a Snapshot<'a>,
    pub head: &'a Snapshot<'a>,
    pub config: &'a Config,
    pub environments: &'a Environments,
    pub calendar: &'a Calendar,
    pub plan: &'a DeployPlan,
    pub now: Timestamp,
    pub delta: &'a Delta,
    /// What the change touches, with the environment that each file reaches.
    pub reached: &'a [Reached],
    /// The earlier commit whose state the change puts back, for these of its files.
    pub restored: &'a Restored<'a>,
    /// The rules that judge, and those that would hold afterwards.
    pub outlook: &'a dyn Fn() -> Result<Rc<Outlook>, ReadError>,
}

impl World<'_> {
    /// The earlier commit whose state the change puts back in every protected environment that it reaches.
    pub fn restores_release(&self) -> Result<Option<String>, ReadError> {
        let protected = self
            .reached
            .iter()
            .filter(|reached| reached.environment.as_ref().is_some_and(|environment| environment.protected));
        let paths: Vec<&RepoPath> = protected.map(|reached| &reached.path).collect();
        (self.restored)(&paths)
    }
}

/// A file of the change that reaches an environment.
#[derive(Debug, Clone)]
pub struct Reached {
    pub path: RepoPath,
    pub environment: Option<Environment>,
    /// Where the change begins.
    pub label: Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Base,
    Head,
}

/// Where a subject of a state check stands.
pub struct Scene<'a> {
    pub world: &'a World<'a>,
    pub which: Which,
    /// The side that the subject is of.
    pub snapshot: &'a Snapshot<'a>,
    pub facts: &'a FileFacts,
    pub path: &'a RepoPath,
    pub environment: Option<&'a Environment>,
}

impl Scene<'_> {
    /// A label in the file of the subject.
    pub fn label(&self, span: Span, text: impl Into<String>) -> Label {
        Label::new(&self.facts.source, span, text)
    }
}

/// One kind of check with its parameters. Every method has a subject of its own; a kind takes those it knows.
///
/// State subjects (image, setting, dependency, workload, provider) are judged on both sides by the engine and sorted
/// into introduced, existing and fixed. Change subjects are judged once.
pub trait Check: Debug + Send + Sync {
    /// Whether it looks into files of this name at all.
    fn reads(&self, _path: &RepoPath) -> bool {
        true
    }

    /// Whether a file that could not be parsed might hold what this check judges.
    fn could_concern(&self, path: &RepoPath, text: &str) -> bool;

    /// Files that the change does not touch and whose subjects it can still break.
    fn related_files(&self, _world: &World<'_>) -> Result<Vec<RepoPath>, ReadError> {
        Ok(Vec::new())
    }

    fn image(&self, _image: &ImageUse, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn setting(&self, _setting: &Setting, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn dependency(&self, _dependency: &Dependency, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn key_reference(&self, _reference: &KeyReference, _by: &Workload, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn workload(&self, _workload: &Workload, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn provider(&self, _provider: &KeyProvider, _scene: &Scene<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn resource_change(&self, _change: &ResourceChange, _world: &World<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    fn dependency_move(&self, _moved: &DependencyMove, _path: &RepoPath, _world: &World<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    /// The change as a whole; `reached` are the files in the policy's environments, never empty.
    fn change(&self, _world: &World<'_>, _reached: &[&Reached]) -> Judgement {
        Ok(Outcome::Holds)
    }

    /// Each changed file of the gate itself: config, policies, waivers, hooks, workflows.
    fn gate_file(&self, _path: &RepoPath, _world: &World<'_>) -> Judgement {
        Ok(Outcome::Holds)
    }

    /// Parameters that parse but make no sense.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

/// One line a kind: the name that policy files use, and the type that holds the parameters.
macro_rules! kinds {
    ($($name:literal => $module:ident::$kind:ident),* $(,)?) => {
        /// The kind that a policy names, with its parameters.
        #[derive(Debug, serde::Deserialize)]
        pub enum Kind {
            $(#[serde(rename = $name)] $kind($module::$kind)),*
        }

        impl Kind {
            /// Every kind's name.
            pub const NAMES: &[&str] = &[$($name),*];

            pub fn check(&self) -> &dyn Check {
                match self { $(Self::$kind(check) => check),* }
            }

            pub const fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name),* }
            }

            pub fn validate(&self) -> Result<(), String> {
                self.check().validate()
            }
        }
    };
}

kinds! {
    "acknowledged-deletion" => acknowledged_deletion::AcknowledgedDeletion,
    "dependency-jump" => dependency_jump::DependencyJump,
    "pinned-dependency" => pinned_dependency::PinnedDependency,
    "release-window" => release_window::ReleaseWindow,
    "rollback-plan" => rollback_plan::RollbackPlan,
    "clean-value" => clean_value::CleanValue,
    "gate-change" => gate_change::GateChange,
    "own-environment" => own_environment::OwnEnvironment,
    "provided-key" => provided_key::ProvidedKey,
    "pinned-image" => pinned_image::PinnedImage,
}
