//! The commands: one file each, and no judging in any of them.
//!
//! In: arguments and the environment. Out: text on the right stream and an exit code.

mod arguments;
mod calendar;
mod check;
mod ci;
mod config;
mod demo;
mod explain;
mod go_nogo;
mod hook;
mod init;
mod judging;
mod manual;
mod output;
mod plan;
mod policy;
mod progress;
mod record;
mod step;
mod verify;
mod waiver;

use std::process::ExitCode;

use clap::Parser;

use crate::env::Environment;
use crate::gate::GateError;
use crate::pipeline::ApiError;
use crate::record::RecordError;
use crate::report::terminal;
use crate::source::veiled;

pub use arguments::{Arguments, Command};
use output::Output;

/// Exit codes beside those of a verdict.
pub(crate) mod exit {
    /// The record is broken: the no-go of `record verify`.
    pub(crate) const BROKEN: u8 = 1;
    /// The calendar is closed: the no-go of `calendar now`.
    pub(crate) const CLOSED: u8 = 1;
    /// The arguments or a file of deploy-guard's own are not valid.
    pub(crate) const USAGE: u8 = 2;
    /// What had to be judged could not be.
    pub(crate) const UNJUDGED: u8 = 3;
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let mut environment = Environment::read();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            if environment.github_actions {
                let mut output = Output::plain(&environment);
                let print = if error.use_stderr() { Output::note } else { Output::print };
                print(&mut output, &error.render().to_string());
                return ExitCode::from(output.close(code));
            }
            return ExitCode::from(output::settled(code, &[error.print()]));
        }
    };
    if let Some(folder) = &arguments.directory {
        environment.folder = environment.folder.join(folder);
    }
    let mut output = Output::new(&arguments, &environment);
    // A panic is a defect, and a gate that dies has not said yes: it ends as "could not judge".
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        dispatch(&arguments.command, &environment, &mut output)
    }));
    let code = match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => output.fail(&failure),
        Err(_) => output.fail(&Failure::defect()),
    };
    ExitCode::from(output.close(code))
}

fn dispatch(command: &Command, environment: &Environment, output: &mut Output) -> Result<u8, Failure> {
    match command {
        Command::Check(arguments) => check::run(arguments, environment, output),
        Command::Ci(arguments) => ci::run(arguments, environment, output),
        Command::GoNogo(arguments) => go_nogo::run(arguments, environment, output),
        Command::Hook(arguments) => hook::run(arguments, environment, output),
        Command::Explain(arguments) => explain::run(arguments, environment, output),
        Command::Policy(arguments) => policy::run(arguments, environment, output),
        Command::Calendar(arguments) => calendar::run(arguments, environment, output),
        Command::Plan(arguments) => plan::run(arguments, environment, output),
        Command::Waiver(arguments) => waiver::run(arguments, environment, output),
        Command::Record(arguments) => record::run(arguments, environment, output),
        Command::Demo(arguments) => demo::run(arguments, environment, output),
        Command::Config(arguments) => config::run(arguments, environment, output),
        Command::Init(arguments) => init::run(arguments, environment, output),
        Command::Completions(arguments) => {
            output.print_exact(&manual::completions(arguments.shell));
            Ok(0)
        }
        Command::Man => {
            output.print_exact(&manual::page()?);
            Ok(0)
        }
    }
}

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub enum Failure {
    Gate(Box<GateError>),
    /// What was asked makes no sense; what, and what to do instead.
    Usage {
        what: String,
        hint: Option<String>,
    },
    /// It made sense and could not be done.
    Unable {
        what: String,
        mend: Option<String>,
    },
}

impl Failure {
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), hint: None }
    }

    pub(crate) fn usage_with_hint(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn unable(what: impl Into<String>) -> Self {
        Self::Unable { what: what.into(), mend: None }
    }

    fn defect() -> Self {
        Self::Unable {
            what: "deploy-guard broke while judging, and a gate that breaks has not said yes".to_owned(),
            mend: Some("please report it with the command and, if you may, the file it broke on".to_owned()),
        }
    }

    const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } => exit::USAGE,
            Self::Unable { .. } => exit::UNJUDGED,
            Self::Gate(error) => match **error {
                GateError::Read(_) => exit::UNJUDGED,
                GateError::Problems(_) => exit::USAGE,
            },
        }
    }

    /// What happened, in a line, and what mends it.
    pub(crate) fn told(&self) -> (String, Option<String>) {
        let (what, mend) = match self {
            Self::Usage { what, hint: mend } | Self::Unable { what, mend } => (what.clone(), mend.clone()),
            Self::Gate(error) => match &**error {
                GateError::Read(error) => (error.what.clone(), error.mend.clone()),
                GateError::Problems(problems) => (problems.to_string(), None),
            },
        };
        (veiled(&what).into_owned(), mend.map(|mend| veiled(&mend).into_owned()))
    }

    fn render(&self, look: terminal::Look) -> String {
        match self {
            Self::Usage { what, hint } => terminal::render_error(what, hint.as_deref(), look),
            Self::Unable { what, mend } => terminal::render_error(what, mend.as_deref(), look),
            Self::Gate(error) => match &**error {
                GateError::Read(error) => terminal::render_error(&error.what, error.mend.as_deref(), look),
                GateError::Problems(problems) => terminal::render_problems(problems, look),
            },
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Unable { what: error.what, mend: error.mend }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::Unable { what: error.what, mend: error.mend }
    }
}

impl<E: Into<GateError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Gate(Box::new(error.into()))
    }
}
