//! The incidents as repositories: the change that caused it is refused, the mended one passes.

use deploy_guard::scenario::{BASE, Branch, Scenario, scenarios};

use crate::sandbox::{Outcome, Sandbox};

fn judge(sandbox: &Sandbox, folder: &std::path::Path, branch: &Branch<'_>) -> (Outcome, serde_json::Value) {
    let at = branch.step.clock();
    let outcome = sandbox
        .guard(folder)
        .args(["check", "--base", BASE, "--head", &branch.name, "--at", &at, "--format", "json"])
        .finish();
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}\n{outcome}"));
    (outcome, report)
}

/// The policies that block, each with what they say.
fn refusals(report: &serde_json::Value) -> Vec<(String, String)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["severity"] == "block")
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("policy"), text("message"))
        })
        .collect()
}

fn replay(id: &str) {
    let all = scenarios().unwrap();
    let scenario: &Scenario = all.iter().find(|scenario| scenario.id == id).unwrap();
    let sandbox = Sandbox::new();
    let folder = sandbox.path("incident");
    std::fs::create_dir(&folder).unwrap();
    scenario.build(&folder).unwrap();
    for branch in scenario.offending() {
        let (outcome, report) = judge(&sandbox, &folder, &branch);
        let found = refusals(&report);
        assert_eq!(outcome.code, 1, "{}: {outcome}", branch.name);
        for policy in &branch.step.refused_by {
            assert!(
                found.iter().any(|(id, _)| id == policy),
                "{policy} let {} through: {found:#?}",
                branch.name
            );
        }
        for (policy, word) in &branch.step.says {
            let said = found.iter().any(|(id, message)| id == policy && message.contains(word));
            assert!(said, "{policy} does not say {word}: {found:#?}");
        }
    }
    let (outcome, report) = judge(&sandbox, &folder, &scenario.mended());
    assert_eq!(refusals(&report), [], "the mended change is refused");
    assert_eq!(outcome.code, 0, "{outcome}");
}

#[test]
fn kafka_duplicate_uploads_is_refused_and_its_mended_change_passes() {
    replay("kafka-duplicate-uploads");
}

#[test]
fn iot_data_stale_is_refused_and_its_mended_change_passes() {
    replay("iot-data-stale");
}

#[test]
fn inventory_outage_is_refused_and_its_mended_change_passes() {
    replay("inventory-outage");
}

#[test]
fn the_demo_tells_each_incident_to_its_end() {
    let sandbox = Sandbox::new();
    for scenario in scenarios().unwrap() {
        let outcome = sandbox.guard(&sandbox.home()).args(["demo", &scenario.id]).finish();
        assert_eq!(outcome.code, 0, "{outcome}");
        assert!(outcome.stdout.contains("NO-GO"), "{outcome}");
        assert!(outcome.stdout.contains("\nGO"), "{outcome}");
    }
}

#[test]
fn every_incident_folder_is_a_scenario() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/incidents");
    let mut folders: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut ids: Vec<String> = scenarios().unwrap().into_iter().map(|scenario| scenario.id).collect();
    ids.sort();
    assert_eq!(folders, ids);
}
