//! `hook run pre-push`: judges every ref of a push before it leaves, and says so on stderr only.
//!
//! In: what is [`asked`]. Out: an exit code. Asks nobody, reads no work tree, and touches no network.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::asked::{Asked, asked};
use crate::change::pre_commit::PreCommitRange;
use crate::change::push::RefUpdate;
use crate::change::{ObjectId, Protection, PushDestination, Reader, Request, Tree, protection, read_change};
use crate::cli::judging::{open_repository, read_clock, show};
use crate::cli::output::Output;
use crate::cli::progress::while_working;
use crate::cli::{Failure, exit};
use crate::env::Environment;
use crate::gate::{Rules, Settings, judge};
use crate::policy::Catalogue;
use crate::report::Report;
use crate::source::RepoPath;
use crate::verdict::Verdict;

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
    let deadline = Duration::from_secs(arguments.deadline);
    match while_working(environment, || receiver.recv_timeout(deadline)) {
        Ok(push) => say(&push?, output),
        Err(RecvTimeoutError::Timeout) => Err(Failure::Unable {
            what: format!("timed out after {} s: this push was not judged", arguments.deadline),
            mend: Some("`git push --no-verify` skips the hook; the CI gate will judge it".to_owned()),
        }),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::defect()),
    }
}

fn say(push: &Push, output: &mut Output) -> Result<u8, Failure> {
    let mut code = 0;
    if !push.report.changes.is_empty() {
        show(&push.report, &push.catalogue, &[], output)?;
        code = push.report.verdict.exit_code();
    }
    for failure in &push.failures {
        code = worse(code, output.fail(failure));
    }
    for line in &push.refused {
        output.note(&format!("deploy-guard: {line}\n"));
        code = worse(code, Verdict::NoGo.exit_code());
    }
    let details: &[String] = if output.look.verbose { &push.details } else { &[] };
    for line in push.notes.iter().chain(details) {
        output.note(&format!("deploy-guard: {line}\n"));
    }
    if code != 0 {
        let because = if code == Verdict::NoGo.exit_code() { "" } else { ", because it could not be judged" };
        output.note(&format!(
            "deploy-guard: push refused{because}; `git push --no-verify` skips this hook, the CI gate still decides\n"
        ));
    }
    Ok(code)
}

/// A refusal outranks what could not be judged, which outranks a broken config.
fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| [0, exit::USAGE, exit::UNJUDGED, 1].iter().position(|known| *known == code);
    if rank(one) >= rank(other) { one } else { other }
}

/// One push and what came of judging it.
struct Push {
    report: Report,
    /// What the report explains findings with.
    catalogue: Catalogue,
    /// Refs that could not be judged do not hide the others' findings.
    failures: Vec<Failure>,
    /// Deletions that must not be.
    refused: Vec<String>,
    notes: Vec<String>,
    /// Said only to those who ask for more.
    details: Vec<String>,
}

fn judge_push(words: &[String], environment: &Environment) -> Result<Push, Failure> {
    let asked = asked(words, &environment.folder)?;
    let now = read_clock()?;
    let settings = Settings { now, ci: environment.ci, all: false };
    let mut push = Push {
        report: Report::new("", now, false),
        catalogue: Catalogue::built_in()?,
        failures: Vec::new(),
        refused: Vec::new(),
        notes: Vec::new(),
        details: Vec::new(),
    };
    if let Asked::Push(updates, _) = &asked
        && updates.is_empty()
    {
        push.details.push("no ref moves, nothing to judge".to_owned());
        return Ok(push);
    }
    let reader = open_repository(environment)?;
    let reader = reader.as_ref();
    let requests = match &asked {
        Asked::Push(updates, destination) => {
            push.judge_deletions(reader, updates, destination, &settings);
            push.requests(updates, destination)
        }
        Asked::Range(range) => vec![push.request_of_range(reader, range)?],
    };
    push.judge(reader, &requests, &settings);
    push.report.reader = reader.name();
    Ok(push)
}

impl Push {
    /// One request for each pair of objects: refs that move alike are one change.
    fn requests(&mut self, updates: &[RefUpdate], destination: &PushDestination) -> Vec<Request> {
        let mut moves: BTreeMap<(&ObjectId, &ObjectId), Vec<&RefUpdate>> = BTreeMap::new();
        for update in updates.iter().filter(|update| !update.is_delete()) {
            moves.entry((&update.local, &update.remote)).or_default().push(update);
        }
        let mut requests = Vec::new();
        for ((local, remote), refs) in moves {
            let Some((first, others)) = refs.split_first() else { continue };
            for other in others {
                self.details.push(format!("{} moves as {} does", other.remote_ref, first.remote_ref));
            }
            requests.push(Request::Push {
                local: local.clone(),
                remote: remote.clone(),
                remote_ref: first.remote_ref.display(),
                destination: destination.clone(),
            });
        }
        requests
    }

    fn request_of_range(&mut self, reader: &dyn Reader, range: &PreCommitRange) -> Result<Request, Failure> {
        let object = |revision: &str| match ObjectId::parse(revision) {
            Some(id) => Ok(id),
            None => reader.resolve_commit(revision),
        };
        let local = object(&range.to)?;
        let remote = match &range.from {
            Some(from) => Some(object(from)?),
            None => ObjectId::parse(&"0".repeat(local.as_str().len())),
        };
        let remote = remote.ok_or_else(Failure::defect)?;
        let named = range.remote_ref.as_ref().or(range.local_ref.as_ref());
        let remote_ref = named.map_or_else(|| "the pushed ref".to_owned(), RepoPath::display);
        self.notes.push(format!(
            "pre-commit and prek run this hook for the first pushed ref only, here {remote_ref}, and for no deletion"
        ));
        let destination = range.destination.clone().unwrap_or_default();
        Ok(Request::Push { local, remote, remote_ref, destination })
    }

    fn judge(&mut self, reader: &dyn Reader, requests: &[Request], settings: &Settings) {
        // Most refs of a push are judged by the same rules; rules that can't be read are said to be so once.
        let mut rules_of: Vec<(Tree, Option<Rules>)> = Vec::new();
        for request in requests {
            let change = match read_change(reader, request) {
                Ok(change) => change,
                Err(error) => {
                    self.failures.push(error.into());
                    continue;
                }
            };
            if !rules_of.iter().any(|(tree, _)| *tree == change.base.tree) {
                let rules = Rules::of(reader, &change, settings);
                let rules = rules.map_err(|error| self.failures.push(error.into())).ok();
                rules_of.push((change.base.tree.clone(), rules));
            }
            let known = rules_of.iter().find(|(tree, _)| *tree == change.base.tree);
            let Some((_, Some(rules))) = known else { continue };
            match judge(reader, &change, rules, settings) {
                Ok((evaluation, verdict)) => self.report.add(change, evaluation, verdict),
                Err(error) => self.failures.push(error.into()),
            }
        }
        if let Some(rules) = rules_of.into_iter().rev().find_map(|(_, rules)| rules) {
            self.catalogue = rules.catalogue;
        }
    }

    fn judge_deletions(
        &mut self,
        reader: &dyn Reader,
        updates: &[RefUpdate],
        destination: &PushDestination,
        settings: &Settings,
    ) {
        for update in updates.iter().filter(|update| update.is_delete()) {
            // Its own tip says which environments there are, where it is known here.
            let tree = reader.resolve_tree(update.remote.as_str()).map_or(Tree::Empty, Tree::Object);
            let environments = match Rules::read(reader, &tree, settings) {
                Ok(rules) => rules.environments,
                Err(error) => {
                    self.failures.push(error.into());
                    continue;
                }
            };
            let called_like = |branch: &str| {
                let mentions = environments.mentions(branch);
                let whole = mentions.into_iter().find(|mention| mention.range == (0..branch.len()))?;
                environments.is_protected(&whole.environment).then_some(whole.environment)
            };
            let name = update.remote_ref.display();
            match protection(reader, &update.remote_ref.lossy(), destination, called_like) {
                Some(Protection::DefaultBranch) => {
                    self.refused
                        .push(format!("{name} is the remote's default branch, and this push deletes it"));
                }
                Some(Protection::Environment(environment)) => self.refused.push(format!(
                    "{name} is called like the protected environment {environment}, and this push deletes it"
                )),
                None => self.details.push(format!("{name} is deleted: nothing to judge")),
            }
            self.details.push("what `git push --mirror` deletes is told to no hook".to_owned());
        }
        self.details.dedup();
    }
}
