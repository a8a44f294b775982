//! HCL to nodes, as Terraform and its kin write it.
//!
//! In: a text, with template expressions masked. Out: one mapping. A block is an entry under its type, its labels keys
//! inside each other: `resource "a" "b" {…}` is `resource: {a: {b: …}}`, and a type may stand as often as it has blocks.
//! What is no plain value (a reference, a call, an interpolation) is unknown; `jsonencode(…)` is what it encodes.

use super::template::Reading;
use super::{Content, Entry, Gap, Node, ParseError, Style, Text, Value, limits};
use crate::source::{Located, Span};

const FORMAT: &str = "HCL";

/// So many lines that make no sense are named; the rest is not looked at.
const MOST_GAPS: usize = 64;

pub(super) fn parse(reading: &Reading<'_>) -> Result<Content, ParseError> {
    let text = reading.text();
    limits::hold_text(text, FORMAT)?;
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser { text, at: start, depth: 0, nodes: 0, gaps: reading.gaps().collect() };
    let mut entries = Vec::new();
    loop {
        parser.body(&mut entries)?;
        if parser.at >= text.len() {
            break;
        }
        // A brace too many.
        parser.skip_line("this brace closes nothing");
    }
    let root = Node::new(Value::Mapping(entries), Span::new(0, text.len()));
    Ok(Content { roots: vec![root], gaps: parser.gaps })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: usize,
    gaps: Vec<Gap>,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes to the end of the line and notes it as not understood.
    fn skip_line(&mut self, reason: &str) {
        let start = self.at;
        self.at = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end + 1);
        if self.gaps.len() < MOST_GAPS {
            self.gaps.push(Gap { span: Span::new(start, self.at), reason: reason.to_owned() });
        }
    }

    /// Passes blanks and comments; `lines`: line breaks as well.
    fn skip_blank(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') if lines => self.at += 1,
                Some(b'#') => self.at = self.line_end(),
                Some(b'/') if self.rest().starts_with("//") => self.at = self.line_end(),
                Some(b'/') if self.rest().starts_with("/*") => {
                    self.at = self.rest().find("*/").map_or(self.text.len(), |end| self.at + end + 2);
                }
                _ => return,
            }
        }
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').map_or(self.text.len(), |end| self.at + end)
    }

    fn count(&mut self, span: Span) -> Result<(), ParseError> {
        self.nodes += 1;
        limits::hold(self.nodes, limits::NODES, "nodes of one file", span)
    }

    fn descend(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        let here = Span::new(self.at, self.at);
        limits::hold(self.depth, limits::DEPTH, "nested collections", here)
    }

    /// Attributes and blocks up to a closing brace, which is left, or the end.
    fn body(&mut self, entries: &mut Vec<Entry>) -> Result<(), ParseError> {
        loop {
            self.skip_blank(true);
            match self.peek() {
                None | Some(b'}') => return Ok(()),
                _ => {}
            }
            let Some(key) = self.key() else {
                self.skip_line("neither an attribute nor a block");
                continue;
            };
            self.skip_blank(false);
            let follows = self.rest().starts_with('=') && !self.rest().starts_with("==");
            if follows {
                self.at += 1;
                let value = self.expression(false)?;
                self.count(value.span)?;
                entries.push(Entry { key, value });
            } else if let Some(entry) = self.block(key)? {
                entries.push(entry);
            } else {
                self.skip_line("neither an attribute nor a block");
            }
        }
    }

    /// The labels and the body of a block whose type was read.
    fn block(&mut self, kind: Located<String>) -> Result<Option<Entry>, ParseError> {
        let mut names = vec![kind];
        while self.peek() != Some(b'{') {
            match self.key() {
                Some(label) if names.len() < 8 => names.push(label),
                _ => return Ok(None),
            }
            self.skip_blank(false);
        }
        self.descend()?;
        self.depth += names.len() - 1;
        limits::hold(self.depth, limits::DEPTH, "nested collections", Span::new(self.at, self.at))?;
        let start = self.at;
        self.at += 1;
        let mut entries = Vec::new();
        self.body(&mut entries)?;
        self.eat(b'}');
        self.depth -= names.len();
        let mut node = Node::new(Value::Mapping(entries), Span::new(start, self.at));
        let mut key = names.pop();
        while let Some(inner) = key {
            self.count(inner.span)?;
            let span = inner.span.join(node.span);
            let entry = Entry { key: inner, value: node };
            key = names.pop();
            if key.is_none() {
                return Ok(Some(entry));
            }
            node = Node::new(Value::Mapping(vec![entry]), span);
        }
        Ok(None)
    }

    /// A word, or a text in quotes without anything to be filled in.
    fn key(&mut self) -> Option<Located<String>> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            let end = self.string_end();
            let inner = self.text.get(start + 1..end.checked_sub(1)?)?;
            if inner.contains(['\n', '\\']) {
                return None;
            }
            self.at = end;
            return Some(Located::new(inner.to_owned(), Span::new(start + 1, end - 1)));
        }
        let length = self.rest().bytes().take_while(|byte| is_word(*byte)).count();
        let word = self.rest().get(..length).filter(|word| !word.is_empty())?.to_owned();
        self.at += length;
        Some(Located::new(word, Span::new(start, self.at)))
    }

    /// Behind the closing quote of the string that starts here; quotes inside of interpolations do not close it.
    fn string_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        // Braces that interpolations opened, and whether a string is open inside of the innermost one.
        let mut open: Vec<bool> = vec![true];
        while let Some(byte) = bytes.get(at) {
            let inside = open.last().copied().unwrap_or(true);
            match byte {
                b'\\' if inside => at += 1,
                b'\n' if open.len() == 1 => return at,
                b'$' | b'%' if inside && bytes.get(at + 1) == Some(&b'{') => {
                    if bytes.get(at - 1) != Some(byte) && open.len() < 4 * limits::DEPTH {
                        open.push(false);
                    }
                    at += 1;
                }
                b'"' if open.len() == 1 => return at + 1,
                b'"' => {
                    if let Some(last) = open.last_mut() {
                        *last = !inside;
                    }
                }
                b'}' if !inside => {
                    open.pop();
                }
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    /// A value; `inside` brackets it may go on over line breaks.
    fn expression(&mut self, inside: bool) -> Result<Node, ParseError> {
        self.skip_blank(inside);
        let start = self.at;
        let node = match self.peek() {
            Some(b'"') => self.string(),
            Some(b'<') if self.rest().starts_with("<<") => self.heredoc(),
            Some(b'[') => self.list()?,
            Some(b'{') => self.object()?,
            _ => match self.encoded()? {
                Some(node) => node,
                None => self.plain(),
            },
        };
        self.skip_blank(inside);
        // An operator, an index or a condition makes something else of it.
        let ends = match self.peek() {
            None | Some(b',' | b']' | b'}' | b')' | b'\n' | b'=' | b':') => true,
            _ => {
                inside && !matches!(self.peek(), Some(b'.' | b'[' | b'?' | b'+' | b'-' | b'*' | b'&' | b'|'))
            }
        };
        if ends {
            return Ok(node);
        }
        let end = self.end_of_expression(inside).max(self.at + 1).min(self.text.len());
        let end = (end..=self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(end);
        self.at = end;
        let raw = self.text.get(start..end).unwrap_or_default().trim_end();
        Ok(Node::new(Value::Unknown(raw.to_owned()), Span::new(start, start + raw.len())))
    }

    fn string(&mut self) -> Node {
        let start = self.at;
        let end = self.string_end();
        self.at = end;
        let span = Span::new(start, end);
        let raw = self.text.get(start..end).unwrap_or_default();
        let inner = raw.strip_prefix('"').map(|raw| raw.strip_suffix('"').unwrap_or(raw)).unwrap_or_default();
        let filled = |mark: &str| {
            inner
                .match_indices(mark)
                .any(|(at, _)| !inner.get(..at).is_some_and(|before| before.ends_with(['$', '%'])))
        };
        if filled("${") || filled("%{") {
            return Node::new(Value::Unknown(inner.to_owned()), span);
        }
        let value = if inner.contains(['\\', '$', '%']) { unescaped(inner) } else { inner.to_owned() };
        Node::new(Value::String(Text { value, style: Style::Quoted }), span)
    }

    /// `<<EOT … EOT`
    fn heredoc(&mut self) -> Node {
        let start = self.at;
        let line_end = self.line_end();
        let mark = self.text.get(start + 2..line_end).unwrap_or_default();
        let mark = mark.trim_start_matches('-').trim().to_owned();
        let mut at = (line_end + 1).min(self.text.len());
        let content = at;
        let mut end = self.text.len();
        while at < self.text.len() {
            let line = self.text.get(at..).unwrap_or_default();
            let length = line.find('\n').map_or(line.len(), |end| end + 1);
            if line.get(..length).unwrap_or_default().trim() == mark {
                end = at;
                at += line.get(..length).unwrap_or_default().trim_end_matches(['\n', '\r']).len();
                break;
            }
            at += length;
        }
        self.at = at;
        let inner = self.text.get(content..end).unwrap_or_default().to_owned();
        let value = if inner.contains("${") || inner.contains("%{") {
            Value::Unknown(inner)
        } else {
            Value::String(Text { value: inner, style: Style::Block })
        };
        Node::new(value, Span::new(start, at))
    }

    fn list(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        self.descend()?;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank(true);
            match self.peek() {
                None => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                _ if items.is_empty() && self.is_loop() => return Ok(self.loop_from(start, b']')),
                _ => {
                    let from = self.at;
                    let item = self.expression(true)?;
                    self.count(item.span)?;
                    items.push(item);
                    // Whatever stands there, the next round is further on.
                    if self.at == from {
                        self.at = self.next_char();
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(Node::new(Value::Sequence(items), Span::new(start, self.at)))
    }

    fn object(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        self.descend()?;
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_blank(true);
            match self.peek() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                _ if entries.is_empty() && self.is_loop() => return Ok(self.loop_from(start, b'}')),
                _ => {
                    let from = self.at;
                    if let Some(key) = self.key() {
                        self.skip_blank(false);
                        if self.eat(b'=') || self.eat(b':') {
                            let value = self.expression(false)?;
                            self.count(value.span)?;
                            entries.push(Entry { key, value });
                            continue;
                        }
                    }
                    // A key that is computed.
                    let end = self.end_of_expression(false);
                    self.at = end.max(from);
                    if self.at == from {
                        self.at = self.next_char();
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(Node::new(Value::Mapping(entries), Span::new(start, self.at)))
    }

    fn next_char(&self) -> usize {
        self.at + self.rest().chars().next().map_or(1, char::len_utf8)
    }

    fn is_loop(&self) -> bool {
        self.rest().strip_prefix("for").is_some_and(|rest| rest.starts_with([' ', '\t']))
    }

    /// `[for x in y : z]`, whose items nobody knows here.
    fn loop_from(&mut self, start: usize, close: u8) -> Node {
        self.depth -= 1;
        self.at = self.end_of_expression(true);
        self.eat(close);
        let raw = self.text.get(start..self.at).unwrap_or_default();
        Node::new(Value::Unknown(raw.to_owned()), Span::new(start, self.at))
    }

    /// `jsonencode(…)`: what is encoded.
    fn encoded(&mut self) -> Result<Option<Node>, ParseError> {
        let Some(call) = ["jsonencode(", "yamlencode("].iter().find(|call| self.rest().starts_with(**call))
        else {
            return Ok(None);
        };
        self.descend()?;
        self.at += call.len();
        let node = self.expression(true)?;
        self.skip_blank(true);
        self.eat(b',');
        self.skip_blank(true);
        self.eat(b')');
        self.depth -= 1;
        Ok(Some(node))
    }

    /// A number, a word of the language, or a reference.
    fn plain(&mut self) -> Node {
        let start = self.at;
        let length = self.rest().bytes().take_while(|byte| is_word(*byte) || *byte == b'.').count();
        self.at += length;
        let word = self.text.get(start..self.at).unwrap_or_default();
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                Value::Number(word.to_owned())
            }
            _ => Value::Unknown(word.to_owned()),
        };
        Node::new(value, Span::new(start, self.at))
    }

    /// Where an expression ends that is not looked into: at a line break, a comma or a bracket that it did not open.
    fn end_of_expression(&self, inside: bool) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        let mut open = 0_usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let inner = Self { text: self.text, at, depth: 0, nodes: 0, gaps: Vec::new() };
                    at = inner.string_end().max(at + 1);
                    continue;
                }
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' | b',' if open == 0 => return at,
                b')' | b']' | b'}' => open -= 1,
                b'\n' if open == 0 && !inside => return at,
                b'#' => {
                    at = self
                        .text
                        .get(at..)
                        .and_then(|rest| rest.find('\n'))
                        .map_or(bytes.len(), |end| at + end);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            // `$${` is a text, not an interpolation.
            '$' | '%' if characters.peek() == Some(&character) => {
                characters.next();
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::document::{Format, Node, Value, parse};
    use crate::source::{Origin, SourceFile};

    const TEXT: &str = r#"
# a comment { with a brace
terraform { required_version = ">= 1.5" } // and another
/* and
   a third */
resource "aws_ecs_service" "web" {
  name          = "web-${var.env}"
  desired_count = 2
  tags = { Name = "web", "team:owner" = "shop" }
  depends_on = [aws_lb.web, module.x["a"].y]
  enabled = var.on ? true : false
  price   = "cost: $${amount}"
  load_balancer {
    port = 80
  }
  load_balancer {
    port = 443
  }
  policy = <<-EOT
    { "a": 1 }
  EOT
  container_definitions = jsonencode([
    { name = "web", image = "registry.example/web:1.4" },
    { name = "log", image = "registry.example/log:${var.tag}" }, # moves
  ])
  zones = [for zone in var.zones : upper(zone)]
  text  = join(",", ["a", "b"])
}
"#;

    fn root(text: &str) -> Node {
        let source = SourceFile::new(Origin::File("main.tf".into()), text.to_owned());
        parse(&source, Format::Hcl).unwrap().roots.remove(0)
    }

    #[test]
    fn blocks_labels_and_values_are_nodes_at_their_place() {
        let root = root(TEXT);
        let web = root.at(&["resource", "aws_ecs_service", "web"]).unwrap();
        let slice = |node: &Node| &TEXT[node.span.start..node.span.end];
        assert!(web.get("name").unwrap().is_unknown());
        assert_eq!(slice(web.get("name").unwrap()), "\"web-${var.env}\"");
        assert_eq!(web.get("desired_count").unwrap().value, Value::Number("2".to_owned()));
        assert_eq!(web.at(&["tags", "team:owner"]).unwrap().as_str(), Some("shop"));
        assert_eq!(web.get("depends_on").unwrap().items().len(), 2);
        assert!(web.get("enabled").unwrap().is_unknown());
        assert_eq!(web.get("price").unwrap().as_str(), Some("cost: ${amount}"));
        let ports: Vec<&str> = web
            .entries()
            .iter()
            .filter(|entry| entry.key.value == "load_balancer")
            .map(|entry| slice(entry.value.get("port").unwrap()))
            .collect();
        assert_eq!(ports, ["80", "443"]);
        assert_eq!(web.get("policy").unwrap().as_str(), Some("    { \"a\": 1 }\n"));
        let containers = web.get("container_definitions").unwrap().items();
        assert_eq!(containers[0].get("image").unwrap().as_str(), Some("registry.example/web:1.4"));
        assert!(containers[1].get("image").unwrap().is_unknown());
        assert!(web.get("zones").unwrap().is_unknown() && web.get("text").unwrap().is_unknown());
        assert_eq!(web.entries().last().unwrap().key.value, "text");
        let (key, end) = (&web.entries()[0].key, web.span.end);
        assert_eq!(&TEXT[key.span.start..key.span.end], "name");
        assert!(TEXT[..end].ends_with('}'));
    }

    #[test]
    fn what_makes_no_sense_is_a_gap_and_the_rest_is_read() {
        let text = "a = 1\n???\nb = 2\n}\nc = 3\n";
        let source = SourceFile::new(Origin::File("main.tf".into()), text.to_owned());
        let document = parse(&source, Format::Hcl).unwrap();
        assert_eq!(document.gaps.len(), 2);
        let keys: Vec<&str> =
            document.roots[0].entries().iter().map(|entry| entry.key.value.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }

    #[test]
    fn depth_is_bounded() {
        for text in [
            "a {".repeat(200),
            "a = [".to_owned() + &"[".repeat(200_000),
            "a = ".to_owned() + &"{b=".repeat(300),
        ] {
            let source = SourceFile::new(Origin::File("main.tf".into()), text);
            assert!(parse(&source, Format::Hcl).is_err(), "{:.20}", source.text());
        }
        let open = "a = \"".to_owned() + &"${\"".repeat(100_000);
        root(&open);
        root(&"a = \"\n".repeat(50_000));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "resource", " ", "\"a\"", "{", "}", "[", "]", "(", ")", "=", ",", "\n", "${", "\"", "<<EOT", "EOT", "jsonencode(",
            "for x in", "ü", "#", "/*", "*/", ".", "?", ":", "1", "\\", "$", "%{",
        ]), 0..40)) {
            let text: String = pieces.concat();
            let source = SourceFile::new(Origin::File("main.tf".into()), text.clone());
            if let Ok(document) = parse(&source, Format::Hcl) {
                let mut pending: Vec<&Node> = document.roots.iter().collect();
                while let Some(node) = pending.pop() {
                    assert!(text.get(node.span.start..node.span.end).is_some());
                    pending.extend(node.items());
                    pending.extend(node.entries().iter().map(|entry| &entry.value));
                }
            }
        }
    }
}
