//! Fetching what a clone lacks: the one place that talks to a remote, and only where it is asked to.
//!
//! In: a remote and refspecs. Out: the objects are there, or why not. Nothing else moves: no tags, no `FETCH_HEAD`, no
//! pruning, no submodules.

use std::path::Path;
use std::time::Duration;

use super::program::{Network, Program};
use crate::change::push::without_credentials;
use crate::change::{ReadError, ReadErrorKind};
use crate::env::Environment;
use crate::source::escape_line;

/// What a remote may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Fetches refspecs of a remote (its name or a URL) into the repository around `folder`, with the credentials that the
/// user's git is set up with. `depth` cuts the history of what is fetched; 0 does not.
pub fn fetch(folder: &Path, remote: &str, refspecs: &[String], depth: u32) -> Result<(), ReadError> {
    let program = Program::find(folder, Environment::read().git_is_told)?.with_network(Network::Allowed);
    let depth = format!("--depth={depth}");
    let mut arguments = vec![
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-prune",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
    ];
    if depth != "--depth=0" {
        arguments.push(&depth);
    }
    arguments.extend(["--end-of-options", remote]);
    arguments.extend(refspecs.iter().map(String::as_str));
    let shown = escape_line(&without_credentials(remote)).into_owned();
    let what = |why: &str| ReadError::new(ReadErrorKind::Other, format!("fetching from {shown}: {why}"));
    let answer = program
        .run(&arguments, Vec::new(), PATIENCE)
        .map_err(|error| ReadError { what: what(&error.what).what, ..error })?;
    if answer.code == Some(0) {
        return Ok(());
    }
    Err(what(&answer.without(remote, &shown).complaint()))
}
