//! GitLab CI: its variables and its API.

pub mod range;
