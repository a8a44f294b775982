//! The commands: arguments in, exit code out. No judging.

pub mod hook;
