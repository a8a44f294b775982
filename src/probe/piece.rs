//! Pieces of what others said, short enough to be shown: no secret by its look, and at most so many characters.

use crate::source::veiled;

/// Characters of one piece.
const LONGEST: usize = 200;

/// A text without what looks like a secret, of at most 200 characters.
pub(super) fn piece(text: &str) -> String {
    // A pattern over a text without bound is work without bound.
    let reach = text.char_indices().nth(8 * LONGEST).map_or(text.len(), |(at, _)| at);
    let text = veiled(text.get(..reach).unwrap_or_default());
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u10_a_piece_is_short_and_holds_no_secret() {
        assert_eq!(piece("prod-eu"), "prod-eu");
        assert_eq!(piece(&"ä".repeat(1_000_000)).chars().count(), LONGEST);
        assert_eq!(piece("key AKIAIOSFODNN7EXAMPLE ends"), "key <redacted> ends");
    }
}
