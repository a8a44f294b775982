//! The two streams and the files: written once, late, and never with a lost error.

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::mem::discriminant;
use std::path::Path;

use super::arguments::{Arguments, Color};
use super::{Failure, exit};
use crate::env::Environment;
use crate::report::runner::{self, Token};
use crate::report::terminal::Look;
use crate::source::ascii;

/// What a stream is made of, in the order of printing.
enum Piece {
    /// Text for a person.
    Human(String),
    /// What a program or a file takes over.
    Exact(String),
    /// What is written for GitHub's runner to obey.
    Commands(String),
}

pub(crate) struct Output {
    stdout: Vec<Piece>,
    stderr: Vec<Piece>,
    /// How what is printed is wanted.
    pub look: Look,
    /// The same for notes and errors, which go to a stream of their own.
    note_look: Look,
    /// Everything goes to stderr: in a hook stdout belongs to git.
    only_stderr: bool,
    /// GitHub's runner reads along.
    github_actions: bool,
}

impl Output {
    pub(super) fn new(arguments: &Arguments, environment: &Environment) -> Self {
        let look = |terminal: bool, columns: fn() -> Option<u16>| Look {
            color: match arguments.color {
                // Its escapes would be shown like those of the change.
                _ if environment.github_actions => false,
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
        Self { note_look, ..Self::with(look, environment) }
    }

    /// For what is said before the arguments are understood.
    pub(super) fn plain(environment: &Environment) -> Self {
        Self::with(Look { ascii: environment.ascii, ..Look::plain() }, environment)
    }

    const fn with(look: Look, environment: &Environment) -> Self {
        let github_actions = environment.github_actions;
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            look,
            note_look: look,
            only_stderr: false,
            github_actions,
        }
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
        self.add(Piece::Human(text.into_owned()));
    }

    /// Prints what a program or a file takes over: every byte as it is, unless GitHub's runner would obey it.
    pub(crate) fn print_exact(&mut self, text: &str) {
        self.add(Piece::Exact(text.to_owned()));
    }

    /// Prints what is written for GitHub's runner, commands and all.
    pub(crate) fn print_commands(&mut self, text: &str) {
        self.add(Piece::Commands(text.to_owned()));
    }

    fn add(&mut self, piece: Piece) {
        let stream = if self.only_stderr { &mut self.stderr } else { &mut self.stdout };
        stream.push(piece);
    }

    pub(crate) fn note(&mut self, text: &str) {
        let text = if self.note_look.ascii { ascii(text) } else { text.into() };
        self.stderr.push(Piece::Human(text.into_owned()));
    }

    /// The same, beside an error.
    pub(crate) fn note_commands(&mut self, text: &str) {
        self.stderr.push(Piece::Commands(text.to_owned()));
    }

    /// A word that nobody can guess.
    pub(crate) fn token() -> Result<Token, Failure> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::unable(format!("this machine gives no random numbers: {error}")))?;
        Ok(Token::of(random))
    }

    /// Writes a file whole or not at all. A device or a pipe is written to as it is: another file in its place would be
    /// read by nobody, and whoever runs as root would lose it.
    pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::unable(format!("{} can't be written: {error}", path.display()));
        if path.metadata().is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed);
        }
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

    /// Adds to a file that is there already: what a CI system reads when the step has ended.
    pub(crate) fn append_file(path: &Path, text: &str) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::unable(format!("nothing can be added to {}: {error}", path.display()))
        };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(failed)?;
        let mut last = [b'\n'];
        if file.metadata().map_err(failed)?.len() > 0 {
            file.seek(SeekFrom::End(-1)).map_err(failed)?;
            file.read_exact(&mut last).map_err(failed)?;
        }
        // Whoever wrote before may have left a line open, and would swallow our first one.
        let whole = if last == *b"\n" { text.to_owned() } else { format!("\n{text}") };
        file.write_all(whole.as_bytes()).and_then(|()| file.flush()).map_err(failed)
    }

    /// Writes what has been said so far, for whoever waits; a reader that has gone away is no reason to stop.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        for written in self.write_out() {
            if let Err(error) = written
                && error.kind() != ErrorKind::BrokenPipe
            {
                return Err(Failure::unable(format!("nothing can be printed: {error}")));
            }
        }
        Ok(())
    }

    /// Flushes both streams.
    pub(super) fn close(mut self, code: u8) -> u8 {
        let written = self.write_out();
        settled(code, &written)
    }

    fn write_out(&mut self) -> [std::io::Result<()>; 2] {
        // Without a word that nobody can guess text is still neutralised.
        let token = if self.github_actions { Self::token().ok() } else { None };
        let (for_stdout, for_stderr) = self.streams(token.as_ref());
        let mut stderr = std::io::stderr().lock();
        let on_stderr = stderr.write_all(for_stderr.as_bytes()).and_then(|()| stderr.flush());
        let mut stdout = std::io::stdout().lock();
        let on_stdout = stdout.write_all(for_stdout.as_bytes()).and_then(|()| stdout.flush());
        [on_stderr, on_stdout]
    }

    /// What goes to stdout and what to stderr.
    fn streams(&mut self, token: Option<&Token>) -> (String, String) {
        let (mut stdout, mut stderr) = (std::mem::take(&mut self.stdout), std::mem::take(&mut self.stderr));
        if !self.github_actions {
            let whole = |pieces: &[Piece]| pieces.iter().map(Piece::text).collect();
            return (whole(&stdout), whole(&stderr));
        }
        // The runner reads the streams side by side: commands that one has stopped are lost on the other.
        let mut pieces = stdout.iter().chain(&stderr);
        let commands = pieces.any(|piece| matches!(piece, Piece::Commands(_)));
        if commands && !stdout.is_empty() {
            stderr.append(&mut stdout);
            stdout = std::mem::take(&mut stderr);
        }
        (for_runner(&stdout, token), for_runner(&stderr, token))
    }
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Human(text) | Self::Exact(text) | Self::Commands(text) => text,
        }
    }
}

/// A stream that GitHub's runner reads along: text for people is wrapped, once for all that stands together.
fn for_runner(pieces: &[Piece], token: Option<&Token>) -> String {
    let mut out = String::new();
    let together = |one: &Piece, other: &Piece| discriminant(one) == discriminant(other);
    for run in pieces.chunk_by(together) {
        // A command counts at the start of a line.
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        let text: String = run.iter().map(Piece::text).collect();
        match (run.first(), token) {
            (Some(Piece::Commands(_)), _) => out.push_str(&text),
            (Some(Piece::Exact(_)), _) if runner::is_harmless(&text) => out.push_str(&text),
            (Some(Piece::Human(_)), Some(token)) => out.push_str(&runner::stopped(&text, token)),
            _ => out.push_str(&runner::neutralise(&text)),
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn on_runner() -> Output {
        Output::plain(&Environment { github_actions: true, ..Environment::default() })
    }

    fn token() -> Token {
        Token::of([7; 16])
    }

    #[test]
    fn a4_no_stream_stops_the_commands_of_the_other() {
        let mut output = on_runner();
        output.note("a note\n");
        output.print_commands("::error::ours\n");
        let word = token().as_str().to_owned();
        let together = format!("::stop-commands::{word}\na note\n::{word}::\n::error::ours\n");
        assert_eq!(output.streams(Some(&token())), (together, String::new()));
        let mut output = on_runner();
        output.note_commands("::error::ours\n");
        assert_eq!(output.streams(Some(&token())), (String::new(), "::error::ours\n".to_owned()));
        let mut output = on_runner();
        output.print("text\n");
        output.note_commands("::error::ours\n");
        let (stdout, stderr) = output.streams(Some(&token()));
        assert!(stdout.starts_with("::error::ours\n::stop-commands::") && stderr.is_empty(), "{stdout}");
    }

    #[test]
    fn a4_text_for_people_is_wrapped_once_and_what_programs_read_is_not() {
        let mut output = on_runner();
        output.print_exact("{}");
        output.print("a");
        output.print("b ##[x]\n");
        output.print_exact("a #");
        output.print_exact("#[x]\n");
        output.note("c");
        let word = token().as_str().to_owned();
        let stdout = format!("{{}}\n::stop-commands::{word}\nab ##\\[x]\n::{word}::\na ##\\[x]\n");
        let stderr = format!("::stop-commands::{word}\nc\n::{word}::\n");
        assert_eq!(output.streams(Some(&token())), (stdout, stderr));
    }

    #[test]
    fn a4_without_random_numbers_text_is_neutral_all_the_same() {
        let mut output = on_runner();
        output.print("::error::x\n");
        assert_eq!(output.streams(None).0, ":\\:error::x\n");
    }

    #[test]
    fn a6_a_line_that_somebody_left_open_is_closed_first() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (before, after) in [("", "a\n"), ("x\n", "x\na\n"), ("x", "x\na\n")] {
            std::fs::write(file.path(), before).unwrap();
            Output::append_file(file.path(), "a\n").unwrap();
            assert_eq!(std::fs::read_to_string(file.path()).unwrap(), after);
        }
    }

    #[test]
    fn a6_a_file_that_cannot_be_added_to_is_no_pass() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        for place in [&missing, &folder.path().to_owned()] {
            let failure = Output::append_file(place, "a\n").unwrap_err();
            assert_eq!(failure.exit_code(), exit::UNJUDGED);
        }
        assert!(!missing.exists(), "the runner would never read it");
    }
}
