//! `explain`: what happened, what is refused, what to write.

use super::Failure;
use super::arguments::ExplainArguments;
use super::judging::open_repository;
use super::output::Output;
use crate::calendar;
use crate::change::{Memory, Tree};
use crate::env::Environment;
use crate::gate::{Rules, Settings};
use crate::policy::{Catalogue, Expectation, Incident, Policy, incident, incidents};
use crate::source::nearest;

pub(super) fn run(
    arguments: &ExplainArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let catalogue = catalogue_here(environment)?;
    if let Some(policy) = catalogue.get(&arguments.id) {
        output.print(&of_policy(policy)?);
        return Ok(0);
    }
    if let Some(lesson) = incident(&arguments.id) {
        output.print(&of_incident(lesson, &catalogue));
        return Ok(0);
    }
    let ids = catalogue.ids().chain(incidents().iter().map(|lesson| lesson.id.as_str()));
    let hint = match nearest(&arguments.id, ids) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`deploy-guard policy list` names them all".to_owned(),
    };
    Err(Failure::usage_with_hint(format!("no policy and no incident is called `{}`", arguments.id), hint))
}

/// The policies in force here.
pub(super) fn catalogue_here(environment: &Environment) -> Result<Catalogue, Failure> {
    Ok(rules_here(environment)?.catalogue)
}

/// The rules of the work tree around; outside of a repository, the built-in ones.
pub(super) fn rules_here(environment: &Environment) -> Result<Rules, Failure> {
    let settings = Settings { now: calendar::now(), ci: environment.ci, all: false };
    match open_repository(environment) {
        Ok(reader) => Ok(Rules::read(reader.as_ref(), &Tree::WorkTree, &settings)?),
        Err(_) => Ok(Rules::read(&Memory::new(Vec::new()), &Tree::Empty, &settings)?),
    }
}

fn of_policy(policy: &Policy) -> Result<String, Failure> {
    let mut out =
        format!("{} ({}, {})\n\n", policy.id, policy.severity.as_str(), policy.select.environments.display());
    out.push_str(&format!("  {}\n\n{}\n", policy.title, policy.explanation));
    out.push_str(&format!("\nWrite instead\n\n{}\n", indented(&policy.remedy)));
    for (number, id) in policy.incidents.iter().enumerate() {
        if let Some(lesson) = incident(id) {
            let own = policy.lesson.as_deref().filter(|_| number == 0);
            let line = indented(own.unwrap_or(&lesson.line));
            out.push_str(&format!("\nWhat happened ({}, {})\n\n{line}\n", lesson.id, lesson.date));
        }
    }
    for (expect, heading) in [(Expectation::Refused, "Refused"), (Expectation::Accepted, "Accepted")] {
        let examples = policy.examples()?;
        let Some(example) =
            examples.iter().find(|example| example.expect == expect && !example.after.is_empty())
        else {
            continue;
        };
        let why = example.why.as_deref().unwrap_or("for example");
        out.push_str(&format!("\n{heading}: {why}\n"));
        for (path, text) in &example.after {
            out.push_str(&format!("\n  {path}\n{}\n", indented(text.trim_end())));
        }
    }
    Ok(out)
}

fn of_incident(lesson: &Incident, catalogue: &Catalogue) -> String {
    let mut out =
        format!("{} ({})\n\n  {}\n\n{}\n", lesson.id, lesson.date, lesson.title, lesson.story.trim());
    out.push_str("\nWhat was learnt\n\n");
    for item in &lesson.lessons {
        out.push_str(&format!("  - {item}\n"));
    }
    out.push_str("\nPolicies that come from it\n\n");
    for policy in catalogue.iter().filter(|policy| policy.incidents.contains(&lesson.id)) {
        out.push_str(&format!("  {:28} {}\n", policy.id, policy.title));
    }
    out.push_str(&format!("\nSource: {}\n", lesson.report));
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
