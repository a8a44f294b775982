//! Who answers, and what they said without a terminal: `--confirm`, an answers file, and the record of an earlier run.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arguments::GoNogoArguments;
use crate::change::Reader;
use crate::checklist::{Answer, Checklist, Person, Proof, Question, Row, State, Task, Word};
use crate::cli::Failure;
use crate::env::{Environment, variable};
use crate::record::{Entry, Record};
use crate::source::{Origin, Problems, SourceFile, nearest};

/// The kind of a record's entry that holds an answer.
pub(super) const ANSWER: &str = "answer";

/// An answer as the record holds it: it counts for one release and for no other.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub run: String,
    pub environment: Option<String>,
    pub head: Option<String>,
    #[serde(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswers {
    #[serde(default)]
    answer: Vec<RawAnswer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAnswer {
    item: String,
    word: Word,
    #[serde(default)]
    reason: String,
    by: Option<String>,
}

/// What somebody said to an item, not yet held against it.
#[derive(Debug)]
pub(super) struct Said {
    item: String,
    word: Word,
    reason: String,
    by: Option<Person>,
}

/// Who answers in this run. In a CI job it is whoever the platform says started it.
pub(super) fn person(
    name: Option<&str>,
    environment: &Environment,
    reader: &dyn Reader,
) -> Result<Person, Failure> {
    let platform = if environment.github_actions {
        variable("GITHUB_TRIGGERING_ACTOR").or_else(|| variable("GITHUB_ACTOR"))
    } else if variable("GITLAB_CI").is_some() {
        variable("GITLAB_USER_LOGIN")
    } else {
        None
    };
    if let Some(name) = platform {
        return Ok(Person { name, proof: Proof::Platform });
    }
    let name =
        name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).or_else(|| reader.user());
    name.map(|name| Person { name, proof: Proof::Claimed }).ok_or_else(|| {
        Failure::usage_with_hint("nobody knows who answers", "add --as NAME, or set git's user.email")
    })
}

/// Everything that was said on the command line and in the answers file.
pub(super) fn said(arguments: &GoNogoArguments) -> Result<Vec<Said>, Failure> {
    let mut said = match &arguments.answers {
        Some(file) => of_file(file)?,
        None => Vec::new(),
    };
    for written in &arguments.confirmations {
        said.push(of_flag(written)?);
    }
    Ok(said)
}

fn of_flag(written: &str) -> Result<Said, Failure> {
    let wrong = |what: String| {
        Failure::usage_with_hint(
            what,
            "write `--confirm release=go` or `--confirm 'release=no-go: the lag rises'`",
        )
    };
    let (item, rest) =
        written.split_once('=').ok_or_else(|| wrong(format!("--confirm `{written}` has no answer")))?;
    let (word, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let word = match word.trim().to_ascii_lowercase().as_str() {
        "go" => Word::Go,
        "no-go" => Word::NoGo,
        other => return Err(wrong(format!("--confirm {item}: `{other}` is neither go nor no-go"))),
    };
    Ok(Said { item: item.trim().to_owned(), word, reason: reason.trim().to_owned(), by: None })
}

fn of_file(file: &Path) -> Result<Vec<Said>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("--answers: {} can't be read: {error}", file.display())))?;
    let source = SourceFile::new(Origin::File(file.to_string_lossy().as_ref().into()), text);
    let raw: RawAnswers =
        toml::from_str(source.text()).map_err(|error| Problems::of_toml(&source, &error))?;
    let said = raw.answer.into_iter().map(|raw| Said {
        item: raw.item,
        word: raw.word,
        reason: raw.reason.trim().to_owned(),
        by: raw.by.map(|name| Person { name, proof: Proof::Claimed }),
    });
    Ok(said.collect())
}

/// Whether every answer is to an item that there is: nobody waits for evidence to be told of a slip of the hand.
pub(super) fn known(said: &[Said], rows: &[Row], checklist: &Checklist) -> Result<(), Failure> {
    for said in said {
        if rows.iter().map(|row| &row.item).chain(&checklist.items).all(|item| item.id != said.item) {
            let near = nearest(&said.item, rows.iter().map(|row| row.item.id.as_str()));
            let hint = near.map_or_else(
                || "`deploy-guard go-nogo --no-input` lists what is asked".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::usage_with_hint(format!("no item is called `{}`", said.item), hint));
        }
    }
    Ok(())
}

/// Holds what was said against the items; notes name what nobody asked.
pub(super) fn settle(
    said: Vec<Said>,
    rows: &[Row],
    me: &dyn Fn() -> Result<Person, Failure>,
    authors: &[String],
    now: Timestamp,
) -> Result<(Vec<Answer>, Vec<String>), Failure> {
    let (mut answers, mut notes) = (Vec::new(), Vec::new());
    for said in said {
        let Some(row) = rows.iter().find(|row| row.item.id == said.item) else {
            notes.push(format!("{} was answered, and this release does not ask it", said.item));
            continue;
        };
        let question = row.question().ok_or_else(|| {
            Failure::usage_with_hint(
                format!("`{}` is found out, and nobody can answer it", said.item),
                "leave this answer out and mend what was found; `on-error = \"ask\"` lets a person go on only where it can't be told",
            )
        })?;
        let by = who(said.by, me, &said.item)?;
        let answer = answer(row, &question, said.word, said.reason, by, now);
        question.takes(&answer, authors).map_err(|why| Failure::Usage {
            what: format!("the answer to `{}` does not count: {why}", said.item),
            hint: Some(mend_of(&question, &answer, authors)),
        })?;
        answers.push(answer);
    }
    Ok((answers, notes))
}

/// How the same answer counts.
fn mend_of(question: &Question, answer: &Answer, authors: &[String]) -> String {
    if question.may_answer(&answer.by, authors).is_err() {
        return "whoever may answer says who it is with --as NAME, or with `by` in the answers file"
            .to_owned();
    }
    let (word, words) = match answer.word {
        Word::Go => ("go", "who, and how"),
        Word::NoGo => ("no-go", "why"),
    };
    format!("write it behind the word: --confirm '{}={word}: {words}'", answer.item)
}

/// Who gives an answer: where the platform knows it, nobody else is believed to (T10).
fn who(
    named: Option<Person>,
    me: &dyn Fn() -> Result<Person, Failure>,
    item: &str,
) -> Result<Person, Failure> {
    let Some(named) = named else { return me() };
    let Some(known) = me().ok().filter(|me| me.proof == Proof::Platform) else { return Ok(named) };
    if named.name.trim().trim_start_matches('@').eq_ignore_ascii_case(&known.name) {
        return Ok(known);
    }
    Err(Failure::usage_with_hint(
        format!("`{item}` is answered in the name of {}, and {} started this job", named.name, known.name),
        "in a job the platform says who answers: leave `by` out, and have each of them start one",
    ))
}

/// What everybody has to know when a go follows somebody's no-go.
pub(super) fn taken_back(row: &Row, answer: &Answer) -> Option<String> {
    let (State::Answered(before) | State::Accepted(_, before)) = &row.state else { return None };
    let over = before.word == Word::NoGo && answer.word == Word::Go;
    over.then(|| {
        let (item, no, yes) = (&row.item.id, &before.by.name, &answer.by.name);
        format!("{item}: the go of {yes} comes after the no-go of {no}: {}", before.reason)
    })
}

/// An answer to a row's question as it is shown.
pub(super) fn answer(
    row: &Row,
    question: &Question,
    word: Word,
    reason: String,
    by: Person,
    at: Timestamp,
) -> Answer {
    Answer {
        item: row.item.id.clone(),
        role: question.role.name.clone(),
        question: question.text.clone(),
        word,
        reason,
        by,
        at,
    }
}

/// Takes up what was answered for the same release before this run was interrupted, where it still counts.
pub(super) fn resume(
    record: &Record,
    run: &str,
    rows: &mut [Row],
    authors: &[String],
    now: Timestamp,
    notes: &mut Vec<String>,
) -> usize {
    let Ok(entries) = record.read() else { return 0 };
    let kept = entries.iter().filter(|entry| entry.kind == ANSWER).filter_map(kept_in);
    let mut taken = 0;
    for kept in kept.filter(|kept| kept.run == run) {
        let fits = |row: &&mut Row| {
            row.item.id == kept.answer.item
                && matches!(&row.item.task, Task::Question(question)
                    if question.text == kept.answer.question && question.takes(&kept.answer, authors).is_ok())
        };
        let Some(row) = rows.iter_mut().find(fits) else { continue };
        // A no is one however old it is, and whatever the clock of whoever said it showed.
        let still = kept.answer.word == Word::NoGo
            || kept.answer.at <= now
                && kept.answer.at.checked_add(row.item.max_age).is_ok_and(|end| end > now);
        if still {
            notes.extend(taken_back(row, &kept.answer));
            taken += usize::from(matches!(row.state, State::Waiting));
            row.state = State::Answered(kept.answer);
        }
    }
    taken
}

/// No-gos that others recorded for the same release since `since`, while this run went on: they count, whoever was first.
pub(super) fn refused_meanwhile(
    record: &Record,
    run: &str,
    since: u64,
    rows: &mut [Row],
    authors: &[String],
) -> Vec<String> {
    let Ok(entries) = record.read() else { return Vec::new() };
    let mut refused: Vec<Answer> = Vec::new();
    let new = entries.iter().filter(|entry| entry.seq > since && entry.kind == ANSWER).filter_map(kept_in);
    for Kept { answer, .. } in new.filter(|kept| kept.run == run) {
        // Who says go later has taken it back.
        refused.retain(|before| before.item != answer.item || before.by.name != answer.by.name);
        if answer.word == Word::NoGo {
            refused.push(answer);
        }
    }
    let mut notes = Vec::new();
    for answer in refused {
        let fits = |row: &&mut Row| {
            row.item.id == answer.item
                && matches!(&row.state, State::Answered(own) if own.by.name != answer.by.name && own.word == Word::Go)
                && matches!(&row.item.task, Task::Question(question)
                    if question.text == answer.question && question.takes(&answer, authors).is_ok())
        };
        if let Some(row) = rows.iter_mut().find(fits) {
            notes.push(format!("{}: {} said no-go while this run went on", answer.item, answer.by.name));
            row.state = State::Answered(answer);
        }
    }
    notes
}

fn kept_in(entry: &Entry) -> Option<Kept> {
    serde_json::from_value(entry.body.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_word_and_may_have_a_reason() {
        let said = of_flag("outsiders-told=go: vendor A: by mail").unwrap();
        assert_eq!((said.item.as_str(), said.word), ("outsiders-told", Word::Go));
        assert_eq!(said.reason, "vendor A: by mail");
        assert_eq!(of_flag("a=NO-GO").unwrap().word, Word::NoGo);
        for wrong in ["a", "a=", "a=maybe", "a=goo"] {
            assert!(of_flag(wrong).is_err(), "{wrong}");
        }
    }
}
