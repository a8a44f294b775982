//! Whether a measured value is within its bound.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether a measured value is within its bound.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prometheus {
    pub url: String,
    pub query: String,
}

impl Probe for Prometheus {
    fn subject(&self) -> String {
        crate::http::shown(&self.url)
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
