mod changed;
mod killed;
mod rotated;

use serde_json::json;

use super::*;

pub(super) struct Place {
    pub folder: tempfile::TempDir,
    pub record: Record,
}

pub(super) fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::at(folder.path().join("deploy-guard").join("record.jsonl"));
    Place { folder, record }
}

/// A place with as many entries.
pub(super) fn filled(count: i64) -> Place {
    let place = place();
    for number in 0..count {
        add(&place.record, number).unwrap();
    }
    place
}

pub(super) fn add(record: &Record, number: i64) -> Result<Head, RecordError> {
    record.append(at(number), "answer", &json!({"item": format!("item-{number}"), "word": "go"}))
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub(super) fn bytes(record: &Record) -> Vec<u8> {
    std::fs::read(record.file()).unwrap_or_default()
}

/// Puts these bytes in the place of the record.
pub(super) fn put(record: &Record, bytes: &[u8]) {
    std::fs::create_dir_all(record.file().parent().unwrap()).unwrap();
    std::fs::write(record.file(), bytes).unwrap();
}

pub(super) fn lines(record: &Record) -> Vec<String> {
    String::from_utf8(bytes(record)).unwrap().lines().map(str::to_owned).collect()
}

/// Each fault as `line word`.
pub(super) fn faults(record: &Record) -> Vec<String> {
    let found = record.verify().unwrap();
    found.faults.iter().map(|fault| format!("{} {}", fault.line, fault.flaw.as_str())).collect()
}

/// Whether the record is whole and this hash is in it, at its place.
pub(super) fn holds(record: &Record, head: &Head) -> bool {
    let mut there = false;
    let found = record.scan(&mut |entry, hash| there |= entry.seq == head.seq && hash == head.hash);
    found.is_ok_and(|found| found.is_whole()) && there
}

#[test]
fn l1_each_line_holds_the_hash_of_the_one_before() {
    let Place { record, folder: _folder } = place();
    assert_eq!(record.read().unwrap(), []);
    let first = record.append(at(0), "answer", &json!({"word": "go"})).unwrap();
    let second = record.append(at(1), "decision", &json!({"decision": "go"})).unwrap();
    let zeros = "0".repeat(64);
    let one = format!(
        "{{\"seq\":1,\"prev\":\"{zeros}\",\"at\":\"{}\",\"kind\":\"answer\",\"body\":{{\"word\":\"go\"}}}}",
        at(0)
    );
    assert_eq!(first, Head { seq: 1, hash: line::hash(one.as_bytes()) });
    let two = format!(
        "{{\"seq\":2,\"prev\":\"{}\",\"at\":\"{}\",\"kind\":\"decision\",\"body\":{{\"decision\":\"go\"}}}}",
        first.hash,
        at(1)
    );
    assert_eq!(String::from_utf8(bytes(&record)).unwrap(), format!("{one}\n{two}\n"));
    assert_eq!(record.head().unwrap(), Some(second));
    let read = record.read().unwrap();
    let read: Vec<_> = read.iter().map(|entry| (entry.seq, entry.kind.as_str())).collect();
    assert_eq!(read, [(1, "answer"), (2, "decision")]);
    assert!(record.verify().unwrap().is_whole());
}

#[test]
fn the_hash_is_that_of_sha256sum() {
    assert_eq!(line::hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[cfg(unix)]
#[test]
fn l2_nobody_else_may_read_what_is_recorded() {
    use std::os::unix::fs::PermissionsExt as _;
    let Place { record, folder: _folder } = filled(1);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(record.file()), 0o600);
    assert_eq!(mode(record.file().parent().unwrap()), 0o700);
}

#[cfg(unix)]
#[test]
fn l2_a_link_that_takes_the_place_at_the_last_moment_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("target"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert!(disk::Disk::open(&disk::Machine, &link).is_err());
    assert!(!target.exists());
}

#[test]
fn only_one_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::at(folder.path().join("no/where/record.jsonl"));
    let error = add(&record, 0).unwrap_err();
    assert!(error.what.starts_with("the record's folder can't be made"), "{error}");
    assert!(!folder.path().join("no").exists());
}

#[test]
fn u10_l3_no_secret_goes_into_the_record() {
    let Place { record, folder: _folder } = place();
    let body = json!({
        "reason": "see https://app:hunter2secret@db.example.org/x",
        "list": [{"deep": "Authorization: Bearer abcdef0123456789.x"}],
        "glpat-0123456789abcdef": 1,
    });
    record.append(at(0), "answer", &body).unwrap();
    let text = String::from_utf8(bytes(&record)).unwrap();
    for secret in ["hunter2", "abcdef0123456789", "glpat-"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("https://app:<redacted>@db.example.org/x"), "{text}");
    assert_eq!(record.verify().unwrap().faults, []);
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let Place { record, folder: _folder } = filled(1);
    let before = bytes(&record);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let long = json!("x".repeat(2 * 1024 * 1024));
    for (kind, body, words) in [
        ("answer", deep, "read again"),
        ("answer", long, "too long"),
        ("recovered", json!({}), "only the record"),
    ] {
        let error = record.append(at(1), kind, &body).unwrap_err();
        assert!(error.what.contains(words), "{error}");
        assert_eq!(bytes(&record), before);
    }
}

#[test]
fn the_longest_entry_is_read_again_and_followed_by_another() {
    let Place { record, folder: _folder } = filled(1);
    record.append(at(1), "answer", &json!("")).unwrap();
    let room = line::LINE_LIMIT - lines(&record)[1].len();
    let error = record.append(at(1), "answer", &json!("x".repeat(room + 1))).unwrap_err();
    assert!(error.what.contains("too long"), "{error}");
    record.append(at(1), "answer", &json!("x".repeat(room))).unwrap();
    let last = add(&record, 9).unwrap();
    assert!(last.seq == 4 && holds(&record, &last));
}

#[test]
fn a_clock_that_goes_back_is_noted_and_breaks_nothing() {
    let Place { record, folder: _folder } = filled(1);
    add(&record, -60).unwrap();
    let found = record.verify().unwrap();
    assert!(found.is_whole());
    let notes: Vec<_> = found.notes.iter().map(|note| (note.line, note.what.as_str())).collect();
    let told = format!("the clock went back: {} comes after {}", at(-60), at(0));
    assert_eq!(notes, [(2, told.as_str())]);
}

#[test]
fn l3_eight_writers_at_once_leave_one_chain() {
    let Place { record, folder: _folder } = place();
    let heads: Vec<Head> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8_i64)
            .map(|writer| {
                let record = record.clone();
                scope.spawn(move || {
                    let write = |number| add(&record, 100 * writer + number).unwrap();
                    (0..25).map(write).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let mut there = std::collections::BTreeMap::new();
    let found = record.scan(&mut |entry, hash| drop(there.insert(entry.seq, hash.to_owned()))).unwrap();
    assert_eq!((found.faults, found.recovered, found.entries), (vec![], vec![], 200));
    for head in heads {
        assert_eq!(there.remove(&head.seq), Some(head.hash));
    }
    assert!(there.is_empty());
}
