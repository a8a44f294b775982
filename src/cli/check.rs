//! `check`: judge a change of this repository.

use super::Failure;
use super::arguments::CheckArguments;
use super::judging::{Clock, judge_all, open_repository, show};
use super::output::Output;
use crate::change::Request;
use crate::env::Environment;
use crate::verdict::Verdict;

pub(super) fn run(
    arguments: &CheckArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let request = if arguments.staged {
        Request::Staged
    } else if arguments.worktree {
        Request::WorkTree
    } else if arguments.base.is_none() && arguments.head == "HEAD" {
        Request::SinceUpstream
    } else {
        Request::Range { base: arguments.base.clone(), head: arguments.head.clone() }
    };
    let reader = open_repository(environment)?;
    let clock = arguments.at.as_deref().map_or(Clock::Now, Clock::At);
    let (report, catalogue) = judge_all(reader.as_ref(), &[request], &clock, arguments.all, environment)?;
    show(&report, &catalogue, &arguments.formats, output)?;
    Ok(match report.verdict {
        Verdict::NoGo if arguments.exit_zero => 0,
        verdict => verdict.exit_code(),
    })
}
