//! Real payloads: those that GitHub's own libraries are tested with (A1, A2).
//!
//! `.ci/run` installs them and names the file; without them the test says that it has seen nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::events::{founded, unpins};
use super::github::{Job, check_out, open, refused_by, report};
use crate::sandbox::{Sandbox, inherited};

fn examples() -> Option<Vec<Value>> {
    let Some(place) = inherited("DEPLOY_GUARD_WEBHOOKS") else {
        assert!(inherited("DEPLOY_GUARD_CONFORMANCE").is_none(), "the payloads are required and not here");
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(place).unwrap()).unwrap())
}

/// Puts our own commits where the payload names its own, and leaves everything else as it is.
fn about(event: &str, payload: &mut Value, base: &str, head: &str) {
    let mut set = |way: &str, value: Value| *payload.pointer_mut(way).expect(way) = value;
    match event {
        "pull_request" | "pull_request_review" => {
            set("/pull_request/head/sha", json!(head));
            set("/pull_request/number", json!(1));
        }
        "merge_group" => {
            set("/merge_group/base_sha", json!(base));
            set("/merge_group/head_sha", json!(head));
        }
        "push" => {
            set("/before", json!(base));
            set("/after", json!(head));
        }
        "deployment" => set("/deployment/sha", json!(head)),
        _ => {}
    }
}

#[test]
fn real_payloads_are_read_and_lead_to_the_commits_that_they_name() {
    let Some(examples) = examples() else { return };
    let sandbox = Sandbox::new();
    let (remote, head) = founded(&sandbox, &[unpins()]);
    let opened = open(&remote, 1, &head);
    let clone = check_out(&sandbox, &remote, &opened.merge, "refs/remotes/pull/1/merge", None);
    let job = Job::new(&clone);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for of_event in &examples {
        let event = of_event["name"].as_str().unwrap();
        let known =
            ["pull_request", "pull_request_review", "merge_group", "push", "deployment", "workflow_dispatch"];
        if !known.contains(&event) {
            continue;
        }
        for example in of_event["examples"].as_array().unwrap() {
            let mut payload = example.clone();
            about(event, &mut payload, &opened.base, &head);
            let mut run = job.command(event, &payload, &opened.merge).args(["--format", "json"]);
            if matches!(event, "deployment" | "workflow_dispatch") {
                run = run.args(["--base", &opened.base, "--head", &head]);
            }
            let outcome = run.finish();
            assert_eq!(outcome.code, 1, "{event}: {outcome}");
            assert_eq!(refused_by(&report(&outcome)), ["unpinned-kafka-client"], "{event}");
            *seen.entry(event.to_owned()).or_default() += 1;
        }
    }
    assert!(seen.len() == 6 && seen["pull_request"] >= 20, "{seen:?}");
}
