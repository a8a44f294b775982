//! Whether the images of the release exist, and are others than those that run.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// Whether the images of the release exist, and are others than those that run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Image {
    #[serde(default)]
    pub registry: Option<String>,
}

impl Probe for Image {
    fn subject(&self) -> String {
        "images of the release".to_owned()
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
