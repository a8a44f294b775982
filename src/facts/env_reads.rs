//! The names of environment variables that code reads.
//!
//! In: source files of any common language. Out: the names with their places. Patterns over text, because a name that
//! is put together at run time could not be told by a parser either.

use std::sync::LazyLock;

use regex::Regex;

use super::Snapshot;
use super::scope::{self, lists};
use crate::change::ReadError;
use crate::source::{Located, RepoPath, SourceFile, Span};

/// Each has the name as its first group.
const PATTERNS: [&str; 11] = [
    // Python: os.environ["X"], os.environ.get("X"), os.getenv("X"), env("X"), config("X") of python-decouple
    r#"\b(?:environ(?:\.get|\.setdefault|\.pop)?|getenv|env(?:\.(?:str|int|bool|list|url|get))?|config)\s*[\(\[]\s*f?["']([A-Za-z_][A-Za-z0-9_]*)["']"#,
    // Node: process.env.X, process.env["X"], import.meta.env.X, Deno.env.get("X")
    r"\b(?:process|import\.meta)\.env\.([A-Za-z_][A-Za-z0-9_]*)",
    r#"\bprocess\.env\[\s*["'`]([A-Za-z_][A-Za-z0-9_]*)["'`]"#,
    r#"\bDeno\.env\.get\(\s*["']([A-Za-z_][A-Za-z0-9_]*)["']"#,
    // Go: os.Getenv("X"), os.LookupEnv("X"), viper.BindEnv("X"); struct tags env:"X", envconfig:"X"
    r#"\b(?:Getenv|LookupEnv|BindEnv|GetEnv)\(\s*"([A-Za-z_][A-Za-z0-9_]*)""#,
    r#"\benv(?:config)?:"([A-Za-z_][A-Za-z0-9_]*)"#,
    // Ruby: ENV["X"], ENV.fetch("X"); PHP: $_ENV["X"]
    r#"\bENV(?:\.fetch)?\s*[\(\[]\s*["']([A-Za-z_][A-Za-z0-9_]*)["']"#,
    // Java, Kotlin, C#, Elixir: System.getenv("X"), GetEnvironmentVariable("X"), System.get_env("X")
    r#"\b(?:GetEnvironmentVariable|get_env|fetch_env!?)\(\s*"([A-Za-z_][A-Za-z0-9_]*)""#,
    // Rust: env::var("X"), env!("X"), std::env::var_os("X")
    r#"\benv(?:::var(?:_os)?\(|!\()\s*"([A-Za-z_][A-Za-z0-9_]*)""#,
    // pydantic: Field(env="X"), click and clap: envvar="X", env = "X"
    r#"\benv(?:var)?\s*=\s*["']([A-Za-z_][A-Za-z0-9_]*)["']"#,
    // Spring and shells: ${X}, ${X:default}
    r"\$\{([A-Z][A-Za-z0-9_]*)[^}]{0,200}\}",
];

/// A name at the start of a line of `.env.example`.
const DECLARATION: &str = r"(?m)^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=";

/// One of these stands in every file that a pattern can match.
const MARKS: [&str; 5] = ["env", "Env", "ENV", "${", "config"];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());
static DECLARED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(DECLARATION).ok());

/// One place where a variable is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvRead {
    pub name: Located<String>,
    /// The code does without: something else takes the value's place.
    pub fallback: bool,
}

/// A name that some code of the repository reads, with one place.
#[derive(Debug, Clone)]
pub struct CodeName {
    pub name: String,
    pub path: RepoPath,
    pub span: Span,
}

/// Whether a file is one that reads environment variables, by its name.
pub fn is_code(path: &RepoPath) -> bool {
    const EXTENSIONS: &str = "\
        py js mjs cjs ts tsx jsx go rb php java kt kts scala cs fs ex exs rs sh bash clj groovy swift properties pl";
    path.extension().is_some_and(|extension| lists(EXTENSIONS, &extension)) || is_declaration(path)
}

/// A file that lists the names that a deployment has to provide: `.env.example` and its kin.
fn is_declaration(path: &RepoPath) -> bool {
    scope::is_env_declaration(&path.file_name().to_ascii_lowercase())
}

/// Code that is deployed: neither a test nor an example nor somebody else's.
fn is_deployed_code(path: &RepoPath) -> bool {
    const TESTS: &str =
        "test tests spec specs e2e __mocks__ mocks testing cypress benchmarks scripts hack tools ci .github";
    let lower = path.lossy().to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let test = ["_test.", ".test.", ".spec.", "_spec.", "conftest."].iter().any(|mark| name.contains(mark));
    is_code(path)
        && !test
        && !name.starts_with("test_")
        && !scope::is_beside(folder)
        && !folder.split('/').any(|part| lists(TESTS, part))
}

/// Every reading, in the order of the file.
pub fn reads(source: &SourceFile, path: &RepoPath) -> Vec<EnvRead> {
    let text = source.text();
    let mut out = Vec::new();
    let mut add = |pattern: &Regex, declared: bool| {
        for found in pattern.captures_iter(text) {
            if let Some(name) = found.get(1) {
                let span = Span::new(name.start(), name.end());
                out.push(EnvRead {
                    name: Located::new(name.as_str().to_owned(), span),
                    fallback: !declared && has_fallback(text, span),
                });
            }
        }
    };
    if is_declaration(path) {
        // A shell assigns with `X=`, and that is no reading; here it is what the code's author says is read.
        if let Some(pattern) = DECLARED.as_ref() {
            add(pattern, true);
        }
    } else if MARKS.iter().any(|mark| text.contains(mark)) {
        for pattern in COMPILED.iter() {
            add(pattern, false);
        }
    }
    out.sort_by_key(|read| read.name.span);
    out.dedup_by_key(|read| read.name.span);
    out
}

/// Says whether something stands behind a reading that takes the value's place.
fn has_fallback(text: &str, name: Span) -> bool {
    let mut end = (name.end + 80).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let Some(rest) = text.get(name.end..end) else { return false };
    if text.get(..name.start).is_some_and(|before| before.ends_with("${")) {
        return rest.starts_with([':', '-', '=']);
    }
    let rest = rest.trim_start_matches(['"', '\'', '`']).trim_start();
    let rest = match rest.strip_prefix(',') {
        // A second argument is a default, unless it is a conversion.
        Some(argument) => {
            let argument = argument.trim_start();
            return !["cast=", "type=", "parser=", "required", "description", "help"]
                .iter()
                .any(|named| argument.starts_with(named));
        }
        None => rest.trim_start_matches([')', ']']).trim_start(),
    };
    ["||", "??", "?:", "or ", ".unwrap_or", ".getOrElse", ".orElse"].iter().any(|mark| rest.starts_with(mark))
}

/// What the deployed code of a tree reads, each name once.
pub(super) fn code_names(snapshot: &Snapshot<'_>) -> Result<Vec<CodeName>, ReadError> {
    let mut names: Vec<CodeName> = Vec::new();
    for (path, _) in snapshot.files()?.iter().filter(|(path, _)| is_deployed_code(path)) {
        let Some(source) = snapshot.text(path)? else { continue };
        names.extend(reads(&source, path).into_iter().map(|read| CodeName {
            name: read.name.value,
            path: path.clone(),
            span: read.name.span,
        }));
    }
    names.sort_by(|one, other| (&one.name, &one.path, one.span).cmp(&(&other.name, &other.path, other.span)));
    names.dedup_by(|one, other| one.name == other.name);
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn read_in(path: &str, text: &str) -> Vec<EnvRead> {
        let path: RepoPath = path.into();
        let source = SourceFile::new(Origin::File(path.clone()), text.to_owned());
        reads(&source, &path)
    }

    fn names(path: &str, text: &str) -> Vec<String> {
        read_in(path, text).into_iter().map(|read| read.name.value).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
        assert!(DECLARED.is_some());
    }

    #[test]
    fn python_reads_in_four_ways() {
        let text =
            "os.environ['A_ONE']\nos.environ.get(\"B_TWO\")\nos.getenv('C_THREE', '')\nFoo(env=\"D_FOUR\")\n";
        assert_eq!(names("a.py", text), ["A_ONE", "B_TWO", "C_THREE", "D_FOUR"]);
    }

    #[test]
    fn other_languages_read_too() {
        assert_eq!(names("a.ts", "const x = process.env.X_URL ?? process.env['Y']"), ["X_URL", "Y"]);
        assert_eq!(names("a.go", "os.Getenv(\"X\")\nP string `env:\"Y_Z\"`"), ["X", "Y_Z"]);
        assert_eq!(names("a.rb", "ENV.fetch('X') + ENV[\"Y\"]"), ["X", "Y"]);
        assert_eq!(names("a.rs", "std::env::var(\"X\")"), ["X"]);
        assert_eq!(names("a.java", "System.getenv(\"X\")"), ["X"]);
        assert_eq!(names("a.ex", "System.get_env(\"X\")"), ["X"]);
        assert_eq!(names("a.properties", "url=${DB_URL:jdbc:h2:mem}"), ["DB_URL"]);
    }

    #[test]
    fn an_example_file_declares_what_a_shell_assigns() {
        assert_eq!(names(".env.example", "A=1\n# c\nexport B=\n"), ["A", "B"]);
        assert!(names("run.sh", "A=1\n").is_empty());
        assert!(names(".env.production", "A=1\n").is_empty());
    }

    #[test]
    fn a_default_behind_the_name_is_seen() {
        for (path, text) in [
            ("a.py", "os.getenv('X', 'y')"),
            ("a.py", "os.environ.get(\"X\", None)"),
            ("a.py", "os.environ.get('X') or 'y'"),
            ("a.ts", "process.env.X || 'y'"),
            ("a.ts", "process.env['X'] ?? 'y'"),
            ("a.rb", "ENV.fetch('X', 'y')"),
            ("a.rb", "ENV['X'] || 'y'"),
            ("a.rs", "env::var(\"X\").unwrap_or_default()"),
            ("a.sh", "${X:-y}"),
            ("a.properties", "u=${X:y}"),
        ] {
            assert!(read_in(path, text)[0].fallback, "{text}");
        }
        for (path, text) in [
            ("a.py", "os.environ['X']"),
            ("a.py", "env('X', cast=int)"),
            ("a.ts", "connect(process.env.X)"),
            ("a.go", "os.Getenv(\"X\")"),
            ("a.sh", "${X}"),
            (".env.example", "X=y"),
        ] {
            assert!(!read_in(path, text)[0].fallback, "{text}");
        }
    }

    #[test]
    fn tests_and_examples_are_not_deployed() {
        for path in ["src/vendors.py", "app/main.go", ".env.example"] {
            assert!(is_deployed_code(&path.into()), "{path}");
        }
        for path in [
            "tests/a.py",
            "src/a_test.go",
            "src/a.spec.ts",
            "test_a.py",
            "examples/a.py",
            "node_modules/x/a.js",
        ] {
            assert!(!is_deployed_code(&path.into()), "{path}");
        }
    }
}
