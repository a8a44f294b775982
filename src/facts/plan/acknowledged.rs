//! What the plan says it does on purpose: deletions and dependency moves, by name.

use super::{DeployPlan, Key, Stated, is_placeholder};

/// `production/deployer-api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// `None`: only a name is written, and a name alone could mean any environment.
    pub environment: Option<String>,
    /// With everything behind the first slash: `shop/web`.
    pub name: String,
}

/// `kafka-python 1.4.7 -> 2.0.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub package: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Move {
    /// Whether this is the move that was made. What the plan leaves open is covered.
    pub fn covers(&self, from: &str, to: &str) -> bool {
        self.from.as_deref().is_none_or(|own| same_version(own, from))
            && self.to.as_deref().is_none_or(|own| same_version(own, to))
    }
}

fn same_version(one: &str, other: &str) -> bool {
    let bare = |version: &str| {
        version.trim_start_matches(['=', '^', '~', '>', '<', 'v', 'V', ' ']).trim().to_ascii_lowercase()
    };
    bare(one) == bare(other)
}

/// As ecosystems compare names: without case, `-`, `_` and `.` alike.
fn folded(package: &str) -> String {
    let mut out = String::with_capacity(package.len());
    for character in package.trim().chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    out
}

pub(super) fn deletion(text: &str) -> Deletion {
    match text.split_once('/') {
        Some((environment, name)) if !environment.trim().is_empty() && !name.trim().is_empty() => {
            Deletion { environment: Some(environment.trim().to_owned()), name: name.trim().to_owned() }
        }
        _ => Deletion { environment: None, name: text.trim_matches('/').trim().to_owned() },
    }
}

fn moved(text: &str) -> Move {
    let (left, to) = ["->", "→", "=>"]
        .iter()
        .find_map(|arrow| text.split_once(arrow))
        .map_or((text, None), |(left, to)| (left, Some(to.trim().to_owned())));
    let (package, from) = match left.trim().split_once([' ', '\t']) {
        Some((package, from)) => (package, Some(from.trim().to_owned())),
        None => (left.trim(), None),
    };
    let filled = |version: Option<String>| version.filter(|version| !version.is_empty());
    Move { package: package.trim_end_matches(':').to_owned(), from: filled(from), to: filled(to) }
}

impl DeployPlan {
    /// Every deletion that the plan names.
    pub fn deletions(&self) -> Vec<Stated<Deletion>> {
        self.items(Key::Deletes).iter().map(|item| item.map(|text| deletion(text))).collect()
    }

    /// The entry by which a deletion is acknowledged. Both parts count as written: the right name in the wrong
    /// environment is the very accident that this is asked for.
    pub fn names_deletion(&self, environment: &str, name: &str) -> Option<Stated<Deletion>> {
        self.deletions().into_iter().find(|stated| {
            stated.value.name == name
                && stated
                    .value
                    .environment
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(environment))
        })
    }

    /// Every dependency move that the plan names.
    pub fn moves(&self) -> Vec<Stated<Move>> {
        self.items(Key::Moves).iter().map(|item| item.map(|text| moved(text))).collect()
    }

    /// The entry that names a package's move, whatever versions it states: see [`Move::covers`].
    pub fn names_move(&self, package: &str) -> Option<Stated<Move>> {
        let wanted = folded(package);
        self.moves().into_iter().find(|stated| folded(&stated.value.package) == wanted)
    }

    /// Who or what was told, placeholders left out.
    pub fn notified(&self) -> impl Iterator<Item = &Stated<String>> {
        self.values(Key::Notified).filter(|value| !is_placeholder(&value.value))
    }

    fn items(&self, key: Key) -> Vec<Stated<String>> {
        self.values(key).flat_map(Stated::items).filter(|item| !is_placeholder(&item.value)).collect()
    }
}
