//! A checklist that says something else than was meant: the run ends with the place and what to write.

use super::{asked, released, standing};
use crate::sandbox::Sandbox;

const PROBE: &str = "[[evidence]]\nid = \"lag\"\n[evidence.probe.prometheus]\nurl = \"http://127.0.0.1:1\"\nquery = \"up\"\nat-least = 1\n";

#[test]
fn an_item_for_an_environment_that_nothing_is_called_does_not_vanish() {
    let sandbox = Sandbox::new();
    let list = PROBE.replace("[evidence.", "environments = [\"prodction\"]\n[evidence.");
    let (outcome, _) = asked(&released(&sandbox, Some(&list)), &["--no-input"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("`lag` is asked for the environment `prodction`"), "{outcome}");
    assert!(outcome.stderr.contains("did you mean `production`?"), "{outcome}");
}

#[test]
fn a_file_of_authorities_without_a_certificate_is_told_at_its_place() {
    let sandbox = Sandbox::new();
    let list = "[probes]\nauthorities = \"deploy-guard.toml\"\n";
    let (outcome, _) = asked(&released(&sandbox, Some(list)), &["--no-input"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("deploy-guard.toml holds no certificate"), "{outcome}");
    assert!(outcome.stderr.contains("checklist.toml:2:15"), "{outcome}");
}

#[test]
fn p1_an_address_that_is_not_listed_says_what_to_list() {
    let certificate =
        "[[evidence]]\nid = \"cert\"\n[evidence.probe.certificate]\nhosts = [\"127.0.0.1:1\"]\n";
    let http = "[[evidence]]\nid = \"up\"\n[evidence.probe.http]\nurl = \"http://127.0.0.1:1/\"\n";
    for list in [PROBE, certificate, http] {
        let sandbox = Sandbox::new();
        let list = format!("built-in = false\n{list}");
        let (outcome, board) = asked(&released(&sandbox, Some(&list)), &[]);
        assert_eq!(outcome.code, 3, "{outcome}");
        let rows = board["rows"].as_array().unwrap();
        assert_eq!(standing(&board, rows[1]["id"].as_str().unwrap()), "unjudged", "{outcome}");
        assert!(outcome.stdout.contains("private = [\"ADDRESS:PORT\"]"), "{outcome}");
    }
}

#[test]
fn whoever_is_listed_for_a_role_answers_the_built_in_question_and_nobody_else() {
    let sandbox = Sandbox::new();
    let list = "[role.release-lead]\npeople = [\"lead@example.org\"]\n";
    let work = released(&sandbox, Some(list));
    let (outcome, _) = asked(&work, &["--confirm", "release=go", "--as", "somebody"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("lead@example.org may"), "{outcome}");
    assert!(outcome.stderr.contains("--as NAME"), "{outcome}");
    let (outcome, board) = asked(&work, &["--confirm", "release=go", "--as", "lead@example.org"]);
    assert_eq!(standing(&board, "release"), "go", "{outcome}");
}
