//! How far another side's clock is from ours.
//!
//! Dates that it tells are worth as much as its clock is.

use jiff::{SignedDuration, Timestamp};

use super::Outcome;
use super::remark::Remark;
use crate::http::Response;

/// Clocks that differ by more agree on nothing.
const FAR: SignedDuration = SignedDuration::from_mins(5);
const ODD: SignedDuration = SignedDuration::from_mins(1);

/// Positive where the other clock is ahead; `None` where an answer does not say what time it is there.
pub(super) fn of(response: &Response, now: Timestamp) -> Option<SignedDuration> {
    // What a cache has kept was dated when it was made.
    let age: u32 = response.header("age").and_then(|age| age.trim().parse().ok()).unwrap_or_default();
    Some(response.date()?.duration_since(now).saturating_add(SignedDuration::from_secs(age.into())))
}

/// P2: what a difference means, where it means anything. `whose`: `the clock of Alertmanager`.
pub(super) fn remark(whose: &str, skew: SignedDuration) -> Option<Remark> {
    let outcome = match skew.abs() {
        skew if skew > FAR => Outcome::CannotTell,
        skew if skew > ODD => Outcome::Doubtful,
        _ => return None,
    };
    let seconds = SignedDuration::from_secs(skew.abs().as_secs());
    let way = if skew.is_positive() { "ahead of" } else { "behind" };
    let line = format!("{whose} is {seconds:#} {way} this machine's");
    Some(Remark::new(outcome, line).remedy("set the clock that is wrong"))
}
