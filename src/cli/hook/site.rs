//! Where the hooks of a repository live, as the installed git sees it, and what lies there.
//!
//! In: a folder inside a repository. Out: a [`HookSite`]. Asks git and reads; changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::manager::Manager;
use super::wrapper::Wrapper;

#[expect(clippy::disallowed_types, reason = "asks git where hooks lie")]
type Command = std::process::Command;

/// Why a hook could not be looked at or changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookError {
    /// The machine's.
    #[error("git could not be started: {0}")]
    NoGit(io::Error),
    /// The caller's, mostly: no repository here.
    #[error("git {command}: {message}")]
    Git { command: String, message: String },
    /// The machine's.
    #[error("{doing} {}: {error}", path.display())]
    File { doing: &'static str, path: PathBuf, error: io::Error },
    /// The repository's: `core.hooksPath` names something else than a folder, which switches all hooks off.
    #[error("{} is no folder, so git runs no hooks at all; see `git config --show-origin core.hooksPath`", .0.display())]
    NotAFolder(PathBuf),
    /// The machine's: what was written does not run, and was taken away before it got its name.
    #[error("a hook in {} would not run: {message}", folder.display())]
    SelfTest { folder: PathBuf, message: String },
    /// Two hooks want the one place for the hook that was there before.
    #[error("{} holds a hook from an earlier `--chain` already: merge the two by hand, then install again", .0.display())]
    ChainTaken(PathBuf),
}

impl HookError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::File { doing, path, error }
    }
}

/// What git's configuration says about the hooks folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HooksPath {
    /// As written.
    pub value: String,
    /// `local`, `worktree`, `global`, `system` or `command`.
    pub scope: String,
}

impl HooksPath {
    /// A relative path means another folder in every work tree.
    pub(super) fn is_relative(&self) -> bool {
        !self.value.starts_with('~') && !Path::new(&self.value).is_absolute()
    }
}

/// Whose folder the hooks folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody's but this repository's: below the git directory, ignored by git, or named by this repository alone.
    Private,
    /// husky writes it anew at every install.
    Husky,
    /// Files in it would be committed.
    InTree,
    /// A user's or machine's setting: hooks in it run for every repository.
    Shared,
}

/// What lies where a hook would lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HookFile {
    Absent,
    Ours(Wrapper),
    Foreign(Option<Manager>),
}

/// The place of the pre-push hook of one repository.
#[derive(Debug, Clone)]
pub(super) struct HookSite {
    /// The folder that git runs hooks from.
    pub hooks: HooksFolder,
    /// The folder that git would run hooks from if no `core.hooksPath` were set.
    pub default_hooks: HooksFolder,
    pub owner: Owner,
    pub hooks_path: Option<HooksPath>,
    /// The work tree's top; none in a bare repository.
    pub work_tree: Option<PathBuf>,
    /// Every work tree of the repository, this one included.
    pub work_trees: Vec<PathBuf>,
}

impl HookSite {
    /// Asks git where the repository around `start` has its hooks.
    pub(super) fn find(start: &Path) -> Result<Self, HookError> {
        let work_tree = match git(start, &["rev-parse", "--is-inside-work-tree"])?.as_str() {
            "true" => Some(path(git(start, &["rev-parse", "--show-toplevel"])?)),
            _ => None,
        };
        let git_dir = path(git(start, &["rev-parse", "--path-format=absolute", "--git-common-dir"])?);
        // In a bare repository git takes a relative `core.hooksPath` from where it stands.
        let top = work_tree.as_ref().unwrap_or(&git_dir);
        let hooks = path(git(top, &["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?);
        let hooks_path = match git(top, &["config", "--null", "--show-scope", "--get", "core.hooksPath"]) {
            Ok(answer) => answer.split_once('\0').map(|(scope, value)| HooksPath {
                value: value.trim_end_matches('\0').to_owned(),
                scope: scope.to_owned(),
            }),
            Err(HookError::Git { .. }) => None,
            Err(error) => return Err(error),
        };
        let owner = owner_of(&hooks, &git_dir, work_tree.as_deref(), hooks_path.as_ref())?;
        let listed = git(top, &["worktree", "list", "--porcelain", "-z"]).unwrap_or_default();
        let work_trees =
            listed.split('\0').filter_map(|line| line.strip_prefix("worktree ")).map(PathBuf::from);
        Ok(Self {
            hooks: HooksFolder(hooks),
            default_hooks: HooksFolder(git_dir.join("hooks")),
            owner,
            hooks_path,
            work_trees: work_trees.collect(),
            work_tree,
        })
    }
}

/// A folder with hooks in it, and the names in it that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HooksFolder(pub PathBuf);

impl HooksFolder {
    pub(super) fn hook(&self) -> PathBuf {
        self.0.join("pre-push")
    }

    /// Where `install --chain` keeps the hook that was there before; the wrapper looks for this very name.
    pub(super) fn chained(&self) -> PathBuf {
        self.0.join("pre-push.deploy-guard-chained")
    }

    /// Where pre-commit and prek keep a hook that they found, and run it.
    pub(super) fn legacy(&self) -> PathBuf {
        self.0.join("pre-push.legacy")
    }

    /// Where lefthook keeps a hook that it found, and does not run it.
    pub(super) fn old(&self) -> PathBuf {
        self.0.join("pre-push.old")
    }
}

/// Looks at one place for a hook.
pub(super) fn look(place: &Path) -> Result<HookFile, HookError> {
    match std::fs::symlink_metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HookFile::Absent),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(HookError::NotAFolder(place.parent().unwrap_or(place).to_path_buf()));
        }
        Err(error) => return Err(HookError::file("reading", place)(error)),
        Ok(found) if found.is_dir() => return Ok(HookFile::Foreign(None)),
        Ok(_) => {}
    }
    match std::fs::read(place) {
        Ok(bytes) => Ok(match Wrapper::read(&bytes) {
            Some(wrapper) => HookFile::Ours(wrapper),
            None => HookFile::Foreign(Manager::wrote(&bytes)),
        }),
        // A link to nothing is somebody's all the same.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HookFile::Foreign(None)),
        Err(error) => Err(HookError::file("reading", place)(error)),
    }
}

fn owner_of(
    hooks: &Path,
    git_dir: &Path,
    work_tree: Option<&Path>,
    setting: Option<&HooksPath>,
) -> Result<Owner, HookError> {
    let Some(setting) = setting else { return Ok(Owner::Private) };
    if hooks.ends_with(".husky/_") || hooks.ends_with(".husky") {
        return Ok(Owner::Husky);
    }
    let place = resolved(hooks);
    if place.starts_with(resolved(git_dir)) {
        return Ok(Owner::Private);
    }
    if let Some(top) = work_tree.filter(|top| place.starts_with(resolved(top))) {
        let hook = hooks.join("pre-push");
        let ignored = succeeds(top, &["check-ignore", "--quiet", "--"], &hook)?;
        let tracked = ignored && succeeds(top, &["ls-files", "--error-unmatch", "--"], hooks)?;
        return Ok(if ignored && !tracked { Owner::Private } else { Owner::InTree });
    }
    Ok(if matches!(setting.scope.as_str(), "global" | "system") { Owner::Shared } else { Owner::Private })
}

/// The path with links resolved as far as it exists.
fn resolved(place: &Path) -> PathBuf {
    let mut rest = Vec::new();
    for ancestor in place.ancestors() {
        if let Ok(found) = ancestor.canonicalize() {
            return rest.iter().rev().fold(found, |path: PathBuf, part| path.join(part));
        }
        rest.extend(ancestor.file_name());
    }
    place.to_path_buf()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

/// What git prints, without its last line break.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Result<String, HookError> {
    let output = command(folder, arguments).output().map_err(HookError::NoGit)?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(HookError::Git { command: arguments.join(" "), message });
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// Whether git answers a question about a path with yes.
fn succeeds(folder: &Path, arguments: &[&str], about: &Path) -> Result<bool, HookError> {
    let output = command(folder, arguments).arg(about).output().map_err(HookError::NoGit)?;
    Ok(output.status.success())
}

fn path(text: String) -> PathBuf {
    PathBuf::from(text)
}
