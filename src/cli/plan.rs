//! `plan new | show`: the deploy plan of a change, proposed and as it stands.

use super::Failure;
use super::arguments::{PlanAction, PlanArguments};
use super::judging::{open_repository, read_clock, request};
use super::output::Output;
use super::progress::while_working;
use crate::change::{Change, Reader, read_change};
use crate::config;
use crate::env::Environment;
use crate::facts::plan::{DeployPlan, Emergency, Key, Rollback, Stated, Why, is_placeholder, template};
use crate::gate::{Rules, Settings, proposed_plan, stated_plan};
use crate::source::{escape_line, veiled};

pub(super) fn run(
    arguments: &PlanArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let reader = open_repository(environment)?;
    let reader = reader.as_ref();
    let (PlanAction::New { change, .. } | PlanAction::Show { change }) = &arguments.action;
    let change = read_change(reader, &request(change))?;
    match &arguments.action {
        PlanAction::New { write, .. } => propose(reader, &change, *write, environment, output),
        PlanAction::Show { .. } => show(reader, &change, output),
    }
}

fn propose(
    reader: &dyn Reader,
    change: &Change,
    write: bool,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let settings = Settings { now: read_clock()?, ci: environment.ci, all: false };
    let proposal =
        while_working(environment, || proposed_plan(reader, change, &Rules::of(reader, change, &settings)?))?;
    if proposal.is_empty() {
        output
            .note("This change touches nothing that says what runs: everything in the plan is left open.\n");
    }
    let text = template(&proposal);
    if write {
        write_plan(reader, change, &text, output)?;
    } else {
        output.print_exact(&text);
    }
    Ok(0)
}

/// Writes the plan file; somebody's plan of this very change is never written over.
fn write_plan(reader: &dyn Reader, change: &Change, text: &str, output: &mut Output) -> Result<(), Failure> {
    let name = format!("{}/plan.toml", config::FOLDER);
    let Some(root) = reader.root() else {
        return Err(Failure::usage_with_hint(
            "a bare repository has no folder to write into",
            "print the plan with `deploy-guard plan new`",
        ));
    };
    let folder = root.join(config::FOLDER);
    if folder.is_symlink() {
        return Err(Failure::usage(format!(
            "{} is a symbolic link, which is never followed",
            config::FOLDER
        )));
    }
    let place = folder.join("plan.toml");
    if let Ok(there) = std::fs::read_to_string(&place) {
        let of_earlier_change = stated_plan(reader, change)?.stale_file().map(|stale| stale.text() == there);
        if of_earlier_change != Some(true) {
            return Err(Failure::usage_with_hint(
                format!("{name} is there and may be the plan of this change"),
                "`deploy-guard plan new` prints what would be written; take the file away to have it written anew",
            ));
        }
    }
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::unable(format!("{} can't be made: {error}", config::FOLDER)))?;
    Output::write_file(&place, text)?;
    output.print(&format!(
        "Wrote {name}.\nNext: fill in what stands in <angle brackets>, commit it with the change, then `deploy-guard plan show`.\n"
    ));
    Ok(())
}

fn show(reader: &dyn Reader, change: &Change, output: &mut Output) -> Result<u8, Failure> {
    let plan = stated_plan(reader, change)?;
    let mut out = format!("{} → {}\n", escape_line(&change.base.label), escape_line(&change.head.label));
    if plan.is_empty() {
        out.push_str("\nNothing is said about this change.\n");
    }
    for key in Key::ALL {
        let mut values = plan.values(key).peekable();
        if values.peek().is_some() {
            out.push_str(&format!("\n{}\n", key.trailer()));
        }
        for value in values {
            let remark = if is_placeholder(&value.value) { ", says nothing" } else { "" };
            out.push_str(&format!("  {}  ({}{remark})\n", escape_line(&value.value), place(value)));
        }
    }
    out.push('\n');
    remarks(&plan, &mut out)?;
    out.push_str(&rollback(&plan));
    output.print(&veiled(&out));
    Ok(0)
}

/// What a person should know about how the plan was read.
fn remarks(plan: &DeployPlan, out: &mut String) -> Result<(), Failure> {
    if let Some(stale) = plan.stale_file() {
        out.push_str(&format!(
            "not read: {} stands as it stood before this change, so it is the plan of an earlier one\n",
            stale.origin().display()
        ));
    }
    for (written, meant) in plan.near_misses() {
        out.push_str(&format!(
            "not read: `{}` ({}); did you mean `{}`?\n",
            escape_line(&written.value),
            place(written),
            meant.trailer()
        ));
    }
    for source in plan.cut() {
        out.push_str(&format!("{} is longer than what is read of it\n", source.origin().display()));
    }
    if let Some(soak) = plan.soak().filter(|soak| soak.value.length.is_none()) {
        out.push_str(&format!(
            "`{}` names no length of time ({})\n",
            escape_line(&soak.value.text),
            place(&soak)
        ));
    }
    let now = read_clock()?;
    for entry in plan.emergencies() {
        let policy = escape_line(&entry.policy.value);
        match plan.break_glass(&entry.policy.value, now) {
            Some(Emergency::InForce { until, approved_by, .. }) => out.push_str(&format!(
                "BREAK-GLASS: {policy} is let through until {until}, approved by {}\n",
                escape_line(&approved_by.value)
            )),
            Some(Emergency::Refused { why, .. }) => {
                out.push_str(&format!("break-glass for {policy} opens nothing: {why}\n"));
            }
            None => {}
        }
    }
    Ok(())
}

fn rollback(plan: &DeployPlan) -> String {
    let Rollback::Missing(lacks) = plan.rollback() else {
        return "rollback: steps, triggers and owner are there\n".to_owned();
    };
    let mut out = String::new();
    for lack in lacks {
        let why = match &lack.why {
            Why::Absent => format!("nothing under {}", lack.part.key().trailer()),
            Why::Placeholder(stated) => {
                format!("`{}` says nothing ({})", escape_line(&stated.value), place(stated))
            }
        };
        out.push_str(&format!("rollback: lacks {}: {why}\n", lack.part.name()));
    }
    out
}

fn place<T>(stated: &Stated<T>) -> String {
    let line = stated.source.position(stated.span.start).line;
    format!("{}:{line}", stated.source.origin().display())
}
