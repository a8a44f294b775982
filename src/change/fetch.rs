//! Fetching what a clone lacks, where somebody asked for it: the one thing here that goes over the network, by git itself
//! and with its user's own credentials.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{ReadError, ReadErrorKind};

/// A fetch that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(2);

const PAUSE: Duration = Duration::from_millis(20);

/// Runs `git fetch` for these refspecs.
pub fn fetch(folder: &Path, remote: &str, refspecs: &[String], depth: u32) -> Result<(), ReadError> {
    let failed = |what: String| {
        ReadError::new(ReadErrorKind::Other, format!("git could not fetch {}: {what}", refspecs.join(" ")))
            .mended_by(
                "look whether this job may read the repository, and whether what it asks for is still there",
            )
    };
    let mut child = Command::new("git")
        .args(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"])
        .arg(format!("--depth={depth}"))
        .args(["--end-of-options", remote])
        .args(refspecs)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // What it says can hold the remote's URL, and that a password.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("git can't be started: {error}")))?;
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(format!("it ended with {status}"))),
            Ok(None) => std::thread::sleep(PAUSE),
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(failed(format!("it took longer than {} s", PATIENCE.as_secs())))
}
