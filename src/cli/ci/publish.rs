//! Where people look: the pull request's comment, the commit's status, the step's summary and outputs.

use super::{Failure, Judged, Run};
use crate::cli::step;
use crate::pipeline::State;
use crate::pipeline::host::Host;
use crate::report::outputs::Outputs;
use crate::report::{markdown, summary};
use crate::verdict::Verdict;

/// The status that branch rules ask for.
const CONTEXT: &str = "deploy-guard";

/// The step's summary and outputs.
pub(super) fn to_the_runner(run: &Run<'_>, judged: &Judged) -> Result<(), Failure> {
    let summary = || markdown::summary(&judged.report, &judged.catalogue);
    step::tell(summary, &Outputs::of(&judged.report, run.json_file()))
}

/// The comment and the statuses that were asked for.
pub(super) fn to_the_platform(run: &Run<'_>, judged: &Judged) -> Result<(), Failure> {
    if !run.arguments.comment && !run.sets_statuses() {
        return Ok(());
    }
    let Some(host) = &run.host else {
        return Err(run.without_host("--comment and --status write to the platform"));
    };
    if run.arguments.comment {
        comment(host.as_ref(), judged)?;
    }
    if run.sets_statuses() {
        statuses(host.as_ref(), judged)?;
    }
    Ok(())
}

fn comment(host: &dyn Host, judged: &Judged) -> Result<(), Failure> {
    let [subject] = judged.subjects.as_slice() else { return Ok(()) };
    let Some(number) = subject.pull_request else {
        return Err(Failure::usage_with_hint(
            "--comment needs a pull request, and this run is about none",
            "ask for it in runs of `pull_request` or `pull_request_target` only",
        ));
    };
    let comment = markdown::comment(&judged.report, &judged.catalogue, CONTEXT);
    let (mark, body) = comment.split_once('\n').unwrap_or_default();
    host.put_comment(number, mark, body)?;
    Ok(())
}

fn statuses(host: &dyn Host, judged: &Judged) -> Result<(), Failure> {
    // Who can't be told keeps nobody else from being told.
    let mut lost = Ok(());
    for subject in &judged.subjects {
        let (Some(commit), Some(verdict)) = (&subject.status_on, subject.verdict) else { continue };
        let state = if verdict == Verdict::Go { State::Success } else { State::Failure };
        let change = subject.place.and_then(|place| judged.report.changes.get(place));
        let line = change.map_or_else(|| "NOT JUDGED, and that is no pass".to_owned(), summary::line);
        lost = lost.and(host.set_status(commit, state, &line, CONTEXT));
    }
    Ok(lost?)
}
