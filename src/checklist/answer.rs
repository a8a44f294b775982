//! What people say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decision::{Row, State};
use super::item::{OnError, Question, Role, Task};
use crate::probe::Outcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    Go,
    NoGo,
}

/// How it is known who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// They say so, or their git configuration does.
    Claimed,
    /// The platform that runs the job says so.
    Platform,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub proof: Proof,
}

/// One answer to one question, as it goes into the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The item's id.
    pub item: String,
    /// The role, and the question as it was shown: an answer counts for these words only.
    pub role: String,
    pub question: String,
    pub word: Word,
    /// Why, or who: never empty for a no-go.
    #[serde(default)]
    pub reason: String,
    pub by: Person,
    pub at: Timestamp,
}

impl Question {
    /// Whether this person may answer; `Err` says why not and whom to ask. `authors` made the change.
    pub fn may_answer(&self, person: &Person, authors: &[String]) -> Result<(), String> {
        if person.name.trim().is_empty() {
            return Err("an answer needs the name of who gives it".to_owned());
        }
        if self.not_author && authors.iter().any(|author| is_same(&person.name, author)) {
            return Err(format!("{} made this change: somebody else has to answer this", person.name));
        }
        let people = &self.role.people;
        if people.is_empty() || people.iter().any(|listed| is_same(&person.name, listed)) {
            return Ok(());
        }
        Err(format!("{} does not answer for {}: {} may", person.name, self.role.name, people.join(", ")))
    }
}

/// Whether two names mean one person, however they are written: `@sre`, `SRE`, `SRE <sre@example.org>`.
fn is_same(one: &str, other: &str) -> bool {
    let other = spellings(other);
    spellings(one).iter().any(|spelling| other.contains(spelling))
}

/// The whole, and for `Name <address>` both parts.
fn spellings(name: &str) -> Vec<String> {
    let plain = |part: &str| part.trim().trim_start_matches('@').to_lowercase();
    let mut all = vec![plain(name)];
    if let Some((before, address)) = name.trim().strip_suffix('>').and_then(|name| name.rsplit_once('<')) {
        all.extend([plain(before), plain(address)]);
    }
    all.retain(|part| !part.is_empty());
    all
}

impl Row {
    /// What a person is asked here: the item's question, or to go without evidence that can't be had.
    pub fn question(&self) -> Option<Question> {
        match (&self.item.task, &self.state) {
            (Task::Question(question), _) => Some(question.clone()),
            (_, State::Seen(evidence) | State::Accepted(evidence, _))
                if evidence.outcome == Outcome::CannotTell && self.item.on_error == OnError::Ask =>
            {
                Some(Question {
                    role: Role { name: "whoever releases".to_owned(), people: Vec::new() },
                    text: format!("{} can't be told. Go without knowing, and why?", self.item.title),
                    wants_words: true,
                    not_author: false,
                })
            }
            _ => None,
        }
    }

    /// Takes an answer to its question.
    pub fn take(&mut self, answer: Answer) {
        self.state = match std::mem::replace(&mut self.state, State::Waiting) {
            State::Seen(evidence) | State::Accepted(evidence, _) => State::Accepted(evidence, answer),
            State::Waiting | State::Judged(_) | State::Answered(_) => State::Answered(answer),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(people: &[&str], not_author: bool) -> Question {
        let people = people.iter().map(|name| (*name).to_owned()).collect();
        let role = Role { name: "on call".to_owned(), people };
        Question { role, text: "are you here?".to_owned(), wants_words: false, not_author }
    }

    fn person(name: &str) -> Person {
        Person { name: name.to_owned(), proof: Proof::Claimed }
    }

    #[test]
    fn only_who_is_listed_answers_for_a_role_however_the_name_is_written() {
        let listed = question(&["@sre-lead", "ops@example.org"], false);
        for name in ["sre-lead", "@SRE-Lead", " sre-lead ", "Ops <ops@example.org>", "OPS@example.org"] {
            assert_eq!(listed.may_answer(&person(name), &[]), Ok(()), "{name}");
        }
        for name in ["sre", "sre-lead2", "", " ", "<>", "@"] {
            assert!(listed.may_answer(&person(name), &[]).is_err(), "{name}");
        }
        assert_eq!(
            listed.may_answer(&person("dev"), &[]).unwrap_err(),
            "dev does not answer for on call: @sre-lead, ops@example.org may"
        );
        assert_eq!(question(&[], false).may_answer(&person("dev"), &[]), Ok(()), "nobody is listed");
        assert!(question(&[], false).may_answer(&person(""), &[]).is_err(), "nobody answers");
    }

    #[test]
    fn who_made_the_change_does_not_answer_what_others_have_to() {
        let authors = ["Dev One <dev@example.org>".to_owned()];
        for name in ["dev one", "@dev@example.org", "DEV@example.org", "Dev One <other@example.org>"] {
            assert!(question(&[], true).may_answer(&person(name), &authors).is_err(), "{name}");
            assert_eq!(question(&[], false).may_answer(&person(name), &authors), Ok(()), "{name}");
        }
        assert_eq!(question(&["sre"], true).may_answer(&person("sre"), &authors), Ok(()));
    }
}
