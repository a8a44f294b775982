//! Quoted strings and comments of small script languages (Ruby, Gradle, Scala, Elixir).
//!
//! In: a piece of a script. Out: its string literals with their places. Knows no grammar beyond quotes.

use super::piece::Piece;

/// One quoted string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'a> {
    /// With its quotes.
    pub(super) whole: Piece<'a>,
    pub(super) content: Piece<'a>,
}

/// The string literals of a piece that holds no comments.
pub(super) fn literals(piece: Piece<'_>) -> Vec<Literal<'_>> {
    let mut out = Vec::new();
    let mut rest = piece;
    while let Some(at) = rest.text().find(['"', '\'', '%']) {
        let from = rest.from(at);
        let Some((open, close)) = quotes(from.text()) else {
            rest = from.from(1);
            continue;
        };
        let inside = from.from(open.len());
        let end = end_of_string(inside.text(), close);
        let content = inside.until(end);
        let closed = if end < inside.text().len() { close.len() } else { 0 };
        let whole = from.until(open.len() + end + closed);
        out.push(Literal { whole, content });
        rest = from.from(whole.text().len());
    }
    out
}

/// How the string that a text begins with opens and closes.
fn quotes(text: &str) -> Option<(&'static str, &'static str)> {
    [
        ("\"\"\"", "\"\"\""),
        ("'''", "'''"),
        ("\"", "\""),
        ("'", "'"),
        ("%q<", ">"),
        ("%q(", ")"),
        ("%q{", "}"),
        ("%q[", "]"),
        ("%Q(", ")"),
    ]
    .into_iter()
    .find(|(open, _)| text.starts_with(open))
}

fn end_of_string(text: &str, close: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if text.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return at;
        }
    }
    text.len()
}

/// A line up to the comment that `mark` begins outside of quotes.
pub(super) fn without_comment<'a>(line: Piece<'a>, mark: &str) -> Piece<'a> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in line.text().char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if open == character => quote = None,
            None if character == '"' || character == '\'' => quote = Some(character),
            None if line.text().get(at..).is_some_and(|rest| rest.starts_with(mark)) => {
                return line.until(at);
            }
            Some(_) | None => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_every_quote_are_found_in_place() {
        let text = r#"a 'b "c"', "d\"e", %q<f>.freeze, """g""" 'open"#;
        let found: Vec<_> = literals(Piece::whole(text))
            .into_iter()
            .map(|literal| (literal.content.text(), &text[literal.whole.start()..literal.whole.end()]))
            .collect();
        assert_eq!(
            found,
            [
                ("b \"c\"", "'b \"c\"'"),
                ("d\\\"e", "\"d\\\"e\""),
                ("f", "%q<f>"),
                ("g", "\"\"\"g\"\"\""),
                ("open", "'open"),
            ]
        );
    }

    #[test]
    fn a_mark_inside_quotes_begins_no_comment() {
        assert_eq!(without_comment(Piece::whole("gem 'a#b' # c"), "#").text(), "gem 'a#b' ");
    }
}
