//! deploy-guard judges a change to deploy configuration against lessons from real incidents.

pub mod source;

pub mod env;

pub mod calendar;

pub mod config;

pub mod change;

pub mod document;

pub mod facts;

pub mod finding;
