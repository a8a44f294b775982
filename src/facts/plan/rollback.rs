//! Whether the way back is described: the steps, what would make somebody take them, and who that is.

use super::{DeployPlan, Key, Stated, is_placeholder};

/// What the plan says about going back.
#[derive(Debug, Clone)]
pub enum Rollback {
    Adequate,
    /// Never empty; in the order steps, triggers, owner.
    Missing(Vec<Lack>),
}

/// One part that a rollback needs and the plan does not give.
#[derive(Debug, Clone)]
pub struct Lack {
    pub part: Part,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Steps,
    Triggers,
    Owner,
}

impl Part {
    pub const fn key(self) -> Key {
        match self {
            Self::Steps => Key::RollbackPlan,
            Self::Triggers => Key::RollbackTrigger,
            Self::Owner => Key::RollbackOwner,
        }
    }

    /// As it stands in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Triggers => "triggers",
            Self::Owner => "an owner",
        }
    }
}

#[derive(Debug, Clone)]
pub enum Why {
    Absent,
    /// Something stands there that says nothing: the first such text with its place.
    Placeholder(Stated<String>),
}

impl DeployPlan {
    /// Judges the rollback by what is said in all sources together: one real answer is enough for each part.
    pub fn rollback(&self) -> Rollback {
        let lacks: Vec<Lack> = [Part::Steps, Part::Triggers, Part::Owner]
            .into_iter()
            .filter_map(|part| {
                let mut values = self.values(part.key()).peekable();
                let Some(first) = values.peek().copied() else {
                    return Some(Lack { part, why: Why::Absent });
                };
                let answered = values.any(|value| !is_placeholder(&value.value));
                (!answered).then(|| Lack { part, why: Why::Placeholder(first.clone()) })
            })
            .collect();
        if lacks.is_empty() { Rollback::Adequate } else { Rollback::Missing(lacks) }
    }
}
