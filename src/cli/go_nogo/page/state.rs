//! The page as a machine: a key or an answer in, what has to be done out.
//!
//! Knows no terminal, no clock and no record, so that every way through it can be walked in a test.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::line::Line;
use crate::board::Board;
use crate::checklist::{Answer, Person, Proof, Row, Standing, State, Task, Word, decide};
use crate::probe::Outcome;

/// So often a row that has gone out of date is asked again by itself.
const BY_ITSELF: u8 = 3;

/// What the machine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// The answer goes into the record; then [`Page::kept`] or [`Page::not_kept`].
    Keep(usize, Answer),
    /// The row is asked again.
    Again(usize),
    /// The word stands.
    Finish,
    Leave,
    /// Ctrl-C: this run says no word.
    Interrupt,
}

/// What a line is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Go,
    NoGo,
    Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) purpose: Purpose,
    pub(super) line: Line,
}

/// What is on the page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) board: Board,
    pub(super) me: Person,
    authors: Vec<String>,
    /// The row that keys are for.
    pub(super) focus: usize,
    /// That row is shown with everything, from this line on.
    pub(super) opened: Option<usize>,
    pub(super) writing: Option<Writing>,
    pub(super) help: bool,
    /// What a person has to know of the last key.
    pub(super) said: Option<String>,
    /// Which rows are being asked right now.
    asking: Vec<bool>,
    /// How often each was asked by itself since somebody did.
    by_itself: Vec<u8>,
    /// Turns the spinners.
    pub(super) beat: usize,
}

impl Page {
    pub(super) fn new(board: Board, me: Person, authors: Vec<String>, now: Timestamp) -> Self {
        let asking = board
            .rows
            .iter()
            .map(|row| matches!(row.state, State::Waiting) && !matches!(row.item.task, Task::Question(_)))
            .collect();
        let by_itself = vec![0; board.rows.len()];
        let mut page = Self {
            board,
            me,
            authors,
            focus: 0,
            opened: None,
            writing: None,
            help: false,
            said: None,
            asking,
            by_itself,
            beat: 0,
        };
        page.judge(now);
        page.focus = page.next_question(page.board.rows.len().saturating_sub(1)).unwrap_or(0);
        page
    }

    pub(super) fn is_asking(&self, index: usize) -> bool {
        self.asking.get(index).copied().unwrap_or(false)
    }

    /// Something is still to come back.
    pub(super) fn is_waiting(&self) -> bool {
        self.asking.contains(&true)
    }

    /// Everything has come back, and everybody has answered.
    pub(super) fn is_done(&self) -> bool {
        !self.is_waiting()
            && self.board.rows.iter().all(|row| row.standing(self.board.at) != Standing::Waiting)
    }

    /// Time passes: what is out of date is asked again once nobody is left to answer, right before the word.
    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        self.beat = self.beat.wrapping_add(1);
        self.judge(now);
        if self.is_waiting() || self.board.rows.iter().any(|row| row.wants_an_answer(now)) {
            return Vec::new();
        }
        let stale = |row: &usize| {
            let tired = self.by_itself.get(*row).is_none_or(|times| *times >= BY_ITSELF);
            self.is_evidence(*row) && !tired && self.board.rows.get(*row).is_some_and(|row| row.is_stale(now))
        };
        let stale: Vec<usize> = (0..self.board.rows.len()).filter(stale).collect();
        for row in &stale {
            if let Some(times) = self.by_itself.get_mut(*row) {
                *times += 1;
            }
        }
        self.ask_again(stale)
    }

    /// A row has come back.
    pub(super) fn came(&mut self, index: usize, state: State) {
        if let Some(asking) = self.asking.get_mut(index) {
            *asking = false;
        }
        if let Some(row) = self.board.rows.get_mut(index) {
            row.state = state;
        }
        self.judge(self.board.at);
    }

    /// Nobody is left who could bring a row back.
    pub(super) fn nothing_comes(&mut self) {
        self.asking.fill(false);
    }

    /// The answer is in the record.
    pub(super) fn kept(&mut self, index: usize, answer: Answer) {
        self.said = None;
        if let Some(row) = self.board.rows.get_mut(index) {
            row.take(answer);
        }
        self.judge(self.board.at);
        self.focus = self.next_question(index).unwrap_or(index);
    }

    pub(super) fn not_kept(&mut self, why: &str) {
        self.said = Some(format!("not recorded, so it does not count: {why}"));
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(writing) = &mut self.writing {
            writing.line.write(text);
        }
    }

    pub(super) fn press(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return vec![Effect::Interrupt];
        }
        self.said = None;
        if self.writing.is_some() {
            return self.press_writing(key);
        }
        if self.help {
            self.help = false;
            return Vec::new();
        }
        if let Some(from) = self.opened {
            match key.code {
                KeyCode::Down | KeyCode::Char('j') => self.opened = Some(from.saturating_add(1)),
                KeyCode::Up | KeyCode::Char('k') => self.opened = Some(from.saturating_sub(1)),
                KeyCode::PageDown | KeyCode::Char(' ') => self.opened = Some(from.saturating_add(10)),
                KeyCode::PageUp => self.opened = Some(from.saturating_sub(10)),
                _ => self.opened = None,
            }
            return Vec::new();
        }
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.go_to(self.focus.saturating_add(1)),
            KeyCode::Up | KeyCode::Char('k') => self.go_to(self.focus.saturating_sub(1)),
            KeyCode::Home => self.go_to(0),
            KeyCode::End => self.go_to(usize::MAX),
            KeyCode::Tab => self.go_to(self.next_question(self.focus).unwrap_or(self.focus)),
            KeyCode::Enter if self.is_done() => return vec![Effect::Finish],
            KeyCode::Enter | KeyCode::Char(' ') if !self.board.rows.is_empty() => self.opened = Some(0),
            KeyCode::Char('g') => return self.answer(Word::Go, false),
            KeyCode::Char('r') => return self.answer(Word::Go, true),
            KeyCode::Char('n') => return self.answer(Word::NoGo, true),
            KeyCode::Char('e') => return self.again(),
            KeyCode::Char('w') => {
                self.writing = Some(Writing { purpose: Purpose::Name, line: Line::of(&self.me.name) });
            }
            KeyCode::Char('?' | 'h') => self.help = true,
            KeyCode::Char('q') if self.is_done() => return vec![Effect::Finish],
            KeyCode::Char('q') => return vec![Effect::Leave],
            _ => {}
        }
        Vec::new()
    }

    fn press_writing(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(writing) = &mut self.writing else { return Vec::new() };
        match key.code {
            KeyCode::Esc => self.writing = None,
            KeyCode::Enter => {
                let (purpose, text) = (writing.purpose, writing.line.text());
                return self.written(purpose, text);
            }
            _ => writing.line.press(key),
        }
        Vec::new()
    }

    fn written(&mut self, purpose: Purpose, text: String) -> Vec<Effect> {
        let wants_words = self.focused().and_then(Row::question).is_some_and(|question| question.wants_words);
        let missing = match purpose {
            Purpose::Name => "a name is needed",
            Purpose::NoGo => "a no-go needs a reason",
            Purpose::Go if wants_words => "this question wants words: who, what or why",
            Purpose::Go => "",
        };
        if text.is_empty() && !missing.is_empty() {
            self.said = Some(missing.to_owned());
            return Vec::new();
        }
        self.writing = None;
        match purpose {
            Purpose::Name => {
                // Whoever types a name claims it, whatever the platform had said before.
                if text != self.me.name {
                    self.me = Person { name: text, proof: Proof::Claimed };
                }
                Vec::new()
            }
            Purpose::Go => self.keep(Word::Go, text),
            Purpose::NoGo => self.keep(Word::NoGo, text),
        }
    }

    /// A word on the focused row; with a line of words first, where they are wanted.
    fn answer(&mut self, word: Word, words: bool) -> Vec<Effect> {
        let Some(question) = self.focused().and_then(Row::question) else {
            self.said = Some("there is nothing to answer here: Tab goes to the next question".to_owned());
            return Vec::new();
        };
        if let Err(why) = question.may_answer(&self.me, &self.authors) {
            self.said = Some(format!("{why}; w says who answers"));
            return Vec::new();
        }
        if words || question.wants_words {
            let purpose = if word == Word::Go { Purpose::Go } else { Purpose::NoGo };
            self.writing = Some(Writing { purpose, line: Line::default() });
            return Vec::new();
        }
        self.keep(word, String::new())
    }

    fn keep(&self, word: Word, reason: String) -> Vec<Effect> {
        let Some(row) = self.focused() else { return Vec::new() };
        let Some(question) = row.question() else { return Vec::new() };
        let answer = Answer {
            item: row.item.id.clone(),
            role: question.role.name,
            question: question.text,
            word,
            reason,
            by: self.me.clone(),
            at: self.board.at,
        };
        vec![Effect::Keep(self.focus, answer)]
    }

    /// The focused row; and where a person is asked there, every row that is too old or in the way.
    fn again(&mut self) -> Vec<Effect> {
        let now = self.board.at;
        let rows = if self.is_evidence(self.focus) {
            vec![self.focus]
        } else {
            let worth = |row: &usize| {
                self.is_evidence(*row)
                    && self.board.rows.get(*row).is_some_and(|row| {
                        !matches!(row.standing(now), Standing::Go | Standing::Warn) || fell_short(&row.state)
                    })
            };
            (0..self.board.rows.len()).filter(worth).collect()
        };
        for row in &rows {
            if let Some(times) = self.by_itself.get_mut(*row) {
                *times = 0;
            }
        }
        let effects = self.ask_again(rows);
        if effects.is_empty() {
            self.said = Some("there is nothing to ask again".to_owned());
        }
        effects
    }

    fn ask_again(&mut self, rows: Vec<usize>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for row in rows {
            if let Some(asking) = self.asking.get_mut(row).filter(|asking| !**asking) {
                *asking = true;
                effects.push(Effect::Again(row));
            }
        }
        effects
    }

    fn focused(&self) -> Option<&Row> {
        self.board.rows.get(self.focus)
    }

    fn is_evidence(&self, row: usize) -> bool {
        self.board.rows.get(row).is_some_and(|row| !matches!(row.item.task, Task::Question(_)))
    }

    fn go_to(&mut self, row: usize) {
        self.focus = row.min(self.board.rows.len().saturating_sub(1));
    }

    /// The first row behind this one, and then from the top, that a person has to answer.
    fn next_question(&self, from: usize) -> Option<usize> {
        let count = self.board.rows.len();
        (1..=count)
            .map(|step| (from + step) % count)
            .find(|row| self.board.rows.get(*row).is_some_and(|row| row.wants_an_answer(self.board.at)))
    }

    fn judge(&mut self, now: Timestamp) {
        let decision = decide(&self.board.rows, now);
        self.board.at = now;
        self.board.verdict = decision.verdict;
        self.board.valid_until = decision.valid_until;
    }
}

/// It was let through, and asking again could still tell.
fn fell_short(state: &State) -> bool {
    match state {
        State::Seen(evidence) | State::Accepted(evidence, _) => evidence.outcome == Outcome::CannotTell,
        State::Waiting | State::Judged(_) | State::Answered(_) => false,
    }
}
