//! What a policy looks at.

use crate::source::{PathPattern, RepoPath};

/// The environments whose configuration is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentScope {
    All,
    Protected,
    Named(Vec<String>),
}

impl EnvironmentScope {
    /// Whether an environment, by name and protection, is among them. No environment at all is only among all.
    pub fn holds(&self, environment: Option<(&str, bool)>) -> bool {
        match (self, environment) {
            (Self::All, _) => true,
            (Self::Protected, Some((_, protected))) => protected,
            (Self::Named(names), Some((name, _))) => names.iter().any(|known| known == name),
            (Self::Protected | Self::Named(_), None) => false,
        }
    }

    pub fn display(&self) -> String {
        match self {
            Self::All => "all environments".to_owned(),
            Self::Protected => "protected environments".to_owned(),
            Self::Named(names) => names.join(", "),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    pub environments: EnvironmentScope,
    /// Empty: all paths.
    pub paths: Vec<PathPattern>,
    pub exclude: Vec<PathPattern>,
}

impl Select {
    pub fn holds_path(&self, path: &RepoPath) -> bool {
        let wanted = self.paths.is_empty() || self.paths.iter().any(|pattern| pattern.matches(path));
        wanted && !self.exclude.iter().any(|pattern| pattern.matches(path))
    }
}
