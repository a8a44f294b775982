//! `policy list | show | test`.

use super::arguments::{PolicyAction, PolicyArguments};
use super::explain::catalogue_here;
use super::output::Output;
use super::progress::while_working;
use super::{Failure, exit};
use crate::env::Environment;
use crate::examples::run_examples;
use crate::policy::{Catalogue, Policy};
use crate::source::nearest;

pub(super) fn run(
    arguments: &PolicyArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let catalogue = catalogue_here(environment)?;
    match &arguments.action {
        PolicyAction::List => {
            output.print(&list(&catalogue));
            Ok(0)
        }
        PolicyAction::Show { id } => {
            let policy = find(&catalogue, id)?;
            // A repository's own text is nobody's to respell.
            let print = if policy.built_in { Output::print } else { Output::print_exact };
            print(output, policy.source.text());
            Ok(0)
        }
        PolicyAction::Test { id } => while_working(environment, || test(&catalogue, id.as_deref(), output)),
    }
}

fn find<'a>(catalogue: &'a Catalogue, id: &str) -> Result<&'a Policy, Failure> {
    catalogue.get(id).ok_or_else(|| {
        let hint = match nearest(id, catalogue.ids()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`deploy-guard policy list` names them all".to_owned(),
        };
        Failure::usage_with_hint(format!("there is no policy `{id}`"), hint)
    })
}

fn list(catalogue: &Catalogue) -> String {
    let widest = catalogue.ids().map(str::len).max().unwrap_or(0);
    let mut out = String::new();
    for policy in catalogue.iter() {
        out.push_str(&format!(
            "{:widest$}  {:5}  {:22}  {}\n",
            policy.id,
            policy.severity.as_str(),
            policy.select.environments.display(),
            policy.title
        ));
    }
    out
}

fn test(catalogue: &Catalogue, id: Option<&str>, output: &mut Output) -> Result<u8, Failure> {
    let policies: Vec<&Policy> = match id {
        Some(id) => vec![find(catalogue, id)?],
        None => catalogue.iter().collect(),
    };
    let (mut passed, mut failed) = (0, 0);
    for policy in policies {
        for result in run_examples(policy, catalogue)? {
            match result.failure {
                None => passed += 1,
                Some(failure) => {
                    failed += 1;
                    output.print(&format!(
                        "{}: example at line {} ({}): {failure}\n",
                        policy.id, result.line, result.name
                    ));
                }
            }
        }
    }
    output.print(&format!("{passed} passed, {failed} failed\n"));
    Ok(if failed == 0 { 0 } else { exit::USAGE })
}
