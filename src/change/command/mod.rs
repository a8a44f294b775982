//! The installed git behind [`Reader`](super::Reader), for what libgit2 can't read.

mod fetch;
mod program;

pub use fetch::fetch;
