//! A step of a GitHub job: its summary, which people read, and its outputs, which later steps read.
//!
//! In: both, as they are to stand there. Out: lines in the files that the runner names, or a failure: what is lost is no
//! pass (A6). Where no runner names them nothing is written.

use std::path::Path;

use super::Failure;
use super::output::Output;
use crate::env::variable;
use crate::policy::Catalogue;
use crate::report::outputs::Outputs;
use crate::report::{Report, markdown};
use crate::verdict::Verdict;

/// Writes both.
pub(super) fn tell(summary: impl FnOnce() -> String, outputs: &Outputs) -> Result<(), Failure> {
    if let Some(place) = variable("GITHUB_STEP_SUMMARY") {
        Output::append_file(Path::new(&place), &summary())?;
    }
    if let Some(place) = variable("GITHUB_OUTPUT") {
        Output::append_file(Path::new(&place), &outputs.render(&Output::token()?))?;
    }
    Ok(())
}

/// A run that ends without a word still says so where people and later jobs look. `also` is the output that its kind of
/// run has beside the others.
pub(super) fn unjudged(failure: Failure, also: &'static str) -> Failure {
    let (what, mend) = failure.told();
    let mut report = Report::new("", crate::calendar::now(), false);
    report.verdict = Verdict::Unjudged;
    report.notes.push(what);
    report.notes.extend(mend);
    let written = || {
        let catalogue = Catalogue::built_in()?;
        let outputs = Outputs { also: (also, None), ..Outputs::of(&report, None) };
        tell(|| markdown::summary(&report, &catalogue), &outputs)
    };
    // The failure that ended the run is the one to be told.
    let _: Result<(), Failure> = written();
    failure
}
