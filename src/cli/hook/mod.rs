//! `deploy-guard hook`: puts the guard in front of a push, takes it away, and says whether it stands there.
//!
//! In: arguments and a repository. Out: typed outcomes, and the words for them.

mod asked;
mod install;
mod manager;
mod run;
mod site;
mod status;
mod uninstall;
mod words;
mod wrapper;

use clap::{Args, Subcommand};

use super::output::Output;
use super::{Failure, exit};
use crate::env::{self, Environment};
use install::{Existing, InstallRequest};
use run::RunArguments;
use site::{HookError, HookSite};
use wrapper::IfMissing;

/// Judge every push before it leaves
#[derive(Debug, Args)]
pub struct HookArguments {
    #[command(subcommand)]
    pub action: HookAction,
}

#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Judge a push; git calls this through the hook
    Run(RunArguments),
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

pub(super) fn run(
    arguments: &HookArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let answer = match &arguments.action {
        HookAction::Run(arguments) => return run::run(arguments, environment, output),
        HookAction::Install(arguments) => {
            let existing = match (arguments.chain, arguments.force) {
                (true, _) => Existing::Chain,
                (_, true) => Existing::Replace,
                _ => Existing::Refuse,
            };
            let binary = env::executable();
            let request = InstallRequest { binary, existing, if_missing: arguments.if_missing };
            HookSite::find(&environment.folder)?.install(&request)?.answer()
        }
        HookAction::Uninstall => HookSite::find(&environment.folder)?.uninstall()?.answer(),
        HookAction::Status => HookSite::find(&environment.folder)?.status()?.answer(),
    };
    match answer.code {
        // A refusal is no result.
        2 => output.note(&answer.text),
        _ => output.print(&answer.text),
    }
    Ok(answer.code)
}

impl From<HookError> for Failure {
    fn from(error: HookError) -> Self {
        match error.exit_code() {
            exit::USAGE => Self::usage(error.to_string()),
            _ => Self::unable(error.to_string()),
        }
    }
}
