//! GitHub.

mod answers;
mod api;
mod reviews;

pub use api::Api;
