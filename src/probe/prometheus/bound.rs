//! Values against their bound.
//!
//! In: series with finite values. Out: what is said where all are within, or the [`Remark`] on the worst.

use super::{Prometheus, Series};
use crate::probe::Outcome;
use crate::probe::piece::piece;
use crate::probe::remark::Remark;

/// Series beside the worst that are told one by one.
const MOST: usize = 10;

pub(super) fn judge(probe: &Prometheus, series: &[Series]) -> Result<String, Remark> {
    let mut over: Vec<(f64, &Series)> = series
        .iter()
        .map(|one| (excess(probe, one.value), one))
        .filter(|(excess, _)| *excess > 0.0)
        .collect();
    // The worst first, and the same one first each time.
    over.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.name.cmp(&other.name)));
    let Some((_, worst)) = over.first() else { return Ok(within(probe, series)) };
    let of = match (over.len(), series.len()) {
        (_, 1) => String::new(),
        (1, all) => format!(" (1 of {all} series is not)"),
        (count, all) => format!(" ({count} of {all} series are not)"),
    };
    let name = if worst.name.is_empty() { piece(&probe.query) } else { worst.name.clone() };
    let line = format!("{name} is {}, and has to be {}{of}", amount(probe, worst.value), bounds(probe));
    let mut remark = Remark::new(Outcome::Broken, line);
    for (_, one) in over.iter().skip(1).take(MOST) {
        remark = remark.more(format!("{} is {}", one.name, amount(probe, one.value)));
    }
    if over.len() > MOST + 1 {
        remark = remark.more(format!("and {} series more", over.len() - MOST - 1));
    }
    Err(remark.remedy(format!("find out why, and wait until it is {}", bounds(probe))))
}

/// How far a value is out of its bounds.
fn excess(probe: &Prometheus, value: f64) -> f64 {
    let above = probe.at_most.map_or(0.0, |most| value - most);
    let below = probe.at_least.map_or(0.0, |least| least - value);
    above.max(below)
}

fn within(probe: &Prometheus, series: &[Series]) -> String {
    let query = piece(&probe.query);
    let values = || series.iter().map(|one| one.value);
    let Some(first) = values().next() else {
        return format!("no series for {query}, which is let through");
    };
    let (least, most) = (values().fold(first, f64::min), values().fold(first, f64::max));
    let seen = match (series.len(), probe.at_most.is_some(), probe.at_least.is_some()) {
        (1, ..) => amount(probe, first),
        (count, true, false) => format!("at most {} in {count} series", amount(probe, most)),
        (count, false, _) => format!("at least {} in {count} series", amount(probe, least)),
        (count, true, true) => format!("{} to {} in {count} series", number(least), amount(probe, most)),
    };
    format!("{query} is {seen} (allowed: {})", bounds(probe))
}

/// `at most 1000 messages`
fn bounds(probe: &Prometheus) -> String {
    match (probe.at_least, probe.at_most) {
        (Some(least), Some(most)) => format!("{} to {}", number(least), amount(probe, most)),
        (Some(least), None) => format!("at least {}", amount(probe, least)),
        (None, Some(most)) => format!("at most {}", amount(probe, most)),
        (None, None) => "anything".to_owned(),
    }
}

fn amount(probe: &Prometheus, value: f64) -> String {
    match &probe.unit {
        Some(unit) => format!("{} {unit}", number(value)),
        None => number(value),
    }
}

fn number(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-6..1e15).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(bounds: &str) -> Prometheus {
        let text = format!("url = 'http://127.0.0.1'\nquery = 'lag'\nunit = 'messages'\n{bounds}");
        toml::from_str(&text).unwrap()
    }

    fn series(values: &[f64]) -> Vec<Series> {
        let one = |(place, value): (usize, &f64)| Series {
            name: format!("lag{{p=\"{place}\"}}"),
            at: 0.0,
            value: *value,
        };
        values.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_worst_series_is_named_with_its_value_and_the_bound() {
        let over = judge(&probe("at-most = 10"), &series(&[11.0, 3.0, 30.5, 10.0])).unwrap_err();
        assert_eq!(
            over.line,
            r#"lag{p="2"} is 30.5 messages, and has to be at most 10 messages (2 of 4 series are not)"#
        );
        assert_eq!(over.more, [r#"lag{p="0"} is 11 messages"#]);
        assert_eq!(over.remedy.as_deref(), Some("find out why, and wait until it is at most 10 messages"));
        let under = judge(&probe("at-most = 10\nat-least = 1"), &series(&[0.0])).unwrap_err();
        assert_eq!(under.line, r#"lag{p="0"} is 0 messages, and has to be 1 to 10 messages"#);
        let many = judge(&probe("at-least = 1"), &series(&[0.0; 100])).unwrap_err();
        assert_eq!((many.more.len(), many.more.last().unwrap().as_str()), (MOST + 1, "and 89 series more"));
    }

    #[test]
    fn a_bound_itself_is_within() {
        for (bounds, values, said) in [
            ("at-most = 10", &[10.0][..], "lag is 10 messages (allowed: at most 10 messages)"),
            (
                "at-most = 10",
                &[1.0, 10.0],
                "lag is at most 10 messages in 2 series (allowed: at most 10 messages)",
            ),
            (
                "at-least = 1",
                &[1.0, 10.0],
                "lag is at least 1 messages in 2 series (allowed: at least 1 messages)",
            ),
            (
                "at-least = 1\nat-most = 2",
                &[1.0, 2.0],
                "lag is 1 to 2 messages in 2 series (allowed: 1 to 2 messages)",
            ),
            ("at-most = 0.5", &[1e-9], "lag is 1e-9 messages (allowed: at most 0.5 messages)"),
            ("at-most = 0", &[], "no series for lag, which is let through"),
        ] {
            assert_eq!(judge(&probe(bounds), &series(values)).unwrap(), said);
        }
    }
}
