//! Whether matchers hit the alerts of a service of which some labels are known and others are not.
//!
//! In: matchers, and labels each with the values that they can have. Out: a [`Reach`]. A label that is not listed is
//! one of which nothing is known: alerts may bear it or not, with any value.

use std::collections::BTreeMap;

use super::matcher::Matcher;

/// Labels that alerts bear, each with the values that they can have.
pub(super) type Labels = BTreeMap<String, Vec<String>>;

/// What no alert bears as a value unless it is made to: what lets this through lets anything through.
const ANY: &str = "a value that nobody gives a label";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// None of them.
    Misses,
    /// It depends on labels that are not listed, and on nothing else.
    May,
    /// It rests on an expression that can't be evaluated here.
    CannotTell,
    /// Some of them: not every listed value, or only where an unlisted label fits as well.
    Some,
    All,
}

pub(super) fn reach(matchers: &[Matcher], labels: &Labels) -> Reach {
    let mut by_label: BTreeMap<&str, Vec<&Matcher>> = BTreeMap::new();
    for matcher in matchers {
        by_label.entry(&matcher.label).or_default().push(matcher);
    }
    let (mut on_listed, mut narrowed, mut on_unlisted, mut unknown) = (false, false, false, false);
    for (label, matchers) in by_label {
        match labels.get(label).filter(|values| !values.is_empty()) {
            Some(values) => {
                on_listed = true;
                let passing: Vec<Option<bool>> = values.iter().map(|value| all(&matchers, value)).collect();
                if passing.iter().all(|passes| *passes == Some(false)) {
                    return Reach::Misses;
                }
                unknown |= !passing.contains(&Some(true));
                narrowed |= passing.contains(&Some(false));
            }
            None => match anything(&matchers) {
                Unlisted::Nothing => return Reach::Misses,
                Unlisted::Specific => on_unlisted = true,
                Unlisted::Unknown => unknown = true,
                Unlisted::Anything => {}
            },
        }
    }
    match (unknown, on_listed, on_unlisted) {
        (true, ..) => Reach::CannotTell,
        (false, false, true) => Reach::May,
        (false, true, true) => Reach::Some,
        (false, _, false) if narrowed => Reach::Some,
        (false, _, false) => Reach::All,
    }
}

/// Whether a value passes all; a certain no outweighs what can't be told.
pub(super) fn all(matchers: &[&Matcher], value: &str) -> Option<bool> {
    let passing: Vec<Option<bool>> = matchers.iter().map(|matcher| matcher.passes(value)).collect();
    if passing.contains(&Some(false)) {
        Some(false)
    } else {
        passing.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
    }
}

/// What matchers say of a label of which nothing is known.
enum Unlisted {
    Nothing,
    Specific,
    Unknown,
    Anything,
}

fn anything(matchers: &[&Matcher]) -> Unlisted {
    // A value that is the only one for a matcher is the only one to be tried on all.
    if let Some(only) = matchers.iter().find_map(|matcher| matcher.only()) {
        return match all(matchers, only) {
            Some(false) => Unlisted::Nothing,
            Some(true) if only.is_empty() => Unlisted::Anything,
            Some(true) => Unlisted::Specific,
            None => Unlisted::Unknown,
        };
    }
    match (all(matchers, ANY), all(matchers, "")) {
        (Some(true), _) | (_, Some(true)) => Unlisted::Anything,
        (None, _) | (_, None) => Unlisted::Unknown,
        (Some(false), Some(false)) => Unlisted::Specific,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matcher::written;

    use super::*;

    fn matchers(texts: &[&str]) -> Vec<Matcher> {
        texts.iter().map(|text| Matcher::parse(text).unwrap()).collect()
    }

    fn iot() -> Labels {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        Labels::from([
            ("service".to_owned(), values(&["iot-etl"])),
            ("alertname".to_owned(), values(&["IotDataStale", "IotLagHigh"])),
            ("empty".to_owned(), Vec::new()),
        ])
    }

    #[test]
    fn p5_a_silence_reaches_a_service_as_its_matchers_say() {
        for (texts, expected) in [
            (&[r#"service="iot-etl""#][..], Reach::All),
            (&[r#"service=~"iot-.*""#], Reach::All),
            (&[r#"service=~"iot""#], Reach::Misses),
            (&[r#"service="web""#], Reach::Misses),
            (&[r#"service!="web""#], Reach::All),
            (&[r#"service!="iot-etl""#], Reach::Misses),
            (&[r#"alertname="IotLagHigh""#], Reach::Some),
            (&[r#"alertname=~"Iot.+""#], Reach::All),
            (&[r#"alertname!="IotLagHigh""#], Reach::Some),
            (&[r#"alertname=~"Iot.*""#, r#"alertname!~".*High|.*Stale""#], Reach::Misses),
            (&[r#"service="iot-etl""#, r#"severity="critical""#], Reach::Some),
            (&[r#"service="iot-etl""#, r#"severity=~".+""#], Reach::All),
            (&[r#"service="web""#, r#"severity="critical""#], Reach::Misses),
            (&[r#"severity="critical""#], Reach::May),
            (&[r#"severity="critical""#, r#"severity="warning""#], Reach::Misses),
            (&[r#"severity="critical""#, r#"severity=~"warn.*""#], Reach::Misses),
            (&[r#"severity!="none""#], Reach::All),
            (&[r#"severity=~".+""#], Reach::All),
            (&[r#"severity=~".*""#], Reach::All),
            (&[r#"empty="x""#], Reach::May),
            (&[], Reach::All),
            (&[r#"service=~"[a&&b]""#], Reach::CannotTell),
            (&[r#"service=~"[a&&b]""#, r#"alertname="Other""#], Reach::Misses),
            (&[r#"service=~"[a&&b]""#, r#"service="web""#], Reach::Misses),
            (&[r#"severity=~"[a&&b]""#], Reach::CannotTell),
            (&[r#"severity!~"[a&&b]""#, r#"severity="x""#], Reach::CannotTell),
        ] {
            assert_eq!(reach(&matchers(texts), &iot()), expected, "{texts:?}");
        }
    }

    /// Every alert that there can be in a small world: two listed labels, one that is not, absent or with some value.
    fn world() -> Vec<BTreeMap<&'static str, &'static str>> {
        let mut alerts = Vec::new();
        for a in ["x", "y"] {
            for b in ["x"] {
                for c in ["", "x", "y", "xy", ANY] {
                    alerts.push(BTreeMap::from([("a", a), ("b", b), ("c", c)]));
                }
            }
        }
        alerts
    }

    fn mutes(matchers: &[Matcher], alert: &BTreeMap<&str, &str>) -> bool {
        let value = |label: &str| alert.get(label).copied().unwrap_or_default();
        matchers.iter().all(|matcher| matcher.passes(value(&matcher.label)).unwrap())
    }

    proptest! {
        #[test]
        fn p5_what_is_said_of_a_silence_is_what_trying_every_alert_says(
            parts in proptest::collection::vec(
                ("[abc]", proptest::sample::select(&["x", "y", "x|y", "x.*", ".+", ".*", "", "[xy]", "z"][..]), any::<bool>(), any::<bool>()),
                0..5,
            ),
        ) {
            let matchers: Vec<Matcher> =
                parts.iter().map(|(label, value, regex, equal)| Matcher::new(label, value, *regex, *equal)).collect();
            let labels = Labels::from([
                ("a".to_owned(), vec!["x".to_owned(), "y".to_owned()]),
                ("b".to_owned(), vec!["x".to_owned()]),
            ]);
            let world = world();
            let muted = world.iter().filter(|alert| mutes(&matchers, alert)).count();
            match reach(&matchers, &labels) {
                Reach::Misses => prop_assert_eq!(muted, 0),
                // Whatever the listed labels are, some value of the unlisted one is hit.
                Reach::All => {
                    for a in ["x", "y"] {
                        let some = world.iter().any(|alert| alert["a"] == a && mutes(&matchers, alert));
                        prop_assert!(some, "{}", written(&matchers));
                    }
                }
                Reach::May => prop_assert!(matchers.iter().all(|matcher| matcher.label == "c")),
                Reach::Some => prop_assert!(matchers.iter().any(|matcher| matcher.label != "c")),
                Reach::CannotTell => prop_assert!(false, "every expression can be evaluated"),
            }
            // An alert that is muted is never missed.
            prop_assert!(muted == 0 || reach(&matchers, &labels) != Reach::Misses);
        }
    }
}
