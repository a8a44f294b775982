//! Whether a measured value is within its bound, and really measured.
//!
//! In: a query and its bound. Out: the worst series, or why its value can't be relied on.
//!
//! An instant query dates every value with the moment of the query, so that it hides how old what it rests on is:
//! Prometheus looks back five minutes for a plain metric, and as far as a range goes. The age is asked apart: for each
//! metric that the query reads the oldest `timestamp(…)`, or `freshness`, whose value is the time of the newest data,
//! for what is copied into Prometheus and looks new there whenever it is read (a push gateway, a text file).

mod answer;
mod bound;
mod selector;

use jiff::SignedDuration;
use serde::Deserialize;

use super::api::{self, Api};
use super::piece::piece;
use super::remark::{Remark, sight};
use super::{Around, Outcome, Probe, Sight};
use crate::calendar::Length;
use answer::{Answer, Series};
use selector::selectors;

/// Characters of a query: it has to fit into an address that proxies let through.
const LONGEST: usize = 2_000;
/// Metrics whose age is asked one by one.
const MOST: usize = 8;

/// Whether a measured value is within its bound.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prometheus {
    /// Where it is, with its path prefix.
    pub url: String,
    pub query: String,
    /// Every series has to be at most this.
    #[serde(default)]
    pub at_most: Option<f64>,
    #[serde(default)]
    pub at_least: Option<f64>,
    /// How many series there have to be: with partitions that are not there a lag looks small.
    #[serde(default)]
    pub series: Option<usize>,
    /// How old the samples may be that the value rests on.
    #[serde(default = "five_minutes")]
    pub max_age: Length,
    /// A query for the time of the newest data, in seconds since 1970.
    #[serde(default)]
    pub freshness: Option<String>,
    /// What no series at all means.
    #[serde(default)]
    pub empty: Empty,
    /// What is counted: `messages`.
    #[serde(default)]
    pub unit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// A metric that is gone and one that is zero are not the same.
    #[default]
    Error,
    Ok,
}

const fn five_minutes() -> Length {
    Length::minutes(5)
}

impl Probe for Prometheus {
    fn validate(&self) -> Result<(), String> {
        api::base(&self.url)?;
        let bounds = [self.at_most, self.at_least];
        if bounds.iter().all(Option::is_none) {
            return Err("there is no bound: give `at-most`, `at-least` or both".to_owned());
        }
        if bounds.iter().flatten().any(|bound| !bound.is_finite()) {
            return Err("a bound is no number".to_owned());
        }
        if let (Some(most), Some(least)) = (self.at_most, self.at_least)
            && least > most
        {
            return Err(format!("no value is at least {least} and at most {most}"));
        }
        for (key, query) in [("query", Some(&self.query)), ("freshness", self.freshness.as_ref())] {
            let Some(query) = query else { continue };
            if query.trim().is_empty() {
                return Err(format!("`{key}` is empty"));
            }
            if query.chars().count() > LONGEST {
                return Err(format!("`{key}` is longer than {LONGEST} characters: make it a recording rule"));
            }
        }
        match (self.series, self.empty) {
            (Some(0), _) => return Err("`series = 0` asks for nothing: leave it out".to_owned()),
            (Some(_), Empty::Ok) => {
                return Err("`series` and `empty = \"ok\"` contradict each other".to_owned());
            }
            _ => {}
        }
        if self.freshness.is_none() {
            match selectors(&self.query) {
                None => return Err("`query` has a bracket or quote that is not closed".to_owned()),
                Some(found) if found.len() > MOST => {
                    return Err(format!(
                        "`query` reads more than {MOST} metrics: say with `freshness` how old they are"
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn subject(&self) -> String {
        crate::http::shown(&self.url)
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        let door = match around.network() {
            Ok(door) => door,
            Err(offline) => return *offline,
        };
        let mut api = Api::new(around, door, "Prometheus", &self.url);
        let mut remarks = Vec::new();
        let mut good = String::new();
        match self.ask(&mut api, &mut remarks) {
            Ok(seen) => good = seen,
            Err(remark) => remarks.push(remark),
        }
        remarks.extend(api.clock());
        sight(|| good, remarks, api.into_asked())
    }
}

impl Prometheus {
    /// Asks for the value and its age; what comes back is said where nothing is wrong.
    fn ask(&self, api: &mut Api<'_>, remarks: &mut Vec<Remark>) -> Result<String, Remark> {
        let answer = instant(api, &self.query)?;
        remarks.extend(
            answer.infos.iter().map(|info| Remark::new(Outcome::Holds, format!("Prometheus notes: {info}"))),
        );
        let series = answer.series;
        if let Some(expected) = self.series.filter(|expected| *expected != series.len()) {
            return Err(Remark::cannot_tell(format!(
                "there are {} series and not {expected}, so that some are not measured: {}",
                series.len(),
                piece(&self.query)
            ))
            .remedy("see that every target is scraped, or mend `series`"));
        }
        if series.is_empty() && self.empty == Empty::Error {
            return Err(Remark::cannot_tell(format!(
                "nothing is measured: no series for {}",
                piece(&self.query)
            ))
            .remedy("see that the target is scraped and the query right; `empty = \"ok\"` lets it through"));
        }
        self.age(api, series.is_empty(), remarks)?;
        match bound::judge(self, &series) {
            Ok(good) => Ok(good),
            Err(remark) => {
                remarks.push(remark);
                Ok(String::new())
            }
        }
    }

    /// How old what the value rests on is.
    fn age(&self, api: &mut Api<'_>, empty: bool, remarks: &mut Vec<Remark>) -> Result<(), Remark> {
        let found = match &self.freshness {
            Some(query) => vec![(query.clone(), query.clone())],
            // Nothing was measured, and that is let through.
            None if empty => Vec::new(),
            None => selectors(&self.query)
                .unwrap_or_default()
                .into_iter()
                .map(|selector| (format!("bottomk(1, timestamp({selector}))"), selector))
                .collect(),
        };
        let mut oldest: Option<SignedDuration> = None;
        for (query, of) in found {
            let series = instant(api, &query)?.series;
            if series.is_empty() {
                if self.empty == Empty::Ok && self.freshness.is_none() {
                    continue;
                }
                return Err(Remark::cannot_tell(format!("nothing new is measured: no recent sample of {}", piece(&of)))
                    .remedy(
                        "see that the target is scraped; where the metric may be absent, say with `freshness` how old \
                         the data is",
                    ));
            }
            for one in &series {
                oldest = oldest.max(Some(self.fresh(one, &of)?));
            }
        }
        if let Some(oldest) = oldest {
            remarks.push(Remark::new(Outcome::Holds, format!("measured {oldest:#} ago")));
        }
        Ok(())
    }

    /// The age of one series, where that is none too great.
    fn fresh(&self, series: &Series, of: &str) -> Result<SignedDuration, Remark> {
        let name = match series.name.as_str() {
            "" => piece(of),
            // A function leaves the labels and takes the name away.
            labels if labels.starts_with('{') => {
                piece(&format!("{}{labels}", of.split('{').next().unwrap_or_default()))
            }
            name => name.to_owned(),
        };
        let age = SignedDuration::try_from_secs_f64(series.at - series.value).ok();
        let limit = self.max_age.duration();
        // The time that is no time: a counter, milliseconds.
        let Some(age) = age.filter(|age| *age >= -limit && series.value > 1e9) else {
            return Err(Remark::cannot_tell(format!(
                "how old {name} is can't be told: {} is no time that has been, in seconds since 1970",
                series.value
            ))
            .remedy("mend `freshness`, or the clock of whoever measures"));
        };
        let whole = SignedDuration::from_secs(age.as_secs().max(0));
        if age > limit {
            return Err(Remark::cannot_tell(format!(
                "the value is stale: {name} was last measured {whole:#} ago, and {} is allowed",
                self.max_age
            ))
            .remedy("see that Prometheus scrapes its targets and evaluates its rules"));
        }
        Ok(whole)
    }
}

fn instant(api: &mut Api<'_>, query: &str) -> Result<Answer, Remark> {
    let reply = api.ask("/api/v1/query", &[("query", query)], query)?;
    answer::read(api, &reply, query)
}
