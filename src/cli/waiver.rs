//! `waiver draft | list`: exceptions, ready to be written and as they stand.

use jiff::tz::TimeZone;

use super::arguments::{ChangeArguments, WaiverAction, WaiverArguments};
use super::explain::rules_here;
use super::judging::{Clock, judge_all, open_repository, read_clock, request};
use super::output::Output;
use super::progress::while_working;
use super::{Failure, exit};
use crate::config;
use crate::engine::Judged;
use crate::env::Environment;
use crate::finding::waiver::{Draft, Waiver, Waivers, draft};
use crate::policy::Catalogue;
use crate::report::{Report, terminal};
use crate::source::{Problems, escape_line, veiled};

/// How long a draft holds: long enough to mend what it excuses, short enough that somebody will.
const DAYS: i32 = 30;

/// How many findings an error lists.
const MOST_LISTED: usize = 10;

pub(super) fn run(
    arguments: &WaiverArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    match &arguments.action {
        WaiverAction::Draft { fingerprint, change, clock } => {
            let clock = Clock::of(clock, environment)?;
            write_draft(fingerprint, change, clock, environment, output)
        }
        WaiverAction::List => list(environment, output),
    }
}

fn write_draft(
    fingerprint: &str,
    change: &ChangeArguments,
    clock: Clock<'_>,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let reader = open_repository(environment)?;
    let requests = [request(change)];
    let (report, catalogue) =
        while_working(environment, || judge_all(reader.as_ref(), &requests, clock, false, environment))?;
    let found = find(&report, fingerprint)?;
    excusable(found, &catalogue)?;
    let text = draft(&Draft {
        policy: &found.policy,
        path: found.finding.primary.source.origin().path(),
        resource: &found.finding.subject,
        fingerprint: found.fingerprint.as_str(),
        today: report.at.to_zoned(TimeZone::UTC).date(),
        days: DAYS,
    });
    output.print_exact(&text);
    output.note(&format!(
        "Write reason and owner, then add it to {}/waivers.toml on the branch that this change goes to:\n\
         a change cannot excuse itself.\n",
        config::FOLDER
    ));
    Ok(0)
}

/// The one finding whose fingerprint begins like this.
fn find<'a>(report: &'a Report, wanted: &str) -> Result<&'a Judged, Failure> {
    let wanted = wanted.trim().to_ascii_lowercase();
    if wanted.is_empty() {
        return Err(Failure::usage_with_hint(
            "an empty fingerprint names no finding",
            "`deploy-guard check` prints the fingerprint of each",
        ));
    }
    let begins = |judged: &Judged| judged.fingerprint.as_str().starts_with(&wanted);
    let evaluations = || report.changes.iter().map(|change| &change.evaluation);
    if let Some(waived) = evaluations().flat_map(|found| &found.waived).find(|waived| begins(&waived.judged))
    {
        return Err(Failure::usage(format!(
            "{} is waived already, until {}: {}",
            waived.judged.fingerprint,
            waived.waiver.expires,
            escape_line(&waived.waiver.reason)
        )));
    }
    let mut all: Vec<&Judged> = evaluations()
        .flat_map(|found| {
            let overridden = found.overridden.iter().map(|overridden| &overridden.judged);
            found.findings.iter().chain(overridden).chain(&found.existing)
        })
        .collect();
    all.sort_by(|one, other| one.fingerprint.cmp(&other.fingerprint));
    all.dedup_by(|one, other| one.fingerprint == other.fingerprint);
    let fitting: Vec<&Judged> = all.iter().copied().filter(|judged| begins(judged)).collect();
    match fitting.as_slice() {
        [one] => Ok(one),
        [] if all.is_empty() => Err(Failure::usage_with_hint(
            format!("there is no finding {}: this change has none at all", escape_line(&wanted)),
            "give the same --base, --head, --staged, --worktree and --at as to the `check` that showed it",
        )),
        [] => Err(Failure::usage_with_hint(
            format!("this change has no finding {}", escape_line(&wanted)),
            format!("it has\n{}", listed(&all)),
        )),
        several => Err(Failure::usage_with_hint(
            format!("{} findings begin with {}", several.len(), escape_line(&wanted)),
            format!("write more of one of them\n{}", listed(several)),
        )),
    }
}

fn listed(findings: &[&Judged]) -> String {
    let mut lines: Vec<String> = findings
        .iter()
        .take(MOST_LISTED)
        .map(|judged| {
            let primary = &judged.finding.primary;
            let line = primary.source.position(primary.span.start).line;
            format!(
                "{} {} at {}:{line}",
                judged.fingerprint,
                judged.policy,
                primary.source.origin().display()
            )
        })
        .collect();
    if findings.len() > MOST_LISTED {
        lines.push(format!("and {} more", findings.len() - MOST_LISTED));
    }
    lines.join("\n")
}

/// What guards the gate is no finding like others: whoever could waive it could waive everything.
fn excusable(found: &Judged, catalogue: &Catalogue) -> Result<(), Failure> {
    if !catalogue.unwaivable().contains(&found.policy.as_str()) {
        return Ok(());
    }
    Err(Failure::usage_with_hint(
        format!(
            "`{}` cannot be waived: an exception to what guards the gate would be an exception to everything",
            found.policy
        ),
        "take out what weakens the gate, or change the gate in a change of its own that says why",
    ))
}

fn list(environment: &Environment, output: &mut Output) -> Result<u8, Failure> {
    let rules = rules_here(environment)?;
    let Some(source) = rules.waivers.source() else {
        output.print(&format!("There are no waivers: no {}/waivers.toml here.\n", config::FOLDER));
        return Ok(0);
    };
    let today = read_clock()?.to_zoned(TimeZone::UTC).date();
    let (mut waivers, mut problems) = Waivers::read(source, today);
    let ids: Vec<&str> = rules.catalogue.ids().collect();
    problems.extend(waivers.restrict(&ids, &rules.catalogue.unwaivable()));
    for waiver in waivers.active().iter().chain(waivers.lapsed()) {
        output.print(&veiled(&described(waiver, waivers.days_left(waiver))));
    }
    if problems.is_empty() {
        if waivers.active().is_empty() && waivers.lapsed().is_empty() {
            output.print(&format!("There are no waivers in {}.\n", source.origin().display()));
        }
        return Ok(0);
    }
    problems.sort_by_key(|problem| problem.span);
    output.note(&terminal::render_problems(
        &Problems { file: source.clone(), list: problems },
        output.note_look(),
    ));
    Ok(exit::USAGE)
}

fn described(waiver: &Waiver, days_left: i64) -> String {
    let conditions = [
        waiver.path.as_ref().map(|path| path.as_str().to_owned()),
        waiver.resource.clone(),
        waiver.fingerprint.clone(),
    ];
    let conditions: Vec<String> =
        conditions.into_iter().flatten().map(|text| escape_line(&text).into_owned()).collect();
    let days = |number: i64| if number == 1 { "1 day".to_owned() } else { format!("{number} days") };
    let state = match days_left {
        0 => "in force, ends today".to_owned(),
        left if left > 0 => format!("in force, {} left", days(left)),
        passed => format!("expired {} ago", days(-passed)),
    };
    format!(
        "{}  {}\n  {state} ({})\n  {}: {}\n",
        escape_line(&waiver.policy),
        conditions.join(", "),
        waiver.expires,
        escape_line(&waiver.owner),
        escape_line(&waiver.reason)
    )
}
