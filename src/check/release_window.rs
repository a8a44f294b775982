//! `release-window`: a release starts when those who know it will still be there.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Reached, World};
use crate::calendar::{Ruling, opens};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReleaseWindow {
    /// Let a change through that only puts back what was released before.
    allow_restoring: bool,
}

impl Check for ReleaseWindow {
    fn could_concern(&self, _: &RepoPath, _: &str) -> bool {
        // The calendar looks at what a change reaches, not into the file.
        false
    }

    fn change(&self, world: &World<'_>, reached: &[&Reached]) -> Judgement {
        let Ruling::Closed { reasons, local, utc, next_open } = world.calendar.judge(world.now) else {
            return Ok(Outcome::Holds);
        };
        if self.allow_restoring
            && let Some(commit) = (world.restored)()?
        {
            let note = format!(
                "the calendar is closed, and this change only puts back what was released with {commit}: let through"
            );
            return Ok(Outcome::Unknown(note));
        }
        let Some(first) = reached.first() else { return Ok(Outcome::Holds) };
        let environment =
            first.environment.as_ref().map_or("this environment", |environment| environment.name.as_str());
        let windows: Vec<&str> = reasons.iter().map(|reason| reason.which.as_str()).collect();
        let message =
            format!("{environment} is closed for releases at {local} ({utc}): {}", windows.join(", "));
        let mut primary = first.label.clone();
        primary.text = reaches(reached, environment);
        let mut finding = Finding::new(message, primary, format!("calendar {environment}"))
            .evidence(windows.join(","))
            .remedy(remedy(world, next_open));
        if let Some(source) = &world.config.source {
            for reason in &reasons {
                if let Some(span) = reason.span {
                    finding =
                        finding.related(Label::new(source, span, format!("closed by: {}", reason.which)));
                }
            }
        }
        Ok(Outcome::broken(finding))
    }
}

fn reaches(reached: &[&Reached], environment: &str) -> String {
    match reached.len() {
        1 => format!("this reaches {environment}"),
        2 => format!("this and one more file reach {environment}"),
        more => format!("this and {} more files reach {environment}", more - 1),
    }
}

fn remedy(world: &World<'_>, next_open: Option<jiff::Timestamp>) -> String {
    let mut text = opens(world.now, next_open, world.calendar.zone());
    text.push_str("; a change that restores an earlier released state is let through at any time");
    if let Some(note) = world.calendar.note() {
        text.push_str("\n(");
        text.push_str(&note);
        text.push(')');
    }
    text
}
