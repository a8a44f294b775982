//! The page in the terminal: evidence comes in, roles are polled one by one, and the word stands at the end.
//!
//! In: a board, who sits there, what comes back from the probes, and where answers are kept. Out: the board with the
//! answers. Asks nothing itself and writes nothing: an answer shows once it has been kept.

mod big;
mod draw;
mod line;
mod screen;
mod state;

#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use jiff::Timestamp;
use ratatui::crossterm::event::{self, KeyEventKind};

use crate::board::Board;
use crate::checklist::{Answer, Person, State};
use crate::cli::Failure;
use crate::env::Environment;
use crate::report::terminal::Look;
use screen::Screen;
use state::{Effect, Page};

/// How long a key is waited for before the page looks for what else has happened.
const BEAT: Duration = Duration::from_millis(100);

/// So many of them pass between two pages that differ in nothing but the time.
const IDLE: usize = 10;

/// What happens while the page is there.
pub(super) enum Event {
    /// A row has come back.
    Row { index: usize, state: State },
}

/// Everything that the page lives on.
pub(super) struct Session<'a> {
    /// Rows of evidence that wait are being asked already.
    pub board: Board,
    pub me: Person,
    /// Of the change.
    pub authors: Vec<String>,
    pub events: Receiver<Event>,
    /// An answer goes into the record before it shows; what can't be kept does not count.
    pub keep: &'a mut dyn FnMut(&Answer) -> Result<(), String>,
    /// Asks a row again; it comes back as an event.
    pub again: &'a mut dyn FnMut(usize),
    pub clock: &'a dyn Fn() -> Timestamp,
}

/// How the page was left: the board has every answer that was kept.
pub(super) enum Ended {
    /// Everything has come back, everybody has answered, and the word was seen.
    Finished(Board),
    /// Somebody left before.
    Left(Board),
}

/// Whether somebody sits there: CI is never asked (H13), and a terminal has to be at both ends.
pub(super) fn is_possible(environment: &Environment) -> bool {
    let watched = std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    !environment.ci && !environment.dumb && std::io::stdin().is_terminal() && watched && Screen::is_there()
}

/// Shows the page until somebody closes it.
pub(super) fn run(session: Session<'_>, look: Look) -> Result<Ended, Failure> {
    let failed = |error: std::io::Error| Failure::Unable {
        what: format!("there is no terminal to show the page on: {error}"),
        mend: Some("answer with --confirm or --answers, which need none".to_owned()),
    };
    let Session { board, me, authors, events, keep, again, clock } = session;
    let mut page = Page::new(board, me, authors, clock());
    let mut screen = Screen::open().map_err(failed)?;
    let mut seen = 0;
    loop {
        loop {
            match events.try_recv() {
                Ok(Event::Row { index, state }) => {
                    page.came(index, state);
                    seen = 0;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    page.nothing_comes();
                    break;
                }
            }
        }
        let mut effects = page.tick(clock());
        // While nothing happens but time, once a second is often enough.
        if seen % IDLE == 0 || page.is_waiting() || !effects.is_empty() {
            screen.terminal.draw(|frame| draw::draw(&mut page, look, frame)).map_err(failed)?;
        }
        seen = (seen + 1) % IDLE;
        if event::poll(BEAT).map_err(failed)? {
            seen = 0;
            match event::read().map_err(failed)? {
                event::Event::Key(key) if key.kind != KeyEventKind::Release => {
                    effects.extend(page.press(key));
                }
                event::Event::Paste(text) => page.paste(&text),
                _ => {}
            }
        }
        if screen.is_ended() {
            return Ok(Ended::Left(page.board));
        }
        for effect in effects {
            match effect {
                Effect::Keep(index, answer) => match keep(&answer) {
                    Ok(()) => page.kept(index, answer),
                    Err(why) => page.not_kept(&why),
                },
                Effect::Again(index) => again(index),
                Effect::Finish => return Ok(Ended::Finished(page.board)),
                Effect::Leave => return Ok(Ended::Left(page.board)),
                Effect::Interrupt => {
                    // A raw terminal makes a key of it; to the run it is what it is everywhere else.
                    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGINT);
                    return Ok(Ended::Left(page.board));
                }
            }
        }
    }
}
