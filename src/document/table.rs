//! deploy-guard's own TOML files that must survive a mistake in one entry: the plan and the waivers.
//!
//! In: a text. Out: its keys and values with their spans, and every fault. What a file says beside a fault is still
//! there, so that one bad entry does not take the others with it. Must not know what the keys mean.

use toml::de::{DeTable, DeValue};

use crate::source::{Located, Problem, SourceFile, Span, escape_line, nearest};

/// More than any such file holds.
const MOST_BYTES: usize = 256 * 1024;

/// A file with more faults than these is read by nobody to the end.
const MOST_PROBLEMS: usize = 50;

/// Tables in tables; ours have two.
const DEEPEST: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    /// A date or time of any precision, as TOML writes it.
    Moment(String),
    List(Vec<Located<Self>>),
    Table(Table),
    /// What no key of ours takes, by its name: `integer`, `boolean`.
    Other(&'static str),
}

/// Keys and values in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The header or the braces.
    pub span: Span,
    entries: Vec<(Located<String>, Located<Value>)>,
}

/// Reads a whole file. Faults of the grammar come back beside what could be read.
pub fn read(source: &SourceFile) -> (Table, Vec<Problem>) {
    let text = source.text();
    if text.len() > MOST_BYTES {
        let problem =
            Problem::new(Span::default(), format!("the file is larger than {} KiB", MOST_BYTES / 1024));
        return (Table::default(), vec![problem]);
    }
    read_part(text, 0)
}

/// A file that is a list of `[[key]]` tables.
#[derive(Debug, Default)]
pub struct List {
    /// The tables that were read without a fault.
    pub entries: Vec<Table>,
    pub problems: Vec<Problem>,
}

/// Reads a file that holds `[[key]]` tables and nothing else. A fault in one of them leaves the others as they are.
pub fn read_list(source: &SourceFile, key: &str) -> List {
    let (root, problems) = read(source);
    let mut list = List { entries: Vec::new(), problems };
    if list.problems.is_empty() {
        list.take(&root, key);
        return list;
    }
    let text = source.text();
    if text.len() > MOST_BYTES {
        return list;
    }
    if text.contains("\"\"\"") || text.contains("'''") {
        // A header could stand inside a text of several lines: nothing is known about where entries begin.
        let message = "no entry of this file counts until its faults are mended";
        list.problems.insert(0, Problem::new(Span::default(), message));
        return list;
    }
    list.problems.clear();
    let headers = line_starts(text).filter(|start| is_header(text.get(*start..).unwrap_or_default(), key));
    let mut starts: Vec<usize> = std::iter::once(0).chain(headers).collect();
    starts.dedup();
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(text.len());
        let (root, problems) = read_part(text.get(*start..end).unwrap_or_default(), *start);
        if problems.is_empty() {
            list.take(&root, key);
        } else {
            list.problems.extend(problems);
        }
    }
    list.problems.truncate(MOST_PROBLEMS);
    list
}

impl List {
    fn take(&mut self, root: &Table, key: &str) {
        self.problems.extend(root.unknown_keys(&[key]));
        let entries: Vec<Table> = root.tables(key, &mut self.problems).into_iter().cloned().collect();
        self.entries.extend(entries);
    }
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1))
}

/// Whether a line is `[[key]]`, with spaces as TOML allows them.
fn is_header(text: &str, key: &str) -> bool {
    let line = text.lines().next().unwrap_or_default().trim_start();
    line.strip_prefix("[[")
        .map(str::trim_start)
        .and_then(|rest| rest.strip_prefix(key))
        .is_some_and(|rest| rest.trim_start().starts_with(']'))
}

fn read_part(text: &str, offset: usize) -> (Table, Vec<Problem>) {
    let (root, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .take(MOST_PROBLEMS)
        .map(|error| Problem::new(at(&error.span().unwrap_or_default(), offset), error.message()))
        .collect();
    (table(root.get_ref(), Span::default(), offset, DEEPEST), problems)
}

fn at(range: &std::ops::Range<usize>, offset: usize) -> Span {
    Span::new(range.start, range.end).shifted(offset)
}

fn table(read: &DeTable<'_>, span: Span, offset: usize, depth: usize) -> Table {
    let mut entries: Vec<_> = read
        .iter()
        .map(|(key, read)| {
            let key = Located::new(key.get_ref().to_string(), at(&key.span(), offset));
            let span = at(&read.span(), offset);
            (key, Located::new(value(read.get_ref(), span, offset, depth), span))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span);
    Table { span, entries }
}

fn value(read: &DeValue<'_>, span: Span, offset: usize, depth: usize) -> Value {
    match read {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) if depth > 0 => Value::List(
            items
                .iter()
                .map(|item| {
                    let span = at(&item.span(), offset);
                    Located::new(value(item.get_ref(), span, offset, depth - 1), span)
                })
                .collect(),
        ),
        DeValue::Table(read) if depth > 0 => Value::Table(table(read, span, offset, depth - 1)),
        other => Value::Other(other.type_str()),
    }
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Moment(_) => "date",
            Self::List(_) => "array",
            Self::Table(_) => "table",
            Self::Other(kind) => kind,
        }
    }
}

impl Table {
    /// Says which keys mean nothing here.
    pub fn unknown_keys(&self, known: &[&str]) -> Vec<Problem> {
        let unknown = self.entries.iter().filter(|(key, _)| !known.contains(&key.value.as_str()));
        unknown
            .take(MOST_PROBLEMS)
            .map(|(key, _)| {
                let problem = Problem::new(key.span, format!("unknown key `{}`", escape_line(&key.value)));
                problem.hint(nearest(&key.value, known.iter().copied()).map_or_else(
                    || format!("the keys are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                ))
            })
            .collect()
    }

    pub fn get(&self, key: &str) -> Option<&Located<Value>> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(_, value)| value)
    }

    /// A string.
    pub fn text(&self, key: &str, problems: &mut Vec<Problem>) -> Option<Located<String>> {
        let found = self.get(key)?;
        if let Value::Text(text) = &found.value {
            return Some(Located::new(text.clone(), found.span));
        }
        problems.push(wrong(key, found, "a string"));
        None
    }

    /// A date or time, bare or in quotes.
    pub fn moment(&self, key: &str, problems: &mut Vec<Problem>) -> Option<Located<String>> {
        let found = self.get(key)?;
        if let Value::Text(text) | Value::Moment(text) = &found.value {
            return Some(Located::new(text.clone(), found.span));
        }
        problems.push(wrong(key, found, "a date"));
        None
    }

    /// A string or a list of them.
    pub fn texts(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<Located<String>> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let items = match &found.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(found),
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) => texts.push(Located::new(text.clone(), item.span)),
                _ => problems.push(wrong(key, item, "a string or a list of strings")),
            }
        }
        texts
    }

    /// A table.
    pub fn table(&self, key: &str, problems: &mut Vec<Problem>) -> Option<&Self> {
        let found = self.get(key)?;
        if let Value::Table(table) = &found.value {
            return Some(table);
        }
        problems.push(wrong(key, found, "a table"));
        None
    }

    /// The tables of `[[key]]`.
    pub fn tables(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<&Self> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let Value::List(items) = &found.value else {
            problems.push(wrong(key, found, "a list of tables").hint(format!("write `[[{key}]]`")));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match &item.value {
                Value::Table(table) => tables.push(table),
                _ => problems.push(wrong(key, item, "a list of tables").hint(format!("write `[[{key}]]`"))),
            }
        }
        tables
    }
}

fn wrong(key: &str, found: &Located<Value>, wanted: &str) -> Problem {
    Problem::new(found.span, format!("`{key}` is {wanted}, not {} {}", article(found), found.value.kind()))
}

fn article(found: &Located<Value>) -> &'static str {
    if found.value.kind().starts_with(['a', 'i', 'o']) { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn source(text: &str) -> std::sync::Arc<SourceFile> {
        SourceFile::new(Origin::File("x.toml".into()), text.to_owned())
    }

    #[test]
    fn what_stands_beside_a_fault_is_still_read() {
        let source = source("a = \n[b]\nc = 'x'\n");
        let (table, problems) = read(&source);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].span, Span::new(4, 4));
        let inner = table.table("b", &mut Vec::new()).unwrap();
        let text = inner.text("c", &mut Vec::new()).unwrap();
        assert_eq!((text.value.as_str(), source.slice(text.span)), ("x", "'x'"));
    }

    #[test]
    fn spans_hold_behind_a_byte_order_mark_and_carriage_returns() {
        let source = source("\u{feff}a = 1\r\nb = [\"ü\", 'y']\r\n");
        let (table, problems) = read(&source);
        assert_eq!(problems, []);
        let texts = table.texts("b", &mut Vec::new());
        assert_eq!(source.slice(texts[0].span), "\"ü\"");
        assert_eq!(source.slice(texts[1].span), "'y'");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_said_at_its_place() {
        let source = source("a = 1\nb = ['x', 2]\nc = 'x'\nd = 2026-01-02\n");
        let (table, _) = read(&source);
        let mut problems = Vec::new();
        assert_eq!(table.text("a", &mut problems), None);
        assert_eq!(table.texts("b", &mut problems).len(), 1);
        assert!(table.tables("c", &mut problems).is_empty());
        assert_eq!(table.moment("d", &mut problems).unwrap().value, "2026-01-02");
        let said: Vec<(&str, &str)> =
            problems.iter().map(|problem| (source.slice(problem.span), problem.message.as_str())).collect();
        assert_eq!(
            said,
            [
                ("1", "`a` is a string, not an integer"),
                ("2", "`b` is a string or a list of strings, not an integer"),
                ("'x'", "`c` is a list of tables, not a string"),
            ]
        );
    }

    #[test]
    fn an_unknown_key_gets_the_nearest_known_one() {
        let source = source("ownr = 'x'\nzzz = 1\n");
        let problems = read(&source).0.unknown_keys(&["owner", "reason"]);
        assert_eq!(source.slice(problems[0].span), "ownr");
        assert_eq!(problems[0].hint.as_deref(), Some("did you mean `owner`?"));
        assert_eq!(problems[1].hint.as_deref(), Some("the keys are owner, reason"));
    }

    #[test]
    fn a_flood_is_cut() {
        let flood = source(&"a = 1\n".repeat(100_000));
        assert_eq!(read(&flood).1[0].message, "the file is larger than 256 KiB");
        for text in [format!("{} = 1", vec!["a"; 60_000].join(".")), format!("a = {}", "[".repeat(60_000))] {
            let (_, problems) = read(&source(&text));
            assert!(!problems.is_empty() && problems.len() <= MOST_PROBLEMS);
        }
    }
}
