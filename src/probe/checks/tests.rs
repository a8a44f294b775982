use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::*;
use crate::probe::Release;

fn check(name: &str, state: CheckState, run: u64, minute: i64) -> Check {
    Check {
        name: name.to_owned(),
        state,
        app: Some("github-actions".to_owned()),
        run: Some(run),
        begun: Timestamp::from_second(60 * minute).ok(),
        id: 1,
    }
}

fn failed() -> CheckState {
    CheckState::Failed("failure".to_owned())
}

fn skipped() -> CheckState {
    CheckState::Silent("skipped".to_owned())
}

fn judged(parameters: &str, checks: Vec<Check>) -> (Outcome, String) {
    let parameters: Checks = toml::from_str(parameters).unwrap();
    parameters.validate().unwrap();
    let own = OwnRun { run: Some(7), job: Some("deploy".to_owned()) };
    let mut found = Found::default();
    parameters.judge(latest(checks, &own), &mut found);
    let sight = found.sight();
    (sight.outcome, sight.summary)
}

#[test]
fn only_success_is_green_where_it_is_required() {
    for (state, outcome, summary) in [
        (CheckState::Success, Outcome::Holds, "1 check is green"),
        (skipped(), Outcome::Broken, "check `build` is not green: skipped"),
        (failed(), Outcome::Broken, "check `build` is red: failure"),
        (CheckState::Pending, Outcome::CannotTell, "check `build` is still running"),
    ] {
        let found = judged("required = ['build']", vec![check("build", state, 1, 1)]);
        assert_eq!(found, (outcome, summary.to_owned()));
    }
    let other = judged("required = ['e2e']", vec![check("build", CheckState::Success, 1, 1)]);
    assert_eq!(other, (Outcome::Broken, "no check `e2e` ran on this commit".to_owned()));
    let beside = vec![check("build", CheckState::Success, 1, 1), check("lint", failed(), 1, 1)];
    assert_eq!(judged("required = ['build']", beside).0, Outcome::Holds);
}

#[test]
fn without_a_list_everything_there_is_counts_and_there_has_to_be_something() {
    let green = || check("build", CheckState::Success, 1, 1);
    assert_eq!(judged("", vec![]).1, "no check ran on this commit");
    assert_eq!(judged("", vec![check("build", skipped(), 1, 1)]).0, Outcome::Broken);
    assert_eq!(judged("", vec![green(), check("docs", skipped(), 1, 1)]).0, Outcome::Holds);
    assert_eq!(judged("", vec![green(), check("e2e", CheckState::Pending, 1, 1)]).0, Outcome::CannotTell);
    let red = || vec![green(), check("flaky-1", failed(), 1, 1)];
    assert_eq!(judged("", red()).0, Outcome::Broken);
    assert_eq!(judged("except = ['flaky-*']", red()).0, Outcome::Holds);
}

#[test]
fn only_the_last_run_of_a_name_counts() {
    let runs = |first: CheckState, last: CheckState| {
        let mut runs = vec![check("build", last, 2, 9), check("build", first, 1, 1)];
        let one = judged("required = ['build']", runs.clone());
        runs.reverse();
        assert_eq!(one, judged("required = ['build']", runs), "in whatever order they are listed");
        one.0
    };
    assert_eq!(runs(failed(), CheckState::Success), Outcome::Holds);
    assert_eq!(runs(CheckState::Success, failed()), Outcome::Broken);
    let queued = Check { begun: None, ..check("build", CheckState::Pending, 2, 0) };
    let found = judged("required = ['build']", vec![queued, check("build", CheckState::Success, 1, 1)]);
    assert_eq!(found.0, Outcome::CannotTell, "one that waits is newer than one that ran");
    let status = Check { app: None, run: None, begun: None, ..check("build", failed(), 0, 0) };
    let found = judged("required = ['build']", vec![status, check("build", CheckState::Success, 1, 1)]);
    assert_eq!(found.0, Outcome::Broken, "a status of the same name is another check");
}

#[test]
fn the_run_that_asks_does_not_wait_for_itself_and_hides_nobody() {
    let green = || check("build", CheckState::Success, 7, 1);
    for own in ["deploy", "deploy (prod, eu)", "release / deploy"] {
        assert_eq!(
            judged("", vec![green(), check(own, CheckState::Pending, 7, 2)]).0,
            Outcome::Holds,
            "{own}"
        );
    }
    for other in ["deployment", "deploy-all"] {
        assert_eq!(
            judged("", vec![green(), check(other, CheckState::Pending, 7, 2)]).0,
            Outcome::CannotTell,
            "{other}"
        );
    }
    let of_another_run = vec![check("deploy", failed(), 6, 1), check("deploy", CheckState::Pending, 7, 2)];
    assert_eq!(judged("required = ['deploy']", of_another_run).0, Outcome::Broken);
    let status = Check { app: None, ..check("deploy-guard", failed(), 0, 1) };
    assert_eq!(judged("", vec![green(), status.clone()]).0, Outcome::Holds);
    assert_eq!(judged("required = ['deploy-guard']", vec![status]).0, Outcome::Broken);
}

#[test]
fn without_a_token_or_a_repository_or_elsewhere_nobody_can_tell() {
    let with = |set: &[(&str, &str)]| {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        api(&variable).map(drop).map_err(|sight| (sight.outcome, sight.summary, sight.remedy.is_some()))
    };
    let cannot = |summary: &str| Err((Outcome::CannotTell, summary.to_owned(), true));
    let token = ("GH_TOKEN", "planted-token-5f1c");
    let repository = ("GITHUB_REPOSITORY", "octo/shop");
    assert_eq!(with(&[repository]), cannot("not asked: there is no token for GitHub"));
    assert_eq!(with(&[token]), cannot("not asked: nothing says which repository it is"));
    assert_eq!(with(&[token, repository]), Ok(()));
    assert_eq!(
        with(&[token, repository, ("GITLAB_CI", "true")]),
        cannot("only GitHub can be asked for checks")
    );
    assert_eq!(with(&[token, ("GITHUB_REPOSITORY", "shop")]).unwrap_err().0, Outcome::CannotTell);
}

#[test]
fn p6_offline_nobody_is_asked() {
    let parameters: Checks = toml::from_str("").unwrap();
    let sight = parameters.look(&Around {
        release: &Release::default(),
        door: None,
        clock: &|| Timestamp::UNIX_EPOCH,
        may_run: false,
        cluster_state: None,
        stop: &AtomicBool::new(false),
    });
    assert_eq!(
        (sight.outcome, sight.summary.as_str()),
        (Outcome::CannotTell, "not asked: this run is offline")
    );
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let parsed = |text: &str| toml::from_str::<Checks>(text).unwrap().validate();
    assert!(parsed("required = ['']").is_err());
    assert!(parsed("required = ['a']\nexcept = ['b']").is_err());
    assert!(toml::from_str::<Checks>("approvals = -1").is_err());
}
