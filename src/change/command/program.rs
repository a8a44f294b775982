//! The installed git as a child process: where it lies, what it may not do, and how long it may take.
//!
//! In: arguments. Out: what it printed, or why there is no answer; half an answer is none. The repository that is judged
//! runs nothing here: hooks, file system monitors, filters and helpers that it could name are switched off for each call.
//! Knows nothing of what the answers mean.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::change::push::without_credentials;
use crate::change::{ReadError, ReadErrorKind};
use crate::env;
use crate::source::escape_line;

#[expect(clippy::disallowed_types, reason = "the one door to the installed git")]
type Command = std::process::Command;

/// What one question may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// What a program that has said everything may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// More than this of what git complains about is of no use to anybody.
const COMPLAINT_LIMIT: usize = 64 * 1024;

/// Settings that would run something, or write something, each with its harmless value.
const SAFE: [&str; 9] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "submodule.recurse=false",
    "log.showSignature=false",
];

/// Variables that change what git prints, or run a program of their own.
const UNWANTED: [&str; 14] = [
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_PAGER",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_REPLACE_REF_BASE",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_PERFORMANCE",
    "GIT_TRACE_SETUP",
    "GIT_CURL_VERBOSE",
    "GIT_PREFIX",
];

/// Variables that name a repository: they count only where a hook or a caller has told git where it is.
const PLACES: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
];

/// Whether git may talk to other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::change) enum Network {
    Never,
    Allowed,
}

/// The installed git, about to be asked about one repository.
#[derive(Debug, Clone)]
pub(super) struct Program {
    path: PathBuf,
    folder: PathBuf,
    told: bool,
    variables: Vec<(&'static str, PathBuf)>,
    settings: Vec<String>,
    network: Network,
}

/// What a call printed and how it ended.
#[derive(Debug)]
pub(super) struct Answer {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    complaint: String,
}

impl Program {
    /// Finds git. `told` means that the environment's variables name the repository.
    pub(super) fn find(folder: &Path, told: bool) -> Result<Self, ReadError> {
        let path = installed(folder, env::search_path()).ok_or_else(|| {
            ReadError::new(ReadErrorKind::Unsupported, "no `git` is installed, or it is not in PATH")
                .mended_by("install git")
        })?;
        Ok(Self {
            path,
            folder: folder.to_path_buf(),
            told,
            variables: Vec::new(),
            settings: Vec::new(),
            network: Network::Never,
        })
    }

    #[must_use]
    pub(super) const fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Fixes the repository, so that it does not depend on where git stands.
    #[must_use]
    pub(super) fn at(mut self, folder: PathBuf, variables: Vec<(&'static str, PathBuf)>) -> Self {
        self.folder = folder;
        self.variables = variables;
        self
    }

    #[must_use]
    pub(super) fn with_settings(mut self, settings: impl IntoIterator<Item = String>) -> Self {
        self.settings.extend(settings);
        self
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.folder);
        for setting in SAFE.iter().copied().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.args(["--literal-pathspecs", "--no-pager"]).args(arguments);
        for name in UNWANTED {
            command.env_remove(name);
        }
        if !self.told {
            for name in PLACES {
                command.env_remove(name);
            }
        }
        command
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C");
        if self.network == Network::Never {
            // The first is known from git 2.45 on; older ones are held back by having no way out.
            command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Starts git with both ends open, for questions one after the other.
    pub(super) fn converse(&self, arguments: &[&str]) -> Result<Child, ReadError> {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| not_started(&error))
    }

    /// Runs git to its end, whatever that is.
    pub(super) fn run(
        &self,
        arguments: &[&str],
        stdin: Vec<u8>,
        patience: Duration,
    ) -> Result<Answer, ReadError> {
        let mut child = self
            .command(arguments)
            .stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(&error))?;
        if let Some(mut pipe) = child.stdin.take() {
            // It may end before it has read everything: then its answer says so.
            std::thread::spawn(move || drop(pipe.write_all(&stdin)));
        }
        let stdout = child.stdout.take().map(drain);
        let stderr = child.stderr.take().map(drain);
        let name = arguments.first().copied().unwrap_or_default();
        let Some(printed) = stdout.and_then(|pipe| collect(&pipe, patience, usize::MAX).ok()) else {
            let _ = child.kill();
            let _ = child.wait();
            let seconds = patience.as_secs();
            return Err(ReadError::new(
                ReadErrorKind::Other,
                format!("`git {name}` did not end within {seconds} seconds and was stopped"),
            ));
        };
        // A helper that outlives git may hold this end open: what was said by then is what counts.
        let complaint = stderr.map(|pipe| collect(&pipe, LAST_WORDS, COMPLAINT_LIMIT));
        let complaint = complaint.map(|said| said.unwrap_or_else(|part| part)).unwrap_or_default();
        let status = child.wait().map_err(|error| not_started(&error))?;
        Ok(Answer {
            code: status.code(),
            stdout: printed,
            complaint: String::from_utf8_lossy(&complaint).into_owned(),
        })
    }

    /// What git prints where it succeeds; an error everywhere else.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, ReadError> {
        let answer = self.run(arguments, Vec::new(), PATIENCE)?;
        if answer.code == Some(0) {
            return Ok(answer.stdout);
        }
        let name = arguments.first().copied().unwrap_or_default();
        Err(ReadError::new(ReadErrorKind::Other, format!("`git {name}` failed: {}", answer.complaint())))
    }
}

impl Answer {
    /// What git complained about, in one line that is safe to print.
    pub(super) fn complaint(&self) -> String {
        let lines: Vec<&str> =
            self.complaint.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let telling =
            lines.iter().position(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
        let place = telling.unwrap_or(lines.len().saturating_sub(1));
        let Some(line) = lines.get(place) else {
            return self.code.map_or_else(
                || "a signal ended it".to_owned(),
                |code| format!("it ended with {code} and said nothing"),
            );
        };
        // What a line announces stands in the next one.
        let announced = lines.get(place + 1).filter(|_| line.ends_with(':'));
        let line = announced.map_or_else(|| (*line).to_owned(), |next| format!("{line} {next}"));
        let plain: Vec<String> = line.split(' ').map(without_credentials).collect();
        let plain = plain.join(" ");
        escape_line(plain.strip_prefix("fatal: ").unwrap_or(&plain)).into_owned()
    }

    /// Takes a text out of whatever git complained about.
    #[must_use]
    pub(super) fn without(mut self, secret: &str, shown: &str) -> Self {
        if !secret.is_empty() {
            self.complaint = self.complaint.replace(secret, shown);
        }
        self
    }
}

fn not_started(error: &std::io::Error) -> ReadError {
    ReadError::new(ReadErrorKind::Unsupported, format!("git could not be started: {error}"))
}

/// Hands on what a pipe gives, until it closes.
fn drain(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length) = pipe.read(&mut buffer) {
            let Some(piece) = buffer.get(..length).filter(|piece| !piece.is_empty()) else { return };
            if sender.send(piece.to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Everything up to the end; what there was by then where nothing came for too long.
fn collect(pipe: &Receiver<Vec<u8>>, patience: Duration, limit: usize) -> Result<Vec<u8>, Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        match pipe.recv_timeout(patience) {
            Ok(piece) if bytes.len() < limit => bytes.extend(piece),
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(bytes),
            Err(RecvTimeoutError::Timeout) => return Err(bytes),
        }
    }
}

/// The first git of these folders. What lies inside the repository that is judged is not run, and nor is what is named by
/// a relative path, which may be a place inside it.
fn installed(folder: &Path, places: Vec<PathBuf>) -> Option<PathBuf> {
    let name = if cfg!(windows) { "git.exe" } else { "git" };
    let judged = folder.ancestors().find(|place| place.join(".git").exists());
    let judged = judged.and_then(|place| place.canonicalize().ok());
    let outside = |real: &Path| judged.as_ref().is_none_or(|judged| !real.starts_with(judged));
    places
        .into_iter()
        .filter(|place| place.is_absolute())
        .map(|place| place.join(name))
        .find(|place| is_program(place) && place.canonicalize().is_ok_and(|real| outside(&real)))
}

#[cfg(unix)]
fn is_program(place: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(place).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(place: &Path) -> bool {
    place.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(complaint: &str) -> Answer {
        Answer { code: Some(128), stdout: Vec::new(), complaint: complaint.to_owned() }
    }

    #[test]
    fn a_complaint_is_one_line_without_credentials_and_without_escapes() {
        let answer = said(
            "warning: x\nfatal: unable to access 'https://me:s3cret@example.org/x.git/': \u{1b}[2J no\nmore\n",
        );
        assert_eq!(answer.complaint(), "unable to access 'https://example.org/x.git/': \\u{1b}[2J no");
        assert_eq!(said("").complaint(), "it ended with 128 and said nothing");
        assert_eq!(
            said("warning: x\nfatal: no s3cret here\n").without("s3cret", "remote").complaint(),
            "no remote here"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_git_inside_the_judged_repository_is_not_run() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        for name in ["judged/.git", "judged/bin", "judged/deploy", "elsewhere"] {
            std::fs::create_dir_all(root.path().join(name)).unwrap();
        }
        for name in ["judged/bin/git", "elsewhere/git"] {
            let place = root.path().join(name);
            std::fs::write(&place, "").unwrap();
            std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let places =
            || vec![PathBuf::from("bin"), root.path().join("judged/bin"), root.path().join("elsewhere")];
        let found = installed(&root.path().join("judged/deploy"), places());
        assert_eq!(found, Some(root.path().join("elsewhere/git")));
        let found = installed(&root.path().join("elsewhere"), places());
        assert_eq!(
            found,
            Some(root.path().join("judged/bin/git")),
            "for another repository it is a git like any"
        );
    }

    #[test]
    fn what_takes_too_long_is_stopped_and_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::find(folder.path(), false).unwrap();
        let waiting = "alias.wait=!sleep 5";
        let error = program
            .with_settings([waiting.to_owned()])
            .run(&["wait"], Vec::new(), Duration::from_millis(50))
            .unwrap_err();
        assert!(error.what.contains("was stopped"), "{error}");
    }
}
