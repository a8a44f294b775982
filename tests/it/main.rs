//! One integration binary: one link instead of a dozen.

mod architecture;
mod hook;
mod sandbox;
