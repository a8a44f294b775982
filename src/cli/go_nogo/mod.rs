//! `go-nogo`: evidence and people before a release, one word at the end, and a record of how it came to be.
//!
//! In: a change, a checklist, the world and the people. Out: the board in every format that was asked for, a record,
//! and an exit code. No go stands that is not in the record.

mod answers;
mod arguments;
mod authors;
mod gather;
mod interrupt;
mod judged;
mod page;
mod platform;
mod release;
mod settle;
mod watch;

use std::sync::mpsc::channel;

use crate::board::Board;
use crate::calendar;
use crate::checklist::{Answer, Person, Row, State, decide};
use crate::env::Environment;
use crate::record::Record;
use crate::report::terminal::Look;
use crate::verdict::Verdict;

use super::Failure;
use super::judging::{Clock, open_repository};
use super::output::Output;
use super::progress::Counter;
use super::record::place;
use super::step;
use answers::{ANSWER, Kept, person, refused_meanwhile, resume, said, taken_back};
use arguments::GoNogoAction;
use gather::{Arrived, probe_of};
use interrupt::Interrupt;
use page::{Ended, Event, Session};
use release::{Prepared, prepare};

pub(super) use arguments::GoNogoArguments;

/// What is too old is asked again so often before a word is said; an answer that is stale by then ends the run.
const ROUNDS: usize = 3;

pub(super) fn run(
    arguments: &GoNogoArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    let interrupt = Interrupt::listen();
    match &arguments.action {
        Some(GoNogoAction::Watch(watching)) => watch::run(watching, environment, output, &interrupt),
        None => ask(arguments, environment, output, &interrupt)
            .map_err(|failure| step::unjudged(failure, settle::RECORD_HEAD)),
    }
}

/// From the questions to the word.
fn ask(
    arguments: &GoNogoArguments,
    environment: &Environment,
    output: &mut Output,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let formats = settle::formats(&arguments.formats)?;
    let clock = Clock::of(&arguments.clock, environment)?;
    let said = said(arguments)?;
    let reader = open_repository(environment)?;
    let prepared = prepare(&arguments.release, clock, environment, reader.as_ref(), interrupt.flag())?;
    answers::known(&said, &prepared.rows, &prepared.checklist)?;
    if arguments.comment {
        platform::can_comment(prepared.opened.as_ref())?;
    }
    let _ending = prepared.gathering.ending();
    let record = place(arguments.release.record.as_deref(), environment, reader.as_ref())?;
    let me = || person(arguments.name.as_deref(), environment, reader.as_ref());

    let mut run = Run {
        rows: prepared.rows.clone(),
        authors: authors::of(&prepared.change),
        prepared: &prepared,
        record: &record,
        notes: Vec::new(),
        since: record.head().ok().flatten().map_or(0, |head| head.seq),
    };
    run.take_up_earlier();
    let asked = run.rows.iter().any(|row| row.wants_an_answer(calendar::now()));
    let interactive = asked && said.is_empty() && !arguments.no_input && page::is_possible(environment);
    if interactive {
        let left = run.poll(me()?, output.look)?;
        if left {
            run.notes.push("left before the end: `deploy-guard go-nogo` goes on where it stopped".to_owned());
        }
    } else {
        run.gather(&run.open_evidence(), environment)?;
        run.take(said, &me)?;
        run.refresh(environment)?;
    }
    let mut board = run.finish();
    if let Some(code) = interrupt.exit_code() {
        settle::interrupted(&prepared, &record, code);
        return Ok(code);
    }
    settle::conclude(&mut board, &prepared, &record);
    let shown = settle::show(&board, &formats, output);
    let commented = prepared
        .opened
        .as_ref()
        .filter(|_| arguments.comment)
        .map_or(Ok(()), |opened| opened.comment(&board));
    if let Err(failure) = shown.and(commented) {
        // What can't be told is no go, and a no-go stays one.
        if board.verdict != Verdict::NoGo {
            return Err(failure);
        }
        output.fail(&failure);
    }
    settle::to_the_runner(&board)?;
    Ok(board.verdict.exit_code())
}

/// One run on the way to its word.
struct Run<'a> {
    prepared: &'a Prepared,
    record: &'a Record,
    rows: Vec<Row>,
    authors: Vec<String>,
    notes: Vec<String>,
    /// Where the record ended when this run began.
    since: u64,
}

impl Run<'_> {
    /// Answers that an interrupted run left in the record.
    fn take_up_earlier(&mut self) {
        let (run, now) = (&self.prepared.run, calendar::now());
        let taken = resume(self.record, run, &mut self.rows, &self.authors, now, &mut self.notes);
        if taken > 0 {
            let answers = if taken == 1 { "1 answer is".to_owned() } else { format!("{taken} answers are") };
            self.notes.push(format!("{answers} taken over from the record"));
        }
    }

    /// Evidence that nobody has asked for yet, or that is too old by now.
    fn open_evidence(&self) -> Vec<usize> {
        let now = calendar::now();
        let open = |row: &Row| matches!(row.state, State::Waiting) || row.is_stale(now);
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| probe_of(row).is_some() && open(row)).map(|(index, _)| index).collect()
    }

    /// Shows the page and polls the roles, while evidence comes in. True where somebody left before the end.
    fn poll(&mut self, me: Person, look: Look) -> Result<bool, Failure> {
        let gathering = &self.prepared.gathering;
        let (arrived, arriving) = channel::<Arrived>();
        let (event, events) = channel();
        std::thread::spawn(move || {
            for Arrived { index, evidence } in arriving {
                if event.send(Event::Row { index, state: State::Seen(evidence) }).is_err() {
                    return;
                }
            }
        });
        let probe = |index: usize| Some((index, probe_of(self.rows.get(index)?)?));
        gathering.begin(self.open_evidence().into_iter().filter_map(probe).collect(), &arrived)?;
        let mut board = self.prepared.board(self.rows.clone());
        board.notes.extend(self.notes.iter().cloned());
        let mut again = |index: usize| {
            // The door was made once before with the same words.
            let _ = gathering.begin(probe(index).into_iter().collect(), &arrived);
        };
        let session = Session {
            board,
            me,
            authors: self.authors.clone(),
            events,
            keep: &mut |answer| self.keep(answer),
            again: &mut again,
            clock: &calendar::now,
        };
        let (board, left) = match page::run(session, look)? {
            Ended::Finished(board) => (board, false),
            Ended::Left(board) => (board, true),
        };
        self.rows = board.rows;
        Ok(left)
    }

    fn gather(&mut self, wanted: &[usize], environment: &Environment) -> Result<(), Failure> {
        if wanted.is_empty() {
            return Ok(());
        }
        let counter = Counter::begin(environment, "asking");
        self.prepared.gathering.gather(&mut self.rows, wanted, |done, all| counter.show(done, all))
    }

    /// Holds what was said against the items, each answer into the record first.
    fn take(
        &mut self,
        said: Vec<answers::Said>,
        me: &dyn Fn() -> Result<Person, Failure>,
    ) -> Result<(), Failure> {
        let now = calendar::now();
        let (answers, notes) = answers::settle(said, &self.rows, me, &self.authors, now)?;
        self.notes.extend(notes);
        for answer in answers {
            self.keep(&answer).map_err(|what| Failure::Unable {
                what: format!("the answer to `{}` is not in the record: {what}", answer.item),
                mend: Some("name a record that can be written with --record".to_owned()),
            })?;
            if let Some(row) = self.rows.iter_mut().find(|row| row.item.id == answer.item) {
                self.notes.extend(taken_back(row, &answer));
                row.take(answer);
            }
        }
        Ok(())
    }

    /// Writes an answer down. A what-if leaves no trace.
    fn keep(&self, answer: &Answer) -> Result<(), String> {
        if self.prepared.simulated {
            return Ok(());
        }
        let kept = Kept {
            run: self.prepared.run.clone(),
            environment: self.prepared.shown.environment.as_ref().map(|found| found.name.clone()),
            head: self.prepared.change.head.commit.as_ref().map(ToString::to_string),
            answer: answer.clone(),
        };
        let body = serde_json::to_value(&kept).map_err(|error| error.to_string())?;
        self.record.append(answer.at, ANSWER, &body).map(drop).map_err(|error| error.what)
    }

    /// Asks again for what has grown too old while others were asked (P7).
    fn refresh(&mut self, environment: &Environment) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            let stale = self.open_evidence();
            if stale.is_empty() || decide(&self.rows, calendar::now()).verdict == Verdict::NoGo {
                return Ok(());
            }
            self.gather(&stale, environment)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Board {
        if !self.prepared.simulated {
            let run = &self.prepared.run;
            let notes = refused_meanwhile(self.record, run, self.since, &mut self.rows, &self.authors);
            self.notes.extend(notes);
        }
        let mut board = self.prepared.board(self.rows);
        board.notes.extend(self.notes);
        board
    }
}
