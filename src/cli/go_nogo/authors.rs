//! Who made a change: nobody of them confirms what somebody else has to.

use super::Failure;
use crate::change::Change;
use crate::checklist::Row;
use crate::pipeline::co_author::{addresses, login_of};

/// Everybody who had a hand in the change, by every name that they may answer under: their own, their address, and the
/// account that an address of the platform's stands for.
pub(super) fn of(change: &Change) -> Vec<String> {
    let mut authors = Vec::new();
    for commit in &change.commits {
        for person in [&commit.author, &commit.committer] {
            authors.extend([person.name.clone(), person.email.clone()]);
        }
        authors.extend(named(&commit.message));
        authors.extend(addresses(&commit.message));
    }
    authors.extend(change.pull_requests.known().iter().map(|opened| opened.author.clone()));
    let logins: Vec<String> =
        authors.iter().filter_map(|author| login_of(author)).map(str::to_owned).collect();
    authors.extend(logins);
    authors.sort();
    authors.dedup();
    authors
}

/// Co-authors as they are written, `Name <address>`: with them the name alone is known as well.
fn named(message: &str) -> Vec<String> {
    let named = message.lines().filter_map(|line| {
        let (key, person) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case("co-authored-by").then(|| person.trim().to_owned())
    });
    named.filter(|person| !person.is_empty()).collect()
}

/// Where part of the history is cut off nobody knows who made the change, and so nobody is known to be somebody else.
pub(super) fn are_known(change: &Change, rows: &[Row]) -> Result<(), Failure> {
    let mut asks = rows.iter().filter(|row| row.question().is_some_and(|question| question.not_author));
    let (Some(row), Some(why)) = (asks.next(), change.unread()) else { return Ok(()) };
    Err(Failure::Unable {
        what: format!("who may answer `{}` can't be known, because who made this change can't", row.item.id),
        mend: Some(why),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_co_author_is_known_by_name_and_address() {
        let message = "Release\n\nCo-authored-by: Dev Two <two@example.org>\nco-authored-by:\n";
        assert_eq!(named(message), ["Dev Two <two@example.org>"]);
    }
}
