//! Zones: by their IANA name from the bundled database, so that every machine judges alike.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::source::{Problem, Span, escape_line, nearest};

/// The zone of this machine, for a repository that configures none. UTC where it cannot be told, and in CI, whose
/// machines stand anywhere.
pub fn machine_zone(ci: bool) -> TimeZone {
    if ci {
        return TimeZone::UTC;
    }
    match TimeZone::try_system() {
        Ok(zone) if !zone.is_unknown() => zone,
        _ => TimeZone::UTC,
    }
}

/// How a zone is written in messages.
pub(super) fn label(zone: &TimeZone) -> &str {
    match zone.iana_name() {
        Some("Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Etc/Universal") => "UTC",
        Some(name) => name,
        None => "local time",
    }
}

pub(super) fn is_utc(zone: &TimeZone) -> bool {
    label(zone) == "UTC"
}

/// Finds a zone by its name. Abbreviations are refused: `EST` knows no summer, and `IST` means three countries.
pub(super) fn find(name: &str, span: Span) -> Result<TimeZone, Problem> {
    let database = TimeZoneDatabase::bundled();
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    let shown = escape_line(name);
    if !name.contains('/') {
        let problem =
            Problem::new(span, format!("`{shown}` names no place, so it cannot say when clocks change"));
        return Err(match same_city(name, &database) {
            Some(full) => problem.hint(format!("did you mean `{full}`?")),
            None => {
                problem.hint("write an IANA zone such as `Europe/Berlin` or `America/New_York`, or `UTC`")
            }
        });
    }
    match database.get(name) {
        Ok(zone) if !zone.is_unknown() => Ok(zone),
        _ => {
            let problem = Problem::new(span, format!("there is no zone `{shown}`"));
            let names: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
            let city = same_city(name.rsplit('/').next().unwrap_or(name), &database);
            let near = city.or_else(|| nearest(name, names.iter().map(String::as_str)).map(str::to_owned));
            Err(match near {
                Some(full) => problem.hint(format!("did you mean `{full}`?")),
                None => {
                    problem.hint("write an IANA zone such as `Europe/Berlin` or `America/New_York`, or `UTC`")
                }
            })
        }
    }
}

/// The zone whose last part is this city: `new york` for `America/New_York`.
fn same_city(city: &str, database: &TimeZoneDatabase) -> Option<String> {
    let city = city.replace(' ', "_");
    let mut found: Vec<String> = database
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| {
            name.rsplit_once('/').is_some_and(|(area, last)| {
                last.eq_ignore_ascii_case(&city)
                    && !matches!(area, "Etc" | "US" | "SystemV" | "posix" | "right")
            })
        })
        .collect();
    found.sort();
    found.into_iter().next()
}
