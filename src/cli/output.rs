//! The two streams and the files: written once, late, and never with a lost error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use super::arguments::{Arguments, Color};
use super::{Failure, exit};
use crate::env::Environment;
use crate::report::terminal::Look;

pub(crate) struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    pub look: Look,
    /// Everything goes to stderr: in a hook stdout belongs to git.
    only_stderr: bool,
}

impl Output {
    pub(super) fn new(arguments: &Arguments, environment: &Environment) -> Self {
        let terminal = std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
        let color = match arguments.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !environment.no_color,
        };
        let look =
            Look { color, ascii: environment.ascii, width: width(terminal), verbose: arguments.verbose };
        Self { stdout: Vec::new(), stderr: Vec::new(), look, only_stderr: false }
    }

    /// From here on nothing is printed to stdout.
    pub(crate) fn keep_off_stdout(&mut self) {
        self.only_stderr = true;
    }

    pub(crate) fn print(&mut self, text: &str) {
        let stream = if self.only_stderr { &mut self.stderr } else { &mut self.stdout };
        stream.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn note(&mut self, text: &str) {
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
        let text = failure.render(self.look);
        self.note(&text);
        failure.exit_code()
    }

    /// Flushes both streams. A reader that has gone away changes nothing; any other loss is no pass.
    pub(super) fn close(self, code: u8) -> u8 {
        let lost =
            |result: std::io::Result<()>| result.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
        let mut stderr = std::io::stderr().lock();
        let stderr_lost = lost(stderr.write_all(&self.stderr).and_then(|()| stderr.flush()));
        let mut stdout = std::io::stdout().lock();
        let stdout_lost = lost(stdout.write_all(&self.stdout).and_then(|()| stdout.flush()));
        if (stdout_lost || stderr_lost) && code == 0 { exit::UNJUDGED } else { code }
    }
}

/// The columns to write for; wide terminals are no reason for long lines.
fn width(terminal: bool) -> usize {
    if !terminal {
        return 100;
    }
    let columns = crate::env::variable("COLUMNS").and_then(|columns| columns.parse::<usize>().ok());
    let columns = columns.unwrap_or_else(|| usize::from(console_width()));
    columns.clamp(40, 120)
}

fn console_width() -> u16 {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0)
}
