//! The program itself where GitHub's runner reads along on both streams.

use proptest::prelude::*;

use super::oracle::{Heard, hear, hear_through};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const AT: &str = "2026-03-10T10:00:00Z";

/// A name that git takes and that the runner would obey in three ways.
const NAME: &str = "a\n::error::pwn\r##[error]x\u{1b}[31m.yaml";

fn hostile<'a>(sandbox: &'a Sandbox, folder: &str, name: &str, text: &str) -> Repository<'a> {
    let path = format!("k8s/prod/{}", name.replace(['/', '\0'], "_"));
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:latest # {text}\n"
    );
    let requirements = format!("kafka-python # ##[error]{text}\n");
    sandbox.repository(
        folder,
        &[
            Commit::new("before")
                .write("README.md", "x\n")
                .write("requirements.txt", "kafka-python==1.4.7\n"),
            Commit::new("after\n\n::error::pwn\n##[error]pwn\nRollback-Plan: ##[error]later\n")
                .write(&path, manifest)
                .write("requirements.txt", requirements),
        ],
    )
}

/// The program on the runner. It reads both streams with the same ears, in whatever order they come.
fn on_runner(repository: &Repository<'_>, arguments: &[&str]) -> (Outcome, Vec<Heard>) {
    let run = repository.sandbox.guard(&repository.folder).args(arguments);
    let outcome = run.env("GITHUB_ACTIONS", "true").env("CI", "true").finish();
    let both = format!("{}{}", outcome.stderr, outcome.stdout);
    let heard = hear(&both);
    assert_eq!(
        hear_through(&both).len(),
        heard.len(),
        "harmless only while commands are stopped: {outcome:?}"
    );
    for hidden in ['\u{1b}', '\u{7}', '\u{202e}', '\r'] {
        let data = ["json", "gitlab", "sarif"].iter().any(|format| arguments.contains(format));
        assert!(data || !both.contains(hidden), "{hidden:?}: {outcome:?}");
    }
    (outcome, heard)
}

/// The commands but for those that stop and start others.
fn beside_stops(heard: &[Heard]) -> Vec<&str> {
    let mut token = None;
    let mut names = Vec::new();
    for command in heard {
        if command.name == "stop-commands" {
            assert_eq!(command.data.len(), 32, "128 bits: {command:?}");
            token = Some(command.data.clone());
        } else if token.as_ref() == Some(&command.name) {
            token = None;
        } else {
            names.push(command.name.as_str());
        }
    }
    names
}

#[test]
fn a4_a_file_name_made_of_commands_commands_nothing() {
    let sandbox = Sandbox::new();
    let repository = hostile(&sandbox, "r", NAME, "::error::pwn\u{1b}[31m");
    let check = ["check", "--base", "HEAD^", "--at", AT, "--allow-simulated"];
    for (format, wrapped) in [
        ("terminal", true),
        ("json", false),
        ("markdown", false),
        ("gitlab", false),
        ("junit", false),
        ("sarif", false),
    ] {
        let (outcome, heard) = on_runner(&repository, &[&check[..], &["--format", format]].concat());
        assert_eq!(outcome.code, 1, "{format}: {outcome}");
        assert_eq!(beside_stops(&heard), [""; 0], "{format}: {outcome}");
        assert_eq!(outcome.stdout.starts_with("::stop-commands::"), wrapped, "{format}: {outcome}");
        assert!(outcome.stdout.contains("pwn"), "{format}: the name is shown: {outcome}");
    }
    let (outcome, heard) = on_runner(&repository, &[&check[..], &["--format", "github"]].concat());
    assert_eq!(outcome.code, 1, "{outcome}");
    let names = beside_stops(&heard);
    assert!(names.contains(&"error"), "{outcome}");
    assert!(names.iter().all(|name| ["error", "warning", "notice"].contains(name)), "{names:?}: {outcome}");
    let requirements = heard.iter().find(|heard| heard.property("file") == Some("requirements.txt")).unwrap();
    assert_eq!((requirements.property("line"), requirements.property("col")), (Some("1"), Some("1")));
    assert!(heard.iter().all(|heard| heard.property("file").is_none_or(|file| file == "requirements.txt")));
    assert!(outcome.stdout.lines().last().unwrap().ends_with("full list in the summary"), "{outcome}");
}

#[test]
fn a4_every_error_path_is_neutral_on_the_runner() {
    let sandbox = Sandbox::new();
    let repository = hostile(&sandbox, "r", NAME, "x");
    repository.write("deploy-guard.toml", "x = \"\"\"\n::error::pwn\n##[error]pwn\"\"\"\n");
    let command = "\n::error::pwn\n##[error]pwn\u{1b}[31m";
    let unknown = format!("--base={command}");
    for (arguments, code) in [
        (vec!["check", &unknown], 3),
        (vec!["check", "--base", "HEAD^", "--format", command], 2),
        (vec!["check", "--base", "HEAD^", "--at", command, "--allow-simulated"], 2),
        (vec!["check", command], 2),
        (vec!["explain", command], 2),
        (vec!["waiver", "draft", command, "--base", "HEAD^"], 2),
        (vec!["-C", command, "check"], 3),
        (vec!["check", "--worktree"], 2),
        (vec!["config", "print"], 2),
        (vec!["--help"], 0),
        (vec!["plan", "show", "--base", "HEAD^"], 0),
        (vec!["--color", "always", "check", "--base", "HEAD^", "--at", AT, "--allow-simulated"], 1),
        (vec!["hook", "run", "pre-push", "-v", "--", "origin", command], 0),
    ] {
        let (outcome, heard) = on_runner(&repository, &arguments);
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome}");
        assert_eq!(beside_stops(&heard), [""; 0], "{arguments:?}: {outcome}");
        assert_eq!(heard.len(), 2, "one stream is wrapped once: {arguments:?}: {outcome}");
    }
}

#[test]
fn a4_what_is_printed_for_programs_is_broken_rather_than_obeyed() {
    let sandbox = Sandbox::new();
    let repository = hostile(&sandbox, "r", "##[error]pwn.yaml", "x");
    let check = ["check", "--base", "HEAD^", "--at", AT, "--allow-simulated", "--format", "json"];
    let (outcome, _) = on_runner(&repository, &check);
    assert!(outcome.stdout.contains("k8s/prod/#\\u0023[error]pwn.yaml"), "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let found = report["findings"].as_array().unwrap();
    let found = found.iter().find(|found| found["path"] == "k8s/prod/##[error]pwn.yaml").unwrap();
    let fingerprint = found["fingerprint"].as_str().unwrap();
    let draft = ["waiver", "draft", fingerprint, "--base", "HEAD^", "--at", AT, "--allow-simulated"];
    let (outcome, heard) = on_runner(&repository, &draft);
    assert!(outcome.stdout.contains("k8s/prod/##\\[[]error[]]pwn.yaml"), "{outcome}");
    assert!(!outcome.stdout.contains("stop-commands"), "a file takes it: {outcome}");
    assert_eq!(heard.len(), 2, "the note is wrapped: {outcome}");
    // Elsewhere nothing is touched.
    let outcome = repository.guard(&draft);
    assert!(outcome.stdout.contains("k8s/prod/##[[]error[]]pwn.yaml"), "{outcome}");
    let outcome = repository.guard(&check[..5]);
    assert!(
        !outcome.stdout.contains("stop-commands") && !outcome.stderr.contains("stop-commands"),
        "{outcome}"
    );
}

#[test]
fn u9_colour_is_not_printed_where_it_would_be_shown_as_text() {
    let sandbox = Sandbox::new();
    let repository = hostile(&sandbox, "r", "b.yaml", "x");
    let check = ["check", "--base", "HEAD^", "--at", AT, "--allow-simulated", "--color", "always"];
    let (outcome, _) = on_runner(&repository, &check);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(!outcome.stdout.contains("\\u{1b}"), "{outcome}");
}

#[test]
fn a_gate_that_ends_without_a_verdict_says_so_as_an_annotation() {
    let sandbox = Sandbox::new();
    let repository = hostile(&sandbox, "r", "b.yaml", "x");
    // The runner knows what the file is called; here it is not there.
    let hostile = "--event=\n::error::pwn\n##[error]pwn";
    for (arguments, code) in [(vec!["ci"], 2), (vec!["ci", hostile, "--event-name", "push"], 3)] {
        let (outcome, heard) = on_runner(&repository, &arguments);
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome}");
        assert_eq!(beside_stops(&heard), ["error"], "{arguments:?}: {outcome}");
        let error = heard.iter().find(|heard| heard.name == "error").unwrap();
        assert_eq!(error.property("title"), Some("not judged, and that is no pass"), "{outcome}");
        assert!(outcome.stdout.is_empty(), "one stream: {outcome}");
        let (_, heard) = on_runner(&repository, &[&arguments[..], &["--format", "terminal"]].concat());
        assert_eq!(beside_stops(&heard), [""; 0]);
    }
}

#[test]
fn u10_a_secret_of_the_change_is_in_no_format() {
    const CANARY: &str = "canary-Zx81-tango";
    let sandbox = Sandbox::new();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  API_PASSWORD: \"{CANARY} \"\n  URL: https://stage.example.org\n"
    );
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before").write("README.md", "x\n"),
            Commit::new("after").write("k8s/prod/secret.yaml", secret),
        ],
    );
    for format in ["terminal", "json", "github", "markdown", "gitlab", "junit", "sarif"] {
        let check = ["check", "-v", "--base", "HEAD^", "--at", AT, "--allow-simulated", "--format", format];
        let (outcome, _) = on_runner(&repository, &check);
        assert_eq!(outcome.code, 1, "{format}: {outcome}");
        assert!(outcome.stdout.contains("secret-value-whitespace"), "{format}: {outcome}");
        assert!(!format!("{outcome:?}{outcome}").contains(CANARY), "{format}: {outcome}");
    }
}

/// The runner reads each stream by a thread of its own: any line of one can come between any two of the other.
fn shuffled(one: &str, other: &str, choices: &[bool]) -> String {
    let (mut one, mut other) = (one.lines(), other.lines());
    let mut out = String::new();
    for first in choices.iter().chain(std::iter::repeat(&true)) {
        let line =
            if *first { one.next().or_else(|| other.next()) } else { other.next().or_else(|| one.next()) };
        let Some(line) = line else { break };
        out.push_str(line);
        out.push('\n');
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a4_names_and_contents_command_nothing_in_whatever_order_the_streams_are_read(
        name in super::injection::text(),
        content in super::injection::text(),
        order in proptest::collection::vec(any::<bool>(), 200),
    ) {
        let sandbox = Sandbox::new();
        let content = content.replace(['\n', '\r', '\0'], " ");
        let repository = hostile(&sandbox, "r", &format!("x{name}.yaml"), &content);
        for format in ["terminal", "github", "markdown", "json", "gitlab", "junit", "sarif"] {
            let check = ["check", "--base", "HEAD^", "--at", AT, "--allow-simulated", "--format", format];
            let run = repository.sandbox.guard(&repository.folder).args(check);
            let outcome = run.env("GITHUB_ACTIONS", "true").env("CI", "true").finish();
            prop_assert!(matches!(outcome.code, 1 | 3), "{}", outcome);
            let heard = hear(&shuffled(&outcome.stdout, &outcome.stderr, &order));
            let ours = ["error", "warning", "notice"];
            let names = beside_stops(&heard);
            prop_assert_eq!(names.is_empty(), format != "github", "{:?}: {}", names, outcome);
            prop_assert!(names.iter().all(|name| ours.contains(name)), "{:?}", names);
        }
    }
}
