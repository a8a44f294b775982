//! Several processes, some of which are killed.

use deploy_guard::record::Record;
use serde_json::json;

use super::{appending, at, holds, written};
use crate::sandbox::Sandbox;

#[test]
fn l3_eight_processes_write_one_chain() {
    let sandbox = Sandbox::new();
    let record = Record::at(sandbox.path("record.jsonl"));
    let heads: Vec<_> = std::thread::scope(|scope| {
        let (sandbox, record) = (&sandbox, &record);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                scope.spawn(move || {
                    let writer = writer.to_string();
                    written(&appending(sandbox, record, &writer, 12, r#"exec "$@""#).succeed().stdout)
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(heads.len(), 96);
    holds(&record, &heads);
    assert_eq!(record.verify().unwrap().entries, 96);
}

#[test]
fn l2_what_a_killed_writer_was_told_is_written() {
    let sandbox = Sandbox::new();
    let record = Record::at(sandbox.path("record.jsonl"));
    let mut heads = Vec::new();
    for round in 0..12 {
        let kill = format!("\"$@\" & sleep 0.{:03}; kill -KILL $!; wait", 20 + 23 * round);
        let outcome = appending(&sandbox, &record, &round.to_string(), 100_000, &kill).finish();
        assert!(!outcome.stdout.contains("refused"), "{outcome}");
        let before = std::fs::read(record.file()).unwrap_or_default();
        heads.extend(written(&outcome.stdout));
        // A torn end is no loss of what was told.
        record.read().unwrap();
        heads.push(record.append(at(0), "decision", &json!({"round": round})).unwrap());
        assert!(std::fs::read(record.file()).unwrap().starts_with(&before));
        holds(&record, &heads);
    }
    assert!(heads.len() > 24, "no writer got to write: {}", heads.len());
}
