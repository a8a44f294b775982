//! What `check` and the hook share: open, judge each change, report.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Failure;
use super::arguments::{ChangeArguments, ClockArguments};
use super::output::Output;
use crate::calendar;
use crate::change::{Change, Reader, Request, open, read_change};
use crate::env::Environment;
use crate::gate::{OpenEmergency, Rules, Settings, judge_ahead, open_emergencies};
use crate::policy::Catalogue;
use crate::report::{Report, github, gitlab, json, junit, markdown, sarif, terminal};
use crate::verdict::Verdict;

/// Opens the repository that a command is about.
pub(crate) fn open_repository(environment: &Environment) -> Result<Box<dyn Reader>, Failure> {
    Ok(open(&environment.folder, environment.git_is_told)?)
}

/// The change that the arguments name; without any, what HEAD has and its upstream has not.
pub(crate) fn request(arguments: &ChangeArguments) -> Request {
    if arguments.staged {
        Request::Staged
    } else if arguments.worktree {
        Request::WorkTree
    } else if arguments.names_nothing() {
        Request::SinceUpstream
    } else {
        Request::Range { base: arguments.base.clone(), head: arguments.head.clone() }
    }
}

/// When to judge: now, or at the time that somebody asks about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock<'a> {
    Now,
    At(&'a str),
}

impl<'a> Clock<'a> {
    /// The clock that the arguments ask for. Where CI is set a verdict opens doors, and a time of one's own choice would
    /// open all of them.
    pub(crate) fn of(arguments: &'a ClockArguments, environment: &Environment) -> Result<Self, Failure> {
        let Some(at) = arguments.at.as_deref() else { return Ok(Self::Now) };
        if environment.ci && !arguments.allow_simulated {
            return Err(Failure::usage_with_hint(
                "--at asks about another time than now, and CI is set: a pipeline judges by its clock",
                "add --allow-simulated if nothing is released by this answer",
            ));
        }
        Ok(Self::At(at))
    }

    pub(crate) const fn is_simulated(self) -> bool {
        matches!(self, Self::At(_))
    }

    /// The instant that it shows; a time that is written without a zone is meant in this one.
    pub(crate) fn instant(self, zone: &TimeZone) -> Result<Timestamp, Failure> {
        match self {
            Self::Now => read_clock(),
            Self::At(text) => {
                calendar::parse_at(text, zone).map_err(|error| Failure::usage(format!("--at: {error}")))
            }
        }
    }
}

/// The time by this machine's clock, where that can be believed.
pub(crate) fn read_clock() -> Result<Timestamp, Failure> {
    believable(calendar::now())
}

/// A clock that stands before this program existed says nothing about windows, waivers and certificates.
fn believable(now: Timestamp) -> Result<Timestamp, Failure> {
    if now >= calendar::FIRST_RELEASE {
        return Ok(now);
    }
    Err(Failure::Unable {
        what: format!(
            "the clock of this machine shows {now}, when there was no deploy-guard yet: nothing can be judged by it"
        ),
        mend: Some("set the clock".to_owned()),
    })
}

/// Judges changes one after the other, into one report.
pub(crate) struct Judging<'a> {
    reader: &'a dyn Reader,
    clock: Clock<'a>,
    all: bool,
    ci: bool,
    now: Timestamp,
    pub report: Report,
    catalogue: Catalogue,
}

impl<'a> Judging<'a> {
    pub(crate) fn new(
        reader: &'a dyn Reader,
        clock: Clock<'a>,
        all: bool,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let now = match clock {
            Clock::Now => read_clock()?,
            Clock::At(_) => calendar::now(),
        };
        let report = Report::new(reader.name(), now, clock.is_simulated());
        Ok(Self { reader, clock, all, ci: environment.ci, now, report, catalogue: Catalogue::built_in()? })
    }

    /// Judges a change; `elsewhere` are break-glass entries that its history does not hold.
    pub(crate) fn add(&mut self, change: Change, elsewhere: Vec<OpenEmergency>) -> Result<Verdict, Failure> {
        let mut settings = Settings { now: self.now, ci: self.ci, all: self.all };
        let mut rules = Rules::of(self.reader, &change, &settings)?;
        if self.clock.is_simulated() {
            settings.now = self.clock.instant(rules.calendar.zone())?;
            self.report.at = settings.now;
            // Waivers hold until a day, and that day is asked about as well.
            rules = Rules::of(self.reader, &change, &settings)?;
        }
        let (evaluation, verdict, ahead) = judge_ahead(self.reader, &change, &rules, &settings)?;
        // Changes to the same branch share what is open there.
        for open in open_emergencies(self.reader, &change, elsewhere, settings.now)? {
            if !self.report.open_emergencies.contains(&open) {
                self.report.open_emergencies.push(open);
            }
        }
        self.report.add_with(change, evaluation, verdict, ahead);
        self.catalogue = rules.catalogue;
        Ok(verdict)
    }

    /// The report, and the catalogue of the last change: what the report explains findings with.
    pub(crate) fn finish(mut self) -> (Report, Catalogue) {
        // What the first reader could not read has made the second one the reader of this run.
        self.report.reader = self.reader.name();
        (self.report, self.catalogue)
    }
}

/// Judges every requested change.
pub(crate) fn judge_all(
    reader: &dyn Reader,
    requests: &[Request],
    clock: Clock<'_>,
    all: bool,
    environment: &Environment,
) -> Result<(Report, Catalogue), Failure> {
    let mut judging = Judging::new(reader, clock, all, environment)?;
    for request in requests {
        judging.add(read_change(reader, request)?, Vec::new())?;
    }
    Ok(judging.finish())
}

/// A format with the file that it goes to, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Terminal,
    Json,
    GitHub,
    GitLab,
    JUnit,
    Markdown,
    Sarif,
}

fn parse_format(written: &str) -> Result<(Format, Option<&Path>), Failure> {
    let (name, file) = match written.split_once('=') {
        Some((name, file)) => (name, Some(Path::new(file))),
        None => (written, None),
    };
    let format = match name {
        "terminal" => Format::Terminal,
        "json" => Format::Json,
        "github" => Format::GitHub,
        "gitlab" => Format::GitLab,
        "junit" => Format::JUnit,
        "markdown" => Format::Markdown,
        "sarif" => Format::Sarif,
        other => {
            return Err(Failure::usage_with_hint(
                format!("there is no format `{other}`"),
                "the formats are terminal, json, github, gitlab, junit, markdown and sarif; `json=verdict.json` writes to a file",
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
            (Format::GitHub, _) => github::render(report, catalogue, output.look, &Output::token()?),
            (Format::GitLab, _) => gitlab::render(report),
            (Format::JUnit, _) => junit::render(report, catalogue),
            (Format::Markdown, _) => markdown::summary(report, catalogue),
            (Format::Sarif, _) => sarif::render(report, catalogue),
        };
        match (file, format) {
            (Some(file), _) => Output::write_file(file, &text)?,
            (None, Format::Terminal) => output.print(&text),
            (None, Format::GitHub) => output.print_commands(&text),
            (None, _) => output.print_exact(&text),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_before_the_first_release_judges_nothing() {
        let before = Timestamp::from_second(calendar::FIRST_RELEASE.as_second() - 1).unwrap();
        let failure = believable(before).unwrap_err();
        assert_eq!(failure.exit_code(), super::super::exit::UNJUDGED);
        assert!(believable(calendar::FIRST_RELEASE).is_ok());
    }

    #[test]
    fn a_time_of_ones_own_choice_is_refused_in_ci() {
        let at =
            |allow_simulated| ClockArguments { at: Some("2026-03-10T10:00".to_owned()), allow_simulated };
        let ci = Environment { ci: true, ..Environment::default() };
        let desk = Environment::default();
        let refused = Clock::of(&at(false), &ci).map(Clock::is_simulated).unwrap_err();
        assert_eq!(refused.exit_code(), super::super::exit::USAGE);
        assert!(Clock::of(&at(true), &ci).is_ok());
        assert!(Clock::of(&at(false), &desk).is_ok());
        let now = ClockArguments { at: None, allow_simulated: false };
        assert!(Clock::of(&now, &ci).is_ok());
    }
}
