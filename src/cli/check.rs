//! `check`: judge a change of this repository.

use super::Failure;
use super::arguments::CheckArguments;
use super::judging::{Clock, judge_all, open_repository, request, show};
use super::output::Output;
use super::progress::while_working;
use crate::env::Environment;
use crate::verdict::Verdict;

pub(super) fn run(
    arguments: &CheckArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    if let Some(file) = &arguments.verify_verdict {
        return super::verify::run(file, arguments, environment, output);
    }
    let clock = Clock::of(&arguments.clock, environment)?;
    let reader = open_repository(environment)?;
    let requests = [request(&arguments.change)];
    let (report, catalogue) = while_working(environment, || {
        judge_all(reader.as_ref(), &requests, clock, arguments.all, environment)
    })?;
    show(&report, &catalogue, &arguments.formats, output)?;
    Ok(match report.verdict {
        Verdict::NoGo if arguments.exit_zero => 0,
        verdict => verdict.exit_code(),
    })
}
