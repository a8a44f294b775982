//! The two streams and the files: written once, late, and never with a lost error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use super::arguments::{Arguments, Color};
use super::{Failure, exit};
use crate::env::Environment;
use crate::report::terminal::Look;
use crate::source::ascii;

pub(crate) struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How what is printed is wanted.
    pub look: Look,
    /// The same for notes and errors, which go to a stream of their own.
    note_look: Look,
    /// Everything goes to stderr: in a hook stdout belongs to git.
    only_stderr: bool,
}

impl Output {
    pub(super) fn new(arguments: &Arguments, environment: &Environment) -> Self {
        let look = |terminal: bool, columns: fn() -> Option<u16>| Look {
            color: match arguments.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal && !environment.no_color,
            },
            ascii: environment.ascii,
            width: width(terminal, columns),
            verbose: arguments.verbose,
        };
        let note_look = look(std::io::stderr().is_terminal(), || {
            Some(terminal_size::terminal_size_of(std::io::stderr())?.0.0)
        });
        let look = look(std::io::stdout().is_terminal(), || {
            Some(terminal_size::terminal_size_of(std::io::stdout())?.0.0)
        });
        Self { stdout: Vec::new(), stderr: Vec::new(), look, note_look, only_stderr: false }
    }

    /// How notes are wanted.
    pub(crate) const fn note_look(&self) -> Look {
        self.note_look
    }

    /// From here on nothing is printed to stdout.
    pub(crate) fn keep_off_stdout(&mut self) {
        self.only_stderr = true;
        self.look = self.note_look;
    }

    /// Prints text for a person, in ASCII where the locale shows no more.
    pub(crate) fn print(&mut self, text: &str) {
        let text = if self.look.ascii { ascii(text) } else { text.into() };
        self.print_exact(&text);
    }

    /// Prints what a program or a file takes over: every byte as it is.
    pub(crate) fn print_exact(&mut self, text: &str) {
        let stream = if self.only_stderr { &mut self.stderr } else { &mut self.stdout };
        stream.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn note(&mut self, text: &str) {
        let text = if self.note_look.ascii { ascii(text) } else { text.into() };
        self.stderr.extend_from_slice(text.as_bytes());
    }

    /// Writes a file whole or not at all.
    pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::unable(format!("{} can't be written: {error}", path.display()));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    pub(super) fn fail(&mut self, failure: &Failure) -> u8 {
        let text = failure.render(self.note_look);
        self.note(&text);
        failure.exit_code()
    }

    /// Flushes both streams.
    pub(super) fn close(self, code: u8) -> u8 {
        let mut stderr = std::io::stderr().lock();
        let on_stderr = stderr.write_all(&self.stderr).and_then(|()| stderr.flush());
        let mut stdout = std::io::stdout().lock();
        let on_stdout = stdout.write_all(&self.stdout).and_then(|()| stdout.flush());
        settled(code, &[on_stderr, on_stdout])
    }
}

/// The exit code after everything was written. A reader that has gone away changes nothing; any other loss is no pass.
pub(super) fn settled(code: u8, written: &[std::io::Result<()>]) -> u8 {
    let lost = written.iter().filter_map(|result| result.as_ref().err());
    let lost = lost.filter(|error| error.kind() != ErrorKind::BrokenPipe).count();
    if lost > 0 && code == 0 { exit::UNJUDGED } else { code }
}

/// The columns to write for; wide terminals are no reason for long lines.
fn width(terminal: bool, console: fn() -> Option<u16>) -> usize {
    if !terminal {
        return 100;
    }
    let columns = crate::env::variable("COLUMNS").and_then(|columns| columns.parse::<usize>().ok());
    let columns = columns.unwrap_or_else(|| usize::from(console().unwrap_or(80)));
    columns.clamp(40, 120)
}
