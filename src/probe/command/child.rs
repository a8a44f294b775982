//! A program and everything that it starts, for a bounded time.
//!
//! In: words, a folder, a bound. Out: how it ended and what it printed. Nothing of it is left behind: the program leads a
//! process group of its own, and the whole group is asked to end and then made to. Where there are no such groups (Windows),
//! the program alone is.

use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::output::{Printed, Reading};
use super::reviewed;

#[expect(clippy::disallowed_types, reason = "the door to the programs that a checklist names")]
type Command = std::process::Command;

/// How often it is looked whether it has ended.
const TICK: Duration = Duration::from_millis(10);
/// What a group that was asked to end may take, and what is still printed when the program has ended.
const GRACE: Duration = Duration::from_secs(2);

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    Exited(ExitStatus),
    /// It took too long.
    TimedOut,
    /// Somebody wants this run to end.
    Stopped,
}

#[derive(Debug)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) stdout: Printed,
    pub(super) stderr: Printed,
}

/// Runs a program to its end, or to the end of patience. Time is counted in ticks: a busy machine makes it longer, never
/// shorter.
pub(super) fn run(
    words: &[String],
    folder: &Path,
    patience: Duration,
    word: Option<&str>,
    stop: &AtomicBool,
) -> Result<Ended, std::io::Error> {
    let mut child = spawn(words, folder)?;
    let readings: Vec<Reading> = [
        child.stdout.take().map(|pipe| Reading::of(pipe, word)),
        child.stderr.take().map(|pipe| Reading::of(pipe, None)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut waited = Duration::ZERO;
    let end = loop {
        if has_ended(&mut child) {
            break None;
        }
        if stop.load(Ordering::Relaxed) {
            break Some(End::Stopped);
        }
        if waited >= patience {
            break Some(End::TimedOut);
        }
        std::thread::sleep(TICK);
        waited += TICK;
    };
    if end.is_none() {
        // What is printed may still be on its way; whoever else holds the pipe is not waited for.
        wait(GRACE, || readings.iter().all(Reading::is_whole));
    } else {
        ask_to_end(&mut child);
        wait(GRACE, || has_ended(&mut child));
    }
    // The program itself is not reaped before this, so that its number is nobody else's.
    make_end(&mut child);
    let status = child.wait()?;
    wait(GRACE / 4, || readings.iter().all(Reading::is_whole));
    let mut printed = readings.into_iter().map(Reading::end);
    Ok(Ended {
        end: end.unwrap_or(End::Exited(status)),
        stdout: printed.next().unwrap_or_default(),
        stderr: printed.next().unwrap_or_default(),
    })
}

fn wait(patience: Duration, mut done: impl FnMut() -> bool) {
    let mut waited = Duration::ZERO;
    while waited < patience && !done() {
        std::thread::sleep(TICK);
        waited += TICK;
    }
}

fn spawn(words: &[String], folder: &Path) -> Result<Child, std::io::Error> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
    let place = reviewed::program(program, folder)
        .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
    let mut command = Command::new(place);
    #[cfg(unix)]
    if reviewed::is_bare(program) {
        std::os::unix::process::CommandExt::arg0(&mut command, program);
    }
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

#[cfg(unix)]
fn group(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// Whether it has ended; it is left unreaped, and its group's number with it.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let Some(group) = group(child) else { return true };
    match waitid(WaitId::Pid(group), options) {
        Ok(status) => status.is_some(),
        Err(rustix::io::Errno::INTR) => false,
        // There is no such child any more.
        Err(_) => true,
    }
}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    if let Some(group) = group(child) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
    }
}

#[cfg(unix)]
fn make_end(child: &mut Child) {
    if let Some(group) = group(child) {
        // An error says that nobody is left.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    make_end(child);
}

#[cfg(not(unix))]
fn make_end(child: &mut Child) {
    let _ = child.kill();
}
