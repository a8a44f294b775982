//! Changes of every kind, each reported in every format for programs. What is judged here is that the formats hold what
//! any reader of them needs; `.ci/conformance` has the same files judged by the formats' own validators.

use std::path::{Path, PathBuf};

use deploy_guard::scenario::{BASE, scenarios};

use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const AT: &str = "2026-11-17T10:00:00Z";

/// A format with what its files are called.
const FORMATS: [(&str, &str); 4] =
    [("json", "json"), ("sarif", "sarif"), ("gitlab", "codequality.json"), ("junit", "junit.xml")];

const PLAN: &str = "Rollback-Plan: kubectl -n shop rollout undo deployment/web\n\
                    Rollback-Trigger: more than 1 % of requests fail\nRollback-Owner: on-call of shop\n";

fn manifest(name: &str, tag: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name}, namespace: shop }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.org/shop/web:{tag}\n"
    )
}

/// Where the reports are kept; a folder of the test's own where nobody wants them.
fn reports(sandbox: &Sandbox) -> PathBuf {
    let folder = crate::sandbox::inherited("DEPLOY_GUARD_REPORTS")
        .map_or_else(|| sandbox.path("reports"), |folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Judges `head` against `base` and keeps the report in every format.
fn report(
    sandbox: &Sandbox,
    folder: &Path,
    name: &str,
    range: [&str; 2],
    at: &str,
    code: i32,
) -> Vec<String> {
    let kept = reports(sandbox);
    let mut arguments =
        vec!["check", "--base", range[0], "--head", range[1], "--at", at, "--allow-simulated"];
    let files: Vec<PathBuf> =
        FORMATS.iter().map(|(_, ending)| kept.join(format!("{name}.{ending}"))).collect();
    let formats: Vec<String> = FORMATS
        .iter()
        .zip(&files)
        .map(|((format, _), file)| format!("{format}={}", file.to_str().unwrap()))
        .collect();
    for format in &formats {
        arguments.extend(["--format", format]);
    }
    let outcome: Outcome = sandbox.guard(folder).args(&arguments).finish();
    assert_eq!(outcome.code, code, "{name}: {outcome}");
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// What a runner that reads along would do: nothing at all.
fn is_harmless(name: &str, text: &str) {
    assert!(!text.contains("##["), "{name} holds a command");
    for line in text.split(['\n', '\r']) {
        assert!(!line.trim_start().starts_with("::"), "{name} holds a command: {line}");
    }
    let hidden = |character: char| matches!(character, '\u{1b}' | '\u{7}' | '\u{0}');
    assert!(!text.contains(hidden), "{name} holds a control character");
}

/// The last commit of a repository, reported.
fn last(repository: &Repository<'_>, name: &str, code: i32) -> [serde_json::Value; 3] {
    let texts = report(repository.sandbox, &repository.folder, name, ["HEAD^", "HEAD"], AT, code);
    for (text, (format, _)) in texts.iter().zip(FORMATS).skip(1) {
        is_harmless(&format!("{name} in {format}"), text);
    }
    roxmltree::Document::parse(&texts[3]).unwrap();
    [0, 1, 2].map(|number| serde_json::from_str(&texts[number]).unwrap())
}

#[test]
fn every_incident_is_reported_in_every_format() {
    for scenario in scenarios().unwrap() {
        let sandbox = Sandbox::new();
        let folder = sandbox.path("incident");
        std::fs::create_dir(&folder).unwrap();
        scenario.build(&folder).unwrap();
        let mended = scenario.mended();
        for (branch, code) in scenario.offending().iter().map(|branch| (branch, 1)).chain([(&mended, 0)]) {
            let name = format!("{}-{}", scenario.id, branch.name);
            let texts = report(&sandbox, &folder, &name, [BASE, &branch.name], &branch.step.clock(), code);
            let json: serde_json::Value = serde_json::from_str(&texts[0]).unwrap();
            let sarif: serde_json::Value = serde_json::from_str(&texts[1]).unwrap();
            let found = json["findings"].as_array().unwrap().len();
            assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), found, "{name}");
            assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], code, "{name}");
            let gitlab: serde_json::Value = serde_json::from_str(&texts[2]).unwrap();
            assert_eq!(gitlab.as_array().unwrap().len(), found, "{name}");
        }
    }
}

#[test]
fn what_is_waived_is_a_suppressed_result_that_alarms_nobody() {
    let sandbox = Sandbox::new();
    let waiver = "[[waiver]]\npolicy = \"floating-image-tag\"\npath = \"k8s/prod/web.yaml\"\nreason = \"moves to digests with the new registry\"\nowner = \"team-web\"\n\
                  created = 2026-11-10\nexpires = 2026-12-10\n";
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before")
                .write(".deploy-guard/waivers.toml", waiver)
                .write("k8s/prod/web.yaml", manifest("web", "1.0.0")),
            Commit::new(&format!("web: latest\n\n{PLAN}"))
                .write("k8s/prod/web.yaml", manifest("web", "latest")),
        ],
    );
    let [_, sarif, gitlab] = last(&repository, "waived", 0);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "floating-image-tag");
    assert_eq!(result["level"], "note");
    let suppression = &result["suppressions"][0];
    assert_eq!(
        (suppression["kind"].as_str(), suppression["status"].as_str()),
        (Some("external"), Some("accepted"))
    );
    assert!(suppression["justification"].as_str().unwrap().contains("the new registry"), "{suppression}");
    assert_eq!(gitlab[0]["severity"], "info");
}

#[test]
fn what_break_glass_lets_through_is_a_suppressed_result() {
    let sandbox = Sandbox::new();
    let message = format!(
        "web: out with it\n\n{PLAN}Break-Glass: floating-image-tag the registry has lost all other tags\nApproved-By: Second Person <second@example.org>\n"
    );
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before").write("k8s/prod/web.yaml", manifest("web", "1.0.0")),
            Commit::new(&message).write("k8s/prod/web.yaml", manifest("web", "latest")),
        ],
    );
    let [_, sarif, _] = last(&repository, "break-glass", 0);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["level"], "note");
    let justification = result["suppressions"][0]["justification"].as_str().unwrap();
    assert!(
        justification.contains("lost all other tags") && justification.contains("Second Person"),
        "{justification}"
    );
}

#[test]
fn what_could_not_be_judged_is_no_successful_execution() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before").write("k8s/prod/web.yaml", manifest("web", "1.0.0")),
            Commit::new(&format!("web: broken\n\n{PLAN}"))
                .write("k8s/prod/web.yaml", "kind: Secret\nenvFrom: [\n"),
        ],
    );
    let [_, sarif, gitlab] = last(&repository, "unjudged", 3);
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 3);
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    assert_eq!(gitlab[0]["severity"], "blocker");
}

#[test]
fn a_missing_part_of_the_plan_points_into_the_message_and_is_anchored_to_a_file() {
    let sandbox = Sandbox::new();
    let message = "web: next\n\nRollback-Plan: <what to do>\nRollback-Trigger: more than 1 % of requests fail\nRollback-Owner: on-call of shop\n";
    let repository = sandbox.repository(
        "r",
        &[
            Commit::new("before").write("k8s/prod/web.yaml", manifest("web", "1.0.0")),
            Commit::new(message).write("k8s/prod/web.yaml", manifest("web", "1.0.1")),
        ],
    );
    let [_, sarif, _] = last(&repository, "commit-message", 1);
    let related = &sarif["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["logicalLocations"][0]["kind"], "commitMessage");
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "k8s/prod/web.yaml");
    assert_eq!(related["physicalLocation"]["region"], serde_json::json!({ "startLine": 1 }));
    let text = sarif["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("](1)"), "{text}");
}

#[test]
fn hostile_names_and_texts_are_shown_and_not_obeyed_in_every_format() {
    let sandbox = Sandbox::new();
    let evil = "##[error]x ::set-output name=a::b [here](https://example.org) <b>&amp; \u{202e}dlrow\u{2069}";
    let mut hostile = Commit::new(&format!("::error::{evil} \u{1b}[31m\n\n{PLAN}"));
    for (number, name) in [
        "k8s/prod/##[error]a.yaml",
        "k8s/prod/::error::b.yaml",
        "k8s/prod/a\u{202e}b.yaml",
        "k8s/prod/<img src=x>&amp;\"'.yaml",
        "k8s/prod/100%20 ä #?.yaml",
        "k8s/prod/[a](b).yaml",
    ]
    .iter()
    .enumerate()
    {
        hostile = hostile.write(name, manifest(&format!("web{number}"), "latest"));
    }
    let text = manifest("evil", "latest").replace("name: web", &format!("name: '{evil}'"));
    hostile = hostile.write("k8s/prod/texts.yaml", text);
    let before = Commit::new("before").write("README.md", "x\n");
    let repository = sandbox.repository("r", &[before, hostile]);
    let [_, sarif, _] = last(&repository, "hostile-names", 1);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() >= 6, "{results:#?}");
    for result in results {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>[]#?:\"".contains(&byte)), "{uri}");
    }

    let repository = sandbox.repository("bytes", &[Commit::new("before").write("README.md", "x\n")]);
    let script = format!(
        "set -e\nblob=$(git hash-object -w --stdin)\n\
         printf '100644 %s\\tk8s/prod/\\377.yaml\\0' $blob | git update-index -z --index-info\n\
         printf '100644 %s\\tdocs/\\377.md\\0' $blob | git update-index -z --index-info\n\
         printf '100644 %s\\tk8s/prod/a\\nb.yaml\\0' $blob | git update-index -z --index-info\n\
         git commit -q -m '{PLAN}'"
    );
    repository.run("sh").args(["-c", &script]).stdin(manifest("web", "latest")).succeed();
    last(&repository, "hostile-bytes", 1);
}

#[test]
fn a_change_of_nothing_is_reported_too() {
    let sandbox = Sandbox::new();
    let before = Commit::new("before").write("README.md", "x\n");
    let repository = sandbox.repository("r", &[before, Commit::new("nothing")]);
    let [_, sarif, gitlab] = last(&repository, "empty", 0);
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(gitlab, serde_json::json!([]));
}
