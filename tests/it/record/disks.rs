//! Disks that are full or may not be written, and things in the place of the record.

use std::path::Path;

use deploy_guard::record::Record;
use serde_json::json;

use super::{appending, at, holds, written};
use crate::sandbox::{Outcome, Sandbox};

#[expect(clippy::print_stderr, reason = "a test that shows nothing says so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

fn refused(record: &Record) -> String {
    let error = record.append(at(0), "answer", &json!({})).unwrap_err();
    format!("{} ({})", error.what, error.mend.unwrap_or_default())
}

/// After room was made: what was told is there, nothing was written over, and it goes on.
fn goes_on(record: &Record, outcome: &Outcome) {
    let before = std::fs::read(record.file()).unwrap();
    let heads = written(&outcome.stdout);
    assert!(!heads.is_empty(), "{outcome}");
    record.append(at(0), "decision", &json!({"decision": "no-go"})).unwrap();
    assert!(std::fs::read(record.file()).unwrap().starts_with(&before));
    holds(record, &heads);
}

#[test]
fn l2_a_file_that_may_not_grow_is_an_error_and_goes_on_later() {
    let sandbox = Sandbox::new();
    for (name, ignored) in [("told", "trap '' XFSZ;"), ("killed", "")] {
        let record = Record::at(sandbox.path(&format!("{name}.jsonl")));
        let prepare = format!("ulimit -f 2; ulimit -c 0; {ignored} exec \"$@\"");
        let outcome = appending(&sandbox, &record, name, 100, &prepare).finish();
        assert_eq!(std::fs::metadata(record.file()).unwrap().len(), 2048, "{outcome}");
        assert!(outcome.stdout.contains("refused only"), "{outcome}");
        assert_eq!(record.verify().unwrap().faults.len(), 1);
        // Again: not one byte can be written, and where the system says so by a signal, it is the end of the process.
        let again = appending(&sandbox, &record, name, 1, &prepare).finish();
        assert!(again.stdout.contains("refused the record can't be written") == (name == "told"), "{again}");
        assert_eq!(again.code == 0, name == "told", "{again}");
        goes_on(&record, &outcome);
        assert_eq!(record.verify().unwrap().recovered.len(), 1);
    }
}

/// Runs it with file systems of its own, where that is allowed.
fn mounted(sandbox: &Sandbox, mount: &str, record: &Record, count: usize) -> Option<Outcome> {
    let possible = sandbox.run("unshare", &sandbox.home()).args(["-m", "sh", "-c", mount]).arg("sh");
    if possible.arg(record.file().parent().unwrap()).finish().code != 0 {
        skipped("nothing can be mounted here");
        return None;
    }
    let folder = record.file().parent().unwrap().display().to_string();
    // What lies on it is taken out before it goes away.
    let kept = sandbox.path("kept");
    let prepare = format!(
        "exec unshare -m sh -c 'set -- \"{folder}\" \"$@\"; {mount}; shift; \"$@\"; cp \"{folder}/\"*.jsonl \"{}\"' sh \"$@\"",
        kept.display()
    );
    Some(appending(sandbox, record, "mounted", count, &prepare).finish())
}

#[test]
fn l2_a_full_disk_is_an_error_and_goes_on_later() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("disk");
    std::fs::create_dir(&folder).unwrap();
    let record = Record::at(folder.join("record.jsonl"));
    let mount = "mount -t tmpfs -o size=64k none \"$1\"";
    let Some(outcome) = mounted(&sandbox, mount, &record, 1000) else { return };
    assert!(outcome.stdout.contains("refused "), "{outcome}");
    let kept = Record::at(sandbox.path("kept"));
    assert!(std::fs::metadata(kept.file()).unwrap().len() > 60_000, "{outcome}");
    goes_on(&kept, &outcome);
}

#[test]
fn l2_where_nothing_may_be_written_there_is_no_entry() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("disk");
    std::fs::create_dir(&folder).unwrap();
    let record = Record::at(folder.join("record.jsonl"));
    record.append(at(0), "answer", &json!({})).unwrap();
    let before = std::fs::read(record.file()).unwrap();
    let mount = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\"";
    let Some(outcome) = mounted(&sandbox, mount, &record, 1) else { return };
    assert!(outcome.stdout.contains("refused the record can't be opened"), "{outcome}");
    assert_eq!(std::fs::read(record.file()).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn l2_a_link_is_not_followed() {
    let sandbox = Sandbox::new();
    let victim = sandbox.path("victim");
    std::fs::write(&victim, "").unwrap();
    for target in [victim.as_path(), Path::new("nowhere")] {
        let record = Record::at(sandbox.path("record.jsonl"));
        std::os::unix::fs::symlink(target, record.file()).unwrap();
        let error = refused(&record);
        assert!(error.contains("is a symbolic link"), "{error}");
        assert!(record.read().is_err() && record.verify().is_err());
        std::fs::remove_file(record.file()).unwrap();
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"");
    assert!(!sandbox.path("nowhere").exists());
}

#[cfg(unix)]
#[test]
fn l2_what_is_no_file_is_no_record_and_nothing_waits_for_it() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    sandbox.run("mkfifo", &sandbox.home()).arg(&pipe).succeed();
    let folder = sandbox.path("folder");
    std::fs::create_dir(&folder).unwrap();
    for place in [pipe.as_path(), folder.as_path(), Path::new("/dev/null")] {
        let record = Record::at(place.to_path_buf());
        let error = refused(&record);
        assert!(error.contains("no regular file") || error.contains("can't be opened"), "{error}");
        assert!(record.verify().is_err(), "{}", place.display());
    }
}

#[cfg(unix)]
#[test]
fn l2_the_file_of_somebody_else_is_left_alone() {
    let sandbox = Sandbox::new();
    let record = Record::at(sandbox.path("record.jsonl"));
    record.append(at(0), "answer", &json!({})).unwrap();
    let before = std::fs::read(record.file()).unwrap();
    if std::os::unix::fs::chown(record.file(), Some(12_345), None).is_err() {
        skipped("nothing can be given away here");
        return;
    }
    let error = refused(&record);
    assert!(error.contains("belongs to another user (uid 12345"), "{error}");
    assert_eq!(std::fs::read(record.file()).unwrap(), before);
    assert!(record.verify().unwrap().is_whole(), "it may be read all the same");
}

#[test]
fn l2_who_holds_the_record_is_waited_for_and_not_for_ever() {
    let sandbox = Sandbox::new();
    let record = Record::at(sandbox.path("record.jsonl"));
    record.append(at(0), "answer", &json!({})).unwrap();
    let held = std::fs::File::open(record.file()).unwrap();
    held.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| record.append(at(1), "answer", &json!({})));
        std::thread::sleep(std::time::Duration::from_millis(300));
        held.unlock().unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().seq, 2);
    });
    held.lock().unwrap();
    let error = refused(&record);
    assert!(error.contains("somebody else has held") && error.contains("10 seconds"), "{error}");
    held.unlock().unwrap();
    assert_eq!(record.read().unwrap().len(), 2);
}
