//! What came back.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// An answer, whole.
#[derive(Clone)]
pub struct Response {
    pub status: u16,
    /// Where it came from in the end.
    pub url: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {} bytes from {}", self.status, self.body.len(), super::shown(&self.url))
    }
}

/// The other side has had enough of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How long, where it says so; counted by its own clock.
    pub wait: Option<Duration>,
    /// The instant at which it will listen again, where that can be told.
    pub until: Option<Timestamp>,
}

impl AsMut<Self> for Response {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Response {
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Where a redirect leads, in full; a place that is no address, as it was written.
    pub fn leads_to(&self) -> Option<String> {
        let place = self.header("location").filter(|_| matches!(self.status, 300..=399))?;
        Some(super::address::joined(&self.url, place).unwrap_or_else(|| place.to_owned()))
    }

    /// The other side's clock.
    pub fn date(&self) -> Option<Timestamp> {
        instant(self.header("date")?)
    }

    /// Whether it was refused because too much was asked. GitHub says so with 429, and with a 403 that tells of a limit;
    /// GitLab with 429.
    pub fn limit(&self) -> Option<Limit> {
        let spent = self.header("x-ratelimit-remaining") == Some("0");
        let told = self.header("retry-after").is_some() || spent;
        if self.status != 429 && !(self.status == 403 && told) {
            return None;
        }
        let resets = (spent || self.status == 429)
            .then(|| self.header("x-ratelimit-reset").or_else(|| self.header("ratelimit-reset")))
            .flatten()
            .and_then(|seconds| Timestamp::from_second(seconds.trim().parse().ok()?).ok());
        let wait = self.retry_after().or_else(|| Some(between(self.date()?, resets?)));
        let until = match (self.date(), wait) {
            (Some(date), Some(wait)) => date.checked_add(wait).ok(),
            _ => resets,
        };
        Some(Limit { wait, until })
    }

    /// Seconds, or an instant by the other side's own clock.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        Some(between(self.date()?, instant(text)?))
    }
}

/// An instant as HTTP writes it.
fn instant(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

/// No time at all where the end lies before the beginning.
fn between(begin: Timestamp, end: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(begin)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)]) -> Response {
        Response {
            status,
            url: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
            attempts: 1,
        }
    }

    const DATE: (&str, &str) = ("date", "Sat, 21 Nov 2026 12:00:00 GMT");

    #[test]
    fn a_limit_is_told_by_the_other_sides_own_clock() {
        let at = |text: &str| text.parse::<Timestamp>().ok();
        let reset = at("2026-11-21T12:00:40Z").unwrap().as_second().to_string();
        let spent = response(403, &[DATE, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)]);
        let expected = Limit { wait: Some(Duration::from_secs(40)), until: at("2026-11-21T12:00:40Z") };
        assert_eq!(spent.limit(), Some(expected));
        let seconds = response(429, &[DATE, ("retry-after", "7")]);
        assert_eq!(
            seconds.limit(),
            Some(Limit { wait: Some(Duration::from_secs(7)), until: at("2026-11-21T12:00:07Z") })
        );
        let dated = response(429, &[DATE, ("retry-after", "Sat, 21 Nov 2026 12:01:00 GMT")]);
        assert_eq!(dated.limit().unwrap().wait, Some(Duration::from_mins(1)));
        let bare = response(429, &[]);
        assert_eq!(bare.limit(), Some(Limit { wait: None, until: None }));
    }

    #[test]
    fn a_refusal_for_another_reason_is_no_limit() {
        assert_eq!(response(403, &[DATE, ("x-ratelimit-remaining", "4999")]).limit(), None);
        assert_eq!(response(404, &[("retry-after", "1")]).limit(), None);
    }

    #[test]
    fn a_time_that_is_over_or_out_of_range_is_no_wait() {
        let past = response(429, &[DATE, ("retry-after", "Sat, 21 Nov 2026 11:00:00 GMT")]);
        assert_eq!(past.limit().unwrap().wait, Some(Duration::ZERO));
        let absurd = response(429, &[DATE, ("retry-after", "18446744073709551615")]);
        assert_eq!(absurd.limit().unwrap().until, None);
        assert_eq!(
            response(429, &[("x-ratelimit-reset", "999999999999999999")]).limit().unwrap().until,
            None
        );
    }
}
