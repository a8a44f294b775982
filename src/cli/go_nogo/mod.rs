//! `go-nogo`: evidence and people, and one word.

#[allow(dead_code, reason = "the command that shows the page comes next")]
mod page;
