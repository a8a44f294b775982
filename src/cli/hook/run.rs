//! `hook run pre-push`: judges every ref of a push before it leaves, and says so on stderr only.
//!
//! In: git's two arguments and its lines on stdin, or pre-commit's variables. Out: an exit code. Asks nothing, reads
//! no work tree, and touches no network.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::manager::{Call, Manager};
use crate::calendar;
use crate::change::pre_commit::{PreCommitRange, PreCommitVariables};
use crate::change::push::{RefUpdate, parse};
use crate::change::{ObjectId, Protection, PushDestination, Reader, Request, Tree, protection};
use crate::cli::Failure;
use crate::cli::judging::{Clock, judge_all, open_repository, show};
use crate::cli::output::Output;
use crate::env::{Environment, variable};
use crate::gate::{Rules, Settings};
use crate::policy::Catalogue;
use crate::report::Report;
use crate::verdict::Verdict;

/// Five thousand refs are half a megabyte.
const STDIN_LIMIT: u64 = 64 * 1024 * 1024;

/// Judge a push; git calls this through the hook
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The hook that git runs
    #[arg(value_enum)]
    pub hook: HookName,
    /// What git passes to the hook: the remote's name and its URL
    #[arg(value_name = "REMOTE URL")]
    pub destination: Vec<OsString>,
    /// Seconds after which the push is refused as not judged
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub deadline: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HookName {
    PrePush,
}

/// What came of judging a push.
#[derive(Default)]
struct Judged {
    report: Option<(Report, Catalogue)>,
    /// Deletions that must not be.
    refused: Vec<String>,
    notes: Vec<String>,
    /// Said only to those who ask for more.
    details: Vec<String>,
}

pub(super) fn run(
    arguments: &RunArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    output.keep_off_stdout();
    let HookName::PrePush = arguments.hook;
    let words: Vec<String> =
        arguments.destination.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (sender, receiver) = channel();
    let inside = environment.clone();
    // Whatever hangs, stdin included, hangs in there.
    std::thread::spawn(move || {
        // Nobody listens any more where the deadline has passed.
        let _ = sender.send(judge_push(&words, &inside));
    });
    let judged = match receiver.recv_timeout(Duration::from_secs(arguments.deadline)) {
        Ok(judged) => judged?,
        Err(RecvTimeoutError::Timeout) => {
            return Err(Failure::Unable {
                what: format!("timed out after {} s: this push was not judged", arguments.deadline),
                mend: Some("`git push --no-verify` skips the hook; the CI gate will judge it".to_owned()),
            });
        }
        Err(RecvTimeoutError::Disconnected) => return Err(Failure::defect()),
    };
    say(&judged, output)
}

fn say(judged: &Judged, output: &mut Output) -> Result<u8, Failure> {
    let mut verdict = Verdict::Go;
    if let Some((report, catalogue)) = &judged.report {
        show(report, catalogue, &[], output)?;
        verdict = report.verdict;
    }
    for line in judged.refused.iter().chain(&judged.notes) {
        output.note(&format!("deploy-guard: {line}\n"));
    }
    if output.look.verbose {
        for line in &judged.details {
            output.note(&format!("deploy-guard: {line}\n"));
        }
    }
    if !judged.refused.is_empty() {
        verdict = verdict.worst(Verdict::NoGo);
    }
    let why = match verdict {
        Verdict::Go => return Ok(0),
        Verdict::NoGo => "push refused",
        Verdict::Unjudged => "push refused, because a part of it could not be judged",
    };
    output.note(&format!("deploy-guard: {why}; `git push --no-verify` skips this hook, the CI gate still decides\n"));
    Ok(verdict.exit_code())
}

fn judge_push(words: &[String], environment: &Environment) -> Result<Judged, Failure> {
    match words {
        [name, url] => {
            let destination = PushDestination { name: name.clone(), url: url.clone() };
            let updates = parse(&read_stdin()?).map_err(|refused| Failure::unable(refused.to_string()))?;
            judge_updates(&updates, &destination, environment)
        }
        [] => {
            let variables = pre_commit_variables();
            if !variables.is_running() {
                return Err(Failure::usage_with_hint(
                    "`hook run pre-push` is for git: it takes a remote's name and URL, and git's lines on stdin",
                    "to judge by hand: deploy-guard check. In lefthook.yml: `run: deploy-guard hook run pre-push -- {1} {2}` with `use_stdin: true`",
                ));
            }
            let range = variables.range().map_err(|missing| Failure::usage(missing.to_string()))?;
            judge_range(&range, environment)
        }
        _ => Err(Failure::usage_with_hint(
            format!("git passes a remote's name and its URL to pre-push, and these are {} words", words.len()),
            "quote them where a hook manager passes them on: deploy-guard hook run pre-push -- \"$@\"",
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

fn judge_updates(
    updates: &[RefUpdate],
    destination: &PushDestination,
    environment: &Environment,
) -> Result<Judged, Failure> {
    if updates.is_empty() {
        told_nothing(&environment.folder)?;
        return Ok(Judged { details: vec!["no ref moves, nothing to judge".to_owned()], ..Judged::default() });
    }
    let reader = open_repository(environment)?;
    let mut judged = Judged::default();
    let deleted: Vec<&RefUpdate> = updates.iter().filter(|update| update.is_delete()).collect();
    if !deleted.is_empty() {
        judge_deletions(reader.as_ref(), &deleted, destination, environment, &mut judged)?;
    }
    // Refs that move between the same two objects are one change.
    let mut moves: BTreeMap<(&ObjectId, &ObjectId), Vec<&RefUpdate>> = BTreeMap::new();
    for update in updates.iter().filter(|update| !update.is_delete()) {
        moves.entry((&update.local, &update.remote)).or_default().push(update);
    }
    let mut requests = Vec::new();
    for ((local, remote), refs) in moves {
        let Some((first, others)) = refs.split_first() else { continue };
        if !others.is_empty() {
            judged.details.push(format!("{} and {} more refs move alike", first.remote_ref, others.len()));
        }
        requests.push(Request::Push {
            local: local.clone(),
            remote: remote.clone(),
            remote_ref: first.remote_ref.display(),
            destination: destination.clone(),
        });
    }
    if !requests.is_empty() {
        judged.report = Some(judge_all(reader.as_ref(), &requests, &Clock::Now, false, environment)?);
    }
    Ok(judged)
}

fn judge_deletions(
    reader: &dyn Reader,
    deleted: &[&RefUpdate],
    destination: &PushDestination,
    environment: &Environment,
    judged: &mut Judged,
) -> Result<(), Failure> {
    let settings = Settings { now: calendar::now(), ci: environment.ci, all: false };
    // The rules that the deleted ref itself holds; its tip may be unknown here.
    for update in deleted {
        let tree = reader.resolve_tree(update.remote.as_str()).map_or(Tree::Empty, Tree::Object);
        let environments = Rules::read(reader, &tree, &settings)?.environments;
        let whole_name = |branch: &str| {
            let mention = environments.mentions(branch).into_iter().find(|mention| mention.range == (0..branch.len()))?;
            environments.is_protected(&mention.environment).then_some(mention.environment)
        };
        let name = update.remote_ref.display();
        match protection(reader, &update.remote_ref.lossy(), destination, whole_name) {
            Some(Protection::DefaultBranch) => {
                judged.refused.push(format!("{name} is the remote's default branch, and this push deletes it"));
            }
            Some(Protection::Environment(environment)) => judged.refused.push(format!(
                "{name} is called like the protected environment {environment}, and this push deletes it"
            )),
            None => judged.details.push(format!("{name} is deleted: nothing to judge")),
        }
    }
    judged.details.push("what `git push --mirror` deletes is told to no hook".to_owned());
    Ok(())
}

fn judge_range(range: &PreCommitRange, environment: &Environment) -> Result<Judged, Failure> {
    let reader = open_repository(environment)?;
    let object = |revision: &str| match ObjectId::parse(revision) {
        Some(id) => Ok(id),
        None => reader.resolve_commit(revision),
    };
    let local = object(&range.to)?;
    let remote = match &range.from {
        Some(from) => Some(object(from)?),
        None => ObjectId::parse(&"0".repeat(local.as_str().len())),
    };
    let Some(remote) = remote else { return Err(Failure::defect()) };
    let remote_ref =
        range.remote_ref.as_ref().map_or_else(|| "the pushed ref".to_owned(), |name| name.display());
    let destination = range.destination.clone().unwrap_or_default();
    let request = Request::Push { local, remote, remote_ref, destination };
    let report = judge_all(reader.as_ref(), &[request], &Clock::Now, false, environment)?;
    let note = format!(
        "pre-commit and prek run this hook for the first pushed ref only, and for no deletion: {} was judged",
        range.remote_ref.as_ref().map_or_else(|| range.to.clone(), |name| name.display())
    );
    Ok(Judged { report: Some(report), notes: vec![note], ..Judged::default() })
}

/// An empty stdin means that no ref moves, unless it comes from a manager that keeps stdin to itself.
fn told_nothing(folder: &Path) -> Result<(), Failure> {
    for name in Manager::Lefthook.configurations() {
        let Ok(configuration) = std::fs::read_to_string(folder.join(name)) else { continue };
        if Manager::Lefthook.calls_guard(&configuration) == Call::NoRefs {
            return Err(Failure::usage_with_hint(
                format!("{name} calls deploy-guard without `use_stdin: true`, so nothing of this push could be judged"),
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
