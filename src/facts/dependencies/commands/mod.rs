//! Commands that install packages, in Dockerfiles, CI files and shell scripts.
//!
//! In: the raw text of such a file. Out: the packages that its commands name. The text is read as it stands, templates
//! and all; only what begins a command counts, so neither comments nor echoed strings do.

mod argument;
mod install;
mod scripts;
mod shell;
mod variables;

use super::piece::Piece;
use super::{Extracted, FileKind};
use crate::source::RepoPath;

pub(super) fn commands(kind: FileKind, text: Piece<'_>, path: Option<&RepoPath>) -> Extracted {
    let mut out = Extracted::default();
    let scripts = match kind {
        FileKind::Dockerfile => scripts::of_dockerfile(text),
        FileKind::CiWorkflow if path.is_some_and(|path| path.file_name().starts_with("Jenkinsfile")) => {
            scripts::of_jenkinsfile(text)
        }
        FileKind::CiWorkflow => scripts::of_workflow(text),
        _ => vec![text],
    };
    let mut variables = None;
    for script in scripts {
        for command in shell::commands(script) {
            let variables = variables.get_or_insert_with(|| variables::Variables::read(text));
            install::read(&command, variables, &mut out, 0);
        }
    }
    out
}
