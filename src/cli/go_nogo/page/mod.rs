//! The page.
use crate::env::Environment;
pub(super) fn is_possible(_environment: &Environment) -> bool {
    false
}
