//! Who may answer what, without a terminal.

use super::{YES, asked, recorded, released, standing};
use crate::sandbox::{Commit, Sandbox};

const LIST: &str = "\
built-in = false
[role.on-call]
people = [\"@oncall\", \"oncall@example.org\"]

[[confirmation]]
id = \"watched\"
role = \"on-call\"
question = \"Who watches?\"
wants-words = true

[[confirmation]]
id = \"reviewed\"
role = \"reviewer\"
question = \"Have you read it?\"
not-author = true
";

#[test]
fn only_who_is_listed_answers_for_a_role() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(LIST));
    let said = ["--confirm", "watched=go: the team", "--confirm", "reviewed=go"];
    let (outcome, _) = asked(&work, &[&said[..], &["--as", "somebody"]].concat());
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("oncall@example.org"), "{outcome}");
    assert!(recorded(&work).is_empty(), "an answer that does not count is not kept");
    let (outcome, board) = asked(&work, &[&said[..], &["--as", "OnCall"]].concat());
    assert_eq!((outcome.code, standing(&board, "watched")), (0, "go"), "{outcome}");
}

#[test]
fn who_made_the_change_does_not_confirm_it() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(LIST));
    let (outcome, _) = asked(&work, &["--confirm", "reviewed=go", "--as", "author@example.org"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("made this change"), "{outcome}");
}

#[test]
fn a_bare_word_is_no_answer_where_words_are_wanted_and_a_no_has_its_reason() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(LIST));
    for said in ["watched=go", "watched=no-go", "reviewed=no-go"] {
        let (outcome, _) = asked(&work, &["--confirm", said, "--as", "oncall"]);
        assert_eq!(outcome.code, 2, "{said}: {outcome}");
        assert!(outcome.stderr.contains(&format!("--confirm '{said}: wh")), "{said}: {outcome}");
    }
    let (outcome, board) = asked(&work, &["--confirm", "reviewed=no-go: the lag rises", "--as", "oncall"]);
    assert_eq!((outcome.code, standing(&board, "reviewed")), (1, "no-go"), "{outcome}");
    assert!(outcome.stdout.contains("the lag rises"), "{outcome}");
}

#[test]
fn answers_come_from_a_file_as_well() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(LIST));
    let file = work.write(
        ".git/answers.toml",
        "[[answer]]\nitem = \"watched\"\nword = \"go\"\nreason = \"we do\"\nby = \"@oncall\"\n[[answer]]\nitem = \"reviewed\"\nword = \"go\"\nby = \"peer@example.org\"\n",
    );
    let (outcome, _) = asked(&work, &["--answers", file.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{outcome}");
    let broken = work.write(".git/broken.toml", "[[answer]]\nitem = \"watched\"\nword = \"maybe\"\n");
    let (outcome, _) = asked(&work, &["--answers", broken.to_str().unwrap()]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("broken.toml:3"), "{outcome}");
}

#[test]
fn an_answer_to_nothing_is_an_error_and_one_that_is_not_asked_here_is_said() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let (outcome, _) = asked(&work, &["--confirm", "relase=go"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("did you mean `release`?"), "{outcome}");
    let (outcome, _) = asked(&work, &[&YES[..], &["--confirm", "outsiders-told=go: all of them"]].concat());
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("does not ask it"), "{outcome}");
    let (outcome, _) = asked(&work, &["--confirm", "policies=go: never mind"]);
    assert_eq!(outcome.code, 2, "{outcome}");
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped_and_answers_count_for_one_release_only() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let (outcome, _) = asked(&work, &YES[..4]);
    assert_eq!(outcome.code, 1, "{outcome}");
    let (outcome, board) = asked(&work, &YES[4..]);
    assert_eq!((outcome.code, standing(&board, "way-back")), (0, "go"), "{outcome}");
    assert!(outcome.stdout.contains("taken over from the record"), "{outcome}");
    // Another release: nobody has said anything about it.
    work.commit(
        Commit::new(&format!("Release web 1.2.0\n\n{}", super::PLAN))
            .write("k8s/production/web.yaml", super::deployment("1.2.0")),
    );
    let (outcome, board) = asked(&work, &YES[4..]);
    assert_eq!((outcome.code, standing(&board, "way-back")), (1, "waiting"), "{outcome}");
}

#[test]
fn t10_in_a_job_of_the_platform_it_says_who_answers() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, None);
    let run =
        sandbox.guard(&work.folder).args(["go-nogo", "--base", "base", "--as", "somebody-else"]).args(YES);
    let runner = [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "octo-lead")];
    let run = runner.into_iter().fold(run, |run, (name, value)| run.env(name, value));
    let outcome = run.finish();
    assert_eq!(outcome.code, 0, "{outcome}");
    let answers: Vec<_> = recorded(&work).into_iter().filter(|entry| entry["kind"] == "answer").collect();
    assert_eq!(answers.len(), 3);
    for answer in answers {
        assert_eq!(
            (&answer["body"]["by"]["name"], &answer["body"]["by"]["proof"]),
            (&"octo-lead".into(), &"platform".into())
        );
    }
}

#[test]
fn t10_the_account_behind_an_address_of_the_platforms_is_an_author_as_well() {
    let sandbox = Sandbox::new();
    let work = released(&sandbox, Some(LIST));
    work.commit(
        Commit::new(&format!(
            "Release web 1.2.0\n\n{}Co-authored-by: Dev <77+octo-dev@users.noreply.example.org>\n",
            super::PLAN
        ))
        .write("k8s/production/web.yaml", super::deployment("1.2.0")),
    );
    let (outcome, _) = asked(&work, &["--confirm", "reviewed=go", "--as", "octo-dev"]);
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stderr.contains("made this change"), "{outcome}");
}
