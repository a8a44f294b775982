//! The page on a real terminal, for whoever wants to see it:
//! `cargo test --lib page_on_this_terminal -- --ignored --nocapture`.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::super::{Ended, Event, Session, run};
use super::*;
use crate::report::terminal::Look;

#[test]
#[ignore = "somebody has to sit there"]
fn page_on_this_terminal() {
    let (sender, events) = channel();
    let again_sender = sender.clone();
    let bring = move |index: usize, outcome: Outcome, summary: &'static str| {
        let sender = again_sender.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(1500));
            let State::Seen(mut evidence) = seen(outcome, summary) else { return };
            evidence.ended = crate::calendar::now();
            let _ = sender.send(Event::Row { index, state: State::Seen(evidence) });
        });
    };
    bring(2, Outcome::Broken, "certificate of ingest.example.org ended 2 days ago");
    bring(3, Outcome::Holds, "no silence covers iot-etl");
    let mut board = board();
    for row in &mut board.rows {
        row.item.max_age = SignedDuration::from_hours(99_999);
    }
    let ended = run(
        Session {
            board,
            me: person("dev"),
            authors: vec!["dev".to_owned()],
            events,
            keep: &mut |answer| {
                if answer.reason == "disk" { Err("the disk is full".to_owned()) } else { Ok(()) }
            },
            again: &mut |index| {
                assert!(index != 1, "a panic, to see that the terminal is given back");
                bring(index, Outcome::Holds, "mended: holds for 89 days");
            },
            clock: &crate::calendar::now,
        },
        Look { color: crate::env::variable("NO_COLOR").is_none(), ascii: false, width: 80, verbose: false },
    );
    drop(sender);
    match ended.unwrap() {
        Ended::Finished(board) => println!("FINISHED {}", board.verdict.as_str()),
        Ended::Left(board) => println!("LEFT {}", board.verdict.as_str()),
    }
}
