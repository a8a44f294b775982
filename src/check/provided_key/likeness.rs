//! When two names can be one that was misspelt.

/// From here on two names are taken for one.
pub(super) const ALIKE: f64 = 0.75;

/// How much two names share: words first, letters second. Good enough for a suggestion.
pub(super) fn likeness(one: &str, other: &str) -> f64 {
    let (ones, others) = (words(one), words(other));
    let shared = ones.iter().filter(|word| others.contains(word)).count();
    let (fewer, more) = (ones.len().min(others.len()), ones.len().max(others.len()));
    // One name is the other with a word left out: VendorB_password, VendorB_API_Password.
    if fewer >= 2 && shared == fewer && more - fewer <= 1 {
        return 0.95;
    }
    letters(&ones, &others)
}

/// Whether one name was meant where the other stands: enough for a finding of its own.
///
/// A word more at the front is a prefix that some library puts on, and `_FILE` at the end is another way to hand over the
/// same value: neither is a slip.
pub(super) fn is_misspelt(one: &str, other: &str) -> bool {
    let (ones, others) = (words(one), words(other));
    let (fewer, more) = if ones.len() < others.len() { (&ones, &others) } else { (&others, &ones) };
    if fewer.len() == more.len() {
        return letters(&ones, &others) >= 0.88;
    }
    let left_out = more.len() - fewer.len() == 1 && fewer.len() >= 2 && {
        let at = fewer.iter().zip(more).take_while(|(one, other)| one == other).count();
        let ends_alike = fewer.get(at..) == more.get(at + 1..);
        let convention = matches!(
            more.get(at).map(String::as_str),
            Some("file" | "path" | "dir" | "old" | "new" | "test")
        );
        at > 0 && ends_alike && !convention
    };
    left_out || fewer.concat() == more.concat()
}

fn words(name: &str) -> Vec<String> {
    name.split(['_', '-', '.']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn letters(ones: &[String], others: &[String]) -> f64 {
    let (one, other) = (ones.concat(), others.concat());
    // A different number is a different thing: DB_1, DB_2.
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(&one) != digits(&other) || one.len().max(other.len()) > 256 {
        return 0.0;
    }
    let alike = strsim::normalized_damerau_levenshtein(&one, &other);
    if alike >= 0.88 { alike } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_left_out_is_the_same_name() {
        assert!(likeness("VendorB_API_Password", "VendorB_password") >= ALIKE);
        assert!(is_misspelt("VendorB_API_Password", "VendorB_password"));
        assert!(is_misspelt("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"));
    }

    #[test]
    fn a_slip_of_a_letter_is_the_same_name() {
        for (one, other) in
            [("DATABASE_PASSWORD", "DATABSE_PASSWORD"), ("database-password", "DATABASE_PASSWORD")]
        {
            assert!(likeness(one, other) >= ALIKE);
            assert!(is_misspelt(one, other));
        }
        assert!(is_misspelt("LOG_LEVEL", "LOGLEVEL"));
    }

    #[test]
    fn another_thing_is_another_name() {
        for (one, other) in [("DB_HOST", "DB_PORT"), ("DB_1", "DB_2"), ("S3_BUCKET", "S3_REGION")] {
            assert!(likeness(one, other) < ALIKE);
            assert!(!is_misspelt(one, other));
        }
    }

    #[test]
    fn a_prefix_and_a_file_of_the_same_name_are_no_slips() {
        for (one, other) in [
            ("MYAPP_DB_PASSWORD", "DB_PASSWORD"),
            ("DB_PASSWORD_FILE", "DB_PASSWORD"),
            ("DB_PASSWORD", "PASSWORD"),
        ] {
            assert!(!is_misspelt(one, other), "{one} {other}");
        }
    }
}
