//! Patterns: the one place where globs are compiled, with one set of options for paths and one for names.

use serde::{Deserialize, Deserializer};

use super::RepoPath;

/// `*` stays inside a folder, `**` crosses folders, a leading dot is nothing special, case counts.
const OPTIONS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A glob over paths of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(glob::Pattern);

/// A glob over names of things (`prod-*`): `*` stands for anything, slashes and colons too, and case counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(glob::Pattern);

impl NamePattern {
    pub fn compile(pattern: &str) -> Result<Self, PatternError> {
        glob::Pattern::new(pattern).map(Self).map_err(|error| PatternError::Syntax(error.msg.to_owned()))
    }

    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::compile(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why a pattern could not be compiled: always whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("braces are taken literally in path patterns: write one pattern for each alternative")]
    Braces,
    #[error("a path pattern is relative to the repository's root: take the leading slash away")]
    Absolute,
    #[error("{0}")]
    Syntax(String),
}

impl PathPattern {
    pub fn compile(pattern: &str) -> Result<Self, PatternError> {
        if pattern.contains(['{', '}']) {
            return Err(PatternError::Braces);
        }
        if pattern.starts_with('/') {
            return Err(PatternError::Absolute);
        }
        glob::Pattern::new(pattern).map(Self).map_err(|error| PatternError::Syntax(error.msg.to_owned()))
    }

    pub fn matches(&self, path: &RepoPath) -> bool {
        self.0.matches_with(&path.lossy(), OPTIONS)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_inside_its_folder() {
        let pattern = PathPattern::compile("k8s/*.yaml").unwrap();
        assert!(pattern.matches(&"k8s/web.yaml".into()));
        assert!(!pattern.matches(&"k8s/prod/web.yaml".into()));
    }

    #[test]
    fn two_stars_match_no_folder_as_well() {
        let pattern = PathPattern::compile("**/prod/**").unwrap();
        assert!(pattern.matches(&"prod/web.yaml".into()));
        assert!(pattern.matches(&"k8s/prod/eu/web.yaml".into()));
        assert!(!pattern.matches(&"k8s/preprod/web.yaml".into()));
    }

    #[test]
    fn a_star_in_a_name_stands_for_anything() {
        let pattern = NamePattern::compile("arn:aws:eks:*:cluster/prod-*").unwrap();
        assert!(pattern.matches("arn:aws:eks:eu-west-1:123456789012:cluster/prod-eu/1"));
        assert!(!pattern.matches("arn:aws:eks:eu-west-1:123456789012:cluster/Prod-eu"));
        assert!(NamePattern::compile("prod-***").is_err());
    }

    #[test]
    fn braces_are_refused_with_a_hint() {
        assert_eq!(PathPattern::compile("**/*.{yml,yaml}"), Err(PatternError::Braces));
    }
}
