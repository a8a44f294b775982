//! What a person reads about the hook: outcomes to text and exit code.
//!
//! In: typed outcomes. Out: text, safe to print, and what the process exits with. Decides nothing else.

use std::fmt::Write as _;
use std::path::Path;

use super::install::{Installation, Way};
use super::manager::Call;
use super::site::{HookError, Owner};
use super::status::{Guarded, HookStatus, Problem};
use super::uninstall::Removal;
use crate::source::escape_line;

/// A text and the exit code that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub text: String,
    /// 0 done; 1 asked for a state that is not there; 2 refused to disturb what is.
    pub code: u8,
}

const SCRIPT_LINE: &str = "deploy-guard hook run pre-push -- \"$@\" || exit\n";

impl Installation {
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Installed { hook, chained, replaced } => {
                let mut text = format!("installed: {}\n", shown(hook));
                if let Some(chained) = chained {
                    let _ = writeln!(text, "  runs first: {}", shown(chained));
                }
                if let Some(replaced) = replaced {
                    let _ = writeln!(text, "  put aside, and run no more: {}", shown(replaced));
                }
                text.push_str("Every push from here is judged before it leaves. The hook is advice: the CI gate decides.\n");
                Answer { text, code: 0 }
            }
            Self::Updated { hook } => Answer { text: format!("updated: {}\n", shown(hook)), code: 0 },
            Self::AlreadyInstalled { hook } => {
                Answer { text: format!("already installed: {}\n", shown(hook)), code: 0 }
            }
            Self::ForeignHook { hook, by, ways } => {
                let author = by.map_or(String::new(), |by| format!(", written by {}", by.name()));
                let mut text = format!(
                    "a pre-push hook is there already, and was left as it is: {}{author}\n",
                    shown(hook)
                );
                text.push_str(&offer(ways));
                if let Some(by) = by {
                    let _ = writeln!(text, "\nAbout {}: {}.", by.name(), by.gap());
                }
                Answer { text, code: 2 }
            }
            Self::ForeignFolder { folder, owner, ways } => {
                let why = match owner {
                    Owner::Husky => "husky writes this folder anew at every install",
                    Owner::InTree => "files in this folder would be committed",
                    Owner::Shared => "hooks in this folder run for every repository of this user or machine",
                    Owner::Private => "this folder belongs to something else",
                };
                let mut text = format!("core.hooksPath is {}: {why}; nothing was written\n", shown(folder));
                text.push_str(&offer(ways));
                Answer { text, code: 2 }
            }
        }
    }
}

/// The ways out of a refusal, each with what to type.
fn offer(ways: &[Way]) -> String {
    let mut text = String::new();
    for way in ways {
        text.push('\n');
        match way {
            Way::Chain => text.push_str("Run that hook first, then deploy-guard:\n    deploy-guard hook install --chain\n"),
            Way::Snippet(manager) => {
                let (place, snippet) = match manager {
                    Some(manager) => (
                        format!("Let {} call it. Add to {}:", manager.name(), manager.configurations().first().unwrap_or(&"")),
                        manager.snippet(),
                    ),
                    None => (
                        "Call it from the pre-push hook there, where nothing else reads stdin:".to_owned(),
                        SCRIPT_LINE,
                    ),
                };
                text.push_str(&place);
                text.push('\n');
                for line in snippet.lines() {
                    let _ = writeln!(text, "    {line}");
                }
            }
            Way::Force => text.push_str("Put what is there aside and write ours all the same:\n    deploy-guard hook install --force\n"),
        }
    }
    text
}

impl Removal {
    pub(super) fn answer(&self) -> Answer {
        let mut text = String::new();
        for place in self.removed.iter().filter(|place| !self.restored.contains(place)) {
            let _ = writeln!(text, "removed: {}", shown(place));
        }
        for place in &self.restored {
            let _ = writeln!(text, "removed, and restored what was there before: {}", shown(place));
        }
        for place in &self.stray {
            let _ = writeln!(
                text,
                "left: {} was kept from an earlier hook, and somebody else's hook has its place now",
                shown(place)
            );
        }
        if text.is_empty() {
            text.push_str("not installed: there is no hook of deploy-guard's here\n");
        }
        Answer { text, code: 0 }
    }
}

impl HookStatus {
    pub(super) fn answer(&self) -> Answer {
        let mut text = match self.guarded {
            Guarded::ByHook => format!("guarded: {}\n", shown(&self.hook)),
            Guarded::ByManager(manager, Call::EveryRef) => format!("guarded, by {}\n", manager.name()),
            Guarded::ByManager(manager, _) => format!("guarded in part, by {}\n", manager.name()),
            Guarded::No => "not guarded: pushes from here are not judged before they leave\n".to_owned(),
        };
        for problem in &self.problems {
            let _ = writeln!(text, "  - {}", problem.words());
        }
        for (manager, configuration, call) in &self.managers {
            if *call == Call::Absent && !matches!(self.guarded, Guarded::ByHook) {
                let _ = writeln!(
                    text,
                    "  - {} is configured in {} and does not call deploy-guard",
                    manager.name(),
                    shown(configuration)
                );
            }
        }
        if !self.is_guarded() && self.problems.is_empty() {
            text.push_str("  deploy-guard hook install\n");
        }
        Answer { text, code: u8::from(!self.is_guarded()) }
    }
}

impl Problem {
    /// Says what is wrong and what mends it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::NotExecutable(hook) => {
                format!("{0} is not executable, so git ignores it: chmod +x {0}", shown(hook))
            }
            Self::CarriageReturn(hook) => format!(
                "{} has Windows line ends: git cannot run it, and pushes over a local path hang; write it with LF, or run `deploy-guard hook install`",
                shown(hook)
            ),
            Self::ByteOrderMark(hook) => {
                format!(
                    "{} begins with a byte order mark, which hides its `#!`: save it without",
                    shown(hook)
                )
            }
            Self::NoShebang(hook) => {
                format!("{} has no `#!` line: git leaves it to sh, other programs to nobody", shown(hook))
            }
            Self::SwitchedOff(folder) => format!(
                "core.hooksPath is {}, which is no folder: git runs no hooks at all; see `git config --show-origin core.hooksPath`",
                shown(folder)
            ),
            Self::SelfTestFailed { hook, message } => {
                format!("{} does not run: {}", shown(hook), escape_line(message))
            }
            Self::SetAside(hook) => format!(
                "{} is deploy-guard's hook, put aside by another program that does not run it; `deploy-guard hook uninstall`, then call it from that program",
                shown(hook)
            ),
            Self::Shadowed { hook, hooks } => format!(
                "{} is not run: core.hooksPath leads git to {}; `deploy-guard hook install` again",
                shown(hook),
                shown(hooks)
            ),
            Self::WorkTreesWithout(places) => {
                let places: Vec<String> = places.iter().map(|place| shown(place)).collect();
                format!(
                    "core.hooksPath is relative, and these work trees have no hook there, so that pushes from them are not judged: {}",
                    places.join(", ")
                )
            }
            Self::ChainedIgnored(hook) => {
                format!("{} was kept from `--chain`, and nothing runs it now", shown(hook))
            }
            Self::Gap { manager, configuration, call } => {
                let what = match call {
                    Call::NoRefs => "calls deploy-guard and tells it nothing",
                    _ => "calls deploy-guard for a part of each push",
                };
                format!("{} {what}: {}", shown(configuration), manager.gap())
            }
        }
    }
}

impl HookError {
    /// Whose fault it is decides: the caller's or the repository's 2, the machine's 3.
    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Git { .. } | Self::NotAFolder(_) | Self::ChainTaken(_) => 2,
            Self::NoGit(_) | Self::File { .. } | Self::SelfTest { .. } => 3,
        }
    }
}

fn shown(path: &Path) -> String {
    escape_line(&path.to_string_lossy()).into_owned()
}
