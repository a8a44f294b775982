//! The gate in a CI run.

mod asked;
mod attacks;
mod events;
pub(crate) mod github;
mod gitlab;
mod payloads;
