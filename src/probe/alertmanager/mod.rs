//! Whether alerts reach anybody: Alertmanager answers, nothing of the services is silenced, the watchdog fires, and
//! receivers are somebody.
//!
//! In: an address, and the labels that the services' alerts bear. Out: what stands between an alert and a person. One
//! answer of three can't make up for another: each part is asked and said by itself.

mod matcher;
mod reach;
mod receiver;
mod route;
mod said;
mod silence;
mod watchdog;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::api::{self, Api};
use super::piece::piece;
use super::remark::{Remark, listed, sight};
use super::{Around, Outcome, Probe, Sight};
use crate::calendar::Length;
use reach::Labels;
use route::Config;
use silence::Subject;

/// Whether alerts reach anybody: Alertmanager answers, nothing of the services is silenced, the watchdog fires.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alertmanager {
    /// Where it is, with its path prefix.
    pub url: String,
    /// The alert that always fires; `false`: there is none.
    #[serde(default)]
    pub watchdog: Watchdog,
    /// What it means that the watchdog goes to a receiver that notifies nobody.
    #[serde(default)]
    pub watchdog_receiver: Strictness,
    /// Receivers that must be there and notify somebody.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// What a silence of the services' alerts means.
    #[serde(default)]
    pub silences: Strictness,
    /// The watchdog must have been heard of since.
    #[serde(default = "five_minutes")]
    pub max_age: Length,
}

const fn five_minutes() -> Length {
    Length::minutes(5)
}

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    #[default]
    Refuse,
    Warn,
}

impl Strictness {
    const fn outcome(self) -> Outcome {
        match self {
            Self::Refuse => Outcome::Broken,
            Self::Warn => Outcome::Doubtful,
        }
    }
}

/// The name of the alert that always fires; `None`: it is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watchdog(pub Option<String>);

impl Default for Watchdog {
    fn default() -> Self {
        Self(Some("Watchdog".to_owned()))
    }
}

impl<'de> Deserialize<'de> for Watchdog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "the name of an alert, or false for none")]
        enum Written {
            Name(String),
            Wanted(bool),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Name(name) => Self(Some(name)),
            Written::Wanted(true) => Self::default(),
            Written::Wanted(false) => Self(None),
        })
    }
}

impl Probe for Alertmanager {
    fn validate(&self) -> Result<(), String> {
        api::base(&self.url)?;
        if self.watchdog.0.as_deref() == Some("") {
            return Err("`watchdog` is empty: name the alert, or write `watchdog = false`".to_owned());
        }
        if self.receivers.iter().any(String::is_empty) {
            return Err("`receivers` holds an empty name".to_owned());
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
        let mut api = Api::new(around, door, "Alertmanager", &self.url);
        let mut seen = Seen::default();
        if let Err(remark) = self.ask(&mut api, around, &mut seen) {
            seen.remarks.push(remark);
        }
        seen.remarks.extend(api.clock());
        seen.into_sight(self, around, api)
    }
}

/// What has come together so far.
#[derive(Default)]
struct Seen {
    remarks: Vec<Remark>,
    /// Silences that are refused.
    refused: usize,
    /// When the last silence that mutes something ends, and when the first one begins.
    ends: Option<Timestamp>,
    begins: Option<Timestamp>,
    active: usize,
}

impl Alertmanager {
    /// Asks all there is to ask; an error ends it where nothing more would come either.
    fn ask(&self, api: &mut Api<'_>, around: &Around<'_>, seen: &mut Seen) -> Result<(), Remark> {
        let status = api.ask("/api/v2/status", &[], "")?;
        let status: said::Status = api.read(&status)?;
        match status.cluster.status.as_str() {
            "ready" | "disabled" => {}
            other => seen.remarks.push(
                Remark::cannot_tell(format!(
                    "Alertmanager is not ready: its cluster is {}, so that silences may be missing",
                    piece(other)
                ))
                .remedy("ask again when it is"),
            ),
        }
        let config = Config::read(&status.config.original).map_err(|why| {
            seen.remarks.push(
                Remark::cannot_tell(format!("Alertmanager's config can't be read: {}", piece(&why)))
                    .remedy("see whom its routes and receivers notify"),
            );
        });
        let silences = api.ask("/api/v2/silences", &[], "")?;
        self.silences(&api.read::<Vec<said::Silence>>(&silences)?, around, seen);
        if let Some(name) = &self.watchdog.0 {
            self.watchdog(name, api, around, config.as_ref().ok(), seen)?;
        }
        if let Ok(config) = &config {
            let services = around.release.services.iter();
            let services =
                services.filter(|service| service.alerts.values().any(|values| !values.is_empty()));
            seen.remarks.extend(receiver::services(config, services));
            seen.remarks.extend(receiver::required(config, &self.receivers));
        }
        Ok(())
    }

    fn silences(&self, silences: &[said::Silence], around: &Around<'_>, seen: &mut Seen) {
        let watchdog = self
            .watchdog
            .0
            .iter()
            .map(|name| (name.as_str(), Labels::from([("alertname".to_owned(), vec![name.clone()])])));
        let watchdog: BTreeMap<&str, Labels> = watchdog.collect();
        let nothing = Labels::new();
        let mut subjects: Vec<Subject<'_>> =
            watchdog.iter().map(|(name, labels)| Subject { name, labels, watchdog: true }).collect();
        let services = &around.release.services;
        subjects.extend(services.iter().map(|service| Subject {
            name: &service.name,
            labels: &service.alerts,
            watchdog: false,
        }));
        if services.is_empty() {
            subjects.push(Subject { name: "what is released", labels: &nothing, watchdog: false });
        }
        let found = silence::judge(silences, &subjects, self.silences, (around.clock)());
        seen.refused = found.remarks.iter().filter(|remark| remark.outcome == Outcome::Broken).count();
        seen.remarks.extend(found.remarks);
        (seen.ends, seen.begins, seen.active) = (found.ends, found.begins, found.active);
    }

    fn watchdog(
        &self,
        name: &str,
        api: &mut Api<'_>,
        around: &Around<'_>,
        config: Option<&Config>,
        seen: &mut Seen,
    ) -> Result<(), Remark> {
        let filter = format!("alertname=\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        let alerts = api.ask("/api/v2/alerts", &[("filter", &filter)], &filter)?;
        let alerts: Vec<said::Alert> = api.read(&alerts)?;
        let max_age = self.max_age.duration();
        let well = watchdog::judge(name, &alerts, (around.clock)(), max_age, &mut seen.remarks);
        if let Some(config) = config {
            let names = well.iter().flat_map(|alert| &alert.receivers).map(|receiver| receiver.name.as_str());
            let outcome = self.watchdog_receiver.outcome();
            seen.remarks.extend(receiver::watchdog(config, name, names.collect(), outcome));
        }
        Ok(())
    }
}

impl Seen {
    fn into_sight(self, probe: &Alertmanager, around: &Around<'_>, api: Api<'_>) -> Sight {
        let good = || {
            let services = listed(around.release.services.iter().map(|service| service.name.as_str()));
            let silences = match (self.active, services.is_empty()) {
                (0, _) => "nothing is silenced".to_owned(),
                (count, true) => format!("{count} silences are active"),
                (_, false) => format!("no silence hits alerts of {services}"),
            };
            match &probe.watchdog.0 {
                Some(name) => format!("{silences}, and the watchdog `{}` fires", piece(name)),
                None => silences,
            }
        };
        let broken = self.remarks.iter().filter(|remark| remark.outcome == Outcome::Broken).count();
        let mut sight = sight(good, self.remarks, api.into_asked());
        sight.valid_until = match sight.outcome {
            Outcome::Broken if broken == self.refused => self.ends,
            Outcome::Holds | Outcome::Doubtful => self.begins,
            Outcome::Broken | Outcome::CannotTell => None,
        };
        sight
    }
}
