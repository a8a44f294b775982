//! The end of a run: the word is said, written down, and shown. In this order: no go is shown that is not written down.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::release::Prepared;
use crate::board::{Board, Recorded, html, json as board_json, markdown, terminal};
use crate::calendar;
use crate::checklist::{Row, Standing, State, decide};
use crate::cli::Failure;
use crate::cli::output::Output;
use crate::cli::step;
use crate::record::Record;
use crate::report::outputs::Outputs;
use crate::verdict::Verdict;

/// The kind of a record's entry that holds a decision.
pub(super) const DECISION: &str = "decision";

/// The output of a step that holds where the record ends, as `record verify --head` takes it.
pub(super) const RECORD_HEAD: &str = "record-head";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Terminal,
    Json,
    Markdown,
    Html,
}

/// What was asked for; the terminal where nothing was.
pub(super) fn formats(written: &[String]) -> Result<Vec<(Format, Option<PathBuf>)>, Failure> {
    let mut formats = Vec::new();
    for written in written {
        let (name, file) = match written.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (written.as_str(), None),
        };
        let format = match name {
            "terminal" => Format::Terminal,
            "json" => Format::Json,
            "markdown" => Format::Markdown,
            "html" => Format::Html,
            other => {
                return Err(Failure::usage_with_hint(
                    format!("there is no format `{other}` of a board"),
                    "the formats are terminal, json, markdown and html; `html=board.html` writes to a file",
                ));
            }
        };
        formats.push((format, file));
    }
    if formats.is_empty() {
        formats.push((Format::Terminal, None));
    }
    if formats.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(Failure::usage_with_hint(
            "two formats can't both go to the terminal",
            "give one of them a file: --format html=board.html",
        ));
    }
    Ok(formats)
}

/// Says the word and writes it down.
pub(super) fn conclude(board: &mut Board, prepared: &Prepared, record: &Record) {
    let now = calendar::now();
    let decision = decide(&board.rows, now);
    board.verdict = decision.verdict;
    board.valid_until = decision.valid_until;
    if !board.simulated {
        board.at = now;
    }
    if board.simulated {
        board.valid_until = None;
        let what = if prepared.change.asker.trusts_only_base() {
            "a what-if with a clock set by hand"
        } else {
            "a what-if: what is not committed is judged by its own list"
        };
        board.notes.push(format!("{what}: it is not in the record, and releases nothing"));
        return;
    }
    let body = body(board, prepared);
    match record.append(now, DECISION, &body) {
        Ok(head) => board.recorded = Some(Recorded { file: record.file().to_owned(), head }),
        Err(error) => {
            board.notes.push(format!("not in the record: {}", error.what));
            board.notes.extend(error.mend);
            if board.verdict == Verdict::Go {
                board.verdict = Verdict::Unjudged;
                board.valid_until = None;
                board.notes.push("no go stands without a record".to_owned());
            }
        }
    }
}

/// Notes that a run was ended before its word.
pub(super) fn interrupted(prepared: &Prepared, record: &Record, code: u8) {
    if prepared.simulated {
        return;
    }
    let body = json!({
        "run": prepared.run,
        "environment": prepared.shown.environment.as_ref().map(|found| &found.name),
        "exit_code": code,
    });
    // Whoever wants to end gets to: what was not said is no go either way.
    let _ = record.append(calendar::now(), "interrupted", &body);
}

/// A decision as the record holds it: what was asked, what came and who said what.
fn body(board: &Board, prepared: &Prepared) -> Value {
    json!({
        "run": prepared.run,
        "environment": board.environment,
        "services": board.services,
        "decision": board.verdict.as_str(),
        "valid_until": board.valid_until,
        "base": board.change.base,
        "head": board.change.head,
        "tree": board.change.tree,
        "catalogue": board.catalogue,
        "checklist": board.checklist,
        "tool": env!("CARGO_PKG_VERSION"),
        "rows": board.rows.iter().map(|row| of_row(row, board)).collect::<Vec<_>>(),
    })
}

fn of_row(row: &Row, board: &Board) -> Value {
    let standing: Standing = row.standing(board.at);
    let state = match &row.state {
        State::Waiting => json!(null),
        State::Judged(judged) => json!({ "verdict": judged.verdict.as_str(), "summary": judged.summary }),
        State::Seen(evidence) => json!({ "evidence": evidence }),
        State::Answered(answer) => json!({ "answer": answer }),
        State::Accepted(evidence, answer) => json!({ "evidence": evidence, "answer": answer }),
    };
    json!({ "item": row.item.id, "standing": standing, "state": state })
}

/// Renders the board in every format that was asked for. The word is not ours to touch.
pub(super) fn show(
    board: &Board,
    formats: &[(Format, Option<PathBuf>)],
    output: &mut Output,
) -> Result<(), Failure> {
    let mut lost = Ok(());
    for (format, file) in formats {
        let text = rendered(board, *format, file.as_deref(), output);
        match (file, format) {
            // One that can't be written takes none of the others with it.
            (Some(file), _) => lost = lost.and(Output::write_file(file, &text)),
            (None, Format::Terminal) => output.print(&text),
            (None, _) => output.print_exact(&text),
        }
    }
    lost
}

/// The summary and the outputs of a step of a GitHub job.
pub(super) fn to_the_runner(board: &Board) -> Result<(), Failure> {
    let said = board_json::board(board);
    let head = board.recorded.as_ref().map(|recorded| recorded.head.to_string());
    let outputs = Outputs {
        decision: said.decision,
        complete: said.complete,
        valid_until: said.valid_until,
        also: (RECORD_HEAD, head),
    };
    step::tell(|| markdown::render(board), &outputs)
}

fn rendered(board: &Board, format: Format, file: Option<&Path>, output: &Output) -> String {
    match format {
        Format::Terminal if file.is_some() => terminal::render(board, crate::report::terminal::Look::plain()),
        Format::Terminal => terminal::render(board, output.look),
        Format::Json => board_json::render(board),
        Format::Markdown => markdown::render(board),
        Format::Html => html::render(board),
    }
}
