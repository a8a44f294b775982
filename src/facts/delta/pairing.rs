//! Which resource of one side is which of the other.
//!
//! In: what stands on both sides of the changed files. Out: pairs, taken out of both. First the whole identity, then
//! looser ones, at last the substance under another name.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::keys::leaves;
use super::{Key, Sides, Standing, Standings};
use crate::facts::scope::lists;
use crate::facts::{Resource, ResourceId};

/// More comparisons of bodies than a change that a person made needs.
const MOST_COMPARISONS: usize = 4096;

/// Kinds whose objects have no namespace, so that the name says it all.
pub(super) fn is_cluster_wide(kind: &str) -> bool {
    const KINDS: &str = "\
        Namespace Project ClusterRole ClusterRoleBinding CustomResourceDefinition PersistentVolume StorageClass \
        PriorityClass IngressClass ClusterIssuer ClusterSecretStore MutatingWebhookConfiguration \
        ValidatingWebhookConfiguration APIService Node RuntimeClass CSIDriver";
    lists(KINDS, kind)
}

/// Takes out of both sides what is the same object.
pub(super) fn same(sides: &mut Sides) -> Vec<(Standing, Standing)> {
    let mut out = Vec::new();
    take(sides, &mut out, &Key::clone);
    // An API group or a namespace that is now spelt out is no other object.
    take(sides, &mut out, &|(environment, id)| {
        (environment.clone(), ResourceId { group: String::new(), ..id.clone() })
    });
    take(sides, &mut out, &|(environment, id)| {
        (environment.clone(), ResourceId { group: String::new(), namespace: None, ..id.clone() })
    });
    out
}

fn take(sides: &mut Sides, out: &mut Vec<(Standing, Standing)>, seen_as: &dyn Fn(&Key) -> Key) {
    let mut candidates: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for key in sides.after.keys() {
        candidates.entry(seen_as(key)).or_default().push(key.clone());
    }
    let keys: Vec<Key> = sides.before.keys().cloned().collect();
    for key in keys {
        for candidate in candidates.get(&seen_as(&key)).into_iter().flatten() {
            let (Some(ones), Some(others)) = (sides.before.get_mut(&key), sides.after.get_mut(candidate))
            else {
                continue;
            };
            in_same_file(ones, others, out);
            in_other_files(ones, others, out);
        }
    }
    drop_empty(&mut sides.before);
    drop_empty(&mut sides.after);
}

fn drop_empty(standings: &mut Standings) {
    standings.retain(|_, list| !list.is_empty());
}

fn in_same_file(ones: &mut Vec<Standing>, others: &mut Vec<Standing>, out: &mut Vec<(Standing, Standing)>) {
    let mut kept = Vec::new();
    for one in ones.drain(..) {
        match others.iter().position(|other| other.path == one.path) {
            Some(at) => out.push((one, others.remove(at))),
            None => kept.push(one),
        }
    }
    *ones = kept;
}

/// Pairs what was moved. Where no namespace tells two applications' objects apart, the substance has to.
fn in_other_files(ones: &mut Vec<Standing>, others: &mut Vec<Standing>, out: &mut Vec<(Standing, Standing)>) {
    let mut kept = Vec::new();
    for one in ones.drain(..) {
        let id = &one.resource.id;
        let certain = id.namespace.is_some() || is_cluster_wide(&id.kind);
        let at = others.iter().take(16).position(|other| {
            certain || one.path.folder() == other.path.folder() || is_alike(&one.resource, &other.resource)
        });
        match at {
            Some(at) => out.push((one, others.remove(at))),
            None => kept.push(one),
        }
    }
    *ones = kept;
}

/// One gone and one new of the same kind with nearly the same substance: the old name is lost, the thing is not.
pub(super) fn renamed(removed: &mut Vec<Standing>, added: &mut Vec<Standing>) -> Vec<(Standing, Standing)> {
    let bucket =
        |standing: &Standing| (standing.environment_name().to_owned(), standing.resource.id.kind.clone());
    let mut come: BTreeMap<_, Vec<Candidate>> = BTreeMap::new();
    for standing in added.drain(..) {
        let bucket = bucket(&standing);
        come.entry(bucket)
            .or_default()
            .push(Candidate { standing: Some(standing), substance: OnceCell::new() });
    }
    let mut out = Vec::new();
    let mut kept = Vec::new();
    let mut comparisons = 0;
    for gone in removed.drain(..) {
        let own = substance(&gone.resource);
        let candidates = come.get_mut(&bucket(&gone)).map(Vec::as_mut_slice).unwrap_or_default();
        let twin = candidates.iter_mut().find(|candidate| {
            comparisons += 1;
            comparisons <= MOST_COMPARISONS && candidate.has(&own)
        });
        match twin.and_then(|candidate| candidate.standing.take()) {
            Some(after) => out.push((gone, after)),
            None => kept.push(gone),
        }
    }
    *removed = kept;
    *added = come.into_values().flatten().filter_map(|candidate| candidate.standing).collect();
    out
}

/// Something new that may be something old under another name.
struct Candidate {
    /// `None`: it has been paired.
    standing: Option<Standing>,
    substance: OnceCell<Substance>,
}

impl Candidate {
    fn has(&self, other: &Substance) -> bool {
        self.standing.as_ref().is_some_and(|standing| {
            shares(other, self.substance.get_or_init(|| substance(&standing.resource)))
        })
    }
}

type Substance = BTreeMap<String, String>;

/// What a resource says besides its header, with its own name taken out wherever it is repeated.
fn substance(resource: &Resource) -> Substance {
    const HEADER: [&str; 4] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];
    let name = resource.id.name.as_str();
    let bare = |text: &str| if name.len() > 1 { text.replace(name, "\u{0}") } else { text.to_owned() };
    leaves(&resource.body)
        .into_iter()
        .filter(|(path, _)| !HEADER.contains(&path.as_str()))
        .map(|(path, (value, _))| (bare(&path), bare(&value)))
        .collect()
}

/// At least three quarters of the values are the same; of a few, all.
fn shares(one: &Substance, other: &Substance) -> bool {
    let most = one.len().max(other.len());
    let shared = one.iter().filter(|(path, value)| other.get(*path) == Some(value)).count();
    most > 0 && if most < 4 { shared == most } else { shared * 4 >= most * 3 }
}

/// At least half of the values are the same: one object that was moved and edited.
fn is_alike(one: &Resource, other: &Resource) -> bool {
    let (one, other) = (substance(one), substance(other));
    let shared = one.iter().filter(|(path, value)| other.get(*path) == Some(value)).count();
    shared * 2 >= one.len().max(other.len())
}
