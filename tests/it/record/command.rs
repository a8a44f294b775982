//! `record verify | show | list`.

use deploy_guard::record::{Head, Record};
use serde_json::{Value, json};

use super::at;
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

fn shop(sandbox: &Sandbox) -> Repository<'_> {
    sandbox.repository("shop", &[Commit::new("first").write("a", "")])
}

fn record_of(repository: &Repository<'_>) -> Record {
    Record::at(repository.folder.join(".git/deploy-guard/record.jsonl"))
}

/// A release as it is recorded.
fn released(record: &Record) -> Head {
    let by = json!({"name": "release@example.org", "proof": "claimed"});
    let answer = json!({
        "environment": "production", "item": "watcher-named", "role": "service-owner", "word": "no-go",
        "reason": "nobody is here after six", "by": by,
    });
    record.append(at(0), "answer", &answer).unwrap();
    record.append(at(60), "decision", &json!({"environment": "production", "decision": "no-go"})).unwrap();
    record.append(at(7260), "watch", &json!({"environment": "production", "decision": "roll-back"})).unwrap()
}

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"))
}

#[test]
fn verify_says_whole_and_where_it_ends() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let record = record_of(&shop);
    let head = released(&record);
    let outcome = shop.guard(&["record", "verify"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    let shown = record.file().display();
    let expected = format!("whole: {shown}, 3 entries\nhead: 3:{}\n", head.hash);
    assert_eq!(outcome.stdout, expected);
    let json = json_of(&shop.guard(&["record", "verify", "--json"]));
    assert_eq!(json["whole"], true);
    assert_eq!(json["entries"], 3);
    assert_eq!(json["head"], json!({"seq": 3, "hash": head.hash}));
    assert_eq!(json["kept"], Value::Null);
}

#[test]
fn l1_a_kept_hash_shows_that_nothing_was_cut_off() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let record = record_of(&shop);
    let head = released(&record);
    let kept = format!("{}:{}", head.seq, head.hash);
    let found = shop.guard(&["record", "verify", "--head", &kept]);
    assert_eq!(found.code, 0, "{found}");
    assert!(
        found.stdout.ends_with("the hash that was kept is entry 3, and nothing comes after it\n"),
        "{found}"
    );
    record.append(at(8000), "answer", &json!({})).unwrap();
    let later = shop.guard(&["record", "verify", "--head", &head.hash]);
    assert!(later.stdout.ends_with("is entry 3, and 1 entry comes after it\n"), "{later}");
    let moved = shop.guard(&["record", "verify", "--head", &format!("2:{}", head.hash)]);
    assert_eq!(moved.code, 1, "{moved}");
    assert!(moved.stdout.contains("of entry 2, and here it is entry 3"), "{moved}");
    // Two lines are cut off: the chain alone shows nothing of it.
    let text = std::fs::read_to_string(record.file()).unwrap();
    let short: String = text.split_inclusive('\n').take(2).collect();
    std::fs::write(record.file(), short).unwrap();
    assert_eq!(shop.guard(&["record", "verify"]).code, 0);
    let cut = shop.guard(&["record", "verify", "--head", &kept]);
    assert_eq!(cut.code, 1, "{cut}");
    assert!(cut.stdout.starts_with("BROKEN: ") && cut.stdout.contains("its end was cut off"), "{cut}");
    assert_eq!(json_of(&shop.guard(&["record", "verify", "--json", "--head", &kept]))["whole"], false);
    std::fs::remove_file(record.file()).unwrap();
    assert_eq!(shop.guard(&["record", "verify", "--head", &kept]).code, 1, "all of it is cut off");
    for wrong in ["x", "3:", &head.hash[1..], &format!("x:{}", head.hash)] {
        assert_eq!(shop.guard(&["record", "verify", "--head", wrong]).code, 2, "{wrong}");
    }
}

#[test]
fn l1_a_changed_line_is_named_and_the_exit_code_is_one() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let record = record_of(&shop);
    released(&record);
    let text = std::fs::read_to_string(record.file()).unwrap();
    std::fs::write(record.file(), text.replacen("\"decision\":\"no-go\"", "\"decision\":\"go\"", 1)).unwrap();
    let outcome = shop.guard(&["record", "verify"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(
        outcome.stdout.contains("  record.jsonl, line 3: prev is not the hash of the line before"),
        "{outcome}"
    );
    let json = json_of(&shop.guard(&["record", "verify", "--json"]));
    assert_eq!((&json["faults"][0]["line"], &json["faults"][0]["flaw"]), (&json!(3), &json!("prev")));
    for read in [&["record", "list"][..], &["record", "show", "last"]] {
        let outcome = shop.guard(read);
        assert_eq!(outcome.code, 1, "{outcome}");
        assert!(outcome.stderr.contains("the record is broken") && !outcome.stdout.is_empty(), "{outcome}");
    }
}

#[test]
fn list_says_each_in_a_line_the_newest_last() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let record = record_of(&shop);
    assert_eq!(shop.guard(&["record", "list"]).code, 0);
    released(&record);
    let outcome = shop.guard(&["record", "list"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    insta::assert_snapshot!(outcome.stdout, @"
    1  2026-09-21 14:13:20 +00:00  answer       production  watcher-named  service-owner: NO-GO  (nobody is here after six)  by release@example.org
    2  2026-09-21 14:14:20 +00:00  decision     production  NO-GO
    3  2026-09-21 16:14:20 +00:00  watch        production  ROLL-BACK
    ");
    let one = shop.guard(&["record", "list", "-n", "1"]);
    assert!(one.stdout.starts_with("(2 entries before these: --all)\n3  "), "{one}");
    let json = json_of(&shop.guard(&["record", "list", "--json", "-n", "2"]));
    let entries: Vec<_> = json["entries"].as_array().unwrap().iter().map(|entry| &entry["seq"]).collect();
    assert_eq!(entries, [&json!(2), &json!(3)]);
}

#[test]
fn list_shows_the_time_of_this_place() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    released(&record_of(&shop));
    let there =
        shop.run(env!("CARGO_BIN_EXE_deploy-guard")).args(["record", "list"]).env("TZ", "Europe/Berlin");
    let outcome = there.finish();
    assert!(outcome.stdout.contains(" +02:00  answer"), "{outcome}");
}

#[test]
fn show_prints_one_entry_with_its_hash() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let head = released(&record_of(&shop));
    let last = json_of(&shop.guard(&["record", "show", "last"]));
    assert_eq!((&last["seq"], &last["hash"]), (&json!(3), &json!(head.hash)));
    let first = json_of(&shop.guard(&["record", "show", "1"]));
    assert_eq!(first["body"]["by"]["name"], "release@example.org");
    let none = shop.guard(&["record", "show", "4"]);
    assert_eq!(none.code, 2, "{none}");
    assert!(none.stderr.contains("the last one is 3"), "{none}");
    assert_eq!(shop.guard(&["record", "show", "first"]).code, 2);
}

#[test]
fn u9_what_people_wrote_is_shown_and_never_obeyed() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let record = record_of(&shop);
    let hostile = "\u{1b}]0;x\u{7}\u{202e}evil\n::error::x ##[error]x";
    let body = json!({"environment": hostile, "item": hostile, "role": hostile, "word": hostile,
        "reason": hostile.repeat(50), "by": {"name": hostile}, hostile: [hostile]});
    record.append(at(0), "answer", &body).unwrap();
    record.append(at(0), hostile, &json!(hostile)).unwrap();
    record.append(at(0), "answer", &json!({"environment": [1], "by": 3, "decision": {"x": null}})).unwrap();
    for arguments in [
        &["record", "list"][..],
        &["record", "list", "--json"],
        &["record", "show", "1"],
        &["record", "verify"],
    ] {
        let outcome = shop.guard(arguments);
        assert_eq!(outcome.code, 0, "{outcome}");
        let printed = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!printed.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{printed:?}");
    }
    let shown = json_of(&shop.guard(&["record", "show", "2"]));
    assert_eq!(
        (&shown["kind"], &shown["body"]),
        (&json!(hostile), &json!(hostile)),
        "a parser finds what was written"
    );
    let list = shop.guard(&["record", "list"]);
    assert_eq!(list.stdout.lines().count(), 3, "{list}");
    assert!(list.stdout.lines().all(|line| line.chars().count() < 1200), "{list}");
    let run = shop
        .run(env!("CARGO_BIN_EXE_deploy-guard"))
        .args(["record", "list"])
        .env("GITHUB_ACTIONS", "true")
        .finish();
    assert!(run.stdout.starts_with("::stop-commands::"), "{run}");
}

#[test]
fn all_work_trees_share_one_record_and_both_readers_find_it() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    let head = released(&record_of(&shop));
    let linked = sandbox.path("linked");
    shop.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    std::fs::create_dir(shop.folder.join("below")).unwrap();
    for folder in [&linked, &shop.folder.join("below"), &shop.folder] {
        for reader in ["libgit2", "git", "auto"] {
            let run = sandbox.guard(folder).args(["record", "verify"]).env(crate::sandbox::READER, reader);
            let outcome = run.finish();
            assert_eq!(outcome.code, 0, "{outcome}");
            assert!(outcome.stdout.ends_with(&format!("head: 3:{}\n", head.hash)), "{outcome}");
        }
    }
    let bare = sandbox.bare("bare");
    let there = Record::at(bare.folder.join("deploy-guard/record.jsonl"));
    released(&there);
    assert_eq!(bare.guard(&["record", "verify"]).code, 0);
}

#[test]
fn a_record_that_is_named_needs_no_repository() {
    let sandbox = Sandbox::new();
    released(&Record::at(sandbox.home().join("other.jsonl")));
    let outcome = sandbox.guard(&sandbox.home()).args(["record", "list", "--record", "other.jsonl"]).finish();
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 3), "{outcome}");
    let from_afar = ["-C", sandbox.home().to_str().unwrap(), "record", "list", "--record", "other.jsonl"]
        .map(str::to_owned);
    assert_eq!(sandbox.guard(&sandbox.path("")).args(from_afar).finish().code, 0);
    assert_eq!(sandbox.guard(&sandbox.home()).args(["record", "verify"]).finish().code, 3, "no repository");
    let missing =
        sandbox.guard(&sandbox.home()).args(["record", "verify", "--record", "none.jsonl"]).finish();
    assert_eq!(missing.code, 3, "{missing}");
    assert!(missing.stderr.contains("there is no record at"), "{missing}");
}

#[test]
fn x1_a_reader_that_goes_away_changes_nothing_and_a_full_disk_is_no_pass() {
    let sandbox = Sandbox::new();
    let shop = shop(&sandbox);
    released(&record_of(&shop));
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let gone = shop
        .run("bash")
        .args(["-c", "\"$0\" record list --all | true; exit ${PIPESTATUS[0]}", guard])
        .finish();
    assert_eq!((gone.code, gone.stderr.as_str()), (0, ""), "{gone}");
    let full = shop.run("bash").args(["-c", "\"$0\" record verify >/dev/full", guard]).finish();
    assert_eq!(full.code, 3, "{full}");
}
