//! Words that can be read across a room, out of blocks.

/// Each letter that the page says, five lines of five.
const LETTERS: [(char, [&str; 5]); 8] = [
    ('G', [" ####", "#    ", "#  ##", "#   #", " ####"]),
    ('O', [" ### ", "#   #", "#   #", "#   #", " ### "]),
    ('N', ["#   #", "##  #", "# # #", "#  ##", "#   #"]),
    ('T', ["#####", "  #  ", "  #  ", "  #  ", "  #  "]),
    ('Y', ["#   #", " # # ", "  #  ", "  #  ", "  #  "]),
    ('E', ["#####", "#    ", "#### ", "#    ", "#####"]),
    ('-', ["     ", "     ", "#####", "     ", "     "]),
    (' ', ["   ", "   ", "   ", "   ", "   "]),
];

/// The word in five lines; letters that it has no blocks for are left out.
pub(super) fn big(word: &str, ascii: bool) -> [String; 5] {
    let letters: Vec<&[&str; 5]> = word
        .chars()
        .filter_map(|letter| LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, blocks)| blocks))
        .collect();
    std::array::from_fn(|line| {
        let mut out = String::new();
        for letter in &letters {
            for block in letter.get(line).copied().unwrap_or_default().chars() {
                // Twice as wide: a cell is twice as high as it is wide.
                let block = if block == '#' && !ascii { '█' } else { block };
                out.extend([block, block]);
            }
            out.push_str("  ");
        }
        out.trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_page_has_its_letters() {
        for word in ["GO", "NO-GO", "NOT YET"] {
            assert!(word.chars().all(|letter| LETTERS.iter().any(|(known, _)| *known == letter)), "{word}");
        }
        assert_eq!(big("GO", true)[0], "  ########    ######");
    }
}
