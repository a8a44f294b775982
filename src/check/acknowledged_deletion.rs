//! `acknowledged-deletion`: what goes away is said by name before it goes.

use serde::Deserialize;

use super::{Check, Judgement, Outcome, World};
use crate::change::ReadError;
use crate::facts::ResourceId;
use crate::facts::delta::{ResourceChange, Standing};
use crate::finding::{Finding, Label};
use crate::source::RepoPath;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AcknowledgedDeletion {
    /// Kinds whose loss is felt by somebody: `Deployment`, or `Cluster.postgresql.cnpg.io` where a kind's name alone
    /// would say too little. A star stands for any letters.
    kinds: Vec<String>,
    /// Kinds that do the same work: one that takes over another's name leaves nobody without it.
    #[serde(default)]
    replaces: Vec<Vec<String>>,
    /// Kinds that render others which stand in no file here.
    #[serde(default)]
    renders: Vec<String>,
    /// From this many on it is called a mass deletion.
    mass: usize,
}

impl Check for AcknowledgedDeletion {
    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        self.kinds.iter().any(|kind| text.contains(kind.split(['.', '*']).next().unwrap_or(kind)))
    }

    fn resource_change(&self, change: &ResourceChange, world: &World<'_>) -> Judgement {
        let Some((gone, successor)) = gone(change) else { return Ok(Outcome::Holds) };
        let id = &gone.resource.id;
        if !self.counts(id) {
            return Ok(Outcome::Holds);
        }
        let environment = gone.environment.as_ref().map_or("", |environment| environment.name.as_str());
        if gone.resource.templated {
            return Ok(Outcome::Unknown(format!(
                "{}: the name of {} is filled in by another tool: whether it disappears can't be told",
                gone.path,
                id.display()
            )));
        }
        let names = names_of(id);
        if names.iter().any(|name| world.plan.names_deletion(environment, name).is_some())
            || self.is_replaced(gone, world)
        {
            return Ok(Outcome::Holds);
        }
        if let Some(by) = self.may_be_brought_by(gone, world)? {
            return Ok(Outcome::Unknown(format!(
                "{} leaves {environment} here: whether {by} brings it there can't be told",
                id.display()
            )));
        }
        let all =
            world.delta.resources.iter().filter(|other| self.is_deletion_in(other, environment)).count();
        let mut message = match &gone.by {
            Some(folder) => format!("{} disappears from {environment} ({folder})", id.display()),
            None => format!("{} disappears from {environment}", id.display()),
        };
        if all >= self.mass {
            message = format!("{message}, one of {all} in this change: a mass deletion");
        }
        let subject = format!("{} deleted", id.display());
        let name = |text: &str| Label::new(&gone.source, gone.resource.name_span, text);
        let mut finding = if let Some(taken) = &gone.taken_out {
            let label = Label::new(&taken.source, taken.entry.span, "taken in here before this change");
            Finding::new(message, label, subject).related(name("its file stays, and nothing takes it there"))
        } else {
            Finding::new(message, name("there before this change, gone after it"), subject)
        };
        if let Some(after) = successor {
            let text =
                format!("renamed to {}: whoever holds on to the old name loses it", after.resource.id.name);
            finding = finding.related(Label::new(&after.source, after.resource.name_span, text));
        }
        let same = world.delta.resources.iter().find_map(|other| match other {
            ResourceChange::Added(added)
                if added.resource.id.kind == id.kind && added.resource.id.name == id.name =>
            {
                Some(added)
            }
            _ => None,
        });
        if let Some(added) = same {
            let text = "lies here now, which is another place";
            finding = finding.related(Label::new(&added.source, added.resource.name_span, text));
        }
        // The right name in the wrong environment is the very accident that this is asked for.
        for stated in world.plan.deletions().into_iter().filter(|stated| names.contains(&stated.value.name)) {
            let text = match &stated.value.environment {
                Some(other) => format!("names it in {other}, not in {environment}"),
                None => "names it in no environment".to_owned(),
            };
            finding = finding.related(Label::new(&stated.source, stated.span, text));
        }
        let finding = finding.remedy(format!(
            "if it is meant, say so in the plan or a commit trailer: `Deletes: {environment}/{}`",
            id.name
        ));
        Ok(Outcome::broken(finding.unless_stated()))
    }

    fn validate(&self) -> Result<(), String> {
        if self.kinds.is_empty() {
            return Err("`kinds` is empty, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

/// What a change takes away, and what has nearly its substance under another name.
const fn gone(change: &ResourceChange) -> Option<(&Standing, Option<&Standing>)> {
    match change {
        ResourceChange::Removed(gone) => Some((gone, None)),
        ResourceChange::Renamed { before, after } => Some((before, Some(after))),
        ResourceChange::Added(_) | ResourceChange::Modified { .. } => None,
    }
}

/// What a person may call it in the plan: `web`, `shop/web`.
fn names_of(id: &ResourceId) -> Vec<String> {
    let long = id.namespace.as_ref().map(|namespace| format!("{namespace}/{}", id.name));
    [id.name.clone()].into_iter().chain(long).collect()
}

impl AcknowledgedDeletion {
    fn counts(&self, id: &ResourceId) -> bool {
        self.kinds.iter().any(|known| names_kind(known, id))
    }

    fn is_deletion_in(&self, change: &ResourceChange, environment: &str) -> bool {
        gone(change).is_some_and(|(gone, _)| {
            self.counts(&gone.resource.id)
                && !gone.resource.templated
                && gone.environment.as_ref().is_some_and(|found| found.name == environment)
        })
    }

    /// Something that this change brings and nobody can look into here: a chart, a release, an address.
    fn may_be_brought_by(&self, gone: &Standing, world: &World<'_>) -> Result<Option<String>, ReadError> {
        if let Some(unseen) = &gone.unseen {
            return Ok(Some(format!("`{unseen}`")));
        }
        let id = &gone.resource.id;
        let name = &id.name;
        let namespace = id.namespace.as_deref();
        // Whoever installs something into a namespace can be told to make it.
        let makes_it = |into: &str| id.kind == "Namespace" && into == name;
        let names_it = |release: &str| {
            !release.is_empty()
                && (release == name
                    || name.strip_prefix(release).is_some_and(|rest| rest.starts_with('-'))
                    || namespace == Some(release))
        };
        for other in &world.delta.resources {
            let ResourceChange::Added(added) = other else { continue };
            let own = &added.resource.id;
            if self.renders.iter().any(|known| names_kind(known, own))
                && own.kind != gone.resource.id.kind
                && (names_it(&own.name) || own.namespace.as_deref().is_some_and(makes_it))
            {
                return Ok(Some(format!("{} in {}", own.display(), added.path)));
            }
        }
        for file in world.change.files.iter().filter(|file| file.path.file_name().starts_with("helmfile")) {
            let Some(text) = world.head.text(&file.path)? else { continue };
            let mut lines = text.text().lines().take(50_000);
            let release = lines.find_map(|line| {
                let (key, value) = line.trim().trim_start_matches("- ").split_once(':')?;
                let value = value.trim().trim_matches(['"', '\'']);
                let names = key == "name" && names_it(value) || key == "namespace" && makes_it(value);
                names.then(|| value.to_owned())
            });
            if let Some(release) = release {
                return Ok(Some(format!("the release {release} of {}", file.path)));
            }
        }
        Ok(None)
    }

    /// The same name is there under another kind that does the same work.
    fn is_replaced(&self, gone: &Standing, world: &World<'_>) -> bool {
        let id = &gone.resource.id;
        let Some(peers) = self.replaces.iter().find(|peers| peers.iter().any(|known| names_kind(known, id)))
        else {
            return false;
        };
        world.delta.resources.iter().any(|other| {
            let ResourceChange::Added(added) = other else { return false };
            let own = &added.resource.id;
            let name = |standing: &Standing| standing.environment.as_ref().map(|found| found.name.clone());
            let same_target =
                added.path == gone.path || added.environment.is_none() || name(added) == name(gone);
            let same_namespace =
                own.namespace == id.namespace || own.namespace.is_none() || id.namespace.is_none();
            own.kind != id.kind
                && same_target
                && own.name == id.name
                && same_namespace
                && peers.iter().any(|known| names_kind(known, own))
        })
    }
}

/// Whether a parameter names a resource's kind: `Kind`, `Kind.group`, with stars for any letters.
fn names_kind(known: &str, id: &ResourceId) -> bool {
    match known.split_once('.') {
        Some((kind, group)) => is_like(kind, &id.kind) && is_like(group, &id.group),
        None => is_like(known, &id.kind),
    }
}

/// A star stands for any letters, none as well.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut open = false;
    let mut last = "";
    for part in parts {
        open = true;
        last = part;
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if open {
        last.is_empty() || text.len() >= first.len() + last.len() && text.ends_with(last)
    } else {
        rest.is_empty()
    }
}
