//! Ways through the page.

use super::*;
use crate::checklist::{Standing, Word};

fn standing(page: &Page, row: usize) -> Standing {
    page.board.rows[row].standing(page.board.at)
}

#[test]
fn roles_are_polled_one_by_one_until_the_word_stands() {
    let mut page = all_seen();
    assert_eq!(page.focus, 4, "the first question");
    let effects = press(&mut page, KeyCode::Char('g'));
    let Some(Effect::Keep(4, answer)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(answer.item, "watch");
    assert_eq!((answer.role.as_str(), answer.by.name.as_str()), ("on call", "sre-lead"));
    assert_eq!(answer.question, "Who watches until the soak ends, and is still here then?");
    assert_eq!((answer.word, answer.at), (Word::Go, at(1)));
    assert_eq!(standing(&page, 4), Standing::Waiting, "it shows once it is recorded");
    assert_eq!(keep(&mut page, effects), 1);
    assert_eq!((standing(&page, 4), page.focus), (Standing::Go, 5));
    assert!(!page.is_done());
    assert_eq!(press(&mut page, KeyCode::Enter), [], "no word yet");
    assert!(page.opened.is_some());
    press(&mut page, KeyCode::Esc);
    let effects = press(&mut page, KeyCode::Char('g'));
    keep(&mut page, effects);
    assert!(page.is_done());
    assert_eq!((page.board.verdict, page.board.valid_until), (Verdict::Go, Some(at(10))));
    assert_eq!(press(&mut page, KeyCode::Enter), [Effect::Finish]);
}

#[test]
fn what_could_not_be_recorded_does_not_count() {
    let mut page = all_seen();
    press(&mut page, KeyCode::Char('g'));
    page.not_kept("the disk is full");
    assert_eq!((standing(&page, 4), page.focus), (Standing::Waiting, 4));
    assert_eq!(page.said.as_deref(), Some("not recorded, so it does not count: the disk is full"));
}

#[test]
fn a_no_go_takes_a_reason() {
    let mut page = all_seen();
    assert_eq!(press(&mut page, KeyCode::Char('n')), []);
    assert_eq!(press(&mut page, KeyCode::Enter), []);
    assert_eq!(page.said.as_deref(), Some("a no-go needs a reason"));
    write(&mut page, "  ");
    assert_eq!(press(&mut page, KeyCode::Enter), [], "blanks are none");
    write(&mut page, "q leaves? no: gn");
    let effects = press(&mut page, KeyCode::Enter);
    let Some(Effect::Keep(4, answer)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((answer.word, answer.reason.as_str()), (Word::NoGo, "q leaves? no: gn"));
    keep(&mut page, effects);
    assert_eq!((standing(&page, 4), page.board.verdict), (Standing::NoGo, Verdict::NoGo));
    press(&mut page, KeyCode::Char('n'));
    write(&mut page, "x");
    assert_eq!(press(&mut page, KeyCode::Esc), []);
    assert!(page.writing.is_none(), "taken back");
}

#[test]
fn a_question_that_wants_words_is_not_answered_by_a_key() {
    let mut page = all_seen();
    if let Task::Question(question) = &mut page.board.rows[4].item.task {
        question.wants_words = true;
    }
    assert_eq!(press(&mut page, KeyCode::Char('g')), []);
    assert_eq!(press(&mut page, KeyCode::Enter), []);
    page.paste("I do,\nuntil 18:00");
    let effects = press(&mut page, KeyCode::Enter);
    let Some(Effect::Keep(4, answer)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((answer.word, answer.reason.as_str()), (Word::Go, "I do, until 18:00"));
    keep(&mut page, effects);
    press(&mut page, KeyCode::Char('r'));
    let effects = press(&mut page, KeyCode::Enter);
    assert_eq!(keep(&mut page, effects), 1, "a remark is not wanted here");
}

#[test]
fn only_who_may_answer_does_and_a_typed_name_is_a_claim() {
    let mut page = all_seen();
    page.me = Person { name: "dev".to_owned(), proof: Proof::Platform };
    for key in ['g', 'n', 'r'] {
        assert_eq!(press(&mut page, KeyCode::Char(key)), []);
        assert!(page.said.as_deref().unwrap().contains("dev does not answer for on call"), "{:?}", page.said);
        assert!(page.writing.is_none());
    }
    press(&mut page, KeyCode::Char('w'));
    press(&mut page, KeyCode::Enter);
    assert_eq!(page.me.proof, Proof::Platform, "nothing was typed");
    press(&mut page, KeyCode::Char('w'));
    for _ in 0..3 {
        press(&mut page, KeyCode::Backspace);
    }
    assert_eq!(press(&mut page, KeyCode::Enter), []);
    assert_eq!(page.said.as_deref(), Some("a name is needed"));
    write(&mut page, "@SRE-Lead");
    press(&mut page, KeyCode::Enter);
    assert_eq!(page.me, person("@SRE-Lead"));
    let effects = press(&mut page, KeyCode::Char('g'));
    assert_eq!(keep(&mut page, effects), 1);
    if let Task::Question(question) = &mut page.board.rows[5].item.task {
        question.not_author = true;
    }
    page.me = person("DEV@example.org");
    assert_eq!(press(&mut page, KeyCode::Char('g')), []);
    assert!(page.said.as_deref().unwrap().contains("made this change"));
}

#[test]
fn evidence_is_asked_again_when_somebody_wants_it_and_only_once_at_a_time() {
    let mut page = page();
    assert!(page.is_asking(2) && page.is_asking(3) && !page.is_asking(0) && !page.is_asking(4));
    page.came(2, seen(Outcome::Broken, "certificate ended"));
    page.focus = 2;
    assert_eq!(press(&mut page, KeyCode::Char('g')), [], "nobody talks a certificate well");
    assert_eq!(press(&mut page, KeyCode::Char('e')), [Effect::Again(2)]);
    assert!(page.is_asking(2));
    assert_eq!(press(&mut page, KeyCode::Char('e')), [], "it is being asked");
    page.came(2, seen(Outcome::Broken, "certificate ended"));
    page.came(3, seen(Outcome::CannotTell, "no answer"));
    page.focus = 4;
    assert_eq!(press(&mut page, KeyCode::Char('e')), [Effect::Again(2), Effect::Again(3)]);
    page.nothing_comes();
    assert!(!page.is_asking(2));
}

#[test]
fn p7_what_is_out_of_date_is_asked_again_right_before_the_word() {
    let mut page = all_seen();
    page.board.rows[5].item.max_age = SignedDuration::from_hours(1);
    page.board.rows[4].item.max_age = SignedDuration::from_hours(1);
    for _ in 0..2 {
        assert_eq!(page.tick(at(15)), [], "people are still talking");
        let effects = press(&mut page, KeyCode::Char('g'));
        assert_eq!(keep(&mut page, effects), 1);
    }
    let again = page.tick(at(15));
    assert_eq!(again, [0, 1, 2, 3].map(Effect::Again));
    assert!(!page.is_done());
    assert_eq!(page.tick(at(15)), [], "once");
    for row in 0..4 {
        page.came(row, seen(Outcome::Holds, "still good"));
    }
    for round in 0..9 {
        let effects = page.tick(at(15));
        assert!(round < 2 || effects.is_empty(), "it has an end where nothing gets any younger");
        for row in 0..4 {
            page.came(row, seen(Outcome::Holds, "still good"));
        }
    }
    let old = page.tick(at(99));
    assert_eq!(old, [], "{old:?}");
    assert!(!page.is_done());
}

#[test]
fn p5_going_without_knowing_takes_a_person_and_a_reason() {
    let mut page = all_seen();
    page.board.rows[3].item.on_error = OnError::Ask;
    page.came(3, seen(Outcome::CannotTell, "no answer"));
    page.focus = 3;
    assert_eq!(press(&mut page, KeyCode::Char('g')), []);
    assert_eq!(press(&mut page, KeyCode::Enter), []);
    write(&mut page, "I watch it by hand");
    let effects = press(&mut page, KeyCode::Enter);
    let Some(Effect::Keep(3, answer)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(answer.item, "silences");
    keep(&mut page, effects);
    assert!(matches!(page.board.rows[3].state, State::Accepted(..)));
    assert_eq!(standing(&page, 3), Standing::Warn);
    assert_eq!(press(&mut page, KeyCode::Up), []);
}

#[test]
fn whoever_leaves_leaves_from_everywhere_and_no_key_does_harm() {
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    for opening in [None, Some('n'), Some('w'), Some('?'), Some(' ')] {
        let mut page = page();
        opening.map(|key| press(&mut page, KeyCode::Char(key)));
        assert_eq!(page.press(control_c), [Effect::Interrupt], "{opening:?}");
    }
    assert_eq!(press(&mut page(), KeyCode::Char('q')), [Effect::Leave]);
    let mut page = page();
    for (code, row) in [(KeyCode::End, 5), (KeyCode::Down, 5), (KeyCode::Home, 0), (KeyCode::Up, 0)] {
        press(&mut page, code);
        assert_eq!(page.focus, row, "{code:?}");
    }
    let mut empty = board();
    empty.rows.clear();
    let mut page = Page::new(empty, person(""), Vec::new(), at(0));
    for code in [KeyCode::Up, KeyCode::Down, KeyCode::End, KeyCode::Tab, KeyCode::F(1), KeyCode::Esc] {
        assert_eq!(press(&mut page, code), []);
    }
    for key in "gnrewjk? h".chars() {
        press(&mut page, KeyCode::Char(key));
        press(&mut page, KeyCode::Esc);
    }
    page.came(7, State::Waiting);
    assert_eq!(page.tick(at(0)), []);
    assert_eq!(page.board.verdict, Verdict::Unjudged, "nothing asked is no go");
    assert_eq!(press(&mut page, KeyCode::Enter), [Effect::Finish]);
}
