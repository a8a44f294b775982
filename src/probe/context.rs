//! Whether this machine points at the environment that is released to.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether this machine points at the environment that is released to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Context {
    #[serde(default)]
    pub namespace: Option<String>,
}

impl Probe for Context {
    fn subject(&self) -> String {
        "where commands of this machine go".to_owned()
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
