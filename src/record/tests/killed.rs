//! A process that is killed, and a disk that is full, at each step of the way.

use std::cell::Cell;
use std::fs::File;
use std::io;

use super::*;
use crate::record::disk::{Disk, Machine};
use crate::record::write;

/// Does what it is told up to one step; that one it does in part or not at all, and after it nothing more.
struct Mortal {
    /// Steps that are left.
    left: Cell<usize>,
    /// What is written at the last step.
    cut: usize,
    /// What the system says of it; nothing where the process is no more.
    error: Option<io::ErrorKind>,
}

impl Mortal {
    fn step(&self) -> io::Result<()> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(self.error.map_or_else(|| io::Error::other("killed"), io::Error::from));
        };
        self.left.set(left);
        Ok(())
    }
}

impl Disk for Mortal {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.step().and_then(|()| Machine.make_folder(folder))
    }

    fn open(&self, file: &Path) -> io::Result<File> {
        self.step().and_then(|()| Machine.open(file))
    }

    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let part = &bytes[..self.cut.min(bytes.len())];
            if !part.is_empty() {
                Machine.write(file, part)?;
            }
            // A short write is no error to the system.
            return if part.is_empty() || self.error.is_none() {
                Err(self.step().unwrap_err())
            } else {
                Ok(part.len())
            };
        }
        self.step().and_then(|()| Machine.write(file, bytes))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.step().and_then(|()| Machine.sync(file))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step().and_then(|()| Machine.sync_folder(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Machine.rename(from, to))
    }
}

fn add_on(record: &Record, number: i64, disk: &Mortal) -> Result<Head, RecordError> {
    let body = json!({"item": format!("item-{number}"), "word": "go"});
    write::append(record, &write::New { at: at(number), kind: "answer", body: &body }, disk)
}

fn mortal(steps: usize, cut: usize) -> Mortal {
    Mortal { left: Cell::new(steps), cut, error: None }
}

/// Everything of the record, parts and all, in order.
fn everything(record: &Record) -> Vec<u8> {
    let parts = parts::full(record.file()).unwrap();
    let mut whole: Vec<u8> = parts.iter().flat_map(|part| std::fs::read(part).unwrap()).collect();
    whole.extend(bytes(record));
    whole
}

#[test]
fn l2_killed_at_any_step_nothing_is_lost_and_the_next_entry_goes_on() {
    // The first entry, which makes folder and file; one of many; and one that finds the file full.
    for (entries, full) in [(0, u64::MAX), (3, u64::MAX), (3, 100)] {
        let mut survived = false;
        for steps in 0..12 {
            for cut in [0, 1, 20, 150, 151, 999] {
                let place = filled(entries);
                let record = place.record.full_at(full);
                let before = everything(&record);
                let killed = add_on(&record, 10, &mortal(steps, cut));
                let torn = everything(&record);
                assert!(torn.starts_with(&before), "step {steps}");
                survived |= killed.is_ok();
                let next = add(&record, 11).unwrap();
                assert!(
                    everything(&record).starts_with(&torn),
                    "step {steps}, cut {cut}: history was rewritten"
                );
                let found = record.verify().unwrap();
                assert_eq!(found.faults, [], "step {steps}, cut {cut}");
                assert_eq!(found.head.as_ref(), Some(&next));
                if let Ok(head) = killed {
                    assert!(holds(&record, &head));
                }
                assert_eq!(record.read().unwrap().last().unwrap().body["item"], "item-11");
            }
        }
        assert!(survived, "no run got to the end");
    }
}

#[test]
fn l2_the_torn_bytes_are_told_and_stay() {
    let place = filled(2);
    let record = place.record;
    let whole = bytes(&record);
    add_on(&record, 2, &mortal(1, 30)).unwrap_err();
    assert_eq!(bytes(&record).len(), whole.len() + 30);
    assert_eq!(faults(&record), ["3 torn-tail"]);
    assert_eq!(record.read().unwrap().len(), 2, "what was told to be written can still be read");
    add(&record, 3).unwrap();
    let lines = lines(&record);
    assert_eq!(lines.len(), 5);
    let recovered: Entry = serde_json::from_str(&lines[3]).unwrap();
    assert_eq!((recovered.seq, recovered.kind.as_str()), (3, "recovered"));
    assert_eq!(recovered.prev, line::hash(lines[2].as_bytes()));
    let told = json!({"torn_bytes": 30, "torn": [line::hash(lines[2].as_bytes())], "after": line::hash(lines[1].as_bytes())});
    assert_eq!(recovered.body, told);
    assert_eq!(record.verify().unwrap().recovered, [Recovered { seq: 3, torn_bytes: 30 }]);
}

#[test]
fn l2_a_line_that_lacks_only_its_line_feed_is_an_entry() {
    let place = filled(2);
    let record = place.record;
    let whole = bytes(&record);
    put(&record, &whole[..whole.len() - 1]);
    assert_eq!(faults(&record), ["2 torn-tail"]);
    let next = add(&record, 2).unwrap();
    assert_eq!(next.seq, 4);
    assert!(bytes(&record).starts_with(&whole) && holds(&record, &next));
    assert_eq!(record.verify().unwrap().recovered, [Recovered { seq: 3, torn_bytes: 0 }]);
}

#[test]
fn l2_killed_while_mending_it_is_mended_later() {
    for first in [1, 30, 120, 150] {
        // How far the mending gets, and the one after it.
        for (second, third) in [(0, 0), (1, 1), (2, 1), (60, 40), (150, 300), (300, 1), (9999, 9999)] {
            let place = filled(2);
            let record = place.record;
            let mut before = bytes(&record);
            for cut in [first, second, third] {
                add_on(&record, 5, &mortal(1, cut)).unwrap_err();
                let now = bytes(&record);
                assert!(now.starts_with(&before));
                before = now;
            }
            let next = add(&record, 6).unwrap();
            assert!(bytes(&record).starts_with(&before));
            assert!(holds(&record, &next), "{first} {second} {third}: {:?}", faults(&record));
            assert!(!record.verify().unwrap().recovered.is_empty());
        }
    }
}

#[test]
fn l2_zeros_that_a_dead_machine_left_are_a_torn_line() {
    let place = filled(2);
    let record = place.record;
    let mut whole = bytes(&record);
    whole.extend([0; 300]);
    put(&record, &whole);
    let next = add(&record, 2).unwrap();
    assert!(holds(&record, &next), "{:?}", faults(&record));
    assert_eq!(record.verify().unwrap().recovered, [Recovered { seq: 3, torn_bytes: 300 }]);
}

#[test]
fn l2_a_full_disk_is_an_error_and_no_entry() {
    for (cut, words) in [(0, "can't be written"), (40, "only 40 of")] {
        let place = filled(2);
        let record = place.record;
        let disk = Mortal { left: Cell::new(1), cut, error: Some(io::ErrorKind::StorageFull) };
        let error = add_on(&record, 2, &disk).unwrap_err();
        assert!(error.what.contains(words), "{error}");
        assert!(error.mend.is_some());
        let next = add(&record, 3).unwrap();
        assert!(holds(&record, &next));
        assert!(!record.read().unwrap().iter().any(|entry| entry.body["item"] == "item-2"));
    }
}

#[test]
fn l2_what_is_not_surely_on_the_disk_is_an_error() {
    for steps in [2, 3] {
        let place = filled(2);
        let error = add_on(&place.record, 2, &mortal(steps, 0)).unwrap_err();
        assert!(error.what.contains("not sure"), "{steps}: {error}");
    }
    let place = filled(2);
    assert!(add_on(&place.record, 2, &mortal(4, 0)).is_ok(), "open, write, the file, the folder");
}
