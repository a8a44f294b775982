//! Boundaries against a table that Python's zoneinfo computed by scanning the wall clock minute by minute.

use jiff::SignedDuration;

use super::{at, calendar};

/// Zone, the local day on which the window begins, from, to, and the span in UTC that it closes.
type Row = (&'static str, &'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("Europe/Berlin", "2026-03-29", "00:00", "24:00", Some(("2026-03-28T23:00Z", "2026-03-29T22:00Z"))),
    ("Europe/Berlin", "2026-03-29", "01:00", "02:30", Some(("2026-03-29T00:00Z", "2026-03-29T01:00Z"))),
    ("Europe/Berlin", "2026-03-29", "02:30", "05:00", Some(("2026-03-29T01:00Z", "2026-03-29T03:00Z"))),
    ("Europe/Berlin", "2026-03-29", "02:10", "02:50", None),
    ("Europe/Berlin", "2026-10-25", "00:00", "24:00", Some(("2026-10-24T22:00Z", "2026-10-25T23:00Z"))),
    ("Europe/Berlin", "2026-10-25", "02:30", "04:00", Some(("2026-10-25T00:30Z", "2026-10-25T03:00Z"))),
    ("Europe/Berlin", "2026-10-25", "01:00", "02:30", Some(("2026-10-24T23:00Z", "2026-10-25T01:30Z"))),
    ("Europe/Berlin", "2026-10-24", "22:00", "02:00", Some(("2026-10-24T20:00Z", "2026-10-25T01:00Z"))),
    ("America/New_York", "2026-03-08", "00:00", "24:00", Some(("2026-03-08T05:00Z", "2026-03-09T04:00Z"))),
    ("America/New_York", "2026-11-01", "00:00", "24:00", Some(("2026-11-01T04:00Z", "2026-11-02T05:00Z"))),
    ("America/New_York", "2020-04-03", "15:00", "24:00", Some(("2020-04-03T19:00Z", "2020-04-04T04:00Z"))),
    ("Africa/Cairo", "2026-04-24", "00:00", "24:00", Some(("2026-04-23T22:00Z", "2026-04-24T21:00Z"))),
    ("Africa/Cairo", "2026-04-23", "15:00", "24:00", Some(("2026-04-23T13:00Z", "2026-04-23T22:00Z"))),
    ("America/Sao_Paulo", "2018-11-04", "00:00", "24:00", Some(("2018-11-04T03:00Z", "2018-11-05T02:00Z"))),
    ("America/Sao_Paulo", "2018-02-17", "00:00", "24:00", Some(("2018-02-17T02:00Z", "2018-02-18T03:00Z"))),
    ("America/Havana", "2026-11-01", "00:00", "24:00", Some(("2026-11-01T04:00Z", "2026-11-02T05:00Z"))),
    ("America/Havana", "2026-10-31", "00:00", "24:00", Some(("2026-10-31T04:00Z", "2026-11-01T05:00Z"))),
    ("Pacific/Apia", "2011-12-29", "00:00", "24:00", Some(("2011-12-29T10:00Z", "2011-12-30T10:00Z"))),
    ("Pacific/Apia", "2011-12-30", "00:00", "24:00", None),
    ("Pacific/Apia", "2011-12-31", "00:00", "24:00", Some(("2011-12-30T10:00Z", "2011-12-31T10:00Z"))),
    ("Pacific/Apia", "2011-12-29", "22:00", "02:00", Some(("2011-12-30T08:00Z", "2011-12-30T10:00Z"))),
    ("Australia/Lord_Howe", "2026-10-04", "00:00", "24:00", Some(("2026-10-03T13:30Z", "2026-10-04T13:00Z"))),
    ("Australia/Lord_Howe", "2026-10-04", "02:10", "03:00", Some(("2026-10-03T15:30Z", "2026-10-03T16:00Z"))),
    ("Australia/Lord_Howe", "2026-04-05", "01:40", "01:50", Some(("2026-04-04T14:40Z", "2026-04-04T15:20Z"))),
    ("Asia/Kathmandu", "2026-01-01", "15:00", "24:00", Some(("2026-01-01T09:15Z", "2026-01-01T18:15Z"))),
    ("Pacific/Kiritimati", "2026-01-02", "00:00", "24:00", Some(("2026-01-01T10:00Z", "2026-01-02T10:00Z"))),
    ("Pacific/Pago_Pago", "2026-01-02", "00:00", "24:00", Some(("2026-01-02T11:00Z", "2026-01-03T11:00Z"))),
    ("UTC", "2026-01-02", "22:00", "02:00", Some(("2026-01-02T22:00Z", "2026-01-03T02:00Z"))),
    ("America/St_Johns", "2006-10-28", "00:00", "24:00", Some(("2006-10-28T02:30Z", "2006-10-29T03:30Z"))),
    ("America/St_Johns", "2006-10-29", "00:00", "24:00", Some(("2006-10-29T02:30Z", "2006-10-30T03:30Z"))),
];

#[test]
fn every_boundary_is_where_another_implementation_puts_it() {
    for (zone, day, from, to, span) in ROWS {
        let date: jiff::civil::Date = day.parse().unwrap();
        let name = super::super::window::weekday(date.weekday());
        let calendar = calendar(&format!(
            "[calendar]\nzone = '{zone}'\ndeny = [{{ days = ['{name}'], from = '{from}', to = '{to}' }}]"
        ));
        let row = format!("{zone} {day} {from} to {to}");
        let Some((start, end)) = span else {
            let noon = at(&format!("{day}T00:00Z"));
            for hour in -30..60 {
                assert!(calendar.judge(noon + SignedDuration::from_hours(hour)).is_open(), "{row}");
            }
            continue;
        };
        let (start, end) = (at(start), at(end));
        for tick in [SignedDuration::from_nanos(1), SignedDuration::from_secs(1)] {
            assert!(calendar.judge(start - tick).is_open(), "{row}: {tick:?} before it closes");
            assert!(!calendar.judge(start + tick).is_open(), "{row}: {tick:?} after it closed");
            assert!(!calendar.judge(end - tick).is_open(), "{row}: {tick:?} before it opens");
            assert!(calendar.judge(end + tick).is_open(), "{row}: {tick:?} after it opened");
            assert_eq!(calendar.next_change(start - tick), Some(start), "{row}");
            assert_eq!(calendar.next_change(end - tick), Some(end), "{row}");
        }
        assert!(!calendar.judge(start).is_open(), "{row}: when it closes");
        assert!(calendar.judge(end).is_open(), "{row}: when it opens");
        assert_eq!(calendar.next_change(start), Some(end), "{row}");
    }
}

#[test]
fn the_table_knows_the_hard_zones() {
    let mut zones: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
    zones.sort_unstable();
    zones.dedup();
    assert!(zones.len() >= 8, "{zones:?}");
}
