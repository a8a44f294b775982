//! The ticket that a title or a branch is named after: `SHOP-481: new image`, `fix/SHOP-481-image`.

use std::sync::Arc;

use super::Stated;
use crate::source::{SourceFile, Span};

/// The first word that reads like a ticket's key: capitals and digits, a dash, digits.
pub(super) fn named(source: &Arc<SourceFile>) -> Option<Stated<String>> {
    let text = source.text();
    let mut start = 0;
    for word in text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-')) {
        if let Some(length) = key_length(word) {
            let span = Span::new(start, start + length);
            return Some(Stated { value: source.slice(span).to_owned(), source: source.clone(), span });
        }
        // What separates words may be longer than a byte.
        let rest = text.get(start + word.len()..)?;
        start += word.len() + rest.chars().next().map_or(0, char::len_utf8);
    }
    None
}

fn key_length(word: &str) -> Option<usize> {
    let (project, rest) = word.split_once('-')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let ends = rest.get(digits..).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let named = project.len() >= 2
        && project.starts_with(|first: char| first.is_ascii_uppercase())
        && project.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (named && digits > 0 && ends).then(|| project.len() + 1 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    #[test]
    fn a_ticket_is_read_out_of_titles_and_branches() {
        for (text, ticket) in [
            ("SHOP-481: new image", Some("SHOP-481")),
            ("feat(web): größer [OPS-1]", Some("OPS-1")),
            ("fix/SHOP2-481-image", Some("SHOP2-481")),
            ("bump to v1-2", None),
            ("X-1", None),
            ("SHOP-481x", None),
            ("", None),
        ] {
            let source = SourceFile::new(Origin::PullRequest, text.to_owned());
            assert_eq!(named(&source).map(|stated| stated.value).as_deref(), ticket, "{text}");
        }
    }
}
