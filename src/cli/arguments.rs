//! The arguments as they are typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::ci::CiArguments;
use super::go_nogo::GoNogoArguments;
use super::hook::HookArguments;
use super::record::RecordArguments;

const EXAMPLES: &str = "\
Examples:
  deploy-guard check                         judge this branch against where it left the default branch
  deploy-guard check --staged                judge what is about to be committed
  deploy-guard check --base v1.4 --head v1.5
  deploy-guard hook install                  judge every push before it leaves
  deploy-guard plan new --write              write down the way back before it is needed
  deploy-guard go-nogo                       evidence and people before a release
  deploy-guard calendar now                  may a release start now?
  deploy-guard explain floating-image-tag
  deploy-guard demo                          see a real incident's change refused

Exit codes: 0 go, 1 no-go, 2 wrong use or invalid config, 3 could not judge.";

/// Judges changes to deploy configuration against lessons from real incidents.
#[derive(Debug, Parser)]
#[command(name = "deploy-guard", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "FOLDER", display_order = 900)]
    pub directory: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", display_order = 901)]
    pub color: Color,
    /// Say more: what was there before, what was mended, what was read
    #[arg(short, long, global = true, display_order = 902)]
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
    Ci(CiArguments),
    GoNogo(Box<GoNogoArguments>),
    Hook(HookArguments),
    Explain(ExplainArguments),
    Policy(PolicyArguments),
    Calendar(CalendarArguments),
    Plan(PlanArguments),
    Waiver(WaiverArguments),
    Record(RecordArguments),
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
  deploy-guard check --verify-verdict verdict.json --max-age 30m
  deploy-guard check --at 2026-12-24T16:00 --format json=verdict.json --format terminal")]
pub struct CheckArguments {
    #[command(flatten)]
    pub change: ChangeArguments,
    /// Also report what was there before the change
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub clock: ClockArguments,
    /// terminal, json, sarif, github, gitlab, junit or markdown, with a file to write it to; may be given several times
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<String>,
    /// Judge nothing: say whether this JSON report is a go for HEAD (or --head) that still holds
    ///
    /// For the deploy job: exits 1 where the verdict is a no-go, about another commit, or out of date, and 3 where it is
    /// no whole verdict or its clock was set by hand.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "staged", "worktree", "all", "at", "formats", "exit_zero"])]
    pub verify_verdict: Option<PathBuf>,
    /// With --verify-verdict: the age over which no verdict holds
    #[arg(long, value_name = "DURATION", default_value = "1h", requires = "verify_verdict", value_parser = duration)]
    pub max_age: jiff::SignedDuration,
    /// With --verify-verdict: it has to be a go/no-go's, for this environment
    #[arg(long, value_name = "NAME", requires = "verify_verdict")]
    pub environment: Option<String>,
    /// Exit 0 on a no-go, for trying out; what could not be judged still exits 3
    #[arg(long)]
    pub exit_zero: bool,
}

/// `30m`, `1h 30m`
fn duration(text: &str) -> Result<jiff::SignedDuration, String> {
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| "write it as `30m` or `2h`".to_owned())?;
    if parsed.is_positive() { Ok(parsed) } else { Err("nothing holds for so long".to_owned()) }
}

/// Which change a command is about
#[derive(Debug, Clone, Args)]
pub struct ChangeArguments {
    /// What the head has and this revision has not
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["staged", "worktree"])]
    pub base: Option<String>,
    /// The revision with the change
    #[arg(long, value_name = "REVISION", default_value = "HEAD", conflicts_with_all = ["staged", "worktree"])]
    pub head: String,
    /// What is staged, against HEAD
    #[arg(long, conflicts_with = "worktree")]
    pub staged: bool,
    /// The work tree with untracked files, against HEAD
    #[arg(long)]
    pub worktree: bool,
}

impl ChangeArguments {
    /// Nothing was said: the command chooses.
    pub(crate) fn names_nothing(&self) -> bool {
        self.base.is_none() && self.head == "HEAD" && !self.staged && !self.worktree
    }
}

/// When a command judges
#[derive(Debug, Args)]
pub struct ClockArguments {
    /// Answer as if it were this time: `2026-12-24T16:00`, in the calendar's zone where none is given
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Take --at although CI is set
    #[arg(long, requires = "at")]
    pub allow_simulated: bool,
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

/// Say when a release may go out
#[derive(Debug, Args)]
pub struct CalendarArguments {
    #[command(subcommand)]
    pub action: CalendarAction,
}

#[derive(Debug, Subcommand)]
pub enum CalendarAction {
    /// Say whether the calendar is open, what closes it, and until when
    ///
    /// Exits 0 where it is open and 1 where it is closed, so that a script can ask.
    #[command(after_help = "\
Examples:
  deploy-guard calendar now
  deploy-guard calendar now --at 2026-12-24T16:00
  deploy-guard calendar now && ./release.sh")]
    Now {
        #[command(flatten)]
        clock: ClockArguments,
    },
    /// List the next times at which a release may start
    #[command(after_help = "\
Examples:
  deploy-guard calendar next
  deploy-guard calendar next -n 10 --at '2026-12-18T09:00[Europe/Berlin]'")]
    Next {
        /// How many
        #[arg(short = 'n', long = "count", default_value_t = 5, value_name = "N",
              value_parser = clap::value_parser!(u8).range(1..=100))]
        count: u8,
        #[command(flatten)]
        clock: ClockArguments,
    },
}

/// Write and read the deploy plan of a change
#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(subcommand)]
    pub action: PlanAction,
}

#[derive(Debug, Subcommand)]
pub enum PlanAction {
    /// Propose a plan, filled with what the change shows
    ///
    /// The images to go back to, the resources touched and the commands that undo it are filled in; what only a person
    /// knows is left as a hole in <angle brackets>, and a plan with holes is no plan.
    #[command(after_help = "\
Examples:
  deploy-guard plan new                      print it
  deploy-guard plan new --write              write it to .deploy-guard/plan.toml
  deploy-guard plan new --staged --write     before the commit")]
    New {
        #[command(flatten)]
        change: ChangeArguments,
        /// Write .deploy-guard/plan.toml; the plan of an earlier change is replaced, one of this change is not
        #[arg(long)]
        write: bool,
    },
    /// Show what is said about the change, where each part was said, and whether it is enough to go back
    #[command(after_help = "\
Examples:
  deploy-guard plan show
  deploy-guard plan show --base v1.4 --head v1.5
  deploy-guard plan show --worktree")]
    Show {
        #[command(flatten)]
        change: ChangeArguments,
    },
}

/// Draft and list exceptions for single findings
#[derive(Debug, Args)]
pub struct WaiverArguments {
    #[command(subcommand)]
    pub action: WaiverAction,
}

#[derive(Debug, Subcommand)]
pub enum WaiverAction {
    /// Print an entry for .deploy-guard/waivers.toml that excuses one finding of a change for 30 days
    ///
    /// Reason and owner are yours to write; without them the entry has no effect. It works once it is on the branch
    /// that the change goes to: a change cannot excuse itself.
    #[command(after_help = "\
Examples:
  deploy-guard waiver draft 6d884df057b24afc
  deploy-guard waiver draft 6d88             a beginning is enough where it is the only one
  deploy-guard waiver draft 6d884df057b24afc --staged >> .deploy-guard/waivers.toml")]
    Draft {
        /// The finding's fingerprint, as `check` prints it
        fingerprint: String,
        #[command(flatten)]
        change: ChangeArguments,
        #[command(flatten)]
        clock: ClockArguments,
    },
    /// List the waivers here: in force and until when, expired, and what is wrong with the others
    ///
    /// Exits 2 where one of them is not valid.
    #[command(after_help = "\
Examples:
  deploy-guard waiver list")]
    List,
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

/// Write a commented deploy-guard.toml fitted to what this repository holds, or the files for a platform
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deploy-guard init
  deploy-guard init --github                 the gate's workflow and the template for pull requests
  deploy-guard init --gitlab --print         the template for merge requests, to look at
  deploy-guard init --checklist              what `go-nogo` asks, every kind of item as an example")]
pub struct InitArguments {
    #[command(flatten)]
    pub platforms: PlatformArguments,
    /// Print what would be written instead of writing it
    #[arg(long)]
    pub print: bool,
    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// What `init` writes files for, beside the repository itself
#[derive(Debug, Args)]
pub struct PlatformArguments {
    /// Write the gate's workflow and a pull request template for GitHub, and no deploy-guard.toml
    #[arg(long)]
    pub github: bool,
    /// Write a merge request template for GitLab, and no deploy-guard.toml
    #[arg(long)]
    pub gitlab: bool,
    /// Write .deploy-guard/checklist.toml, whose lines are examples, and no deploy-guard.toml
    #[arg(long)]
    pub checklist: bool,
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
