//! When a release may go out.
//!
//! In: the `[calendar]` table of the config (or none) and an instant. Out: a [`Ruling`] with every window that closes
//! that instant and the first one at which nothing does. The clock is read here, in [`now`], and nowhere else. Must
//! not know what is released.

mod compile;
mod instant;
mod length;
mod raw;
mod sweep;
mod window;
mod words;
mod zone;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::source::Span;

pub use instant::{InstantError, parse_at};
pub use length::Length;
pub use raw::{RawCalendar, RawFreeze, RawWindow, Written};
pub use words::{describe_next, describe_now, local_and_utc, opens, time_seen_from, wait};
pub use zone::machine_zone;

use window::Rule;

/// Reads the clock. The one place that does: everything else takes the instant as a parameter.
#[expect(clippy::disallowed_methods, reason = "the one door to the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// No release of this program is older than this instant: a clock that shows an earlier one is wrong.
pub const FIRST_RELEASE: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The times at which nothing may be released.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    rules: Vec<Rule>,
    basis: Basis,
}

/// Where the weekly windows of a [`Calendar`] come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// From the config.
    Configured,
    /// The config has a `[calendar]`, but no `deny` in it: the built-in week in the configured zone.
    BuiltInWeek,
    /// There is no `[calendar]`.
    BuiltIn,
}

/// What the calendar says of one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    Open {
        /// The first instant at which something closes; `None`: nothing does for 400 days.
        closes_at: Option<Timestamp>,
    },
    Closed {
        /// Every window that holds the instant, in the order of the config.
        reasons: Vec<ClosedBy>,
        /// `Friday 2020-04-03 16:10 America/New_York`
        local: String,
        /// `20:10 UTC`, with the date where it is another one.
        utc: String,
        /// The first instant at which nothing closes; `None`: there is none for 400 days.
        next_open: Option<Timestamp>,
    },
}

/// One window that holds an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedBy {
    /// The window as a person says it: `Thursday from 15:00`, `freeze 2026-12-18 to 2027-01-04: year end`.
    pub which: String,
    /// Where the config says so; `None`: built in.
    pub span: Option<Span>,
}

impl Ruling {
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

impl Calendar {
    /// The calendar where the config has none: closed from Friday to Sunday, and on every day from 15:00.
    pub fn built_in(zone: TimeZone) -> Self {
        Self { zone, rules: window::built_in_week(), basis: Basis::BuiltIn }
    }

    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// Says what closes the instant, or what will close next.
    pub fn judge(&self, at: Timestamp) -> Ruling {
        let holding = sweep::holding(&self.zone, &self.rules, at);
        if holding.is_empty() {
            return Ruling::Open { closes_at: sweep::next_change(&self.zone, &self.rules, at) };
        }
        Ruling::Closed {
            reasons: holding.into_iter().map(|(which, span)| ClosedBy { which, span }).collect(),
            local: words::local(at, &self.zone),
            utc: words::utc(at, &self.zone),
            next_open: sweep::next_open(&self.zone, &self.rules, at),
        }
    }

    /// The first instant after `at` at which a window begins or ends: until then the ruling holds.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        sweep::next_change(&self.zone, &self.rules, at)
    }

    /// The next spans of time that are open, at most `count`, each with the instant that closes it.
    pub fn openings(&self, at: Timestamp, count: usize) -> Vec<(Timestamp, Option<Timestamp>)> {
        sweep::openings(&self.zone, &self.rules, at, count)
    }

    /// The first instant from now on, within 400 days, that this calendar closes and another one leaves open.
    pub fn first_opened_by(&self, other: &Self, now: Timestamp) -> Option<Timestamp> {
        /// More boundaries than any year of windows has.
        const MOST: usize = 4_000;
        let end = now.checked_add(jiff::SignedDuration::from_hours(24 * 400)).ok()?;
        let mut at = now;
        for _ in 0..MOST {
            if !self.judge(at).is_open() && other.judge(at).is_open() {
                return Some(at);
            }
            let next = [self.next_change(at), other.next_change(at)].into_iter().flatten().min()?;
            if next > end {
                return None;
            }
            at = next;
        }
        None
    }

    /// What a reader must know who did not configure these windows; `None`: they did.
    pub fn note(&self) -> Option<String> {
        let zone = zone::label(&self.zone);
        match self.basis {
            Basis::Configured => None,
            Basis::BuiltInWeek => Some(format!(
                "[calendar] has no `deny`, so the built-in week holds: closed from Friday to Sunday, and every day \
                 from 15:00, in {zone}"
            )),
            Basis::BuiltIn => Some(format!(
                "there is no [calendar] in the config, so the built-in one holds: closed from Friday to Sunday, and \
                 every day from 15:00, in this machine's zone ({zone})"
            )),
        }
    }
}
