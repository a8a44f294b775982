//! One window: what it is called, and which spans of instants it closes.
//!
//! All spans are half-open. A boundary that the local clock skips or shows twice goes to the side that closes more:
//! a start in a gap and an end in a gap are the first instant after it, a start that comes twice is the first one, an
//! end that comes twice is the second.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::source::Span;

/// A half-open span of instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Interval {
    /// `None` where nothing is left: a window that lies in an hour which the clock skips.
    pub(super) fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    pub(super) fn holds(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub closing: Closing,
    /// Where the config says so.
    pub span: Option<Span>,
}

#[derive(Debug, Clone)]
pub(super) enum Closing {
    Weekly(Weekly),
    /// A freeze, a holiday, the day before one.
    Once {
        interval: Interval,
        which: String,
    },
}

/// A window that comes back on some days of every week.
#[derive(Debug, Clone)]
pub(super) struct Weekly {
    pub days: Vec<Weekday>,
    pub from: Clock,
    /// Not after `from`: it ends on the next day.
    pub to: Clock,
}

/// A time of day in minutes and seconds from midnight, `24:00` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clock(u32);

impl Clock {
    pub(super) const MIDNIGHT: Self = Self(0);
    pub(super) const END_OF_DAY: Self = Self(24 * 3600);
    const AFTERNOON: Self = Self(15 * 3600);

    /// Reads `15:00` or `15:00:30`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let hour = two_digits(parts.next()?)?;
        let minute = two_digits(parts.next()?)?;
        let second = parts.next().map_or(Some(0), two_digits)?;
        if parts.next().is_some() || minute > 59 || second > 59 {
            return None;
        }
        let clock = Self(hour * 3600 + minute * 60 + second);
        (clock <= Self::END_OF_DAY).then_some(clock)
    }

    fn on(self, date: Date) -> Option<DateTime> {
        if self == Self::END_OF_DAY {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        date.to_datetime(Time::midnight()).checked_add(SignedDuration::from_secs(i64::from(self.0))).ok()
    }
}

impl std::fmt::Display for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)?;
        if !self.0.is_multiple_of(60) {
            write!(formatter, ":{:02}", self.0 % 60)?;
        }
        Ok(())
    }
}

fn two_digits(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

pub(super) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Friday to Sunday, and every day from 15:00.
pub(super) fn built_in_week() -> Vec<Rule> {
    let (work, free) = WEEK.split_at(4);
    [(free, Clock::MIDNIGHT), (work, Clock::AFTERNOON)]
        .into_iter()
        .map(|(days, from)| Rule {
            closing: Closing::Weekly(Weekly { days: days.to_vec(), from, to: Clock::END_OF_DAY }),
            span: None,
        })
        .collect()
}

impl Rule {
    /// What the rule closes on the days from `first` to `last`, by the day on which a window begins.
    pub(super) fn intervals(&self, zone: &TimeZone, first: Date, last: Date, out: &mut Vec<Interval>) {
        match &self.closing {
            Closing::Once { interval, .. } => out.push(*interval),
            Closing::Weekly(weekly) => {
                let days = first.series(1.day()).take_while(|day| *day <= last);
                out.extend(days.filter_map(|day| weekly.on(zone, day)));
            }
        }
    }

    /// The name of the window that holds `at`, if one does.
    pub(super) fn holding(&self, zone: &TimeZone, at: Timestamp) -> Option<String> {
        match &self.closing {
            Closing::Once { interval, which } => interval.holds(at).then(|| which.clone()),
            Closing::Weekly(weekly) => {
                let today = zone.to_datetime(at).date();
                let first = today.checked_sub(2.days()).unwrap_or(Date::MIN);
                let last = today.checked_add(1.day()).unwrap_or(Date::MAX);
                first
                    .series(1.day())
                    .take_while(|day| *day <= last)
                    .find(|day| weekly.on(zone, *day).is_some_and(|interval| interval.holds(at)))
                    .map(|day| weekly.say(day.weekday()))
            }
        }
    }
}

impl Weekly {
    /// The window that begins on this day.
    fn on(&self, zone: &TimeZone, day: Date) -> Option<Interval> {
        if !self.days.contains(&day.weekday()) {
            return None;
        }
        let end_day = if self.to > self.from { day } else { day.tomorrow().ok()? };
        Interval::new(starts(zone, self.from.on(day)?)?, ends(zone, self.to.on(end_day)?)?)
    }

    fn say(&self, day: Weekday) -> String {
        let name = weekday(day);
        match (self.from, self.to) {
            (Clock::MIDNIGHT, Clock::END_OF_DAY) => format!("{name} (every week)"),
            (from, Clock::END_OF_DAY | Clock::MIDNIGHT) => format!("{name} from {from}"),
            (Clock::MIDNIGHT, to) => format!("{name} until {to}"),
            (from, to) if to > from => format!("{name} {from} to {to}"),
            (from, to) => format!("{name} {from} to {} {to}", weekday(day.next())),
        }
    }
}

pub(super) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// The instant at which a window that begins at this local time closes.
pub(super) fn starts(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(local).ok()
        }
        AmbiguousOffset::Gap { before, .. } => after_gap(zone, before.to_timestamp(local).ok()?),
    }
}

/// The instant at which a window that ends at this local time opens again.
pub(super) fn ends(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { after: offset, .. } => {
            offset.to_timestamp(local).ok()
        }
        AmbiguousOffset::Gap { before, .. } => after_gap(zone, before.to_timestamp(local).ok()?),
    }
}

/// The whole local day, from its first midnight to the next one: not 24 hours.
pub(super) fn whole_day(zone: &TimeZone, day: Date) -> Option<Interval> {
    let next = day.tomorrow().ok()?;
    Interval::new(
        starts(zone, day.to_datetime(Time::midnight()))?,
        ends(zone, next.to_datetime(Time::midnight()))?,
    )
}

/// The instant at which the clock jumped. `inside` is the skipped local time read with the offset from before the gap,
/// so it lies at the jump or less than the gap's width after it.
fn after_gap(zone: &TimeZone, inside: Timestamp) -> Option<Timestamp> {
    let just_after = inside.checked_add(SignedDuration::from_nanos(1)).ok()?;
    Some(zone.preceding(just_after).next().map_or(inside, |jump| jump.timestamp()))
}
