//! deploy-guard judges a change to deploy configuration against lessons from real incidents.

pub mod calendar;
pub mod change;
pub mod check;
pub mod cli;
pub mod config;
pub mod document;
pub mod engine;
pub mod env;
pub mod examples;
pub mod facts;
pub mod finding;
pub mod gate;
pub mod policy;
pub mod report;
pub mod scenario;
pub mod source;
pub mod verdict;
