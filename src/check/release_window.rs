//! `release-window`: a release starts when those who know it will still be there.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Reached, World, reach};
use crate::calendar::{Basis, Ruling, local_and_utc, opens};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReleaseWindow {
    /// Let a change through that only puts back what was released before.
    allow_restoring: bool,
}

/// Where a review can be asked for, no trailer stands for one.
const ON_A_PLATFORM: &str = "\
Wait for the opening that the message names (`deploy-guard calendar next` lists more). A change that only puts back an \
earlier released state is let through at any time. For an emergency: the label `break-glass`, a second person's approving \
review of the newest commit, and in the pull request's body
  ## Break-glass
  release-outside-window <what is broken, and why it can't wait>";

impl Check for ReleaseWindow {
    fn reads(&self, _: &RepoPath) -> bool {
        false
    }

    fn could_concern(&self, _: &RepoPath, _: &str) -> bool {
        // The calendar looks at what a change reaches, not into the file.
        false
    }

    fn change(&self, world: &World<'_>, reached: &[&Reached]) -> Judgement {
        let Ruling::Closed { reasons, next_open, .. } = world.calendar.judge(world.now) else {
            return Ok(Outcome::Holds);
        };
        let Some(first) = reached.first() else { return Ok(Outcome::Holds) };
        if self.allow_restoring
            && let Some(commit) = world.restores_release()?
        {
            let note = format!(
                "the calendar is closed, and this change only puts back what was released with {commit}: let through"
            );
            return Ok(Outcome::Unknown(note));
        }
        let environments = reach::environments(reached);
        let windows: Vec<&str> = reasons.iter().map(|reason| reason.which.as_str()).collect();
        let zone = world.calendar.zone();
        let message = format!(
            "{environments} is closed for releases on {}: {}; {}{}",
            local_and_utc(world.now, zone),
            windows.join(", "),
            opens(world.now, next_open, zone),
            whose_calendar(world.calendar.basis())
        );
        let mut primary = first.label.clone();
        primary.text = reach::label(reached);
        let mut finding = Finding::new(message, primary, format!("calendar {environments}"))
            .evidence(format!("{} {}", windows.join(","), reach::substance(reached)));
        if world.plan.review().is_some() {
            finding = finding.remedy(ON_A_PLATFORM);
        }
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

/// Who is refused by windows that nobody here configured has to know that they can be.
const fn whose_calendar(basis: Basis) -> &'static str {
    match basis {
        Basis::Configured => "",
        Basis::BuiltInWeek => " (the built-in week: [calendar] has no `deny`)",
        Basis::BuiltIn => " (the built-in calendar: the config has none)",
    }
}
