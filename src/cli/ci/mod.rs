//! `ci`: the gate that can't be skipped. Reads the CI's own event, judges, and tells people where they look.
//!
//! In: variables, the event's payload and, with a token, the platform. Out: an exit code, and reports in every place
//! that the platform has for them.

mod authority;
mod publish;
mod several;
mod subject;

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::arguments::ClockArguments;
use super::judging::{Clock, Judging, open_repository, show};
use super::output::Output;
use super::progress::while_working;
use super::step;
use crate::change::{Reader, open_fetching};
use crate::env::{Environment, variable};
use crate::facts::plan::BreakGlass;
use crate::gate::OpenEmergency;
use crate::pipeline::github::event::{self, Told};
use crate::pipeline::host::Host;
use crate::pipeline::{ApiError, Pipeline, Platform, Trust, host_of, payload};
use crate::policy::Catalogue;
use crate::report::{Report, github};
use crate::source::veiled;
use crate::verdict::Verdict;
use subject::Subject;

/// Judge what a CI run is about
///
/// Reads the event of GitHub Actions or GitLab CI; elsewhere --base names what to compare with. The rules come from the
/// base side, and nothing of the change is executed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  deploy-guard ci                                          in a GitHub or GitLab job: its own event
  deploy-guard ci --format github --format sarif=out.sarif
  deploy-guard ci --base origin/main --body body.md        in any other CI
  deploy-guard ci --event payload.json --event-name pull_request --format terminal")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CiArguments {
    /// The event's payload [default: the file that the runner names]
    #[arg(long, value_name = "FILE")]
    pub event: Option<PathBuf>,
    /// The event's name [default: the run's own]
    #[arg(long, value_name = "NAME")]
    pub event_name: Option<String>,
    /// What the head has and this revision has not, in place of the event's range
    #[arg(long, value_name = "REVISION")]
    pub base: Option<String>,
    /// The revision with the change
    #[arg(long, value_name = "REVISION", requires = "base")]
    pub head: Option<String>,
    /// A file with the pull request's body, where no platform tells it
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Judge this pull request, read from the platform
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["base", "all_open"])]
    pub pull_request: Option<u64>,
    /// Judge every open pull request, and set a commit status on each
    #[arg(long, conflicts_with = "base")]
    pub all_open: bool,
    /// The environment that is deployed to, where the event names none
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Fetch what this clone lacks
    #[arg(long)]
    pub fetch: bool,
    /// Put the report on the pull request as a comment, in the place of the last one
    #[arg(long)]
    pub comment: bool,
    /// Set a commit status on the pull request's newest commit
    #[arg(long)]
    pub status: bool,
    #[command(flatten)]
    pub clock: ClockArguments,
    /// terminal, json, sarif, github, gitlab, junit or markdown, with a file to write it to; may be given several times
    /// [default: github on GitHub, else terminal]
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<String>,
}

/// The run, as the platform tells of it.
pub(super) struct Run<'a> {
    arguments: &'a CiArguments,
    environment: &'a Environment,
    platform: Platform,
    event_name: String,
    /// GitHub's event.
    told: Option<Told>,
    /// The platform itself, where a token was given.
    host: Option<Box<dyn Host>>,
}

/// What came of the run.
pub(super) struct Judged {
    report: Report,
    catalogue: Catalogue,
    subjects: Vec<Subject>,
}

pub(super) fn run(
    arguments: &CiArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let outcome = judge_and_tell(arguments, environment, output);
    let annotates = arguments.formats.is_empty() || arguments.formats.iter().any(|format| format == "github");
    if let Err(failure) = &outcome
        && environment.github_actions
        && annotates
    {
        let (what, mend) = failure.told();
        output.note_commands(&github::failure(&what, mend.as_deref()));
    }
    outcome
}

fn judge_and_tell(
    arguments: &CiArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let clock = Clock::of(&arguments.clock, environment)?;
    let judged = while_working(environment, || {
        let run = Run::read(arguments, environment)?;
        run.agree_on_the_time(clock)?;
        let subjects = if arguments.all_open { several::open(&run)? } else { vec![run.subject()?] };
        let judged = run.judge(clock, subjects)?;
        Ok((run, judged))
    });
    let (run, judged) = match judged {
        Ok(done) => done,
        Err(failure) => return Err(step::unjudged(failure, "report")),
    };
    let verdict = judged.report.verdict;
    let told = show(&judged.report, &judged.catalogue, &run.formats(), output)
        .and_then(|()| publish::to_the_platform(&run, &judged));
    if let Err(failure) = told {
        // What can't be told is no pass, and a no-go stays one.
        if verdict != Verdict::NoGo {
            return Err(step::unjudged(failure, "report"));
        }
        output.fail(&failure);
    }
    publish::to_the_runner(&run, &judged)?;
    Ok(verdict.exit_code())
}

impl<'a> Run<'a> {
    fn read(arguments: &'a CiArguments, environment: &'a Environment) -> Result<Self, Failure> {
        let detected = Platform::of(&variable);
        let told_by_file = arguments.event.is_some() || arguments.event_name.is_some();
        let platform = if told_by_file { Platform::GitHub } else { detected };
        let (event_name, told) = match platform {
            Platform::GitHub => {
                let name = arguments.event_name.clone().or_else(|| variable("GITHUB_EVENT_NAME"));
                let name = name.ok_or_else(|| {
                    Failure::usage_with_hint(
                        "nothing says which event this is: GITHUB_EVENT_NAME is not set",
                        "name it: --event-name pull_request",
                    )
                })?;
                let told = event_of(arguments, &name)?;
                (name, Some(told))
            }
            Platform::GitLab => (variable("CI_PIPELINE_SOURCE").unwrap_or_default(), None),
            Platform::Generic => ("none".to_owned(), None),
        };
        let host = host_of(platform, &variable, crate::calendar::now())?;
        let run = Self { arguments, environment, platform, event_name, told, host };
        // Before anything is judged: a go that is followed by an error would be read as a go.
        if run.host.is_none() && (arguments.comment || arguments.status) {
            return Err(run.without_host("--comment and --status write to the platform"));
        }
        Ok(run)
    }

    /// Nothing can be asked of the platform, or written to it.
    fn without_host(&self, what: &str) -> Failure {
        match self.platform {
            Platform::GitHub => Failure::usage_with_hint(
                format!("{what}, and there is no token"),
                "set GITHUB_TOKEN in the step's `env`",
            ),
            Platform::GitLab => Failure::usage_with_hint(
                format!("{what}, and there is no token"),
                "set GITLAB_TOKEN among the project's CI/CD variables",
            ),
            Platform::Generic => Failure::usage_with_hint(
                format!("{what}, and this is neither GitHub Actions nor GitLab CI"),
                "leave it out, or name GitHub's event with --event and --event-name",
            ),
        }
    }

    fn default_branch(&self) -> Option<String> {
        match self.platform {
            Platform::GitHub => self.told.as_ref()?.default_branch.clone(),
            Platform::GitLab => variable("CI_DEFAULT_BRANCH"),
            Platform::Generic => None,
        }
    }

    fn pipeline(&self) -> Pipeline {
        let trust = match self.platform {
            Platform::GitHub => {
                Trust::of_github(&self.event_name, self.default_branch().as_deref(), &variable)
            }
            Platform::GitLab => Trust::of_gitlab(&variable),
            Platform::Generic => {
                Trust::Advisory("nothing says whether the change can edit the job that judges it".to_owned())
            }
        };
        Pipeline { platform: self.platform, event: self.event_name.clone(), trust }
    }

    /// The file that the JSON report goes to, where there is one.
    fn json_file(&self) -> Option<&str> {
        self.arguments.formats.iter().find_map(|format| format.strip_prefix("json="))
    }

    /// A timer that judges everything is there to say so on the commits.
    const fn sets_statuses(&self) -> bool {
        self.arguments.status || self.arguments.all_open
    }

    /// The formats that were asked for; without any, what the platform reads.
    fn formats(&self) -> Vec<String> {
        if !self.arguments.formats.is_empty() {
            return self.arguments.formats.clone();
        }
        let own = if self.environment.github_actions { "github" } else { "terminal" };
        vec![own.to_owned()]
    }

    /// A clock that differs from the platform's judges nothing (C1).
    fn agree_on_the_time(&self, clock: Clock<'_>) -> Result<(), Failure> {
        const MOST: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
        let Some(host) = self.host.as_ref().filter(|_| !clock.is_simulated()) else { return Ok(()) };
        // Something has to be asked before the platform has said what time it is.
        host.default_branch()?;
        let now = super::judging::read_clock()?;
        match host.clock_skew(now) {
            Some(skew) if skew.abs() > MOST => Err(Failure::Unable {
                what: format!(
                    "this machine's clock and the platform's differ by {:#}: nothing can be judged by it",
                    skew.abs()
                ),
                mend: Some("set the clock".to_owned()),
            }),
            _ => Ok(()),
        }
    }

    fn judge(&self, clock: Clock<'_>, mut subjects: Vec<Subject>) -> Result<Judged, Failure> {
        let reader = reopened(self)?;
        let mut judging = Judging::new(reader.as_ref(), clock, false, self.environment)?;
        judging.report.pipeline = Some(self.pipeline());
        // A list that can't be had changes no verdict.
        let broken_glass = self.broken_glass().unwrap_or_else(|error| {
            let note = format!("which break-glass entries have landed could not be asked: {error}");
            judging.report.notes.push(note);
            Vec::new()
        });
        for subject in &mut subjects {
            if let Some(mut change) = subject.change.take() {
                change.notes.append(&mut subject.notes);
                subject.place = Some(judging.report.changes.len());
                subject.verdict = match judging.add(change, broken_glass.clone()) {
                    // One that spoils its own judgement spoils nobody else's.
                    Err(failure) if self.arguments.all_open => {
                        subject.place = None;
                        judging.report.notes.push(several::unjudged(subject.pull_request, &failure));
                        judging.report.verdict = judging.report.verdict.worst(Verdict::Unjudged);
                        Some(Verdict::Unjudged)
                    }
                    judged => Some(judged?),
                };
            } else {
                judging.report.notes.append(&mut subject.notes);
                judging.report.verdict = judging.report.verdict.worst(subject.verdict.unwrap_or(Verdict::Go));
            }
        }
        if judging.report.verdict == Verdict::NoGo && reader.is_shallow() {
            let note = "the clone is shallow: a change that only puts back what was released long before can't be told from \
                        any other (`fetch-depth: 0` shows the whole history)";
            judging.report.notes.push(note.to_owned());
        }
        let (report, catalogue) = judging.finish();
        Ok(Judged { report, catalogue, subjects })
    }
}

impl Run<'_> {
    /// Break-glass on the platform: pull requests with its label that have landed and were not looked into since.
    fn broken_glass(&self) -> Result<Vec<OpenEmergency>, ApiError> {
        const REVIEWED: &str = "break-glass-reviewed";
        let Some(host) = &self.host else { return Ok(Vec::new()) };
        let landed = host.merged_with_label(BreakGlass::LABEL)?;
        let open = landed.into_iter().filter(|landed| !landed.labels.iter().any(|label| label == REVIEWED));
        let open = open.map(|landed| OpenEmergency {
            policy: BreakGlass::LABEL.to_owned(),
            reason: veiled(&landed.title).into_owned(),
            place: format!("#{}", landed.number),
            at: Some(landed.merged_at),
        });
        Ok(open.collect())
    }
}

/// Reads the payload that tells of the event.
fn event_of(arguments: &CiArguments, name: &str) -> Result<Told, Failure> {
    let place = arguments.event.clone().or_else(|| variable("GITHUB_EVENT_PATH").map(PathBuf::from));
    let place = place.ok_or_else(|| {
        Failure::usage_with_hint(
            "nothing says where the event's payload is: GITHUB_EVENT_PATH is not set",
            "name it: --event payload.json",
        )
    })?;
    let bytes = std::fs::read(&place)
        .map_err(|error| Failure::unable(format!("{} can't be read: {error}", place.display())))?;
    let unread = |error: payload::PayloadError| Failure::unable(format!("{}: {error}", place.display()));
    let value = payload::parse(&bytes).map_err(unread)?;
    event::read(name, &value).map_err(|error| Failure::Unable {
        what: format!("{}: {error}", place.display()),
        mend: arguments
            .event
            .is_some()
            .then(|| "--event wants the payload of the very event that --event-name names".to_owned()),
    })
}

/// The repository's reader, once more: what was fetched in between is seen by a new one only.
fn reopened(run: &Run<'_>) -> Result<Box<dyn Reader>, Failure> {
    let environment = run.environment;
    if run.arguments.fetch {
        return Ok(open_fetching(&environment.folder, environment.git_is_told)?);
    }
    open_repository(environment)
}
