//! Walks the windows along the line of time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::window::{Interval, Rule};
use crate::source::Span;

/// How far ahead is looked: a calendar that is closed for longer has no next opening.
const HORIZON_DAYS: i32 = 400;

/// Most answers lie in the coming two weeks; the whole horizon is walked only for the others.
const NEAR_DAYS: i32 = 14;

/// Every window that holds the instant, with the place that configured it.
pub(super) fn holding(zone: &TimeZone, rules: &[Rule], at: Timestamp) -> Vec<(String, Option<Span>)> {
    let mut held: Vec<(String, Option<Span>)> = Vec::new();
    for rule in rules {
        let Some(which) = rule.holding(zone, at) else { continue };
        if !held.iter().any(|(known, _)| *known == which) {
            held.push((which, rule.span));
        }
    }
    held
}

/// The first instant from `at` on at which nothing closes.
pub(super) fn next_open(zone: &TimeZone, rules: &[Rule], at: Timestamp) -> Option<Timestamp> {
    [NEAR_DAYS, HORIZON_DAYS].into_iter().find_map(|days| {
        let limit = days_after(at, days)?;
        let mut open = at;
        for interval in closed_spans(zone, rules, at, days) {
            if interval.holds(open) {
                open = interval.end;
            }
        }
        (open < limit).then_some(open)
    })
}

/// The first instant after `at` at which any window begins or ends.
pub(super) fn next_change(zone: &TimeZone, rules: &[Rule], at: Timestamp) -> Option<Timestamp> {
    [NEAR_DAYS, HORIZON_DAYS].into_iter().find_map(|days| {
        let limit = days_after(at, days)?;
        closed_spans(zone, rules, at, days)
            .into_iter()
            .flat_map(|interval| [interval.start, interval.end])
            .filter(|boundary| *boundary > at && *boundary < limit)
            .min()
    })
}

/// The next open spans, the present one included.
pub(super) fn openings(
    zone: &TimeZone,
    rules: &[Rule],
    at: Timestamp,
    count: usize,
) -> Vec<(Timestamp, Option<Timestamp>)> {
    let Some(limit) = days_after(at, HORIZON_DAYS) else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = at;
    for interval in closed_spans(zone, rules, at, HORIZON_DAYS) {
        if interval.end <= open {
            continue;
        }
        if interval.start > open {
            found.push((open, Some(interval.start)));
        }
        open = interval.end;
    }
    if open < limit {
        found.push((open, None));
    }
    found.retain(|(from, _)| *from < limit);
    found.truncate(count);
    found
}

/// Everything that closes from `at` on for so many days, by its start.
fn closed_spans(zone: &TimeZone, rules: &[Rule], at: Timestamp, days: i32) -> Vec<Interval> {
    let today = zone.to_datetime(at).date();
    // Two days back for a window that crosses midnight, two ahead for zones far from UTC.
    let first = today.checked_sub(2.days()).unwrap_or(Date::MIN);
    let last = today.checked_add((days + 2).days()).unwrap_or(Date::MAX);
    let mut spans = Vec::new();
    for rule in rules {
        rule.intervals(zone, first, last, &mut spans);
    }
    spans.retain(|interval| interval.end > at);
    spans.sort_unstable();
    spans
}

fn days_after(at: Timestamp, days: i32) -> Option<Timestamp> {
    Some(at.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MAX))
        .filter(|limit| *limit > at)
}
