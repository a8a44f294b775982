//! Which packages an install command names.
//!
//! In: the words of one command. Out: dependencies with the role `Install`. A command that installs what a manifest
//! lists names nothing.

use super::super::piece::Piece;
use super::super::{Dependency, Extracted, Role, Scope};
use super::argument::{Style, package};
use super::shell::{self, Word};
use super::variables::Variables;
use crate::document::Gap;
use crate::source::Span;

/// `sh -c "sh -c '…'"` goes no deeper in practice.
const DEEPEST: usize = 2;

pub(super) fn read(command: &[Word<'_>], variables: &Variables<'_>, out: &mut Extracted, depth: usize) {
    let words = past_prefixes(command);
    if depth < DEEPEST
        && let Some(script) = inner_script(words)
    {
        for command in shell::commands(script) {
            read(&command, variables, out, depth + 1);
        }
        return;
    }
    let exec = exec_form(words);
    let words = exec.as_deref().unwrap_or(words);
    let Some((installer, arguments)) = installer(words) else { return };
    let first = words.first().map_or(0, |word| word.piece.start());
    let mut versioned: Option<Piece<'_>> = None;
    let mut found: Vec<Dependency> = Vec::new();
    let mut scope = Scope::Main;
    let mut arguments = arguments.iter();
    while let Some(word) = arguments.next() {
        let text = word.text.as_str();
        if let Some((flag, value)) = text.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
            if installer.version_flags.contains(&flag) {
                versioned = Some(word.piece.from(word.piece.text().len().saturating_sub(value.len())));
            }
        } else if installer.version_flags.contains(&text) {
            versioned = arguments.next().map(|word| word.piece);
        } else if installer.dev_flags.contains(&text) {
            scope = Scope::Dev;
        } else if installer.value_flags.contains(&text) {
            arguments.next();
        } else if text.starts_with('-') || text.is_empty() {
        } else if is_variable(text) {
            let packages = variables.expand(text);
            if let Some((_, place)) = packages {
                for part in place.split(' ').filter(|part| !part.is_empty()) {
                    found.extend(package(installer.style, part, part.text(), variables));
                }
            } else if !names_no_package(text) {
                let reason = "an installed package whose name is a variable".to_owned();
                out.gaps.push(Gap { span: word.piece.span(), reason });
            }
        } else {
            found.extend(package(installer.style, word.piece, text, variables));
        }
    }
    let last = words.last().map_or(first, |word| word.piece.end());
    for mut dependency in found {
        if let Some(version) = versioned {
            dependency.pin = installer.style.pin(version.text(), variables);
            dependency.version_span = version.span();
        }
        dependency.scope = scope.clone();
        let inside = Span::new(first, last);
        dependency.span = if inside.contains(dependency.name.span) { inside } else { dependency.name.span };
        out.dependencies.push(dependency.as_role(Role::Install));
    }
}

/// Past `sudo -H`, `NAME=value`, `then`, `poetry run` and the like.
fn past_prefixes<'a, 'w>(command: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let mut rest = command;
    loop {
        rest = match rest {
            [first, tail @ ..] => match first.text.as_str() {
                "sudo" | "env" | "doas" => {
                    let mut tail = tail;
                    while let [flag, after @ ..] = tail
                        && flag.text.starts_with('-')
                    {
                        tail = match after {
                            [_, after @ ..] if matches!(flag.text.as_str(), "-u" | "-g") => after,
                            after => after,
                        };
                    }
                    tail
                }
                "exec" | "time" | "command" | "nohup" | "then" | "do" | "else" | "if" | "!" | "{"
                | "while" | "until" | "eval" | "-" | "call" => tail,
                "poetry" | "pipenv" | "uv" | "pdm" | "rye"
                    if tail.first().is_some_and(|word| word.text == "run") =>
                {
                    tail.get(1..).unwrap_or_default()
                }
                text if is_assignment(text) => tail,
                _ => return rest,
            },
            [] => return rest,
        };
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
    })
}

/// The script of `sh -c "…"`.
fn inner_script<'a>(words: &[Word<'a>]) -> Option<Piece<'a>> {
    let (shell, arguments) = words.split_first()?;
    let shell = shell.text.rsplit('/').next()?;
    if !matches!(shell, "sh" | "bash" | "ash" | "dash" | "zsh" | "su") {
        return None;
    }
    let at = arguments.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c'))?;
    arguments.get(at + 1).map(|word| word.piece)
}

/// The words of `["pip", "install", "a"]`.
fn exec_form<'a>(words: &[Word<'a>]) -> Option<Vec<Word<'a>>> {
    let first = words.first()?;
    if !first.piece.text().starts_with("[\"") && first.text != "[" {
        return None;
    }
    let words = words.iter().flat_map(|word| word.piece.split(',')).filter_map(|piece| {
        let inner = piece.text().trim_matches(['[', ']', '"', ' ']);
        let at = piece.text().find(inner)?;
        let piece = piece.from(at).until(inner.len());
        (!inner.is_empty()).then(|| Word { piece, text: inner.to_owned() })
    });
    Some(words.collect())
}

/// Says whether a word is nothing but variables.
fn is_variable(text: &str) -> bool {
    text.starts_with(['$', '{']) && !text.contains(['=', '@', '/'])
}

/// Variables that hold options, folders and files by their very names.
fn names_no_package(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    [
        "ARG", "OPT", "FLAG", "PATH", "DIR", "FILE", "WHEEL", "WHL", "TARGET", "REQ", "ROOT", "HOME", "DIST",
        "INDEX", "@", "*",
    ]
    .iter()
    .any(|part| upper.contains(part))
}

/// A command that installs packages by name.
#[derive(Debug, Clone, Copy)]
struct Installer {
    style: Style,
    /// Flags that say the version of the package.
    version_flags: &'static [&'static str],
    /// Flags that are followed by a value of no interest.
    value_flags: &'static [&'static str],
    dev_flags: &'static [&'static str],
}

const PIP_VALUES: &[&str] = &[
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "--build-constraint",
    "--override",
    "-i",
    "--index-url",
    "--default-index",
    "--index",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--src",
    "--trusted-host",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--timeout",
    "--retries",
    "--cache-dir",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--log",
    "--proxy",
    "--cert",
    "--client-cert",
    "--exists-action",
    "--upgrade-strategy",
    "--config-settings",
    "-C",
    "--global-option",
    "--install-option",
    "--build-option",
    "--python",
    "-p",
    "--report",
    "--use-feature",
    "--use-deprecated",
    "--group",
    "-G",
    "--extra",
    "-E",
    "--extras",
    "--source",
    "--optional",
    "--package",
    "-w",
    "--wheel-dir",
    "-d",
    "--dest",
    "--spec",
    "--with",
    "--refresh-package",
    "--exclude-newer",
    "--resolution",
    "--link-mode",
    "--keyring-provider",
];

const NODE_VALUES: &[&str] = &[
    "--prefix",
    "--registry",
    "-C",
    "--dir",
    "--filter",
    "-F",
    "--cwd",
    "--loglevel",
    "--cache",
    "--workspace",
    "--tag",
    "--modules-folder",
    "--cache-folder",
    "--network-timeout",
];

const DEV: &[&str] = &["-D", "--dev", "--save-dev", "--development"];

impl Installer {
    const fn of(style: Style, value_flags: &'static [&'static str]) -> Self {
        Self { style, version_flags: &[], value_flags, dev_flags: DEV }
    }

    const fn versioned(mut self, flags: &'static [&'static str]) -> Self {
        self.version_flags = flags;
        self
    }
}

/// The installer that a command calls, and the words after its subcommand.
fn installer<'a, 'w>(words: &'w [Word<'a>]) -> Option<(Installer, &'w [Word<'a>])> {
    let (program, rest) = words.split_first()?;
    let name = program_name(&program.text);
    let python = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    if name == "py" || python.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.')) {
        let module = rest.iter().position(|word| word.text == "-m")?;
        return installer(rest.get(module + 1..)?)
            .filter(|(found, _)| matches!(found.style, Style::Pip | Style::Poetry));
    }
    let is_pip = name
        .strip_prefix("pip")
        .is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'));
    let name = if is_pip { "pip" } else { name.as_str() };
    // Flags of the program itself stand before the subcommand.
    let mut rest = rest;
    while let [flag, after @ ..] = rest
        && flag.text.starts_with('-')
        && name != "install-php-extensions"
    {
        let takes_value =
            PIP_VALUES.contains(&flag.text.as_str()) || NODE_VALUES.contains(&flag.text.as_str());
        rest =
            if takes_value && !flag.text.contains('=') { after.get(1..).unwrap_or_default() } else { after };
    }
    let sub: Vec<&str> = rest.iter().take(4).map(|word| word.text.as_str()).collect();
    let (installer, taken) = match (name, sub.as_slice()) {
        ("pip", ["install" | "download" | "wheel", ..]) | ("pipx", ["install", ..]) => {
            (Installer::of(Style::Pip, PIP_VALUES), 1)
        }
        ("easy_install", _) => (Installer::of(Style::Pip, PIP_VALUES), 0),
        ("uv", ["pip" | "tool", "install", ..]) => (Installer::of(Style::Pip, PIP_VALUES), 2),
        ("uv" | "pdm" | "rye" | "hatch", ["add", ..]) | ("pipenv", ["install", ..]) => {
            (Installer::of(Style::Pip, PIP_VALUES), 1)
        }
        ("poetry", ["add", ..]) => (Installer::of(Style::Poetry, PIP_VALUES), 1),
        ("conda" | "mamba" | "micromamba", ["install" | "create", ..]) => (
            Installer::of(
                Style::Conda,
                &["-c", "--channel", "-n", "--name", "-p", "--prefix", "--file", "-f"],
            ),
            1,
        ),
        ("npm" | "pnpm" | "cnpm", ["install" | "i" | "add", ..]) | ("yarn" | "bun", ["add", ..]) => {
            (Installer::of(Style::Npm, NODE_VALUES), 1)
        }
        ("yarn", ["global", "add", ..]) => (Installer::of(Style::Npm, NODE_VALUES), 2),
        ("yarn", ["workspace", _, "add", ..]) => (Installer::of(Style::Npm, NODE_VALUES), 3),
        ("gem", ["install" | "i", ..]) => (
            Installer::of(
                Style::Gem,
                &["-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P", "--platform"],
            )
            .versioned(&["-v", "--version"]),
            1,
        ),
        ("bundle", ["add", ..]) => (
            Installer::of(Style::Gem, &["-g", "--group", "-s", "--source"]).versioned(&["-v", "--version"]),
            1,
        ),
        ("go", ["install" | "get", ..]) => {
            (Installer::of(Style::Go, &["-tags", "-ldflags", "-mod", "-modfile", "-o"]), 1)
        }
        ("cargo", ["install" | "binstall", ..]) if !sub.contains(&"--path") => (
            Installer::of(
                Style::Cargo,
                &[
                    "--git",
                    "--branch",
                    "--root",
                    "--features",
                    "-F",
                    "--registry",
                    "--index",
                    "--target",
                    "--profile",
                    "-j",
                    "--jobs",
                    "--bin",
                    "--example",
                    "--config",
                    "--path",
                    "--target-dir",
                ],
            )
            .versioned(&["--version", "--vers", "--rev", "--tag"]),
            1,
        ),
        ("dotnet", ["add", "package", ..] | ["tool", "install", ..] | ["package", "add", ..]) => {
            (Installer::nuget(), 2)
        }
        ("dotnet", ["add", _, "package", ..]) => (Installer::nuget(), 3),
        ("composer", ["require", ..]) => (Installer::of(Style::Composer, &["-d", "--working-dir"]), 1),
        ("composer", ["global", "require", ..]) => {
            (Installer::of(Style::Composer, &["-d", "--working-dir"]), 2)
        }
        ("pecl", ["install", ..]) => (Installer::of(Style::Pecl, &[]), 1),
        ("install-php-extensions", _) => (Installer::of(Style::Pecl, &[]), 0),
        _ => return None,
    };
    Some((installer, rest.get(taken..).unwrap_or_default()))
}

impl Installer {
    const fn nuget() -> Self {
        Self::of(
            Style::NuGet,
            &["-s", "--source", "-f", "--framework", "--package-directory", "--tool-path", "--project"],
        )
        .versioned(&["-v", "--version"])
    }
}

/// `/venv/bin/pip3.9`, `$PIP`, `"${PIP}"`.
fn program_name(text: &str) -> String {
    let name = text.rsplit('/').next().unwrap_or(text);
    match name.strip_prefix('$') {
        Some(variable) => variable.trim_matches(['{', '}']).to_ascii_lowercase(),
        None => name.strip_suffix(".exe").unwrap_or(name).to_owned(),
    }
}
