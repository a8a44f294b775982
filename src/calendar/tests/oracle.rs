//! Properties, against an oracle that knows only how to read a clock: it never asks what instant a local time is.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::super::{Calendar, Ruling};
use super::calendar;

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "America/Havana",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "UTC",
];

/// Midnights (UTC) of days around which clocks change somewhere in `ZONES`.
const DAYS: [&str; 10] = [
    "2026-03-29",
    "2026-10-25",
    "2026-04-24",
    "2018-11-04",
    "2018-02-18",
    "2011-12-30",
    "2026-10-04",
    "2026-04-05",
    "2006-10-29",
    "2026-07-15",
];

#[derive(Debug, Clone)]
struct Window {
    days: Vec<usize>,
    from: i64,
    to: i64,
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn configured(zone: &str, windows: &[Window]) -> Calendar {
    let windows: Vec<String> = windows
        .iter()
        .map(|window| {
            let days: Vec<&str> = window.days.iter().map(|day| NAMES[*day]).collect();
            format!("{{ days = {days:?}, from = '{}', to = '{}' }}", clock(window.from), clock(window.to))
        })
        .collect();
    calendar(&format!("[calendar]\nzone = '{zone}'\ndeny = [{}]", windows.join(", ")))
}

/// Closed means: between the first minute that shows the window's start or later and the last that shows its end.
fn closed(zone: &TimeZone, windows: &[Window], at: Timestamp) -> bool {
    const HOURS: i64 = 54;
    let minute = |offset: i64| at + SignedDuration::from_mins(offset);
    let walls: Vec<DateTime> =
        (-HOURS * 60..=HOURS * 60).map(|offset| zone.to_datetime(minute(offset))).collect();
    let now = usize::try_from(HOURS * 60).unwrap();
    let today = walls[now].date();
    windows.iter().any(|window| {
        (-2..=1).any(|back: i32| {
            let day: Date = today + back.days();
            let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
            if !window.days.contains(&index) {
                return false;
            }
            let midnight = day.to_datetime(Time::midnight());
            let length = if window.to > window.from { window.to } else { window.to + 1440 };
            let (begin, end) = (midnight + window.from.minutes(), midnight + length.minutes());
            let start = walls.iter().position(|wall| *wall >= begin);
            let stop = walls
                .iter()
                .rposition(|wall| *wall == end)
                .or_else(|| walls.iter().position(|wall| *wall > end))
                .unwrap_or(walls.len());
            start.is_some_and(|start| start <= now) && now < stop
        })
    })
}

/// Quarters of an hour, mostly the small hours in which clocks change.
fn quarter() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0_i64..13, 1 => 0_i64..96]
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let window = (proptest::collection::vec(0_usize..7, 3..9), quarter(), quarter())
        .prop_filter("an empty window is a problem", |(_, from, to)| from != to)
        .prop_map(|(days, from, to)| Window {
            days,
            from: from * 15,
            to: if to == 0 { 1440 } else { to * 15 },
        });
    proptest::collection::vec(window, 1..4)
}

/// A zone and an instant near a change of its clock, or just any.
fn moment() -> impl Strategy<Value = (usize, Timestamp)> {
    let near = (0..ZONES.len(), 0..DAYS.len(), -70_i64..70).prop_map(|(zone, day, minutes)| {
        let named = TimeZoneDatabase::bundled().get(ZONES[zone]).unwrap();
        let midnight = super::at(&format!("{}T00:00Z", DAYS[day])) - SignedDuration::from_hours(48);
        let change = named.following(midnight).next();
        (zone, change.map_or(midnight, |change| change.timestamp()) + SignedDuration::from_mins(minutes))
    });
    let any = (0..ZONES.len(), 0..DAYS.len(), -36_i64 * 60..36 * 60).prop_map(|(zone, day, minutes)| {
        (zone, super::at(&format!("{}T00:00Z", DAYS[day])) + SignedDuration::from_mins(minutes))
    });
    prop_oneof![2 => near, 1 => any]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_ruling_is_what_a_scan_of_the_wall_clock_says((zone, at) in moment(), windows in windows()) {
        let calendar = configured(ZONES[zone], &windows);
        let zone = TimeZoneDatabase::bundled().get(ZONES[zone]).unwrap();
        prop_assert_eq!(!calendar.judge(at).is_open(), closed(&zone, &windows, at), "{} {:?}", at, windows);
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is(
        (zone, at) in moment(), windows in windows(), later in 0_i64..5000,
    ) {
        let calendar = configured(ZONES[zone], &windows);
        if let Ruling::Closed { next_open, .. } = calendar.judge(at) {
            let Some(open) = next_open else { return Ok(()) };
            prop_assert!(open > at);
            prop_assert!(calendar.judge(open).is_open());
            prop_assert!(!calendar.judge(open - SignedDuration::from_nanos(1)).is_open());
            let mut minute = at;
            while minute < open && minute < at + SignedDuration::from_hours(72) {
                prop_assert!(!calendar.judge(minute).is_open(), "{} is before {}", minute, open);
                minute += SignedDuration::from_mins(45);
            }
            let later = at + SignedDuration::from_mins(later);
            if let Ruling::Closed { next_open: Some(after), .. } = calendar.judge(later) {
                prop_assert!(after >= open);
            }
        }
    }

    #[test]
    fn nothing_changes_before_the_next_change((zone, at) in moment(), windows in windows()) {
        let calendar = configured(ZONES[zone], &windows);
        let change = calendar.next_change(at).unwrap();
        prop_assert!(change > at);
        let open = calendar.judge(at).is_open();
        let mut minute = at;
        while minute < change && minute < at + SignedDuration::from_hours(72) {
            prop_assert_eq!(calendar.judge(minute).is_open(), open);
            minute += SignedDuration::from_mins(45);
        }
        prop_assert_eq!(calendar.judge(change - SignedDuration::from_nanos(1)).is_open(), open);
    }

    #[test]
    fn no_text_and_no_instant_makes_the_calendar_panic(text in "\\PC{0,40}", seconds in any::<i64>()) {
        let _ = super::super::parse_at(&text, &TimeZone::UTC);
        if let Ok(at) = Timestamp::from_second(seconds % 377_705_116_799) {
            let calendar = Calendar::built_in(TimeZone::UTC);
            let _ = calendar.judge(at);
            let _ = super::super::describe_now(&calendar, at);
        }
    }
}
