//! Python: requirements files, setup scripts, Pipenv, PEP 621, Poetry, uv, PDM, conda.

mod conda;
mod constraint;
mod lock;
mod pipfile;
mod pyproject;
mod requirement;
mod requirements_file;
mod setup_cfg;
mod setup_py;

use super::Pin;
use super::pin::is_templated;

pub(super) use conda::environment;
pub(super) use lock::{lock, pipfile_lock};
pub(super) use pipfile::pipfile;
pub(super) use pyproject::pyproject;
pub(super) use requirement::Requirement;
pub(super) use requirements_file::requirements;
pub(super) use setup_cfg::setup_cfg;
pub(super) use setup_py::setup_py;

/// A name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` as one `-`.
pub(super) fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    out
}

/// What a PEP 440 specifier holds. One exact clause among several holds the version all the same.
pub(super) fn pin_of_specifier(specifier: &str) -> Pin {
    let specifier = specifier.trim();
    if specifier.is_empty() || specifier == "*" {
        return Pin::Unbounded;
    }
    if is_templated(specifier) || specifier.contains(['{', '%', '$']) {
        // Whatever stands for it, `==` lets one version through.
        let held = specifier.starts_with("==") && !specifier.contains([',', '*']);
        return if held { Pin::of_variable(specifier) } else { Pin::Unknown(specifier.to_owned()) };
    }
    for clause in specifier.split(',') {
        if let Some(version) = clause.trim().strip_prefix("==") {
            let version = version.strip_prefix('=').unwrap_or(version).trim();
            if !version.is_empty() && !version.ends_with('*') && !version.contains(char::is_whitespace) {
                return Pin::Exact(version.to_owned());
            }
        }
    }
    Pin::Range(specifier.to_owned())
}

/// What Poetry's own grammar holds: a bare version is exact.
pub(super) fn pin_of_poetry(constraint: &str) -> Pin {
    let constraint = constraint.trim();
    let bare = constraint.trim_start_matches(['=', ' ']);
    let plain =
        bare.chars().all(|character| character.is_ascii_alphanumeric() || ".-+!_".contains(character));
    if matches!(constraint, "" | "*" | "latest") {
        Pin::Unbounded
    } else if is_templated(constraint) {
        Pin::Unknown(constraint.to_owned())
    } else if plain && bare.starts_with(|character: char| character.is_ascii_digit()) {
        Pin::Exact(bare.to_owned())
    } else {
        pin_of_specifier(constraint)
    }
}

/// What conda's grammar holds. `=1.2` means `1.2.*`; with three numbers or a build nothing is left to choose.
pub(super) fn pin_of_conda(specifier: &str) -> Pin {
    let specifier = specifier.trim();
    let Some(fuzzy) = specifier.strip_prefix('=').filter(|rest| !rest.starts_with('=')) else {
        return pin_of_specifier(specifier);
    };
    let (version, build) = fuzzy.split_once('=').unwrap_or((fuzzy, ""));
    let complete = version.split('.').count() >= 3 && !version.contains('*');
    if is_templated(specifier) || specifier.contains('$') {
        Pin::Unknown(specifier.to_owned())
    } else if complete || !build.is_empty() && build != "*" {
        Pin::Exact(version.to_owned())
    } else {
        Pin::Range(specifier.to_owned())
    }
}
