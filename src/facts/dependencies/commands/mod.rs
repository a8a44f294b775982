//! Commands that install packages, in Dockerfiles, CI files and shell scripts.
//!
//! In: the raw text of such a file. Out: the packages that its commands name. The text is read as it stands, templates
//! and all; only what begins a command counts, so neither comments nor echoed strings do.

mod argument;
mod install;
mod installer;
mod scripts;
mod shell;
mod variables;

use super::piece::Piece;
use super::{Extracted, FileKind};
use crate::source::RepoPath;

pub(super) fn commands(kind: FileKind, text: Piece<'_>, path: Option<&RepoPath>) -> Extracted {
    let scripts = match kind {
        FileKind::Dockerfile => scripts::of_dockerfile(text),
        FileKind::CiWorkflow if path.is_some_and(|path| path.file_name().starts_with("Jenkinsfile")) => {
            scripts::of_jenkinsfile(text)
        }
        FileKind::CiWorkflow => scripts::of_workflow(text),
        _ => vec![text],
    };
    let mut reader = install::Reader::new(text);
    for script in scripts {
        for command in shell::commands(script) {
            reader.read(&command, 0);
        }
    }
    reader.out
}
