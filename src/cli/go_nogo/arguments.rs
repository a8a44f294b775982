//! The arguments of `go-nogo` as they are typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::calendar::Length;
use crate::cli::arguments::{ChangeArguments, ClockArguments};

/// Ask what has to be known and who has to say yes before a release, and keep a record of it
///
/// Gathers evidence (the policies' verdict, certificates, alerting, measurements, where this machine points), polls the
/// roles one by one, and says GO or NO-GO. The items come from .deploy-guard/checklist.toml on the base side and from the
/// built-in list. No go stands that is not in the record.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  deploy-guard go-nogo                                       what HEAD has and its upstream has not
  deploy-guard go-nogo --base v1.4 --head v1.5 --environment production
  deploy-guard go-nogo --confirm release=go --confirm 'outsiders-told=go: vendor A, by mail'
  deploy-guard go-nogo --answers answers.toml --format terminal --format html=board.html
  deploy-guard go-nogo watch                                 after the deploy, until the soak ends

Exit codes: 0 go, 1 no-go, 2 wrong use or invalid checklist, 3 could not judge."
)]
pub struct GoNogoArguments {
    #[command(subcommand)]
    pub action: Option<GoNogoAction>,
    #[command(flatten)]
    pub release: ReleaseArguments,
    /// Answer an item: `release=go`, `release='no-go: the lag rises'`; may be given several times
    #[arg(long = "confirm", value_name = "ITEM=WORD[: REASON]")]
    pub confirmations: Vec<String>,
    /// Answers in a TOML file: `[[answer]]` with `item`, `word`, `reason` and `by`
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Who answers [default: who the CI says started the job, else git's user.email]
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Ask nobody, even on a terminal
    #[arg(long)]
    pub no_input: bool,
    /// Put the board on the pull request as a comment, in the place of the last one
    #[arg(long)]
    pub comment: bool,
    #[command(flatten)]
    pub clock: ClockArguments,
    /// terminal, json, markdown or html, with a file to write it to; may be given several times
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum GoNogoAction {
    Watch(WatchArguments),
}

/// What is released, and where it is written down
#[derive(Debug, Clone, Args)]
pub struct ReleaseArguments {
    #[command(flatten)]
    pub change: ChangeArguments,
    /// The environment that is released to, where the change reaches several
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The pull request of the release: its plan, checks and approvals count [default: the job's own]
    #[arg(long, value_name = "NUMBER")]
    pub pull_request: Option<u64>,
    /// What the cluster runs: the output of `kubectl get deployments,statefulsets,daemonsets,cronjobs,pods -A -o json`
    #[arg(long, value_name = "FILE")]
    pub cluster_state: Option<PathBuf>,
    /// Ask nothing over the network; what needs it can't be judged
    #[arg(long)]
    pub offline: bool,
    /// The record [default: deploy-guard/record.jsonl in the repository's .git]
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Repeat the evidence after the deploy, until the soak ends
///
/// Says ROLL BACK, with the plan's trigger that was met and the steps, as soon as an item fails: exit 1. Exits 0 when the
/// soak is over, and 3 where something could not be seen at its end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deploy-guard go-nogo watch
  deploy-guard go-nogo watch --every 30s --soak 2h")]
pub struct WatchArguments {
    #[command(flatten)]
    pub release: ReleaseArguments,
    /// The pause between two looks
    #[arg(long, value_name = "DURATION", default_value = "1m")]
    pub every: Length,
    /// How long to watch [default: the plan's soak or the longest session of what is released, whichever is longer,
    /// from the last recorded go]
    #[arg(long, value_name = "DURATION")]
    pub soak: Option<Length>,
}
