//! A folder of its own for one test: repositories made by the real git, and programs run with nothing of the machine
//! in their environment.
//!
//! ```ignore
//! let sandbox = Sandbox::new();
//! let remote = sandbox.bare("remote");
//! let work = sandbox.repository("work", &[Commit::new("first").write("deploy/app.yaml", "a: 1\n")]);
//! work.git(&["remote", "add", "origin", remote.url()]);
//! let push = work.push(&["origin", "main"]);
//! assert_eq!(push.code, 0, "{push}");
//! assert_eq!(remote.tip("refs/heads/main"), work.tip("main"));
//! ```

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "the tests' one door to other programs")]
type Command = std::process::Command;

/// Over this a program counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Sandbox {
    root: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("deploy-guard-it-").tempdir().unwrap();
        std::fs::create_dir(root.path().join("home")).unwrap();
        Self { root }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        // Resolved: git answers with real paths, and some systems' temporary folder is a link.
        self.root.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// A repository on the branch `main` with these commits, its work tree checked out.
    pub(crate) fn repository(&self, name: &str, commits: &[Commit]) -> Repository<'_> {
        let folder = self.path(name);
        self.run("git", &self.path(""))
            .args(["init", "-q", "--template=", "-b", "main"])
            .arg(&folder)
            .succeed();
        let repository = Repository { sandbox: self, folder };
        if !commits.is_empty() {
            repository.commit_on("main", commits);
        }
        repository
    }

    /// An empty bare repository: what is pushed to.
    pub(crate) fn bare(&self, name: &str) -> Repository<'_> {
        let folder = self.path(name);
        let init = ["init", "-q", "--bare", "--template=", "-b", "main"];
        self.run("git", &self.path("")).args(init).arg(&folder).succeed();
        Repository { sandbox: self, folder }
    }

    /// Writes an executable file, in a process of its own: another test's child could hold our handle open for a
    /// moment, and a file that is open for writing can't be executed.
    pub(crate) fn script(&self, place: &Path, text: &str) {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        let write = r#"cat >"$1" && chmod 755 "$1""#;
        self.run("sh", &self.path("")).args(["-c", write, "sh"]).arg(place).stdin(text).succeed();
    }

    /// Puts the program under test somewhere else; by `cp`, for the same reason.
    pub(crate) fn copy_of_guard(&self, folder: &str) -> PathBuf {
        let place = self.path(folder).join("deploy-guard");
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        self.run("cp", &self.path("")).arg(env!("CARGO_BIN_EXE_deploy-guard")).arg(&place).succeed();
        place
    }

    /// The program under test, standing in `folder`.
    pub(crate) fn guard(&self, folder: &Path) -> Run {
        self.run(env!("CARGO_BIN_EXE_deploy-guard"), folder)
    }

    /// Any program, standing in `folder`.
    pub(crate) fn run(&self, program: impl AsRef<OsStr>, folder: &Path) -> Run {
        let mut command = Command::new(program);
        command.env_clear().current_dir(folder);
        command.env("PATH", inherited("PATH").unwrap_or_default());
        // Where coverage is written, and which git reader the suite is run under.
        for name in ["LLVM_PROFILE_FILE", READER] {
            if let Some(value) = inherited(name) {
                command.env(name, value);
            }
        }
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", "Author"),
            ("GIT_AUTHOR_EMAIL", "author@example.org"),
            ("GIT_AUTHOR_DATE", DATE),
            ("GIT_COMMITTER_NAME", "Committer"),
            ("GIT_COMMITTER_EMAIL", "committer@example.org"),
            ("GIT_COMMITTER_DATE", DATE),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", self.home());
        Run { command, stdin: Vec::new() }
    }
}

pub(crate) const READER: &str = "DEPLOY_GUARD_GIT_READER";

/// A Tuesday morning, when deploys are nobody's problem.
pub(crate) const DATE: &str = "2026-11-17T10:00:00+00:00";

#[expect(clippy::disallowed_methods, reason = "the tests' one door to the environment")]
pub(crate) fn inherited(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// One commit to be made: its message, its date, and what it does to files.
#[derive(Clone)]
pub(crate) struct Commit {
    message: String,
    date: String,
    changes: Vec<(String, Option<Vec<u8>>)>,
}

impl Commit {
    pub(crate) fn new(message: &str) -> Self {
        Self { message: message.to_owned(), date: DATE.to_owned(), changes: Vec::new() }
    }

    /// The author's and committer's date, as RFC 3339 with an offset in figures.
    #[must_use]
    pub(crate) fn at(mut self, date: &str) -> Self {
        date.clone_into(&mut self.date);
        self
    }

    #[must_use]
    pub(crate) fn write(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.changes.push((path.to_owned(), Some(content.as_ref().to_vec())));
        self
    }

    #[must_use]
    pub(crate) fn remove(mut self, path: &str) -> Self {
        self.changes.push((path.to_owned(), None));
        self
    }

    /// The commit in the language of `git fast-import`.
    fn import(&self, branch: &str, from: Option<&str>) -> Vec<u8> {
        let mut out = format!("commit refs/heads/{branch}\n").into_bytes();
        let at: jiff::Timestamp = self.date.parse().unwrap();
        let offset = self.date.get(self.date.len() - 6..).unwrap().replace(':', "");
        for (role, name) in [("author", "Author"), ("committer", "Committer")] {
            let address = name.to_lowercase();
            let line = format!("{role} {name} <{address}@example.org> {} {offset}\n", at.as_second());
            out.extend_from_slice(line.as_bytes());
        }
        out.extend_from_slice(&data(self.message.as_bytes()));
        if let Some(from) = from {
            out.extend_from_slice(format!("from {from}\n").as_bytes());
        }
        for (path, content) in &self.changes {
            let path =
                format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
            match content {
                Some(content) => {
                    out.extend_from_slice(format!("M 100644 inline {path}\n").as_bytes());
                    out.extend_from_slice(&data(content));
                }
                None => out.extend_from_slice(format!("D {path}\n").as_bytes()),
            }
        }
        out
    }
}

fn data(bytes: &[u8]) -> Vec<u8> {
    [format!("data {}\n", bytes.len()).as_bytes(), bytes, b"\n"].concat()
}

pub(crate) struct Repository<'sandbox> {
    pub sandbox: &'sandbox Sandbox,
    pub folder: PathBuf,
}

impl Repository<'_> {
    /// The path, as a remote's URL.
    pub(crate) fn url(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// Adds commits to a branch, which is made where it does not exist, and checks out what HEAD now means.
    pub(crate) fn commit_on(&self, branch: &str, commits: &[Commit]) {
        let mut from = self.tip(&format!("refs/heads/{branch}"));
        let mut stream = Vec::new();
        for commit in commits {
            stream.extend(commit.import(branch, from.take().as_deref()));
        }
        self.run("git").args(["fast-import", "--quiet", "--date-format=raw"]).stdin(stream).succeed();
        if self.git(&["rev-parse", "--is-bare-repository"]) == "false" {
            self.git(&["reset", "-q", "--hard"]);
        }
    }

    /// Adds one commit to `main`.
    pub(crate) fn commit(&self, commit: Commit) -> String {
        self.commit_on("main", &[commit]);
        self.tip("refs/heads/main").unwrap()
    }

    /// Writes a file of the work tree, or any other below the folder.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let place = self.folder.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, content).unwrap();
        place
    }

    /// A program standing in the repository.
    pub(crate) fn run(&self, program: impl AsRef<OsStr>) -> Run {
        self.sandbox.run(program, &self.folder)
    }

    /// What git prints, trimmed; the test ends where git fails.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.run("git").args(arguments).succeed().stdout.trim().to_owned()
    }

    /// `git push` with these arguments, whatever comes of it.
    pub(crate) fn push(&self, arguments: &[&str]) -> Outcome {
        self.run("git").arg("push").args(arguments).finish()
    }

    /// The program under test, standing in the repository.
    pub(crate) fn guard(&self, arguments: &[&str]) -> Outcome {
        self.sandbox.guard(&self.folder).args(arguments).finish()
    }

    /// The object that a revision names, if it names one.
    pub(crate) fn tip(&self, revision: &str) -> Option<String> {
        let found = self.run("git").args(["rev-parse", "--verify", "--quiet", revision]).finish();
        (found.code == 0).then(|| found.stdout.trim().to_owned())
    }

    /// Every ref with its object, one a line: compare before and after to see that nothing moved.
    pub(crate) fn refs(&self) -> String {
        self.git(&["for-each-ref", "--format=%(refname) %(objectname)"])
    }
}

/// A program about to be run.
pub(crate) struct Run {
    command: Command,
    stdin: Vec<u8>,
}

impl Run {
    #[must_use]
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    #[must_use]
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Runs to the end; a program that hangs ends the test.
    pub(crate) fn finish(mut self) -> Outcome {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut self.command, 0);
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = std::mem::take(&mut self.stdin);
        // A program need not read what it is given.
        std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        let pause = Duration::from_millis(2);
        for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
            if let Some(status) = child.try_wait().unwrap() {
                return Outcome {
                    code: status.code().unwrap_or(-1),
                    stdout: stdout.recv_timeout(PATIENCE).expect("something keeps stdout open"),
                    stderr: stderr.recv_timeout(PATIENCE).expect("something keeps stderr open"),
                };
            }
            std::thread::sleep(pause);
        }
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
        panic!("{:?} did not end within {PATIENCE:?}", self.command);
    }

    /// Runs to the end; a program that fails ends the test.
    pub(crate) fn succeed(self) -> Outcome {
        let shown = format!("{:?}", self.command.get_args().collect::<Vec<_>>());
        let outcome = self.finish();
        assert_eq!(outcome.code, 0, "{shown}\n{outcome}");
        outcome
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// What came of running a program.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// -1 where a signal ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

#[test]
fn a_repository_holds_what_its_commits_were_told_to() {
    let sandbox = Sandbox::new();
    let first = Commit::new("first\n\nSoak: 1h\n")
        .at("2026-11-20T16:30:00+01:00")
        .write("a b/\"c\".yaml", "one\n")
        .write("gone", "");
    let work = sandbox.repository("work", &[first, Commit::new("second").remove("gone")]);
    assert_eq!(
        work.git(&["log", "-1", "--format=%aI|%cI|%s|%b", "HEAD^"]),
        "2026-11-20T16:30:00+01:00|2026-11-20T16:30:00+01:00|first|Soak: 1h"
    );
    assert_eq!(
        work.git(&["ls-tree", "-r", "-z", "--name-only", "HEAD"]).trim_end_matches('\0'),
        "a b/\"c\".yaml"
    );
    assert_eq!(std::fs::read_to_string(work.folder.join("a b/\"c\".yaml")).unwrap(), "one\n");
    assert_eq!(work.git(&["status", "--porcelain"]), "");
}
