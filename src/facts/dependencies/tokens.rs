//! The tokens of a script, as far as literals and what stands around them need them.
//!
//! In: a text and the language it is written in. Out: names, strings and operators with true spans; comments are gone,
//! and so are line breaks that end no statement. Nothing is executed, and what is no such language still gives tokens.

use super::piece::Piece;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    /// Groovy, Kotlin and Scala: `//` and `/* */`, statements inside braces, `${…}` inside double quotes.
    Jvm,
    Elixir,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// The token's piece is the content between the quotes.
    String,
    /// One character, or one of `==`, `!=`, `<=`, `>=`, `+=`, `:=`, `->`, `=>`.
    Operator,
    /// The end of a statement's line; never inside round or square brackets.
    LineEnd,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) piece: Piece<'a>,
    /// How many brackets are open around it; an opening bracket counts itself out, a closing one too.
    pub(super) depth: usize,
}

impl<'a> Token<'a> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::String && self.piece.text() == text
    }

    /// The content, if it is a string.
    pub(super) fn string(&self) -> Option<Piece<'a>> {
        (self.kind == Kind::String).then_some(self.piece)
    }

    /// The name, if it is one.
    pub(super) fn name(&self) -> Option<&'a str> {
        (self.kind == Kind::Name).then_some(self.piece.text())
    }

    pub(super) fn opens(&self) -> bool {
        self.kind == Kind::Operator && matches!(self.piece.text(), "(" | "[" | "{")
    }

    pub(super) fn closes(&self) -> bool {
        self.kind == Kind::Operator && matches!(self.piece.text(), ")" | "]" | "}")
    }
}

pub(super) fn tokens(text: Piece<'_>, language: Language) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut open: Vec<char> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.text().chars().next() {
        let mut push = |kind, piece, depth| out.push(Token { kind, piece, depth });
        let depth = open.len();
        match first {
            '\n' => {
                let in_statement = language != Language::Python && open.last() == Some(&'{');
                if depth == 0 || in_statement {
                    push(Kind::LineEnd, rest.until(1), depth);
                }
                rest = rest.from(1);
            }
            '#' if language != Language::Jvm => rest = rest.leading(|character| character != '\n').1,
            '/' if language == Language::Jvm && rest.text().starts_with("//") => {
                rest = rest.leading(|character| character != '\n').1;
            }
            '/' if language == Language::Jvm && rest.text().starts_with("/*") => {
                let end = rest.text().find("*/").map_or(rest.text().len(), |at| at + 2);
                rest = rest.from(end);
            }
            '\\' => {
                let after = rest.from(1);
                let after = after.strip_prefix("\r").unwrap_or(after);
                rest = after.strip_prefix("\n").unwrap_or(after);
            }
            '"' | '\'' => {
                let (content, after) = string(rest, language);
                push(Kind::String, content, depth);
                rest = after;
            }
            _ if first.is_whitespace() => {
                rest = rest.leading(|character| character.is_whitespace() && character != '\n').1;
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let (word, after) = rest.leading(|character| character.is_alphanumeric() || character == '_');
                if is_string_prefix(word.text(), language) && after.text().starts_with(['"', '\'']) {
                    let (content, beyond) = string(after, language);
                    push(Kind::String, content, depth);
                    rest = beyond;
                } else {
                    push(Kind::Name, word, depth);
                    rest = after;
                }
            }
            _ => {
                let two = rest.until(2);
                let long = matches!(two.text(), "==" | "!=" | "<=" | ">=" | "+=" | ":=" | "->" | "=>");
                let operator = if long { two } else { rest.until(first.len_utf8()) };
                if matches!(first, ')' | ']' | '}') {
                    open.pop();
                }
                push(Kind::Operator, operator, open.len());
                if matches!(first, '(' | '[' | '{') {
                    open.push(first);
                }
                rest = rest.from(operator.text().len());
            }
        }
    }
    out
}

/// For every opening bracket the index after its closing one; past the end for one that is never closed.
pub(super) fn beyond_brackets(tokens: &[Token<'_>]) -> std::collections::BTreeMap<usize, usize> {
    let mut open = Vec::new();
    let mut beyond = std::collections::BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.opens() {
            open.push(at);
        } else if token.closes() {
            beyond.extend(open.pop().map(|opening| (opening, at + 1)));
        }
    }
    beyond.extend(open.into_iter().map(|opening| (opening, tokens.len() + 1)));
    beyond
}

fn is_string_prefix(word: &str, language: Language) -> bool {
    let letter = |character: char| matches!(character.to_ascii_lowercase(), 'r' | 'b' | 'u' | 'f' | 't');
    match language {
        Language::Python => word.len() <= 2 && word.chars().all(letter),
        Language::Jvm => matches!(word, "s" | "raw"),
        Language::Elixir => false,
    }
}

/// The content of the string that the piece begins with, and what follows it. One that is never closed ends with its
/// line, or with the text if it is triple-quoted.
fn string(piece: Piece<'_>, language: Language) -> (Piece<'_>, Piece<'_>) {
    let text = piece.text();
    let triple = ["\"\"\"", "'''"].into_iter().find(|quotes| text.starts_with(quotes));
    let quote = triple.unwrap_or_else(|| text.get(..1).unwrap_or_default());
    let inside = piece.from(quote.len());
    let interpolates = language == Language::Jvm && quote.starts_with('"');
    let mut expression: usize = 0;
    let mut characters = inside.text().char_indices();
    while let Some((at, character)) = characters.next() {
        let rest = inside.text().get(at..).unwrap_or_default();
        if character == '\n' && triple.is_none() {
            return inside.split_at(at);
        } else if character == '\\' {
            characters.next();
        } else if interpolates && rest.starts_with("${") {
            expression += 1;
        } else if expression > 0 && character == '}' {
            expression -= 1;
        } else if expression == 0 && rest.starts_with(quote) {
            return (inside.until(at), inside.from(at + quote.len()));
        }
    }
    (inside, inside.from(inside.text().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        shown_in(text, Language::Python)
    }

    fn shown_in(text: &str, language: Language) -> Vec<String> {
        tokens(Piece::whole(text), language)
            .iter()
            .map(|token| {
                assert_eq!(&text[token.piece.start()..token.piece.end()], token.piece.text());
                match token.kind {
                    Kind::String => format!("<{}>", token.piece.text()),
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
            ["a", "=", "[", "<x>", ",", "<y>", ",", "<z{v}>", ",", "<t\n'q>", ",", "<e\\'s>", "]", "¶", "b"]
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

    #[test]
    fn statements_end_inside_braces_but_not_inside_round_brackets() {
        assert_eq!(
            shown_in("d {\n f(\n'a') // 'b'\n g /* 'c' */ \"${x[\"y\"]}\"\n}", Language::Jvm),
            ["d", "{", "¶", "f", "(", "<a>", ")", "¶", "g", "<${x[\"y\"]}>", "¶", "}"]
        );
    }
}
