//! Shell text cut into commands and words.
//!
//! In: a piece of shell script. Out: simple commands, each a list of words with true spans. Expands nothing; what
//! stands in `$(…)` is part of a word, and the body of a here-document is no command.

use super::super::piece::Piece;

/// One word: as written, and what it means once its quotes are gone.
#[derive(Debug, Clone)]
pub(super) struct Word<'a> {
    /// Without quotes where one pair encloses the whole word.
    pub(super) piece: Piece<'a>,
    pub(super) text: String,
}

/// Longer expressions and substitutions are read as the words they consist of.
const LONGEST_EXPRESSION: usize = 400;

pub(super) type Command<'a> = Vec<Word<'a>>;

pub(super) fn commands(script: Piece<'_>) -> Vec<Command<'_>> {
    let mut reader = Reader { rest: script, out: Vec::new(), words: Vec::new(), here: None };
    reader.read();
    reader.out
}

struct Reader<'a> {
    rest: Piece<'a>,
    out: Vec<Command<'a>>,
    words: Command<'a>,
    /// The word that ends the here-document that the current line begins.
    here: Option<String>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        while let Some(first) = self.rest.text().chars().next() {
            match first {
                '\n' => {
                    self.end_command();
                    self.rest = self.rest.from(1);
                    self.skip_here_document();
                }
                '\\' if is_line_break(self.rest.text().get(1..)) => self.continue_line(),
                _ if first.is_whitespace() => {
                    self.rest =
                        self.rest.leading(|character| character.is_whitespace() && character != '\n').1;
                }
                '#' => self.rest = self.rest.leading(|character| character != '\n').1,
                ';' | '&' | '|' | '(' | ')' | '`' => {
                    self.end_command();
                    self.rest = self.rest.from(1);
                }
                '>' | '<' => self.redirect(),
                _ => {
                    let word = self.word();
                    self.words.push(word);
                }
            }
        }
        self.end_command();
    }

    fn end_command(&mut self) {
        if !self.words.is_empty() {
            self.out.push(std::mem::take(&mut self.words));
        }
    }

    /// Goes on after a backslash at a line's end. Dockerfiles allow lines of comment in between.
    fn continue_line(&mut self) {
        self.rest = after_line_break(self.rest.from(1));
        loop {
            let line = self.rest.leading(|character| character == ' ' || character == '\t').1;
            if !line.text().starts_with('#') {
                return;
            }
            let after = line.leading(|character| character != '\n').1;
            if after.is_empty() {
                self.rest = after;
                return;
            }
            self.rest = after.from(1);
        }
    }

    /// Drops a redirection and its target.
    fn redirect(&mut self) {
        let (operator, after) =
            self.rest.leading(|character| matches!(character, '<' | '>' | '&' | '|' | '-'));
        self.rest = after.leading(|character| character == ' ' || character == '\t').1;
        let target = self.word();
        if operator.text().starts_with("<<") && !operator.text().starts_with("<<<") {
            self.here = Some(target.text);
        }
    }

    fn skip_here_document(&mut self) {
        let Some(end) = self.here.take() else { return };
        let mut last = self.rest.from(self.rest.text().len());
        for line in self.rest.lines() {
            if line.trim().text() == end {
                last = self.rest.from(line.end() - self.rest.start());
                break;
            }
        }
        self.rest = last;
    }

    fn word(&mut self) -> Word<'a> {
        let begin = self.rest;
        let mut text = String::new();
        let mut quoted = 0;
        let mut length = 0;
        let mut characters = begin.text().char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let rest = begin.text().get(at..).unwrap_or_default();
            // An expression of the CI's or a template's, or a substitution, is one piece with its blanks.
            let enclosed = enclosed(rest);
            if let Some(inside) = enclosed {
                text.push_str(inside);
                while characters.next_if(|(next, _)| *next < at + inside.len()).is_some() {}
                length = at + inside.len();
                continue;
            }
            match character {
                '\'' | '"' => {
                    quoted += 1;
                    length = at + 1;
                    while let Some((at, inner)) = characters.next() {
                        length = at + inner.len_utf8();
                        if inner == character {
                            break;
                        }
                        if inner == '\\'
                            && character == '"'
                            && let Some((at, escaped)) = characters.next()
                        {
                            text.push(escaped);
                            length = at + escaped.len_utf8();
                        } else {
                            text.push(inner);
                        }
                    }
                    continue;
                }
                '\\' if is_line_break(rest.get(1..)) => break,
                '\\' => {
                    if let Some((_, escaped)) = characters.next() {
                        text.push(escaped);
                        length = at + 1 + escaped.len_utf8();
                        continue;
                    }
                }
                ';' | '&' | '|' | '(' | ')' | '<' | '>' | '`' => break,
                _ if character.is_whitespace() => break,
                _ => text.push(character),
            }
            length = at + character.len_utf8();
        }
        let written = begin.until(length);
        // Never stand still, whatever the character.
        self.rest = begin.from(length.max(begin.text().chars().next().map_or(0, char::len_utf8)));
        let piece = written.unquoted().filter(|_| quoted == 1).unwrap_or(written);
        Word { piece, text }
    }
}

/// `${{ … }}`, `{{ … }}`, `$(…)` or `${…}` at the beginning of a text, on one line.
fn enclosed(text: &str) -> Option<&str> {
    let close = ["${{", "{{"].iter().any(|open| text.starts_with(open)).then_some("}}").or_else(|| {
        let open = [("$(", ")"), ("${", "}")].into_iter().find(|(open, _)| text.starts_with(open));
        open.map(|(_, close)| close)
    })?;
    // A brace that is closed nowhere near is only a brace; looking for its end to the end would be quadratic.
    let near = text.get(..text.floor_char_boundary(LONGEST_EXPRESSION))?;
    let line = near.split('\n').next()?;
    let end = line.find(close)? + close.len();
    text.get(..end)
}

fn is_line_break(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with('\n') || text.starts_with("\r\n"))
}

fn after_line_break(piece: Piece<'_>) -> Piece<'_> {
    let piece = piece.strip_prefix("\r").unwrap_or(piece);
    piece.strip_prefix("\n").unwrap_or(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<Vec<String>> {
        let show = |word: &Word<'_>| {
            assert_eq!(&text[word.piece.start()..word.piece.end()], word.piece.text());
            word.text.clone()
        };
        commands(Piece::whole(text)).iter().map(|command| command.iter().map(show).collect()).collect()
    }

    #[test]
    fn commands_end_where_the_shell_ends_them() {
        assert_eq!(
            shown("a b && c 'd e' \"f\\\"g\"; # no h\ni \\\n  j | (k)\n"),
            [vec!["a", "b"], vec!["c", "d e", "f\"g"], vec!["i", "j"], vec!["k"]]
        );
    }

    #[test]
    fn a_redirection_takes_its_target_away() {
        assert_eq!(shown("pip install a>=1.0 b <c 2>&1\n"), [vec!["pip", "install", "a", "b", "2"]]);
    }

    #[test]
    fn the_body_of_a_here_document_is_no_command() {
        assert_eq!(shown("cat <<'EOF' > x\npip install a\nEOF\nls\n"), [vec!["cat"], vec!["ls"]]);
    }

    #[test]
    fn an_expression_is_one_word() {
        assert_eq!(shown("x==${{ a.b }}-{{ c }} $(d e)f"), [vec!["x==${{ a.b }}-{{ c }}", "$(d e)f"]]);
    }

    #[test]
    fn comments_between_continued_lines_are_passed_over() {
        assert_eq!(shown("a \\\n  # no\n  # nor this\n  b\n"), [vec!["a", "b"]]);
    }
}
