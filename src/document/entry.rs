//! What holds for the entries of a mapping whatever it was written in.

use std::collections::HashSet;

use super::template::Reading;
use super::{Entry, ParseError};

/// Below this many keys comparing each with each is cheaper than a set.
const FEW: usize = 8;

/// Refuses a key that is given twice, at the second place. What an expression makes of a key is not known.
pub(super) fn refuse_duplicates(
    entries: &[Entry],
    reading: &Reading<'_>,
    format: &'static str,
) -> Result<(), ParseError> {
    // Branches exclude each other, so that a key may stand in more than one.
    if reading.has_branches() {
        return Ok(());
    }
    let known = |entry: &&Entry| !reading.is_template() || reading.touched(entry.key.span).is_none();
    let second = if entries.len() <= FEW {
        let twice = |(at, entry): &(usize, &Entry)| {
            entries.iter().take(*at).any(|earlier| earlier.key.value == entry.key.value)
        };
        entries.iter().enumerate().filter(|(_, entry)| known(entry)).find(twice).map(|(_, entry)| entry)
    } else {
        let mut seen = HashSet::with_capacity(entries.len());
        entries.iter().filter(known).find(|entry| !seen.insert(entry.key.value.as_str()))
    };
    match second {
        Some(entry) => {
            let reason = "this key is given twice".to_owned();
            Err(ParseError::Syntax { format, reason, span: entry.key.span })
        }
        None => Ok(()),
    }
}
