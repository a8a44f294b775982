//! `calendar now | next`: when a release may go out.

use super::arguments::{CalendarAction, CalendarArguments};
use super::explain::rules_here;
use super::judging::Clock;
use super::output::Output;
use super::{Failure, exit};
use crate::calendar::{describe_next, describe_now};
use crate::env::Environment;

pub(super) fn run(
    arguments: &CalendarArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let (CalendarAction::Now { clock } | CalendarAction::Next { clock, .. }) = &arguments.action;
    let clock = Clock::of(clock, environment)?;
    let calendar = rules_here(environment)?.calendar;
    let at = clock.instant(calendar.zone())?;
    let (text, code) = match &arguments.action {
        CalendarAction::Now { .. } => {
            let code = if calendar.judge(at).is_open() { 0 } else { exit::CLOSED };
            (describe_now(&calendar, at), code)
        }
        CalendarAction::Next { count, .. } => (describe_next(&calendar, at, usize::from(*count)), 0),
    };
    output.print(&text);
    if clock.is_simulated() {
        output.print("simulated: this is no answer about now\n");
    }
    Ok(code)
}
