//! The program and the files that a command's words name: what runs has to be what was reviewed, and not its words alone.
//!
//! In: words, the released folder, digests of the reviewed side. Out: where the program is, and a file that is another
//! one than was reviewed. It is looked at right before the program starts and at its own place, so that a script still
//! finds what lies beside it. What a program loads without being told (a Makefile, a script of a script) is not seen.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::env;
use crate::probe::{Release, digest};
use crate::source::RepoPath;

/// Over this no file of a repository is read.
const LARGEST: u64 = 5 * 1024 * 1024;

/// Where the program is. A path is meant from the folder that it runs in, on every platform; a bare name is looked for in
/// PATH, of which only whole paths count: `.` would be a folder of the change.
pub(super) fn program(word: &str, folder: &Path) -> Option<PathBuf> {
    if !is_bare(word) {
        return Some(folder.join(word));
    }
    if !cfg!(unix) {
        return Some(PathBuf::from(word));
    }
    let places = env::search_path().into_iter().filter(|place| place.is_absolute());
    places.map(|place| place.join(word)).find(|place| is_program(place))
}

pub(super) fn is_bare(word: &str) -> bool {
    Path::new(word).components().count() <= 1 && !word.starts_with('.')
}

#[cfg(unix)]
fn is_program(place: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    place.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(place: &Path) -> bool {
    place.is_file()
}

/// The files of the folder that words name: the program, each word, and what stands in a word for a shell.
pub(super) fn named(words: &[String], folder: &Path) -> Vec<RepoPath> {
    let mut found = BTreeSet::new();
    for (number, word) in words.iter().enumerate() {
        if number == 0 {
            found.extend(program(word, folder).and_then(|place| inside(&place, folder)));
            continue;
        }
        let parts = word.split(|c: char| c.is_whitespace() || "=,:;&|()<>{}$`'\"".contains(c));
        let all = std::iter::once(word.as_str()).chain(parts).filter(|part| !part.is_empty());
        found.extend(all.filter_map(|part| inside(&folder.join(part), folder)));
    }
    found.into_iter().collect()
}

/// A file that is not as it was reviewed.
pub(super) fn changed(words: &[String], release: &Release) -> Option<RepoPath> {
    let reviewed = release.reviewed.as_ref()?;
    named(words, &release.folder).into_iter().find(|path| {
        let present = read(&release.folder.join(&*path.lossy()));
        present.is_none() || reviewed.get(path) != present.as_ref()
    })
}

/// The digest of what is there now.
fn read(place: &Path) -> Option<String> {
    let about = place.metadata().ok()?;
    // Whatever else it is may have to be waited for.
    if !about.is_file() || about.len() > LARGEST {
        return None;
    }
    std::fs::read(place).ok().map(|bytes| digest(&bytes))
}

/// Its path in the folder, where something is there that is no folder; by its name, or by where its links lead.
fn inside(place: &Path, folder: &Path) -> Option<RepoPath> {
    place.symlink_metadata().ok().filter(|_| !place.is_dir())?;
    let by_name = plain(place);
    if let Ok(path) = by_name.strip_prefix(plain(folder)) {
        return repo_path(path);
    }
    repo_path(place.canonicalize().ok()?.strip_prefix(folder.canonicalize().ok()?).ok()?)
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn repo_path(path: &Path) -> Option<RepoPath> {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/").as_str().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_every_way_to_name_a_file_of_the_folder_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("work");
        std::fs::create_dir_all(folder.join("ops")).unwrap();
        std::fs::write(folder.join("ops/smoke.sh"), "x").unwrap();
        let whole = folder.join("ops/smoke.sh").display().to_string();
        for words in [
            vec!["./ops/smoke.sh"],
            vec!["ops/../ops/smoke.sh"],
            vec![whole.as_str()],
            vec!["../work/ops/smoke.sh"],
            vec!["sh", "ops/smoke.sh", "prod"],
            vec!["sh", "-c", "cd . && ./ops/smoke.sh --env prod"],
            vec!["python3", "--script=ops/smoke.sh"],
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(named(&words, &folder), [RepoPath::from("ops/smoke.sh")], "{words:?}");
        }
        for words in [vec!["sh", "ops", "prod"], vec!["ops/none.sh"], vec!["sh", "/bin/sh", ".."]] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(named(&words, &folder), [], "{words:?}");
        }
    }
}
