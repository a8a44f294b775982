//! `check --verify-verdict`: whether a verdict that was reached earlier still opens the door for what is deployed now.

use std::path::Path;

use super::arguments::CheckArguments;
use super::judging::{open_repository, read_clock};
use super::output::Output;
use super::{Failure, exit};
use crate::env::Environment;
use crate::report::verdict_file::{Refusal, VerdictFile};
use crate::verdict::Verdict;

pub(super) fn run(
    file: &Path,
    arguments: &CheckArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::unable(format!("{} can't be read: {error}", file.display())))?;
    let reader = open_repository(environment)?;
    let head = &arguments.change.head;
    let commit = reader.resolve_commit(head)?;
    let tree = reader.resolve_tree(head)?;
    let now = read_clock()?;
    let verdict = VerdictFile::read(&bytes).and_then(|verdict| {
        verdict.opens(&commit, &tree, now, arguments.max_age)?;
        arguments.environment.as_deref().map_or(Ok(()), |environment| verdict.is_for(environment))
    });
    let (said, code) = match verdict {
        Ok(()) => {
            output.print(&format!("GO: the verdict in {} holds for {}.\n", file.display(), commit.short()));
            return Ok(0);
        }
        Err(Refusal::NoGo(why)) => (why, Verdict::NoGo.exit_code()),
        Err(Refusal::Unjudged(why)) => (why, exit::UNJUDGED),
    };
    output.note(&format!("deploy-guard: the verdict in {} opens nothing: {said}\n", file.display()));
    Ok(code)
}
