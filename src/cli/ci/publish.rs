//! Where people look: the step summary, the step's outputs, the pull request's comment, the commit's status.

use std::path::Path;

use super::{Failure, Judged, Run};
use crate::cli::output::Output;
use crate::env::variable;
use crate::pipeline::State;
use crate::pipeline::host::Host;
use crate::policy::Catalogue;
use crate::report::{Report, markdown, outputs, summary};
use crate::verdict::Verdict;

/// The status that branch rules ask for.
const CONTEXT: &str = "deploy-guard";

/// The step's summary and outputs.
pub(super) fn to_the_runner(run: &Run<'_>, judged: &Judged) -> Result<(), Failure> {
    summary_and_outputs(&judged.report, &judged.catalogue, run.json_file())
}

/// The comment and the statuses that were asked for.
pub(super) fn to_the_platform(run: &Run<'_>, judged: &Judged) -> Result<(), Failure> {
    if !run.arguments.comment && !run.sets_statuses() {
        return Ok(());
    }
    let Some(host) = &run.host else {
        return Err(Failure::usage_with_hint(
            "--comment and --status write to the platform, and there is no token",
            "set GITHUB_TOKEN in the step's `env`",
        ));
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

/// A run that ends without a verdict still says so where people and later jobs look.
pub(super) fn unjudged(failure: Failure) -> Failure {
    let (what, mend) = failure.told();
    let mut report = Report::new("", crate::calendar::now(), false);
    report.verdict = Verdict::Unjudged;
    report.notes.push(what);
    report.notes.extend(mend);
    let written = || {
        let catalogue = Catalogue::built_in()?;
        summary_and_outputs(&report, &catalogue, None)
    };
    // The failure that ended the run is the one to be told.
    let _: Result<(), Failure> = written();
    failure
}

fn summary_and_outputs(report: &Report, catalogue: &Catalogue, json: Option<&str>) -> Result<(), Failure> {
    if let Some(place) = variable("GITHUB_STEP_SUMMARY") {
        Output::append_file(Path::new(&place), &markdown::summary(report, catalogue))?;
    }
    if let Some(place) = variable("GITHUB_OUTPUT") {
        Output::append_file(Path::new(&place), &outputs::render(report, json, &Output::token()?))?;
    }
    Ok(())
}
