//! P4, U10, X2: programs that hang, print without end, leave others behind, or are killed.

#![expect(clippy::disallowed_types, reason = "the tests hold a stopwatch of their own")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use deploy_guard::probe::{Evidence, Outcome};

use super::Run;

/// A script in a folder of its own, run with a checklist's parameters beside `run`.
fn run(script: &str, parameters: &str) -> (tempfile::TempDir, Evidence) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), script);
    let evidence =
        Run::in_(folder.path()).gather(&format!("[command]\nrun = ['./smoke.sh', 'prod']\n{parameters}"));
    (folder, evidence)
}

/// By another program: a file that this one has open for writing, and that a thread beside forks with, can't be run.
fn write(folder: &Path, script: &str) {
    let mut writer = std::process::Command::new("sh")
        .args(["-c", "cat > smoke.sh && chmod +x smoke.sh"])
        .current_dir(folder)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}

/// Whether a process whose number a file holds is alive; one that is dead and not yet reaped is not.
fn lives(file: &Path) -> bool {
    let number = fs::read_to_string(file).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

fn dies(file: &Path) -> bool {
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !lives(file)
    })
}

#[test]
fn a_program_that_ends_as_expected_holds_and_is_quoted() {
    let (folder, seen) = run("pwd; echo \"to $1\"; echo odd >&2", "");
    assert_eq!((seen.outcome, seen.summary.as_str()), (Outcome::Holds, "`./smoke.sh prod` ended with 0"));
    let here = folder.path().canonicalize().unwrap();
    assert_eq!(
        seen.details,
        [format!("stdout: {}", here.display()), "stdout: to prod".into(), "stderr: odd".into()]
    );
    assert_eq!(seen.asked[0].target, "./smoke.sh prod");
    assert!(seen.asked[0].digest.is_some());
}

#[test]
fn another_exit_code_is_broken_and_an_expected_one_is_not() {
    let (_, seen) = run("echo no >&2; exit 3", "");
    assert_eq!(seen.outcome, Outcome::Broken);
    assert_eq!(seen.summary, "`./smoke.sh prod` ended with 3, and 0 is expected");
    assert_eq!(seen.details, ["stderr: no"]);
    assert_eq!(run("exit 3", "expect-exit = 3").1.outcome, Outcome::Holds);
    assert_eq!(run("exit 0", "expect-exit = 3").1.outcome, Outcome::Broken);
}

#[test]
fn a_word_has_to_stand_in_its_standard_output() {
    assert_eq!(run("echo all ready", "contains = 'ready'").1.outcome, Outcome::Holds);
    let (_, seen) = run("echo all ready >&2", "contains = 'ready'");
    assert_eq!(seen.outcome, Outcome::Broken);
    assert_eq!(seen.summary, "`./smoke.sh prod` ended with 0 and did not print `ready`");
}

#[test]
fn words_of_the_change_itself_are_not_run() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "touch ran");
    let run = Run { may_run: false, ..Run::in_(folder.path()) };
    let seen = run.gather("[command]\nrun = ['./smoke.sh']");
    assert_eq!(
        (seen.outcome, seen.summary.as_str()),
        (Outcome::CannotTell, "not run: its words come from the change itself")
    );
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn what_can_not_be_started_can_not_be_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plain"), "").unwrap();
    for program in ["./gone", "no-such-program-5f1c", "./plain", "."] {
        let seen = Run::in_(folder.path()).gather(&format!("[command]\nrun = ['{program}']"));
        assert_eq!(seen.outcome, Outcome::CannotTell, "{program}");
        assert!(seen.summary.starts_with(&format!("`{program}` can't be started: ")), "{}", seen.summary);
    }
}

#[test]
fn a_killed_program_says_nothing() {
    let (_, seen) = run("kill -9 $$", "");
    assert_eq!(
        (seen.outcome, seen.summary.as_str()),
        (Outcome::CannotTell, "`./smoke.sh prod` was killed by signal 9")
    );
}

#[test]
fn what_takes_too_long_is_ended_with_everything_that_it_started() {
    let begun = Instant::now();
    let (folder, seen) = run("sleep 60 & echo $! > grandchild; echo begun; wait", "timeout = '300ms'");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(seen.outcome, Outcome::CannotTell);
    assert!(
        seen.summary.contains("did not end within") && seen.summary.contains("was stopped"),
        "{}",
        seen.summary
    );
    assert_eq!(seen.details, ["stdout: begun"], "what it said by then is shown");
    assert!(dies(&folder.path().join("grandchild")));
}

#[test]
fn what_does_not_want_to_end_is_made_to() {
    let begun = Instant::now();
    let (folder, seen) = run("trap '' TERM; echo $$ > own; while :; do sleep 1; done", "timeout = '200ms'");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(seen.outcome, Outcome::CannotTell);
    assert!(dies(&folder.path().join("own")));
}

#[test]
fn what_is_asked_to_end_may_tidy_up() {
    let (folder, _) =
        run("trap 'touch tidied; exit 0' TERM; while :; do sleep 0.05; done", "timeout = '200ms'");
    assert!(folder.path().join("tidied").exists());
}

#[test]
fn a_grandchild_that_holds_the_pipe_is_neither_waited_for_nor_left() {
    let begun = Instant::now();
    let (folder, seen) = run("sleep 60 & echo $! > grandchild; echo done", "");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((seen.outcome, seen.details), (Outcome::Holds, vec!["stdout: done".to_owned()]));
    assert!(dies(&folder.path().join("grandchild")));
}

#[test]
fn one_that_leaves_the_group_with_the_pipe_is_not_waited_for() {
    let begun = Instant::now();
    let (folder, seen) = run("setsid sleep 20 & echo $! > escaped; echo done", "");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(seen.outcome, Outcome::Holds);
    let number = fs::read_to_string(folder.path().join("escaped")).unwrap();
    if let Some(pid) = number.trim().parse().ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

#[test]
fn a_hundred_megabytes_are_read_and_not_kept() {
    let script = "echo first; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo last";
    let (_, seen) = run(script, "contains = 'last'");
    assert_eq!(seen.outcome, Outcome::Holds, "{}", seen.summary);
    assert_eq!(seen.details.first().unwrap(), "stdout: first");
    assert_eq!(seen.details.last().unwrap(), "stdout: last");
    assert!(seen.details.iter().all(|line| line.chars().count() <= 220) && seen.details.len() < 10);
}

#[test]
fn a_program_that_reads_gets_nothing() {
    let (_, seen) = run("cat; echo end", "timeout = '5s'");
    assert_eq!(seen.details, ["stdout: end"]);
}

#[test]
fn x2_a_run_that_is_to_end_ends_its_programs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "echo $$ > own; sleep 60");
    let own = folder.path().join("own");
    let run = Run::in_(folder.path());
    let seen = std::thread::scope(|scope| {
        let gathering = scope.spawn(|| run.gather("[command]\nrun = ['./smoke.sh']"));
        while !own.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(50));
        run.stop.store(true, Ordering::Relaxed);
        gathering.join().unwrap()
    });
    assert_eq!(
        (seen.outcome, seen.summary.as_str()),
        (Outcome::CannotTell, "`./smoke.sh` was stopped with this run")
    );
    assert!(dies(&own));
}

#[test]
fn u10_secrets_that_it_prints_are_not_shown() {
    let (_, seen) = run("echo Authorization: Bearer planted0123456789; echo glpat-planted0123456789 >&2", "");
    assert!(!format!("{seen:?}").contains("planted"), "{seen:?}");
}
