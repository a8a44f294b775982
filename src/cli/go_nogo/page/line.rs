//! One line that a person writes.
//!
//! In: keys. Out: the line and where the cursor stands. What could not be seen is not taken in.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::source::is_hidden;

/// No reason is longer; the record keeps every word.
const LONGEST: usize = 500;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    characters: Vec<char>,
    /// How many characters stand before the cursor.
    cursor: usize,
}

impl Line {
    pub(super) fn of(text: &str) -> Self {
        let mut line = Self::default();
        line.write(text);
        line
    }

    /// Without blanks around it.
    pub(super) fn text(&self) -> String {
        self.characters.iter().collect::<String>().trim().to_owned()
    }

    /// What stands before the cursor, and what behind.
    pub(super) fn halves(&self) -> (String, String) {
        (
            self.characters.iter().take(self.cursor).collect(),
            self.characters.iter().skip(self.cursor).collect(),
        )
    }

    /// Typed or pasted: a line break is a blank.
    pub(super) fn write(&mut self, text: &str) {
        for character in text.chars() {
            let character = if matches!(character, '\n' | '\r' | '\t') { ' ' } else { character };
            if !is_hidden(character) && self.characters.len() < LONGEST {
                self.characters.insert(self.cursor, character);
                self.cursor += 1;
            }
        }
    }

    /// Moves and edits as shells do; whatever else it is, is let go.
    pub(super) fn press(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.characters.len(),
            KeyCode::Char('u') if control => {
                self.characters.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('k') if control => self.characters.truncate(self.cursor),
            KeyCode::Char('w') if control => self.erase_word(),
            KeyCode::Char(character) if !control && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.write(character.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.characters.remove(self.cursor);
            }
            KeyCode::Delete if self.cursor < self.characters.len() => {
                self.characters.remove(self.cursor);
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.characters.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.characters.len(),
            _ => {}
        }
    }

    fn erase_word(&mut self) {
        let before = self.characters.iter().take(self.cursor).rev();
        let blanks = before.clone().take_while(|character| character.is_whitespace()).count();
        let word = before.skip(blanks).take_while(|character| !character.is_whitespace()).count();
        let start = self.cursor - blanks - word;
        self.characters.drain(start..self.cursor);
        self.cursor = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(line: &mut Line, code: KeyCode, modifiers: KeyModifiers) -> (String, String) {
        line.press(KeyEvent::new(code, modifiers));
        line.halves()
    }

    #[test]
    fn it_edits_as_a_shell_does() {
        let mut line = Line::of("straße und weg");
        let control = KeyModifiers::CONTROL;
        let none = KeyModifiers::NONE;
        let halves = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(pressed(&mut line, KeyCode::Char('w'), control), halves("straße und ", ""));
        assert_eq!(pressed(&mut line, KeyCode::Backspace, none), halves("straße und", ""));
        assert_eq!(pressed(&mut line, KeyCode::Home, none), halves("", "straße und"));
        assert_eq!(pressed(&mut line, KeyCode::Backspace, none), halves("", "straße und"));
        assert_eq!(pressed(&mut line, KeyCode::Delete, none), halves("", "traße und"));
        assert_eq!(pressed(&mut line, KeyCode::Char('S'), KeyModifiers::SHIFT), halves("S", "traße und"));
        assert_eq!(pressed(&mut line, KeyCode::Right, none), halves("St", "raße und"));
        assert_eq!(pressed(&mut line, KeyCode::Left, none), halves("S", "traße und"));
        assert_eq!(pressed(&mut line, KeyCode::Char('k'), control), halves("S", ""));
        assert_eq!(pressed(&mut line, KeyCode::Char('u'), control), halves("", ""));
        assert_eq!(pressed(&mut line, KeyCode::Char('w'), control), halves("", ""));
        assert_eq!(pressed(&mut line, KeyCode::Char('x'), KeyModifiers::ALT), halves("", ""));
    }

    #[test]
    fn u9_what_is_pasted_is_one_line_without_anything_unseen_and_has_an_end() {
        assert_eq!(Line::of("a\r\nb\u{1b}[31m\u{202e}").text(), "a  b[31m");
        assert_eq!(Line::of(&"x".repeat(9999)).text().len(), LONGEST);
    }
}
