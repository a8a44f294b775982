//! The catalogue itself: nothing is registered without a file, no file without a registration, nothing untested.

use std::path::{Path, PathBuf};

use deploy_guard::examples::run_examples;
use deploy_guard::policy::{Catalogue, Expectation, incidents};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn policy_files() -> Vec<String> {
    let mut files = Vec::new();
    for subject in std::fs::read_dir(root().join("policies")).unwrap() {
        let subject = subject.unwrap();
        let name = subject.file_name().into_string().unwrap();
        if name == "incidents" || !subject.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(subject.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            files.push(format!("{name}/{}", file.trim_end_matches(".toml")));
        }
    }
    files.sort();
    files
}

#[test]
fn every_policy_file_is_registered_under_its_own_id() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut registered: Vec<String> =
        catalogue.iter().map(|policy| format!("{}/{}", policy.subject, policy.id)).collect();
    registered.sort();
    assert_eq!(registered, policy_files());
}

#[test]
fn the_table_of_policies_is_sorted() {
    let text = std::fs::read_to_string(root().join("src/policy/catalogue.rs")).unwrap();
    let table = text.split("built_in! {").nth(1).unwrap().split('}').next().unwrap();
    let lines: Vec<&str> = table.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!(lines, sorted);
}

#[test]
fn every_example_is_judged_as_it_says() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut failures = Vec::new();
    for policy in catalogue.iter() {
        for result in run_examples(policy, &catalogue).unwrap() {
            if let Some(failure) = result.failure {
                failures.push(format!("{} line {} ({}): {failure}", policy.id, result.line, result.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_policy_has_a_change_that_it_stops_and_one_that_it_lets_through() {
    let catalogue = Catalogue::built_in().unwrap();
    for policy in catalogue.iter() {
        let examples = policy.examples().unwrap();
        let has = |wanted: &[Expectation]| examples.iter().any(|example| wanted.contains(&example.expect));
        assert!(has(&[Expectation::Refused, Expectation::Warned]), "{} stops nothing", policy.id);
        assert!(has(&[Expectation::Accepted]), "{} lets nothing through", policy.id);
        for example in &examples {
            let place = policy.source.position(example.span.start).line;
            assert!(example.why.is_some(), "{} line {place}: an example says what it shows", policy.id);
            let changed = example.before != example.after;
            assert!(
                changed || example.expect == Expectation::Accepted,
                "{} line {place} changes nothing",
                policy.id
            );
        }
    }
}

#[test]
fn every_text_of_a_policy_is_fit_to_be_read_in_a_refusal() {
    for policy in Catalogue::built_in().unwrap().iter() {
        let first = policy.title.chars().next().unwrap();
        assert!(!policy.title.ends_with('.'), "{}: a title is a phrase", policy.id);
        assert!(policy.title.chars().count() <= 72, "{}: a title is short", policy.id);
        assert!(first.is_alphanumeric(), "{}", policy.id);
        assert!(policy.explanation.len() > 120, "{}: say why it is dangerous", policy.id);
        assert_eq!(policy.since, "0.1.0", "{}: the version that it came with", policy.id);
        assert!(!policy.incidents.is_empty(), "{}: what taught it?", policy.id);
    }
}

#[test]
fn every_incident_taught_something_and_is_told_in_full() {
    let ids: Vec<&str> = incidents().iter().map(|incident| incident.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "deployer-api-deleted",
            "docs-certificate-expired",
            "inventory-outage",
            "iot-data-stale",
            "kafka-duplicate-uploads"
        ]
    );
    for incident in incidents() {
        assert!(incident.lessons.len() >= 4, "{}", incident.id);
        assert!(incident.line.chars().count() < 190, "{}: one line is read in a refusal", incident.id);
        assert!(!incident.line.ends_with('.'), "{}", incident.id);
    }
}

/// Compares a file that is made from code with what stands in the repository; `UPDATE_GENERATED=1` writes it.
fn holds(path: &Path, wanted: &str) {
    if crate::sandbox::inherited("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        found == wanted,
        "{} is not what the code makes of it: run `UPDATE_GENERATED=1 cargo test --test it generated`",
        path.display()
    );
}

#[test]
fn the_index_of_policies_is_generated() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut text = String::from(
        "# Built-in policies\n\n\
         <!-- made by `UPDATE_GENERATED=1 cargo test --test it generated` -->\n\n\
         `deploy-guard explain <id>` tells each in full, with examples. *Elsewhere* is the weight outside of the environments\n\
         that a policy selects.\n\n\
         | policy | what is wrong | severity | environments | elsewhere | incident |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for policy in catalogue.iter() {
        let incidents: Vec<String> =
            policy.incidents.iter().map(|id| format!("[{id}](incidents/{id}.toml)")).collect();
        text.push_str(&format!(
            "| [{}]({}/{}.toml) | {} | {} | {} | {} | {} |\n",
            policy.id,
            policy.subject,
            policy.id,
            policy.title,
            policy.severity.as_str(),
            policy.select.environments.display(),
            policy.elsewhere.as_str(),
            incidents.join(", ")
        ));
    }
    holds(&root().join("policies/README.md"), &text);
}

#[test]
fn the_schema_of_the_report_is_generated() {
    holds(&root().join("schema/report.schema.json"), &deploy_guard::report::json::schema());
}

#[test]
fn the_schema_of_the_board_is_generated() {
    holds(&root().join("schema/go-nogo.schema.json"), &deploy_guard::board::json::schema());
}

#[test]
fn the_picture_of_a_refusal_is_generated() {
    let sandbox = crate::sandbox::Sandbox::new();
    let scenario = deploy_guard::scenario::scenarios().unwrap();
    let scenario = scenario.iter().find(|scenario| scenario.id == "kafka-duplicate-uploads").unwrap();
    let folder = sandbox.path("incident");
    std::fs::create_dir(&folder).unwrap();
    scenario.build(&folder).unwrap();
    let at = scenario.offending()[0].step.clock();
    let arguments = ["check", "--base", "main", "--head", "incident", "--at", &at, "--color", "always"];
    let outcome = sandbox.guard(&folder).args(arguments).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let shown = format!(
        "$ git push origin incident\n{}",
        outcome.stdout.replace("simulated: judged as at 2020-04-03T20:10:00Z\n", "")
    );
    holds(
        &root().join("docs/refusal.svg"),
        &format!("{}\n", anstyle_svg::Term::new().render_svg(&shown).trim_end()),
    );
}
