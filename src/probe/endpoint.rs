//! Whether an address answers as a machine client needs it to, redirects included.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether an address answers as a machine client needs it to, redirects included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Endpoint {
    pub url: String,
}

impl Probe for Endpoint {
    fn subject(&self) -> String {
        crate::http::shown(&self.url)
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
