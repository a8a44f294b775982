//! Ruby: `Gemfile`, `*.gemspec`, `Gemfile.lock`.
//!
//! In: the text of a script or lock. Out: the gems it names. The scripts are read line by line and never run.

use super::piece::Piece;
use super::pin::is_templated;
use super::script::{Literal, literals, without_comment};
use super::{Dependency, Ecosystem, Extracted, Pin, Role, Scope};

/// Reads the `gem` calls of a Gemfile, with the groups and sources around them.
pub(super) fn gemfile(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut blocks: Vec<Block> = Vec::new();
    for statement in statements(text) {
        let (word, rest) =
            statement.leading(|character| character.is_ascii_alphanumeric() || character == '_');
        match word.text() {
            "end" => {
                blocks.pop();
            }
            "gem" => {
                if let Some(found) = gem(statement, rest, &mut out) {
                    out.dependencies.push(inside(found, &blocks));
                }
            }
            "eval_gemfile" => out.gap(statement.span(), "another Gemfile is read"),
            word => {
                let opens = matches!(
                    word,
                    "if" | "unless" | "case" | "while" | "until" | "begin" | "def" | "class" | "module"
                ) || ends_with_do(statement);
                if opens {
                    blocks.push(Block::of(word, rest));
                }
            }
        }
    }
    out
}

/// Reads the `add_dependency` calls of a gem's specification.
pub(super) fn gemspec(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    for statement in statements(text) {
        let Some((call, scope)) = [
            ("add_development_dependency", Scope::Dev),
            ("add_runtime_dependency", Scope::Main),
            ("add_dependency", Scope::Main),
        ]
        .into_iter()
        .find(|(call, _)| statement.text().contains(call)) else {
            continue;
        };
        let Some((_, arguments)) = statement.split_once(call) else { continue };
        if let Some(found) = gem(statement, arguments, &mut out) {
            out.dependencies.push(found.in_scope(scope));
        }
    }
    out
}

/// What a block says about the gems inside it.
enum Block {
    Dev,
    Optional(String),
    /// `git "…" do`, `path "…" do`: held by the source.
    Held(Pin),
    Other,
}

impl Block {
    fn of(word: &str, rest: Piece<'_>) -> Self {
        match word {
            "group" => match scope_of_groups(rest.text()) {
                Some(Scope::Dev) => Self::Dev,
                Some(Scope::Optional(group)) => Self::Optional(group),
                _ => Self::Other,
            },
            "path" => Self::Held(Pin::Elsewhere("a local path".to_owned())),
            "git" | "github" => Self::Held(reference(rest)),
            _ => Self::Other,
        }
    }
}

fn inside(mut dependency: Dependency, blocks: &[Block]) -> Dependency {
    for block in blocks.iter().rev() {
        match block {
            Block::Dev => dependency.scope = Scope::Dev,
            Block::Optional(group) if dependency.scope == Scope::Main => {
                dependency.scope = Scope::Optional(group.clone());
            }
            Block::Held(pin) if dependency.pin == Pin::Unbounded => dependency.pin = pin.clone(),
            Block::Optional(_) | Block::Held(_) | Block::Other => {}
        }
    }
    dependency
}

/// One call: the name, then requirements, then options.
fn gem(statement: Piece<'_>, arguments: Piece<'_>, out: &mut Extracted) -> Option<Dependency> {
    let literals = literals(arguments);
    let name = literals.first()?;
    let before = arguments.until(name.whole.start() - arguments.start()).text();
    if before.contains(|character: char| character.is_alphanumeric() && !"%qQ".contains(character)) {
        out.gap(statement.span(), "a gem whose name is put together");
        return None;
    }
    // Options begin at the first `key:` or `:key =>`; what stands before them is the requirement.
    let options_at =
        arguments.text().get(name.whole.end() - arguments.start()..).map_or(arguments.text().len(), |rest| {
            option_start(rest).map_or(arguments.text().len(), |at| name.whole.end() - arguments.start() + at)
        });
    let (stated, options) = arguments.split_at(options_at);
    let stated = without_condition(stated);
    let requirements: Vec<&Literal<'_>> =
        literals.iter().skip(1).filter(|literal| literal.whole.end() <= stated.end()).collect();
    let mut dependency = Dependency::named(Ecosystem::Ruby, name.content.located()).within(statement.span());
    let rest = stated.from(name.whole.end() - stated.start());
    if computed(rest, &requirements) {
        dependency.pin = Pin::Unknown(rest.text().trim_matches([',', ' ', ')']).to_owned());
    } else if let (Some(first), Some(last)) = (requirements.first(), requirements.last()) {
        let text: Vec<_> = requirements.iter().map(|literal| literal.content.text().trim()).collect();
        dependency = dependency.held(pin(&text), first.content.span().join(last.content.span()));
    }
    dependency.scope = scope_of_groups(options.text()).unwrap_or(Scope::Main);
    let has = |key: &str| options.text().contains(key);
    if has("path:") || has(":path") {
        dependency.pin = Pin::Elsewhere("a local path".to_owned());
    } else if ["git:", "github:", ":git ", ":git=", ":github", "bitbucket:"].iter().any(|key| has(key)) {
        dependency.pin = reference(options);
    }
    Some(dependency)
}

/// Without a trailing ` if …` or ` unless …`.
fn without_condition(piece: Piece<'_>) -> Piece<'_> {
    let mut quote = None;
    for (at, character) in piece.text().char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if character == '"' || character == '\'' => quote = Some(character),
            None => {
                let condition = |rest: &str| rest.starts_with(" if ") || rest.starts_with(" unless ");
                if character == ' ' && piece.text().get(at..).is_some_and(condition) {
                    return piece.until(at);
                }
            }
        }
    }
    piece
}

/// Says whether a requirement is more than literals: a constant, an environment variable, a choice.
fn computed(stated: Piece<'_>, literals: &[&Literal<'_>]) -> bool {
    let mut rest = stated;
    let mut outside = String::new();
    for literal in literals {
        let (before, after) = rest.split_at(literal.whole.start() - rest.start());
        outside.push_str(before.text());
        outside.push(' ');
        rest = after.from(literal.whole.text().len());
    }
    outside.push_str(rest.text());
    outside
        .replace(".freeze", "")
        .contains(|character: char| character.is_alphanumeric() || "*?@".contains(character))
}

/// Where `key: value` or `:key => value` begins.
fn option_start(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut word = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if character == '"' || character == '\'' => quote = Some(character),
            None if character.is_alphanumeric() || character == '_' => word = word.or(Some(at)),
            None if character == ':' => return Some(word.unwrap_or(at)),
            None => word = None,
        }
    }
    None
}

/// What `'~> 1.0', '>= 1.0.2'` holds.
pub(super) fn pin(requirements: &[&str]) -> Pin {
    let all = requirements.join(", ");
    if is_templated(&all) || all.contains("#{") {
        return Pin::Unknown(all);
    }
    let exact = requirements.iter().find_map(|requirement| {
        let version = requirement.strip_prefix('=').unwrap_or(requirement).trim();
        version.starts_with(|character: char| character.is_ascii_digit()).then_some(version)
    });
    match exact {
        Some(version) => Pin::Exact(version.to_owned()),
        None if requirements.iter().all(|requirement| matches!(*requirement, ">= 0" | ">=0" | "")) => {
            Pin::Unbounded
        }
        None => Pin::Range(all),
    }
}

/// The commit or tag among a git source's options.
fn reference(options: Piece<'_>) -> Pin {
    let after = ["ref:", "tag:", ":ref", ":tag"].iter().find_map(|key| options.split_once(key));
    let reference = after.and_then(|(_, rest)| literals(rest).into_iter().next());
    Pin::of_reference(reference.as_ref().map(|literal| literal.content.text()))
}

/// The scope that `:test`, `group: :development` or `groups: [:a, :b]` gives. A gem in several groups is for
/// development only if all of them are.
fn scope_of_groups(text: &str) -> Option<Scope> {
    let text = match text.split_once("group") {
        Some((_, rest)) => rest.trim_start_matches('s'),
        None if text.trim_start().starts_with([':', '"', '\'', '(']) && !text.contains("=>") => text,
        None => return None,
    };
    let text = text.trim_start_matches([' ', ':', '=', '>', '[', '(']);
    let names: Vec<&str> = text
        .split([',', ' ', ']', ')', '['])
        .map(|word| word.trim_matches([':', '"', '\'']))
        .take_while(|word| {
            !matches!(*word, "do" | "require" | "optional" | "platforms" | "platform" | "git" | "path")
        })
        .filter(|word| !word.is_empty())
        .collect();
    let scopes: Vec<Scope> = names.iter().map(|name| Scope::of_group(name)).collect();
    if scopes.is_empty() || names.contains(&"default") || names.contains(&"production") {
        return None;
    }
    if scopes.iter().all(|scope| *scope == Scope::Dev) {
        return Some(Scope::Dev);
    }
    scopes.into_iter().find(|scope| *scope != Scope::Dev)
}

fn ends_with_do(statement: Piece<'_>) -> bool {
    let text = statement.text();
    text.ends_with(" do") || text.rsplit_once(" do |").is_some_and(|(_, names)| names.ends_with('|'))
}

/// Lines without comments; a call that goes on after a comma or an open bracket is one statement.
fn statements(text: Piece<'_>) -> impl Iterator<Item = Piece<'_>> {
    let mut out = Vec::new();
    let mut start: Option<usize> = None;
    for line in text.lines() {
        let content = without_comment(line, "#").trim();
        let begin = *start.get_or_insert(content.start());
        if content.text().ends_with([',', '(', '[', '\\']) {
            continue;
        }
        start = None;
        let statement = text.from(begin - text.start()).until(content.end() - begin);
        if !statement.is_empty() {
            out.push(statement);
        }
    }
    out.into_iter()
}

/// Reads the `specs:` of a `Gemfile.lock`; gems from a path of this repository are its own.
pub(super) fn gemfile_lock(text: Piece<'_>) -> Extracted {
    let mut out = Extracted::default();
    let mut section = "";
    let mut revision = None;
    for line in text.lines() {
        let content = line.trim();
        match line.indent() {
            0 => {
                section = content.text();
                revision = None;
            }
            2 => revision = content.strip_prefix("revision:").map(Piece::trim).or(revision),
            4 if matches!(section, "GEM" | "GIT" | "PLUGIN SOURCE") => {
                let Some((name, rest)) = content.split_once(" (") else { continue };
                let Some(version) = rest.strip_suffix(")") else { continue };
                // `1.15.0-x86_64-linux`: the platform is no part of the version.
                let version = version.leading(|character| character != '-').0;
                let (pin, span) = match revision.filter(|_| section == "GIT") {
                    Some(commit) => (Pin::Source(commit.text().to_owned()), commit.span()),
                    None => (Pin::Exact(version.text().to_owned()), version.span()),
                };
                let dependency = Dependency::named(Ecosystem::Ruby, name.located()).held(pin, span);
                out.dependencies.push(dependency.within(content.span()).in_role(Role::Lock));
            }
            _ => {}
        }
    }
    out
}
