//! The board in every format: what the room sees, what the pull request keeps, and what a program reads.

mod browser;
mod pages;
mod samples;
