use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{
    Basis, Calendar, ClosedBy, InstantError, Ruling, describe_next, describe_now, local_and_utc, parse_at,
    wait,
};
use super::{at, calendar};
use crate::source::Span;

const NEW_YORK: &str = r#"
[calendar]
zone = "America/New_York"
deny = [{ days = ["fri", "sat", "sun"] }, { days = ["mon", "tue", "wed", "thu"], from = "15:00", to = "24:00" }]
freeze = [{ from = 2026-12-18, to = 2027-01-04, reason = "year end" }]
holidays = ["2026-11-26", 2026-07-03]
day-before-holiday = true
"#;

fn reasons(calendar: &Calendar, instant: &str) -> Vec<String> {
    match calendar.judge(at(instant)) {
        Ruling::Open { .. } => Vec::new(),
        Ruling::Closed { reasons, .. } => reasons.into_iter().map(|reason| reason.which).collect(),
    }
}

#[test]
fn a_friday_afternoon_is_closed_and_says_until_when() {
    let ruling = calendar(NEW_YORK).judge(at("2020-04-03T16:10-04:00"));
    let start = NEW_YORK.find("{ days = [\"fri\"").unwrap();
    let end = NEW_YORK.find(", { days = [\"mon\"").unwrap();
    assert_eq!(
        ruling,
        Ruling::Closed {
            reasons: vec![ClosedBy {
                which: "Friday (every week)".into(),
                span: Some(Span::new(start, end))
            }],
            local: "Friday 2020-04-03 16:10 America/New_York".into(),
            utc: "20:10 UTC".into(),
            next_open: Some(at("2020-04-06T00:00-04:00")),
        }
    );
}

#[test]
fn the_message_gives_both_clocks_and_the_wait() {
    assert_eq!(
        describe_now(&calendar(NEW_YORK), at("2020-04-03T16:10-04:00")),
        "closed: Friday 2020-04-03 16:10 America/New_York (20:10 UTC)\n  Friday (every week)\nopens in 2 d 8 h, \
         Monday 2020-04-06 00:00 America/New_York (04:00 UTC)\n"
    );
    assert_eq!(
        describe_now(&calendar(NEW_YORK), at("2020-04-06T10:00-04:00")),
        "open: Monday 2020-04-06 10:00 America/New_York (14:00 UTC)\ncloses in 5 h, Monday 2020-04-06 15:00 \
         America/New_York (19:00 UTC)\n"
    );
}

#[test]
fn utc_shows_its_own_date_where_it_differs_and_nothing_twice() {
    let zone = calendar(NEW_YORK).zone().clone();
    assert_eq!(
        local_and_utc(at("2020-04-03T21:10-04:00"), &zone),
        "Friday 2020-04-03 21:10 America/New_York (Saturday 2020-04-04 01:10 UTC)"
    );
    assert_eq!(local_and_utc(at("2020-04-03T21:10Z"), &TimeZone::UTC), "Friday 2020-04-03 21:10 UTC");
}

#[test]
fn every_window_that_holds_is_named() {
    let calendar = calendar(NEW_YORK);
    assert_eq!(
        reasons(&calendar, "2026-12-18T16:00-05:00"),
        ["Friday (every week)", "freeze 2026-12-18 to 2027-01-04 inclusive: year end"]
    );
    assert_eq!(
        reasons(&calendar, "2026-11-25T16:00-05:00"),
        ["Wednesday from 15:00", "day before holiday 2026-11-26"]
    );
    assert_eq!(reasons(&calendar, "2026-11-26T09:00-05:00"), ["holiday 2026-11-26"]);
    assert_eq!(reasons(&calendar, "2026-07-02T09:00-04:00"), ["day before holiday 2026-07-03"]);
    assert_eq!(reasons(&calendar, "2026-11-24T09:00-05:00"), Vec::<String>::new());
}

#[test]
fn the_day_that_a_freeze_names_as_its_end_is_still_frozen() {
    let calendar = calendar(NEW_YORK);
    assert!(!calendar.judge(at("2027-01-04T23:59:59-05:00")).is_open());
    assert!(calendar.judge(at("2027-01-05T00:00-05:00")).is_open());
    let Ruling::Closed { next_open, .. } = calendar.judge(at("2026-12-17T15:00-05:00")) else { panic!() };
    assert_eq!(next_open, Some(at("2027-01-05T00:00-05:00")), "Thursday's window runs into the freeze");
}

#[test]
fn a_time_as_the_end_of_a_freeze_is_the_first_open_instant() {
    let calendar = calendar(
        "[calendar]\nzone = 'Europe/Berlin'\ndeny = []\nfreeze = [{ from = 2026-06-01T12:00:00, to = \
         '2026-06-01T16:00+02:00' }]",
    );
    assert!(calendar.judge(at("2026-06-01T09:59:59Z")).is_open());
    assert_eq!(reasons(&calendar, "2026-06-01T10:00Z"), ["freeze 2026-06-01 12:00 to 2026-06-01 16:00"]);
    assert!(!calendar.judge(at("2026-06-01T13:59:59Z")).is_open());
    assert!(calendar.judge(at("2026-06-01T14:00Z")).is_open());
}

#[test]
fn a_window_may_cross_midnight_and_the_end_of_the_week() {
    let calendar = calendar(
        "[calendar]\nzone = 'UTC'\ndeny = [{ days = ['sunday'], from = '22:00', to = '02:00' }, { from = '12:00', to \
         = '13:00' }]",
    );
    assert_eq!(reasons(&calendar, "2026-06-08T01:59Z"), ["Sunday 22:00 to Monday 02:00"]);
    assert!(calendar.judge(at("2026-06-08T02:00Z")).is_open());
    assert!(calendar.judge(at("2026-06-07T01:00Z")).is_open(), "that is Saturday's night");
    assert_eq!(reasons(&calendar, "2026-06-10T12:30Z"), ["Wednesday 12:00 to 13:00"]);
}

#[test]
fn a_calendar_that_never_opens_says_so() {
    let calendar = calendar("[calendar]\nzone = 'UTC'\ndeny = [{}]");
    let Ruling::Closed { next_open, .. } = calendar.judge(at("2026-06-10T12:30Z")) else { panic!() };
    assert_eq!(next_open, None);
    assert!(describe_now(&calendar, at("2026-06-10T12:30Z")).contains("nothing opens within 400 days"));
    assert_eq!(describe_next(&calendar, at("2026-06-10T12:30Z"), 3), "nothing opens within 400 days\n");
}

#[test]
fn a_calendar_that_never_closes_says_so() {
    let calendar =
        calendar("[calendar]\nzone = 'UTC'\ndeny = []\nfreeze = [{ from = 2020-01-01, to = 2020-01-02 }]");
    assert_eq!(calendar.judge(at("2026-06-10T12:30Z")), Ruling::Open { closes_at: None });
    assert_eq!(
        describe_next(&calendar, at("2026-06-10T12:30Z"), 3),
        "open from now, and nothing closes within 400 days\n"
    );
}

#[test]
fn a_freeze_of_a_year_is_looked_past() {
    let calendar =
        calendar("[calendar]\nzone = 'UTC'\ndeny = []\nfreeze = [{ from = 2026-01-01, to = 2026-12-31 }]");
    let Ruling::Closed { next_open, .. } = calendar.judge(at("2026-01-01T00:00Z")) else { panic!() };
    assert_eq!(next_open, Some(at("2027-01-01T00:00Z")));
}

#[test]
fn without_a_calendar_the_built_in_week_holds_and_says_so() {
    let calendar = Calendar::built_in(TimeZone::UTC);
    assert_eq!(calendar.basis(), Basis::BuiltIn);
    assert_eq!(reasons(&calendar, "2026-06-12T08:00Z"), ["Friday (every week)"]);
    assert_eq!(reasons(&calendar, "2026-06-11T15:00Z"), ["Thursday from 15:00"]);
    assert!(calendar.judge(at("2026-06-11T14:59Z")).is_open());
    assert!(calendar.note().unwrap().contains("there is no [calendar] in the config"));
    assert!(describe_now(&calendar, at("2026-06-11T14:59Z")).contains("in this machine's zone (UTC)"));
}

#[test]
fn a_calendar_with_a_freeze_alone_keeps_the_built_in_week() {
    let calendar = calendar("[calendar]\nzone = 'UTC'\nfreeze = [{ from = 2026-06-10, to = 2026-06-10 }]");
    assert_eq!(calendar.basis(), Basis::BuiltInWeek);
    assert!(!calendar.judge(at("2026-06-12T08:00Z")).is_open());
    assert!(!calendar.judge(at("2026-06-10T08:00Z")).is_open());
}

#[test]
fn the_next_openings_are_listed() {
    assert_eq!(
        describe_next(&calendar(NEW_YORK), at("2026-12-16T16:00-05:00"), 2),
        "open from Thursday 2026-12-17 00:00 America/New_York (05:00 UTC) to Thursday 2026-12-17 15:00 \
         America/New_York (20:00 UTC)\nopen from Tuesday 2027-01-05 00:00 America/New_York (05:00 UTC) to Tuesday \
         2027-01-05 15:00 America/New_York (20:00 UTC)\n"
    );
}

#[test]
fn a_wait_is_rounded_up() {
    let from = at("2026-06-10T00:00Z");
    for (to, words) in [
        ("2026-06-10T00:00:00Z", "1 min"),
        ("2026-06-10T00:00:01Z", "1 min"),
        ("2026-06-10T00:35:00Z", "35 min"),
        ("2026-06-10T04:11:01Z", "4 h 12 min"),
        ("2026-06-10T04:00:00Z", "4 h"),
        ("2026-06-12T14:01:00Z", "2 d 15 h"),
        ("2026-06-12T23:30:00Z", "3 d"),
    ] {
        assert_eq!(wait(from, at(to)), words);
    }
}

#[test]
fn an_instant_is_read_as_people_write_it() {
    let berlin = calendar("[calendar]\nzone = 'Europe/Berlin'").zone().clone();
    for (text, utc) in [
        ("2026-11-20T16:10:00Z", "2026-11-20T16:10:00Z"),
        ("2026-11-20T16:10:00+05:30", "2026-11-20T10:40:00Z"),
        ("2026-11-20 16:10:00+01:00", "2026-11-20T15:10:00Z"),
        ("2026-11-20T16:10[America/New_York]", "2026-11-20T21:10:00Z"),
        ("2026-10-25T02:30+02:00[Europe/Berlin]", "2026-10-25T00:30:00Z"),
        ("2026-11-20T16:10", "2026-11-20T15:10:00Z"),
        ("2026-11-20 16:10", "2026-11-20T15:10:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
        ("2026-04-24[Africa/Cairo]", "2026-04-23T22:00:00Z"),
    ] {
        assert_eq!(parse_at(text, &berlin), Ok(utc.parse::<Timestamp>().unwrap()), "{text}");
    }
}

#[test]
fn an_instant_that_is_none_is_refused_with_its_reason() {
    let berlin = calendar("[calendar]\nzone = 'Europe/Berlin'").zone().clone();
    let reason = |text: &str| parse_at(text, &berlin).unwrap_err().to_string();
    assert_eq!(
        reason("2026-10-25T02:30"),
        "2026-10-25T02:30:00 happens twice in Europe/Berlin: add the offset, as in `2026-10-25T02:30:00+02`"
    );
    assert_eq!(
        reason("2026-03-29T02:30"),
        "2026-03-29T02:30:00 does not exist in Europe/Berlin: the clock jumps over it"
    );
    assert_eq!(
        reason("2011-12-30[Pacific/Apia]"),
        "2011-12-30 does not exist in Pacific/Apia: the clock jumps over it"
    );
    assert_eq!(
        reason("2026-11-20T16:10[Europe/Belin]"),
        "there is no zone `Europe/Belin`: did you mean `Europe/Berlin`?"
    );
    assert!(matches!(
        parse_at("2026-11-20T16:10+05:00[Europe/Berlin]", &berlin),
        Err(InstantError::WrongOffset { .. })
    ));
    for text in ["", "tomorrow", "16:10", "2026-13-01", "2026-11-20T25:00", "2026-11-20T16:10[", "\u{1b}[31m"]
    {
        assert!(matches!(parse_at(text, &berlin), Err(InstantError::Unreadable(_))), "{text:?}");
    }
    assert!(!reason("\u{1b}[31m").contains('\u{1b}'));
}
