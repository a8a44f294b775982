//! What is read through the installed git (GATE G1): what libgit2 can't read, and the same answers where both can.

mod agreement;
mod fetching;
mod reports;
mod unreadable;
