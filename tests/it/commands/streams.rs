//! Where output goes and in which letters: locales, colour, terminals, readers that go away, disks that are full.

use super::{WEB, next_release, web};
use crate::sandbox::{Commit, Outcome, Repository, Run, Sandbox};

const AT: &str = "2026-03-13T10:00";

const GUARD: &str = env!("CARGO_BIN_EXE_deploy-guard");

/// A change with findings, whose texts hold what ASCII can't: our own and the change's.
fn refused(sandbox: &Sandbox) -> Repository<'_> {
    let shop = next_release(
        sandbox,
        "nächste Version\n\nRollback-Plan: später → vielleicht …\nRollback-Ownr: ich\n",
    );
    let long = "ä".repeat(400);
    let text = format!("{}  # {long}\n", web("1.4.2", 60).trim_end());
    shop.commit_on("work", &[Commit::new("Größe").write("k8s/prod/größe.yaml", text)]);
    shop
}

/// Commands that print what a person reads, with what they may exit with.
fn spoken() -> Vec<Vec<&'static str>> {
    let mut commands = vec![
        vec!["check", "--at", AT],
        vec!["check", "--at", AT, "--verbose"],
        vec!["check", "--base", "nirgends…"],
        vec!["calendar", "now", "--at", AT],
        vec!["calendar", "next"],
        vec!["plan", "show"],
        vec!["waiver", "list"],
        vec!["waiver", "draft", "→"],
        vec!["policy", "list"],
        vec!["policy", "test", "missing-rollback-plan"],
        vec!["config", "print"],
        vec!["explain", "no-such-thing…"],
        vec!["demo"],
        vec!["hook", "status"],
        vec!["--version"],
    ];
    for id in [
        "floating-image-tag",
        "missing-rollback-plan",
        "release-outside-window",
        "iot-data-stale",
        "kafka-duplicate-uploads",
    ] {
        commands.push(vec!["explain", id]);
    }
    commands.push(vec!["policy", "show", "floating-image-tag"]);
    commands
}

/// Every command that takes `--help`, by asking each for those below it.
fn helps(sandbox: &Sandbox) -> Vec<(Vec<String>, String)> {
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut found = Vec::new();
    while let Some(command) = open.pop() {
        let help = sandbox.guard(&sandbox.home()).args(&command).arg("--help").finish();
        assert_eq!(help.code, 0, "{command:?}: {help}");
        let below = help.stdout.split("\nCommands:\n").nth(1).unwrap_or_default();
        for line in below.lines().take_while(|line| line.starts_with("  ")) {
            let name = line.split_whitespace().next().unwrap();
            if line.starts_with("   ") || name == "help" {
                continue;
            }
            open.push(command.iter().cloned().chain([name.to_owned()]).collect());
        }
        found.push((command, help.stdout));
    }
    found
}

fn is_ascii(outcome: &Outcome) -> Result<(), String> {
    let text = format!("{}{}", outcome.stdout, outcome.stderr);
    match text.lines().find(|line| !line.is_ascii()) {
        Some(line) => Err(line.to_owned()),
        None => Ok(()),
    }
}

#[test]
fn a_locale_of_ascii_gets_ascii_and_nothing_else() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    for command in spoken() {
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1"] {
            let outcome = sandbox.guard(&shop.folder).args(&command).env("LC_ALL", locale).finish();
            is_ascii(&outcome).unwrap_or_else(|line| panic!("{command:?} in {locale}: {line}"));
            assert!(!outcome.stdout.is_empty() || !outcome.stderr.is_empty(), "{command:?}");
        }
        let unset = sandbox.run("env", &shop.folder).args(["-u", "LC_ALL", GUARD]).args(&command).finish();
        is_ascii(&unset).unwrap_or_else(|line| panic!("{command:?} without a locale: {line}"));
    }
}

#[test]
fn the_picture_of_a_finding_still_points_at_its_place_in_ascii() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository(
        "shop",
        &[
            Commit::new("before").write("k8s/prod/web.env", "TITLE=a\n"),
            Commit::new("after").write("k8s/prod/web.env", "TITLE=→ größer …\n"),
        ],
    );
    let arguments = ["check", "--base", "HEAD^", "--at", AT];
    let outcome = sandbox.guard(&shop.folder).args(arguments).env("LC_ALL", "C").finish();
    let mut lines = outcome.stdout.lines();
    let shown = lines.find(|line| line.contains("TITLE=")).unwrap();
    let marked = lines.next().unwrap();
    let from = marked.find(['-', '^']).unwrap();
    let to = marked.rfind(['-', '^']).unwrap();
    assert_eq!(&shown[from..=to], "TITLE=-> gr\\u{f6}\\u{df}er ...", "{outcome}");
}

#[test]
fn what_programs_read_is_the_same_in_every_locale() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    let told = shop.guard(&["check", "--at", AT]).stdout;
    let fingerprint = told.split("waiver draft ").nth(1).unwrap().lines().next().unwrap().to_owned();
    for command in [
        vec!["check", "--at", AT, "--format", "json"],
        vec!["plan", "new"],
        vec!["init", "--print"],
        vec!["waiver", "draft", &fingerprint, "--at", AT],
        vec!["completions", "bash"],
        vec!["man"],
    ] {
        let utf8 = shop.guard(&command);
        let ascii = sandbox.guard(&shop.folder).args(&command).env("LC_ALL", "C").finish();
        assert_eq!(utf8.stdout, ascii.stdout, "{command:?}");
        assert!(!utf8.stdout.is_empty(), "{command:?}: {utf8}");
    }
    assert!(shop.guard(&["plan", "new"]).stdout.contains("größe.yaml"), "the name of a file is as it is");
}

#[test]
fn every_command_explains_itself_in_ascii_and_in_eighty_columns_or_so() {
    let sandbox = Sandbox::new();
    let helps = helps(&sandbox);
    for (command, help) in &helps {
        let line = help.lines().find(|line| !line.is_ascii() || line.chars().count() > 110);
        assert_eq!(line, None, "{command:?}");
    }
    for wanted in ["calendar now", "calendar next", "plan new", "plan show", "waiver draft", "waiver list"] {
        let help = helps.iter().find(|(command, _)| command.join(" ") == wanted);
        let (_, help) = help.unwrap_or_else(|| panic!("{wanted} is no command"));
        assert!(help.contains(&format!("Examples:\n  deploy-guard {wanted}")), "{wanted} shows no example");
    }
}

#[test]
fn a_pipe_gets_no_colour_unless_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    let coloured = |outcome: &Outcome| (outcome.stdout.contains('\u{1b}'), outcome.stderr.contains('\u{1b}'));
    assert_eq!(coloured(&shop.guard(&["check", "--at", AT])), (false, false));
    assert_eq!(coloured(&shop.guard(&["check", "--at", AT, "--color", "always"])), (true, false));
    assert_eq!(coloured(&shop.guard(&["check", "--base", "x", "--color", "always"])), (false, true));
    assert_eq!(coloured(&shop.guard(&["check", "--base", "x"])), (false, false));
    // Whoever asks in so many words gets it, whatever the environment says.
    let always = sandbox.guard(&shop.folder).args(["check", "--at", AT, "--color", "always"]);
    assert_eq!(coloured(&always.env("NO_COLOR", "1").finish()), (true, false));
}

/// Runs a line of shell in a terminal of its own; stdout and stderr are one there.
#[cfg(target_os = "linux")]
fn in_terminal(sandbox: &Sandbox, shop: &Repository<'_>, line: &str) -> Run {
    sandbox
        .run("script", &shop.folder)
        .args(["-qec", line, "/dev/null"])
        .env("GUARD", GUARD)
        .env("TERM", "xterm")
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour_unless_it_is_declined() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    let check = format!("\"$GUARD\" check --at {AT}");
    let coloured = |run: Run| run.finish().stdout.contains("\u{1b}[");
    assert!(coloured(in_terminal(&sandbox, &shop, &check)));
    assert!(!coloured(in_terminal(&sandbox, &shop, &check).env("NO_COLOR", "1")));
    assert!(!coloured(in_terminal(&sandbox, &shop, &check).env("TERM", "dumb")));
    assert!(!coloured(in_terminal(&sandbox, &shop, &format!("{check} --color never"))));
    // Only what goes to the terminal is coloured for it.
    assert!(!coloured(in_terminal(&sandbox, &shop, &format!("{check} | cat"))));
    assert!(!coloured(in_terminal(&sandbox, &shop, &format!("{check} --base x 2>&1 >/dev/null | cat"))));
}

#[cfg(target_os = "linux")]
#[test]
fn long_work_shows_a_sign_of_life_on_a_terminal_and_leaves_nothing_of_it() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    // The hook waits for its stdin: work that takes as long as one likes.
    let hook = "\"$GUARD\" hook run pre-push --verbose -- origin https://example.org/x.git";
    let slow = format!("(sleep 1.6; :) | {hook}");
    let shown = in_terminal(&sandbox, &shop, &slow).finish();
    assert!(shown.stdout.contains("judging"), "{shown}");
    let (during, after) = shown.stdout.rsplit_once("judging").unwrap();
    assert!(after.contains("\u{1b}[2K"), "the line is cleared: {shown:?}");
    assert!(!during.contains("no ref moves"), "nothing is said before the line is clear: {shown:?}");
    assert!(after.contains("no ref moves"), "{shown:?}");
    for quiet in [
        in_terminal(&sandbox, &shop, &slow).env("CI", "true"),
        in_terminal(&sandbox, &shop, &slow).env("TERM", "dumb"),
        in_terminal(&sandbox, &shop, &format!("{slow} 2>&1 | cat")),
        in_terminal(&sandbox, &shop, &format!(": | {hook}")),
    ] {
        let shown = quiet.finish();
        assert!(shown.stdout.contains("no ref moves"), "{shown}");
        assert!(!shown.stdout.contains("judging"), "{shown}");
    }
}

/// A line of shell, with the program under test in `$GUARD`.
#[cfg(unix)]
fn shell(sandbox: &Sandbox, shop: &Repository<'_>, line: &str) -> Outcome {
    sandbox.run("sh", &shop.folder).args(["-c", line]).env("GUARD", GUARD).finish()
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_changes_no_verdict() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    let gone = "{ sleep 0.3; \"$GUARD\" ARGUMENTS; echo $? >../code; } | :; cat ../code";
    for (arguments, code) in
        [(format!("check --at {AT}"), "1\n"), ("policy list".to_owned(), "0\n"), ("--help".to_owned(), "0\n")]
    {
        let outcome = shell(&sandbox, &shop, &gone.replace("ARGUMENTS", &arguments));
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (code, ""), "{arguments}: {outcome}");
    }
    let first = shell(&sandbox, &shop, "\"$GUARD\" explain missing-rollback-plan | head -1");
    assert_eq!(first.stdout, "missing-rollback-plan (block, protected environments)\n");
    assert_eq!(first.stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_no_pass() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    for (arguments, code) in [
        ("policy list >/dev/full".to_owned(), 3),
        ("calendar next >/dev/full".to_owned(), 3),
        ("--help >/dev/full".to_owned(), 3),
        ("check --head main --base main >/dev/full".to_owned(), 3),
        ("check --base x 2>/dev/full".to_owned(), 3),
        (format!("check --at {AT} >/dev/full"), 1),
        ("calendar nxt 2>/dev/full".to_owned(), 2),
    ] {
        let outcome = shell(&sandbox, &shop, &format!("\"$GUARD\" {arguments}"));
        assert_eq!(outcome.code, code, "{arguments}: {outcome}");
        assert!(!outcome.stderr.contains("panicked"), "{arguments}: {outcome}");
    }
    let written = format!("check --at {AT} --format json=/dev/full/verdict.json");
    let outcome = shell(&sandbox, &shop, &format!("\"$GUARD\" {written}"));
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[cfg(unix)]
#[test]
fn closed_streams_change_no_verdict() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    for closed in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
        let outcome = shell(&sandbox, &shop, &format!("\"$GUARD\" check --at {AT} {closed}"));
        assert_eq!(outcome.code, 1, "{closed}: {outcome}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_of_the_machine_is_needed_but_the_repository() {
    let sandbox = Sandbox::new();
    let shop = refused(&sandbox);
    let bare =
        |arguments: &[&str]| sandbox.run("env", &shop.folder).arg("-i").arg(GUARD).args(arguments).finish();
    assert_eq!(bare(&["check", "--at", AT]).code, 1);
    assert_eq!(bare(&["plan", "show"]).code, 0);
    let homeless = sandbox.guard(&shop.folder).args(["check", "--at", AT]).env("HOME", "/nowhere").finish();
    assert_eq!(homeless.code, 1, "{homeless}");
    let no_temporary_folder =
        sandbox.guard(&shop.folder).args(["check", "--at", AT]).env("TMPDIR", "/nowhere");
    assert_eq!(no_temporary_folder.finish().code, 1);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_gone_is_said_and_nothing_breaks() {
    let sandbox = Sandbox::new();
    let shop = sandbox.repository("shop", &[Commit::new("first").write(WEB, web("1.4.1", 60))]);
    let gone = |arguments: &str| {
        let line = format!("mkdir ../gone && cd ../gone && rmdir ../gone && \"$GUARD\" {arguments}");
        shell(&sandbox, &shop, &line)
    };
    for (arguments, code) in [
        ("check", 3),
        ("plan show", 3),
        ("waiver draft ff", 3),
        ("calendar next", 0),
        ("policy list", 0),
        ("--help", 0),
    ] {
        let outcome = gone(arguments);
        assert_eq!(outcome.code, code, "{arguments}: {outcome}");
        assert!(!outcome.stderr.contains("please report it"), "{arguments}: {outcome}");
    }
    let elsewhere = gone(&format!("-C {} plan show", shop.url()));
    assert_eq!(elsewhere.code, 0, "{elsewhere}");
}
