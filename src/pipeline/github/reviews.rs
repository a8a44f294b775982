//! What lists of reviews and commits come to: whose approval stands, who had a hand in it.
//! Pure; the lists are whole.

use std::collections::BTreeMap;

use super::answers::{Committed, Review, User};
use crate::pipeline::co_author;

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
    co_author::unique(found)
}
