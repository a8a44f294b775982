//! The workflows guard themselves, and those that people copy: pinned actions, no standing permissions, nothing that a final
//! job forgets (A3, A7, T4).

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_in(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (format!("{folder}/{}", name(&path)), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn examples() -> Vec<(String, String)> {
    files_in("docs/examples/github")
}

/// Our own and those that people copy.
fn workflows() -> Vec<(String, String)> {
    [files_in(".github/workflows"), examples()].concat()
}

/// What stands behind each `uses:`, with its comment.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix("uses:")).map(str::trim)
}

/// What a user replaces: no account can have this name, and no commit is this.
const PLACEHOLDER: &str = "_OWNER_/deploy-guard@0000000000000000000000000000000000000000";

#[test]
fn every_action_is_pinned_by_commit() {
    for (name, text) in workflows() {
        for line in uses(&text).filter(|line| !line.starts_with("./")) {
            let reference = line.split('@').nth(1).unwrap_or_default();
            let (commit, comment) = reference.split_once(" # ").unwrap_or_else(|| panic!("{name}: {line}"));
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}: {line}"
            );
            assert!(comment.starts_with('v') || comment.starts_with("replace"), "{name}: {line}");
        }
    }
}

#[test]
fn one_action_has_one_pin() {
    let mut pins = std::collections::BTreeMap::new();
    for (name, text) in workflows() {
        for line in uses(&text) {
            let action = line.split(['@', ' ']).next().unwrap().to_owned();
            let known = pins.entry(action).or_insert_with(|| line.to_owned());
            assert_eq!(known, line, "{name}");
        }
    }
}

#[test]
fn no_workflow_has_standing_permissions_and_every_job_has_a_time_limit() {
    for (name, text) in workflows() {
        assert!(text.contains("\npermissions: {}\n"), "{name}");
        assert!(text.contains("\nconcurrency:\n"), "{name}");
        let jobs = text.matches("runs-on:").count();
        assert_eq!(text.matches("timeout-minutes:").count(), jobs, "{name}: a job without a time limit");
        assert_eq!(
            text.matches("    permissions:").count(),
            jobs,
            "{name}: a job that does not say what it may"
        );
        let checkouts = text.matches("actions/checkout@").count();
        assert_eq!(text.matches("persist-credentials: false").count(), checkouts, "{name}");
    }
}

#[test]
fn a_gate_is_neither_filtered_nor_skipped_and_its_failure_counts() {
    for gate in [
        ".github/workflows/gate.yml",
        "docs/examples/github/deploy-guard.yml",
        "docs/examples/github/required.yml",
    ] {
        let text = std::fs::read_to_string(root().join(gate)).unwrap();
        for word in
            ["paths", "branches", " if:", "needs:", "continue-on-error", "pull_request_review", "|| true"]
        {
            assert!(!text.contains(word), "{gate} holds `{word}`: what is skipped counts as passed");
        }
        for word in [
            "merge_group:",
            "types: [opened, synchronize, reopened, edited, labeled, unlabeled, ready_for_review, converted_to_draft]",
            "cancel-in-progress: ${{ github.event_name == 'pull_request",
        ] {
            assert!(text.contains(word), "{gate} lacks `{word}`");
        }
        assert_eq!(text.matches("runs-on:").count(), 1, "{gate}: one job, one name");
        assert!(!text.contains(": write"), "{gate}");
    }
}

#[test]
fn what_pull_request_target_starts_never_checks_the_pull_request_out() {
    for (name, text) in workflows().into_iter().filter(|(_, text)| text.contains("pull_request_target:")) {
        for word in ["ref:", "repository:", "run:", "secrets.", "allow-unsafe"] {
            let used = text.lines().any(|line| line.trim_start().starts_with(word));
            assert!(!used, "{name} holds `{word}`");
        }
        assert!(text.contains("fetch: \"true\""), "{name}: nothing else brings the pull request's objects");
    }
}

#[test]
fn an_example_names_what_is_to_be_replaced_and_asks_for_inputs_that_there_are() {
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    for (name, text) in examples() {
        let own: Vec<&str> = uses(&text).filter(|line| line.contains("/deploy-guard@")).collect();
        assert!(!own.is_empty(), "{name}");
        for line in own {
            assert!(line.starts_with(PLACEHOLDER), "{name}: {line}");
        }
        for step in text.split("/deploy-guard@").skip(1) {
            let step = step.split("\n      - ").next().unwrap();
            for line in step.lines().filter(|line| line.starts_with("          ")) {
                let Some((input, _)) = line.trim().split_once(": ").filter(|_| !line.trim().starts_with('#'))
                else {
                    continue;
                };
                assert!(
                    action.contains(&format!("\n  {input}:\n")),
                    "{name}: the action has no input `{input}`"
                );
            }
        }
    }
}

#[test]
fn the_guide_names_every_example_and_every_input_and_output() {
    let guide = std::fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for (name, _) in examples().into_iter().chain(files_in("templates")) {
        let shown = name.trim_start_matches("docs/");
        assert!(guide.contains(&format!("({shown})")) || guide.contains(&format!("(../{shown})")), "{name}");
    }
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let (inputs, outputs) = action.split_once("\noutputs:\n").unwrap();
    let keys = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        lines.filter_map(|line| line.trim().strip_suffix(':')).map(str::to_owned).collect()
    };
    let inputs = keys(inputs.split_once("\ninputs:\n").unwrap().1);
    for key in inputs.into_iter().chain(keys(outputs.split_once("\nruns:\n").unwrap().0)) {
        assert!(guide.contains(&format!("| `{key}` |")), "docs/ci.md says nothing of `{key}`");
    }
}

#[test]
fn the_final_job_needs_every_other() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name.ends_with("/ci.yml")).unwrap();
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
