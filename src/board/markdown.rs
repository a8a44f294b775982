//! The board as a comment on a pull request.
//!
//! The same bounds and escapes as the report's page: whole parts under the platform's limit, and text of strangers is said
//! and can do nothing else.

use std::collections::BTreeSet;

use super::told::{self, Told};
use super::{Board, Plan};
use crate::checklist::Standing;
use crate::report::clipped;
use crate::report::markdown::escape::{code, fence, marker, prose};
use crate::report::markdown::page::{Limit, Section, page};
use crate::source::escape_line;
use crate::verdict::Verdict;

/// GitHub takes 65,536 characters.
const LIMIT: Limit = Limit::Bytes(60_000);

/// A line of strangers is shown so far, and so many lines of them under one row.
const LINE: usize = 600;
const LINES: usize = 20;

const ITEMS: (&str, &str) = ("item", "items");

/// What the comment begins with, unseen: the next board of this environment takes its place.
pub fn mark(board: &Board) -> String {
    marker(&format!("go-nogo {}", board.environment.as_deref().unwrap_or_default()))
}

pub fn render(board: &Board) -> String {
    let rows = told::rows(board);
    let looking: Vec<&Told<'_>> = rows.iter().filter(|row| row.wants_a_look()).collect();
    let mut lessons = BTreeSet::new();
    let mut all_in_full = |rows: Vec<&Told<'_>>| {
        let rows = told::with_lessons(rows, &mut lessons).into_iter();
        rows.map(|(row, lesson)| in_full(row, lesson)).collect()
    };
    let sections = [
        listed("What stands in the way", all_in_full(told::in_the_way(&rows))),
        listed("It goes, and somebody should look", all_in_full(looking)),
        table("Evidence", "seen", rows.iter().filter(|row| !row.is_question())),
        table("Confirmations", "said", rows.iter().filter(|row| row.is_question())),
        way_back(&board.plan),
        listed("Notes", board.notes.iter().map(|note| format!("- {}\n", said(note))).collect()),
    ];
    let top = format!("{}\n{}", mark(board), top(board, &rows));
    page(&top, &sections, &provenance(board), LIMIT)
}

fn top(board: &Board, rows: &[Told<'_>]) -> String {
    let emoji = match board.verdict {
        Verdict::Go => "✅",
        Verdict::NoGo => "🛑",
        Verdict::Unjudged => "❓",
    };
    let mut out = format!("## {emoji} {}\n\n{}\n", told::headline_with_end(board), told::sentence(rows));
    if board.simulated {
        let at = told::judged_at(board);
        out.push_str(&format!(
            "\n> [!WARNING]\n> **Simulated.** Judged as at {at}: this is no answer about now.\n"
        ));
    }
    out.push_str(&format!("\n- Into **{}**", said(&told::environment(board))));
    if !board.services.is_empty() {
        let services: Vec<String> = board.services.iter().map(|name| code(&told_plainly(name))).collect();
        out.push_str(&format!(": {}", services.join(", ")));
    }
    out.push_str(&format!("\n- {}\n", said(&told::range(board))));
    if !board.change.title.is_empty() {
        out.push_str(&format!("- {}\n", said(&board.change.title)));
    }
    for (name, value) in told::shown(board) {
        out.push_str(&format!("- {}: **{}**\n", said(&name), said(&value)));
    }
    out
}

/// One line of strangers.
fn said(text: &str) -> String {
    prose(&told_plainly(text))
}

fn told_plainly(text: &str) -> String {
    clipped(&crate::source::veiled(text), LINE).into_owned()
}

const fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Go => "✅",
        Standing::Warn => "⚠️",
        Standing::Waiting => "⏳",
        Standing::Unjudged => "❓",
        Standing::NoGo => "🛑",
    }
}

fn listed(heading: &str, items: Vec<String>) -> Section {
    Section { head: format!("\n### {heading}\n\n"), items, tail: "", names: ITEMS }
}

/// Everything about one row.
fn in_full(row: &Told<'_>, lesson: Option<String>) -> String {
    let mut out = format!(
        "#### {} {}: {}\n\n{}\n",
        sign(row.standing),
        told::word(row.standing),
        said(&row.title),
        said(&row.summary)
    );
    if !row.details.is_empty() {
        let shown = |line: &String| escape_line(&clipped(line, LINE)).into_owned();
        let mut lines: Vec<String> = row.details.iter().take(LINES).map(shown).collect();
        if row.details.len() > LINES {
            lines.push(format!("… {} more", row.details.len() - LINES));
        }
        out.push_str(&format!("\n{}", fence(&lines.join("\n"))));
    }
    for (label, text) in [("Asked because", &row.because), ("Do", &row.remedy)] {
        if let Some(text) = text {
            out.push_str(&format!("\n**{label}:** {}\n", said(text)));
        }
    }
    if let Some(lesson) = lesson {
        out.push_str(&format!("\n*Lesson:* {}\n", said(&lesson)));
    }
    out.push('\n');
    out
}

fn table<'a>(heading: &str, last: &str, rows: impl Iterator<Item = &'a Told<'a>>) -> Section {
    let line = |row: &Told<'_>| {
        let short = row.asked_in_short();
        let what =
            row.answered_question().map_or_else(|| short.clone(), |asked| format!("{short} — {asked}"));
        format!(
            "| {} {} | {} | {} |\n",
            sign(row.standing),
            told::word(row.standing),
            said(&what),
            said(&row.came_in_short())
        )
    };
    Section {
        head: format!(
            "\n<details>\n<summary>{heading}</summary>\n\n| | asked | {last} |\n| --- | --- | --- |\n"
        ),
        items: rows.map(line).collect(),
        tail: "\n</details>\n",
        names: ITEMS,
    }
}

fn way_back(plan: &Plan) -> Section {
    let mut items: Vec<String> = plan.steps.iter().map(|step| format!("1. {}\n", said(step))).collect();
    if items.is_empty() {
        items.push("No plan says how.\n".to_owned());
    }
    // A blank line, or a list goes on.
    let mut gap = "\n";
    let triggers = plan.triggers.iter().map(|text| ("When", text));
    let others = [("By", &plan.owner), ("Soak", &plan.soak)];
    let others = others.into_iter().filter_map(|(label, text)| Some((label, text.as_ref()?)));
    for (label, text) in triggers.chain(others) {
        items.push(format!("{gap}- {label}: {}\n", said(text)));
        gap = "";
    }
    listed("The way back", items)
}

fn provenance(board: &Board) -> String {
    let record = board.recorded.as_ref().map_or_else(
        || "not recorded".to_owned(),
        |recorded| {
            let file = code(&recorded.file.to_string_lossy());
            format!("recorded in {file}, head {}", code(&recorded.head.to_string()))
        },
    );
    format!(
        "\n---\n\n- {record}\n- checklist {}, rules {}\n- deploy-guard {}, {}\n",
        said(&told::checklist(board)),
        code(told::short(&board.catalogue)),
        env!("CARGO_PKG_VERSION"),
        told::judged_at(board)
    )
}
