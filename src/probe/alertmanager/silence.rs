//! Silences: whom they mute, who made them, and until when.
//!
//! In: what Alertmanager says of its silences, and whose alerts must not be muted. Out: [`Remark`]s, and when that
//! changes by itself. Alertmanager's own word counts for whether a silence is active: it is the one that mutes.

use jiff::{SignedDuration, Timestamp};

use super::Strictness;
use super::matcher::{Matcher, written};
use super::reach::{Labels, Reach, reach};
use super::said::{RawMatcher, Silence};
use crate::probe::Outcome;
use crate::probe::piece::piece;
use crate::probe::remark::{Remark, listed, minute};

/// A silence that begins this soon is said.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// Whose alerts must reach somebody.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    pub(super) labels: &'a Labels,
    /// Muting it is never let through.
    pub(super) watchdog: bool,
}

/// What silences come to.
#[derive(Debug, Default)]
pub(super) struct Silences {
    pub(super) remarks: Vec<Remark>,
    /// When the last silence that mutes something ends.
    pub(super) ends: Option<Timestamp>,
    /// When the first silence begins that will mute something.
    pub(super) begins: Option<Timestamp>,
    pub(super) active: usize,
}

pub(super) fn judge(
    silences: &[Silence],
    subjects: &[Subject<'_>],
    strictness: Strictness,
    now: Timestamp,
) -> Silences {
    let mut found = Silences::default();
    for silence in silences {
        let hits = Hits::of(silence, subjects);
        match silence.status.state.as_str() {
            "expired" => {}
            "pending" => found.pending(silence, &hits, now),
            _ => found.active(silence, &hits, strictness),
        }
    }
    found
}

/// Whom one silence reaches, by how surely it does.
struct Hits<'a> {
    matchers: Vec<Matcher>,
    all: Vec<&'a str>,
    some: Vec<&'a str>,
    may: Vec<&'a str>,
    unknown: Vec<&'a str>,
    watchdog: bool,
}

impl<'a> Hits<'a> {
    fn of(silence: &Silence, subjects: &[Subject<'a>]) -> Self {
        let matchers: Vec<Matcher> = silence.matchers.iter().map(Matcher::of).collect();
        let mut hits = Self {
            matchers,
            all: Vec::new(),
            some: Vec::new(),
            may: Vec::new(),
            unknown: Vec::new(),
            watchdog: false,
        };
        for subject in subjects {
            let reached = reach(&hits.matchers, subject.labels);
            let names = match reached {
                Reach::Misses => continue,
                // A silence on labels of which nothing is known says nothing of the watchdog.
                Reach::May if subject.watchdog => continue,
                Reach::May => &mut hits.may,
                Reach::CannotTell => &mut hits.unknown,
                Reach::Some => &mut hits.some,
                Reach::All => &mut hits.all,
            };
            names.push(subject.name);
            hits.watchdog |= subject.watchdog && matches!(reached, Reach::Some | Reach::All);
        }
        hits
    }

    /// `alerts of iot-etl and some alerts of web`
    fn muted(&self) -> Option<String> {
        let all = (!self.all.is_empty()).then(|| format!("alerts of {}", listed(self.all.iter().copied())));
        let some =
            (!self.some.is_empty()).then(|| format!("some alerts of {}", listed(self.some.iter().copied())));
        let parts: Vec<String> = all.into_iter().chain(some).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    fn matchers(&self) -> String {
        piece(&written(&self.matchers))
    }
}

impl Silences {
    fn active(&mut self, silence: &Silence, hits: &Hits<'_>, strictness: Strictness) {
        self.active += 1;
        let until = minute(silence.ends_at);
        let matchers = hits.matchers();
        let who = who(silence);
        if let Some(muted) = hits.muted() {
            self.ends = self.ends.max(Some(silence.ends_at));
            let outcome = if hits.watchdog { Outcome::Broken } else { strictness.outcome() };
            self.remarks.push(
                Remark::new(outcome, format!("{muted} are silenced until {until}: {matchers}"))
                    .more(who)
                    .remedy(format!("expire the silence in Alertmanager, or wait until {until}")),
            );
        } else if !hits.unknown.is_empty() {
            let names = listed(hits.unknown.iter().copied());
            self.remarks.push(
                Remark::cannot_tell(format!(
                    "whether a silence hits alerts of {names} can't be told until {until}: {matchers}"
                ))
                .more(who)
                .remedy("look at the silence in Alertmanager: its expression is not evaluated here"),
            );
        } else if !hits.may.is_empty() {
            let names = listed(hits.may.iter().copied());
            self.remarks.push(
                Remark::new(
                    Outcome::Doubtful,
                    format!("a silence may hit alerts of {names} until {until}: {matchers}"),
                )
                .more(who)
                .remedy(
                    "look at the silence in Alertmanager, or list these labels under the service's alerts",
                ),
            );
        }
    }

    fn pending(&mut self, silence: &Silence, hits: &Hits<'_>, now: Timestamp) {
        let Some(muted) = hits.muted() else { return };
        self.begins = self.begins.into_iter().chain([silence.starts_at]).min();
        if silence.starts_at.duration_since(now) <= SOON {
            let begin = minute(silence.starts_at);
            let line = format!("{muted} will be silenced from {begin} on: {}", hits.matchers());
            self.remarks.push(Remark::new(Outcome::Holds, line).more(who(silence)));
        }
    }
}

fn who(silence: &Silence) -> String {
    let by = if silence.created_by.is_empty() { "nobody named" } else { &silence.created_by };
    let comment = if silence.comment.is_empty() { "no comment" } else { &silence.comment };
    format!("silence {} by {}: {}", piece(&silence.id), piece(by), piece(comment))
}

impl RawMatcher {
    /// `name="value"`, for tests.
    #[cfg(test)]
    pub(super) fn equal(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), is_regex: false, is_equal: true }
    }
}

#[cfg(test)]
mod tests {
    use super::super::said::State;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn silence(state: &str, matchers: &[(&str, &str)]) -> Silence {
        Silence {
            id: "5d1f".to_owned(),
            status: State { state: state.to_owned() },
            matchers: matchers.iter().map(|(name, value)| RawMatcher::equal(name, value)).collect(),
            starts_at: at("2026-11-21T12:30:00Z"),
            ends_at: at("2026-11-21T18:00:00Z"),
            created_by: "on-call".to_owned(),
            comment: "noise".to_owned(),
        }
    }

    fn judged(silences: &[Silence], strictness: Strictness) -> Silences {
        let labels = Labels::from([("service".to_owned(), vec!["iot-etl".to_owned()])]);
        let watchdog = Labels::from([("alertname".to_owned(), vec!["Watchdog".to_owned()])]);
        let subjects = [
            Subject { name: "Watchdog", labels: &watchdog, watchdog: true },
            Subject { name: "iot-etl", labels: &labels, watchdog: false },
        ];
        judge(silences, &subjects, strictness, at("2026-11-21T12:00:00Z"))
    }

    fn outcomes(silences: &Silences) -> Vec<Outcome> {
        silences.remarks.iter().map(|remark| remark.outcome).collect()
    }

    const SERVICE: (&str, &str) = ("service", "iot-etl");

    #[test]
    fn p5_only_what_mutes_now_counts_and_who_did_it_is_said() {
        let found = judged(
            &[
                silence("active", &[SERVICE]),
                silence("expired", &[SERVICE]),
                silence("active", &[("service", "web")]),
            ],
            Strictness::Refuse,
        );
        assert_eq!(outcomes(&found), [Outcome::Broken]);
        let remark = &found.remarks[0];
        assert_eq!(
            remark.line,
            r#"alerts of iot-etl are silenced until 2026-11-21 18:00 UTC: service="iot-etl""#
        );
        assert_eq!(remark.more, ["silence 5d1f by on-call: noise"]);
        assert_eq!(found.ends, Some(at("2026-11-21T18:00:00Z")));
        assert_eq!(found.active, 2);
    }

    #[test]
    fn p5_a_silence_that_begins_soon_is_said_and_ends_what_was_seen() {
        let found = judged(&[silence("pending", &[SERVICE])], Strictness::Refuse);
        assert_eq!(outcomes(&found), [Outcome::Holds]);
        assert_eq!(found.begins, Some(at("2026-11-21T12:30:00Z")));
        let late = Silence { starts_at: at("2026-11-21T14:00:00Z"), ..silence("pending", &[SERVICE]) };
        let found = judged(&[late], Strictness::Refuse);
        assert!(found.remarks.is_empty());
        assert_eq!(found.begins, Some(at("2026-11-21T14:00:00Z")));
    }

    #[test]
    fn p5_a_silence_may_be_let_through_but_never_one_of_the_watchdog() {
        let found = judged(&[silence("active", &[SERVICE])], Strictness::Warn);
        assert_eq!(outcomes(&found), [Outcome::Doubtful]);
        for everything in [&[("alertname", "Watchdog")][..], &[]] {
            let found = judged(&[silence("active", everything)], Strictness::Warn);
            assert_eq!(outcomes(&found), [Outcome::Broken], "{everything:?}");
        }
    }

    #[test]
    fn p5_a_silence_on_labels_that_are_not_listed_is_named() {
        let found = judged(&[silence("active", &[("severity", "critical")])], Strictness::Refuse);
        assert_eq!(outcomes(&found), [Outcome::Doubtful]);
        assert!(found.remarks[0].line.starts_with("a silence may hit alerts of iot-etl until"));
        // A word for a state that is not known is no reason to overlook a silence.
        let found = judged(&[silence("new", &[SERVICE])], Strictness::Refuse);
        assert_eq!(outcomes(&found), [Outcome::Broken]);
    }
}
