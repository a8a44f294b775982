//! One integration binary: one link instead of a dozen.

mod architecture;
mod catalogue;
mod hook;
mod incidents;
mod reports;
mod sandbox;
