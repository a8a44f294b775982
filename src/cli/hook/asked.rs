//! What a hook is asked to judge, as git, pre-commit or prek say it.
//!
//! In: the command's words, stdin and variables. Out: an [`Asked`]. Opens no repository.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use super::manager::{Call, Manager};
use crate::change::PushDestination;
use crate::change::pre_commit::{PreCommitRange, PreCommitVariables};
use crate::change::push::{RefUpdate, parse};
use crate::cli::Failure;
use crate::env::variable;

/// Five thousand refs are half a megabyte.
const STDIN_LIMIT: u64 = 64 * 1024 * 1024;

pub(super) enum Asked {
    /// Git's own words, perhaps none.
    Push(Vec<RefUpdate>, PushDestination),
    /// What pre-commit and prek make of them.
    Range(PreCommitRange),
}

/// Reads what is asked; `folder` is where git started the hook.
pub(super) fn asked(words: &[String], folder: &Path) -> Result<Asked, Failure> {
    match words {
        [name, url] => {
            let updates = parse(&read_stdin()?).map_err(|refused| Failure::unable(refused.to_string()))?;
            if updates.is_empty() {
                was_told(folder)?;
            }
            Ok(Asked::Push(updates, PushDestination { name: name.clone(), url: url.clone() }))
        }
        [] => {
            let variables = pre_commit_variables();
            if !variables.is_running() {
                return Err(Failure::usage_with_hint(
                    "`hook run pre-push` is called by git: it takes a remote's name and URL, and git's lines on stdin",
                    "to judge by hand: deploy-guard check. In lefthook.yml: give the job '{1}' '{2}' and `use_stdin: true`",
                ));
            }
            Ok(Asked::Range(variables.range().map_err(|missing| Failure::usage(missing.to_string()))?))
        }
        _ => Err(Failure::usage_with_hint(
            format!(
                "git passes two words to the hook, a remote's name and its URL, and these are {}",
                words.len()
            ),
            "quote them where a hook manager passes them on",
        )),
    }
}

fn read_stdin() -> Result<Vec<u8>, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage_with_hint(
            "`hook run pre-push` reads git's lines on stdin, and stdin is a terminal",
            "to judge by hand: deploy-guard check",
        ));
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(STDIN_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::unable(format!("git's lines on stdin could not be read: {error}")))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > STDIN_LIMIT {
        return Err(Failure::unable("git's lines on stdin are over 64 MiB"));
    }
    Ok(bytes)
}

/// An empty stdin means that no ref moves, unless it comes from a manager that keeps stdin to itself.
fn was_told(folder: &Path) -> Result<(), Failure> {
    for name in Manager::Lefthook.configurations() {
        let Ok(configuration) = std::fs::read_to_string(folder.join(name)) else { continue };
        if Manager::Lefthook.calls_guard(&configuration) == Call::NoRefs {
            return Err(Failure::usage_with_hint(
                format!(
                    "{name} calls deploy-guard without `use_stdin: true`: nothing of a push can be judged"
                ),
                "add `use_stdin: true` to the job",
            ));
        }
    }
    Ok(())
}

fn pre_commit_variables() -> PreCommitVariables {
    PreCommitVariables {
        running: variable("PRE_COMMIT"),
        from_ref: variable("PRE_COMMIT_FROM_REF"),
        to_ref: variable("PRE_COMMIT_TO_REF"),
        local_branch: variable("PRE_COMMIT_LOCAL_BRANCH"),
        remote_branch: variable("PRE_COMMIT_REMOTE_BRANCH"),
        remote_name: variable("PRE_COMMIT_REMOTE_NAME"),
        remote_url: variable("PRE_COMMIT_REMOTE_URL"),
    }
}
