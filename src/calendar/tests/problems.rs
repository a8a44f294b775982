use super::compiled;

/// Each problem as the text it points at, its message and its hint.
fn problems(text: &str) -> Vec<(String, String, String)> {
    compiled(text)
        .unwrap_err()
        .into_iter()
        .map(|problem| {
            (
                text[problem.span.start..problem.span.end].to_owned(),
                problem.message,
                problem.hint.unwrap_or_default(),
            )
        })
        .collect()
}

fn problem(text: &str) -> (String, String, String) {
    let mut found = problems(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn row(at: &str, message: &str, hint: &str) -> (String, String, String) {
    (at.to_owned(), message.to_owned(), hint.to_owned())
}

#[test]
fn every_fault_is_found_at_once_and_at_its_place() {
    let text = r#"
[calendar]
zone = "Europe/Belin"
deny = [{ days = ["fri", "sut"], from = "25:00" }, { from = "10:00", to = "10:00" }]
freeze = [{ from = 2026-12-18, to = 2026-12-17 }, { from = "soon", to = 2026-12-17 }]
holidays = ["2026-11-31"]
"#;
    assert_eq!(
        problems(text),
        [
            row("\"Europe/Belin\"", "there is no zone `Europe/Belin`", "did you mean `Europe/Berlin`?"),
            row("\"sut\"", "`sut` is no day of the week", "did you mean `sat`?"),
            row(
                "\"25:00\"",
                "`25:00` is no time of day",
                "write two digits each, from 00:00 to 24:00: `09:30`"
            ),
            row(
                "\"10:00\"",
                "the window ends when it begins, so nothing would ever be closed",
                "for a whole day leave `from` and `to` out"
            ),
            row(
                "2026-12-17",
                "the freeze ends (2026-12-17) before it begins (2026-12-18)",
                "swap `from` and `to`"
            ),
            row(
                "\"soon\"",
                "`soon` is no date",
                "write `2026-12-18`, `2026-12-18T18:00` or `2026-12-18T18:00+01:00`"
            ),
            row("\"2026-11-31\"", "`2026-11-31` is no date", "write one day: `2026-11-26`"),
        ]
    );
}

#[test]
fn an_abbreviation_is_no_zone() {
    for name in ["EST", "CET", "+02", "+02:00", "PST8PDT", "GMT", "Z", "utc", ""] {
        let (at, message, _) = problem(&format!("[calendar]\nzone = '{name}'"));
        assert_eq!(at, format!("'{name}'"));
        assert_eq!(message, format!("`{name}` names no place, so it cannot say when clocks change"));
    }
    assert!(compiled("[calendar]\nzone = 'UTC'").is_ok());
}

#[test]
fn a_city_alone_is_answered_with_its_zone() {
    assert_eq!(problem("[calendar]\nzone = 'New York'").2, "did you mean `America/New_York`?");
    assert_eq!(problem("[calendar]\nzone = 'Asia/Berlin'").2, "did you mean `Europe/Berlin`?");
}

#[test]
fn a_calendar_without_a_zone_is_refused_at_its_table() {
    let text = "[calendar]\ndeny = []\n";
    let (at, message, _) = problem(text);
    assert_eq!(message, "the calendar names no zone");
    assert!(at.starts_with("[calendar]"), "{at:?}");
}

#[test]
fn a_window_without_a_day_is_refused() {
    let (at, message, _) = problem("[calendar]\nzone = 'UTC'\ndeny = [{ days = [] }]");
    assert_eq!((at.as_str(), message.as_str()), ("[]", "no day is named, so nothing would ever be closed"));
}

#[test]
fn times_are_held_to_the_day() {
    for text in ["24:01", "9:00", "15", "15:60", "15:00:00:00", "-1:00", "1５:00"] {
        let (at, message, _) = problem(&format!("[calendar]\nzone = 'UTC'\ndeny = [{{ from = '{text}' }}]"));
        assert_eq!((at, message), (format!("'{text}'"), format!("`{text}` is no time of day")));
    }
    let (at, ..) = problem("[calendar]\nzone = 'UTC'\ndeny = [{ from = '24:00', to = '02:00' }]");
    assert_eq!(at, "'24:00'");
    assert!(compiled("[calendar]\nzone = 'UTC'\ndeny = [{ from = 15:00:00, to = '24:00' }]").is_ok());
}

#[test]
fn a_flood_of_entries_is_refused() {
    let many = "{ from = '10:00' }, ".repeat(501);
    let (_, message, _) = problem(&format!("[calendar]\nzone = 'UTC'\ndeny = [{many}]"));
    assert_eq!(message, "501 entries in `deny`: at most 500");
}

#[test]
fn an_unknown_key_is_refused_where_it_stands() {
    let text = "[calendar]\nzone = 'UTC'\nholliday = []\n";
    let error = toml::from_str::<super::Config>(text).err().unwrap();
    assert_eq!(&text[error.span().unwrap()], "holliday");
}
