//! From the `[calendar]` table to a [`Calendar`]: every mistake is found before the first is reported.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use toml::Spanned;

use super::raw::{RawCalendar, RawFreeze, RawWindow, Written};
use super::window::{
    Clock, Closing, Interval, Rule, WEEK, Weekly, built_in_week, ends, starts, weekday, whole_day,
};
use super::{Basis, Calendar, zone};
use crate::source::{Problem, Span, escape_line, nearest};

/// More windows than any team has; the sweep over 400 days stays quick.
const MOST_ENTRIES: usize = 500;

/// Longer reasons are cut in messages.
const LONGEST_REASON: usize = 200;

impl Calendar {
    /// Compiles what the config says. All problems at once, by their place.
    pub fn compile(raw: &Spanned<RawCalendar>) -> Result<Self, Vec<Problem>> {
        let table = raw.get_ref();
        let mut problems = Vec::new();
        let zone = named_zone(raw).map_err(|problem| problems.push(problem));
        // Faults that need no zone are reported beside a wrong one.
        let zone = zone.unwrap_or(TimeZone::UTC);
        let mut rules = Vec::new();
        let basis = match &table.deny {
            None => {
                rules.extend(built_in_week());
                Basis::BuiltInWeek
            }
            Some(windows) => {
                bounded(windows.get_ref().len(), span_of(windows), "deny", &mut problems);
                rules.extend(windows.get_ref().iter().filter_map(|window| weekly(window, &mut problems)));
                Basis::Configured
            }
        };
        bounded(table.freeze.len(), span_of(raw), "freeze", &mut problems);
        bounded(table.holidays.len(), span_of(raw), "holidays", &mut problems);
        rules.extend(table.freeze.iter().filter_map(|freeze| once(freeze, &zone, &mut problems)));
        for holiday in &table.holidays {
            holidays(holiday, table.day_before_holiday, &zone, &mut rules, &mut problems);
        }
        if problems.is_empty() {
            return Ok(Self { zone, rules, basis });
        }
        problems.sort_by_key(|problem| problem.span);
        Err(problems)
    }
}

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

fn named_zone(raw: &Spanned<RawCalendar>) -> Result<TimeZone, Problem> {
    let Some(name) = &raw.get_ref().zone else {
        return Err(Problem::new(span_of(raw), "the calendar names no zone")
            .hint("write whose clock counts: `zone = \"Europe/Berlin\"`"));
    };
    zone::find(name.get_ref(), span_of(name))
}

fn bounded(count: usize, span: Span, what: &str, problems: &mut Vec<Problem>) {
    if count > MOST_ENTRIES {
        problems.push(Problem::new(span, format!("{count} entries in `{what}`: at most {MOST_ENTRIES}")));
    }
}

fn weekly(raw: &Spanned<RawWindow>, problems: &mut Vec<Problem>) -> Option<Rule> {
    let window = raw.get_ref();
    let before = problems.len();
    let days = match &window.days {
        None => WEEK.to_vec(),
        Some(days) if days.get_ref().is_empty() => {
            problems.push(
                Problem::new(span_of(days), "no day is named, so nothing would ever be closed")
                    .hint("name the days, or leave `days` out for every day"),
            );
            Vec::new()
        }
        Some(days) => days.get_ref().iter().filter_map(|day| day_of_week(day, problems)).collect(),
    };
    let from = window.from.as_ref().map_or(Some(Clock::MIDNIGHT), |time| clock(time, problems));
    let to = window.to.as_ref().map_or(Some(Clock::END_OF_DAY), |time| clock(time, problems));
    let (from, to) = (from?, to?);
    if from == Clock::END_OF_DAY {
        let span = window.from.as_ref().map_or_else(|| span_of(raw), span_of);
        problems.push(
            Problem::new(span, "a window cannot begin at 24:00").hint("begin at 00:00 of the next day"),
        );
    } else if from == to {
        let span = window.to.as_ref().map_or_else(|| span_of(raw), span_of);
        problems.push(
            Problem::new(span, "the window ends when it begins, so nothing would ever be closed")
                .hint("for a whole day leave `from` and `to` out"),
        );
    }
    (problems.len() == before)
        .then(|| Rule { closing: Closing::Weekly(Weekly { days, from, to }), span: Some(span_of(raw)) })
}

fn day_of_week(written: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Weekday> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let name = written.get_ref().trim().to_ascii_lowercase();
    let found = WEEK.into_iter().find(|day| {
        let full = weekday(*day).to_ascii_lowercase();
        name == full || full.get(..3) == Some(&name)
    });
    if found.is_none() {
        let near = nearest(&name, NAMES).or_else(|| nearest(&name, WEEK.map(weekday))).map_or_else(
            || format!("write one of {}", NAMES.join(", ")),
            |near| format!("did you mean `{}`?", near.to_ascii_lowercase()),
        );
        let message = format!("`{}` is no day of the week", escape_line(written.get_ref()));
        problems.push(Problem::new(span_of(written), message).hint(near));
    }
    found
}

fn clock(written: &Spanned<Written>, problems: &mut Vec<Problem>) -> Option<Clock> {
    let text = &written.get_ref().0;
    let found = Clock::parse(text);
    if found.is_none() {
        problems.push(
            Problem::new(span_of(written), format!("`{}` is no time of day", escape_line(text)))
                .hint("write two digits each, from 00:00 to 24:00: `09:30`"),
        );
    }
    found
}

/// One end of a freeze.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Day(Date),
    Local(DateTime),
    Exact(Timestamp),
}

impl Edge {
    fn parse(written: &Spanned<Written>, problems: &mut Vec<Problem>) -> Option<Self> {
        let text = written.get_ref().0.trim();
        let found = Pieces::parse(text).ok().filter(|pieces| pieces.time_zone_annotation().is_none());
        let edge = found.and_then(|pieces| match (pieces.time(), pieces.to_numeric_offset()) {
            (Some(time), Some(offset)) => {
                offset.to_timestamp(pieces.date().to_datetime(time)).ok().map(Self::Exact)
            }
            (Some(time), None) => Some(Self::Local(pieces.date().to_datetime(time))),
            (None, None) => Some(Self::Day(pieces.date())),
            (None, Some(_)) => None,
        });
        if edge.is_none() {
            problems.push(
                Problem::new(span_of(written), format!("`{}` is no date", escape_line(text)))
                    .hint("write `2026-12-18`, `2026-12-18T18:00` or `2026-12-18T18:00+01:00`"),
            );
        }
        edge
    }

    fn start(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => starts(zone, day.to_datetime(Time::midnight())),
            Self::Local(local) => starts(zone, local),
            Self::Exact(at) => Some(at),
        }
    }

    /// A day as the end of a freeze is still frozen, as everybody reads it; a time is the first open instant.
    fn end(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => ends(zone, day.tomorrow().ok()?.to_datetime(Time::midnight())),
            Self::Local(local) => ends(zone, local),
            Self::Exact(at) => Some(at),
        }
    }

    fn say(self, zone: &TimeZone) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Local(local) => local.strftime("%Y-%m-%d %H:%M").to_string(),
            Self::Exact(at) => zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
        }
    }
}

fn once(raw: &Spanned<RawFreeze>, zone: &TimeZone, problems: &mut Vec<Problem>) -> Option<Rule> {
    let freeze = raw.get_ref();
    let (from, to) = (Edge::parse(&freeze.from, problems), Edge::parse(&freeze.to, problems));
    let (from, to) = (from?, to?);
    let Some(interval) =
        from.start(zone).zip(to.end(zone)).and_then(|(start, end)| Interval::new(start, end))
    else {
        let (begin, end) = (&freeze.from.get_ref().0, &freeze.to.get_ref().0);
        let message =
            format!("the freeze ends ({}) before it begins ({})", escape_line(end), escape_line(begin));
        problems.push(Problem::new(span_of(&freeze.to), message).hint("swap `from` and `to`"));
        return None;
    };
    let last_day = if matches!(to, Edge::Day(_)) { " inclusive" } else { "" };
    let reason = freeze.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| {
        let cut: String = reason.chars().take(LONGEST_REASON).collect();
        format!(": {}", escape_line(&cut))
    });
    let which = format!("freeze {} to {}{last_day}{reason}", from.say(zone), to.say(zone));
    Some(Rule { closing: Closing::Once { interval, which }, span: Some(span_of(raw)) })
}

fn holidays(
    written: &Spanned<Written>,
    day_before: bool,
    zone: &TimeZone,
    rules: &mut Vec<Rule>,
    problems: &mut Vec<Problem>,
) {
    let text = written.get_ref().0.trim();
    let Some(day) = parse_day(text) else {
        problems.push(
            Problem::new(span_of(written), format!("`{}` is no date", escape_line(text)))
                .hint("write one day: `2026-11-26`"),
        );
        return;
    };
    let before = day_before.then(|| day.checked_sub(1.day()).ok()).flatten();
    let named = before.map(|before| (before, format!("day before holiday {day}")));
    for (day, which) in named.into_iter().chain([(day, format!("holiday {day}"))]) {
        if let Some(interval) = whole_day(zone, day) {
            rules.push(Rule { closing: Closing::Once { interval, which }, span: Some(span_of(written)) });
        }
    }
}

/// Ten characters and no more: jiff would also take a time behind the date and drop it.
fn parse_day(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok())?
}
