//! The record, on the binary and on real disks: what is left of it after crashes, and what is said of it.

mod command;
mod disks;
mod writers;

use deploy_guard::record::{Head, Record};
use jiff::Timestamp;
use serde_json::json;

use crate::sandbox::{Run, Sandbox, inherited};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// Names the file, a writer, and how many entries; the test below writes them in a process of its own.
const APPEND: &str = "DEPLOY_GUARD_TEST_APPEND";

/// Writes as many entries as it is told to and prints each head once it is told that the entry is written. Nothing where
/// it runs among the other tests.
#[test]
fn appends_what_it_is_told_to() {
    let Some(told) = inherited(APPEND) else { return };
    let told = told.into_string().unwrap();
    let [file, writer, count] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let record = Record::at(file.into());
    for number in 0..count.parse::<i64>().unwrap() {
        let body = json!({"writer": writer, "number": number, "padding": "x".repeat(100)});
        match record.append(at(number), "answer", &body) {
            Ok(Head { seq, hash }) => println!("told {seq}:{hash}"),
            Err(error) => {
                println!("refused {error}");
                return;
            }
        }
    }
}

/// This binary, about to write; run by a shell that prepares what it needs with `prepare` and is to end with `"$@"`.
fn appending(sandbox: &Sandbox, record: &Record, writer: &str, count: usize, prepare: &str) -> Run {
    let told = format!("{}\n{writer}\n{count}", record.file().display());
    sandbox
        .run("bash", &sandbox.home())
        .args(["-c", prepare, "bash"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "record::appends_what_it_is_told_to", "--nocapture", "--test-threads=1"])
        .env(APPEND, told)
}

/// The heads that a writer was told.
fn written(stdout: &str) -> Vec<Head> {
    let told = stdout.lines().filter_map(|line| line.split_once("told ")?.1.split_once(':'));
    told.map(|(seq, hash)| Head { seq: seq.parse().unwrap(), hash: hash.to_owned() }).collect()
}

/// Every one of them is in the record, which is whole.
fn holds(record: &Record, heads: &[Head]) {
    let mut there = std::collections::BTreeMap::new();
    let found = record.scan(&mut |entry, hash| drop(there.insert(entry.seq, hash.to_owned()))).unwrap();
    assert_eq!(found.faults, []);
    for head in heads {
        assert_eq!(there.get(&head.seq), Some(&head.hash), "{head:?}");
    }
}
