//! What holds for the entries of a mapping whatever it was written in.

use std::collections::HashSet;

use super::{Entry, ParseError};

/// Below this many keys comparing each with each is cheaper than a set.
const FEW: usize = 8;

/// Refuses a key that is given twice, at the second place.
pub(super) fn refuse_duplicates(entries: &[Entry], format: &'static str) -> Result<(), ParseError> {
    let second = if entries.len() <= FEW {
        let twice = |(at, entry): &(usize, &Entry)| {
            entries.iter().take(*at).any(|earlier| earlier.key.value == entry.key.value)
        };
        entries.iter().enumerate().find(twice).map(|(_, entry)| entry)
    } else {
        let mut seen = HashSet::with_capacity(entries.len());
        entries.iter().find(|entry| !seen.insert(entry.key.value.as_str()))
    };
    match second {
        Some(entry) => {
            let reason = "this key is given twice".to_owned();
            Err(ParseError::Syntax { format, reason, span: entry.key.span })
        }
        None => Ok(()),
    }
}
