//! Instants as a person writes them.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::zone;
use crate::source::{Span, escape_line};

/// Why a text names no instant: always whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    #[error(
        "`{0}` is no date and time: write `2026-11-20T16:10`, with `Z`, `+01:00` or `[Europe/Berlin]` behind it if need be"
    )]
    Unreadable(String),
    #[error("{0}")]
    Zone(String),
    #[error("{local} does not exist in {zone}: the clock jumps over it")]
    Skipped { local: String, zone: String },
    #[error("{local} happens twice in {zone}: add the offset, as in `{example}`")]
    Twice { local: String, zone: String, example: String },
    #[error("the offset {offset} is not in use in {zone} at {local}")]
    WrongOffset { local: String, zone: String, offset: String },
    #[error("{0} is too far away")]
    OutOfRange(String),
}

/// Reads an instant: RFC 3339, a local time with `[Zone/Name]`, or a date or local time in the calendar's zone.
pub fn parse_at(text: &str, calendar_zone: &TimeZone) -> Result<Timestamp, InstantError> {
    const LONGEST: usize = 100;
    let text = text.trim();
    let unreadable =
        || InstantError::Unreadable(escape_line(text.get(..LONGEST).unwrap_or(text)).into_owned());
    if text.len() > LONGEST {
        return Err(unreadable());
    }
    let (body, named) = match text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((body, name)) => (body, Some(name)),
        None => (text, None),
    };
    // A bracket inside would reach the parser's own reading of zones, which knows the machine's database.
    if body.contains(['[', ']']) {
        return Err(unreadable());
    }
    let pieces = Pieces::parse(body).map_err(|_| unreadable())?;
    let zone = match named {
        Some(name) => zone::find(name, Span::default()).map_err(|problem| {
            InstantError::Zone(match problem.hint {
                Some(hint) => format!("{}: {hint}", problem.message),
                None => problem.message,
            })
        })?,
        None => calendar_zone.clone(),
    };
    let Some(offset) = pieces.to_numeric_offset() else {
        return match pieces.time() {
            Some(time) => resolve(pieces.date().to_datetime(time), &zone),
            None => first_of_day(pieces.date().to_datetime(Time::midnight()), &zone),
        };
    };
    let Some(time) = pieces.time() else { return Err(unreadable()) };
    let local = pieces.date().to_datetime(time);
    let at = offset.to_timestamp(local).map_err(|_| InstantError::OutOfRange(local.to_string()))?;
    if named.is_some() && zone.to_offset(at) != offset {
        return Err(InstantError::WrongOffset {
            local: local.to_string(),
            zone: zone::label(&zone).to_owned(),
            offset: offset.to_string(),
        });
    }
    Ok(at)
}

/// A what-if on a time that does not exist or exists twice would answer a question that nobody asked.
fn resolve(local: DateTime, zone: &TimeZone) -> Result<Timestamp, InstantError> {
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { .. } => {
            return Err(InstantError::Skipped {
                local: local.to_string(),
                zone: zone::label(zone).to_owned(),
            });
        }
        AmbiguousOffset::Fold { before, .. } => {
            return Err(InstantError::Twice {
                local: local.to_string(),
                zone: zone::label(zone).to_owned(),
                example: format!("{local}{before}"),
            });
        }
    };
    offset.to_timestamp(local).map_err(|_| InstantError::OutOfRange(local.to_string()))
}

/// The first instant of a local day, also where that is not midnight.
fn first_of_day(midnight: DateTime, zone: &TimeZone) -> Result<Timestamp, InstantError> {
    let out_of_range = || InstantError::OutOfRange(midnight.date().to_string());
    let first = super::window::starts(zone, midnight).ok_or_else(out_of_range)?;
    if zone.to_datetime(first).date() == midnight.date() {
        Ok(first)
    } else {
        Err(InstantError::Skipped { local: midnight.date().to_string(), zone: zone::label(zone).to_owned() })
    }
}
