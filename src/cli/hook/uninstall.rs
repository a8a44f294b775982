//! Takes the hook away and puts back what was there before.
//!
//! In: a [`HookSite`]. Out: what was removed and restored. Removes nothing that does not carry the marker.

use std::path::{Path, PathBuf};

use super::site::{HookError, HookFile, HookSite, HooksFolder, look};

/// What an uninstallation came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Removal {
    /// Files of ours that are gone.
    pub removed: Vec<PathBuf>,
    /// Where a chained hook stands again.
    pub restored: Vec<PathBuf>,
    /// A chained hook that has no place to go back to: somebody else's hook stands there.
    pub stray: Vec<PathBuf>,
}

impl HookSite {
    /// Removes every file of ours, also where another manager has put it aside.
    pub(super) fn uninstall(&self) -> Result<Removal, HookError> {
        let mut removal = Removal::default();
        remove_from(&self.hooks, &mut removal)?;
        if self.default_hooks != self.hooks {
            remove_from(&self.default_hooks, &mut removal)?;
        }
        Ok(removal)
    }
}

fn remove_from(folder: &HooksFolder, removal: &mut Removal) -> Result<(), HookError> {
    let chained = folder.chained();
    let mut waiting = exists(&chained)?;
    for place in [folder.hook(), folder.legacy(), folder.old()] {
        let HookFile::Ours(_) = found(&place)? else { continue };
        if waiting {
            std::fs::rename(&chained, &place).map_err(HookError::file("restoring", &place))?;
            removal.restored.push(place.clone());
            waiting = false;
        } else {
            std::fs::remove_file(&place).map_err(HookError::file("removing", &place))?;
        }
        removal.removed.push(place);
    }
    if waiting {
        let hook = folder.hook();
        if found(&hook)? == HookFile::Absent {
            std::fs::rename(&chained, &hook).map_err(HookError::file("restoring", &hook))?;
            removal.restored.push(hook);
        } else {
            removal.stray.push(chained);
        }
    }
    Ok(())
}

fn exists(place: &Path) -> Result<bool, HookError> {
    Ok(found(place)? != HookFile::Absent)
}

/// Hooks that are switched off hold nothing of ours.
fn found(place: &Path) -> Result<HookFile, HookError> {
    match look(place) {
        Err(HookError::NotAFolder(_)) => Ok(HookFile::Absent),
        found => found,
    }
}
