//! A record that somebody has changed.

use proptest::prelude::*;

use super::*;

/// Three entries, one of them noting a torn line, and the head.
fn small() -> (Place, Vec<u8>, Head) {
    let place = filled(1);
    let mut torn = bytes(&place.record);
    torn.extend_from_slice(b"{\"seq\":2,\"pr");
    put(&place.record, &torn);
    let head = add(&place.record, 1).unwrap();
    let whole = bytes(&place.record);
    assert!(holds(&place.record, &head));
    (place, whole, head)
}

#[test]
fn l3_no_bit_can_be_turned_over() {
    let (place, whole, head) = small();
    let mut silent = 0;
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            put(&place.record, &changed);
            assert!(!holds(&place.record, &head), "bit {bit} of byte {at}");
            silent += usize::from(faults(&place.record).is_empty());
        }
    }
    // Without a kept hash the last line alone can be another one.
    let last = whole.split(|byte| *byte == b'\n').rev().nth(1).unwrap().len();
    assert!(silent > 0 && silent <= 8 * last, "{silent}");
}

#[test]
fn l3_no_line_can_be_removed_moved_or_doubled() {
    let place = filled(5);
    let record = place.record;
    let whole = lines(&record);
    let with = |lines: &[usize]| {
        let mut text = lines.iter().map(|line| whole[*line].as_str()).collect::<Vec<_>>().join("\n");
        text.push('\n');
        put(&record, text.as_bytes());
        faults(&record)
    };
    assert_eq!(with(&[0, 1, 2, 3, 4]), [""; 0]);
    assert_eq!(with(&[1, 2, 3, 4]), ["1 seq"]);
    assert_eq!(with(&[0, 1, 3, 4]), ["3 seq"]);
    assert_eq!(with(&[0, 2, 1, 3, 4]), ["2 seq", "3 seq", "4 seq"]);
    assert_eq!(with(&[0, 1, 1, 2, 3, 4]), ["3 seq"]);
    assert_eq!(with(&[0, 1, 2, 3, 4, 4]), ["6 seq"]);
    assert_eq!(with(&[4]), ["1 seq"]);
}

#[test]
fn l3_a_changed_line_is_told_by_the_next_and_named() {
    let place = filled(3);
    let record = place.record;
    let before = String::from_utf8(bytes(&record)).unwrap();
    put(&record, before.replace("item-1", "item-9").as_bytes());
    assert_eq!(faults(&record), ["3 prev"]);
    let error = record.read().unwrap_err();
    assert!(error.what.contains("line 3: prev is not the hash of the line before"), "{error}");
    let broken = bytes(&record);
    let error = add(&record, 3).unwrap_err();
    assert!(error.what.contains("the record is broken"), "{error}");
    assert!(error.mend.unwrap().contains("move it away"));
    assert_eq!(bytes(&record), broken, "nothing is added to a broken record");
}

#[test]
fn l2_a_last_line_that_was_changed_is_no_torn_one() {
    let place = filled(3);
    let record = place.record;
    let whole = String::from_utf8(bytes(&record)).unwrap();
    let last = lines(&record).pop().unwrap();
    for (instead, flaw) in [
        (last.replace("\"seq\"", "\"seq"), "3 no-entry"),
        (last.replace("\"seq\":3", "\"seq\":7"), "3 seq"),
        ("{}".to_owned(), "3 no-entry"),
        ("hello".to_owned(), "3 no-entry"),
    ] {
        let changed = whole.replace(&last, &instead);
        put(&record, changed.as_bytes());
        assert_eq!(faults(&record), [flaw]);
        assert!(add(&record, 3).is_err(), "{instead}");
        assert_eq!(bytes(&record), changed.as_bytes());
    }
}

#[test]
fn l3_what_is_cut_off_at_the_end_only_the_head_shows() {
    let place = filled(3);
    let record = place.record;
    let head = record.head().unwrap().unwrap();
    let whole = bytes(&record);
    for length in 0..whole.len() {
        put(&record, &whole[..length]);
        assert!(!holds(&record, &head), "{length}");
        let at_line = length == 0 || whole[length - 1] == b'\n';
        assert_eq!(faults(&record).is_empty(), at_line, "{length}");
    }
}

#[test]
fn l3_nobody_can_call_a_line_torn_that_was_an_entry() {
    let place = filled(2);
    let record = place.record;
    let lines = lines(&record);
    let forged = json!({"torn_bytes": lines[1].len(), "torn": [line::hash(lines[1].as_bytes())], "after": line::hash(lines[0].as_bytes())});
    let entry = Entry {
        seq: 2,
        prev: line::hash(lines[1].as_bytes()),
        at: at(1),
        kind: "recovered".to_owned(),
        body: forged,
    };
    put(
        &record,
        format!("{}\n{}\n{}\n", lines[0], lines[1], serde_json::to_string(&entry).unwrap()).as_bytes(),
    );
    assert_eq!(faults(&record), ["3 seq"]);
}

#[test]
fn a_line_of_five_megabytes_is_a_fault_and_does_not_hide_the_others() {
    let place = filled(2);
    let record = place.record;
    let whole = bytes(&record);
    let long = format!("{{\"seq\":3,\"kind\":\"{}\"}}\n", "x".repeat(5_000_000));
    put(&record, &[whole.as_slice(), long.as_bytes()].concat());
    assert_eq!(faults(&record), ["3 no-entry"]);
    assert!(add(&record, 3).is_err());
    // Behind it nothing can be told by the end alone.
    let unended = long.trim_end();
    put(&record, &[whole.as_slice(), unended.as_bytes()].concat());
    let before = bytes(&record);
    assert!(add(&record, 3).is_err());
    assert_eq!(bytes(&record), before);
}

#[test]
fn a_thousand_wrong_lines_are_counted_and_not_kept() {
    let place = filled(2);
    let first = lines(&place.record)[0].clone();
    put(&place.record, format!("{first}\n").repeat(1000).as_bytes());
    let found = place.record.verify().unwrap();
    assert_eq!((found.faults.len(), found.more_faults), (100, 899));
}

/// Some edit of the bytes.
fn edited(whole: &[u8], from: usize, length: usize, instead: &[u8]) -> Vec<u8> {
    let from = from % (whole.len() + 1);
    let to = (from + length).min(whole.len());
    [&whole[..from], instead, &whole[to..]].concat()
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_without_a_panic_and_never_rewritten(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        start in 0_usize..4,
    ) {
        let place = filled(2);
        let whole = super::bytes(&place.record);
        let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        let before = [&lines[..start.min(2)].concat(), bytes.as_slice()].concat();
        put(&place.record, &before);
        let verified = place.record.verify().unwrap().is_whole();
        prop_assert_eq!(verified, bytes.is_empty());
        let _ = place.record.read();
        let added = add(&place.record, 5);
        prop_assert!(super::bytes(&place.record).starts_with(&before));
        if let Ok(head) = added {
            prop_assert!(holds(&place.record, &head));
        } else {
            prop_assert_eq!(super::bytes(&place.record), before);
        }
    }

    #[test]
    fn no_edit_goes_unseen(
        from in any::<usize>(), length in 0_usize..300,
        instead in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let (place, whole, head) = small();
        let changed = edited(&whole, from, length, &instead);
        put(&place.record, &changed);
        prop_assert_eq!(holds(&place.record, &head), changed == whole);
    }
}
