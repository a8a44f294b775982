//! What Alertmanager's API v2 says, as it says it.
//!
//! In: JSON. Out: plain data. Fields that nothing here rests on are left out. Must not know what follows from it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) cluster: Cluster,
    pub(super) config: Config,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cluster {
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Config {
    /// YAML, with `<secret>` in the place of secrets.
    pub(super) original: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Silence {
    pub(super) id: String,
    pub(super) status: State,
    pub(super) matchers: Vec<RawMatcher>,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
    #[serde(default)]
    pub(super) created_by: String,
    #[serde(default)]
    pub(super) comment: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct State {
    pub(super) state: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawMatcher {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_regex: bool,
    /// Absent before 0.22, where nothing could be negated.
    #[serde(default = "yes")]
    pub(super) is_equal: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) status: AlertStatus,
    pub(super) ends_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) receivers: Vec<Receiver>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertStatus {
    pub(super) state: String,
    #[serde(default)]
    pub(super) silenced_by: Vec<String>,
    #[serde(default)]
    pub(super) inhibited_by: Vec<String>,
    /// Names of time intervals; since 0.28.
    #[serde(default)]
    pub(super) muted_by: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Receiver {
    pub(super) name: String,
}
