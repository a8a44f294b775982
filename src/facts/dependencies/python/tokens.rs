//! The tokens of a Python script, as far as lists of strings need them.
//!
//! In: a text. Out: names, strings and operators with true spans; comments are gone, line breaks inside brackets too.
//! Nothing is executed, and what is no Python still gives tokens.

use super::super::piece::Piece;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// The token's piece is the content between the quotes.
    String {
        /// An f-string: what stands in braces is not known.
        formatted: bool,
    },
    /// One character, or one of `==`, `!=`, `<=`, `>=`, `+=`, `:=`, `->`.
    Operator,
    /// The end of a statement's line; never inside brackets.
    LineEnd,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) piece: Piece<'a>,
    /// How many brackets are open around it; an opening bracket counts itself out, a closing one too.
    pub(super) depth: u32,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        !matches!(self.kind, Kind::String { .. }) && self.piece.text() == text
    }

    pub(super) const fn is_string(&self) -> bool {
        matches!(self.kind, Kind::String { .. })
    }

    pub(super) const fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Name)
    }
}

pub(super) fn tokens(text: Piece<'_>) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    let mut depth: u32 = 0;
    while let Some(first) = rest.text().chars().next() {
        let mut push = |kind, piece, depth| out.push(Token { kind, piece, depth });
        match first {
            '\n' => {
                if depth == 0 {
                    push(Kind::LineEnd, rest.until(1), 0);
                }
                rest = rest.from(1);
            }
            '#' => rest = rest.leading(|character| character != '\n').1,
            '\\' => rest = rest.from(1).strip_prefix("\r").unwrap_or(rest.from(1)).leading_line_break(),
            '"' | '\'' => {
                let (content, after) = string(rest);
                push(Kind::String { formatted: false }, content, depth);
                rest = after;
            }
            _ if first.is_whitespace() => rest = rest.trim_inside_line(),
            _ if first.is_alphanumeric() || first == '_' => {
                let (word, after) = rest.leading(|character| character.is_alphanumeric() || character == '_');
                if is_string_prefix(word.text()) && after.text().starts_with(['"', '\'']) {
                    let (content, beyond) = string(after);
                    let formatted = word.text().contains(['f', 'F']) && content.text().contains('{');
                    push(Kind::String { formatted }, content, depth);
                    rest = beyond;
                } else {
                    push(Kind::Name, word, depth);
                    rest = after;
                }
            }
            _ => {
                let two = rest.until(2);
                let long = matches!(two.text(), "==" | "!=" | "<=" | ">=" | "+=" | ":=" | "->");
                let operator = if long { two } else { rest.until(first.len_utf8()) };
                if matches!(first, ')' | ']' | '}') {
                    depth = depth.saturating_sub(1);
                }
                push(Kind::Operator, operator, depth);
                if matches!(first, '(' | '[' | '{') {
                    depth = depth.saturating_add(1);
                }
                rest = rest.from(operator.text().len());
            }
        }
    }
    out
}

impl<'a> Piece<'a> {
    /// Drops blanks, but no line break.
    fn trim_inside_line(self) -> Self {
        self.leading(|character| character.is_whitespace() && character != '\n').1
    }

    /// Drops one line break.
    fn leading_line_break(self) -> Self {
        self.strip_prefix("\n").unwrap_or(self)
    }
}

fn is_string_prefix(word: &str) -> bool {
    word.len() <= 2
        && word.chars().all(|character| matches!(character.to_ascii_lowercase(), 'r' | 'b' | 'u' | 'f' | 't'))
}

/// The content of the string that the piece begins with, and what follows it. One that is never closed ends with its
/// line, or with the text if it is triple-quoted.
fn string(piece: Piece<'_>) -> (Piece<'_>, Piece<'_>) {
    let text = piece.text();
    let triple = ["\"\"\"", "'''"].into_iter().find(|quotes| text.starts_with(quotes));
    let quote = triple.unwrap_or_else(|| text.get(..1).unwrap_or_default());
    let inside = piece.from(quote.len());
    let mut escaped = false;
    for (at, character) in inside.text().char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == '\n' && triple.is_none() {
            return inside.split_at(at);
        } else if inside.text().get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return (inside.until(at), inside.from(at + quote.len()));
        }
    }
    (inside, inside.from(inside.text().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(Piece::whole(text))
            .iter()
            .map(|token| {
                assert_eq!(&text[token.piece.start()..token.piece.end()], token.piece.text());
                match token.kind {
                    Kind::String { formatted: true } => format!("f<{}>", token.piece.text()),
                    Kind::String { formatted: false } => format!("<{}>", token.piece.text()),
                    Kind::LineEnd => "¶".to_owned(),
                    _ => token.piece.text().to_owned(),
                }
            })
            .collect()
    }

    #[test]
    fn strings_of_every_kind_are_found() {
        assert_eq!(
            shown("a = ['x', r\"y\", f'z{v}', '''t\n'q''', 'e\\'s'] # 'no'\nb"),
            ["a", "=", "[", "<x>", ",", "<y>", ",", "f<z{v}>", ",", "<t\n'q>", ",", "<e\\'s>", "]", "¶", "b"]
        );
    }

    #[test]
    fn a_line_goes_on_inside_brackets_and_after_a_backslash() {
        assert_eq!(shown("f(\n1,\n) + \\\n 2\n"), ["f", "(", "1", ",", ")", "+", "2", "¶"]);
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        assert_eq!(shown("'abc\nx"), ["<abc>", "¶", "x"]);
        assert_eq!(shown("\"\"\"abc\nx"), ["<abc\nx>"]);
    }
}
