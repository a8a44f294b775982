//! What moved between two versions of one file: packages added, removed, and held otherwise than before.
//!
//! In: the dependencies of a file at base and at head. Out: the moves, by package. Order, layout, hashes and the
//! place of a statement are no move. Must not know which move is allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dependency, Ecosystem, Pin};

/// One package whose versions are not the same on both sides.
#[derive(Debug, Clone)]
pub struct DependencyMove {
    pub ecosystem: Ecosystem,
    pub key: String,
    /// As written, at head if it is there.
    pub name: String,
    /// Every statement at base; empty for a package that was added.
    pub base: Vec<Dependency>,
    /// Every statement at head; empty for a package that was removed.
    pub head: Vec<Dependency>,
}

impl DependencyMove {
    pub fn is_added(&self) -> bool {
        self.base.is_empty()
    }

    pub fn is_removed(&self) -> bool {
        self.head.is_empty()
    }

    /// The statements at head that hold the package as no statement at base did: where to point.
    pub fn changed(&self) -> impl Iterator<Item = &Dependency> {
        let known: BTreeSet<_> = self.base.iter().map(|dependency| stated(&dependency.pin)).collect();
        self.head.iter().filter(move |dependency| !known.contains(&stated(&dependency.pin)))
    }
}

/// Compares the two sides of one file, whatever the scopes, sorted by package.
pub fn moves(base: &[Dependency], head: &[Dependency]) -> Vec<DependencyMove> {
    let mut packages: BTreeMap<(Ecosystem, &str), Sides<'_>> = BTreeMap::new();
    for dependency in base {
        packages.entry((dependency.ecosystem, &dependency.key)).or_default().0.push(dependency);
    }
    for dependency in head {
        packages.entry((dependency.ecosystem, &dependency.key)).or_default().1.push(dependency);
    }
    packages
        .into_iter()
        .filter(|(_, (base, head))| versions(base) != versions(head))
        .map(|((ecosystem, key), (base, head))| DependencyMove {
            ecosystem,
            key: key.to_owned(),
            name: head.first().or(base.first()).map_or_else(String::new, |found| found.name.value.clone()),
            base: base.into_iter().cloned().collect(),
            head: head.into_iter().cloned().collect(),
        })
        .collect()
}

/// The statements about one package, at base and at head.
type Sides<'a> = (Vec<&'a Dependency>, Vec<&'a Dependency>);

fn versions(dependencies: &[&Dependency]) -> BTreeSet<Pin> {
    dependencies.iter().map(|dependency| stated(&dependency.pin)).collect()
}

/// A pin without what layout can change: blanks, and the order of the clauses of a requirement.
fn stated(pin: &Pin) -> Pin {
    match pin {
        Pin::Range(requirement) if requirement.contains(',') && !requirement.contains(['[', '(']) => {
            let mut clauses: Vec<String> = requirement.split(',').map(without_blanks).collect();
            clauses.sort_unstable();
            Pin::Range(clauses.join(","))
        }
        // Blanks separate the clauses of an npm range.
        Pin::Range(requirement) if !requirement.contains(' ') => pin.clone(),
        Pin::Range(requirement) => Pin::Range(requirement.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => pin.clone(),
    }
}

fn without_blanks(clause: &str) -> String {
    clause.chars().filter(|character| !character.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{FileKind, extract};
    use super::*;
    use crate::source::{Origin, SourceFile};

    fn between(base: &str, head: &str) -> Vec<String> {
        let read = |text: &str| {
            let source = SourceFile::new(Origin::File("requirements.txt".into()), text.to_owned());
            extract(FileKind::Requirements, &source).unwrap().dependencies
        };
        let show = |dependencies: &[Dependency]| {
            dependencies.iter().map(|found| format!("{:?}", found.pin)).collect::<Vec<_>>().join(" ")
        };
        let (base, head) = (read(base), read(head));
        moves(&base, &head)
            .iter()
            .map(|moved| format!("{}: {} -> {}", moved.name, show(&moved.base), show(&moved.head)))
            .collect()
    }

    #[test]
    fn a_version_that_changed_is_a_move() {
        assert_eq!(
            between("a==1\nkafka-python==1.4.7\n", "Kafka_Python==2.0.1\na==1\n"),
            ["Kafka_Python: Exact(\"1.4.7\") -> Exact(\"2.0.1\")"]
        );
    }

    #[test]
    fn a_swap_is_one_package_removed_and_another_added() {
        assert_eq!(
            between("kafka-python==2.0.2\n", "confluent-kafka==2.3.0\n"),
            ["confluent-kafka:  -> Exact(\"2.3.0\")", "kafka-python: Exact(\"2.0.2\") -> ",]
        );
    }

    #[test]
    fn a_pin_taken_away_is_a_move() {
        assert_eq!(
            between("kafka-python==1.4.7\n", "kafka-python\n"),
            ["kafka-python: Exact(\"1.4.7\") -> Unbounded"]
        );
    }

    #[test]
    fn order_layout_and_hashes_are_no_move() {
        assert!(
            between("a==1 --hash=sha256:aa\nb>=1,<2\n", "b >= 1, < 2 # why\na==1 --hash=sha256:bb\n")
                .is_empty()
        );
        assert!(between("b>=1,<2\n", "b<2,>=1\n").is_empty());
    }

    #[test]
    fn a_version_added_beside_another_points_at_the_new_one_only() {
        let read = |text: &str| {
            let source = SourceFile::new(Origin::File("requirements.txt".into()), text.to_owned());
            extract(FileKind::Requirements, &source).unwrap().dependencies
        };
        let base = read("a==1; python_version<'3'\n");
        let head = read("a==1; python_version<'3'\na==2; python_version>='3'\n");
        let moved = moves(&base, &head);
        let changed: Vec<_> = moved[0].changed().map(|found| found.pin.clone()).collect();
        assert_eq!(changed, [Pin::Exact("2".to_owned())]);
    }
}
