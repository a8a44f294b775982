//! A commit's facts, as it states them. None of them is proof of anything: who writes a commit writes them freely.

use jiff::Zoned;

use super::ObjectId;

/// Who did it, when, in which zone.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub email: String,
    /// With the offset that was written down; `None` where the time is out of range.
    pub when: Option<Zoned>,
}

#[derive(Debug, Clone)]
pub struct Commit {
    pub id: ObjectId,
    pub parents: Vec<ObjectId>,
    pub author: Person,
    pub committer: Person,
    /// The whole message, as written.
    pub message: String,
}

impl Commit {
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }

    /// What follows the subject.
    pub fn body(&self) -> &str {
        self.message.split_once('\n').map_or("", |(_, rest)| rest.trim())
    }

    pub const fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}
