//! Which packages a policy means, by ecosystem.

use serde::Deserialize;

use crate::facts::dependencies::{Dependency, Ecosystem};

/// Package names by ecosystem; a `*` at the end stands for any ending.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(crate) struct Packages {
    #[serde(default)]
    python: Vec<String>,
    #[serde(default)]
    node: Vec<String>,
    #[serde(default)]
    java: Vec<String>,
    #[serde(default)]
    go: Vec<String>,
    #[serde(default)]
    rust: Vec<String>,
    #[serde(default)]
    ruby: Vec<String>,
    #[serde(default)]
    dotnet: Vec<String>,
    #[serde(default)]
    php: Vec<String>,
    #[serde(default)]
    elixir: Vec<String>,
}

impl Packages {
    fn of(&self, ecosystem: Ecosystem) -> &[String] {
        match ecosystem {
            Ecosystem::Python => &self.python,
            Ecosystem::Node => &self.node,
            Ecosystem::Java => &self.java,
            Ecosystem::Go => &self.go,
            Ecosystem::Rust => &self.rust,
            Ecosystem::Ruby => &self.ruby,
            Ecosystem::DotNet => &self.dotnet,
            Ecosystem::Php => &self.php,
            Ecosystem::Elixir => &self.elixir,
        }
    }

    pub(super) fn hold(&self, ecosystem: Ecosystem, key: &str) -> bool {
        self.of(ecosystem).iter().any(|known| match known.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => known == key,
        })
    }

    pub(super) fn holds(&self, dependency: &Dependency) -> bool {
        self.hold(dependency.ecosystem, &dependency.key)
    }

    /// Whether a text that could not be parsed names one of them.
    pub(super) fn are_named_in(&self, text: &str) -> bool {
        self.all().any(|name| text.contains(artifact(name.trim_end_matches('*'))))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        [
            &self.python,
            &self.node,
            &self.java,
            &self.go,
            &self.rust,
            &self.ruby,
            &self.dotnet,
            &self.php,
            &self.elixir,
        ]
        .into_iter()
        .flatten()
    }
}

/// The part of a package's name that people use: a Maven artifact, the last word of a Go module's path.
pub(super) fn artifact(name: &str) -> &str {
    let name = name.rsplit(':').next().unwrap_or(name);
    if name.starts_with('@') {
        return name;
    }
    let mut parts = name.rsplit('/');
    let last = parts.next().unwrap_or(name);
    let is_major = last.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if is_major { parts.next().unwrap_or(last) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_call_a_package_by_its_last_word() {
        assert_eq!(artifact("org.springframework.kafka:spring-kafka"), "spring-kafka");
        assert_eq!(artifact("github.com/confluentinc/confluent-kafka-go/v2"), "confluent-kafka-go");
        assert_eq!(artifact("@confluentinc/kafka-javascript"), "@confluentinc/kafka-javascript");
        assert_eq!(artifact("kafka-python"), "kafka-python");
    }
}
