//! What stands on the page at each size.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::super::draw::draw;
use super::*;
use crate::report::terminal::Look;
use crate::source::is_hidden;

const LOOK: Look = Look { color: false, ascii: false, width: 80, verbose: false };

fn drawn(page: &mut Page, look: Look, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(page, look, frame)).unwrap();
    terminal
}

fn text(page: &mut Page, look: Look, width: u16, height: u16) -> String {
    let terminal = drawn(page, look, width, height);
    let lines = terminal.backend().buffer().content.chunks(usize::from(width));
    let line = |cells: &[ratatui::buffer::Cell]| {
        cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    lines.map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_page_while_evidence_comes_in() {
    let mut page = page();
    page.came(2, seen(Outcome::Broken, "certificate of ingest.example.org ended 2 days ago"));
    insta::assert_snapshot!("coming-80x24", text(&mut page, LOOK, 80, 24));
    insta::assert_snapshot!("coming-40x12", text(&mut page, LOOK, 40, 12));
    insta::assert_snapshot!("coming-120x40", text(&mut page, LOOK, 120, 40));
    page.focus = 2;
    insta::assert_snapshot!("evidence-80x24-ascii", text(&mut page, Look { ascii: true, ..LOOK }, 80, 24));
}

#[test]
fn the_page_while_somebody_writes() {
    let mut page = all_seen();
    press(&mut page, KeyCode::Char('n'));
    write(&mut page, "everybody leaves at three");
    insta::assert_snapshot!("writing-80x24", text(&mut page, LOOK, 80, 24));
    let mut terminal = drawn(&mut page, LOOK, 80, 24);
    let position = terminal.get_cursor_position().unwrap();
    assert_eq!(position.x, u16::try_from("NO-GO, because: everybody leaves at three".len()).unwrap());
    insta::assert_snapshot!("writing-40x12", text(&mut page, LOOK, 40, 12));
}

#[test]
fn the_page_when_the_word_stands() {
    let mut page = all_seen();
    for _ in 0..2 {
        let effects = press(&mut page, KeyCode::Char('g'));
        keep(&mut page, effects);
    }
    insta::assert_snapshot!("go-80x24", text(&mut page, LOOK, 80, 24));
    insta::assert_snapshot!("go-120x40", text(&mut page, LOOK, 120, 40));
    let terminal = drawn(&mut page, Look { color: true, ..LOOK }, 80, 24);
    assert_eq!(terminal.backend().buffer()[(0, 0)].bg, Color::Green);
}

#[test]
fn the_help_and_the_whole_of_a_row() {
    let mut page = page();
    press(&mut page, KeyCode::Char('?'));
    insta::assert_snapshot!("help-80x24", text(&mut page, LOOK, 80, 24));
    press(&mut page, KeyCode::Esc);
    page.focus = 2;
    page.came(2, seen(Outcome::Broken, "certificate of ingest.example.org ended 2 days ago"));
    press(&mut page, KeyCode::Enter);
    insta::assert_snapshot!("row-40x12", text(&mut page, LOOK, 40, 12));
    for _ in 0..99 {
        press(&mut page, KeyCode::Char('j'));
    }
    let end = text(&mut page, LOOK, 40, 12);
    assert!(end.contains("renew it"), "{end}");
    let opened = page.opened.unwrap();
    assert!(opened < 10, "nobody scrolls past the end: {opened}");
}

#[test]
fn without_colour_no_cell_has_any() {
    for page in [&mut page(), &mut all_seen()] {
        let terminal = drawn(page, LOOK, 80, 24);
        for cell in &terminal.backend().buffer().content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
}

#[test]
fn u9_nothing_hostile_reaches_the_terminal_at_any_size() {
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}x\u{200b}\r\n\tpostgres://app:SECRETpass@db/x 日本語 ";
    let long = hostile.repeat(15);
    let mut pages = Vec::new();
    for key in [None, Some('n'), Some('w'), Some('?'), Some(' ')] {
        let mut page = page();
        page.board.environment = Some(hostile.to_owned());
        page.board.change.title.clone_from(&long);
        page.me = person(&long);
        if let State::Seen(evidence) = &mut page.board.rows[0].state {
            evidence.shown.push((long.clone(), hostile.to_owned()));
        }
        for row in [2, 3] {
            page.came(row, seen(Outcome::Broken, &long));
        }
        for row in &mut page.board.rows {
            row.item.title.clone_from(&long);
            row.because = Some(long.clone());
            if let Task::Question(question) = &mut row.item.task {
                question.text.clone_from(&long);
                question.role.name = hostile.to_owned();
                question.role.people.clear();
            }
        }
        page.said = Some(long.clone());
        key.map(|key| press(&mut page, KeyCode::Char(key)));
        page.paste(&long);
        pages.push(page);
    }
    for page in &mut pages {
        for ascii in [true, false] {
            for (width, height) in [0_u16, 1, 2, 3, 5, 8, 12, 16]
                .into_iter()
                .flat_map(|size| [(size, size), (size * 9, size), (size, size * 9)])
            {
                let terminal = drawn(page, Look { ascii, color: true, ..LOOK }, width, height);
                for cell in &terminal.backend().buffer().content {
                    assert!(!cell.symbol().contains(is_hidden), "{:?}", cell.symbol());
                    assert!(!ascii || cell.symbol().is_ascii(), "{:?}", cell.symbol());
                }
            }
            let shown = text(page, Look { ascii, ..LOOK }, 200, 60);
            assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
