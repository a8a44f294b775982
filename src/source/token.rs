//! A word that opens a door: it goes out in one header, and nobody gets to see it.

use std::borrow::Cow;
use std::fmt;

/// A token or password. It prints as nothing, and can't be copied by accident.
pub struct Secret(String);

impl Secret {
    /// Takes the blanks away that a variable or a file brings along; `None` where nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The word itself, for the header that it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Takes the word out of a text that others have written, who may repeat what they were sent.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.contains(&self.0) { Cow::Owned(text.replace(&self.0, HIDDEN)) } else { Cow::Borrowed(text) }
    }
}

const HIDDEN: &str = "<redacted>";

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_nothing_and_is_taken_out_of_others_words() {
        let secret = Secret::new(" planted-token\n").unwrap();
        assert_eq!(secret.expose(), "planted-token");
        assert_eq!(format!("{secret} {secret:?}"), "<redacted> <redacted>");
        assert_eq!(secret.scrub("bad credential planted-token"), "bad credential <redacted>");
        assert!(Secret::new(" \n").is_none());
    }
}
