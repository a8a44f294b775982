//! Gradle build scripts, in Groovy and Kotlin.
//!
//! In: the text of a script. Out: the coordinates it names, with the version at the place where it is written, be it
//! a variable of the same script. Aliases of a version catalogue (`libs.kafka`) state nothing: the catalogue does.

use std::collections::BTreeMap;

use super::super::holder::add_holders;
use super::super::piece::Piece;
use super::super::pin::LONGEST;
use super::super::tokens::{Kind, Language, Token, beyond_brackets, tokens};
use super::super::{Dependency, Ecosystem, Extracted, Pin, Scope};
use super::variables::Variables;
use super::{is_dev_configuration, managed, pin};
use crate::source::{Located, Span};

pub(in super::super) fn gradle(text: Piece<'_>) -> Extracted {
    let tokens = tokens(text, Language::Jvm);
    let script = Script {
        variables: Variables::read(&tokens),
        beyond: beyond_brackets(&tokens),
        tokens: &tokens,
        whole: text,
    };
    let mut out = Extracted::default();
    let mut start = 0;
    let mut set = None;
    for (at, token) in tokens.iter().enumerate() {
        if set.as_ref().is_some_and(|set: &Set<'_>| at >= set.end) {
            set = None;
        }
        if token.is("dependencySet") {
            set = script.set(at);
        } else if token.is("entry") {
            out.dependencies.extend(set.as_ref().and_then(|set| script.entry(at, set)));
        } else if let Some(content) = token.string() {
            out.dependencies.extend(script.coordinates(start, at, content));
            out.dependencies.extend(script.three_arguments(start, at));
        } else if token.is("group") {
            out.dependencies.extend(script.named_arguments(start, at));
        }
        if token.kind == Kind::LineEnd || token.is("{") || token.is("}") || token.is(";") {
            start = at + 1;
        }
    }
    add_holders(Ecosystem::Java, pin, script.variables.said(), &mut out);
    out
}

struct Script<'a, 't> {
    tokens: &'t [Token<'a>],
    beyond: BTreeMap<usize, usize>,
    variables: Variables<'a>,
    whole: Piece<'a>,
}

/// `dependencySet(group: "g", version: "v") { entry "a" }`.
struct Set<'a> {
    group: &'a str,
    version: Version<'a>,
    end: usize,
}

/// How a statement says a version.
#[derive(Clone, Copy)]
enum Version<'a> {
    /// It does not.
    Managed,
    Written(Piece<'a>),
    /// By a variable that this script does not set.
    Path(Piece<'a>),
}

impl<'a> From<Option<Piece<'a>>> for Version<'a> {
    fn from(written: Option<Piece<'a>>) -> Self {
        written.map_or(Self::Managed, Self::Written)
    }
}

impl<'a> Script<'a, '_> {
    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(text))
    }

    fn string(&self, at: usize) -> Option<Piece<'a>> {
        self.tokens.get(at).and_then(Token::string)
    }

    fn name(&self, at: usize) -> Option<&'a str> {
        self.tokens.get(at).and_then(Token::name)
    }

    /// `"group:artifact:version"`, where it stands as a dependency.
    fn coordinates(&self, start: usize, at: usize, content: Piece<'a>) -> Option<Dependency> {
        let (group, rest) = content.split_once(":")?;
        let (artifact, rest) =
            rest.split_once(":").map_or((rest, None), |(artifact, rest)| (artifact, Some(rest)));
        if !is_group(group.text()) || !is_artifact(artifact.text()) {
            return None;
        }
        let configuration = self.configuration(start, at);
        if IGNORED.contains(&configuration) {
            return None;
        }
        let version = match rest {
            Some(rest) => {
                let version = version_of(rest);
                let stated = version.is_empty()
                    || version.text().starts_with(|character: char| {
                        character.is_ascii_alphanumeric() || "$[(+".contains(character)
                    });
                if !stated {
                    return None;
                }
                if version.is_empty() { self.concatenated(at + 1)? } else { Version::Written(version) }
            }
            None if self.calls_directly(at) => self.rich_version(at + 1).into(),
            None => return None,
        };
        let name = Located::new(
            format!("{}:{}", group.text(), artifact.text()),
            Span::new(group.start(), artifact.end()),
        );
        Some(self.dependency(name, version, start, content.end(), configuration))
    }

    /// `implementation("group", "artifact", "version")`.
    fn three_arguments(&self, start: usize, at: usize) -> Option<Dependency> {
        let group = self.string(at)?;
        let artifact = self.string(at + 2).filter(|_| self.is(at + 1, ","))?;
        let fits = group.text().contains('.') && is_group(group.text()) && is_artifact(artifact.text());
        if !fits || !self.is(at.checked_sub(1)?, "(") || !self.calls_directly(at) {
            return None;
        }
        let version = self.string(at + 4).filter(|_| self.is(at + 3, ","));
        let name = Located::new(format!("{}:{}", group.text(), artifact.text()), artifact.span());
        let end = version.unwrap_or(artifact).end();
        Some(self.dependency(name, version.into(), start, end, self.configuration(start, at)))
    }

    /// `group: "g", name: "a", version: "v"`, in any order after `group`.
    fn named_arguments(&self, start: usize, at: usize) -> Option<Dependency> {
        let group = self.argument(at, "group")?;
        let group = group.string().map(Piece::text).filter(|group| is_group(group))?;
        let mut artifact = None;
        let mut version = Version::Managed;
        let mut end = at;
        for next in at + 3..(at + 24).min(self.tokens.len()) {
            let token = self.tokens.get(next)?;
            if token.kind == Kind::LineEnd || token.is("}") || token.is("{") || token.is("group") {
                break;
            }
            if let Some(found) = self.argument(next, "name").and_then(|token| token.string()) {
                artifact = Some(found);
                end = next + 2;
            } else if self.argument(next, "version").is_some() {
                version = self.value(next + 2);
                end = next + 2;
            }
        }
        let artifact = artifact?;
        let configuration = self.configuration(start, at);
        if IGNORED.contains(&configuration) {
            return None;
        }
        let name = Located::new(format!("{group}:{}", artifact.text()), artifact.span());
        let end = self.tokens.get(end).map_or(artifact.end(), |token| token.piece.end());
        Some(self.dependency(name, version, start, end, configuration))
    }

    /// The value of `name: value` or `name = value`.
    fn argument(&self, at: usize, name: &str) -> Option<Token<'a>> {
        let fits = self.is(at, name) && (self.is(at + 1, ":") || self.is(at + 1, "="));
        self.tokens.get(at + 2).filter(|_| fits).copied()
    }

    fn set(&self, at: usize) -> Option<Set<'a>> {
        let end = (at + 16).min(self.tokens.len());
        let brace = (at..end).find(|next| self.is(*next, "{"))?;
        let group = (at..brace).find_map(|next| self.argument(next, "group"))?.string()?;
        let version = (at..brace).find(|next| self.argument(*next, "version").is_some());
        let version = version.map_or(Version::Managed, |next| self.value(next + 2));
        let short = match version {
            Version::Written(version) | Version::Path(version) => version.text().len() <= LONGEST,
            Version::Managed => true,
        };
        if !short || !is_group(group.text()) {
            return None;
        }
        Some(Set { group: group.text(), version, end: self.beyond.get(&brace).copied()? })
    }

    fn entry(&self, at: usize, set: &Set<'a>) -> Option<Dependency> {
        let artifact =
            self.string(at + 1).or_else(|| self.string(at + 2).filter(|_| self.is(at + 1, "(")))?;
        let name = Located::new(format!("{}:{}", set.group, artifact.text()), artifact.span());
        Some(self.dependency(name, set.version, at, artifact.end(), ""))
    }

    fn dependency(
        &self,
        name: Located<String>,
        version: Version<'a>,
        start: usize,
        end: usize,
        configuration: &str,
    ) -> Dependency {
        let begin =
            self.tokens.get(start).map_or(name.span.start, |token| token.piece.start().min(name.span.start));
        // A string's token begins after its quote.
        let quoted = self.whole.text().get(..begin.saturating_sub(self.whole.start()));
        let begin =
            if quoted.is_some_and(|before| before.ends_with(['"', '\''])) { begin - 1 } else { begin };
        let scope = if is_dev_configuration(configuration) { Scope::Dev } else { Scope::Main };
        let dependency =
            Dependency::named(Ecosystem::Java, name).within(Span::new(begin, end)).in_scope(scope);
        let held_by_name = dependency.name.span;
        match version {
            Version::Written(version) => {
                let version = self.variables.resolve(version);
                dependency.held(pin(version.text()), version.span())
            }
            Version::Path(path) => dependency.held(Pin::of_variable(path.text()), path.span()),
            Version::Managed => dependency.held(managed(), held_by_name),
        }
    }

    /// What the statement does with the string: `testImplementation`, `"api"`, `force`, or nothing known.
    fn configuration(&self, start: usize, at: usize) -> &'a str {
        let first = self.tokens.get(start).filter(|_| start < at);
        let named = first.map_or("", |token| token.piece.text());
        // `add("testImplementation", "g:a:v")`.
        if named == "add" { self.string(start + 2).map_or(named, Piece::text) } else { named }
    }

    /// Says whether the string is the argument of something that takes dependencies.
    fn calls_directly(&self, at: usize) -> bool {
        let before = at
            .checked_sub(1)
            .filter(|before| self.is(*before, "("))
            .or(Some(at))
            .and_then(|at| at.checked_sub(1));
        let Some(token) = before.and_then(|before| self.tokens.get(before)) else { return false };
        let name = if token.is(")") {
            // `"testImplementation"("g:a")` ends its name with a quote, not with a bracket.
            ""
        } else {
            token.piece.text()
        };
        let lower = name.to_ascii_lowercase();
        CALLS.iter().any(|ending| lower.ends_with(ending)) || self.after_comma_of_add(at)
    }

    fn after_comma_of_add(&self, at: usize) -> bool {
        at.checked_sub(4)
            .is_some_and(|from| self.is(from, "add") && self.is(from + 1, "(") && self.is(from + 3, ","))
    }

    /// `"g:a:" + version`; `None` where nothing follows.
    fn concatenated(&self, at: usize) -> Option<Version<'a>> {
        self.is(at, "+").then(|| self.value(at + 1))
    }

    /// A string, or a variable by its path.
    fn value(&self, at: usize) -> Version<'a> {
        let Some(first) = self.tokens.get(at).filter(|token| token.kind == Kind::Name) else {
            return self.string(at).into();
        };
        let mut last = first;
        let mut next = at + 1;
        while self.is(next, ".") || self.is(next, "[") || self.is(next, "(") {
            let step = if self.is(next, ".") {
                next + 1
            } else {
                self.beyond.get(&next).map_or(next, |beyond| beyond - 1)
            };
            let Some(token) = self.tokens.get(step) else { break };
            last = token;
            next = step + 1;
        }
        let offset = first.piece.start() - self.whole.start();
        let path = self.whole.from(offset).until(last.piece.end() - first.piece.start());
        self.variables.get(path.text()).map_or(Version::Path(path), Version::Written)
    }

    /// `{ version { strictly("1.2.3") } }` after the coordinates.
    fn rich_version(&self, at: usize) -> Option<Piece<'a>> {
        let end = (at + 6).min(self.tokens.len());
        let version = (at..end).find(|next| self.is(*next, "version") && self.is(next + 1, "{"))?;
        let end = (version + 16).min(self.tokens.len());
        let said = (version..end)
            .find(|next| matches!(self.name(*next), Some("strictly" | "require" | "prefer")))?;
        self.string(said + 1).or_else(|| self.string(said + 2))
    }
}

/// What takes a string of that shape and asks for nothing.
const IGNORED: [&str; 16] = [
    "project",
    "exclude",
    "because",
    "println",
    "print",
    "image",
    "url",
    "uri",
    "id",
    "group",
    "module",
    "task",
    "description",
    "environment",
    "systemProperty",
    "substitute",
];

/// How the names of configurations, and of what stands around a dependency in them, end.
const CALLS: [&str; 22] = [
    "implementation",
    "api",
    "compile",
    "only",
    "runtime",
    "processor",
    "kapt",
    "ksp",
    "classpath",
    "platform",
    "mavenbom",
    "dependency",
    "force",
    "create",
    "provided",
    "library",
    "lib",
    "agent",
    "shadow",
    "earlib",
    "add",
    "include",
];

fn is_group(text: &str) -> bool {
    text.len() <= LONGEST
        && text.starts_with(|character: char| character.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
}

/// May hold a variable: `kafka_$scalaVersion`.
fn is_artifact(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "._-${}".contains(character))
}

/// The version of `version:classifier@extension`, expressions in braces kept whole.
fn version_of(rest: Piece<'_>) -> Piece<'_> {
    let mut depth: usize = 0;
    for (at, character) in rest.text().char_indices() {
        match character {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            ':' | '@' if depth == 0 => return rest.until(at),
            _ => {}
        }
    }
    rest
}
