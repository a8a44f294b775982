//! What a change reaches: as a person says it, and what it is known by.

use sha2::{Digest, Sha256};

use super::Reached;

/// The environments that the files reach, each once: `production`, `eu, us and dr`.
pub(super) fn environments(reached: &[&Reached]) -> String {
    let mut names: Vec<&str> = reached
        .iter()
        .filter_map(|file| file.environment.as_ref().map(|environment| environment.name.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "this environment".to_owned() } else { listed(&names) }
}

/// What stands at the place where the first of the files changes.
pub(super) fn label(reached: &[&Reached]) -> String {
    let environments = environments(reached);
    match reached.len() {
        0 | 1 => format!("this reaches {environments}"),
        2 => format!("this and one more file reach {environments}"),
        more => format!("this and {} more files reach {environments}", more - 1),
    }
}

/// `steps, triggers and an owner`.
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What these files hold after the change: a waiver for one change is none for the next.
pub(super) fn substance(reached: &[&Reached]) -> String {
    let mut hash = Sha256::new();
    for file in reached {
        hash.update(file.path.bytes());
        hash.update([0]);
        hash.update(&file.label.text);
        hash.update([0]);
        hash.update(Sha256::digest(file.label.source.text()));
    }
    format!("{:x?}", hash.finalize())
}
