//! Dependencies, from every manifest, lock file and install command that states them.
//!
//! In: a text with a file name that an ecosystem knows. Out: [`Dependency`] with the exact place of its name and its
//! version. One file an ecosystem; must not know which packages matter.

use crate::source::{Located, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    Python,
    Node,
    Java,
    Go,
    Rust,
    Ruby,
    DotNet,
    Php,
    Elixir,
}

/// One package that a file asks for or resolves to.
#[derive(Debug, Clone)]
pub struct Dependency {
    pub ecosystem: Ecosystem,
    /// As written.
    pub name: Located<String>,
    /// As the ecosystem compares it: PEP 503, `group:artifact`, lower case where case does not count.
    pub key: String,
    pub pin: Pin,
    /// Where the version or requirement stands; the name where there is none.
    pub version_span: Span,
    /// The whole declaration.
    pub span: Span,
    pub role: Role,
    pub scope: Scope,
}

/// How tightly a version is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// Exactly one version, as written (`==2.0.1`, a lock file's entry, a Maven version).
    Exact(String),
    /// A requirement that more than one version meets.
    Range(String),
    /// Nothing is said.
    Unbounded,
    /// Held by something that this file does not show: a BOM, a version catalogue, a workspace, a local path.
    Elsewhere(String),
    /// A fixed commit or archive (`git+…@<sha>`, a URL with a hash).
    Source(String),
    /// A template or property that could not be resolved.
    Unknown(String),
}

/// What kind of statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A person asked for it.
    Manifest,
    /// A resolver wrote it down.
    Lock,
    /// A command installs it (`RUN pip install …`).
    Install,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Main,
    /// Development or test only.
    Dev,
    /// An optional extra or group, by its name.
    Optional(String),
}
