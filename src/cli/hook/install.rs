//! Puts the hook in place and takes it away again.
//!
//! In: a [`HookSite`] and what is wanted. Out: what was done, or whose hook is in the way. Prints nothing and asks nothing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use super::manager::Manager;
use super::site::{HookError, HookFile, HookSite, HooksFolder, Owner, look};
use super::wrapper::{IfMissing, Wrapper};

#[expect(clippy::disallowed_types, reason = "tries the hook that it has written")]
type Command = std::process::Command;

/// What to do with a hook that somebody else put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Existing {
    #[default]
    Refuse,
    /// Run it first, with the same arguments and its own copy of stdin.
    Chain,
    /// Put it aside. Also consents to a folder that serves every repository.
    Replace,
}

#[derive(Debug, Clone, Default)]
pub(super) struct InstallRequest {
    /// The binary to record.
    pub binary: Option<PathBuf>,
    pub existing: Existing,
    /// Without one, an installed hook keeps its setting.
    pub if_missing: Option<IfMissing>,
}

/// What an installation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Installation {
    Installed {
        hook: PathBuf,
        /// The hook that runs first, where there is one.
        chained: Option<PathBuf>,
        /// Where `--force` put the hook that was there.
        replaced: Option<PathBuf>,
    },
    /// Ours was there with other settings or from another version.
    Updated {
        hook: PathBuf,
    },
    AlreadyInstalled {
        hook: PathBuf,
    },
    /// Nothing was changed.
    ForeignHook {
        hook: PathBuf,
        by: Option<Manager>,
        ways: Vec<Way>,
    },
    /// Nothing was changed: the hooks folder is not this repository's alone.
    ForeignFolder {
        folder: PathBuf,
        owner: Owner,
        ways: Vec<Way>,
    },
}

/// A way out of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Chain,
    /// One line or block for the program that owns the hook; without one, for a script.
    Snippet(Option<Manager>),
    Force,
}

impl HookSite {
    /// Writes the hook, unless that would disturb what somebody else put there.
    pub(super) fn install(&self, request: &InstallRequest) -> Result<Installation, HookError> {
        let consented = request.existing == Existing::Replace;
        let ways = match self.owner {
            Owner::Husky => Some(vec![Way::Snippet(Some(Manager::Husky))]),
            Owner::InTree => Some(vec![Way::Snippet(None)]),
            Owner::Shared if !consented => Some(vec![Way::Snippet(None), Way::Force]),
            Owner::Shared | Owner::Private => None,
        };
        if let Some(ways) = ways {
            return Ok(Installation::ForeignFolder { folder: self.hooks.0.clone(), owner: self.owner, ways });
        }
        let hook = self.hooks.hook();
        match look(&hook)? {
            HookFile::Absent => self.put(&hook, request),
            HookFile::Ours(found) => refresh(hook, &found, request),
            HookFile::Foreign(by) => self.install_beside(hook, by, request),
        }
    }

    fn put(&self, place: &Path, request: &InstallRequest) -> Result<Installation, HookError> {
        Candidate::write(&self.hooks, &request.wrapper(IfMissing::Block))?.publish(place)?;
        let chained = self.hooks.chained();
        let chained = (look(&chained)? != HookFile::Absent).then_some(chained);
        Ok(Installation::Installed { hook: place.to_path_buf(), chained, replaced: None })
    }

    fn install_beside(
        &self,
        hook: PathBuf,
        by: Option<Manager>,
        request: &InstallRequest,
    ) -> Result<Installation, HookError> {
        // Putting ourselves before these two ends with their next `install`: it moves us to `.legacy`, from where we
        // would run them again. The place they leave for others is the one that lasts.
        let place = if by.is_some_and(Manager::runs_legacy) { self.hooks.legacy() } else { hook.clone() };
        let behind = place != hook;
        let there = if behind { look(&place)? } else { HookFile::Foreign(by) };
        if let HookFile::Ours(found) = &there {
            return refresh(place, found, request);
        }
        match request.existing {
            Existing::Chain if !(behind && cfg!(windows)) => {
                if there == HookFile::Absent {
                    return self.put(&place, request);
                }
                let chained = self.hooks.chained();
                if look(&chained)? != HookFile::Absent {
                    return Err(HookError::ChainTaken(chained));
                }
                self.swap(&place, &chained, request)?;
                Ok(Installation::Installed { hook: place, chained: Some(chained), replaced: None })
            }
            Existing::Replace => {
                let aside = self.free_name()?;
                self.swap(&hook, &aside, request)?;
                Ok(Installation::Installed { hook, chained: None, replaced: Some(aside) })
            }
            Existing::Chain | Existing::Refuse => {
                let chain = (!(behind && cfg!(windows))).then_some(Way::Chain);
                let ways = chain.into_iter().chain([Way::Snippet(by), Way::Force]).collect();
                Ok(Installation::ForeignHook { hook, by, ways })
            }
        }
    }

    /// Moves what is at `place` to `aside` and ours to `place`.
    fn swap(&self, place: &Path, aside: &Path, request: &InstallRequest) -> Result<(), HookError> {
        let candidate = Candidate::write(&self.hooks, &request.wrapper(IfMissing::Block))?;
        let moving = || HookError::file("moving", place);
        // A second name first leaves no moment without a hook; a link would be followed by some systems.
        let is_file = std::fs::symlink_metadata(place).map_err(moving())?.is_file();
        if is_file && std::fs::hard_link(place, aside).is_ok() {
            return candidate.publish(place).inspect_err(|_| drop(std::fs::remove_file(aside)));
        }
        std::fs::rename(place, aside).map_err(moving())?;
        candidate.publish(place).inspect_err(|_| drop(std::fs::rename(aside, place)))
    }

    fn free_name(&self) -> Result<PathBuf, HookError> {
        let first = self.hooks.0.join("pre-push.deploy-guard-replaced");
        let numbered =
            (2..100).map(|number| self.hooks.0.join(format!("pre-push.deploy-guard-replaced.{number}")));
        for name in std::iter::once(first.clone()).chain(numbered) {
            if look(&name)? == HookFile::Absent {
                return Ok(name);
            }
        }
        Err(HookError::file("choosing a name for", &first)(io::ErrorKind::AlreadyExists.into()))
    }
}

impl InstallRequest {
    fn wrapper(&self, otherwise: IfMissing) -> Wrapper {
        Wrapper::new(self.binary.as_deref(), self.if_missing.unwrap_or(otherwise))
    }
}

fn refresh(place: PathBuf, found: &Wrapper, request: &InstallRequest) -> Result<Installation, HookError> {
    let wanted = request.wrapper(found.if_missing);
    let bytes = std::fs::read(&place).map_err(HookError::file("reading", &place))?;
    if bytes == wanted.render().as_bytes() && is_executable(&place)? {
        return Ok(Installation::AlreadyInstalled { hook: place });
    }
    let folder = HooksFolder(place.parent().unwrap_or(&place).to_path_buf());
    Candidate::write(&folder, &wanted)?.publish(&place)?;
    Ok(Installation::Updated { hook: place })
}

/// A hook that is written and has run once, but not under its name yet.
struct Candidate(tempfile::TempPath);

impl Candidate {
    /// Writes the text beside its later place and runs it there: a folder that can't execute is found out before
    /// anything has changed.
    fn write(folder: &HooksFolder, wrapper: &Wrapper) -> Result<Self, HookError> {
        let HooksFolder(folder) = folder;
        std::fs::create_dir_all(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                HookError::NotAFolder(folder.clone())
            }
            _ => HookError::file("creating", folder)(error),
        })?;
        let writing = || HookError::file("writing a hook in", folder);
        let mut file = tempfile::Builder::new().prefix(".pre-push-").tempfile_in(folder).map_err(writing())?;
        file.write_all(wrapper.render().as_bytes()).map_err(writing())?;
        make_executable(file.as_file()).map_err(writing())?;
        file.as_file().sync_all().map_err(writing())?;
        // Closed first: a file that is open for writing can't be executed.
        let place = file.into_temp_path();
        self_test(&place).map_err(|message| HookError::SelfTest { folder: folder.clone(), message })?;
        Ok(Self(place))
    }

    fn publish(self, place: &Path) -> Result<(), HookError> {
        self.0.persist(place).map_err(|error| HookError::file("writing", place)(error.error))
    }
}

/// Runs the hook as git would, with the one argument that makes it answer instead of judging.
pub(super) fn self_test(hook: &Path) -> Result<(), String> {
    let mut command = if cfg!(windows) {
        // Windows runs no scripts by their first line; git brings the shell that it runs hooks with.
        let mut git = Command::new("git");
        git.args(["-c", r#"alias.run-hook=!f() { "$@"; }; f"#, "run-hook"]).arg(hook);
        git
    } else {
        Command::new(hook)
    };
    let answer: io::Result<Output> = command.arg("--self-test").stdin(Stdio::null()).output();
    match answer {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim();
            Err(if said.is_empty() { output.status.to_string() } else { said.to_owned() })
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(unix)]
fn make_executable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Whether git would run the file rather than ignore it.
#[cfg(unix)]
pub(super) fn is_executable(place: &Path) -> Result<bool, HookError> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = std::fs::metadata(place).map_err(HookError::file("reading", place))?;
    Ok(found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_executable(_: &Path) -> Result<bool, HookError> {
    Ok(true)
}
