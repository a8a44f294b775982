//! What was looked at and how well it was understood: the difference between "fine" and "not seen".

use crate::change::{Change, ReadError};
use crate::facts::{Reading, Scope, Snapshot, scope_of};
use crate::source::RepoPath;

/// How well a file was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understanding {
    Parsed,
    /// The rest was; these parts were not, and why.
    Partly(Vec<String>),
    Not(String),
    Removed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    pub path: RepoPath,
    pub understanding: Understanding,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files that the change touches.
    pub changed: usize,
    /// Those of them that mean something for a deployment.
    pub in_scope: Vec<FileCoverage>,
    /// What a search over the whole tree had to leave out.
    pub shortfalls: Vec<String>,
}

impl Coverage {
    pub(super) fn of(change: &Change, head: &Snapshot<'_>) -> Result<Self, ReadError> {
        let mut in_scope = Vec::new();
        for file in &change.files {
            let understanding = match head.reading(&file.path)? {
                Reading::Absent if scope_of(&file.path) == Scope::Deploy => Understanding::Removed,
                Reading::Absent | Reading::Nothing(_) => continue,
                Reading::Facts(facts) if facts.gaps.is_empty() => Understanding::Parsed,
                Reading::Facts(facts) => {
                    let mut reasons: Vec<String> = facts
                        .gaps
                        .iter()
                        .map(|gap| {
                            format!("line {}: {}", facts.source.position(gap.span.start).line, gap.reason)
                        })
                        .collect();
                    reasons.dedup();
                    Understanding::Partly(reasons)
                }
                Reading::Failed(failure) => {
                    let scope = scope_of(&file.path);
                    if failure.source.is_none() && !matches!(scope, Scope::Deploy | Scope::Dependencies) {
                        continue;
                    }
                    let line = failure.source.as_ref().map(|source| source.position(failure.span.start).line);
                    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
                    Understanding::Not(format!("{place}{}", failure.reason))
                }
            };
            in_scope.push(FileCoverage { path: file.path.clone(), understanding });
        }
        Ok(Self { changed: change.files.len(), in_scope, shortfalls: head.shortfalls() })
    }

    pub fn count(&self, wanted: impl Fn(&Understanding) -> bool) -> usize {
        self.in_scope.iter().filter(|file| wanted(&file.understanding)).count()
    }
}
