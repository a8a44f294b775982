//! `deploy-guard hook`: puts the guard in front of a push, takes it away, and says whether it stands there.
//!
//! In: arguments and a repository. Out: typed outcomes, and the words for them.

mod install;
mod manager;
mod site;
mod status;
mod uninstall;
mod wrapper;

pub use install::{Existing, InstallRequest, Installation, Way};
pub use manager::{Call, Manager};
pub use site::{HookError, HookFile, HookSite, HooksFolder, HooksPath, Owner};
pub use status::{Guarded, HookStatus, Problem};
pub use uninstall::Removal;
pub use wrapper::{IfMissing, Wrapper};
