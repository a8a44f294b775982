//! `init`: a commented config fitted to what the repository holds, what a platform needs for the gate, or the list of
//! go/no-go.

mod files;

use std::collections::BTreeMap;

use super::Failure;
use super::arguments::{InitArguments, PlatformArguments};
use super::judging::open_repository;
use super::output::Output;
use crate::calendar::machine_zone;
use crate::change::{ReadError, Reader, Tree};
use crate::config;
use crate::env::Environment;
use crate::facts::environment::Environments;
use crate::facts::{Scope, scope_of};

pub(super) fn run(
    arguments: &InitArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let reader = open_repository(environment)?;
    let PlatformArguments { github, gitlab, checklist } = arguments.platforms;
    if github || gitlab || checklist {
        return files::write(arguments, reader.root().as_deref(), output);
    }
    let text = fitted(reader.as_ref(), environment)?;
    if arguments.print {
        output.print_exact(&text);
        return Ok(0);
    }
    let Some(root) = reader.root() else { return Err(bare()) };
    let place = root.join(config::FILE);
    if place.exists() && !arguments.force {
        return Err(Failure::usage_with_hint(
            format!("there is a {} already", config::FILE),
            "`deploy-guard init --print` shows what would be written, `--force` overwrites it",
        ));
    }
    Output::write_file(&place, &text)?;
    output.print(&format!(
        "Wrote {}.\nNext: read it, commit it, then `deploy-guard check` and `deploy-guard hook install`.\n",
        config::FILE
    ));
    Ok(0)
}

fn bare() -> Failure {
    Failure::usage_with_hint(
        "a bare repository has no folder to write into",
        "add `--print` and commit what it prints from a clone",
    )
}

/// The folders that are an environment's, by the environment that is inferred.
fn environments_of(reader: &dyn Reader) -> Result<BTreeMap<(String, bool), Vec<String>>, ReadError> {
    let known = Environments::default();
    let mut found: BTreeMap<(String, bool), Vec<String>> = BTreeMap::new();
    reader.list(&Tree::WorkTree, "", &mut |path, _| {
        if scope_of(&path) != Scope::Deploy {
            return;
        }
        if let Some(environment) = known.environment_of(&path, None) {
            let folder = path.folder().into_owned();
            let pattern = if folder.is_empty() { path.lossy().into_owned() } else { format!("{folder}/**") };
            let patterns = found.entry((environment.name, environment.protected)).or_default();
            let covered = patterns.iter().any(|known| {
                let known = known.trim_end_matches("**");
                pattern.starts_with(known)
            });
            if !covered {
                patterns.push(pattern);
            }
        }
    })?;
    Ok(found)
}

fn fitted(reader: &dyn Reader, environment: &Environment) -> Result<String, ReadError> {
    let mut out = String::from(
        "# What deploy-guard should know about this repository. Everything here is optional.\n\
         # `deploy-guard config print` shows what is in force, `deploy-guard explain <policy>` what a policy is about.\n",
    );
    let found = environments_of(reader)?;
    if found.is_empty() {
        out.push_str(
            "\n# No folder here names an environment. Say which files reach production:\n\
             # [environment.production]\n# paths = [\"deploy/**\"]\n# markers = [\"prod\", \"production\"]\n# protected = true\n",
        );
    } else {
        out.push_str("\n# Environments, as they were found in the names of folders and files.\n");
        out.push_str(
            "# `protected` ones are judged in full; `markers` are the words that name it in values.\n",
        );
    }
    for ((name, protected), mut patterns) in found {
        patterns.sort();
        let shown: Vec<String> = patterns.iter().map(|pattern| format!("    {pattern:?},\n")).collect();
        out.push_str(&format!("\n[environment.{name}]\npaths = [\n{}]\n", shown.concat()));
        out.push_str(&format!("markers = {:?}\nprotected = {protected}\n", Environments::usual_words(&name)));
    }
    let zone = machine_zone(environment.ci);
    out.push_str(&format!(
        "\n# When releases may go out, in the zone of the people who would have to get up.\n\
         [calendar]\nzone = \"{}\"\n\
         deny = [\n    {{ days = [\"fri\", \"sat\", \"sun\"] }},\n    \
         {{ days = [\"mon\", \"tue\", \"wed\", \"thu\"], from = \"15:00\", to = \"24:00\" }},\n]\n\
         # freeze = [{{ from = 2026-12-18, to = 2027-01-04, reason = \"year end\" }}]\n\
         # holidays = [\"2026-12-25\"]\n# day-before-holiday = true\n",
        zone.iana_name().unwrap_or("UTC")
    ));
    out.push_str(
        "\n# What the code of a workload expects of its environment: names are read out of `from` as well.\n\
         # [[contract]]\n# workload = \"web\"\n# expects = [\"DATABASE_PASSWORD\"]\n# from = [\".env.example\", \"src/**/*.py\"]\n\
         \n# A policy that does not fit: lower it, or leave paths out.\n\
         # [policy.floating-image-tag]\n# severity = \"warn\"\n# exclude = [\"examples/**\"]\n",
    );
    Ok(out)
}
