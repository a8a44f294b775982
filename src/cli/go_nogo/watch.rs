//! `go-nogo watch`: after the deploy the evidence is gathered again and again, until the soak ends or something fails.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::arguments::WatchArguments;
use super::gather::probe_of;
use super::interrupt::Interrupt;
use super::release::{Prepared, plan, prepare};
use super::settle::DECISION;
use crate::board::watch::{Failing, look, roll_back};
use crate::calendar::{self, Length};
use crate::change::Reader;
use crate::checklist::{OnError, Row, Standing, State};
use crate::cli::Failure;
use crate::cli::judging::{Clock, open_repository};
use crate::cli::output::Output;
use crate::cli::record::place;
use crate::env::Environment;
use crate::probe::{Kind, Outcome};
use crate::record::{Entry, Record};
use crate::verdict::Verdict;

/// The kind of a record's entry that a watch writes at its end.
const WATCH: &str = "watch";

pub(super) fn run(
    arguments: &WatchArguments,
    environment: &Environment,
    output: &mut Output,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let reader = open_repository(environment)?;
    let record = place(arguments.release.record.as_deref(), environment, reader.as_ref())?;
    let mut release = arguments.release.clone();
    if release.change.names_nothing() {
        // What was decided on is what went out; by now it has an upstream that holds the same.
        release.change.base = base_of_the_last_go(&record, reader.as_ref(), release.environment.as_deref());
    }
    let prepared = prepare(&release, Clock::Now, environment, reader.as_ref(), interrupt.flag())?;
    let _ending = prepared.gathering.ending();
    let rows: Vec<Row> = prepared.rows.iter().filter(|row| is_watched(row)).cloned().collect();
    if rows.is_empty() {
        return Err(Failure::usage_with_hint(
            "there is nothing to watch: no item of evidence is asked for this release",
            "add [[evidence]] to .deploy-guard/checklist.toml: the lag, the error rate, the age of the newest record",
        ));
    }
    let soak = soak(&prepared, arguments)?;
    let watch = Watch { begun: began(&prepared, &record, soak, output), soak, rows, prepared: &prepared };
    let zone = prepared.rules.calendar.zone();
    let until = watch.end().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    output.print(&format!("Watching {} until {until} ({:#} of soak)\n", watch.place(), watch.soak));
    output.flush()?;
    let end = watch.until_the_end(arguments.every.unsigned(), output, interrupt)?;
    let decision = match &end {
        End::Soaked { .. } => "soaked",
        End::RollBack(_) => "roll-back",
        End::Unseen => "unseen",
        End::Interrupted(_) => "interrupted",
    };
    let failing = if let End::RollBack(items) = &end { items.clone() } else { Vec::new() };
    let body = json!({
        "run": prepared.run,
        "environment": prepared.shown.environment.as_ref().map(|found| &found.name),
        "head": prepared.change.head.commit.as_ref().map(ToString::to_string),
        "decision": decision,
        "failing": failing,
    });
    let written = record.append(calendar::now(), WATCH, &body);
    if let Err(error) = &written {
        output.note(&format!("not in the record: {}\n", error.what));
    }
    match end {
        End::RollBack(_) => Ok(Verdict::NoGo.exit_code()),
        End::Unseen => {
            output.print(
                "The soak is over, and not everything could be seen: nobody knows that it went well\n",
            );
            Ok(Verdict::Unjudged.exit_code())
        }
        End::Interrupted(code) => Ok(code),
        End::Soaked { whole } => {
            output.print(if whole {
                "The soak is over, and everything held\n"
            } else {
                "The soak is over, and what could be seen held\n"
            });
            Ok(if written.is_ok() { 0 } else { Verdict::Unjudged.exit_code() })
        }
    }
}

/// What tells how a release does once it is out. Which image runs, where this machine points and what was approved is
/// asked before: after the deploy the new image runs as it should, and whoever watches may turn to another cluster.
fn is_watched(row: &Row) -> bool {
    probe_of(row).is_some_and(|probe| !matches!(&*probe, Kind::Image(_) | Kind::Context(_) | Kind::Checks(_)))
}

enum End {
    Soaked {
        /// Everything was seen at the end; what was not is let through by its item.
        whole: bool,
    },
    /// Items by id.
    RollBack(Vec<String>),
    Unseen,
    Interrupted(u8),
}

struct Watch<'a> {
    prepared: &'a Prepared,
    rows: Vec<Row>,
    begun: Timestamp,
    soak: SignedDuration,
}

impl Watch<'_> {
    fn end(&self) -> Timestamp {
        self.begun.saturating_add(self.soak).unwrap_or(Timestamp::MAX)
    }

    fn place(&self) -> String {
        let environment =
            self.prepared.shown.environment.as_ref().map_or("no environment", |found| &found.name);
        let services = &self.prepared.gathering.release.services;
        let services: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
        if services.is_empty() {
            environment.to_owned()
        } else {
            format!("{environment} · {}", services.join(", "))
        }
    }

    fn until_the_end(
        &self,
        pause: Duration,
        output: &mut Output,
        interrupt: &Interrupt,
    ) -> Result<End, Failure> {
        let zone = self.prepared.rules.calendar.zone();
        let mut failing_since: BTreeMap<String, Timestamp> = BTreeMap::new();
        loop {
            let mut rows = self.rows.clone();
            let all: Vec<usize> = (0..rows.len()).collect();
            self.prepared.gathering.gather(&mut rows, &all, |_, _| {})?;
            if let Some(code) = interrupt.exit_code() {
                return Ok(End::Interrupted(code));
            }
            let now = calendar::now();
            let seen: Vec<Seen<'_>> = rows.iter().map(|row| Seen::of(row, now)).collect();
            // Only who has seen that it holds knows that it fails no more.
            let open = |seen: &Seen<'_>| seen.fails || seen.unseen;
            failing_since.retain(|item, _| seen.iter().any(|seen| open(seen) && seen.item == item));
            for seen in seen.iter().filter(|seen| seen.fails) {
                failing_since.entry(seen.item.to_owned()).or_insert(now);
            }
            let failing: Vec<Failing<'_>> = seen
                .iter()
                .filter(|seen| seen.fails)
                .map(|seen| {
                    let since = failing_since.get(seen.item).copied().unwrap_or(now);
                    let due = since.saturating_add(seen.fails_for).unwrap_or(Timestamp::MAX);
                    Failing {
                        item: seen.item,
                        summary: seen.summary,
                        until: (due > now).then_some(due),
                        words: &seen.words,
                    }
                })
                .collect();
            let unseen: Vec<(&str, &str)> =
                seen.iter().filter(|seen| seen.unseen).map(|seen| (seen.item, seen.summary)).collect();
            output.print(&look(now, zone, &failing, &unseen, rows.len()));
            let called: Vec<Failing<'_>> =
                failing.into_iter().filter(|found| found.until.is_none()).collect();
            if !called.is_empty() {
                let plan = plan(&self.prepared.shown.plan);
                output.print(&roll_back(&self.place(), now, zone, &called, &plan, output.look));
                return Ok(End::RollBack(called.iter().map(|found| found.item.to_owned()).collect()));
            }
            output.flush()?;
            // What fails now and has not failed for long enough is watched past the end.
            if now >= self.end() && !seen.iter().any(|seen| seen.fails) {
                let blind = seen.iter().any(|seen| seen.unseen && !seen.let_through);
                return Ok(if blind || !failing_since.is_empty() {
                    End::Unseen
                } else {
                    End::Soaked { whole: unseen.is_empty() }
                });
            }
            let left = self.end().duration_since(now).unsigned_abs();
            let nap = if now < self.end() { pause.min(left) } else { pause };
            if let Some(code) = rest(nap, interrupt) {
                return Ok(End::Interrupted(code));
            }
        }
    }
}

/// What one look shows of one item.
struct Seen<'a> {
    item: &'a str,
    summary: &'a str,
    fails: bool,
    unseen: bool,
    /// Its item says that it may go unseen.
    let_through: bool,
    fails_for: SignedDuration,
    words: Vec<String>,
}

impl<'a> Seen<'a> {
    fn of(row: &'a Row, now: Timestamp) -> Self {
        let summary = match &row.state {
            State::Seen(evidence) | State::Accepted(evidence, _) => evidence.summary.as_str(),
            State::Waiting | State::Judged(_) | State::Answered(_) => "",
        };
        let standing = row.standing(now);
        let untold = matches!(&row.state, State::Seen(evidence) if evidence.outcome == Outcome::CannotTell);
        let mut words = row.item.triggers.clone();
        words.push(row.item.id.clone());
        Self {
            item: &row.item.id,
            summary,
            fails: standing == Standing::NoGo,
            unseen: matches!(standing, Standing::Unjudged | Standing::Waiting) || untold,
            let_through: untold && row.item.on_error == OnError::Warn,
            fails_for: row.item.fails_for.unwrap_or(SignedDuration::ZERO),
            words,
        }
    }
}

/// Sleeps, and wakes up for whoever wants to end.
fn rest(pause: Duration, interrupt: &Interrupt) -> Option<u8> {
    const NAP: Duration = Duration::from_millis(100);
    let mut left = pause;
    loop {
        if let Some(code) = interrupt.exit_code() {
            return Some(code);
        }
        if left.is_zero() {
            return None;
        }
        let nap = left.min(NAP);
        std::thread::sleep(nap);
        left = left.saturating_sub(nap);
    }
}

/// The base of the last recorded go for what is checked out.
fn base_of_the_last_go(record: &Record, reader: &dyn Reader, environment: Option<&str>) -> Option<String> {
    let head = reader.resolve_commit("HEAD").ok()?;
    let entries = record.read().ok()?;
    let go = entries.iter().rev().find(|entry| {
        is_go(entry)
            && text(&entry.body, "head") == Some(head.as_str())
            && environment.is_none_or(|name| text(&entry.body, "environment") == Some(name))
    })?;
    text(&go.body, "base").map(str::to_owned)
}

fn is_go(entry: &Entry) -> bool {
    entry.kind == DECISION && text(&entry.body, "decision") == Some(Verdict::Go.as_str())
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key)?.as_str()
}

/// When this release went out: the last recorded go for it, else now. A soak that was over before anybody looked was not
/// watched.
fn began(prepared: &Prepared, record: &Record, soak: SignedDuration, output: &mut Output) -> Timestamp {
    let head = prepared.change.head.commit.as_ref().map(ToString::to_string);
    let environment = prepared.shown.environment.as_ref().map(|found| found.name.clone());
    let entries = record.read().unwrap_or_else(|error| {
        output.note(&format!("the record can't be read: {}\n", error.what));
        Vec::new()
    });
    let go = entries.iter().rev().find(|entry| {
        is_go(entry)
            && text(&entry.body, "head") == head.as_deref()
            && text(&entry.body, "environment") == environment.as_deref()
    });
    let now = calendar::now();
    let why = match go {
        Some(go) if go.at > now => "The recorded go for this release is from the future",
        Some(go) if go.at.saturating_add(soak).is_ok_and(|end| end <= now) => {
            "The soak of the recorded go was over before this watch began"
        }
        Some(go) => return go.at,
        None => "There is no recorded go for this release",
    };
    output.print(&format!("{why}: its soak is counted from now\n"));
    now
}

/// The soak of the plan, or the longest session where that is longer.
fn soak(prepared: &Prepared, arguments: &WatchArguments) -> Result<SignedDuration, Failure> {
    if let Some(told) = arguments.soak {
        return Ok(told.duration());
    }
    let planned = prepared.shown.plan.soak().and_then(|soak| soak.value.length);
    let session = prepared.session.map(Length::duration);
    planned.max(session).ok_or_else(|| {
        Failure::usage_with_hint(
            "nobody says how long to watch: the plan has no soak that can be read, and no service has a `session`",
            "write `Soak: 2h` into the plan, or add --soak 2h",
        )
    })
}
