//! Break-glass: the entry that lets a change through although a policy forbids it, for a day and with a second person's
//! name under it.
//!
//! Trailers are written freely, so at a desk this is a record and not a lock. Where a platform can be asked, a label and
//! the review of a second person open it, and what is written only says which policy and why.

use jiff::{SignedDuration, Timestamp};

use super::{DeployPlan, Key, Stated, Written, is_placeholder};
use crate::change::PullRequest;

/// An entry is worth nothing after this.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A commit from further ahead than this has a clock that nobody should believe.
const SKEW: SignedDuration = SignedDuration::from_mins(10);

const SHORTEST_REASON: usize = 10;

/// One break-glass entry as it is written.
#[derive(Debug, Clone)]
pub struct BreakGlass {
    pub policy: Stated<String>,
    pub reason: Stated<String>,
    pub approved_by: Vec<Stated<String>>,
    /// The end that the plan file states.
    pub until: Option<Timestamp>,
    /// Names and addresses of who wrote the commit that holds it; empty where it stands in no commit's message.
    pub(super) people: Vec<String>,
    pub(super) made: Option<Timestamp>,
    /// The pull request whose body holds it.
    pub(super) pull_request: Option<u64>,
}

impl BreakGlass {
    /// The label that says on a platform that this is an emergency.
    pub const LABEL: &'static str = "break-glass";
}

/// Whether an entry opens anything now.
#[derive(Debug, Clone)]
pub enum Emergency {
    InForce {
        policy: Stated<String>,
        reason: Stated<String>,
        approved_by: Stated<String>,
        until: Timestamp,
    },
    /// The entry is there and opens nothing; the text says why.
    Refused {
        policy: Stated<String>,
        why: String,
    },
}

/// The entries of one message or body. An approval counts for the entries beside it.
pub(super) fn of(stated: &[(Key, Stated<String>)], written: &Written<'_>) -> Vec<BreakGlass> {
    let of_key = |wanted: Key| stated.iter().filter(move |(key, _)| *key == wanted).map(|(_, value)| value);
    of_key(Key::BreakGlass)
        .map(|entry| {
            let text = entry.value.trim_start_matches('`');
            let cut = text
                .find(|character: char| character.is_whitespace() || matches!(character, ':' | ',' | '`'));
            let (policy, reason) = text.split_at(cut.unwrap_or(text.len()));
            let reason = reason.trim_start_matches(|character: char| {
                character.is_whitespace() || matches!(character, ':' | ',' | '-' | '–' | '`')
            });
            BreakGlass {
                policy: entry.map(|_| policy.to_owned()),
                reason: entry.map(|_| reason.to_owned()),
                approved_by: of_key(Key::ApprovedBy).cloned().collect(),
                until: None,
                people: written.people.to_vec(),
                made: written.made,
                pull_request: written.pull_request,
            }
        })
        .collect()
}

impl DeployPlan {
    /// The break-glass entry for a policy, and whether it opens it at this instant.
    pub fn break_glass(&self, policy: &str, now: Timestamp) -> Option<Emergency> {
        let mut judged: Vec<Emergency> = self
            .emergencies
            .iter()
            .filter(|entry| entry.policy.value == policy)
            .map(|entry| self.judge(entry, now))
            .collect();
        let open = judged.iter().position(|entry| matches!(entry, Emergency::InForce { .. })).unwrap_or(0);
        (!judged.is_empty()).then(|| judged.swap_remove(open))
    }

    /// Whether a second person has approved every pull request of the change; why not. `None` where there is no platform
    /// to ask.
    pub fn review(&self) -> Option<Result<(), String>> {
        let pull_requests = self.reviewed.as_ref()?;
        if pull_requests.is_empty() {
            return Some(Err("no pull request brings it that anybody could approve".to_owned()));
        }
        Some(pull_requests.iter().try_for_each(|request| request.approval().map(|_| ())))
    }

    /// Every break-glass entry, whatever it is worth.
    pub fn emergencies(&self) -> &[BreakGlass] {
        &self.emergencies
    }

    fn judge(&self, entry: &BreakGlass, now: Timestamp) -> Emergency {
        let refused = |why: String| Emergency::Refused { policy: entry.policy.clone(), why };
        let reason = &entry.reason.value;
        if is_placeholder(reason) || reason.chars().count() < SHORTEST_REASON {
            return refused("it gives no reason".to_owned());
        }
        if let Some(pull_requests) = &self.reviewed {
            return match reviewed(entry, pull_requests, now) {
                Ok((by, until)) => Emergency::InForce {
                    policy: entry.policy.clone(),
                    reason: entry.reason.clone(),
                    approved_by: entry.policy.map(|_| by),
                    until,
                },
                Err(why) => refused(why),
            };
        }
        let authors = if entry.people.is_empty() { &self.authors } else { &entry.people };
        let mut approvals =
            entry.approved_by.iter().filter(|approval| !is_placeholder(&approval.value)).peekable();
        if approvals.peek().is_none() {
            return refused("nobody approved it: add `Approved-By:` with a second person's name".to_owned());
        }
        let Some(approved_by) = approvals.find(|approval| !is_one_of(&approval.value, authors)) else {
            return refused("who wrote it approved it: a second person has to".to_owned());
        };
        let made = entry.made.or(self.newest);
        if made.is_some_and(|made| made.duration_since(now) > SKEW) {
            return refused("its commit lies in the future".to_owned());
        }
        let last = made.unwrap_or(now).checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        let until = entry.until.map_or(last, |until| until.min(last));
        if until <= now {
            return refused(format!("it ended at {until}: an entry holds for 24 h at most"));
        }
        Emergency::InForce {
            policy: entry.policy.clone(),
            reason: entry.reason.clone(),
            approved_by: approved_by.clone(),
            until,
        }
    }
}

/// Who approved the emergency on the platform and until when that holds, or why nobody did (T6). Both the label and the
/// review are dated, and the review is bound to the newest commit.
fn reviewed(
    entry: &BreakGlass,
    pull_requests: &[PullRequest],
    now: Timestamp,
) -> Result<(String, Timestamp), String> {
    let own = match (entry.pull_request, pull_requests) {
        (Some(number), _) => pull_requests.iter().find(|request| request.number == number),
        (None, [only]) => Some(only),
        // In a merge group nobody can say whose commit it is.
        (None, _) => None,
    };
    let Some(own) = own else {
        return Err("it belongs to no pull request whose review could be asked for".to_owned());
    };
    let Some(label) = own.label(BreakGlass::LABEL) else {
        return Err(format!("the pull request lacks the label `{}`", BreakGlass::LABEL));
    };
    let approval = own.approval()?;
    let Some(labelled) = label.at else {
        return Err(format!("nobody could be asked who set the label `{}`, and when", BreakGlass::LABEL));
    };
    // Who set the label knew of it; everybody else agreed to an emergency only if it was there to be seen.
    let own_label = label.by.as_ref().is_some_and(|by| by.eq_ignore_ascii_case(&approval.by));
    if approval.at < labelled && !own_label {
        return Err(format!(
            "{} approved it before the label `{}` was set: it has to be approved again",
            approval.by,
            BreakGlass::LABEL
        ));
    }
    let until = labelled.min(approval.at).checked_add(LONGEST).unwrap_or(Timestamp::MAX);
    let until = entry.until.map_or(until, |stated| stated.min(until));
    if until <= now {
        return Err(format!("it ended at {until}: label and review hold for 24 h at most"));
    }
    Ok((format!("{} (review of {})", approval.by, own.head.short()), until))
}

/// Compares an approval, `Name <address>` or either of them, with names and addresses.
fn is_one_of(approval: &str, people: &[String]) -> bool {
    let (name, address) = match approval.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.split('>').next().unwrap_or_default().trim()),
        None => (approval.trim(), approval.trim()),
    };
    let same = |own: &str, other: &str| {
        !own.is_empty() && own.trim_start_matches('@').to_lowercase() == other.trim().to_lowercase()
    };
    people.iter().any(|person| same(name, person) || same(address, person))
}
