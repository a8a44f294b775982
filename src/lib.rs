//! deploy-guard judges a change to deploy configuration against lessons from real incidents.

pub mod source;

pub mod calendar;

pub mod document;

pub mod facts;
