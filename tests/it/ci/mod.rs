//! The gate in a CI run.

mod events;
pub(crate) mod github;
