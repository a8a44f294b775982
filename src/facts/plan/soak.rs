//! How long the new state is watched before it counts as good.

use jiff::{SignedDuration, SpanRelativeTo};

use super::{DeployPlan, Key, Stated};

/// A stated time of watching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soak {
    pub text: String,
    /// `None`: the text names no length of time.
    pub length: Option<SignedDuration>,
}

impl Soak {
    pub fn parse(text: &str) -> Self {
        Self { text: text.to_owned(), length: length(text) }
    }
}

/// Reads `2h`, `90 min`, `1 day 12 hours`, `PT2H`, with "at least" before it and remarks behind it.
fn length(text: &str) -> Option<SignedDuration> {
    const BEFORE: [&str; 7] = ["at least", "minimum", "about", "min.", ">=", "≥", "~"];
    let mut text = text.trim().trim_matches('`');
    for word in BEFORE {
        if text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            text = text.get(word.len()..)?.trim_start();
        }
    }
    let stated = text.split([',', ';', '(', '.']).next()?.trim();
    let span: jiff::Span = stated.parse().or_else(|_| stated.to_lowercase().parse()).ok()?;
    let relative = SpanRelativeTo::days_are_24_hours();
    span.to_duration(relative).ok().filter(SignedDuration::is_positive)
}

impl DeployPlan {
    /// The stated soak; where several are stated, the shortest that can be read.
    pub fn soak(&self) -> Option<Stated<Soak>> {
        self.values(Key::Soak)
            .map(|value| value.map(|text| Soak::parse(text)))
            .min_by_key(|soak| (soak.value.length.is_none(), soak.value.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_as_people_write_it() {
        for (text, minutes) in [
            ("2h", 120),
            ("2 h", 120),
            ("90 min", 90),
            ("90 minutes", 90),
            ("2 Hours", 120),
            ("1 day", 1440),
            ("1d 12h", 2160),
            ("1 week", 10080),
            ("PT2H", 120),
            ("at least 2 hours, then close the ticket", 120),
            ("24h (one full session)", 1440),
            ("`2h`", 120),
        ] {
            assert_eq!(Soak::parse(text).length, Some(SignedDuration::from_mins(minutes)), "{text}");
        }
        for text in ["", "a while", "2", "-2h", "0h", "<how long>", "over night", "9999999999999999999h"] {
            assert_eq!(Soak::parse(text).length, None, "{text}");
        }
    }
}
