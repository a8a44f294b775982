//! What every format tells alike: which words stand for what, what stands in the way, and what a row has to say.
//!
//! In: a [`Board`]. Out: sentences without secrets and not yet escaped: that is each format's own business.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Board;
use crate::calendar::{local_and_utc, time_seen_from};
use crate::checklist::{Answer, Proof, Row, Standing, State, Task, Word};
use crate::policy::{Incident, incident};
use crate::probe::{Asked, Evidence};
use crate::report::clipped;
use crate::source::veiled;
use crate::verdict::Verdict;

/// What a table repeats of a row that is told in full above it.
const SHORT: usize = 80;

/// A row in words.
pub(crate) struct Told<'a> {
    pub(crate) row: &'a Row,
    pub(crate) standing: Standing,
    pub(crate) title: String,
    /// One line that stands without the title.
    pub(crate) summary: String,
    pub(crate) details: Vec<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) incident: Option<&'static Incident>,
    pub(crate) because: Option<String>,
}

impl Told<'_> {
    pub(crate) const fn evidence(&self) -> Option<&Evidence> {
        match &self.row.state {
            State::Seen(evidence) | State::Accepted(evidence, _) => Some(evidence),
            State::Waiting | State::Judged(_) | State::Answered(_) => None,
        }
    }

    pub(crate) const fn answer(&self) -> Option<&Answer> {
        match &self.row.state {
            State::Answered(answer) | State::Accepted(_, answer) => Some(answer),
            State::Waiting | State::Judged(_) | State::Seen(_) => None,
        }
    }

    /// It goes, and somebody should look.
    pub(crate) fn wants_a_look(&self) -> bool {
        self.standing == Standing::Warn
    }

    /// It is told in full before the tables.
    pub(crate) fn is_told_above(&self) -> bool {
        stands_in_the_way(self.standing) || self.wants_a_look()
    }

    pub(crate) const fn is_question(&self) -> bool {
        matches!(self.row.item.task, Task::Question(_))
    }

    /// What a table says was asked: the role and the title, never the question in full.
    pub(crate) fn asked_in_short(&self) -> String {
        let title = clipped(&self.title, SHORT);
        match &self.row.item.task {
            Task::Question(question) => format!("{}: {title}", veiled(&question.role.name)),
            Task::Policies | Task::Probe(_) => title.into_owned(),
        }
    }

    /// What a table says has come: nothing where a question is open, and a few words where the row is told in full above.
    pub(crate) fn came_in_short(&self) -> Cow<'_, str> {
        match &self.row.state {
            State::Waiting if self.is_question() => "".into(),
            State::Waiting | State::Answered(_) => self.summary.as_str().into(),
            State::Judged(_) | State::Seen(_) | State::Accepted(..) if self.is_told_above() => {
                clipped(&self.summary, SHORT)
            }
            State::Judged(_) | State::Seen(_) | State::Accepted(..) => self.summary.as_str().into(),
        }
    }

    /// The question that was answered, where its title does not say it already.
    pub(crate) fn answered_question(&self) -> Option<Cow<'_, str>> {
        let question = veiled(&self.answer()?.question);
        (self.is_question() && question != self.title).then_some(question)
    }
}

/// Every row, in the board's order.
pub(crate) fn rows(board: &Board) -> Vec<Told<'_>> {
    board.rows.iter().map(|row| told(row, board)).collect()
}

/// Those that stand in the way, the hardest first.
pub(crate) fn in_the_way<'r, 'b>(rows: &'r [Told<'b>]) -> Vec<&'r Told<'b>> {
    let mut found: Vec<&Told<'_>> = rows.iter().filter(|row| stands_in_the_way(row.standing)).collect();
    found.sort_by_key(|row| std::cmp::Reverse(row.standing));
    found
}

pub(crate) const fn stands_in_the_way(standing: Standing) -> bool {
    matches!(standing, Standing::NoGo | Standing::Unjudged | Standing::Waiting)
}

/// The word of a row: with its sign, so that nothing hangs on colour.
pub(crate) const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Go => "go",
        Standing::Warn => "go, but look",
        Standing::Waiting => "open",
        Standing::Unjudged => "unknown",
        Standing::NoGo => "no-go",
    }
}

pub(crate) const fn sign(standing: Standing, ascii: bool) -> char {
    match (standing, ascii) {
        (Standing::Go, false) => '✓',
        (Standing::Go, true) => '+',
        (Standing::Warn, _) => '!',
        (Standing::Waiting, false) => '○',
        (Standing::Waiting, true) => '.',
        (Standing::Unjudged, _) => '?',
        (Standing::NoGo, false) => '✗',
        (Standing::NoGo, true) => 'x',
    }
}

/// What can be read from three metres away.
pub(crate) const fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Go => "GO",
        Verdict::NoGo => "NO-GO",
        Verdict::Unjudged => "NO-GO — could not be judged",
    }
}

/// `GO until 16:10 America/New_York`.
pub(crate) fn headline_with_end(board: &Board) -> String {
    end(board).map_or_else(
        || headline(board.verdict).to_owned(),
        |end| format!("{} until {end}", headline(board.verdict)),
    )
}

/// When the go ends.
pub(crate) fn end(board: &Board) -> Option<String> {
    let end = board.valid_until.filter(|_| board.verdict == Verdict::Go)?;
    Some(time_seen_from(board.at, end, &board.zone))
}

/// The numbers behind the word: `2 say no-go, 1 is unknown, 1 is open.`
pub(crate) fn sentence(rows: &[Told<'_>]) -> String {
    if rows.is_empty() {
        return "Nothing was asked, and that is no go.".to_owned();
    }
    let verbs = [
        (Standing::NoGo, "says no-go", "say no-go"),
        (Standing::Unjudged, "is unknown", "are unknown"),
        (Standing::Waiting, "is open", "are open"),
        (Standing::Warn, "goes and wants a look", "go and want a look"),
    ];
    if let [only] = rows {
        let verb = verbs.iter().find(|(standing, ..)| *standing == only.standing);
        return format!("The only item {}.", verb.map_or("says go", |(_, one, _)| one));
    }
    let count = |wanted: Standing| rows.iter().filter(|row| row.standing == wanted).count();
    let mut parts = Vec::new();
    for (standing, one, many) in verbs {
        match count(standing) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            number => parts.push(format!("{number} {many}")),
        }
    }
    match (count(Standing::Go), parts.is_empty()) {
        (all, true) => format!("All {all} say go."),
        (0, false) => format!("{}, of {}.", parts.join(", "), rows.len()),
        (1, false) => format!("{}; 1 of {} says go.", parts.join(", "), rows.len()),
        (go, false) => format!("{}; {go} of {} say go.", parts.join(", "), rows.len()),
    }
}

pub(crate) fn environment(board: &Board) -> String {
    match &board.environment {
        None => "no environment that is known".to_owned(),
        Some(name) if board.protected => format!("{} (protected)", veiled(name)),
        Some(name) => veiled(name).into_owned(),
    }
}

/// `main (0123456789) → release (abcdef0123), 3 commits`.
pub(crate) fn range(board: &Board) -> String {
    let change = &board.change;
    let side = |label: &str, id: Option<&String>| match id.map(|id| short(id)) {
        Some(id) if id == label || label.is_empty() => id.to_owned(),
        Some(id) => format!("{} ({id})", veiled(label)),
        None => veiled(label).into_owned(),
    };
    let commits =
        if change.commits == 1 { "1 commit".to_owned() } else { format!("{} commits", change.commits) };
    format!(
        "{} → {}, {commits}",
        side(&change.base_label, change.base.as_ref()),
        side(&change.head_label, change.head.as_ref())
    )
}

/// The form of an id that people read.
pub(crate) fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// What everybody in the room must see: pairs, each once.
pub(crate) fn shown(board: &Board) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for row in rows(board) {
        for (name, value) in row.evidence().map(|evidence| evidence.shown.as_slice()).unwrap_or_default() {
            let pair = (veiled(name).into_owned(), veiled(value).into_owned());
            if !all.contains(&pair) {
                all.push(pair);
            }
        }
    }
    all
}

/// `sre (claimed)`.
pub(crate) fn person(answer: &Answer) -> String {
    format!("{} ({})", veiled(&answer.by.name), proof(answer.by.proof))
}

pub(crate) const fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Claimed => "claimed",
        Proof::Platform => "by the platform",
    }
}

pub(crate) const fn spoken(word: Word) -> &'static str {
    match word {
        Word::Go => "GO",
        Word::NoGo => "NO-GO",
    }
}

/// What was asked, as a line: target, the way there, the beginning of the digest.
pub(crate) fn asked(asked: &Asked) -> String {
    let mut out = veiled(&asked.target).into_owned();
    if let Some(way) = &asked.way {
        out.push_str(&format!(" by {}", veiled(way)));
    }
    if let Some(digest) = &asked.digest {
        out.push_str(&format!(", sha256 {}", short(digest)));
    }
    out
}

/// Rows with their lessons; a lesson that `known` holds has been told.
pub(crate) fn with_lessons<'r, 'b>(
    rows: Vec<&'r Told<'b>>,
    known: &mut BTreeSet<&'static str>,
) -> Vec<(&'r Told<'b>, Option<String>)> {
    let lesson = |row: &Told<'_>, known: &mut BTreeSet<&'static str>| {
        let incident = row.incident.filter(|incident| known.insert(&incident.id))?;
        Some(format!("{} ({})", incident.line, incident.id))
    };
    rows.into_iter().map(|row| (row, lesson(row, known))).collect()
}

/// When it was judged, and whether that clock was set by hand.
pub(crate) fn judged_at(board: &Board) -> String {
    local_and_utc(board.at, &board.zone)
}

pub(crate) fn checklist(board: &Board) -> String {
    board.checklist.as_ref().map_or_else(|| "the built-in one".to_owned(), |file| veiled(file).into_owned())
}

fn told<'a>(row: &'a Row, board: &Board) -> Told<'a> {
    let standing = row.standing(board.at);
    let (summary, details, remedy) = match &row.state {
        State::Waiting => waiting(row),
        State::Judged(judged) => {
            let remedy = "mend the change; `deploy-guard check` shows each finding in full";
            let remedy = (judged.verdict != Verdict::Go).then(|| remedy.to_owned());
            (judged.summary.clone(), judged.details.clone(), remedy)
        }
        State::Seen(evidence) => {
            let mut remedy = evidence.remedy.clone();
            if row.wants_an_answer(board.at) {
                let first = remedy.as_deref().unwrap_or("ask again");
                let id = &row.item.id;
                remedy = Some(format!(
                    "{first}; or somebody says why it goes out without: --confirm '{id}=go: …'"
                ));
            }
            (evidence.summary.clone(), evidence.details.clone(), remedy)
        }
        State::Answered(answer) => (sentence_of(answer), Vec::new(), None),
        State::Accepted(evidence, answer) => {
            let mut details = vec![sentence_of(answer)];
            details.extend_from_slice(&evidence.details);
            (evidence.summary.clone(), details, evidence.remedy.clone())
        }
    };
    let summary = if row.is_stale(board.at) && standing == Standing::Waiting {
        format!("out of date, ask again: {summary}")
    } else {
        summary
    };
    Told {
        row,
        standing,
        title: veiled(&row.item.title).into_owned(),
        summary: veiled(&summary).into_owned(),
        details: details.iter().map(|line| veiled(line).into_owned()).collect(),
        remedy: remedy.filter(|_| standing != Standing::Go).map(|remedy| veiled(&remedy).into_owned()),
        incident: row.item.incident.as_deref().and_then(incident),
        because: row.because.as_ref().map(|because| veiled(because).into_owned()),
    }
}

/// What nobody has answered, and what has not come back.
fn waiting(row: &Row) -> (String, Vec<String>, Option<String>) {
    match &row.item.task {
        Task::Question(question) => {
            let who = if question.role.people.is_empty() {
                question.role.name.clone()
            } else {
                format!("{} ({})", question.role.name, question.role.people.join(", "))
            };
            let remedy = format!("ask {who}; where there is no terminal: --confirm {}=…", row.item.id);
            // A question without a title is its own.
            let summary = if row.item.title == question.text {
                "needs a human".to_owned()
            } else {
                format!("needs a human: {}", question.text)
            };
            (summary, Vec::new(), Some(remedy))
        }
        Task::Policies => ("the change has not been judged".to_owned(), Vec::new(), None),
        Task::Probe(kind) => {
            (format!("nothing has come back from {}", kind.probe().subject()), Vec::new(), None)
        }
    }
}

/// `GO, says sre (claimed): the pager is with me`.
fn sentence_of(answer: &Answer) -> String {
    let mut out = format!("{}, says {}", spoken(answer.word), person(answer));
    if !answer.reason.trim().is_empty() {
        out.push_str(&format!(": {}", answer.reason.trim()));
    }
    out
}
