//! Waivers that are new or excuse more.

use super::{Sides, Weaker, World};
use crate::finding::Label;
use crate::finding::waiver::Waivers;

pub(super) fn weaker(sides: &Sides, world: &World<'_>) -> Vec<Weaker> {
    let today = world.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let Some(after) = &sides.after else { return Vec::new() };
    let (new, _) = Waivers::read(after, today);
    let old = sides.before.as_ref().map(|before| Waivers::read(before, today).0).unwrap_or_default();
    new.active()
        .iter()
        .filter(|waiver| !old.active().iter().any(|known| known.excuses_as_much_as(waiver)))
        .map(|waiver| {
            let label = Label::new(after, waiver.span, format!("excuses until {}", waiver.expires));
            Weaker::new(format!("a waiver for `{}` is added or widened", waiver.policy), label)
        })
        .collect()
}
