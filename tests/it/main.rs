//! One integration binary: one link instead of a dozen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy knows #[test] functions, and not the words that they are written in"
)]

mod action;
mod architecture;
mod board;
mod cases;
mod catalogue;
mod ci;
mod commands;
mod conformance;
mod continuous_integration;
mod github;
mod go_nogo;
mod hook;
mod hostile;
mod incidents;
mod platform;
mod probes;
mod ranges;
mod readers;
mod record;
mod reports;
mod sandbox;
mod secrets;
mod services;
mod targets;
mod trust;
