//! The arguments as they are typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::hook::HookArguments;

const EXAMPLES: &str = "\
Examples:
  deploy-guard check                         judge this branch against where it left the default branch
  deploy-guard check --staged                judge what is about to be committed
  deploy-guard check --base v1.4 --head v1.5
  deploy-guard hook install                  judge every push before it leaves
  deploy-guard explain floating-image-tag
  deploy-guard demo                          see a real incident's change refused

Exit codes: 0 go, 1 no-go, 2 wrong use or invalid config, 3 could not judge.";

/// Judges changes to deploy configuration against lessons from real incidents.
#[derive(Debug, Parser)]
#[command(name = "deploy-guard", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "FOLDER")]
    pub directory: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Say more: what was there before, what was mended, what was read
    #[arg(short, long, global = true)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Check(CheckArguments),
    Hook(HookArguments),
    Explain(ExplainArguments),
    Policy(PolicyArguments),
    Demo(DemoArguments),
    Config(ConfigArguments),
    Init(InitArguments),
    Completions(CompletionsArguments),
    /// Print the manual page
    Man,
}

/// Judge a change
///
/// Without arguments: HEAD against where it left its upstream or the default branch.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deploy-guard check --base origin/main
  deploy-guard check --worktree
  deploy-guard check --at 2026-12-24T16:00 --format json=verdict.json --format terminal")]
pub struct CheckArguments {
    /// Judge what the head has and this revision has not
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["staged", "worktree"])]
    pub base: Option<String>,
    /// The revision to judge
    #[arg(long, value_name = "REVISION", default_value = "HEAD", conflicts_with_all = ["staged", "worktree"])]
    pub head: String,
    /// Judge what is staged, against HEAD
    #[arg(long, conflicts_with = "worktree")]
    pub staged: bool,
    /// Judge the work tree with untracked files, against HEAD
    #[arg(long)]
    pub worktree: bool,
    /// Also report what was there before the change
    #[arg(long)]
    pub all: bool,
    /// Judge as if it were this time: `2026-12-24T16:00`, in the calendar's zone where none is given
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// A format, with a file to write it to; may be given several times
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<String>,
    /// Exit 0 on a no-go, for trying out; what could not be judged still exits 3
    #[arg(long)]
    pub exit_zero: bool,
}

/// Say what a policy or an incident is about
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The id of a policy or an incident
    #[arg(value_name = "ID")]
    pub id: String,
}

/// List, show and test policies
#[derive(Debug, Args)]
pub struct PolicyArguments {
    #[command(subcommand)]
    pub action: PolicyAction,
}

#[derive(Debug, Subcommand)]
pub enum PolicyAction {
    /// List every policy in force here, with its severity and scope
    List,
    /// Print a policy's file
    Show {
        /// The policy's id
        id: String,
    },
    /// Run the examples of policies: of one, or of all that are in force here
    Test {
        /// The policy's id
        id: Option<String>,
    },
}

/// Build an incident's repository in a temporary folder and judge the change that caused it
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// The incident's id [default: kafka-duplicate-uploads]
    pub incident: Option<String>,
    /// Keep the repository to try things on it
    #[arg(long)]
    pub keep: bool,
}

/// Show the configuration that is in force here
#[derive(Debug, Args)]
pub struct ConfigArguments {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every setting with what it comes from
    Print,
}

/// Write a commented deploy-guard.toml fitted to what this repository holds
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Print the file instead of writing it
    #[arg(long)]
    pub print: bool,
    /// Overwrite a deploy-guard.toml that is there
    #[arg(long)]
    pub force: bool,
}

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deploy-guard completions bash > ~/.local/share/bash-completion/completions/deploy-guard
  deploy-guard completions fish > ~/.config/fish/completions/deploy-guard.fish")]
pub struct CompletionsArguments {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
