//! What a change shows of the way back from it: filled into the plan that `plan new` writes.
//!
//! In: the change's facts on both sides. Out: a [`Proposal`]. Every step goes back to the base, for that is what stays as
//! it is while the change is still being written.

use std::collections::{BTreeMap, BTreeSet};

use super::template::{ImageBefore, Proposal};
use crate::change::{Change, ReadError};
use crate::facts::delta::{Delta, ResourceChange, Standing};
use crate::facts::dependencies::{Dependency, DependencyMove, Pin, Role, crosses_breaking_boundary};
use crate::facts::{FileFacts, ImageUse, Recognised, Snapshot, System};
use crate::source::RepoPath;

/// A plan is read by a person: more than these are counted, or put in other words.
const MOST: usize = 20;

impl Proposal {
    /// Proposes the way back for the files that reach what has to be planned for.
    pub fn of(
        change: &Change,
        delta: &Delta,
        base: &Snapshot<'_>,
        head: &Snapshot<'_>,
        paths: &[&RepoPath],
    ) -> Result<Self, ReadError> {
        let mut proposal = Self::default();
        let concerned: BTreeSet<&RepoPath> = paths.iter().copied().collect();
        let mut compose = Vec::new();
        for path in paths {
            let (before, after) = (base.facts(path)?, head.facts(path)?);
            if let (Some(before), Some(after)) = (&before, &after) {
                proposal.images.extend(replaced_images(before, after));
            }
            if before.is_some_and(|facts| facts.recognised.contains(&Recognised::Compose)) {
                compose.push(*path);
            }
        }
        let mut undone = BTreeSet::new();
        let mut left = BTreeSet::new();
        for change in delta.resources.iter().filter(|change| concerned.contains(change.path())) {
            proposal.resources.push(said(change));
            match change {
                ResourceChange::Removed(gone) | ResourceChange::Renamed { before: gone, .. } => {
                    proposal.deletes.extend(deletion(gone));
                }
                ResourceChange::Added(_) | ResourceChange::Modified { .. } => {}
            }
            match undo(change) {
                Some(command) => {
                    proposal.commands.push(command);
                    undone.insert(change.path());
                }
                None => {
                    left.insert(change.path());
                }
            }
        }
        if proposal.commands.len() > MOST {
            proposal.commands.clear();
            undone.clear();
        }
        // What no command undoes is put back as it was.
        let restored: Vec<&RepoPath> =
            paths.iter().copied().filter(|path| left.contains(path) || !undone.contains(path)).collect();
        if let Some(commit) = &change.base.commit {
            proposal.commands.extend(restore(commit.short(), &restored));
        }
        let started = compose.iter().filter(|path| restored.contains(path));
        proposal
            .commands
            .extend(started.map(|path| format!("docker compose -f {} up -d", word(&path.display()))));
        let mut moves: Vec<String> = delta.dependencies.iter().filter_map(|(_, moved)| step(moved)).collect();
        moves.sort();
        moves.dedup();
        proposal.moves = moves;
        proposal.images.truncate(MOST);
        proposal.resources.sort();
        proposal.resources.dedup();
        let more = proposal.resources.len().saturating_sub(MOST);
        if more > 0 {
            proposal.resources.truncate(MOST);
            proposal.resources.push(format!("{more} more resources"));
        }
        Ok(proposal)
    }
}

/// Images of the same user at the same key that are not what they were.
fn replaced_images(before: &FileFacts, after: &FileFacts) -> Vec<ImageBefore> {
    let mut replaced = Vec::new();
    let now: BTreeMap<(&str, &str), &ImageUse> =
        after.images.iter().map(|new| ((new.owner.as_str(), new.key_path.as_str()), new)).collect();
    for old in &before.images {
        let Some(new) = now.get(&(old.owner.as_str(), old.key_path.as_str())) else { continue };
        if new.reference != old.reference && !old.unknown {
            replaced.push(ImageBefore {
                owner: old.owner.clone(),
                before: old.reference.clone(),
                after: new.reference.clone(),
            });
        }
    }
    replaced
}

fn said(change: &ResourceChange) -> String {
    match change {
        ResourceChange::Added(new) => format!("{} (new)", new.resource.id.display()),
        ResourceChange::Removed(gone) => format!("{} (taken away)", gone.resource.id.display()),
        ResourceChange::Modified { after, .. } => after.resource.id.display(),
        ResourceChange::Renamed { before, after } => {
            format!("{} (now called {})", before.resource.id.display(), after.resource.id.name)
        }
    }
}

fn deletion(gone: &Standing) -> Option<String> {
    let environment = gone.environment.as_ref()?;
    (!gone.resource.templated).then(|| format!("{}/{}", environment.name, gone.resource.id.name))
}

/// The command that undoes what happened to one resource, where there is one that looks at nothing else.
fn undo(change: &ResourceChange) -> Option<String> {
    let (ResourceChange::Added(standing) | ResourceChange::Modified { after: standing, .. }) = change else {
        return None;
    };
    let id = &standing.resource.id;
    if id.system != System::Kubernetes || standing.resource.templated || id.name.is_empty() {
        return None;
    }
    let place =
        id.namespace.as_ref().map_or_else(String::new, |namespace| format!(" -n {}", word(namespace)));
    let name = word(&format!("{}/{}", id.kind.to_ascii_lowercase(), id.name));
    match (change, id.kind.as_str()) {
        (ResourceChange::Added(_), _) if !standing.resource.partial => {
            Some(format!("kubectl delete {name}{place}"))
        }
        (ResourceChange::Modified { .. }, "Deployment" | "StatefulSet" | "DaemonSet") => {
            Some(format!("kubectl rollout undo {name}{place}"))
        }
        (ResourceChange::Modified { .. }, "DeploymentConfig") => {
            Some(format!("oc rollout undo {name}{place}"))
        }
        _ => None,
    }
}

fn restore(commit: &str, paths: &[&RepoPath]) -> Option<String> {
    let shown: Vec<String> = paths.iter().take(MOST).map(|path| word(&path.display())).collect();
    if shown.is_empty() {
        return None;
    }
    let more = paths.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more files of this change") } else { String::new() };
    Some(format!("git restore --source={commit} -- {}{more}, commit, and release that", shown.join(" ")))
}

/// A move that a person made, or one that may break whoever calls the package.
fn step(moved: &DependencyMove) -> Option<String> {
    let (from, to) = (moved.base.first()?, moved.changed().next()?);
    let (old, new) = (version(from)?, version(to)?);
    let breaks = crosses_breaking_boundary(moved.ecosystem, old, new) == Some(true);
    (breaks || to.role == Role::Manifest).then(|| format!("{} {old} -> {new}", moved.name))
}

fn version(dependency: &Dependency) -> Option<&str> {
    match &dependency.pin {
        Pin::Exact(version) | Pin::Range(version) => Some(version),
        Pin::Unbounded | Pin::Elsewhere(_) | Pin::Source(_) | Pin::Unknown(_) => None,
    }
}

/// A name from the change as one word of a shell, whatever it holds.
fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@=+-".contains(&byte);
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_name_from_the_change_is_one_word_of_a_shell() {
        assert_eq!(word("k8s/prod/web.yaml"), "k8s/prod/web.yaml");
        assert_eq!(word("a b; rm -rf ~"), "'a b; rm -rf ~'");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word("-n"), "'-n'");
    }
}
