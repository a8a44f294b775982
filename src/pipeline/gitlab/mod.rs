//! GitLab: its variables, and its API.

pub mod range;
