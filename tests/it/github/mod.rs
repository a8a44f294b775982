//! What GitHub's runner and its pages make of our output: exactly what we meant, whatever the change holds.

mod commands;
mod injection;
pub(crate) mod oracle;
mod pages;
mod rich;
