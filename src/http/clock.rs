//! How much time is left. A monotone clock: it knows no hour of the day, and nobody can set it back.

#![expect(
    clippy::disallowed_types,
    reason = "the one stopwatch: what goes over the network is bounded in time"
)]

use std::time::{Duration, Instant};

/// A moment after which nothing is begun any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    begun: Instant,
    bound: Duration,
}

impl Deadline {
    pub(super) fn in_(bound: Duration) -> Self {
        Self { begun: Instant::now(), bound }
    }

    /// Zero when it is over.
    pub(super) fn left(&self) -> Duration {
        self.bound.saturating_sub(self.begun.elapsed())
    }

    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}
