//! The incidents as small repositories: what the demo shows and what the suite holds the gate to.
//!
//! In: a scenario file, embedded. Out: a git repository in a folder, made by the installed git, with one branch for each
//! change that must be refused and one for the mended change. Must not know how a change is judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;

#[expect(clippy::disallowed_types, reason = "builds the demo's repositories")]
type Command = std::process::Command;

/// One incident to replay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    pub id: String,
    /// What the repository is about, for whoever watches the demo.
    pub told: String,
    history: Vec<Step>,
    offending: Step,
    #[serde(default)]
    also_offending: Vec<Step>,
    mended: Step,
}

/// One commit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    pub told: Option<String>,
    pub message: String,
    /// The commit's time, and for a change that is judged the gate's clock.
    pub at: String,
    /// The policies that must refuse it.
    #[serde(default)]
    pub refused_by: Vec<String>,
    /// Words that a policy's finding must hold.
    #[serde(default)]
    pub says: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    #[serde(default)]
    removed: Vec<String>,
}

/// A change of a scenario with the branch that it is on.
#[derive(Debug)]
pub struct Branch<'a> {
    pub name: String,
    pub step: &'a Step,
}

/// Why a repository could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("git can't be run: {0}")]
    NoGit(std::io::Error),
    #[error("`git {command}` failed: {message}")]
    Git { command: String, message: String },
    #[error("{0}")]
    File(#[from] std::io::Error),
}

const FILES: [&str; 3] = [
    include_str!("../tests/incidents/inventory-outage/scenario.toml"),
    include_str!("../tests/incidents/iot-data-stale/scenario.toml"),
    include_str!("../tests/incidents/kafka-duplicate-uploads/scenario.toml"),
];

/// All scenarios, by id; an error names the fault of a file.
pub fn scenarios() -> Result<Vec<Scenario>, String> {
    FILES.iter().map(|text| toml::from_str(text).map_err(|error| error.to_string())).collect()
}

/// The branch that the incident's changes start from.
pub const BASE: &str = "main";

impl Scenario {
    /// The changes that must be refused.
    pub fn offending(&self) -> Vec<Branch<'_>> {
        let first = Branch { name: "incident".to_owned(), step: &self.offending };
        let others = self.also_offending.iter().enumerate();
        let others = others.map(|(number, step)| Branch { name: format!("incident-{}", number + 2), step });
        std::iter::once(first).chain(others).collect()
    }

    /// The change that must pass.
    pub fn mended(&self) -> Branch<'_> {
        Branch { name: "mended".to_owned(), step: &self.mended }
    }

    /// Makes the repository in an empty folder. `main` is where it was before; every change is a branch of its own.
    pub fn build(&self, folder: &Path) -> Result<(), BuildError> {
        git(folder, &["init", "--quiet", "--initial-branch", BASE], &[])?;
        for step in &self.history {
            commit(folder, step)?;
        }
        let mut branches = self.offending();
        branches.push(self.mended());
        for branch in branches {
            git(folder, &["checkout", "--quiet", "-b", &branch.name, BASE], &[])?;
            commit(folder, branch.step)?;
        }
        git(folder, &["checkout", "--quiet", BASE], &[])?;
        Ok(())
    }
}

fn commit(folder: &Path, step: &Step) -> Result<(), BuildError> {
    for (path, text) in &step.files {
        let place = folder.join(path);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // TOML drops the line break after the opening quotes: what is left is the file.
        std::fs::write(place, text)?;
    }
    for path in &step.removed {
        std::fs::remove_file(folder.join(path))?;
    }
    git(folder, &["add", "--all"], &[])?;
    let when = [("GIT_AUTHOR_DATE", step.at.as_str()), ("GIT_COMMITTER_DATE", step.at.as_str())];
    git(folder, &["commit", "--quiet", "--no-verify", "--message", step.message.trim()], &when)
}

/// Runs git on this repository alone: no user's config, no hooks, no signing.
fn git(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), BuildError> {
    let mut command = Command::new("git");
    for name in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_COMMON_DIR"]
    {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder)
        .args(["-c", "core.hooksPath=", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
        .env("GIT_AUTHOR_NAME", "deploy-guard")
        .env("GIT_AUTHOR_EMAIL", "demo@deploy-guard.invalid")
        .env("GIT_COMMITTER_NAME", "deploy-guard")
        .env("GIT_COMMITTER_EMAIL", "demo@deploy-guard.invalid")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(BuildError::NoGit)?;
    if output.status.success() {
        return Ok(());
    }
    Err(BuildError::Git {
        command: arguments.first().copied().unwrap_or_default().to_owned(),
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

impl Step {
    /// The gate's clock when this change is judged.
    pub fn clock(&self) -> String {
        self.at.clone()
    }
}
