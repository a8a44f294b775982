//! What a program says, in bounded time.

use serde::Deserialize;

use super::{Around, Probe, Sight};

/// What a program says, in bounded time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CommandRun {
    pub run: Vec<String>,
}

impl Probe for CommandRun {
    fn subject(&self) -> String {
        self.run.first().cloned().unwrap_or_default()
    }

    fn look(&self, _around: &Around<'_>) -> Sight {
        Sight::cannot_tell("not asked")
    }
}
