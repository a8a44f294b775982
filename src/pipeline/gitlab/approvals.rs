//! What GitLab tells of approvals comes to: when each was given, and to which commit. Pure; the lists are whole.
//!
//! GitLab binds an approval to no commit; it can take approvals back when somebody pushes, and need not be set up so. But
//! it keeps every state that a merge request had, with the time at which it came: an approval was given to the state
//! that was there at that moment.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answers::{ApprovedBy, Committed, Note, Version};
use crate::pipeline::co_author;

/// When somebody approved: as the list says, or else as the platform's own note on it says.
pub(super) fn given_at(approved: &ApprovedBy, notes: &[Note]) -> Option<Timestamp> {
    if let Some(at) = approved.approved_at {
        return Some(at.0);
    }
    let own = |note: &&Note| {
        note.system && note.body.trim() == "approved this merge request" && note.author.id == approved.user.id
    };
    notes.iter().filter(own).map(|note| note.created_at.0).max()
}

/// The newest commit of the state that was there at an instant. An approval from before the first state, as a clock
/// that was set back may leave it, belongs to the first.
pub(super) fn head_at(at: Timestamp, versions: &[Version]) -> Option<&str> {
    let before = versions.iter().filter(|version| version.created_at.0 <= at);
    let found = before.max_by_key(|version| version.created_at);
    let found = found.or_else(|| versions.iter().min_by_key(|version| version.created_at))?;
    Some(&found.head_commit_sha)
}

/// Everybody whose account is known to have a hand in the commits, whoever opened the merge request first.
pub(super) fn contributors(author: &str, committers: Vec<String>, commits: &[Committed]) -> Vec<String> {
    let mut found = vec![author.to_owned()];
    found.extend(committers);
    let mut addresses: BTreeMap<String, &str> = BTreeMap::new();
    for commit in commits {
        if let Some(account) = &commit.author {
            found.push(account.username.clone());
            if let Some(email) = &commit.author_email {
                addresses.insert(email.to_ascii_lowercase(), &account.username);
            }
        }
    }
    for message in commits.iter().filter_map(|commit| commit.message.as_deref()) {
        for address in co_author::addresses(message) {
            let login = addresses.get(&address).copied().or_else(|| co_author::login_of(&address));
            found.extend(login.map(str::to_owned));
        }
    }
    co_author::unique(found)
}
