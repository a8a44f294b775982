//! `deploy-guard hook`: puts the guard in front of a push, takes it away, and says whether it stands there.
//!
//! In: arguments and a repository. Out: typed outcomes, and the words for them.

mod install;
mod manager;
mod site;
mod status;
mod uninstall;
mod words;
mod wrapper;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use install::{Existing, InstallRequest};
use site::{HookError, HookSite};
use words::Answer;
use wrapper::IfMissing;

/// Judge every push before it leaves
#[derive(Debug, Args)]
pub struct HookArguments {
    #[command(subcommand)]
    pub action: HookAction,
}

#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Write the pre-push hook of this repository
    Install(InstallArguments),
    /// Take the hook away, and put back what was there before
    Uninstall,
    /// Say whether pushes are judged, and what is in the way
    #[command(alias = "doctor")]
    Status,
}

#[derive(Debug, Args)]
pub struct InstallArguments {
    /// Run the hook that is there first, with the same arguments and stdin
    #[arg(long, conflicts_with = "force")]
    pub chain: bool,
    /// Put the hook that is there aside; also write to a folder that serves every repository
    #[arg(long)]
    pub force: bool,
    /// What a push meets when deploy-guard is gone from this machine
    #[arg(long, value_enum, value_name = "WHAT")]
    pub if_missing: Option<IfMissing>,
}

/// Answers everything but `run`, in the repository around `folder`.
fn answer(action: &HookAction, folder: &Path, binary: Option<PathBuf>) -> Result<Answer, HookError> {
    let site = HookSite::find(folder)?;
    Ok(match action {
        HookAction::Install(arguments) => {
            let existing = match (arguments.chain, arguments.force) {
                (true, _) => Existing::Chain,
                (_, true) => Existing::Replace,
                _ => Existing::Refuse,
            };
            site.install(&InstallRequest { binary, existing, if_missing: arguments.if_missing })?.answer()
        }
        HookAction::Uninstall => site.uninstall()?.answer(),
        HookAction::Status => site.status()?.answer(),
    })
}
