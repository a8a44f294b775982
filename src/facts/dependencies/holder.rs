//! Variables and properties that hold a version for other files.
//!
//! In: a name with a value, from a parent pom, `gradle.properties`, an `ext` block, `Directory.Build.props`. Out: a
//! dependency under the key `${subject}`, where nothing in the same file uses it: a move of `kafka.version` in a parent
//! is a move of what the children use, and their files stand still.

use std::collections::BTreeSet;

use super::piece::Piece;
use super::pin::LONGEST;
use super::version::looks_version;
use super::{Dependency, Ecosystem, Extracted, Pin};
use crate::source::{Located, Span};

/// Adds the variables that hold versions and that no dependency found so far takes its version from.
pub(super) fn add_holders<'a>(
    ecosystem: Ecosystem,
    pin: fn(&str) -> Pin,
    variables: impl Iterator<Item = (Located<String>, Piece<'a>)>,
    out: &mut Extracted,
) {
    let used: BTreeSet<usize> =
        out.dependencies.iter().map(|dependency| dependency.version_span.start).collect();
    for (name, value) in variables.filter(|(_, value)| !used.contains(&value.start())) {
        out.dependencies.extend(holder(ecosystem, pin, name, value));
    }
}

fn holder(
    ecosystem: Ecosystem,
    pin: fn(&str) -> Pin,
    name: Located<String>,
    value: Piece<'_>,
) -> Option<Dependency> {
    let text = value.text();
    let plain =
        text.chars().all(|character| character.is_ascii_alphanumeric() || ".-+_[]() ,*".contains(character));
    if !plain
        || !looks_version(text.trim_start_matches(['[', '(']))
        || text.len().max(name.value.len()) > LONGEST
    {
        return None;
    }
    let subject = subject(&name.value)?;
    let span = name.span.join(value.span());
    let mut dependency = Dependency::named(ecosystem, name);
    dependency.key = format!("${{{subject}}}");
    Some(dependency.held(pin(text), value.span()).within(span))
}

/// What a name says it holds the version of: `kafka` for `kafka.version`, `kafkaVersion`, `versions.kafka` and
/// `KAFKA_VERSION`. `None` where it speaks of no version.
fn subject(name: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for character in name.chars() {
        if !character.is_alphanumeric() {
            words.push(String::new());
        } else if words.is_empty() || character.is_uppercase() && before.is_lowercase() {
            words.push(character.to_lowercase().collect());
        } else if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    let is_version = |word: &String| matches!(word.as_str(), "version" | "versions" | "ver");
    if !words.iter().any(is_version) {
        return None;
    }
    let rest: Vec<String> = words.into_iter().filter(|word| !word.is_empty() && !is_version(word)).collect();
    (!rest.is_empty()).then(|| rest.join("-"))
}

/// `gradle.properties`: `kafkaVersion=3.4.0`.
pub(super) fn properties(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let lines = text.lines().map(Piece::trim).filter(|line| !line.text().starts_with(['#', '!']));
    let stated = lines.filter_map(|line| {
        let at = line.text().find(['=', ':'])?;
        Some((line.until(at).trim().located(), line.from(at + 1).trim()))
    });
    add_holders(Ecosystem::Java, super::java::pin, stated, &mut out);
    out
}

/// Joins a name with what it stands in: `versions` and `kafka`.
pub(super) fn path_of(holder: &str, name: &str, span: Span) -> Located<String> {
    let value = if holder.is_empty() { name.to_owned() } else { format!("{holder}.{name}") };
    Located::new(value, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_holds_the_version_of() {
        for (name, expected) in [
            ("kafka.version", Some("kafka")),
            ("version.kafka", Some("kafka")),
            ("kafkaVersion", Some("kafka")),
            ("KAFKA_VERSION", Some("kafka")),
            ("versions.kafka", Some("kafka")),
            ("Versions.kafkaClients", Some("kafka-clients")),
            ("spring-kafka.version", Some("spring-kafka")),
            ("springKafkaVersion", Some("spring-kafka")),
            ("version", None),
            ("kafka.home", None),
            ("conversion.kafka", None),
        ] {
            assert_eq!(subject(name).as_deref(), expected, "{name}");
        }
    }
}
