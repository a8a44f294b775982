//! From evidence and answers to one word.

use jiff::{SignedDuration, Timestamp};

use super::answer::{Answer, Word};
use super::item::{Item, OnError};
use crate::probe::{Evidence, Outcome};
use crate::verdict::Verdict;

/// No go holds for longer, whatever it rests on.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// What is known of an item so far.
#[derive(Debug, Clone)]
pub enum State {
    /// Being asked, or not asked yet.
    Waiting,
    /// The gate's verdict on the change.
    Judged(PolicyVerdict),
    Seen(Evidence),
    Answered(Answer),
    /// Evidence that can't be told, and the person who says whether the release goes out without it.
    Accepted(Evidence, Answer),
}

/// The gate's verdict, short.
#[derive(Debug, Clone)]
pub struct PolicyVerdict {
    pub verdict: Verdict,
    /// Something is said that does not stand in the way.
    pub warned: bool,
    /// One line: `2 rules refuse this change`.
    pub summary: String,
    /// A line each: the policy, what is wrong, where.
    pub details: Vec<String>,
    pub at: Timestamp,
    pub valid_until: Option<Timestamp>,
}

/// What an item means for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Go,
    /// It goes, and somebody should look.
    Warn,
    /// Nobody has answered yet, or nothing has come back: no go until then.
    Waiting,
    /// It can't be told.
    Unjudged,
    NoGo,
}

/// An item on the board.
#[derive(Debug, Clone)]
pub struct Row {
    pub item: Item,
    /// Why this is asked here: `the change touches an ingress`.
    pub because: Option<String>,
    pub state: State,
}

/// The word, and how long it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    /// Only a go has an end.
    pub valid_until: Option<Timestamp>,
}

impl Row {
    pub const fn waiting(item: Item, because: Option<String>) -> Self {
        Self { item, because, state: State::Waiting }
    }

    /// What it means now; what is out of date is waited for anew.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.valid_until().is_some_and(|end| end <= now) && !self.is_refused() {
            return Standing::Waiting;
        }
        match &self.state {
            State::Waiting => Standing::Waiting,
            State::Judged(judged) => match judged.verdict {
                Verdict::Go if judged.warned => Standing::Warn,
                Verdict::Go => Standing::Go,
                Verdict::NoGo => Standing::NoGo,
                Verdict::Unjudged => Standing::Unjudged,
            },
            State::Seen(evidence) => match (evidence.outcome, self.item.on_error) {
                (Outcome::Holds, _) => Standing::Go,
                (Outcome::Doubtful, _) => Standing::Warn,
                (Outcome::Broken, _) => Standing::NoGo,
                (Outcome::CannotTell, OnError::NoGo) => Standing::Unjudged,
                (Outcome::CannotTell, OnError::Warn) => Standing::Warn,
                (Outcome::CannotTell, OnError::Ask) => Standing::Waiting,
            },
            State::Answered(answer) => match answer.word {
                Word::Go => Standing::Go,
                Word::NoGo => Standing::NoGo,
            },
            State::Accepted(_, answer) => match answer.word {
                Word::Go => Standing::Warn,
                Word::NoGo => Standing::NoGo,
            },
        }
    }

    /// A person has to say something before this can stand.
    pub fn wants_an_answer(&self, now: Timestamp) -> bool {
        self.question().is_some() && self.standing(now) == Standing::Waiting
    }

    /// Something is known, and it is too old to count.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        !matches!(self.state, State::Waiting) && self.valid_until().is_some_and(|end| end <= now)
    }

    /// A no stays a no, however old it is.
    fn is_refused(&self) -> bool {
        match &self.state {
            State::Waiting => false,
            State::Judged(judged) => judged.verdict == Verdict::NoGo,
            State::Seen(evidence) => evidence.outcome == Outcome::Broken,
            State::Answered(answer) | State::Accepted(_, answer) => answer.word == Word::NoGo,
        }
    }

    /// Until when what is known counts.
    pub fn valid_until(&self) -> Option<Timestamp> {
        let aged = |at: Timestamp| at.checked_add(self.item.max_age).ok();
        let seen = |evidence: &Evidence| [aged(evidence.ended), evidence.valid_until];
        let ends = match &self.state {
            State::Waiting => [None; 3],
            State::Judged(judged) => [aged(judged.at), judged.valid_until, None],
            State::Seen(evidence) => {
                let [one, other] = seen(evidence);
                [one, other, None]
            }
            State::Answered(answer) => [aged(answer.at), None, None],
            State::Accepted(evidence, answer) => {
                let [one, other] = seen(evidence);
                [one, other, aged(answer.at)]
            }
        };
        ends.into_iter().flatten().min()
    }
}

/// Decides on all rows at an instant. A board with nothing on it says nothing.
pub fn decide(rows: &[Row], now: Timestamp) -> Decision {
    let standing = |wanted: Standing| rows.iter().any(|row| row.standing(now) == wanted);
    // Who was not asked has not said yes, and that is a no; what did not come back is not known.
    let unanswered = rows.iter().any(|row| row.wants_an_answer(now));
    let verdict = if standing(Standing::NoGo) || unanswered {
        Verdict::NoGo
    } else if rows.is_empty() || standing(Standing::Unjudged) || standing(Standing::Waiting) {
        Verdict::Unjudged
    } else {
        Verdict::Go
    };
    let end = rows.iter().filter_map(Row::valid_until).chain(now.checked_add(LONGEST)).min();
    Decision { verdict, valid_until: end.filter(|_| verdict == Verdict::Go) }
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Person, Proof};
    use super::super::item::{Question, Role, Task};
    use super::*;
    use crate::policy::EnvironmentScope;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + 60 * minutes).unwrap()
    }

    fn item(task: Task, on_error: OnError) -> Item {
        Item {
            id: "an-item".to_owned(),
            title: "an item".to_owned(),
            incident: None,
            environments: EnvironmentScope::All,
            services: Vec::new(),
            when: Vec::new(),
            on_error,
            max_age: SignedDuration::from_mins(10),
            task,
            triggers: Vec::new(),
            fails_for: None,
            built_in: false,
        }
    }

    fn probed(outcome: Outcome, on_error: OnError) -> Row {
        let evidence = Evidence {
            outcome,
            summary: "seen".to_owned(),
            details: Vec::new(),
            remedy: None,
            shown: Vec::new(),
            asked: Vec::new(),
            begun: at(0),
            ended: at(0),
            valid_until: None,
        };
        Row { item: item(Task::Policies, on_error), because: None, state: State::Seen(evidence) }
    }

    fn asked(word: Option<Word>) -> Row {
        let role = Role { name: "on call".to_owned(), people: Vec::new() };
        let question =
            Question { role, text: "are you here?".to_owned(), wants_words: false, not_author: false };
        let mut row = Row::waiting(item(Task::Question(question), OnError::NoGo), None);
        if let Some(word) = word {
            row.state = State::Answered(answer(word));
        }
        row
    }

    fn answer(word: Word) -> Answer {
        Answer {
            item: "an-item".to_owned(),
            role: "on call".to_owned(),
            question: "are you here?".to_owned(),
            word,
            reason: String::new(),
            by: Person { name: "sre".to_owned(), proof: Proof::Claimed },
            at: at(0),
        }
    }

    #[test]
    fn p5_what_cannot_be_told_is_no_go_unless_the_item_says_otherwise() {
        for (outcome, on_error, expected) in [
            (Outcome::Holds, OnError::NoGo, Verdict::Go),
            (Outcome::Doubtful, OnError::NoGo, Verdict::Go),
            (Outcome::Broken, OnError::Warn, Verdict::NoGo),
            (Outcome::CannotTell, OnError::NoGo, Verdict::Unjudged),
            (Outcome::CannotTell, OnError::Warn, Verdict::Go),
            (Outcome::CannotTell, OnError::Ask, Verdict::NoGo),
        ] {
            let decision = decide(&[probed(outcome, on_error)], at(1));
            assert_eq!(decision.verdict, expected, "{outcome:?} {on_error:?}");
            assert_eq!(decision.valid_until.is_some(), expected == Verdict::Go);
        }
    }

    #[test]
    fn h13_who_has_not_answered_has_not_said_yes() {
        assert_eq!(decide(&[asked(None)], at(1)).verdict, Verdict::NoGo);
        assert_eq!(decide(&[asked(Some(Word::NoGo))], at(1)).verdict, Verdict::NoGo);
        assert_eq!(decide(&[asked(Some(Word::Go))], at(1)).verdict, Verdict::Go);
    }

    #[test]
    fn a_refusal_outranks_what_is_not_known_and_an_empty_board_says_nothing() {
        let rows = [probed(Outcome::CannotTell, OnError::NoGo), probed(Outcome::Broken, OnError::NoGo)];
        assert_eq!(decide(&rows, at(1)).verdict, Verdict::NoGo);
        assert_eq!(decide(&[], at(1)).verdict, Verdict::Unjudged);
        let waiting = Row { state: State::Waiting, ..probed(Outcome::Holds, OnError::NoGo) };
        assert_eq!(decide(&[waiting], at(1)).verdict, Verdict::Unjudged);
    }

    #[test]
    fn p7_what_is_too_old_counts_no_more_and_a_no_does() {
        let row = probed(Outcome::Holds, OnError::NoGo);
        assert_eq!(row.standing(at(9)), Standing::Go);
        assert_eq!(row.standing(at(10)), Standing::Waiting);
        assert!(row.is_stale(at(10)) && !row.is_stale(at(9)));
        assert_eq!(decide(&[row], at(10)).verdict, Verdict::Unjudged);
        assert_eq!(asked(Some(Word::Go)).standing(at(10)), Standing::Waiting);
        assert_eq!(probed(Outcome::Broken, OnError::NoGo).standing(at(99)), Standing::NoGo);
        assert_eq!(asked(Some(Word::NoGo)).standing(at(99)), Standing::NoGo);
    }

    #[test]
    fn a_go_holds_until_the_first_thing_that_it_rests_on_ends() {
        let mut ends = probed(Outcome::Holds, OnError::NoGo);
        ends.item.max_age = SignedDuration::from_hours(5);
        assert_eq!(decide(&[ends.clone()], at(1)).valid_until, Some(at(61)), "an hour at most");
        let State::Seen(evidence) = &mut ends.state else { unreachable!() };
        evidence.valid_until = Some(at(3));
        assert_eq!(decide(&[ends.clone()], at(1)).valid_until, Some(at(3)));
        assert_eq!(decide(&[ends, asked(Some(Word::Go))], at(2)).valid_until, Some(at(3)));
    }

    #[test]
    fn going_without_knowing_takes_a_person_who_says_so() {
        let mut row = probed(Outcome::CannotTell, OnError::Ask);
        assert!(row.wants_an_answer(at(1)));
        let State::Seen(evidence) = row.state.clone() else { unreachable!() };
        row.state = State::Accepted(evidence.clone(), answer(Word::Go));
        assert_eq!(row.standing(at(1)), Standing::Warn);
        assert!(!row.wants_an_answer(at(1)));
        row.state = State::Accepted(evidence, answer(Word::NoGo));
        assert_eq!(row.standing(at(1)), Standing::NoGo);
    }
}
