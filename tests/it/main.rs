//! One binary for all integration tests.

mod hook;
mod sandbox;
