//! Dependencies, from every manifest, lock file and install command that states them.
//!
//! In: a text with a file name that an ecosystem knows. Out: [`Dependency`] with the exact place of its name and its
//! version. One file an ecosystem; must not know which packages matter.

mod commands;
mod covering;
mod dotnet;
mod elixir;
mod go;
mod holder;
mod java;
mod json;
mod kind;
mod moves;
mod node;
mod package_table;
mod php;
mod piece;
mod pin;
mod python;
mod ruby;
mod rust;
mod script;
mod tokens;
mod tree;
mod version;

use std::sync::Arc;

use crate::document::{Format, Gap, ParseError, parse};
use crate::source::{Located, SourceFile, Span};

use piece::Piece;

pub use covering::covering_locks;
pub use kind::{FileKind, is_lock, recognise};
pub use moves::{DependencyMove, moves};
pub use version::crosses_breaking_boundary;

/// What one file states.
#[derive(Debug, Clone, Default)]
pub struct Extracted {
    pub dependencies: Vec<Dependency>,
    /// Statements that were seen and not understood.
    pub gaps: Vec<Gap>,
}

impl Extracted {
    fn gap(&mut self, span: Span, reason: &str) {
        self.gaps.push(Gap { span, reason: reason.to_owned() });
    }

    /// For locks that are read line by line: no parser refuses what a merge left in them.
    fn note_conflict(&mut self, line: Piece<'_>) {
        if line.text().starts_with("<<<<<<<") {
            self.gap(line.span(), "a merge conflict that was not resolved");
        }
    }
}

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
    /// As the ecosystem compares it: PEP 503, `group:artifact`, lower case where case does not count. `${kafka}` is a
    /// variable (`kafka.version`, `kafkaVersion`) that holds a version for other files.
    pub key: String,
    pub pin: Pin,
    /// Where the version or requirement stands, with its operator and without quotes: a variable or property of the
    /// same file, outside of `span`, if that holds it. The name, where no version is written.
    pub version_span: Span,
    /// The whole declaration.
    pub span: Span,
    pub role: Role,
    pub scope: Scope,
}

impl Dependency {
    /// A package that a manifest names; nothing more is known of it yet.
    fn named(ecosystem: Ecosystem, name: Located<String>) -> Self {
        let key = match ecosystem {
            Ecosystem::Python => python::normalise(&name.value),
            Ecosystem::DotNet | Ecosystem::Php => name.value.to_lowercase(),
            _ => name.value.clone(),
        };
        let span = name.span;
        let (role, scope) = (Role::Manifest, Scope::Main);
        Self { ecosystem, name, key, pin: Pin::Unbounded, version_span: span, span, role, scope }
    }

    fn held(mut self, pin: Pin, version_span: Span) -> Self {
        self.pin = pin;
        self.version_span = version_span;
        self
    }

    fn within(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    fn in_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    fn in_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }
}

/// How tightly a version is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pin {
    /// Exactly one version, without the operator (`2.0.1` of `==2.0.1`, a lock file's entry, a Maven version).
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

impl Scope {
    /// The scope of a group that people name as they like: `dev`, `test-utils`, `kafka`.
    fn of_group(name: &str) -> Self {
        if kind::words(name).any(kind::is_dev_word) {
            Self::Dev
        } else {
            Self::Optional(name.get(..name.floor_char_boundary(pin::LONGEST)).unwrap_or_default().to_owned())
        }
    }
}

/// Scripts are cut into tokens, which take more room than their text. People write none that are longer.
const LONGEST_SCRIPT: usize = 2 * 1024 * 1024;

/// Reads every dependency that a file of a known kind states.
pub fn extract(kind: FileKind, source: &Arc<SourceFile>) -> Result<Extracted, ParseError> {
    let text = Piece::whole(source.text());
    let text = text.strip_prefix("\u{feff}").unwrap_or(text);
    let path = source.origin().path();
    if kind.is_script() && source.text().len() > LONGEST_SCRIPT {
        return Err(ParseError::Limit {
            what: "bytes of a script",
            limit: LONGEST_SCRIPT,
            span: Span::default(),
        });
    }
    Ok(match kind {
        FileKind::Requirements => python::requirements(text, path, false),
        FileKind::Constraints => python::requirements(text, path, true),
        FileKind::CondaEnvironment => python::environment(&parse(source, Format::Yaml)?),
        FileKind::PnpmWorkspace => node::workspace(&parse(source, Format::Yaml)?),
        FileKind::Pipfile => python::pipfile(&parse(source, Format::Toml)?),
        FileKind::Pyproject => python::pyproject(&parse(source, Format::Toml)?),
        FileKind::CargoToml => rust::cargo_toml(&parse(source, Format::Toml)?),
        FileKind::GradleCatalogue => java::catalogue(&parse(source, Format::Toml)?),
        FileKind::MavenPom => java::pom(&parse(source, Format::Xml)?),
        FileKind::DotNetProject | FileKind::DotNetCentral => {
            dotnet::project(&parse(source, Format::Xml)?, path)
        }
        FileKind::PackagesConfig => dotnet::packages_config(&parse(source, Format::Xml)?),
        FileKind::DotNetLock => dotnet::packages_lock(text)?,
        FileKind::PoetryLock | FileKind::UvLock | FileKind::PdmLock | FileKind::PylockToml => {
            python::lock(kind, text)
        }
        FileKind::PipfileLock => python::pipfile_lock(text)?,
        FileKind::CargoLock => rust::cargo_lock(text),
        FileKind::ComposerJson => php::composer_json(text)?,
        FileKind::ComposerLock => php::composer_lock(text)?,
        FileKind::SetupPy => python::setup_py(text),
        FileKind::SetupCfg => python::setup_cfg(text),
        FileKind::GoMod => go::go_mod(text),
        FileKind::PackageJson => node::package_json(text)?,
        FileKind::PackageLock => node::package_lock(text)?,
        FileKind::BunLock => node::bun_lock(text)?,
        FileKind::YarnLock => node::yarn_lock(text),
        FileKind::PnpmLock => node::pnpm_lock(text),
        FileKind::MixExs => elixir::mix_exs(text),
        FileKind::MixLock => elixir::mix_lock(text),
        FileKind::Dockerfile | FileKind::CiWorkflow | FileKind::ShellScript => {
            commands::commands(kind, text, path)
        }
        FileKind::GradleBuild => java::gradle(text),
        FileKind::GradleProperties => holder::properties(text),
        FileKind::GradleLock => java::gradle_lock(text),
        FileKind::SbtBuild => java::sbt(text),
        FileKind::Gemfile => ruby::gemfile(text),
        FileKind::Gemspec => ruby::gemspec(text),
        FileKind::GemfileLock => ruby::gemfile_lock(text),
        FileKind::GoSum => Extracted::default(),
    })
}

#[cfg(test)]
mod tests;
