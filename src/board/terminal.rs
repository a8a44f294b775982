//! The board for a terminal and for the log of a CI job: the word, why, then everything else quietly.

use std::collections::BTreeSet;
use std::path::Path;

use textwrap::core::display_width;

use super::told::{self, Told};
use super::{Board, Plan};
use crate::checklist::Standing;
use crate::report::clipped;
use crate::report::terminal::Look;
use crate::source::{ascii, escape_line, veiled};
use crate::verdict::Verdict;

/// A line of strangers is shown so far, and so many lines of them under one row.
const LINE: usize = 600;
const LINES: usize = 20;

/// The column at which what a label names begins.
const LABEL: usize = 13;

/// The widest name of a value that everybody must see.
const NAME: usize = 20;

const BOLD: &str = "1";
/// What everybody must see.
const SHOWN: &str = "1;7";

/// Writes with a terminal's width, signs and colours.
struct Pen {
    look: Look,
    width: usize,
    out: String,
}

/// The whole board.
pub fn render(board: &Board, look: Look) -> String {
    let mut pen = Pen { look, width: look.width.clamp(60, 120), out: String::new() };
    let rows = told::rows(board);
    let color = match board.verdict {
        Verdict::Go => "1;30;42",
        Verdict::NoGo => "1;97;41",
        Verdict::Unjudged => "1;30;43",
    };
    let headline = pen.safe(&told::headline_with_end(board));
    let headline = pen.styled(color, &format!(" {headline} "));
    pen.out.push_str(&headline);
    pen.out.push('\n');
    pen.wrapped("", "", &told::sentence(&rows));
    if board.simulated {
        let at = told::judged_at(board);
        pen.wrapped("", "", &format!("Simulated: judged as at {at}. This is no answer about now."));
    }
    pen.gap();
    about(board, &mut pen);
    let looking = rows.iter().filter(|row| row.wants_a_look()).collect();
    let mut lessons = BTreeSet::new();
    for (heading, rows) in
        [("What stands in the way", told::in_the_way(&rows)), ("It goes, and somebody should look", looking)]
    {
        if !rows.is_empty() {
            pen.heading(heading);
        }
        for (row, lesson) in told::with_lessons(rows, &mut lessons) {
            in_full(row, lesson.as_deref(), &mut pen);
        }
    }
    table(&rows, &mut pen);
    plan(&board.plan, &mut pen);
    pen.gap();
    for note in &board.notes {
        pen.labelled("note", note);
    }
    provenance(board, &mut pen);
    pen.out
}

fn about(board: &Board, pen: &mut Pen) {
    pen.labelled_in(BOLD, "into", &told::environment(board));
    if !board.services.is_empty() {
        pen.labelled("services", &board.services.join(", "));
    }
    pen.labelled("change", &told::range(board));
    if !board.change.title.is_empty() {
        pen.labelled("", &board.change.title);
    }
    let shown = told::shown(board);
    if shown.is_empty() {
        return;
    }
    pen.gap();
    for (name, value) in shown {
        let name = pen.safe(&name);
        let wide = display_width(&name);
        // A long name has a line of its own: the values stand under each other, where eyes look for them.
        if wide > NAME {
            pen.wrapped("  ", "  ", &name);
        }
        let name = if wide > NAME { "" } else { name.as_str() };
        let space = " ".repeat(NAME.saturating_sub(display_width(name)));
        pen.put(SHOWN, &format!("  {name}{space}  "), NAME + 4, &value);
    }
}

/// Everything about one row.
fn in_full(row: &Told<'_>, lesson: Option<&str>, pen: &mut Pen) {
    let mark = pen.mark(row.standing);
    let title = format!("{} [{}]", row.title, row.row.item.id);
    pen.wrapped(&format!("  {mark}  "), &" ".repeat(LABEL), &title);
    pen.labelled("", &row.summary);
    for line in row.details.iter().take(LINES) {
        pen.labelled("", &format!("- {line}"));
    }
    if row.details.len() > LINES {
        pen.labelled("", &format!("… {} more", row.details.len() - LINES));
    }
    if let Some(because) = &row.because {
        pen.labelled("asked", &format!("because {because}"));
    }
    if let Some(remedy) = &row.remedy {
        pen.labelled_in(BOLD, "do", remedy);
    }
    if let Some(lesson) = lesson {
        pen.labelled("lesson", lesson);
    }
    pen.gap();
}

fn table(rows: &[Told<'_>], pen: &mut Pen) {
    for (heading, questions) in [("Evidence", false), ("Confirmations", true)] {
        let mut mine = rows.iter().filter(|row| row.is_question() == questions).peekable();
        if mine.peek().is_none() {
            continue;
        }
        pen.heading(heading);
        for row in mine {
            let mark = pen.mark(row.standing);
            let (asked, came) = (row.asked_in_short(), row.came_in_short());
            // A question without a title is one.
            let gap = if asked.ends_with(['?', '.', '!', '…']) { " " } else { ": " };
            let text = if came.is_empty() { asked } else { format!("{asked}{gap}{came}") };
            let text = if row.is_told_above() && !questions { pen.cut(&text) } else { text };
            pen.wrapped(&format!("  {mark}  "), &" ".repeat(LABEL), &text);
        }
    }
}

fn plan(plan: &Plan, pen: &mut Pen) {
    pen.heading("The way back");
    if plan.steps.is_empty() {
        pen.labelled("", "no plan says how");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        pen.labelled(&format!("{}.", number + 1), step);
    }
    for trigger in &plan.triggers {
        pen.labelled("when", trigger);
    }
    if let Some(owner) = &plan.owner {
        pen.labelled("by", owner);
    }
    if let Some(soak) = &plan.soak {
        pen.labelled("soak", &format!("watch for {soak}"));
    }
}

fn provenance(board: &Board, pen: &mut Pen) {
    match &board.recorded {
        Some(recorded) => {
            pen.labelled("record", &shown_file(&recorded.file));
            pen.labelled("head", &recorded.head.to_string());
        }
        None => pen.labelled("record", "this is not recorded"),
    }
    let rules = format!("checklist {}, rules {}", told::checklist(board), told::short(&board.catalogue));
    pen.labelled("rules", &rules);
    pen.labelled("at", &told::judged_at(board));
}

fn shown_file(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}

/// Text of strangers in one line, as this terminal may show it.
pub(crate) fn safe(text: &str, look: Look) -> String {
    // What is cut off before is not looked through for secrets, so there is some room behind what is shown.
    let text = clipped(text, 8 * LINE);
    let text = veiled(&text);
    let text = clipped(&text, LINE);
    let text = escape_line(&text);
    if look.ascii { ascii(&text).into_owned() } else { text.into_owned() }
}

/// The lines of a text in a column. Names, paths and images are copied from here: what fits is broken at blanks only.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.max(1))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::wrap(text.trim(), options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// As much of a line as a width holds.
pub(crate) fn cut(text: &str, width: usize, ascii: bool) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let end = if ascii { "..." } else { "…" };
    let room = width.saturating_sub(display_width(end));
    let mut out = String::new();
    for character in text.chars() {
        if display_width(&out) + display_width(character.encode_utf8(&mut [0; 4])) > room {
            break;
        }
        out.push(character);
    }
    if display_width(end) <= width {
        out.push_str(end);
    }
    out
}

impl Pen {
    fn safe(&self, text: &str) -> String {
        safe(text, self.look)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.look.color && !style.is_empty() {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A row's sign and word, in a column of their own.
    fn mark(&self, standing: Standing) -> String {
        let style = match standing {
            Standing::Go => "32",
            Standing::Warn | Standing::Waiting => "33",
            Standing::Unjudged | Standing::NoGo => "1;31",
        };
        let word = match standing {
            // The column is narrow; the heading above has said it in full.
            Standing::Warn => "look",
            Standing::Unjudged => "unknown",
            other => told::word(other),
        };
        self.styled(style, &format!("{} {word:<7}", told::sign(standing, self.look.ascii)))
    }

    /// What fits on a row's line.
    fn cut(&self, text: &str) -> String {
        cut(&self.safe(text), self.width.saturating_sub(LABEL), self.look.ascii)
    }

    fn gap(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn heading(&mut self, text: &str) {
        self.gap();
        let text = self.styled(BOLD, text);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    fn labelled(&mut self, label: &str, text: &str) {
        self.labelled_in("", label, text);
    }

    fn labelled_in(&mut self, style: &str, label: &str, text: &str) {
        let first = format!("{label:>width$}  ", width = LABEL - 2);
        self.put(style, &first, LABEL, text);
    }

    /// What is in `first` may be styled already and is not measured.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        self.put("", first, rest.len(), text);
    }

    fn put(&mut self, style: &str, first: &str, indent: usize, text: &str) {
        let text = self.safe(text);
        let hanging = if text.starts_with("- ") { 2 } else { 0 };
        let lines = wrap(&text, self.width.saturating_sub(indent + hanging).max(20));
        for (number, line) in lines.iter().enumerate() {
            let before = if number == 0 { first.to_owned() } else { " ".repeat(indent + hanging) };
            let line = self.styled(style, line);
            self.out.push_str(&format!("{before}{line}\n"));
        }
    }
}
