//! The terminal while the page is on it: taken on opening, given back on every way out, panics included.

use std::fs::{File, OpenOptions};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

/// The terminal itself: both streams may lead elsewhere.
#[cfg(not(windows))]
const DEVICE: &str = "/dev/tty";
#[cfg(windows)]
const DEVICE: &str = "CONOUT$";

/// Ctrl-C is a key while the page is there; these come from elsewhere.
#[cfg(unix)]
const SIGNALS: [i32; 3] =
    [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT];

pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<File>>,
    ended: Arc<AtomicBool>,
    handlers: Vec<signal_hook::SigId>,
}

fn device() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(DEVICE)
}

impl Screen {
    /// There is a terminal, wherever the streams lead.
    pub(super) fn is_there() -> bool {
        device().is_ok()
    }

    pub(super) fn open() -> io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(device()?))?;
        let ended = Arc::new(AtomicBool::new(false));
        // From here on whatever fails gives the terminal back.
        let mut screen = Self { terminal, ended, handlers: Vec::new() };
        for signal in SIGNALS {
            screen.handlers.push(signal_hook::flag::register(signal, Arc::clone(&screen.ended))?);
        }
        enable_raw_mode()?;
        execute!(screen.terminal.backend_mut(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        // `Terminal::clear` asks for the cursor's place through standard output, which may be a pipe: nobody answers there.
        screen.terminal.backend_mut().clear()?;
        Ok(screen)
    }

    /// Somebody outside wants this to end.
    pub(super) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is nobody left to tell of an error.
        let _ =
            execute!(self.terminal.backend_mut(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
        for handler in self.handlers.drain(..) {
            signal_hook::low_level::unregister(handler);
        }
    }
}
