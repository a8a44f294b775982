//! The names of environment variables that code reads.
//!
//! In: a source file of any common language. Out: the names with their places. Patterns over text, because a name that
//! is put together at run time could not be told by a parser either.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{Located, RepoPath, SourceFile, Span};

/// Each has the name as its first group.
const PATTERNS: [&str; 12] = [
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
    r"\$\{([A-Z][A-Za-z0-9_]*)(?:[:\-?][^}]*)?\}",
    // a declaration: X= at the start of a line of .env.example
    r"(?m)^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=",
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// Whether a file is one that reads environment variables, by its name.
pub fn is_code(path: &RepoPath) -> bool {
    const EXTENSIONS: [&str; 26] = [
        "py",
        "js",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "jsx",
        "go",
        "rb",
        "php",
        "java",
        "kt",
        "kts",
        "scala",
        "cs",
        "fs",
        "ex",
        "exs",
        "rs",
        "sh",
        "bash",
        "clj",
        "groovy",
        "swift",
        "properties",
        "pl",
    ];
    path.extension().is_some_and(|extension| EXTENSIONS.contains(&extension.as_str())) || is_declaration(path)
}

/// A file that lists the names that a deployment has to provide: `.env.example` and its kin.
pub fn is_declaration(path: &RepoPath) -> bool {
    let name = path.file_name();
    name.starts_with(".env.") || name.ends_with(".env.example") || name == "env.example"
}

/// Every name, in the order of the file.
pub fn names_read(source: &SourceFile, path: &RepoPath) -> Vec<Located<String>> {
    let assignments = is_declaration(path);
    let mut names = Vec::new();
    for (number, pattern) in COMPILED.iter().enumerate() {
        // A shell assigns with `X=`, and that is no reading.
        if number == PATTERNS.len() - 1 && !assignments {
            continue;
        }
        for found in pattern.captures_iter(source.text()) {
            if let Some(name) = found.get(1) {
                let span = Span::new(name.start(), name.end());
                names.push(Located::new(name.as_str().to_owned(), span));
            }
        }
    }
    names.sort_by_key(|name| name.span);
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn names(path: &str, text: &str) -> Vec<String> {
        let path: RepoPath = path.into();
        let source = SourceFile::new(Origin::File(path.clone()), text.to_owned());
        names_read(&source, &path).into_iter().map(|name| name.value).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
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
    }

    #[test]
    fn an_example_file_declares_what_a_shell_assigns() {
        assert_eq!(names(".env.example", "A=1\n# c\nexport B=\n"), ["A", "B"]);
        assert!(names("run.sh", "A=1\n").is_empty());
    }
}
