//! `demo`: builds an incident's repository in a temporary folder and judges the change that caused it.

use super::Failure;
use super::arguments::DemoArguments;
use super::judging::{Clock, judge_all, show};
use super::output::Output;
use super::progress::while_working;
use crate::change::{Request, open};
use crate::env::Environment;
use crate::policy::incident;
use crate::scenario::{BASE, Scenario, scenarios};
use crate::source::nearest;
use crate::verdict::Verdict;

pub(super) fn run(
    arguments: &DemoArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let all = scenarios().map_err(Failure::unable)?;
    let wanted = arguments.incident.as_deref().unwrap_or("kafka-duplicate-uploads");
    let Some(scenario) = all.iter().find(|scenario| scenario.id == wanted) else {
        let ids: Vec<&str> = all.iter().map(|scenario| scenario.id.as_str()).collect();
        let near = nearest(wanted, ids.iter().copied());
        let hint = near.map_or_else(
            || format!("there are {}", ids.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Failure::usage_with_hint(format!("there is no demo of `{wanted}`"), hint));
    };
    let folder = tempfile::Builder::new()
        .prefix("deploy-guard-demo-")
        .tempdir()
        .map_err(|error| Failure::unable(format!("no temporary folder: {error}")))?;
    scenario.build(folder.path()).map_err(|error| Failure::unable(error.to_string()))?;
    introduce(scenario, output);
    let reader = open(folder.path(), false)?;
    let mut as_told = true;
    for branch in scenario.offending() {
        let told = branch.step.told.as_deref().unwrap_or("the change that caused it");
        output.print(&format!("== {told}: \"{}\"\n\n", first_line(&branch.step.message)));
        as_told &= judge_branch(reader.as_ref(), &branch, environment, output)? == Verdict::NoGo;
        output.print("\n");
    }
    let mended = scenario.mended();
    output.print(&format!(
        "== the change as it should have been: \"{}\"\n\n",
        first_line(&mended.step.message)
    ));
    as_told &= judge_branch(reader.as_ref(), &mended, environment, output)? == Verdict::Go;
    if arguments.keep {
        let kept = folder.keep();
        output.print(&format!("\nThe repository is kept in {}\n", kept.display()));
    }
    output.print(
        "\nIn a repository of your own: deploy-guard init, deploy-guard check, deploy-guard hook install\n",
    );
    if as_told { Ok(0) } else { Err(Failure::unable("the demo did not go as it is told")) }
}

fn first_line(message: &str) -> &str {
    message.trim().lines().next().unwrap_or_default()
}

fn introduce(scenario: &Scenario, output: &mut Output) {
    if let Some(lesson) = incident(&scenario.id) {
        output.print(&format!("{} ({}): {}\n", lesson.title, lesson.date, lesson.line));
    }
    output.print(&format!("\n{}\n\n", scenario.told.trim()));
}

fn judge_branch(
    reader: &dyn crate::change::Reader,
    branch: &crate::scenario::Branch<'_>,
    environment: &Environment,
    output: &mut Output,
) -> Result<Verdict, Failure> {
    let request = Request::Range { base: Some(BASE.to_owned()), head: branch.name.clone() };
    let at = branch.step.clock();
    let (report, catalogue) =
        while_working(environment, || judge_all(reader, &[request], Clock::At(&at), false, environment))?;
    show(&report, &catalogue, &[], output)?;
    Ok(report.verdict)
}
