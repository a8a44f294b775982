//! Break-glass: the entry that lets a change through although a policy forbids it, for a day and with a second person's
//! name under it.
//!
//! Trailers are written freely, so this is a record and not a lock: who may not be trusted with it needs a platform's
//! approval on top.

use jiff::{SignedDuration, Timestamp};

use super::{DeployPlan, Key, Stated, is_placeholder};

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
pub(super) fn of(
    stated: &[(Key, Stated<String>)],
    people: &[String],
    made: Option<Timestamp>,
) -> Vec<BreakGlass> {
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
                people: people.to_vec(),
                made,
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
