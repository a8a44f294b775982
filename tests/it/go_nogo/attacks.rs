//! Somebody wants a go that is not deserved, or wants the run to do what nobody has reviewed.

use deploy_guard::record::Record;
use serde_json::{Value, json};

use super::{OPEN, PLAN, YES, asked, deployment, record_of, recorded, released, standing};
use crate::sandbox::{Commit, Repository, Sandbox};

/// A repository whose list runs `words`, and whose change edits the script that they name.
fn scripted<'a>(sandbox: &'a Sandbox, words: &str) -> Repository<'a> {
    let list =
        format!("built-in = false\n[[evidence]]\nid = \"smoke\"\n[evidence.probe.command]\nrun = {words}\n");
    let first = Commit::new("web")
        .write("deploy-guard.toml", OPEN)
        .write(".deploy-guard/checklist.toml", list)
        .write("ops/smoke.sh", "touch reviewed\n")
        .write("k8s/production/web.yaml", deployment("1.0.0"));
    let work = sandbox.repository("work", &[first]);
    work.git(&["config", "user.email", "lead@example.org"]);
    work.git(&["tag", "base"]);
    work.commit(
        Commit::new(&format!("Release web 1.1.0\n\n{PLAN}"))
            .write("ops/smoke.sh", "touch pwned\n")
            .write("k8s/production/web.yaml", deployment("1.1.0")),
    );
    work
}

#[cfg(unix)]
#[test]
fn p1_a_script_that_the_change_edits_is_not_run_however_it_is_named() {
    for words in [
        "['sh', 'ops/smoke.sh']",
        "['sh', './ops/../ops/smoke.sh', 'prod']",
        "['sh', '-c', 'true && . ./ops/smoke.sh']",
    ] {
        let sandbox = Sandbox::new();
        let work = scripted(&sandbox, words);
        let (outcome, board) = asked(&work, &[]);
        assert_eq!((outcome.code, standing(&board, "smoke")), (3, "unjudged"), "{words}: {outcome}");
        assert!(outcome.stdout.contains("ops/smoke.sh is not as it was reviewed"), "{outcome}");
        assert!(!work.folder.join("pwned").exists(), "{words}: {outcome}");
        // What its remedy says is what helps.
        work.git(&["restore", "--source=base", "--", "ops/smoke.sh"]);
        let (outcome, _) = asked(&work, &[]);
        assert_eq!(outcome.code, 0, "{words}: {outcome}");
        assert!(work.folder.join("reviewed").exists() && !work.folder.join("pwned").exists());
        // A link in its place, and a file that only this folder has.
        let script = work.folder.join("ops/smoke.sh");
        std::fs::write(work.folder.join("other.sh"), "touch pwned\n").unwrap();
        std::fs::remove_file(&script).unwrap();
        std::os::unix::fs::symlink("../other.sh", &script).unwrap();
        assert_eq!(asked(&work, &[]).0.code, 3, "{words}");
        assert!(!work.folder.join("pwned").exists(), "{words}");
    }
}

#[cfg(unix)]
#[test]
fn p1_no_program_of_the_change_is_found_in_path() {
    let sandbox = Sandbox::new();
    let work = scripted(&sandbox, "['smoke-of-prod']");
    sandbox.script(&work.folder.join("smoke-of-prod"), "#!/bin/sh\ntouch pwned\n");
    let system = "/usr/bin:/bin";
    for path in [format!(".:{system}"), format!(":{system}"), format!("{}:{system}", work.folder.display())] {
        let run = sandbox.guard(&work.folder).args(["go-nogo", "--base", "base"]).env("PATH", &path);
        let outcome = run.finish();
        assert_eq!(outcome.code, 3, "{path}: {outcome}");
        assert!(!work.folder.join("pwned").exists(), "{path}: {outcome}");
    }
}

#[test]
fn a_range_that_holds_nothing_is_no_release_and_no_go() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let tree = work.tip("HEAD^{tree}").unwrap();
    for range in [&["--base", "HEAD"][..], &["--base", &tree], &["--base", "HEAD", "--head", "base"]] {
        let outcome = work.guard(&[&["go-nogo"][..], range, &YES].concat());
        assert_eq!(outcome.code, 2, "{range:?}: {outcome}");
        assert!(outcome.stderr.contains("nothing is released"), "{outcome}");
    }
    // What was pushed a minute ago is what its upstream has.
    work.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    work.git(&["remote", "add", "origin", "https://example.org/x.git"]);
    work.git(&["branch", "-q", "--set-upstream-to=origin/main"]);
    let outcome = work.guard(&[&["go-nogo"][..], &YES].concat());
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("--base"), "{outcome}");
    assert!(recorded(&work).is_empty());
}

#[test]
fn t1_what_is_not_committed_gets_no_go_that_opens_anything() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    work.write(".deploy-guard/checklist.toml", "built-in = false\n");
    work.write("k8s/production/web.yaml", deployment("1.2.0"));
    let board = work.folder.join(".git/board.json");
    let json = format!("json={}", board.display());
    let outcome = work.guard(&["go-nogo", "--worktree", "--format", "terminal", "--format", &json]);
    assert!(outcome.stdout.contains("what is not committed"), "{outcome}");
    let shown: Value = serde_json::from_slice(&std::fs::read(&board).unwrap()).unwrap();
    assert_eq!((&shown["simulated"], &shown["valid_until"]), (&json!(true), &Value::Null));
    assert!(recorded(&work).is_empty(), "{outcome}");
    let verified = work.guard(&["check", "--verify-verdict", board.to_str().unwrap()]);
    assert_ne!(verified.code, 0, "{verified}");
}

#[cfg(unix)]
#[test]
fn x2_no_program_outlives_a_run_that_is_ended() {
    let sandbox = Sandbox::new();
    let work =
        scripted(&sandbox, "['sh', '-c', 'trap \"\" TERM; echo $$ >child; sleep 40 & wait; sleep 40']");
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let script = format!(
        "{guard} go-nogo --base base & run=$!; until [ -s child ]; do sleep 0.1; done; kill -INT $run; wait $run"
    );
    let outcome = work.run("bash").args(["-m", "-c", &script]).finish();
    assert_eq!(outcome.code, 130, "{outcome}");
    let child = std::fs::read_to_string(work.folder.join("child")).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "it lives on: {stat}");
    assert_eq!(recorded(&work).pop().unwrap()["kind"], "interrupted");
}

#[test]
fn a_no_go_stays_one_where_its_page_cannot_be_written() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let kept = work.folder.join(".git/b.md");
    let markdown = format!("markdown={}", kept.display());
    let outcome =
        work.guard(&["go-nogo", "--base", "base", "--format", "html=/nowhere/b.html", "--format", &markdown]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stderr.contains("/nowhere/b.html"), "{outcome}");
    assert!(std::fs::read_to_string(kept).unwrap().contains("NO-GO"), "the others are written all the same");
}

/// Adds an answer of this release to the record, as another run of the program would.
fn answered_elsewhere(work: &Repository<'_>, change: impl Fn(&mut Value)) {
    let entries = recorded(work);
    let mut body = entries.iter().rev().find(|entry| entry["kind"] == "answer").unwrap()["body"].clone();
    change(&mut body);
    Record::at(record_of(work)).append(deploy_guard::calendar::now(), "answer", &body).unwrap();
}

#[test]
fn a_later_no_go_wins_whatever_its_clock_showed_and_a_later_go_over_it_is_told() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    assert_eq!(asked(&work, &YES).0.code, 0);
    for at in ["2027-06-01T00:00:00Z", "2026-01-01T00:00:00Z"] {
        answered_elsewhere(&work, |body| {
            body["word"] = json!("no-go");
            body["reason"] = json!("the lag rises");
            body["by"]["name"] = json!("sre@example.org");
            body["at"] = json!(at);
        });
        let (outcome, board) = asked(&work, &[]);
        assert_eq!((outcome.code, standing(&board, "release")), (1, "no-go"), "{at}: {outcome}");
    }
    let (outcome, _) = asked(&work, &["--confirm", "release=go"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("comes after the no-go of sre@example.org"), "{outcome}");
    let (outcome, _) = asked(&work, &[]);
    assert!(outcome.stdout.contains("comes after the no-go of sre@example.org"), "{outcome}");
}

#[test]
fn an_answer_in_the_record_counts_for_its_question_its_release_and_who_may_give_it() {
    let list = "built-in = false\n[role.on-call]\npeople = [\"oncall\"]\n[[confirmation]]\nid = \"watched\"\nrole = \"on-call\"\nquestion = \"Who watches?\"\n";
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(list));
    let said = ["--confirm", "watched=no-go: nobody does", "--as", "oncall"];
    assert_eq!(asked(&work, &said).0.code, 1);
    let attempts: [(&str, &str, Value); 5] = [
        ("/by/name", "somebody who may not", json!("dev")),
        ("/question", "another question", json!("Is it sunny?")),
        ("/run", "another release", json!("0123456789abcdef")),
        ("/item", "another item", json!("policies")),
        ("/at", "one of tomorrow", json!("2027-06-01T00:00:00Z")),
    ];
    for (pointer, what, value) in attempts {
        answered_elsewhere(&work, |body| {
            body["word"] = json!("go");
            *body.pointer_mut(pointer).unwrap() = value.clone();
        });
        let (outcome, board) = asked(&work, &[]);
        assert_eq!((outcome.code, standing(&board, "watched")), (1, "no-go"), "{what}: {outcome}");
    }
}

#[test]
fn t10_in_a_job_nobody_answers_in_the_name_of_another() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let file = work
        .write(".git/answers.toml", "[[answer]]\nitem = \"release\"\nword = \"go\"\nby = \"release-lead\"\n");
    let run = |actor: &str| {
        let run = sandbox.guard(&work.folder).args(["go-nogo", "--base", "base", "--answers"]).arg(&file);
        run.env("CI", "true").env("GITHUB_ACTIONS", "true").env("GITHUB_ACTOR", actor).finish()
    };
    let outcome = run("octo-dev");
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("octo-dev started this job"), "{outcome}");
    assert!(recorded(&work).is_empty());
    let outcome = run("release-lead");
    assert_eq!(outcome.code, 1, "{outcome}");
    assert_eq!(recorded(&work)[0]["body"]["by"], json!({ "name": "release-lead", "proof": "platform" }));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_written_to_and_stays_one() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let script = format!(
        "mkfifo .git/pipe && {{ timeout 20 cat .git/pipe >.git/read & }} && {guard} go-nogo --base base --format json=.git/pipe; code=$?; wait; test -p .git/pipe || exit 9; exit $code"
    );
    let outcome = work.run("bash").args(["-c", &script]).finish();
    assert_eq!(outcome.code, 1, "{outcome}");
    let read = std::fs::read(work.folder.join(".git/read")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&read).unwrap()["decision"], "no-go");
}
