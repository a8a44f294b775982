//! Whether alerts reach anybody: Alertmanager answers, nothing of the services is silenced, the watchdog fires.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether alerts reach anybody: Alertmanager answers, nothing of the services is silenced, the watchdog fires.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alertmanager {
    pub url: String,
}

impl Probe for Alertmanager {
    fn subject(&self) -> String {
        crate::http::shown(&self.url)
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
