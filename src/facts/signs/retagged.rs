//! Workloads that a kustomization runs with another image, while their own files stay as they are.
//!
//! In: both sides of a kustomization. Out: the workloads beneath it whose image it now rewrites otherwise: the usual way
//! in which a release is written down.

use std::collections::BTreeSet;

use crate::change::ReadError;
use crate::facts::{FileFacts, Snapshot, Workload};
use crate::source::RepoPath;

/// More files beneath one kustomization than are looked into.
const MOST: usize = 400;

pub(super) fn workloads(
    base: &Snapshot<'_>,
    head: &Snapshot<'_>,
    path: &RepoPath,
) -> Result<Vec<Workload>, ReadError> {
    let (before, after) = (base.facts(path)?, head.facts(path)?);
    let (before, after) = (rewrites(before.as_deref()), rewrites(after.as_deref()));
    let moved: BTreeSet<&String> = after.difference(&before).map(|(name, _)| name).collect();
    let mut found = Vec::new();
    if moved.is_empty() {
        return Ok(found);
    }
    for file in head.builds()?.files_below(path).iter().take(MOST) {
        let Some(facts) = head.facts(file)? else { continue };
        for workload in &facts.workloads {
            let own = format!("{} {}", workload.id.kind, workload.id.name);
            let is_own = |owner: &str| {
                let named =
                    owner == own || owner.strip_prefix(&own).is_some_and(|rest| rest.starts_with(','));
                named
                    || owner == workload.id.display()
                    || owner.starts_with(&format!("{},", workload.id.display()))
            };
            if facts.images.iter().any(|image| moved.contains(&image.repository) && is_own(&image.owner)) {
                found.push(workload.clone());
            }
        }
    }
    Ok(found)
}

/// Each rewritten image with what is written of it.
fn rewrites(facts: Option<&FileFacts>) -> BTreeSet<(String, String)> {
    let Some(facts) = facts else { return BTreeSet::new() };
    let own = facts.kustomization.iter().flat_map(|own| &own.images);
    own.map(|rewrite| (rewrite.name.clone(), facts.source.slice(rewrite.span).to_owned())).collect()
}
