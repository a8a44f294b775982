//! A record in several files.

use super::*;

fn rotated() -> Place {
    let Place { folder, record } = place();
    let record = record.full_at(450);
    for number in 0..10 {
        add(&record, number).unwrap();
    }
    Place { folder, record }
}

fn names(place: &Place) -> Vec<String> {
    let listed = std::fs::read_dir(place.record.file().parent().unwrap()).unwrap();
    let mut names: Vec<String> =
        listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn l3_the_chain_goes_on_in_the_next_file() {
    let place = rotated();
    assert_eq!(names(&place), ["record.1-3.jsonl", "record.4-6.jsonl", "record.7-9.jsonl", "record.jsonl"]);
    let read = place.record.read().unwrap();
    assert_eq!(read.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    let found = place.record.verify().unwrap();
    assert_eq!((found.faults, found.files.len(), found.entries), (vec![], 4, 10));
    let first: Entry = serde_json::from_str(&lines(&place.record)[0]).unwrap();
    let before = std::fs::read_to_string(place.record.file().with_file_name("record.7-9.jsonl")).unwrap();
    assert_eq!(first.prev, line::hash(before.lines().last().unwrap().as_bytes()));
}

#[test]
fn l3_a_file_that_is_gone_or_changed_is_told() {
    for (name, change, told) in [
        ("record.1-3.jsonl", None, "1 seq"),
        ("record.4-6.jsonl", None, "1 seq"),
        ("record.4-6.jsonl", Some("item-9"), "1 prev"),
    ] {
        let place = rotated();
        let file = place.record.file().with_file_name(name);
        match change {
            None => std::fs::remove_file(&file).unwrap(),
            Some(instead) => {
                let text = std::fs::read_to_string(&file).unwrap();
                std::fs::write(&file, text.replace("item-5", instead)).unwrap();
            }
        }
        assert_eq!(faults(&place.record), [told]);
    }
}

#[test]
fn l3_eight_writers_may_find_it_full_at_once() {
    let Place { folder: _folder, record } = place();
    let record = record.full_at(2000);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let record = record.clone();
            scope
                .spawn(move || (0..20).for_each(|number| drop(add(&record, 100 * writer + number).unwrap())));
        }
    });
    let found = record.verify().unwrap();
    assert_eq!((found.faults, found.recovered, found.entries), (vec![], vec![], 160));
    assert!(found.files.len() > 8);
}

#[test]
fn a_file_that_is_in_the_way_is_never_written_over() {
    let Place { folder: _folder, record } = filled(3);
    let way = record.file().with_file_name("record.1-3.jsonl");
    std::fs::create_dir(&way).unwrap();
    let record = record.full_at(1);
    let before = bytes(&record);
    assert!(add(&record, 3).is_err());
    assert_eq!(bytes(&record), before);
}

#[test]
fn other_names_are_no_part_of_the_record() {
    let place = filled(2);
    for name in
        ["record.jsonl.1-2", "record.01-2.jsonl", "record.x-2.jsonl", "other.1-2.jsonl", "record.1-2.json"]
    {
        std::fs::write(place.record.file().with_file_name(name), "x").unwrap();
    }
    assert_eq!(place.record.verify().unwrap().files, [place.record.file()]);
}
