//! The calendar against tables, an oracle and faulty configs.

mod boundaries;
mod oracle;
mod problems;
mod rulings;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::{Calendar, RawCalendar, parse_at};
use crate::source::Problem;

#[derive(Deserialize)]
struct Config {
    calendar: Spanned<RawCalendar>,
}

fn compiled(text: &str) -> Result<Calendar, Vec<Problem>> {
    let config: Config = toml::from_str(text).unwrap();
    Calendar::compile(&config.calendar)
}

fn calendar(text: &str) -> Calendar {
    compiled(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    parse_at(text, &TimeZone::UTC).unwrap()
}
