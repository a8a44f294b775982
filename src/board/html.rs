//! The board as one page for the screen in the room, a phone and a printer: no script, and nothing from elsewhere.
//!
//! Every text goes through [`text`], whoever wrote it: into elements and attributes alike.

use std::collections::BTreeSet;

use super::told::{self, Told};
use super::{Board, Plan};
use crate::checklist::Standing;
use crate::report::clipped;
use crate::source::{escape_line, veiled};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("page.css");

/// A line of strangers is shown so far, and so many lines of them under one row.
const LINE: usize = 2000;
const LINES: usize = 200;

pub fn render(board: &Board) -> String {
    let rows = told::rows(board);
    let class = board.verdict.as_str();
    let (word, sub) = match board.verdict {
        Verdict::Go => ("GO", told::end(board).map(|end| format!("until {end}"))),
        Verdict::NoGo => ("NO-GO", None),
        Verdict::Unjudged => ("NO-GO", Some("could not be judged".to_owned())),
    };
    let title = format!("{}: {}", told::headline(board.verdict), told::environment(board));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body class=\"{class}\">\n<header>\n<h1>{word}</h1>\n",
        text(&title)
    );
    if let Some(sub) = sub {
        out.push_str(&format!("<p class=\"sub\">{}</p>\n", text(&sub)));
    }
    out.push_str(&format!("<p>{}</p>\n</header>\n<main>\n", text(&told::sentence(&rows))));
    if board.simulated {
        out.push_str(&format!(
            "<p class=\"notice\">Simulated: judged as at {}. This is no answer about now.</p>\n",
            text(&told::judged_at(board))
        ));
    }
    out.push_str(&facts(board));
    let mut lessons = BTreeSet::new();
    out.push_str(&cards("What stands in the way", "stops", told::in_the_way(&rows), &mut lessons));
    let looking: Vec<&Told<'_>> = rows.iter().filter(|row| row.wants_a_look()).collect();
    out.push_str(&cards("It goes, and somebody should look", "looks", looking, &mut lessons));
    out.push_str(&table("Evidence", ["asked", "seen"], rows.iter().filter(|row| !row.is_question())));
    out.push_str(&table("Confirmations", ["asked", "said"], rows.iter().filter(|row| row.is_question())));
    out.push_str(&way_back(&board.plan));
    out.push_str(&list("Notes", "notes", "ul", &board.notes));
    out.push_str("</main>\n");
    out.push_str(&provenance(board));
    out.push_str("</body>\n</html>\n");
    out
}

/// Text that is nothing but text, in an element and in an attribute.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in escape_line(&clipped(&veiled(text), LINE)).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

/// The same in an element, with what stands between backticks as code.
fn prose(words: &str) -> String {
    let words = text(words);
    let parts: Vec<&str> = words.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return words;
    }
    let marked = parts.iter().enumerate();
    marked
        .map(
            |(number, part)| {
                if number % 2 == 1 { format!("<code>{part}</code>") } else { (*part).to_owned() }
            },
        )
        .collect()
}

fn fact(class: &str, name: &str, value: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<div{class}><dt>{}</dt><dd>{}</dd></div>\n", text(name), text(value))
}

/// Where it goes, and what: large.
fn facts(board: &Board) -> String {
    let mut out = "<section aria-labelledby=\"where\">\n<h2 id=\"where\">Where to, and what</h2>\n\
                   <dl class=\"facts large\">\n"
        .to_owned();
    out.push_str(&fact("", "into", &told::environment(board)));
    for (name, value) in told::shown(board) {
        out.push_str(&fact("", &name, &value));
    }
    if !board.services.is_empty() {
        out.push_str(&fact("", "services", &board.services.join(", ")));
    }
    let change = [told::range(board), board.change.title.clone()];
    let change: Vec<&str> = change.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    out.push_str(&fact("wide", "change", &change.join(": ")));
    out.push_str("</dl>\n</section>\n");
    out
}

const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Go => "is-go",
        Standing::Warn => "is-warn",
        Standing::Waiting => "is-waiting",
        Standing::Unjudged => "is-unjudged",
        Standing::NoGo => "is-no-go",
    }
}

fn mark(standing: Standing) -> String {
    format!("<span aria-hidden=\"true\">{}</span> {}", told::sign(standing, false), told::word(standing))
}

/// Everything about some rows.
fn cards(heading: &str, id: &str, rows: Vec<&Told<'_>>, lessons: &mut BTreeSet<&'static str>) -> String {
    let mut cards = String::new();
    for (row, lesson) in told::with_lessons(rows, lessons) {
        cards.push_str(&format!(
            "<article class=\"stop {}\">\n<h3><span class=\"mark\">{}</span> {} <code class=\"id\">{}</code></h3>\n\
             <p class=\"seen\">{}</p>\n",
            class(row.standing),
            mark(row.standing),
            prose(&row.title),
            text(&row.row.item.id),
            prose(&row.summary)
        ));
        for (label, said) in [("Do:", &row.remedy), ("Asked because", &row.because)] {
            if let Some(said) = said {
                cards.push_str(&format!("<p><strong>{label}</strong> {}</p>\n", prose(said)));
            }
        }
        cards.push_str(&details(row));
        if let Some(lesson) = lesson {
            cards.push_str(&format!("<p class=\"quiet\">Lesson: {}</p>\n", text(&lesson)));
        }
        cards.push_str("</article>\n");
    }
    if cards.is_empty() {
        return cards;
    }
    format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n{cards}</section>\n")
}

/// What was seen and asked, for who wants to know.
fn details(row: &Told<'_>) -> String {
    let asked = row.answered_question().map(|question| format!("asked: {}", text(&question)));
    let mut lines: Vec<String> = asked.into_iter().collect();
    lines.extend(row.details.iter().take(LINES).map(|line| prose(line)));
    if row.details.len() > LINES {
        lines.push(format!("… {} more", row.details.len() - LINES));
    }
    if let Some(evidence) = row.evidence() {
        lines.extend(evidence.asked.iter().map(|asked| format!("asked {}", text(&told::asked(asked)))));
        lines.push(format!("from {} to {}", evidence.begun, evidence.ended));
    }
    if let Some(answer) = row.answer() {
        lines.push(format!("answered at {}", answer.at));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("<details>\n<summary>details</summary>\n<ul>\n{}</ul>\n</details>\n", items(&lines))
}

fn table<'r>(caption: &str, columns: [&str; 2], rows: impl Iterator<Item = &'r Told<'r>>) -> String {
    let mut lines = String::new();
    for row in rows {
        // The roles say what their parts are: on a phone they are no boxes of a table any more.
        lines.push_str(&format!(
            "<tr role=\"row\" class=\"{}\"><th role=\"rowheader\" scope=\"row\" class=\"mark\">{}</th>\
             <td role=\"cell\">{}</td><td role=\"cell\">{}{}</td></tr>\n",
            class(row.standing),
            mark(row.standing),
            text(&row.asked_in_short()),
            prose(&row.came_in_short()),
            if row.is_told_above() { String::new() } else { details(row) }
        ));
    }
    if lines.is_empty() {
        return lines;
    }
    let [asked, came] = columns;
    format!(
        "<table role=\"table\">\n<caption>{caption}</caption>\n<thead><tr role=\"row\">\
         <th role=\"columnheader\" scope=\"col\">stands</th><th role=\"columnheader\" scope=\"col\">{asked}</th>\
         <th role=\"columnheader\" scope=\"col\">{came}</th></tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n"
    )
}

fn way_back(plan: &Plan) -> String {
    let mut out = list("The way back", "back", "ol", &plan.steps);
    if out.is_empty() {
        out.push_str("<section aria-labelledby=\"back\">\n<h2 id=\"back\">The way back</h2>\n<p>No plan says how.</p>\n</section>\n");
    }
    let triggers = plan.triggers.iter().map(|trigger| ("when", trigger));
    let others = [("by", &plan.owner), ("soak", &plan.soak)];
    let others = others.into_iter().filter_map(|(label, said)| Some((label, said.as_ref()?)));
    let facts: String = triggers.chain(others).map(|(label, said)| fact("", label, said)).collect();
    if !facts.is_empty() {
        out.push_str(&format!("<dl class=\"facts\">\n{facts}</dl>\n"));
    }
    out
}

/// Lines that are escaped already.
fn items(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&format!("<li>{line}</li>\n"));
    }
    out
}

fn list(heading: &str, id: &str, kind: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = lines.iter().map(|line| text(line)).collect();
    let lines = items(&lines);
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n<{kind}>\n{lines}</{kind}>\n</section>\n"
    )
}

fn provenance(board: &Board) -> String {
    let record = board.recorded.as_ref().map_or_else(
        || "Not recorded.".to_owned(),
        |recorded| {
            let file = text(&recorded.file.to_string_lossy());
            format!("Record <code>{file}</code>, head <code>{}</code>", text(&recorded.head.to_string()))
        },
    );
    format!(
        "<footer>\n<p>{}</p>\n<p>{record}</p>\n<p>Checklist {}, rules <code>{}</code>, deploy-guard {}</p>\n</footer>\n",
        text(&told::judged_at(board)),
        text(&told::checklist(board)),
        text(told::short(&board.catalogue)),
        env!("CARGO_PKG_VERSION")
    )
}
