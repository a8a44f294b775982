//! Break-glass entries of earlier changes: every run lists them until somebody has looked into what happened.

use jiff::{SignedDuration, Timestamp};

use crate::change::{Change, ReadError, Reader};
use crate::facts::plan::{DeployPlan, Key, is_placeholder};
use crate::source::veiled;

/// How many commits of the base's history are looked at.
const LOOK_BACK: usize = 300;

/// Older entries are history.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A break-glass entry of an earlier change whose review has not landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEmergency {
    pub policy: String,
    pub reason: String,
    /// The commit or pull request that it came with.
    pub place: String,
    pub at: Option<Timestamp>,
}

/// The entries in the messages of the newest commits before the change, and what of them was reviewed since.
///
/// A `Break-Glass-Review:` names the policy, the commit, or the pull request; one in the change itself counts once it
/// has landed.
pub fn open_emergencies(
    reader: &dyn Reader,
    change: &Change,
    others: Vec<OpenEmergency>,
    now: Timestamp,
) -> Result<Vec<OpenEmergency>, ReadError> {
    let mut open: Vec<OpenEmergency> = Vec::new();
    let mut reviews: Vec<String> = Vec::new();
    if let Some(base) = &change.base.commit {
        // Newest first: a review closes what lies behind it.
        for commit in reader.commits(base, &[], LOOK_BACK)? {
            let at = commit.committer.when.as_ref().map(jiff::Zoned::timestamp);
            if at.is_some_and(|at| now.duration_since(at) > LONGEST) {
                continue;
            }
            if !commit.message.to_ascii_lowercase().contains("break-glass") {
                continue;
            }
            let mut plan = DeployPlan::default();
            plan.add_commit(&commit);
            for entry in plan.emergencies().iter().filter(|entry| !is_placeholder(&entry.reason.value)) {
                let id = commit.id.as_str();
                let reviewed = reviews
                    .iter()
                    .any(|review| names(review, &entry.policy.value) || names_commit(review, id));
                if !reviewed {
                    open.push(OpenEmergency {
                        policy: entry.policy.value.clone(),
                        reason: veiled(&entry.reason.value).into_owned(),
                        place: format!("commit {}", commit.id.short()),
                        at,
                    });
                }
            }
            reviews.extend(plan.values(Key::BreakGlassReview).map(|stated| stated.value.clone()));
        }
    }
    let reviewed = |other: &OpenEmergency| reviews.iter().any(|review| names(review, &other.place));
    open.extend(others.into_iter().filter(|other| !reviewed(other)));
    open.sort_by(|one, other| (one.at, &one.place).cmp(&(other.at, &other.place)));
    Ok(open)
}

/// Whether a word of the text is this one.
fn names(text: &str, word: &str) -> bool {
    text.split_whitespace().any(|part| part.trim_matches([',', ':', ';', '.', '`', '(', ')']) == word)
}

/// Whether a word of the text is the beginning of this id, and long enough to mean it.
fn names_commit(text: &str, id: &str) -> bool {
    text.split(|character: char| !character.is_ascii_hexdigit())
        .any(|part| part.len() >= 7 && id.starts_with(&part.to_ascii_lowercase()))
}
