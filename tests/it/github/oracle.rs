//! The ears of GitHub's runner: which commands it finds in what a step prints, and which values in the files of a step.
//!
//! Written from how actions/runner behaves: lines as .NET reads them, both grammars, `stop-commands`, the unescaping of
//! each grammar. It is stricter than the runner in one thing: every name is a command's, not only those that are known.

/// One command as it would be obeyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) name: String,
    pub(super) properties: Vec<(String, String)>,
    pub(crate) data: String,
}

impl Heard {
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Lines end at a line feed, at a carriage return, and at both together.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        lines.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + 1 };
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn unescape(text: &str, marks: &[(&str, &str)]) -> String {
    marks.iter().fold(text.to_owned(), |text, (mark, meant)| text.replace(mark, meant))
}

const DATA: &[(&str, &str)] = &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
const PROPERTY: &[(&str, &str)] = &[("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
const FIRST: &[(&str, &str)] = &[("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")];

fn properties(text: &str, separator: char, marks: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for pair in text.split(separator).filter(|pair| !pair.is_empty()) {
        // Empty parts do not count, not even the one before a leading sign.
        let pair = pair.trim_start_matches('=');
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = value.trim_start_matches('=');
        if !value.is_empty() {
            found.push((name.to_owned(), unescape(value, marks)));
        }
    }
    found
}

/// `::name key=value,key=value::data`, white space before it or not.
pub(super) fn second_grammar(line: &str) -> Option<Heard> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
    Some(Heard {
        name: name.to_owned(),
        properties: properties(rest.trim(), ',', PROPERTY),
        data: unescape(data, DATA),
    })
}

/// `##[name key=value;key=value]data`, anywhere in the line.
pub(super) fn first_grammar(line: &str) -> Option<Heard> {
    let (head, data) = line.split_once("##[")?.1.split_once(']')?;
    let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
    Some(Heard {
        name: name.to_owned(),
        properties: properties(rest, ';', FIRST),
        data: unescape(data, FIRST),
    })
}

/// Everything that is obeyed in a text, one stream after the other.
pub(crate) fn hear(text: &str) -> Vec<Heard> {
    let mut heard = Vec::new();
    let mut stopped: Option<String> = None;
    for line in lines(text) {
        let Some(command) = second_grammar(line).or_else(|| first_grammar(line)) else { continue };
        match &stopped {
            Some(token) if !command.name.eq_ignore_ascii_case(token) => continue,
            Some(_) => stopped = None,
            None if command.name.eq_ignore_ascii_case("stop-commands") => {
                stopped = Some(command.data.clone());
            }
            None => {}
        }
        heard.push(command);
    }
    assert_eq!(stopped, None, "commands stay stopped for the rest of the step");
    heard
}

/// The same where `stop-commands` did not work: what lies inside has to be harmless by itself.
pub(crate) fn hear_through(text: &str) -> Vec<Heard> {
    let commands =
        lines(text).into_iter().filter_map(|line| second_grammar(line).or_else(|| first_grammar(line)));
    commands.collect()
}

/// The values that the runner reads from the file of `GITHUB_OUTPUT`, or why it takes none.
pub(crate) fn values(text: &str, windows: bool) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((line, next, _)) = file_line(text, at, windows) {
        at = next;
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                found.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(heredoc)) => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if name.is_empty() || delimiter.is_empty() {
                    return Err(format!("no name or no delimiter in `{line}`"));
                }
                let start = at;
                let mut end = at;
                loop {
                    let Some((line, next, closed)) = file_line(text, at, windows) else {
                        return Err(format!("no line is `{delimiter}`"));
                    };
                    at = next;
                    if line == delimiter {
                        break;
                    }
                    if closed == 0 {
                        return Err("the last line is open".to_owned());
                    }
                    end = next - closed;
                }
                found.push((name.to_owned(), text[start..end].to_owned()));
            }
            _ => return Err(format!("`{line}` says nothing")),
        }
    }
    Ok(found)
}

/// A line from here on, where the next one starts, and how long its end is.
fn file_line(text: &str, at: usize, windows: bool) -> Option<(&str, usize, usize)> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let Some(feed) = rest.find('\n') else { return Some((rest, text.len(), 0)) };
    let line = &rest[..feed];
    // Of a carriage return somewhere before, only one that is the first pair's counts.
    if let Some(line) = line.strip_suffix('\r').filter(|_| windows) {
        return Some((line, at + feed + 1, 2));
    }
    Some((line, at + feed + 1, 1))
}

fn heard(name: &str, properties: &[(&str, &str)], data: &str) -> Heard {
    let properties =
        properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Heard { name: name.to_owned(), properties, data: data.to_owned() }
}

#[test]
fn the_oracle_hears_the_first_grammar_as_the_runner_does() {
    for (line, command) in [
        ("##[act k=v;]said", Some(heard("act", &[("k", "v")], "said"))),
        ("##[act]", Some(heard("act", &[], ""))),
        ("##[act k=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D", Some(heard("act", &[("k", ";=\r=\n=]")], ";-\r-\n-]"))),
        ("##[act k=%253B=%250D;]%255D", Some(heard("act", &[("k", "%3B=%0D")], "%5D"))),
        ("##[act k=;l=;]", Some(heard("act", &[], ""))),
        ("12 | x ##[act k=v]said", Some(heard("act", &[("k", "v")], "said"))),
        ("##[act", None),
        ("# #[act]", None),
    ] {
        assert_eq!(first_grammar(line), command, "{line}");
    }
}

#[test]
fn the_oracle_hears_the_second_grammar_as_the_runner_does() {
    for (line, command) in [
        ("::act k=v,::said", Some(heard("act", &[("k", "v")], "said"))),
        ("::act::", Some(heard("act", &[], ""))),
        (
            "::act k=;=%2C=%0D=%0A=]=%3A,::;-%0D-%0A-]-:-,",
            Some(heard("act", &[("k", ";=,=\r=\n=]=:")], ";-\r-\n-]-:-,")),
        ),
        ("::act k=%252C=%253A,::%250D", Some(heard("act", &[("k", "%2C=%3A")], "%0D"))),
        ("::act k=,l=,::", Some(heard("act", &[], ""))),
        (" \t\u{a0}::act k=v::said", Some(heard("act", &[("k", "v")], "said"))),
        ("> ::act k=v::said", None),
        ("::act", None),
    ] {
        assert_eq!(second_grammar(line), command, "{line}");
    }
}

#[test]
fn the_oracle_ends_lines_where_the_runner_does_and_knows_when_commands_are_stopped() {
    assert_eq!(lines("a\rb\nc\r\nd\n\re"), ["a", "b", "c", "d", "", "e"]);
    let names = |text: &str| hear(text).into_iter().map(|heard| heard.name).collect::<Vec<_>>();
    assert_eq!(
        names("x\r::a::\n::stop-commands::T\n::b::\n##[c]\n::t::\n::d::"),
        ["a", "stop-commands", "t", "d"]
    );
    assert_eq!(hear_through("::stop-commands::T\n::b::\n::T::").len(), 3);
}

#[test]
fn the_oracle_reads_files_of_values_as_the_runner_does() {
    let read = |text: &str| values(text, false);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(read(""), Ok(vec![]));
    assert_eq!(read("A=b c\n\nB=\nC==x=\n"), Ok(vec![pair("A", "b c"), pair("B", ""), pair("C", "=x=")]));
    assert_eq!(read("A<<E\none\n\ntwo\nE\n"), Ok(vec![pair("A", "one\n\ntwo")]));
    assert_eq!(read("A<<E\nE\nB<<=E\n E\n=E\n"), Ok(vec![pair("A", ""), pair("B", " E")]));
    assert_eq!(values("A<<E\r\none\r\ntwo\r\nE\r\n", true), Ok(vec![pair("A", "one\r\ntwo")]));
    for wrong in ["A", "<<E\nE\n", "A<<\nx\n", "A<<E\none\n", "A<<E\none"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
