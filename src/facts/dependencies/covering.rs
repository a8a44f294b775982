//! Where the lock that covers a manifest may live.
//!
//! In: the path of a manifest and its kind. Out: paths to look at, the nearest first. Must not look.

use super::FileKind;
use crate::source::RepoPath;

/// Where a lock that holds this manifest's packages may live, the nearest first. Empty for a lock and for what has none.
pub fn covering_locks(manifest: &RepoPath, kind: FileKind) -> Vec<RepoPath> {
    let name = manifest.file_name().into_owned();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
    let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    // NOTE: workspaces keep one lock for all members, at their root; only these are looked for further up.
    let (beside, above): (Vec<String>, Vec<String>) = match kind {
        FileKind::Requirements if extension == "lock" => (Vec::new(), Vec::new()),
        FileKind::Requirements if extension == "in" => {
            (vec![format!("{stem}.txt"), "constraints.txt".to_owned()], Vec::new())
        }
        FileKind::Requirements => (
            vec![format!("{stem}.lock"), "constraints.txt".to_owned(), "requirements.lock".to_owned()],
            Vec::new(),
        ),
        FileKind::Pipfile => (fixed(&["Pipfile.lock"]), Vec::new()),
        FileKind::Pyproject | FileKind::SetupPy | FileKind::SetupCfg => (
            fixed(&[
                "uv.lock",
                "poetry.lock",
                "pdm.lock",
                "pylock.toml",
                "Pipfile.lock",
                "requirements.lock",
                "requirements.txt",
            ]),
            fixed(&["uv.lock"]),
        ),
        FileKind::PackageJson | FileKind::PnpmWorkspace => {
            let locks =
                ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"];
            (fixed(&locks), fixed(&locks))
        }
        FileKind::GradleBuild => (fixed(&["gradle.lockfile"]), Vec::new()),
        FileKind::CargoToml => (fixed(&["Cargo.lock"]), fixed(&["Cargo.lock"])),
        FileKind::Gemfile if name == "gems.rb" => (fixed(&["gems.locked"]), Vec::new()),
        FileKind::Gemfile => (vec![format!("{name}.lock")], Vec::new()),
        FileKind::Gemspec => (fixed(&["Gemfile.lock", "gems.locked"]), Vec::new()),
        FileKind::DotNetProject => (fixed(&["packages.lock.json"]), Vec::new()),
        FileKind::ComposerJson => (fixed(&["composer.lock"]), Vec::new()),
        FileKind::MixExs => (fixed(&["mix.lock"]), fixed(&["mix.lock"])),
        _ => (Vec::new(), Vec::new()),
    };
    let mut folder = manifest.folder().into_owned();
    let mut found: Vec<_> = beside.iter().map(|name| inside(&folder, name)).collect();
    while !above.is_empty() && !folder.is_empty() {
        folder.truncate(folder.rfind('/').unwrap_or(0));
        found.extend(above.iter().map(|name| inside(&folder, name)));
    }
    found
}

fn inside(folder: &str, name: &str) -> RepoPath {
    if folder.is_empty() { RepoPath::from(name) } else { RepoPath::new(format!("{folder}/{name}")) }
}

#[cfg(test)]
mod tests {
    use super::super::is_lock;
    use super::*;

    #[test]
    fn a_workspace_member_is_covered_by_a_lock_further_up() {
        let locks = covering_locks(&"crates/ingest/Cargo.toml".into(), FileKind::CargoToml);
        let expected: Vec<RepoPath> =
            ["crates/ingest/Cargo.lock", "crates/Cargo.lock", "Cargo.lock"].map(RepoPath::from).to_vec();
        assert_eq!(locks, expected);
    }

    #[test]
    fn a_gemfile_is_covered_by_the_lock_of_its_own_name() {
        let locks = covering_locks(&"gemfiles/rails.gemfile".into(), FileKind::Gemfile);
        assert_eq!(locks, [RepoPath::from("gemfiles/rails.gemfile.lock")]);
        assert_eq!(covering_locks(&"Gemfile".into(), FileKind::Gemfile), [RepoPath::from("Gemfile.lock")]);
    }

    #[test]
    fn compiled_requirements_cover_their_source() {
        let locks = covering_locks(&"requirements/base.in".into(), FileKind::Requirements);
        assert_eq!(locks.first(), Some(&RepoPath::from("requirements/base.txt")));
    }

    #[test]
    fn a_lock_is_covered_by_nothing() {
        for kind in FileKind::ALL.into_iter().filter(|kind| is_lock(*kind)) {
            assert!(covering_locks(&"a/b".into(), kind).is_empty(), "{kind:?}");
        }
    }
}
