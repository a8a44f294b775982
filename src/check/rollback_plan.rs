//! `rollback-plan`: the way back is described before anybody needs it.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Reached, World, reach};
use crate::facts::plan::{Rollback, Why};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RollbackPlan {
    /// Let a change through that only puts back what was released before: it is the way back.
    allow_restoring: bool,
}

impl Check for RollbackPlan {
    fn reads(&self, _: &RepoPath) -> bool {
        false
    }

    fn could_concern(&self, _: &RepoPath, _: &str) -> bool {
        // The plan stands beside the file, not in it.
        false
    }

    fn change(&self, world: &World<'_>, reached: &[&Reached]) -> Judgement {
        let Rollback::Missing(lacks) = world.plan.rollback() else { return Ok(Outcome::Holds) };
        if self.allow_restoring && world.restores_release()?.is_some() {
            return Ok(Outcome::Holds);
        }
        let Some(first) = reached.first() else { return Ok(Outcome::Holds) };
        let environments = reach::environments(reached);
        let mut primary = first.label.clone();
        primary.text = reach::label(reached);
        let absent = lacks.iter().all(|lack| matches!(lack.why, Why::Absent));
        let names: Vec<&str> = lacks.iter().map(|lack| lack.part.name()).collect();
        let message = if absent && lacks.len() == 3 {
            format!("this change reaches {environments} and says nowhere how it is taken back")
        } else {
            format!("the rollback plan of this change to {environments} lacks {}", reach::listed(&names))
        };
        let mut finding = Finding::new(message, primary, format!("rollback plan {environments}"))
            .evidence(format!("{} {}", names.join(","), reach::substance(reached)))
            .unless_stated();
        for lack in &lacks {
            if let Why::Placeholder(stated) = &lack.why {
                let text = format!("this gives no {}", lack.part.name().trim_start_matches("an "));
                finding = finding.related(Label::new(&stated.source, stated.span, text));
            }
        }
        if let Some(stale) = world.plan.stale_file() {
            let text = "this change leaves it as it was: it is the plan of an earlier release";
            finding = finding.related(Label::new(stale, stale.line_span(1).unwrap_or_default(), text));
        }
        Ok(Outcome::broken(finding))
    }
}
