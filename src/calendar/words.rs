//! Instants and waits as a person says them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::window::weekday;
use super::{Calendar, Ruling, zone};

/// `Friday 2020-04-03 16:10 America/New_York (20:10 UTC)`.
pub fn local_and_utc(at: Timestamp, zone: &TimeZone) -> String {
    if zone::is_utc(zone) { local(at, zone) } else { format!("{} ({})", local(at, zone), utc(at, zone)) }
}

/// `16:10 America/New_York`, with the day in front where it is another one than now's.
pub fn time_seen_from(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    let there = zone.to_datetime(at);
    if there.date() == zone.to_datetime(now).date() {
        format!("{:02}:{:02} {}", there.hour(), there.minute(), zone::label(zone))
    } else {
        local(at, zone)
    }
}

/// `Friday 2020-04-03 16:10 America/New_York`.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} {}", day_and_time(zone.to_datetime(at)), zone::label(zone))
}

/// `20:10 UTC`, or with the day where UTC already has another one.
pub(super) fn utc(at: Timestamp, zone: &TimeZone) -> String {
    let there = TimeZone::UTC.to_datetime(at);
    if there.date() == zone.to_datetime(at).date() {
        format!("{:02}:{:02} UTC", there.hour(), there.minute())
    } else {
        format!("{} UTC", day_and_time(there))
    }
}

fn day_and_time(local: DateTime) -> String {
    format!("{} {} {:02}:{:02}", weekday(local.weekday()), local.date(), local.hour(), local.minute())
}

/// `2 d 15 h`, `4 h 12 min`, `35 min`. Rounded up: whoever comes back after that time is not too early.
pub fn wait(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    let minutes = (seconds + 59) / 60;
    if minutes < 60 {
        return format!("{} min", minutes.max(1));
    }
    if minutes < 24 * 60 {
        return two(minutes / 60, "h", minutes % 60, "min");
    }
    let hours = (minutes + 59) / 60;
    two(hours / 24, "d", hours % 24, "h")
}

fn two(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// What `calendar now` prints.
pub fn describe_now(calendar: &Calendar, at: Timestamp) -> String {
    let zone = calendar.zone();
    let mut lines = Vec::new();
    match calendar.judge(at) {
        Ruling::Open { closes_at } => {
            lines.push(format!("open: {}", local_and_utc(at, zone)));
            lines.push(closes_at.map_or_else(
                || "nothing closes within 400 days".to_owned(),
                |close| format!("closes {}", in_words(at, close, zone)),
            ));
        }
        Ruling::Closed { reasons, next_open, .. } => {
            lines.push(format!("closed: {}", local_and_utc(at, zone)));
            lines.extend(reasons.into_iter().map(|reason| format!("  {}", reason.which)));
            lines.push(opens(at, next_open, zone));
        }
    }
    with_note(lines, calendar)
}

/// What `calendar next` prints: the coming open spans.
pub fn describe_next(calendar: &Calendar, at: Timestamp, count: usize) -> String {
    let zone = calendar.zone();
    let mut lines = Vec::new();
    for (open, close) in calendar.openings(at, count) {
        let open = if open == at { "now".to_owned() } else { local_and_utc(open, zone) };
        lines.push(match close {
            Some(close) => format!("open from {open} to {}", local_and_utc(close, zone)),
            None => format!("open from {open}, and nothing closes within 400 days"),
        });
    }
    if lines.is_empty() {
        lines.push("nothing opens within 400 days".to_owned());
    }
    with_note(lines, calendar)
}

fn with_note(mut lines: Vec<String>, calendar: &Calendar) -> String {
    lines.extend(calendar.note().map(|note| format!("note: {note}")));
    lines.join("\n") + "\n"
}

/// `opens in 2 d 8 h, Monday 2020-04-06 00:00 America/New_York (04:00 UTC)`.
pub fn opens(at: Timestamp, next_open: Option<Timestamp>, zone: &TimeZone) -> String {
    next_open.map_or_else(
        || "nothing opens within 400 days".to_owned(),
        |open| format!("opens {}", in_words(at, open, zone)),
    )
}

fn in_words(at: Timestamp, then: Timestamp, zone: &TimeZone) -> String {
    format!("in {}, {}", wait(at, then), local_and_utc(then, zone))
}
