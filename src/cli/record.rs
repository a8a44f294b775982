//! `record verify | show | list`: what was decided here, and whether anybody has changed what is written about it.
//!
//! In: the record's file. Out: text or JSON. What the entries hold is shown and never obeyed.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::judging::open_repository;
use super::output::Output;
use super::{Failure, exit};
use crate::calendar;
use crate::change::Reader;
use crate::env::Environment;
use crate::record::{Entry, Head, Record, Verification};
use crate::report::harmless_json;
use crate::report::summary::counted;
use crate::source::{escape_line, veiled};

/// Verify and read the record of what was decided
#[derive(Debug, Args)]
pub struct RecordArguments {
    #[command(subcommand)]
    pub action: RecordAction,
}

/// Where the record is
#[derive(Debug, Args)]
pub struct RecordPlace {
    /// The record's file [default: deploy-guard/record.jsonl in the folder that git keeps for all work trees]
    #[arg(long = "record", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum RecordAction {
    /// Say whether every line is as it was written
    ///
    /// A line that was changed, removed, added or moved is named. That lines are missing at the end only a hash shows that
    /// was kept elsewhere: give it with --head. Exits 0 where all is well, 1 where it is not, 3 where it can't be read.
    #[command(after_help = "\
Examples:
  deploy-guard record verify
  deploy-guard record verify --head 12:4b68ab3847feda7d6c62c1fbcbeebfa35eab7351ed5e78f4ddadea5df64b8015")]
    Verify {
        #[command(flatten)]
        place: RecordPlace,
        /// A hash that must be in the record, as it was printed when the entry was written
        #[arg(long, value_name = "[SEQ:]HASH", value_parser = anchor)]
        head: Option<Anchor>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the entries, the newest last
    #[command(after_help = "\
Examples:
  deploy-guard record list
  deploy-guard record list -n 100 --json")]
    List {
        #[command(flatten)]
        place: RecordPlace,
        /// How many
        #[arg(short = 'n', long = "count", default_value_t = 20, value_name = "N", conflicts_with = "all")]
        count: usize,
        /// All of them
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print one entry as JSON
    #[command(after_help = "\
Examples:
  deploy-guard record show last
  deploy-guard record show 12")]
    Show {
        /// The entry's number, or `last`
        #[arg(value_name = "SEQ", value_parser = which)]
        entry: Which,
        #[command(flatten)]
        place: RecordPlace,
    },
}

/// What a copy of the head was kept as.
#[derive(Debug, Clone)]
pub struct Anchor {
    seq: Option<u64>,
    hash: String,
}

fn anchor(text: &str) -> Result<Anchor, String> {
    let (seq, hash) = match text.split_once(':') {
        Some((seq, hash)) => (Some(seq.parse().map_err(|_| "write it as SEQ:HASH".to_owned())?), hash),
        None => (None, text),
    };
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a hash has 64 hexadecimal digits".to_owned());
    }
    Ok(Anchor { seq, hash: hash.to_ascii_lowercase() })
}

#[derive(Debug, Clone, Copy)]
pub enum Which {
    Last,
    Seq(u64),
}

fn which(text: &str) -> Result<Which, String> {
    match text {
        "last" => Ok(Which::Last),
        _ => text.parse().map(Which::Seq).map_err(|_| "write a number, or `last`".to_owned()),
    }
}

/// The record that is meant: the file that was named, or the one that all work trees of the repository share.
pub(crate) fn place(
    told: Option<&Path>,
    environment: &Environment,
    reader: &dyn Reader,
) -> Result<Record, Failure> {
    if let Some(file) = told {
        return Ok(Record::at(environment.folder.join(file)));
    }
    let Some(folder) = reader.common_folder() else {
        return Err(Failure::Unable {
            what: "it can't be told where this repository keeps its own files".to_owned(),
            mend: Some("name the record's file with --record".to_owned()),
        });
    };
    Ok(Record::at(folder.join("deploy-guard").join("record.jsonl")))
}

fn here(told: &RecordPlace, environment: &Environment) -> Result<Record, Failure> {
    match &told.file {
        Some(file) => Ok(Record::at(environment.folder.join(file))),
        None => place(None, environment, open_repository(environment)?.as_ref()),
    }
}

pub(super) fn run(
    arguments: &RecordArguments,
    environment: &Environment,
    output: &mut Output,
) -> Result<u8, Failure> {
    match &arguments.action {
        RecordAction::Verify { place, head, json } => {
            verify(&here(place, environment)?, head.as_ref(), *json, output)
        }
        RecordAction::List { place, count, all, json } => {
            let count = if *all { usize::MAX } else { *count };
            let zone = calendar::machine_zone(environment.ci);
            list(&here(place, environment)?, count, *json, &zone, output)
        }
        RecordAction::Show { entry, place } => show(&here(place, environment)?, *entry, output),
    }
}

/// What came of looking for a hash.
enum Kept {
    NotAsked,
    Found(u64),
    /// The entry is there under another number than was kept.
    Elsewhere(u64),
    Missing,
}

fn verify(record: &Record, kept: Option<&Anchor>, json: bool, output: &mut Output) -> Result<u8, Failure> {
    let mut at = None;
    let found = record.scan(&mut |entry, hash| {
        if kept.is_some_and(|kept| kept.hash == hash) {
            at = Some(entry.seq);
        }
    })?;
    if found.files.is_empty() && kept.is_none() {
        return Err(Failure::Unable {
            what: format!("there is no record at {}", shown(record.file())),
            mend: Some("`deploy-guard go-nogo` writes one; --record names another file".to_owned()),
        });
    }
    let kept_at = match (kept, at) {
        (None, _) => Kept::NotAsked,
        (Some(kept), Some(seq)) if kept.seq.is_some_and(|wanted| wanted != seq) => Kept::Elsewhere(seq),
        (Some(_), Some(seq)) => Kept::Found(seq),
        (Some(_), None) => Kept::Missing,
    };
    let whole = found.is_whole() && matches!(kept_at, Kept::NotAsked | Kept::Found(_));
    if json {
        output.print_exact(&verification_as_json(record, &found, kept, &kept_at, whole));
    } else {
        output.print(&verification_in_words(record, &found, kept, &kept_at, whole));
    }
    Ok(if whole { 0 } else { exit::BROKEN })
}

fn verification_in_words(
    record: &Record,
    found: &Verification,
    kept: Option<&Anchor>,
    kept_at: &Kept,
    whole: bool,
) -> String {
    let mut out = format!(
        "{}: {}, {}\n",
        if whole { "whole" } else { "BROKEN" },
        shown(record.file()),
        counted(found.entries, "entry", "entries")
    );
    for part in found.files.iter().filter(|part| *part != record.file()) {
        out.push_str(&format!("  with {}\n", shown(part)));
    }
    for fault in &found.faults {
        let file = fault.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        out.push_str(&format!("  {}, line {}: {}\n", escape_line(&file), fault.line, fault.flaw));
    }
    if found.more_faults > 0 {
        out.push_str(&format!("  and {} more\n", counted(found.more_faults, "line", "lines")));
    }
    for note in &found.notes {
        out.push_str(&format!("  note: line {}: {}\n", note.line, note.what));
    }
    for recovered in &found.recovered {
        out.push_str(&format!(
            "  note: entry {} says that a writer was killed before it ({} left behind)\n",
            recovered.seq,
            counted(recovered.torn_bytes, "byte", "bytes")
        ));
    }
    if let Some(head) = &found.head {
        out.push_str(&format!("head: {head}\n"));
    }
    let last = found.head.as_ref().map_or(0, |head| head.seq);
    match (kept_at, kept) {
        (Kept::Found(seq), _) => out.push_str(&format!(
            "the hash that was kept is entry {seq}, and {} after it\n",
            match last.saturating_sub(*seq) {
                0 => "nothing comes".to_owned(),
                1 => "1 entry comes".to_owned(),
                more => format!("{more} entries come"),
            }
        )),
        (Kept::Elsewhere(seq), Some(Anchor { seq: Some(wanted), .. })) => out.push_str(&format!(
            "the hash that was kept is of entry {wanted}, and here it is entry {seq}: the record was written anew\n"
        )),
        (Kept::Missing, _) => out.push_str(
            "the hash that was kept is not in the record: its end was cut off, or it was written anew\n",
        ),
        _ => {}
    }
    out
}

fn verification_as_json(
    record: &Record,
    found: &Verification,
    kept: Option<&Anchor>,
    kept_at: &Kept,
    whole: bool,
) -> String {
    let faults: Vec<Value> = found
        .faults
        .iter()
        .map(|fault| {
            json!({
                "file": fault.file.to_string_lossy(), "line": fault.line,
                "flaw": fault.flaw.as_str(), "what": fault.flaw.to_string(),
            })
        })
        .collect();
    let notes: Vec<Value> = found
        .notes
        .iter()
        .map(|note| json!({ "file": note.file.to_string_lossy(), "line": note.line, "what": note.what }))
        .collect();
    let kept = kept.map(|kept| {
        let seq = match kept_at {
            Kept::Found(seq) | Kept::Elsewhere(seq) => Some(seq),
            Kept::NotAsked | Kept::Missing => None,
        };
        json!({ "hash": kept.hash, "seq": seq, "found": matches!(kept_at, Kept::Found(_)) })
    });
    let files: Vec<String> = found.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    printed(&json!({
        "version": VERSION, "file": record.file().to_string_lossy(), "files": files, "whole": whole,
        "entries": found.entries, "head": found.head, "kept": kept, "faults": faults,
        "more_faults": found.more_faults, "notes": notes, "recovered": found.recovered,
    }))
}

/// Raised when a field of the JSON changes its meaning or goes away.
const VERSION: u32 = 1;

fn printed(value: &Value) -> String {
    harmless_json(&format!("{value:#}\n"))
}

fn list(
    record: &Record,
    count: usize,
    json: bool,
    zone: &TimeZone,
    output: &mut Output,
) -> Result<u8, Failure> {
    let mut newest: VecDeque<(Entry, String)> = VecDeque::new();
    let found = record.scan(&mut |entry, hash| {
        newest.push_back((entry, hash.to_owned()));
        if newest.len() > count {
            newest.pop_front();
        }
    })?;
    if json {
        let entries: Vec<Value> = newest.iter().map(|(entry, hash)| as_json(entry, hash)).collect();
        let entries = json!({
            "version": VERSION, "file": record.file().to_string_lossy(), "whole": found.is_whole(),
            "entries": entries,
        });
        output.print_exact(&printed(&entries));
    } else if newest.is_empty() {
        output.print(&format!("nothing is recorded in {}\n", shown(record.file())));
    } else {
        let earlier = found.entries - u64::try_from(newest.len()).unwrap_or(found.entries);
        if earlier > 0 {
            output.print(&format!("({} before these: --all)\n", counted(earlier, "entry", "entries")));
        }
        let width = newest.back().map_or(1, |(entry, _)| entry.seq.to_string().len());
        for (entry, _) in &newest {
            output.print(&format!("{}\n", in_a_line(entry, width, zone)));
        }
    }
    if let Some(fault) = found.faults.first() {
        output.note(&format!(
            "deploy-guard: the record is broken at line {} of {}: `deploy-guard record verify`\n",
            fault.line,
            shown(&fault.file)
        ));
        return Ok(exit::BROKEN);
    }
    Ok(0)
}

fn show(record: &Record, which: Which, output: &mut Output) -> Result<u8, Failure> {
    let mut wanted = None;
    let found = record.scan(&mut |entry, hash| {
        if matches!(which, Which::Last) || matches!(which, Which::Seq(seq) if seq == entry.seq) {
            wanted = Some((entry, hash.to_owned()));
        }
    })?;
    let Some((entry, hash)) = wanted else {
        return Err(match found.head {
            Some(Head { seq, .. }) => {
                Failure::usage(format!("there is no such entry; the last one is {seq}"))
            }
            None => Failure::unable(format!("nothing is recorded in {}", shown(record.file()))),
        });
    };
    output.print_exact(&printed(&as_json(&entry, &hash)));
    if found.is_whole() {
        return Ok(0);
    }
    output.note("deploy-guard: the record is broken: `deploy-guard record verify`\n");
    Ok(exit::BROKEN)
}

/// An entry with the hash of its own line.
fn as_json(entry: &Entry, hash: &str) -> Value {
    json!({
        "seq": entry.seq, "hash": hash, "prev": entry.prev, "at": entry.at.to_string(), "kind": entry.kind,
        "body": without_secrets(&entry.body),
    })
}

/// The same value, every text of it without what looks like a secret: another hand may have written it.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(veiled(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(without_secrets).collect()),
        Value::Object(fields) => {
            let veil = |(key, value): (&String, &Value)| (veiled(key).into_owned(), without_secrets(value));
            Value::Object(fields.iter().map(veil).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// At most so many characters of a text go into a line.
const WORD_LIMIT: usize = 80;

/// A text of the body, in one line that nothing obeys.
fn word(body: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(body, |value, key| value.get(key))?;
    let text = found.as_str().filter(|text| !text.is_empty())?;
    Some(clipped(text))
}

fn clipped(text: &str) -> String {
    let mut short: String = text.chars().take(WORD_LIMIT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape_line(&veiled(&short)).into_owned()
}

fn in_a_line(entry: &Entry, width: usize, zone: &TimeZone) -> String {
    let mut out = format!("{:>width$}  {}  {:<11}", entry.seq, local(entry.at, zone), clipped(&entry.kind));
    let body = &entry.body;
    let mut say = |text: Option<String>| {
        if let Some(text) = text {
            out.push_str("  ");
            out.push_str(&text);
        }
    };
    say(word(body, &["environment"]));
    say(word(body, &["decision"]).map(|decision| decision.to_uppercase()));
    let head = word(body, &["head"]).filter(|_| body.get("decision").is_some());
    say(head.map(|head| format!("of {}", head.chars().take(10).collect::<String>())));
    say(word(body, &["item"]));
    let role = word(body, &["role"]).map(|role| format!("{role}: ")).unwrap_or_default();
    say(word(body, &["word"]).map(|word| format!("{role}{}", word.to_uppercase())));
    say(word(body, &["reason"]).map(|reason| format!("({reason})")));
    say(word(body, &["by", "name"]).map(|name| format!("by {name}")));
    say(body.get("torn_bytes").and_then(Value::as_u64).map(|torn| counted(torn, "torn byte", "torn bytes")));
    out.trim_end().to_owned()
}

/// `2026-11-17 11:00:05 +01:00`, which sorts and leaves no question.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

fn shown(path: &Path) -> String {
    escape_line(&path.display().to_string()).into_owned()
}
