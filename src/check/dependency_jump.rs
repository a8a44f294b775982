//! `dependency-jump`: a package that decides how a service behaves moves when somebody means it to.

use serde::Deserialize;

use super::clients::{Packages, artifact};
use super::{Check, Judgement, Outcome, World};
use crate::facts::dependencies::{
    Dependency, DependencyMove, Ecosystem, Pin, crosses_breaking_boundary, is_lock, recognise,
};
use crate::finding::{Finding, Label};
use crate::source::{RepoPath, SourceFile};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DependencyJump {
    packages: Packages,
    /// More of them, for a repository's own wrappers.
    #[serde(default)]
    also: Packages,
    /// A word for all of them, and words that say that it is moved on purpose: together in a subject they name the move.
    called: String,
    moving: Vec<String>,
    /// Words of package names that many packages share.
    general: Vec<String>,
}

impl Check for DependencyJump {
    fn reads(&self, path: &RepoPath) -> bool {
        recognise(path).is_some()
    }

    fn could_concern(&self, _: &RepoPath, text: &str) -> bool {
        self.packages.are_named_in(text) || self.also.are_named_in(text)
    }

    fn dependency_move(&self, moved: &DependencyMove, path: &RepoPath, world: &World<'_>) -> Judgement {
        if !self.means(moved) {
            return Ok(Outcome::Holds);
        }
        if moved.is_added() {
            return Ok(Outcome::Holds);
        }
        if moved.is_removed() {
            // It may have gone to another file: a lock of another tool, a folder of its own.
            let elsewhere = world.delta.dependencies.iter().find(|(_, other)| {
                other.is_added() && other.ecosystem == moved.ecosystem && other.key == moved.key
            });
            return match elsewhere {
                Some((place, other)) => self.judge_jump(moved, &moved.base, &other.head, place, world),
                None => self.swap(moved, path, world),
            };
        }
        let changed: Vec<Dependency> = moved.changed().cloned().collect();
        self.judge_jump(moved, &moved.base, &changed, path, world)
    }

    fn validate(&self) -> Result<(), String> {
        if self.packages.is_empty() && self.also.is_empty() {
            return Err("`packages` names none, so this check could never fail".to_owned());
        }
        Ok(())
    }
}

impl DependencyJump {
    fn means(&self, moved: &DependencyMove) -> bool {
        self.packages.hold(moved.ecosystem, &moved.key) || self.also.hold(moved.ecosystem, &moved.key)
    }

    fn judge_jump(
        &self,
        moved: &DependencyMove,
        base: &[Dependency],
        head: &[Dependency],
        path: &RepoPath,
        world: &World<'_>,
    ) -> Judgement {
        let Some((from, to)) = jump(moved.ecosystem, base, head) else { return Ok(Outcome::Holds) };
        let (Some(old), Some(new)) = (version(from), version(to)) else { return Ok(Outcome::Holds) };
        let named = world.plan.names_move(&moved.name).is_some_and(|entry| entry.value.covers(&old, &new));
        if named || self.is_said(&[&moved.name], world) {
            return Ok(Outcome::Holds);
        }
        // Going back to what was released before is the remedy, not the fault.
        if (world.restored)(&[path])?.is_some() {
            return Ok(Outcome::Holds);
        }
        let Some(after) = source_of(world.head, path)? else { return Ok(Outcome::Holds) };
        let lock = recognise(path).is_some_and(is_lock);
        let how = if lock { "inside a lock file" } else { "in a manifest" };
        let message = format!(
            "{} jumps from {old} to {new} {how}, and nothing in this change says that it is meant",
            moved.name
        );
        let label = Label::new(&after, to.version_span, format!("was {old}"));
        let remedy = format!(
            "keep {old}, or move it on purpose: a change of its own with `Moves: {} {old} -> {new}` in its message, tested for committed offsets and rebalances",
            moved.name
        );
        let finding = Finding::new(message, label, format!("{path} {}", moved.key));
        Ok(Outcome::broken(finding.evidence(format!("{old} {new}")).remedy(remedy).unless_stated()))
    }

    /// One package of the kind goes and another one comes in the same file.
    fn swap(&self, gone: &DependencyMove, path: &RepoPath, world: &World<'_>) -> Judgement {
        let come = world.delta.dependencies.iter().find(|(place, other)| {
            place == path && other.is_added() && other.ecosystem == gone.ecosystem && self.means(other)
        });
        let Some((_, come)) = come else { return Ok(Outcome::Holds) };
        let planned = [&gone.name, &come.name].iter().any(|name| world.plan.names_move(name).is_some());
        if planned || self.is_said(&[&gone.name, &come.name], world) {
            return Ok(Outcome::Holds);
        }
        let (Some(before), Some(after)) = (source_of(world.base, path)?, source_of(world.head, path)?) else {
            return Ok(Outcome::Holds);
        };
        let (Some(old), Some(new)) = (gone.base.first(), come.head.first()) else {
            return Ok(Outcome::Holds);
        };
        let message = format!(
            "{} takes the place of {}, and nothing in this change says that it is meant",
            come.name, gone.name
        );
        let finding = Finding::new(
            message,
            Label::new(&after, new.name.span, format!("in place of {}", gone.name)),
            format!("{path} {}", gone.key),
        )
        .evidence(&come.key)
        .related(Label::new(&before, old.name.span, "used before this change"))
        .remedy(format!(
            "swap it in a change of its own, with `Moves: {} -> {}` in its message",
            gone.name, come.name
        ))
        .unless_stated();
        Ok(Outcome::broken(finding))
    }

    /// Whether a commit's subject or the pull request's title names the package, or all of its kind together with a word
    /// for moving.
    fn is_said(&self, names: &[&str], world: &World<'_>) -> bool {
        let subjects = world.change.commits.iter().map(crate::change::Commit::subject);
        let titles = world.change.pull_requests.known().iter().map(|opened| opened.title.as_str());
        subjects.chain(titles).any(|subject| {
            let subject = folded(subject);
            let words: Vec<&str> = subject.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
            let by_name = names.iter().any(|name| {
                let name = folded(artifact(name));
                let found = subject.match_indices(name.as_str()).any(|(at, _)| {
                    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
                    edge(subject.get(..at).and_then(|before| before.chars().next_back()))
                        && edge(subject.get(at + name.len()..).and_then(|after| after.chars().next()))
                });
                // A package that is called as its whole kind (`kafka`) is named by its kind alone.
                found && name != self.called
            });
            let by_word = names
                .iter()
                .any(|name| self.telling_words(name).iter().any(|word| words.contains(&word.as_str())));
            let by_kind = (by_word || subject.contains(self.called.as_str()))
                && self
                    .moving
                    .iter()
                    .any(|moving| words.iter().any(|word| word.starts_with(moving.as_str())));
            by_name || by_kind
        })
    }
}

impl DependencyJump {
    /// The words of a package's name that mean no other package: `confluent` of `Confluent.Kafka`.
    fn telling_words(&self, name: &str) -> Vec<String> {
        let name = folded(artifact(name));
        let words = name.split(|character: char| !character.is_ascii_alphanumeric());
        words
            .filter(|word| word.len() >= 5 && !self.general.iter().any(|known| known == word))
            .map(str::to_owned)
            .collect()
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase().replace('_', "-")
}

fn source_of(
    snapshot: &crate::facts::Snapshot<'_>,
    path: &RepoPath,
) -> Result<Option<std::sync::Arc<SourceFile>>, crate::change::ReadError> {
    Ok(snapshot.facts(path)?.map(|facts| facts.source.clone()))
}

/// The version that a statement holds, or the lowest that a range begins with.
fn version(dependency: &Dependency) -> Option<String> {
    match &dependency.pin {
        Pin::Exact(version) => Some(version.clone()),
        Pin::Range(range) => {
            let start = range.find(|character: char| character.is_ascii_digit())?;
            let rest = range.get(start..)?;
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
            let number = rest.get(..end)?.trim_end_matches(['x', 'X', '.', '*']).to_owned();
            (!number.is_empty()).then_some(number)
        }
        Pin::Unbounded | Pin::Elsewhere(_) | Pin::Source(_) | Pin::Unknown(_) => None,
    }
}

/// A statement at head whose version breaks with every version at base, and the one at base to compare it with.
fn jump<'a>(
    ecosystem: Ecosystem,
    base: &'a [Dependency],
    head: &'a [Dependency],
) -> Option<(&'a Dependency, &'a Dependency)> {
    for to in head {
        let Some(new) = version(to) else { continue };
        let mut broken = None;
        let mut kept = false;
        for from in base {
            let Some(old) = version(from) else { continue };
            match crosses_breaking_boundary(ecosystem, &padded(&old), &padded(&new)) {
                Some(true) => broken = broken.or(Some(from)),
                Some(false) => kept = true,
                None => {}
            }
        }
        if let (Some(from), false) = (broken, kept) {
            return Some((from, to));
        }
    }
    None
}

/// Node's and Rust's versions have three parts; a range may begin with fewer.
fn padded(version: &str) -> String {
    let numeric = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parts = version.split('.').count();
    if numeric && parts < 3 { format!("{version}{}", ".0".repeat(3 - parts)) } else { version.to_owned() }
}
