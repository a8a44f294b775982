//! GitLab: its variables, and its API.

mod answers;
mod api;
mod approvals;
pub mod range;

pub use api::{Api, Token};
