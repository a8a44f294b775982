//! What lists of events, reviews and commits come to: who set a label, whose approval stands, who had a hand in it.
//! Pure; the lists are whole.

use std::collections::BTreeMap;

use super::answers::{Committed, Event, Review, User};
use crate::change::Label;
use crate::pipeline::api::At;
use crate::pipeline::co_author;

/// Labels with who set them last.
pub(super) fn labels(names: Vec<String>, mut events: Vec<Event>) -> Vec<Label> {
    // Stable: two events of one second stay in the order in which they came.
    events.sort_by_key(|event| event.created_at);
    let mut set: BTreeMap<String, (Option<String>, At)> = BTreeMap::new();
    for event in events {
        let Some(label) = event.label else { continue };
        let name = label.name.to_lowercase();
        match event.what.as_str() {
            "labeled" => {
                set.insert(name, (event.actor.map(|actor| actor.login), event.created_at));
            }
            "unlabeled" => {
                set.remove(&name);
            }
            _ => {}
        }
    }
    let known = |name: String| match set.get(&name.to_lowercase()) {
        Some((by, at)) => Label { name, by: by.clone(), at: Some(at.0) },
        None => Label { name, by: None, at: None },
    };
    names.into_iter().map(known).collect()
}

/// The reviews that stand as approvals: the last word of each person, where it is one. A comment is no word for or
/// against; a review that asks for changes, or one that was dismissed, takes back what was said before. An app is no
/// person.
pub(super) fn standing(mut reviews: Vec<Review>) -> Vec<(User, Review)> {
    reviews.sort_by_key(|review| review.submitted_at);
    let mut last: Vec<(User, Review)> = Vec::new();
    for review in reviews {
        let Some(user) = review.user.clone() else { continue };
        if matches!(review.state.as_str(), "COMMENTED" | "PENDING") {
            continue;
        }
        last.retain(|(known, _)| !known.login.eq_ignore_ascii_case(&user.login));
        last.push((user, review));
    }
    last.retain(|(user, review)| review.state == "APPROVED" && user.kind.as_deref() != Some("Bot"));
    last
}

/// Everybody whose account is known to have a hand in the commits, whoever opened the pull request first.
pub(super) fn contributors(author: &str, commits: &[Committed]) -> Vec<String> {
    let login = |account: &Option<super::answers::Account>| account.as_ref()?.login.clone();
    let email = |signature: &Option<super::answers::Signature>| signature.as_ref()?.email.clone();
    let mut found = vec![author.to_owned()];
    // Whose address is known from one commit is known in another's trailers.
    let mut addresses: BTreeMap<String, String> = BTreeMap::new();
    for commit in commits {
        for (login, email) in [
            (login(&commit.author), email(&commit.content.author)),
            (login(&commit.committer), email(&commit.content.committer)),
        ] {
            // GitHub itself, for what is done on its pages.
            let Some(login) = login.filter(|login| login != "web-flow") else { continue };
            if let Some(email) = email {
                addresses.insert(email.to_ascii_lowercase(), login.clone());
            }
            found.push(login);
        }
    }
    for commit in commits {
        for address in co_author::addresses(&commit.content.message) {
            let login = addresses.get(&address).map(String::as_str).or_else(|| co_author::login_of(&address));
            found.extend(login.map(str::to_owned));
        }
    }
    let mut unique: Vec<String> = Vec::new();
    for login in found {
        if !unique.iter().any(|known| known.eq_ignore_ascii_case(&login)) {
            unique.push(login);
        }
    }
    unique
}
