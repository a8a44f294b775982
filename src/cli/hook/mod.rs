//! `deploy-guard hook`: puts the guard in front of a push, takes it away, and says whether it stands there.
//!
//! In: arguments and a repository. Out: typed outcomes, and the words for them.

mod manager;
mod site;
mod wrapper;

pub use manager::{Call, Manager};
pub use site::{Folder, HookError, HookFile, HookSite, HooksPath};
pub use wrapper::{IfMissing, Wrapper};
