//! GitHub: its events, and its API.

mod answers;
mod api;
pub mod event;
pub mod range;
mod reviews;

pub use api::Api;
