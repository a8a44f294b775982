//! The gate in a CI run.

mod asked;
mod events;
pub(crate) mod github;
mod gitlab;
mod payloads;
