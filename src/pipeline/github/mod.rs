//! GitHub Actions: its events, its variables and its API.

pub mod event;
pub mod range;
