//! A sign of life on stderr while something takes longer than a second.
//!
//! In: work. Out: what the work gives. Draws only where somebody watches, and takes everything back before a word of the
//! answer is written.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::env::Environment;

/// Shorter work needs no sign.
const PATIENCE: Duration = Duration::from_secs(1);

const FRAME: Duration = Duration::from_millis(120);

/// Does the work, with a spinner beside it once a second has passed.
pub(crate) fn while_working<T>(environment: &Environment, work: impl FnOnce() -> T) -> T {
    let watched = std::io::stderr().is_terminal() && !environment.ci && !environment.dumb;
    // Dropped when the work is done, and when it panics.
    let _sign = watched.then(Sign::wait);
    work()
}

/// How many of several things are done, on stderr, where somebody watches.
pub(crate) struct Counter(Option<ProgressBar>);

impl Counter {
    pub(crate) fn begin(environment: &Environment, what: &'static str) -> Self {
        let watched = std::io::stderr().is_terminal() && !environment.ci && !environment.dumb;
        let bar = watched.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template(&format!("{{spinner}} {what} {{msg}}, {{elapsed}}"))
            {
                bar.set_style(style.tick_chars("|/-\\ "));
            }
            bar.enable_steady_tick(FRAME);
            bar
        });
        Self(bar)
    }

    pub(crate) fn show(&self, done: usize, all: usize) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{done} of {all}"));
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// The thread that waits, and draws if it has waited long enough.
struct Sign {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sign {
    fn wait() -> Self {
        let (done, ended) = channel::<()>();
        let thread = std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} judging, {elapsed}") {
                bar.set_style(style.tick_chars("|/-\\ "));
            }
            bar.enable_steady_tick(FRAME);
            // An error as well: the other end is gone, so the work has ended.
            let _ = ended.recv();
            bar.finish_and_clear();
        });
        Self { done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        self.done.take();
        if let Some(thread) = self.thread.take() {
            // Nothing is written before the line is clean again.
            let _ = thread.join();
        }
    }
}
