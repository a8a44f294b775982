use serde_json::json;

use super::*;

struct Place {
    _folder: tempfile::TempDir,
    record: Record,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::at(folder.path().join("deploy-guard").join("record.jsonl"));
    Place { _folder: folder, record }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn bytes(record: &Record) -> Vec<u8> {
    std::fs::read(record.file()).unwrap()
}

#[test]
fn l1_each_line_holds_the_hash_of_the_one_before() {
    let Place { record, _folder } = place();
    assert_eq!(record.read().unwrap(), []);
    let first = record.append(at(0), "answer", &json!({"word": "go"})).unwrap();
    let second = record.append(at(1), "decision", &json!({"decision": "go"})).unwrap();
    let text = String::from_utf8(bytes(&record)).unwrap();
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
    assert_eq!(text, format!("{one}\n{two}\n"));
    assert_eq!(record.head().unwrap(), Some(second));
    let read = record.read().unwrap();
    assert_eq!(
        read.iter().map(|entry| (entry.seq, entry.kind.as_str())).collect::<Vec<_>>(),
        [(1, "answer"), (2, "decision")]
    );
    assert!(record.verify().unwrap().is_whole());
}
