//! The incidents that taught the policies, in our own words.

use std::sync::LazyLock;

use serde::Deserialize;

/// What happened somewhere else.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Incident {
    pub id: String,
    pub title: String,
    pub date: String,
    /// One line, for a refusal: what was done and what it cost.
    pub line: String,
    /// The whole story, for `explain`.
    pub story: String,
    /// What was learnt, one sentence each.
    pub lessons: Vec<String>,
    /// Where the report came from, in words.
    pub report: String,
}

const FILES: [&str; 5] = [
    include_str!("../../policies/incidents/deployer-api-deleted.toml"),
    include_str!("../../policies/incidents/docs-certificate-expired.toml"),
    include_str!("../../policies/incidents/inventory-outage.toml"),
    include_str!("../../policies/incidents/iot-data-stale.toml"),
    include_str!("../../policies/incidents/kafka-duplicate-uploads.toml"),
];

static INCIDENTS: LazyLock<Vec<Incident>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| toml::from_str(text).ok()).collect());

/// All incidents, by id.
pub fn incidents() -> &'static [Incident] {
    &INCIDENTS
}

pub fn incident(id: &str) -> Option<&'static Incident> {
    INCIDENTS.iter().find(|incident| incident.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_incident_file_is_read() {
        assert_eq!(incidents().len(), FILES.len());
    }
}
