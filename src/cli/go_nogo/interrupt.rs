//! Ctrl-C and a request to end: what was started is ended first, and the exit code says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Whether somebody wants this run to end.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    stop: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens from here on. A second signal ends the process at once, for whoever is in a hurry.
    pub(super) fn listen() -> Self {
        let listening =
            Self { stop: Arc::new(AtomicBool::new(false)), signal: Arc::new(AtomicUsize::new(0)) };
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            // Where signals can't be listened to, they end the process as they always did.
            let hurry = signal_hook::flag::register_conditional_shutdown(
                signal,
                128 + signal,
                Arc::clone(&listening.stop),
            );
            let named = signal_hook::flag::register_usize(signal, Arc::clone(&listening.signal), number);
            let stopped = signal_hook::flag::register(signal, Arc::clone(&listening.stop));
            drop((hurry, named, stopped));
        }
        // A file that may not grow is an error of the write, which is told and ends without a go; without a handler it
        // would be the end of this process, and not a word said.
        #[cfg(unix)]
        drop(signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()));
        listening
    }

    /// What probes look at.
    pub(super) const fn flag(&self) -> &Arc<AtomicBool> {
        &self.stop
    }

    /// 130 or 143, where a signal came.
    pub(super) fn exit_code(&self) -> Option<u8> {
        if !self.stop.load(Ordering::Relaxed) {
            return None;
        }
        u8::try_from(128 + self.signal.load(Ordering::Relaxed)).ok()
    }
}
