//! One entry of the record, on the disk, as a ratio to what writing and syncing the same bytes takes on the same file
//! system. Both in turns; medians are compared.
//!
//! `cargo bench --bench record`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark measures and prints"
)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, Instant};

use deploy_guard::probe::digest;
use deploy_guard::record::Record;
use jiff::Timestamp;
use serde_json::json;

const ROUNDS: usize = 101;
/// What an entry may take of the bare write's time. It is synced twice, itself and the folder that names the file: 2.0 was
/// measured on ext4, where a sync takes 4 ms, and a third sync would show.
const FACTOR: f64 = 2.5;
/// What may come on top where there are entries before it, of which the last MiB at most is verified: 4 ms of computing,
/// 13 ms on two cores that eight others want. All of 8 MiB would show.
const VERIFYING: Duration = Duration::from_millis(15);

fn main() {
    println!("one entry on the disk, medians of {ROUNDS} in turns\n");
    let mut over = false;
    for (name, before) in [("a new record", 0), ("of 0.9 MiB", 900 * 1024), ("of 8 MiB", 8 * 1024 * 1024)] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let record = Record::at(folder.path().join("record.jsonl"));
        let body = json!({
            "environment": "production", "item": "watcher-named", "role": "service-owner", "word": "go",
            "reason": "on call until ten", "by": {"name": "release@example.org", "proof": "claimed"},
        });
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        grow(&record, before);
        record.append(at, "answer", &body).unwrap();
        let text = std::fs::read_to_string(record.file()).unwrap();
        let line = format!("{}\n", text.lines().last().unwrap());
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        let bare = folder.path().join("bare");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            theirs.push(time(|| {
                let mut file = options.open(&bare).unwrap();
                file.write_all(line.as_bytes()).unwrap();
                file.sync_all().unwrap();
            }));
            ours.push(time(|| drop(record.append(at, "answer", &body).unwrap())));
        }
        assert!(record.verify().unwrap().is_whole());
        let (ours, theirs) = (median(ours), median(theirs));
        let bound = theirs.mul_f64(FACTOR) + if before > 0 { VERIFYING } else { Duration::ZERO };
        over |= ours > bound;
        println!(
            "{name:14} write and sync {:6.2} ms   append {:6.2} ms   ratio {:4.1}   bound {:6.1} ms   {}",
            milliseconds(theirs),
            milliseconds(ours),
            ours.as_secs_f64() / theirs.as_secs_f64(),
            milliseconds(bound),
            if ours > bound { "OVER" } else { "ok" },
        );
    }
    assert!(!over, "an entry takes too long");
}

/// A record of this size, made without waiting for each entry.
fn grow(record: &Record, size: usize) {
    let (mut text, mut prev) = (String::new(), "0".repeat(64));
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    for seq in 1.. {
        if text.len() >= size {
            break;
        }
        let body = json!({"padding": "x".repeat(400)});
        let entry = json!({"seq": seq, "prev": prev, "at": at, "kind": "answer", "body": body});
        let line = entry.to_string();
        prev = digest(line.as_bytes());
        text.push_str(&line);
        text.push('\n');
    }
    std::fs::write(record.file(), text).unwrap();
    assert!(record.verify().unwrap().is_whole());
}

fn time(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
