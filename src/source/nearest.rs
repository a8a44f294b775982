//! "Did you mean": the known word that a person most likely wanted.

/// The known word nearest to `word`, if one is near enough to be a slip of the hand.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 80;
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let folded = fold(word);
    let allowed = folded.chars().count().div_ceil(3).min(3);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Case, spaces and the three usual joints between words are no difference.
fn fold(word: &str) -> String {
    word.to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["holidays", "freeze", "day-before-holiday"];
        assert_eq!(nearest("holliday", known), Some("holidays"));
        assert_eq!(nearest("Day before holiday", known), Some("day-before-holiday"));
        assert_eq!(nearest("severity", known), None);
    }

    #[test]
    fn a_word_of_any_length_costs_little() {
        assert_eq!(nearest(&"x".repeat(1 << 20), ["x"]), None);
    }
}
