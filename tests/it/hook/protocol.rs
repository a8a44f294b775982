//! H1, H7, H9, H11 and H12: what git says to the hook, how, from where, and what the hook must not repeat.

use std::fmt::Write as _;

use super::push::{MANIFEST, REFUSED_BY, assert_refused, closed, guarded, manifest, refused_change};
use crate::sandbox::{Commit, Repository, Sandbox};

#[test]
fn h7_a_push_that_moves_nothing_is_silent() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    let push = work.push(&["origin", "main"]);
    assert_eq!((push.code, push.stderr.as_str()), (0, "Everything up-to-date\n"), "{push}");
}

#[test]
fn h7_without_git_around_it_the_command_says_what_it_is_for() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    for arguments in [&[][..], &["origin"], &["origin", "a", "b"]] {
        let run = [&["hook", "run", "pre-push"], arguments].concat();
        let outcome = work.guard(&run);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome}");
    }
}

#[test]
fn h1_sources_with_spaces_are_judged_like_any_other() {
    let sandbox = Sandbox::new();
    let (work, remote) = guarded(&sandbox);
    let before = remote.refs();
    work.commit_on("main", &[Commit::new("two words").write(MANIFEST, manifest("2"))]);
    for source in ["HEAD^{/two words}", "main@{0 seconds ago}", "HEAD"] {
        assert_refused(&work.push(&["origin", &format!("{source}:refs/heads/x")]), &remote, &before);
    }
    let push = work.push(&["origin", "HEAD~1:refs/heads/x"]);
    assert_eq!(push.code, 0, "{push}");
}

#[test]
fn h1_a_source_with_a_line_break_is_refused() {
    let sandbox = Sandbox::new();
    let (work, remote) = guarded(&sandbox);
    let before = remote.refs();
    work.commit_on("main", &[Commit::new("two\nlines")]);
    let push = work.push(&["origin", "HEAD^{/two\nlines}:refs/heads/x"]);
    assert_ne!(push.code, 0, "{push}");
    assert!(push.stderr.contains("pre-push input not understood"), "{push}");
    assert_eq!(remote.refs(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn h1_a_branch_name_that_is_no_utf_8_or_hostile_is_judged_and_shown_escaped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let (work, remote) = guarded(&sandbox);
    let before = remote.refs();
    work.commit(refused_change());
    for name in
        [b"refs/heads/\xff\xfe".as_slice(), "refs/heads/a\u{202e}b".as_bytes(), b"refs/heads/$(id)`id`"]
    {
        let refspec = [b"HEAD:", name].concat();
        let push = work.run("git").args(["push", "origin"]).arg(OsStr::from_bytes(&refspec)).finish();
        assert_ne!(push.code, 0, "{push}");
        assert!(push.stderr.contains(REFUSED_BY), "{push}");
        assert!(!push.stderr.contains('\u{202e}'), "{push}");
        assert_eq!(remote.refs(), before);
    }
}

#[test]
fn h9_a_push_of_two_thousand_refs_to_a_remote_with_as_many_is_judged_in_time() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    let (mut stream, mut refs, mut stdin) = (String::new(), String::new(), String::new());
    let (from, zero) = (work.tip("main").unwrap(), "0".repeat(40));
    for number in 0..2000 {
        writeln!(stream, "commit refs/heads/many/{number}\nmark :{}", number + 1).unwrap();
        writeln!(stream, "committer C <c@example.org> {} +0000\ndata 1\nx", 1_795_000_000 + number).unwrap();
        writeln!(stream, "from {from}\nM 100644 inline docs/{number}\ndata 2\n{}\n", number % 10).unwrap();
        writeln!(refs, "create refs/remotes/origin/many/{number} refs/heads/many/{number}").unwrap();
    }
    work.run("git").args(["fast-import", "--quiet", "--date-format=raw"]).stdin(stream).succeed();
    work.run("git").args(["update-ref", "--stdin"]).stdin(refs).succeed();
    for line in work.refs().lines().filter(|line| line.starts_with("refs/heads/many")) {
        let (name, id) = line.split_once(' ').unwrap();
        writeln!(stdin, "{name} {id} {name} {zero}").unwrap();
    }
    // Longer than a user's ten seconds, for machines that are busy; a walk for each ref takes minutes.
    let arguments = ["hook", "run", "pre-push", "--deadline", "50", "--", "origin", "url"];
    let judged = sandbox.guard(&work.folder).args(arguments).stdin(stdin).finish();
    assert_eq!(judged.code, 0, "{judged}");
    assert!(judged.stderr.contains("2000 changed files"), "{judged}");
}

#[test]
fn h9_a_hook_that_is_told_nothing_for_too_long_ends_as_not_judged() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    // The shell itself holds the pipe open, so that it never ends.
    let guard = env!("CARGO_BIN_EXE_deploy-guard");
    let line =
        format!("mkfifo held; exec 3<>held; '{guard}' hook run pre-push --deadline 1 -- origin url <held");
    let outcome = work.run("sh").args(["-c", &line]).finish();
    assert!(outcome.stderr.contains("timed out after 1 s"), "{outcome}");
    assert_eq!(outcome.code, 3, "{outcome}");
}

#[test]
fn h11_a_push_is_judged_from_wherever_git_was_started() {
    let sandbox = Sandbox::new();
    let (work, remote) = guarded(&sandbox);
    let linked = sandbox.path("linked");
    work.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    let before = remote.refs();
    work.commit(refused_change());
    work.git(&["branch", "-q", "-f", "refused", "main"]);
    std::fs::create_dir_all(work.folder.join("deep/down")).unwrap();
    let git_dir = format!("--git-dir={}/.git", work.url());
    let work_tree = format!("--work-tree={}", work.url());
    let aside = sandbox.home();
    let starts: [(&std::path::Path, Vec<&str>); 6] = [
        (&work.folder, vec!["push", "origin", "refused"]),
        (&work.folder.join("deep/down"), vec!["push", "origin", "refused"]),
        (&linked, vec!["push", "origin", "refused"]),
        (&aside, vec!["-C", work.url(), "push", "origin", "refused"]),
        (&aside, vec![&git_dir, "push", remote.url(), "refused"]),
        (&aside, vec![&git_dir, &work_tree, "push", "origin", "refused"]),
    ];
    for (folder, arguments) in starts {
        let push = sandbox.run("git", folder).args(&arguments).finish();
        assert_refused(&push, &remote, &before);
        let harmless: Vec<&str> =
            arguments.iter().map(|word| if *word == "refused" { "side" } else { word }).collect();
        let push = sandbox.run("git", folder).args(harmless).arg("--dry-run").finish();
        assert_eq!(push.code, 0, "{arguments:?}\n{push}");
    }
}

#[test]
fn h11_a_push_from_a_sha256_repository_is_judged() {
    let sandbox = Sandbox::new();
    let (init, from) = (["init", "-q", "--object-format=sha256", "-b", "main"], sandbox.path(""));
    sandbox.run("git", &from).args(init).args(["--bare", "remote"]).succeed();
    sandbox.run("git", &from).args(init).arg("work").succeed();
    let remote = Repository { sandbox: &sandbox, folder: sandbox.path("remote") };
    let work = Repository { sandbox: &sandbox, folder: sandbox.path("work") };
    work.git(&["remote", "add", "origin", remote.url()]);
    work.commit(closed());
    work.guard(&["hook", "install"]);
    let push = work.push(&["origin", "main"]);
    assert_eq!(push.code, 0, "{push}");
    let before = remote.refs();
    work.commit(refused_change());
    assert_refused(&work.push(&["origin", "main"]), &remote, &before);
}

#[test]
fn h12_no_password_of_a_url_is_ever_printed() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    let url = "http://me:s3cret@127.0.0.1:9/x.git";
    let tip = work.commit(refused_change());
    let zero = "0".repeat(40);
    for line in [
        format!("refs/heads/main {tip} refs/heads/main {zero}\n"),
        format!("(delete) {zero} refs/heads/main {tip}\n"),
        format!("refs/heads/main {} refs/heads/main {zero}\n", "1".repeat(40)),
        "nonsense\n".to_owned(),
        String::new(),
    ] {
        for verbose in [&["-v"][..], &[]] {
            let arguments = [verbose, &["hook", "run", "pre-push", "--", url, url]].concat();
            let outcome = sandbox.guard(&work.folder).args(arguments).stdin(line.as_str()).finish();
            assert!(!outcome.stderr.contains("s3cret"), "{outcome}");
            assert_eq!(outcome.stdout, "");
        }
    }
    let variables = |name: &str| {
        sandbox
            .guard(&work.folder)
            .args(["-v", "hook", "run", "pre-push"])
            .env("PRE_COMMIT", "1")
            .env("PRE_COMMIT_TO_REF", &tip)
            .env(name, url)
            .finish()
    };
    for name in ["PRE_COMMIT_REMOTE_NAME", "PRE_COMMIT_REMOTE_URL", "PRE_COMMIT_REMOTE_BRANCH"] {
        let outcome = variables(name);
        assert!(!outcome.stderr.contains("s3cret"), "{name}\n{outcome}");
    }
}

/// Answers git's first question about a repository over HTTP, whoever asks; a refused push asks no second.
fn serve(remote: &Repository<'_>) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let refs = remote.run("git").args(["receive-pack", "--http-backend-info-refs", "."]).succeed().stdout;
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                connection.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            let body = format!("001f# service=git-receive-pack\n0000{refs}");
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-git-receive-pack-advertisement";
            write!(connection, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    port
}

#[test]
fn h12_a_push_over_http_shows_no_password_though_git_tells_it_to_the_hook() {
    let sandbox = Sandbox::new();
    let (work, remote) = guarded(&sandbox);
    let before = remote.refs();
    let url = format!("http://me:s3cret@127.0.0.1:{}/x.git", serve(&remote));
    work.commit(refused_change());
    for push in [work.push(&[&url, "main"]), work.push(&["-v", &url, "main"])] {
        assert_refused(&push, &remote, &before);
        assert!(!push.stderr.contains("s3cret"), "{push}");
    }
    work.git(&["remote", "add", "http", &url]);
    let push = work.push(&["http", "main"]);
    assert_refused(&push, &remote, &before);
    assert!(!push.stderr.contains("s3cret"), "{push}");
    // The fact behind it: the hook was given the password.
    let record = sandbox.path("record");
    let hook = work.folder.join(".git/hooks/pre-push");
    sandbox.script(&hook, &format!("#!/bin/sh\necho \"$@\" >'{}'\nexit 1\n", record.display()));
    work.push(&[&url, "main"]);
    assert!(std::fs::read_to_string(&record).unwrap().contains("s3cret"));
}

#[test]
fn a_line_that_cannot_be_judged_refuses_the_push() {
    let sandbox = Sandbox::new();
    let (work, _) = guarded(&sandbox);
    let zero = "0".repeat(40);
    let unknown = format!("refs/heads/main {} refs/heads/main {zero}\n", "1".repeat(40));
    let arguments = ["hook", "run", "pre-push", "--", "origin", "url"];
    let outcome = sandbox.guard(&work.folder).args(arguments).stdin(unknown.as_str()).finish();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome}");
    // A refused one outranks it, wherever it stands.
    let tip = work.commit(refused_change());
    let refused = format!("refs/heads/y {tip} refs/heads/y {zero}\n");
    for stdin in [format!("{refused}{unknown}"), format!("{unknown}{refused}")] {
        let outcome = sandbox.guard(&work.folder).args(arguments).stdin(stdin).finish();
        assert_eq!(outcome.code, 1, "{outcome}");
        assert!(outcome.stderr.contains(REFUSED_BY) && outcome.stderr.contains("1111111111"), "{outcome}");
    }
}
