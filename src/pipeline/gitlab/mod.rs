//! GitLab.

mod answers;
mod api;
mod approvals;

pub use api::{Api, Token};
