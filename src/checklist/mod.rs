//! Go or no-go: what has to be known and who has to say yes before a release.
//!
//! In: `.deploy-guard/checklist.toml` or the built-in one, what a change shows, evidence and answers. Out: a
//! [`Decision`]. Asks nobody itself, writes nothing, and renders nothing.

mod answer;
mod compile;
mod decision;
mod file;
mod item;
mod raw;
mod select;

pub use crate::facts::signs::Sign;
pub use answer::{Answer, Person, Proof, Word};
pub use decision::{Decision, LONGEST, PolicyVerdict, Row, Standing, State, decide};
pub use file::{Checklist, POLICIES, Probes, Scheme, SecretRule, Service};
pub use item::{Item, OnError, Question, Role, Task};
pub use select::Touched;
