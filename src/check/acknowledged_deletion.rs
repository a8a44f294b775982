//! `acknowledged-deletion`: what goes away is said by name before it goes.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, World};
use crate::facts::delta::{ResourceChange, Standing};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AcknowledgedDeletion {
    /// Kinds whose loss is felt by somebody.
    kinds: Vec<String>,
    /// From this many on it is called a mass deletion.
    mass: usize,
}

impl Check for AcknowledgedDeletion {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        self.kinds.iter().any(|kind| text.contains(kind.as_str()))
    }

    fn resource_change(&self, change: &ResourceChange, world: &World<'_>) -> Judgement {
        let (gone, successor) = match change {
            ResourceChange::Removed(gone) => (gone, None),
            ResourceChange::Renamed { before, after } => (before, Some(after)),
            ResourceChange::Added(_) | ResourceChange::Modified { .. } => return Ok(Outcome::Holds),
        };
        let id = &gone.resource.id;
        if gone.resource.templated || !self.counts(&id.kind) {
            return Ok(Outcome::Holds);
        }
        let environment = gone.environment.as_ref().map_or("", |environment| environment.name.as_str());
        if world.plan.names_deletion(environment, &id.name).is_some() {
            return Ok(Outcome::Holds);
        }
        let all =
            world.delta.resources.iter().filter(|other| self.is_deletion_in(other, environment)).count();
        let mut message = format!("{} disappears from {environment}", id.display());
        if all >= self.mass {
            message.push_str(&format!(", one of {all} in this change: a mass deletion"));
        }
        let label =
            Label::new(&gone.source, gone.resource.name_span, "there before this change, gone after it");
        let mut finding = Finding::new(message, label, format!("{} deleted", id.display())).remedy(format!(
            "if it is meant, say so in the plan or a commit trailer: `Deletes: {environment}/{}`",
            id.name
        ));
        if let Some(after) = successor {
            let text =
                format!("renamed to {}: whoever holds on to the old name loses it", after.resource.id.name);
            finding = finding.related(Label::new(&after.source, after.resource.name_span, text));
        }
        Ok(Outcome::broken(finding))
    }

    fn validate(&self) -> Result<(), String> {
        if self.kinds.is_empty() {
            return Err("`kinds` is empty, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

impl AcknowledgedDeletion {
    fn counts(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known == kind)
    }

    fn is_deletion_in(&self, change: &ResourceChange, environment: &str) -> bool {
        let gone: &Standing = match change {
            ResourceChange::Removed(gone) | ResourceChange::Renamed { before: gone, .. } => gone,
            ResourceChange::Added(_) | ResourceChange::Modified { .. } => return false,
        };
        self.counts(&gone.resource.id.kind)
            && gone.environment.as_ref().is_some_and(|found| found.name == environment)
    }
}
