//! The workflows guard themselves: pinned actions, no standing permissions, nothing that a final job forgets.

use std::path::PathBuf;

fn workflows() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_action_is_pinned_by_commit() {
    for (name, text) in workflows() {
        for line in
            text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:"))
        {
            let reference =
                line.split('@').nth(1).unwrap_or_default().split_whitespace().next().unwrap_or_default();
            let commit = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(commit, "{name}: {line}");
        }
    }
}

#[test]
fn no_workflow_has_standing_permissions_and_every_job_has_a_time_limit() {
    for (name, text) in workflows() {
        assert!(text.contains("\npermissions: {}\n"), "{name}");
        let jobs = text.matches("runs-on:").count();
        assert_eq!(text.matches("timeout-minutes:").count(), jobs, "{name}: a job without a time limit");
        let checkouts = text.matches("actions/checkout@").count();
        assert_eq!(text.matches("persist-credentials: false").count(), checkouts, "{name}");
    }
}

#[test]
fn the_final_job_needs_every_other() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name == "ci.yml").unwrap();
    let jobs = text.split("\njobs:\n").nth(1).unwrap();
    let is_job = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let names: Vec<&str> =
        jobs.lines().filter(is_job).map(|line| line.trim().trim_end_matches(':')).collect();
    let needs = jobs.lines().find(|line| line.trim_start().starts_with("needs:")).unwrap();
    for name in names.iter().filter(|name| **name != "all-green") {
        assert!(needs.contains(name), "all-green does not need {name}");
    }
    for system in ["ubuntu", "macos", "windows"] {
        assert!(text.contains(system), "no job on {system}");
    }
}
