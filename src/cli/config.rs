//! `config print`: every setting in force, with what it comes from.

use super::Failure;
use super::arguments::{ConfigAction, ConfigArguments};
use super::explain::rules_here;
use super::output::Output;
use crate::env::Environment;
use crate::gate::Rules;

pub(super) fn run(
    arguments: &ConfigArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    match arguments.action {
        ConfigAction::Print => output.print(&print(&rules_here(environment)?)),
    }
    Ok(0)
}

fn print(rules: &Rules) -> String {
    let config = &rules.config;
    let mut out = match &config.source {
        Some(source) => format!("# from {}\n", source.origin().display()),
        None => "# there is no deploy-guard.toml: everything below is built in\n".to_owned(),
    };
    if config.environments.is_empty() {
        out.push_str("\n# environments: inferred from folders, file names and namespaces\n");
    }
    for environment in &config.environments {
        let paths: Vec<&str> = environment.paths.iter().map(crate::source::PathPattern::as_str).collect();
        out.push_str(&format!(
            "\n[environment.{}]\npaths = {paths:?}\nmarkers = {:?}\nprotected = {}\n",
            environment.name, environment.markers, environment.protected
        ));
    }
    out.push_str("\n# calendar: ");
    out.push_str(&rules.calendar.note().unwrap_or_else(|| {
        let zone = rules.calendar.zone().iana_name().unwrap_or("local time");
        format!("configured, in {zone}; `deploy-guard calendar now` says what it means today")
    }));
    out.push('\n');
    for policy in rules.catalogue.iter() {
        out.push_str(&format!(
            "\n[policy.{}]\nseverity = \"{}\"    # {}{}\n",
            policy.id,
            policy.severity.as_str(),
            policy.select.environments.display(),
            if policy.built_in { "" } else { ", from this repository" }
        ));
    }
    out
}
