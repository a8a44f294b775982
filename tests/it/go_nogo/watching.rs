//! `go-nogo watch`: after the deploy, until the soak ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{answered, asked, one_address, record_of, recorded, released};
use crate::platform::server::{Answer, Server};
use crate::sandbox::Sandbox;

/// Answers well so often, and badly from then on.
fn failing_after(good: usize) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::start(move |_| {
        let before = asked.fetch_add(1, Ordering::SeqCst);
        answered(if before < good { 200 } else { 503 }, "said")
    })
}

#[test]
fn it_calls_for_the_way_back_with_the_trigger_that_was_met() {
    let sandbox = Sandbox::new();
    let server = failing_after(3);
    let work = released(&sandbox, Some(&one_address(&server)));
    assert_eq!(asked(&work, &[]).0.code, 0);
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("ROLL BACK"), "{outcome}");
    assert!(
        outcome.stdout.contains("trigger is met:\n    no answer of the ingest for 5 minutes"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("1. kubectl -n shop set image"), "{outcome}");
    let last = recorded(&work).pop().unwrap();
    assert_eq!((&last["kind"], &last["body"]["decision"]), (&"watch".into(), &"roll-back".into()));
}

#[test]
fn it_ends_well_when_the_soak_is_over() {
    let sandbox = Sandbox::new();
    let server = failing_after(usize::MAX);
    let work = released(&sandbox, Some(&one_address(&server)));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "300ms"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("everything held"), "{outcome}");
    assert!(server.asked().len() >= 3, "it looked {} times", server.asked().len());
    assert_eq!(recorded(&work).pop().unwrap()["body"]["decision"], "soaked");
}

#[test]
fn what_is_asked_before_a_deploy_calls_for_no_way_back_after_it() {
    let sandbox = Sandbox::new();
    let server = failing_after(usize::MAX);
    let before = "[[evidence]]\nid = \"new-image\"\n[evidence.probe.image]\n[[evidence]]\nid = \"where\"\n[evidence.probe.context]\nkube-context = [\"prod-*\"]\n[[evidence]]\nid = \"green\"\n[evidence.probe.checks]\n";
    let work = released(&sandbox, Some(&format!("{}{before}", one_address(&server))));
    // The release is out: the cluster runs its image.
    let state = work.folder.join(".git/state.json");
    let image = "registry.example/shop/web:1.1.0";
    let running = serde_json::json!({ "kind": "List", "items": [{
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "template": { "spec": { "containers": [{ "name": "web", "image": image }] } } },
    }] });
    std::fs::write(&state, running.to_string()).unwrap();
    let state = state.display().to_string();
    let outcome = work.guard(&[
        "go-nogo",
        "watch",
        "--base",
        "base",
        "--every",
        "50ms",
        "--soak",
        "100ms",
        "--cluster-state",
        &state,
    ]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(!outcome.stdout.contains("UNSEEN"), "{outcome}");
}

#[test]
fn it_watches_what_was_decided_on_last_where_nothing_else_is_named() {
    let sandbox = Sandbox::new();
    let server = failing_after(usize::MAX);
    let work = released(&sandbox, Some(&one_address(&server)));
    // After the deploy the branch and its upstream are the same.
    let remote = sandbox.bare("remote");
    work.git(&["remote", "add", "origin", remote.url()]);
    work.git(&["push", "-q", "-u", "origin", "main"]);
    let watch = ["go-nogo", "watch", "--every", "50ms", "--soak", "200ms"];
    assert_eq!(work.guard(&watch).code, 2, "nothing says what went out");
    assert_eq!(asked(&work, &[]).0.code, 0);
    let outcome = work.guard(&watch);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(!outcome.stdout.contains("no recorded go"), "{outcome}");
}

#[test]
fn what_fails_for_a_moment_only_is_no_reason_to_go_back() {
    let sandbox = Sandbox::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |_| {
        let before = asked.fetch_add(1, Ordering::SeqCst);
        answered(if before == 1 { 404 } else { 200 }, "said")
    });
    let list = one_address(&server).replace("triggers", "fails-for = \"5m\"\ntriggers");
    let work = released(&sandbox, Some(&list));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "400ms"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("FAILS"), "{outcome}");
}

#[test]
fn what_nobody_can_see_at_the_end_did_not_go_well() {
    let sandbox = Sandbox::new();
    let server = Server::start(|_| Answer::Reset);
    let work = released(&sandbox, Some(&one_address(&server)));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "100ms"]);
    assert_eq!(outcome.code, 3, "{outcome}");
    assert!(outcome.stdout.contains("UNSEEN ingest"), "{outcome}");
}

#[test]
fn without_evidence_or_a_soak_there_is_nothing_to_watch() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some("built-in = false\n"));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("nothing to watch"), "{outcome}");
}

#[cfg(unix)]
#[test]
fn x2_whoever_ends_it_gets_130_and_it_is_written_down() {
    let sandbox = Sandbox::new();
    let server = failing_after(usize::MAX);
    let work = released(&sandbox, Some(&one_address(&server)));
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let script = format!(
        "{guard} go-nogo watch --base base --every 50ms --soak 1h & child=$!; sleep 1; kill -INT $child; wait $child"
    );
    // A shell gives its children in the background no SIGINT unless it has jobs.
    let outcome = work.run("bash").args(["-m", "-c", &script]).finish();
    assert_eq!(outcome.code, 130, "{outcome}");
    assert_eq!(recorded(&work).pop().unwrap()["body"]["decision"], "interrupted");
}

#[test]
fn what_fails_and_then_cannot_be_seen_goes_on_failing() {
    let sandbox = Sandbox::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |_| {
        let before = asked.fetch_add(1, Ordering::SeqCst);
        if before.is_multiple_of(4) { answered(404, "said") } else { Answer::Reset }
    });
    let list = one_address(&server).replace("triggers", "fails-for = \"500ms\"\ntriggers");
    let work = released(&sandbox, Some(&list));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "30s"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("ROLL BACK") && outcome.stdout.contains("UNSEEN"), "{outcome}");
}

#[test]
fn what_may_go_unseen_is_not_said_to_have_held() {
    let sandbox = Sandbox::new();
    let server = Server::start(|_| Answer::Reset);
    let list = one_address(&server).replace("triggers", "on-error = \"warn\"\ntriggers");
    let work = released(&sandbox, Some(&list));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "100ms"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("UNSEEN ingest"), "{outcome}");
    assert!(
        !outcome.stdout.contains("everything held") && !outcome.stdout.contains("all 1 hold"),
        "{outcome}"
    );
}

#[test]
fn a_soak_that_was_over_before_anybody_looked_was_not_watched() {
    let sandbox = Sandbox::new();
    let server = failing_after(usize::MAX);
    let work = released(&sandbox, Some(&one_address(&server)));
    let now = deploy_guard::calendar::now();
    let body = serde_json::json!({
        "decision": "go",
        "head": work.tip("HEAD").unwrap(),
        "environment": "production",
    });
    for hours in [-100, 100] {
        let at = now + jiff::SignedDuration::from_hours(hours);
        deploy_guard::record::Record::at(record_of(&work)).append(at, "decision", &body).unwrap();
        let before = server.asked().len();
        let outcome =
            work.guard(&["go-nogo", "watch", "--base", "base", "--every", "50ms", "--soak", "400ms"]);
        assert_eq!(outcome.code, 0, "{outcome}");
        assert!(outcome.stdout.contains("its soak is counted from now"), "{outcome}");
        assert!(server.asked().len() >= before + 3, "{outcome}");
    }
}
