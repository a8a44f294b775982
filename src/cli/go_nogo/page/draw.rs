//! What the page looks like, at any size: the word, where it goes to, the rows, the question in full, the keys.
//!
//! In: the state. Out: cells. A text of strangers passes through `safe` on its way.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use textwrap::core::display_width;

use super::big::big;
use super::state::{Page, Purpose};
use crate::board::Plan;
use crate::board::terminal::{cut, safe, wrap};
use crate::board::told::{self, Told};
use crate::checklist::{Standing, Task};
use crate::report::terminal::Look;

/// From this size on the word is said across the room.
const BIG: (usize, usize) = (96, 36);

/// How a text is meant.
#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Quiet,
    Strong,
    /// What everybody must see.
    Shown,
    Of(Standing),
    /// The band of the word.
    Band(Word),
}

/// The word as it stands now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Go,
    NoGo,
    Unjudged,
    NotYet,
}

/// One page being drawn.
struct Sheet {
    look: Look,
    width: usize,
    height: usize,
}

impl Sheet {
    fn style(&self, tone: Tone) -> Style {
        let plain = Style::new();
        let colored = |style: Style, color| if self.look.color { style.fg(color) } else { style };
        match tone {
            Tone::Plain => plain,
            Tone::Quiet => plain.add_modifier(Modifier::DIM),
            Tone::Strong => plain.add_modifier(Modifier::BOLD),
            Tone::Shown => plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            Tone::Of(Standing::Go) => colored(plain, Color::Green),
            Tone::Of(Standing::Warn) => colored(plain, Color::Yellow),
            Tone::Of(Standing::Waiting) => colored(plain, Color::Cyan),
            Tone::Of(Standing::Unjudged | Standing::NoGo) => {
                colored(plain.add_modifier(Modifier::BOLD), Color::Red)
            }
            Tone::Band(_) if !self.look.color => plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            Tone::Band(word) => {
                let (text, ground) = match word {
                    Word::Go => (Color::Black, Color::Green),
                    Word::NoGo => (Color::White, Color::Red),
                    Word::Unjudged => (Color::Black, Color::Yellow),
                    Word::NotYet => (Color::Black, Color::Gray),
                };
                plain.fg(text).bg(ground).add_modifier(Modifier::BOLD)
            }
        }
    }

    fn safe(&self, text: &str) -> String {
        safe(text, self.look)
    }

    fn span(&self, tone: Tone, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style(tone))
    }

    /// Text in a column of its own, under which its further lines stand.
    fn column(&self, lines: &mut Vec<Line<'static>>, label: &str, tone: Tone, text: &str) {
        let label_width = display_width(label);
        for (number, part) in
            wrap(&self.safe(text), self.width.saturating_sub(label_width + 1)).iter().enumerate()
        {
            let before = if number == 0 { label.to_owned() } else { " ".repeat(label_width) };
            lines.push(Line::from(vec![self.span(Tone::Quiet, before), self.span(tone, part.clone())]));
        }
    }

    /// As much as fits into a line.
    fn cut(&self, text: &str, width: usize) -> String {
        cut(text, width, self.look.ascii)
    }

    fn rule(&self) -> Line<'static> {
        let rule = if self.look.ascii { "-" } else { "─" };
        Line::from(self.span(Tone::Quiet, rule.repeat(self.width)))
    }

    /// A band over the whole width.
    fn band(&self, word: Word, text: &str) -> Line<'static> {
        let text = self.cut(&format!(" {text}"), self.width);
        let space = " ".repeat(self.width.saturating_sub(display_width(&text)));
        Line::from(self.span(Tone::Band(word), text + &space))
    }

    fn spinner(&self, beat: usize) -> char {
        let frames: &[char] = if self.look.ascii {
            &['|', '/', '-', '\\']
        } else {
            &['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧']
        };
        frames.get(beat % frames.len()).copied().unwrap_or(' ')
    }
}

/// Draws the page.
pub(super) fn draw(page: &mut Page, look: Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    let sheet = Sheet { look, width: usize::from(area.width), height: usize::from(area.height) };
    if sheet.width == 0 || sheet.height == 0 {
        return;
    }
    let rows = told::rows(&page.board);
    let mut lines = header(page, &rows, &sheet);
    lines.truncate(sheet.height);
    let mut foot = foot(page, &sheet);
    // On the smallest screens the word outlives the keys.
    foot.lines.truncate(sheet.height.saturating_sub(lines.len()));
    let room = sheet.height.saturating_sub(lines.len() + foot.lines.len());
    let (body, scroll) = if page.help {
        (help(&sheet), 0)
    } else if let Some(from) = page.opened {
        let body = rows.get(page.focus).map(|row| in_full(page, row, &sheet)).unwrap_or_default();
        // Nobody scrolls past the end.
        let from = from.min(body.len().saturating_sub(room));
        (body, from)
    } else {
        (rows_and_focus(page, &rows, room, &sheet), 0)
    };
    if page.opened.is_some() {
        page.opened = Some(scroll);
    }
    let mut body: Vec<Line<'static>> = body.into_iter().skip(scroll).take(room).collect();
    body.resize(room, Line::default());
    lines.extend(body);
    let cursor_line = lines.len();
    lines.extend(foot.lines);
    frame.render_widget(Paragraph::new(lines), area);
    if let Some(column) = foot.cursor {
        set_cursor(frame, area, column, cursor_line);
    }
}

fn set_cursor(frame: &mut Frame<'_>, area: Rect, column: usize, line: usize) {
    if let (Ok(x), Ok(y)) = (u16::try_from(column), u16::try_from(line))
        && x < area.width
        && y < area.height
    {
        frame.set_cursor_position(Position::new(area.x + x, area.y + y));
    }
}

/// The word, the numbers behind it, and where it goes to.
fn header(page: &Page, rows: &[Told<'_>], sheet: &Sheet) -> Vec<Line<'static>> {
    let refused = rows.iter().any(|row| row.standing == Standing::NoGo);
    let (word, text, large) = match (page.is_done(), page.board.verdict) {
        (true, crate::verdict::Verdict::Go) => (Word::Go, told::headline_with_end(&page.board), "GO"),
        (true, crate::verdict::Verdict::NoGo) => (Word::NoGo, told::headline_with_end(&page.board), "NO-GO"),
        (true, crate::verdict::Verdict::Unjudged) => {
            (Word::Unjudged, told::headline_with_end(&page.board), "NO-GO")
        }
        (false, _) if refused => (Word::NoGo, "NO-GO so far".to_owned(), "NO-GO"),
        (false, _) => (Word::NotYet, "NOT YET".to_owned(), "NOT YET"),
    };
    let mut lines = Vec::new();
    if sheet.width >= BIG.0 && sheet.height >= BIG.1 {
        lines.push(sheet.band(word, ""));
        lines.extend(big(large, sheet.look.ascii).iter().map(|line| sheet.band(word, line)));
        lines.push(sheet.band(word, ""));
    }
    lines.push(sheet.band(word, &sheet.safe(&text)));
    let asking = (0..rows.len()).filter(|row| page.is_asking(*row)).count();
    let asking = if asking > 0 { format!(" Asking {asking}.") } else { String::new() };
    let simulated = if page.board.simulated { " Simulated: no answer about now." } else { "" };
    if sheet.height >= 14 {
        let numbers = sheet.safe(&format!("{}{asking}{simulated}", told::sentence(rows)));
        lines.push(Line::from(sheet.cut(&numbers, sheet.width)));
    }
    lines.extend(shown(page, sheet));
    if sheet.height >= 20 {
        let change = format!("{}  {}", told::range(&page.board), page.board.change.title);
        let change = sheet.cut(&sheet.safe(&change), sheet.width);
        lines.push(Line::from(sheet.span(Tone::Quiet, change)));
    }
    if sheet.height >= 10 {
        lines.push(sheet.rule());
    }
    lines
}

/// What everybody must see, side by side as far as it fits.
fn shown(page: &Page, sheet: &Sheet) -> Vec<Line<'static>> {
    let most = match sheet.height {
        0..=7 => 1,
        8..=15 => 3,
        16..=29 => 4,
        _ => 8,
    };
    let mut pairs = vec![("into".to_owned(), told::environment(&page.board))];
    pairs.extend(told::shown(&page.board));
    let count = pairs.len();
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut used = usize::MAX;
    for (number, (name, value)) in pairs.into_iter().enumerate() {
        let name = sheet.cut(&sheet.safe(&name), sheet.width / 2);
        let room = sheet.width.saturating_sub(display_width(&name) + 3);
        let value = sheet.cut(&sheet.safe(&value), room);
        let wide = display_width(&name) + display_width(&value) + 3;
        if used.saturating_add(wide + 2) > sheet.width {
            if lines.len() == most {
                // Nobody takes a part for the whole.
                if let Some(line) = lines.last_mut() {
                    line.push_span(sheet.span(Tone::Strong, format!(" +{}", count - number)));
                }
                break;
            }
            lines.push(Line::default());
            used = 0;
        } else {
            used += 2;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push_span(Span::raw("  "));
            }
            line.push_span(sheet.span(Tone::Quiet, format!("{name} ")));
            line.push_span(sheet.span(Tone::Shown, format!(" {value} ")));
        }
        used += wide;
    }
    lines
}

/// The list, and below it the focused row.
fn rows_and_focus(page: &Page, rows: &[Told<'_>], room: usize, sheet: &Sheet) -> Vec<Line<'static>> {
    let mut panel = rows.get(page.focus).map(|row| in_full(page, row, sheet)).unwrap_or_default();
    let most = match room {
        0..=4 => 0,
        5..=8 => 3,
        9..=16 => room / 2,
        _ => room.saturating_sub(rows.len() + 1).clamp(room / 2, room.saturating_sub(6)),
    };
    if panel.len() > most {
        panel.truncate(most.saturating_sub(1));
        if most > 1 {
            let more = if page.is_done() { "space: all of it" } else { "Enter: all of it" };
            panel.push(Line::from(sheet.span(Tone::Quiet, sheet.cut(more, sheet.width))));
        }
    }
    let line = usize::from(!panel.is_empty());
    let list_room = room.saturating_sub(panel.len() + line);
    let mut lines = list(page, rows, list_room, sheet);
    lines.resize(list_room.min(rows.len()), Line::default());
    if line > 0 {
        lines.push(sheet.rule());
    }
    lines.extend(panel);
    lines
}

/// One line a row, the focused one always among them.
fn list(page: &Page, rows: &[Told<'_>], room: usize, sheet: &Sheet) -> Vec<Line<'static>> {
    let from = page.focus.saturating_sub(room / 2).min(rows.len().saturating_sub(room));
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate().skip(from).take(room) {
        let focused = number == page.focus;
        let pointer = match (focused, sheet.look.ascii) {
            (true, false) => "▸ ",
            (true, true) => "> ",
            (false, _) => "  ",
        };
        let asking = page.is_asking(number);
        let (sign, word) = if asking {
            (sheet.spinner(page.beat), "asking")
        } else {
            (told::sign(row.standing, sheet.look.ascii), short_word(row.standing))
        };
        let text = match &row.row.item.task {
            Task::Question(question) if row.answer().is_none() => {
                format!("{}: {}", question.role.name, question.text)
            }
            Task::Question(question) => format!("{}: {}", question.role.name, row.summary),
            Task::Probe(kind) if asking => format!("{}: {}", row.title, kind.probe().subject()),
            Task::Policies | Task::Probe(_) => format!("{}: {}", row.title, row.summary),
        };
        let mark = format!("{pointer}{sign} {word:<8}");
        let text = sheet.cut(&sheet.safe(&text), sheet.width.saturating_sub(display_width(&mark)));
        let standing = if asking { Standing::Waiting } else { row.standing };
        let tone = if focused { Tone::Strong } else { Tone::Plain };
        lines.push(Line::from(vec![sheet.span(Tone::Of(standing), mark), sheet.span(tone, text)]));
    }
    lines
}

const fn short_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Warn => "look",
        other => told::word(other),
    }
}

/// Everything about one row: what is asked and by whom it may be answered, or what was seen.
fn in_full(page: &Page, row: &Told<'_>, sheet: &Sheet) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(question) = row.row.question() {
        let who = match question.role.people.as_slice() {
            [] => "anybody may answer".to_owned(),
            people => format!("{} may answer", people.join(", ")),
        };
        let not = if question.not_author { ", but not who made the change" } else { "" };
        let role = question.role.name.to_uppercase();
        sheet.column(&mut lines, "", Tone::Strong, &format!("{role}: {}", question.text));
        if row.evidence().is_some() {
            sheet.column(&mut lines, "", Tone::Of(row.standing), &row.summary);
        }
        if let Some(answer) = row.answer() {
            let reason =
                if answer.reason.is_empty() { String::new() } else { format!(": {}", answer.reason) };
            let said = format!("{}, says {}{reason}", told::spoken(answer.word), told::person(answer));
            sheet.column(&mut lines, "", Tone::Of(row.standing), &said);
        }
        let stale = row.row.is_stale(page.board.at) && row.standing == Standing::Waiting;
        if stale {
            sheet.column(&mut lines, "", Tone::Strong, "out of date: it has to be answered again");
        }
        sheet.column(&mut lines, "", Tone::Quiet, &format!("{who}{not}"));
    } else {
        let title = format!("{} [{}]", row.title, row.row.item.id);
        sheet.column(&mut lines, "", Tone::Strong, &title);
        sheet.column(&mut lines, "", Tone::Of(row.standing), &row.summary);
    }
    if let Some(because) = &row.because {
        sheet.column(&mut lines, "because ", Tone::Plain, because);
    }
    for line in &row.details {
        sheet.column(&mut lines, "- ", Tone::Plain, line);
    }
    if let Some(remedy) = row.remedy.as_ref().filter(|_| !row.is_question()) {
        sheet.column(&mut lines, "do ", Tone::Strong, remedy);
    }
    if row.is_question() && row.answer().is_none() {
        way_back(&page.board.plan, sheet, &mut lines);
    }
    if let Some(incident) = row.incident {
        sheet.column(&mut lines, "lesson ", Tone::Quiet, &incident.line);
    }
    for asked in row.evidence().map(|evidence| evidence.asked.as_slice()).unwrap_or_default() {
        sheet.column(&mut lines, "asked ", Tone::Quiet, &told::asked(asked));
    }
    lines
}

/// The plan, where somebody is about to answer for it.
fn way_back(plan: &Plan, sheet: &Sheet, lines: &mut Vec<Line<'static>>) {
    for step in &plan.steps {
        sheet.column(lines, "way back ", Tone::Plain, step);
    }
    for trigger in &plan.triggers {
        sheet.column(lines, "taken when ", Tone::Plain, trigger);
    }
    if let Some(owner) = &plan.owner {
        sheet.column(lines, "by ", Tone::Plain, owner);
    }
    if let Some(soak) = &plan.soak {
        sheet.column(lines, "soak ", Tone::Plain, soak);
    }
}

const HELP: [(&str, &str); 11] = [
    ("g", "go: the focused question is answered with yes"),
    ("r", "go, with a remark"),
    ("n", "no-go, with the reason, which the record keeps"),
    ("w", "who answers: the name that answers are given in"),
    ("Tab", "to the next question that nobody has answered"),
    ("j k", "down and up, as the arrows do"),
    ("Enter", "everything about the focused row; closes when the word stands"),
    ("space", "everything about the focused row"),
    ("e", "asks evidence again: this row, or all that is old or in the way"),
    ("q", "leaves; what was answered is kept, and the same command goes on from there"),
    ("?", "this; any key closes it"),
];

fn help(sheet: &Sheet) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (key, what) in HELP {
        sheet.column(&mut lines, &format!("{key:>6}  "), Tone::Plain, what);
    }
    lines
}

/// The last lines, and where the cursor stands in the first of them.
struct Foot {
    lines: Vec<Line<'static>>,
    cursor: Option<usize>,
}

fn foot(page: &Page, sheet: &Sheet) -> Foot {
    let mut foot = Foot { lines: Vec::new(), cursor: None };
    if let Some(writing) = &page.writing {
        let label = match writing.purpose {
            Purpose::Go => "GO, and: ",
            Purpose::NoGo => "NO-GO, because: ",
            Purpose::Name => "who answers: ",
        };
        let (before, after) = writing.line.halves();
        let before = sheet.safe(&before);
        let room = sheet.width.saturating_sub(display_width(label) + 1);
        // The end that is written at stays in sight.
        let mut shown: Vec<char> = before.chars().collect();
        while display_width(&shown.iter().collect::<String>()) > room && !shown.is_empty() {
            shown.remove(0);
        }
        let shown: String = shown.into_iter().collect();
        foot.cursor = Some(display_width(label) + display_width(&shown));
        let line = vec![sheet.span(Tone::Strong, label), Span::raw(shown), Span::raw(sheet.safe(&after))];
        foot.lines.push(Line::from(line));
    }
    if let Some(said) = &page.said {
        let said = sheet.safe(said);
        let style = sheet.style(Tone::Of(Standing::NoGo));
        foot.lines.extend(
            wrap(&said, sheet.width).into_iter().take(2).map(|line| Line::from(Span::styled(line, style))),
        );
    }
    let me = sheet.safe(&format!("{} ({})", page.me.name, told::proof(page.me.proof)));
    let me = format!("w who: {}", sheet.cut(&me, 40));
    let (keys, few): (&[&str], &str) = if page.writing.is_some() {
        (&["Enter done", "Esc back"], "Enter  Esc")
    } else if page.help {
        (&["any key: back"], "")
    } else if page.opened.is_some() {
        (&["Enter back", "j k down, up"], "Enter back")
    } else if page.is_done() {
        (&["Enter: the word stands, close", "? help", "q leave"], "Enter close  ? help")
    } else {
        (
            &["g go", "n no-go", "r go with a remark", "e ask again", me.as_str(), "? help", "q leave"],
            "g go  n no-go  ? help  q leave",
        )
    };
    // A key stays beside what it does.
    let keys: Vec<String> = keys.iter().map(|key| key.replace(' ', "\u{a0}")).collect();
    let mut wrapped = wrap(&keys.join("  "), sheet.width);
    if wrapped.len() > if sheet.height >= 16 { 2 } else { 1 } {
        wrapped = vec![sheet.cut(few, sheet.width)];
    }
    let style = sheet.style(Tone::Quiet);
    let wrapped = wrapped.into_iter().map(|line| line.replace('\u{a0}', " "));
    foot.lines.extend(wrapped.map(|line| Line::from(Span::styled(line, style))));
    foot
}
