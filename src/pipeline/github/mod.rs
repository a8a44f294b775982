//! GitHub: its events, and its API.

mod answers;
mod api;
mod checks;
pub mod event;
pub mod range;
mod reviews;

pub use api::Api;
pub use checks::{Check, CheckState};
