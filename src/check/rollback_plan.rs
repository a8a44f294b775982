//! `rollback-plan`: the way back is described before anybody needs it.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, Reached, World};
use crate::facts::plan::{Lack, Rollback, Why};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RollbackPlan {
    /// Let a change through that only puts back what was released before: it is the way back.
    allow_restoring: bool,
}

impl Check for RollbackPlan {
    fn could_concern(&self, _: &RepoPath, _: &str) -> bool {
        // The plan stands beside the file, not in it.
        false
    }

    fn change(&self, world: &World<'_>, reached: &[&Reached]) -> Judgement {
        let Rollback::Missing(lacks) = world.plan.rollback() else { return Ok(Outcome::Holds) };
        if self.allow_restoring && (world.restored)()?.is_some() {
            return Ok(Outcome::Holds);
        }
        let Some(first) = reached.first() else { return Ok(Outcome::Holds) };
        let environment =
            first.environment.as_ref().map_or("this environment", |environment| environment.name.as_str());
        let mut primary = first.label.clone();
        primary.text = format!("this reaches {environment}");
        let absent = lacks.iter().all(|lack| matches!(lack.why, Why::Absent));
        let message = if absent && lacks.len() == 3 {
            format!("this change reaches {environment} and says nowhere how it is taken back")
        } else {
            format!("the rollback plan of this change to {environment} lacks {}", listed(&lacks))
        };
        let keys: Vec<&str> = lacks.iter().map(|lack| lack.part.name()).collect();
        let mut finding =
            Finding::new(message, primary, format!("rollback plan {environment}")).evidence(keys.join(","));
        for lack in &lacks {
            if let Why::Placeholder(stated) = &lack.why {
                let text = format!("this gives no {}", lack.part.name().trim_start_matches("an "));
                finding = finding.related(Label::new(&stated.source, stated.span, text));
            }
        }
        let stale = world.plan.stale_file().is_some();
        let mut remedy = String::from(
            "`deploy-guard plan new` writes a plan filled with what this change shows; or trailers at the end of the commit message:\n  \
             Rollback-Plan: kubectl -n shop rollout undo deployment/web\n  \
             Rollback-Trigger: more than 1 % of requests fail for 5 minutes\n  \
             Rollback-Owner: on-call of shop",
        );
        if stale {
            remedy.push_str("\n.deploy-guard/plan.toml is there, but this change does not touch it: it is the plan of an earlier release");
        }
        Ok(Outcome::broken(finding.remedy(remedy)))
    }
}

fn listed(lacks: &[Lack]) -> String {
    let names: Vec<&str> = lacks.iter().map(|lack| lack.part.name()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
