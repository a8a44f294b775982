//! The commands that install packages by name, as a table.
//!
//! In: the words of a command. Out: how its installer writes packages, and the words that follow its subcommand. To
//! know a further installer, add a line.

use super::argument::Style;
use super::shell::Word;

/// A command that installs packages by name.
#[derive(Debug)]
pub(super) struct Installer {
    program: &'static str,
    /// The words that lead to installing; `_` stands for any.
    subcommand: &'static [&'static str],
    pub(super) style: Style,
    /// Flags that say the version of the package.
    pub(super) version_flags: &'static [&'static str],
    /// Flags that are followed by a value of no interest.
    pub(super) value_flags: &'static [&'static str],
}

/// Flags by which what is installed is for development only.
pub(super) const DEV_FLAGS: [&str; 4] = ["-D", "--dev", "--save-dev", "--development"];

const PIP: &[&str] = &[
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
    "--directory",
    "--project",
];

const NODE: &[&str] = &[
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

const CONDA: &[&str] = &["-c", "--channel", "-n", "--name", "-p", "--prefix", "--file", "-f"];

const GEM: &[&str] =
    &["-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P", "--platform", "-g", "--group"];

const GO: &[&str] = &["-tags", "-ldflags", "-mod", "-modfile", "-o"];

const CARGO: &[&str] = &[
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
];

const NUGET: &[&str] =
    &["-s", "--source", "-f", "--framework", "--package-directory", "--tool-path", "--project"];

const COMPOSER: &[&str] = &["-d", "--working-dir"];

const VERSION: &[&str] = &["-v", "--version"];

const fn known(
    program: &'static str,
    subcommand: &'static [&'static str],
    style: Style,
    value_flags: &'static [&'static str],
    version_flags: &'static [&'static str],
) -> Installer {
    Installer { program, subcommand, style, version_flags, value_flags }
}

const INSTALLERS: [Installer; 45] = [
    known("pip", &["install"], Style::Pip, PIP, &[]),
    known("pip", &["download"], Style::Pip, PIP, &[]),
    known("pip", &["wheel"], Style::Pip, PIP, &[]),
    known("pipx", &["install"], Style::Pip, PIP, &[]),
    known("easy_install", &[], Style::Pip, PIP, &[]),
    known("pipenv", &["install"], Style::Pip, PIP, &[]),
    known("uv", &["pip", "install"], Style::Pip, PIP, &[]),
    known("uv", &["tool", "install"], Style::Pip, PIP, &[]),
    known("uv", &["add"], Style::Pip, PIP, &[]),
    known("pdm", &["add"], Style::Pip, PIP, &[]),
    known("rye", &["add"], Style::Pip, PIP, &[]),
    known("poetry", &["add"], Style::Poetry, PIP, &[]),
    known("conda", &["install"], Style::Conda, CONDA, &[]),
    known("conda", &["create"], Style::Conda, CONDA, &[]),
    known("mamba", &["install"], Style::Conda, CONDA, &[]),
    known("mamba", &["create"], Style::Conda, CONDA, &[]),
    known("micromamba", &["install"], Style::Conda, CONDA, &[]),
    known("micromamba", &["create"], Style::Conda, CONDA, &[]),
    known("npm", &["install"], Style::Npm, NODE, &[]),
    known("npm", &["i"], Style::Npm, NODE, &[]),
    known("npm", &["add"], Style::Npm, NODE, &[]),
    known("pnpm", &["install"], Style::Npm, NODE, &[]),
    known("pnpm", &["i"], Style::Npm, NODE, &[]),
    known("pnpm", &["add"], Style::Npm, NODE, &[]),
    known("yarn", &["add"], Style::Npm, NODE, &[]),
    known("yarn", &["global", "add"], Style::Npm, NODE, &[]),
    known("yarn", &["workspace", "_", "add"], Style::Npm, NODE, &[]),
    known("bun", &["add"], Style::Npm, NODE, &[]),
    known("bun", &["install"], Style::Npm, NODE, &[]),
    known("gem", &["install"], Style::Gem, GEM, VERSION),
    known("gem", &["i"], Style::Gem, GEM, VERSION),
    known("bundle", &["add"], Style::Gem, GEM, VERSION),
    known("go", &["install"], Style::Go, GO, &[]),
    known("go", &["get"], Style::Go, GO, &[]),
    known("cargo", &["install"], Style::Cargo, CARGO, &["--version", "--vers", "--rev", "--tag"]),
    known("cargo", &["binstall"], Style::Cargo, CARGO, &["--version"]),
    known("cargo", &["add"], Style::Cargo, CARGO, &["--rev", "--tag"]),
    known("dotnet", &["add", "package"], Style::NuGet, NUGET, VERSION),
    known("dotnet", &["add", "_", "package"], Style::NuGet, NUGET, VERSION),
    known("dotnet", &["package", "add"], Style::NuGet, NUGET, VERSION),
    known("dotnet", &["tool", "install"], Style::NuGet, NUGET, VERSION),
    known("composer", &["require"], Style::Composer, COMPOSER, &[]),
    known("composer", &["global", "require"], Style::Composer, COMPOSER, &[]),
    known("pecl", &["install"], Style::Pecl, &[], &[]),
    known("install-php-extensions", &[], Style::Pecl, &[], &[]),
];

/// The installer that a command calls, and the words after its subcommand.
pub(super) fn installer<'a, 'w>(words: &'w [Word<'a>]) -> Option<(&'static Installer, &'w [Word<'a>])> {
    let (program, rest) = words.split_first()?;
    let name = program_name(&program.text);
    if is_versioned(&name, "python") || is_versioned(&name, "pypy") || name == "py" {
        let module = rest.iter().position(|word| word.text == "-m")?;
        let module = rest.get(module + 1..)?;
        return module.first().filter(|word| word.text.starts_with("pip")).and_then(|_| installer(module));
    }
    let name = if is_versioned(&name, "pip") { "pip" } else { name.as_str() };
    let known = INSTALLERS.iter().filter(|installer| installer.program == name);
    known.into_iter().find_map(|installer| {
        let rest = if installer.subcommand.is_empty() { rest } else { past_own_flags(rest, installer) };
        let fits = rest.len() >= installer.subcommand.len()
            && installer
                .subcommand
                .iter()
                .zip(rest)
                .all(|(expected, word)| *expected == "_" || word.text == *expected);
        // `cargo install --path .` installs what is here.
        let local = installer.style == Style::Cargo && rest.iter().any(|word| word.text == "--path");
        (fits && !local).then(|| (installer, rest.get(installer.subcommand.len()..).unwrap_or_default()))
    })
}

/// Past the flags of the program itself, which stand before the subcommand.
fn past_own_flags<'a, 'w>(words: &'w [Word<'a>], installer: &Installer) -> &'w [Word<'a>] {
    let mut rest = words;
    while let [flag, after @ ..] = rest
        && flag.text.starts_with('-')
    {
        let takes_value = installer.value_flags.contains(&flag.text.as_str());
        rest = if takes_value { after.get(1..).unwrap_or_default() } else { after };
    }
    rest
}

/// `python`, `python3`, `python3.9`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program).is_some_and(|version| {
        version.chars().all(|character| character.is_ascii_digit() || character == '.')
    })
}

/// `/venv/bin/pip3.9`, `$PIP`, `"${PIP}"`.
fn program_name(text: &str) -> String {
    let name = text.rsplit('/').next().unwrap_or(text);
    match name.strip_prefix('$') {
        Some(variable) => variable.trim_matches(['{', '}']).to_ascii_lowercase(),
        None => name.strip_suffix(".exe").unwrap_or(name).to_owned(),
    }
}
