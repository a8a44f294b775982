//! What `check` and the hook share: open, judge each change, report.

use std::path::Path;

use jiff::Timestamp;

use super::Failure;
use super::output::Output;
use crate::calendar;
use crate::change::{Reader, Request, open, read_change};
use crate::env::Environment;
use crate::gate::{Rules, Settings, judge};
use crate::policy::Catalogue;
use crate::report::{Report, json, terminal};

/// Opens the repository that a command is about.
pub(crate) fn open_repository(environment: &Environment) -> Result<Box<dyn Reader>, Failure> {
    Ok(open(&environment.folder, environment.git_is_told)?)
}

/// When to judge: now, or at the time that somebody asks about.
pub(crate) enum Clock<'a> {
    Now,
    At(&'a str),
}

/// Judges every requested change. The catalogue is that of the last one: what a report explains findings with.
pub(crate) fn judge_all(
    reader: &dyn Reader,
    requests: &[Request],
    clock: &Clock<'_>,
    all: bool,
    environment: &Environment,
) -> Result<(Report, Catalogue), Failure> {
    let mut catalogue = Catalogue::built_in()?;
    let now = calendar::now();
    let mut report = Report::new(reader.name(), now, matches!(clock, Clock::At(_)));
    for request in requests {
        let change = read_change(reader, request)?;
        let mut settings = Settings { now, ci: environment.ci, all };
        let rules = Rules::of(reader, &change, &settings)?;
        if let Clock::At(text) = clock {
            settings.now = at(text, &rules)?;
            report.at = settings.now;
        }
        let (evaluation, verdict) = judge(reader, &change, &rules, &settings)?;
        report.add(change, evaluation, verdict);
        catalogue = rules.catalogue;
    }
    Ok((report, catalogue))
}

fn at(text: &str, rules: &Rules) -> Result<Timestamp, Failure> {
    calendar::parse_at(text, rules.calendar.zone()).map_err(|error| Failure::usage(format!("--at: {error}")))
}

/// A format with the file that it goes to, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Terminal,
    Json,
}

fn parse_format(written: &str) -> Result<(Format, Option<&Path>), Failure> {
    let (name, file) = match written.split_once('=') {
        Some((name, file)) => (name, Some(Path::new(file))),
        None => (written, None),
    };
    let format = match name {
        "terminal" => Format::Terminal,
        "json" => Format::Json,
        other => {
            return Err(Failure::usage_with_hint(
                format!("there is no format `{other}`"),
                "the formats are `terminal` and `json`; `json=verdict.json` writes to a file",
            ));
        }
    };
    Ok((format, file))
}

/// Renders a report in every format that was asked for. The verdict is not ours to touch.
pub(crate) fn show(
    report: &Report,
    catalogue: &Catalogue,
    formats: &[String],
    output: &mut Output,
) -> Result<(), Failure> {
    let terminal_only = ["terminal".to_owned()];
    let formats = if formats.is_empty() { &terminal_only } else { formats };
    let mut parsed = Vec::new();
    for written in formats {
        parsed.push(parse_format(written)?);
    }
    if parsed.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(Failure::usage_with_hint(
            "two formats can't both go to the terminal",
            "give one of them a file: --format json=verdict.json",
        ));
    }
    for (format, file) in parsed {
        let text = match (format, file) {
            (Format::Terminal, None) => terminal::render(report, catalogue, output.look),
            (Format::Terminal, Some(_)) => terminal::render(report, catalogue, terminal::Look::plain()),
            (Format::Json, _) => json::render(report, catalogue),
        };
        match file {
            Some(file) => Output::write_file(file, &text)?,
            None => output.print(&text),
        }
    }
    Ok(())
}
