//! The pre-push hook with the real git: GATE's H1 to H14.

mod install;
mod managers;
mod protocol;
mod push;
mod status;
