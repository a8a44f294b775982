//! Says whether the guard stands before a push, and what is in its way.
//!
//! In: a [`HookSite`]. Out: a [`HookStatus`]. Reads, and runs our own hook's self-test; changes nothing.

use std::path::{Path, PathBuf};

use super::install::{is_executable, self_test};
use super::manager::{Call, Manager};
use super::site::{HookError, HookFile, HookSite, HooksFolder, Owner, look};

/// What the guard gets to see of a push, and through whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guarded {
    /// By the hook itself, or from a place where another manager runs it with everything.
    ByHook,
    /// By a line in a manager's configuration.
    ByManager(Manager, Call),
    No,
}

/// Something that keeps a hook from doing its work, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// Git ignores it, with a hint that is easily missed.
    NotExecutable(PathBuf),
    /// The interpreter's name then ends in one; over a local path the push hangs.
    CarriageReturn(PathBuf),
    ByteOrderMark(PathBuf),
    NoShebang(PathBuf),
    /// `core.hooksPath` names no folder.
    SwitchedOff(PathBuf),
    /// Ours, and it does not run.
    SelfTestFailed {
        hook: PathBuf,
        message: String,
    },
    /// Ours, moved by another manager to a name that nothing runs.
    SetAside(PathBuf),
    /// Ours, in the folder that `core.hooksPath` leads away from.
    Shadowed {
        hook: PathBuf,
        hooks: PathBuf,
    },
    /// `core.hooksPath` is relative: these work trees have no hook at all.
    WorkTreesWithout(Vec<PathBuf>),
    /// A hook from an earlier `--chain` that nothing runs.
    ChainedIgnored(PathBuf),
    /// Calls the guard in a way that hides a part of the push, or all of it.
    Gap {
        manager: Manager,
        configuration: PathBuf,
        call: Call,
    },
}

/// The state of one repository's pre-push hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HookStatus {
    pub hook: PathBuf,
    pub found: HookFile,
    pub owner: Owner,
    pub guarded: Guarded,
    /// Managers with a configuration here, and whether it calls the guard.
    pub managers: Vec<(Manager, PathBuf, Call)>,
    pub problems: Vec<Problem>,
}

impl HookSite {
    pub(super) fn status(&self) -> Result<HookStatus, HookError> {
        let hook = self.hooks.hook();
        let mut problems = Vec::new();
        let found = match look(&hook) {
            Err(HookError::NotAFolder(folder)) => {
                problems.push(Problem::SwitchedOff(folder));
                HookFile::Absent
            }
            found => found?,
        };
        let runs = found != HookFile::Absent && inspect(&hook, &mut problems)?;
        let managers = self.managers()?;
        let guarded = match &found {
            HookFile::Ours(_) if runs && tested(&hook, &mut problems) => Guarded::ByHook,
            HookFile::Foreign(by) if runs => self.guarded_beside(*by, &managers, &mut problems)?,
            _ => Guarded::No,
        };
        self.lost(&found, &mut problems)?;
        problems.extend(managers.iter().filter_map(|(manager, configuration, call)| {
            let gap = matches!(call, Call::NoRefs | Call::FirstRef) && guarded != Guarded::ByHook;
            gap.then(|| Problem::Gap { manager: *manager, configuration: configuration.clone(), call: *call })
        }));
        let without = self.work_trees_without_hook();
        if !without.is_empty() {
            problems.push(Problem::WorkTreesWithout(without));
        }
        Ok(HookStatus { hook, found, owner: self.owner, guarded, managers, problems })
    }

    /// Whether a hook that is not ours still has the guard run.
    fn guarded_beside(
        &self,
        by: Option<Manager>,
        managers: &[(Manager, PathBuf, Call)],
        problems: &mut Vec<Problem>,
    ) -> Result<Guarded, HookError> {
        let legacy = self.hooks.legacy();
        if by.is_some_and(Manager::runs_legacy)
            && matches!(look(&legacy)?, HookFile::Ours(_))
            && inspect(&legacy, problems)?
            && tested(&legacy, problems)
        {
            return Ok(Guarded::ByHook);
        }
        let by = if self.owner == Owner::Husky { Some(Manager::Husky) } else { by };
        // prek reads pre-commit's configuration too.
        let reads = |manager: Manager| {
            by == Some(manager) || (by == Some(Manager::Prek) && manager == Manager::PreCommit)
        };
        let calls = managers.iter().filter(|(manager, _, call)| reads(*manager) && *call != Call::Absent);
        let call = calls.map(|(_, _, call)| *call).next();
        match (by, call) {
            (Some(by), Some(call)) if call != Call::NoRefs => Ok(Guarded::ByManager(by, call)),
            _ => Ok(Guarded::No),
        }
    }

    /// Files of ours that nothing runs.
    fn lost(&self, found: &HookFile, problems: &mut Vec<Problem>) -> Result<(), HookError> {
        if problems.iter().any(|problem| matches!(problem, Problem::SwitchedOff(_))) {
            return Ok(());
        }
        let legacy_runs = matches!(found, HookFile::Foreign(Some(by)) if by.runs_legacy());
        let candidates = [(self.hooks.legacy(), legacy_runs), (self.hooks.old(), false)];
        for (place, runs) in candidates {
            if !runs && matches!(look(&place)?, HookFile::Ours(_)) {
                problems.push(Problem::SetAside(place));
            }
        }
        let shadowed = self.default_hooks.hook();
        if self.default_hooks != self.hooks && matches!(look(&shadowed)?, HookFile::Ours(_)) {
            problems.push(Problem::Shadowed { hook: shadowed, hooks: self.hooks.0.clone() });
        }
        let chained = self.hooks.chained();
        if look(&chained)? != HookFile::Absent {
            let ours = matches!(found, HookFile::Ours(_))
                || matches!(look(&self.hooks.legacy())?, HookFile::Ours(_));
            if !ours || !is_executable(&chained).unwrap_or(false) {
                problems.push(Problem::ChainedIgnored(chained));
            }
        }
        Ok(())
    }

    fn managers(&self) -> Result<Vec<(Manager, PathBuf, Call)>, HookError> {
        let Some(top) = &self.work_tree else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for manager in Manager::ALL {
            for name in manager.configurations() {
                let place = top.join(name);
                if !place.is_file() {
                    continue;
                }
                let bytes = std::fs::read(&place).map_err(HookError::file("reading", &place))?;
                found.push((manager, place, manager.calls_guard(&String::from_utf8_lossy(&bytes))));
            }
        }
        Ok(found)
    }

    fn work_trees_without_hook(&self) -> Vec<PathBuf> {
        let Some(setting) = self.hooks_path.as_ref().filter(|setting| setting.is_relative()) else {
            return Vec::new();
        };
        let lacks = |top: &&PathBuf| !HooksFolder(top.join(&setting.value)).hook().exists();
        // In none of them: then there is no hook anywhere, which is said already.
        if self.work_trees.iter().all(|top| lacks(&top)) {
            return Vec::new();
        }
        self.work_trees.iter().filter(lacks).cloned().collect()
    }
}

impl HookStatus {
    pub(super) fn is_guarded(&self) -> bool {
        self.guarded != Guarded::No
    }
}

fn tested(hook: &Path, problems: &mut Vec<Problem>) -> bool {
    match self_test(hook) {
        Ok(()) => true,
        Err(message) => {
            problems.push(Problem::SelfTestFailed { hook: hook.to_path_buf(), message });
            false
        }
    }
}

/// Whether git can run the file.
fn inspect(hook: &Path, problems: &mut Vec<Problem>) -> Result<bool, HookError> {
    let mut runs = true;
    let Ok(true) = std::fs::metadata(hook).map(|found| found.is_file()) else { return Ok(false) };
    if !is_executable(hook)? {
        problems.push(Problem::NotExecutable(hook.to_path_buf()));
        runs = false;
    }
    let bytes = std::fs::read(hook).map_err(HookError::file("reading", hook))?;
    let ours = super::wrapper::Wrapper::read(&bytes).is_some();
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if bytes.starts_with(b"\xef\xbb\xbf") {
        problems.push(Problem::ByteOrderMark(hook.to_path_buf()));
        runs = false;
    } else if !bytes.starts_with(b"#!") && !bytes.contains(&0) {
        // sh runs it all the same.
        problems.push(Problem::NoShebang(hook.to_path_buf()));
    }
    if first.ends_with(b"\r") || (ours && bytes.contains(&b'\r')) {
        problems.push(Problem::CarriageReturn(hook.to_path_buf()));
        runs = false;
    }
    Ok(runs)
}
