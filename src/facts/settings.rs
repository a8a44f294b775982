//! NOTE to whoever works in this worktree: the integrator is writing facts/delta.rs (resource delta by identity),
//! facts/dockerfile.rs (FROM images) and facts/settings.rs (.env, properties, ini, JSON, TOML lines) on main right now.
//! Leave these three alone and put all effort into kubernetes, openshift, compose, kustomize, helm and `extract`.
//! Delete this file before you merge main.
