//! A length of time as files write it: `10m`, `1h 30m`, `2 days`.

use std::fmt;

use jiff::{SignedDuration, SpanRelativeTo};
use serde::{Deserialize, Deserializer};

/// A length of time, longer than nothing; a day has 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(SignedDuration);

impl Length {
    pub const fn of(duration: SignedDuration) -> Self {
        Self(duration)
    }

    pub const fn minutes(minutes: i64) -> Self {
        Self(SignedDuration::from_mins(minutes))
    }

    pub const fn duration(self) -> SignedDuration {
        self.0
    }

    /// For clocks that run and never stand still.
    pub fn unsigned(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }
}

impl std::str::FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no length of time: write it as `30s`, `10m` or `2h 30m`");
        let span: jiff::Span = text.trim().parse().map_err(|_| wrong())?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        if length.is_positive() { Ok(Self(length)) } else { Err(wrong()) }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_as_people_write_it_and_never_nothing() {
        for (text, seconds) in
            [("30s", 30), ("10m", 600), ("1h 30m", 5400), ("2 days", 172_800), ("PT5M", 300)]
        {
            assert_eq!(text.parse::<Length>().unwrap().duration().as_secs(), seconds, "{text}");
        }
        for text in ["", "10", "0s", "-5m", "soon", "9999999999999999h"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_is_shown_short() {
        assert_eq!(Length::minutes(90).to_string(), "1h 30m");
    }
}
