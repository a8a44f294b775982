//! Whether the platform's checks of the released commit are green, and who approved it.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether the platform's checks of the released commit are green, and who approved it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checks {
    #[serde(default)]
    pub required: Vec<String>,
    #[serde(default)]
    pub approvals: usize,
}

impl Probe for Checks {
    fn subject(&self) -> String {
        "checks of the commit".to_owned()
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
