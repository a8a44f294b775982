//! How long the certificates of hosts are good for, and whether they are the right ones.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// How long the certificates of hosts are good for, and whether they are the right ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Certificate {
    pub hosts: Vec<String>,
}

impl Probe for Certificate {
    fn subject(&self) -> String {
        self.hosts.join(", ")
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
