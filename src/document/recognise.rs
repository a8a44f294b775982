//! Which format a file is written in, by its name, and by its first lines where names lie.

use super::Format;
use crate::source::RepoPath;

/// Endings that say what becomes of a file and not how it is written.
const SUFFIXES: [&str; 17] = [
    ".j2",
    ".jinja",
    ".jinja2",
    ".tmpl",
    ".tpl",
    ".gotmpl",
    ".template",
    ".erb",
    ".in",
    ".example",
    ".sample",
    ".dist",
    ".default",
    ".bak",
    ".orig",
    ".enc",
    ".dec",
];

/// Files that only a reader of their own understands.
const TEXTS: [&str; 15] = [
    "gemfile",
    "gemfile.lock",
    "yarn.lock",
    "mix.lock",
    "mix.exs",
    "go.mod",
    "go.sum",
    "go.work",
    "gradle.lockfile",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "setup.py",
    "podfile.lock",
];

/// How a file is written; `None` for what no one here reads.
pub fn recognise(path: &RepoPath, text_start: &str) -> Option<Format> {
    let name = path.file_name().to_ascii_lowercase();
    let text_start = text_start.strip_prefix('\u{feff}').unwrap_or(text_start);
    let stripped = strip_suffixes(&name);
    by_name(&name, text_start)
        .or_else(|| by_name(stripped, text_start))
        .or_else(|| by_extension(stripped, text_start))
        // Source-to-image builders read their variables from here.
        .or_else(|| (name == "environment" && path.folder().ends_with(".s2i")).then_some(Format::Dotenv))
        .or_else(|| {
            (name.strip_suffix(".tpl").is_some() && looks_like_manifest(text_start)).then_some(Format::Yaml)
        })
        .filter(|format| !text_start.starts_with("#!") || !matches!(format, Format::Yaml | Format::Ini))
}

fn strip_suffixes(name: &str) -> &str {
    let mut stripped = name;
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| stripped.strip_suffix(suffix)) {
        stripped = shorter;
    }
    stripped
}

fn by_name(name: &str, text_start: &str) -> Option<Format> {
    match name {
        "pipfile" | "cargo.lock" | "poetry.lock" | "uv.lock" | "pdm.lock" => Some(Format::Toml),
        "pipfile.lock" | "composer.lock" | "flake.lock" | "bun.lock" | "deno.lock" => Some(Format::Json),
        "chart.lock" | "buf.lock" | "kustomization" => Some(Format::Yaml),
        // Helm's and pip's carry the same name.
        "requirements.lock" if has_line(text_start, |line| line.starts_with("dependencies:")) => {
            Some(Format::Yaml)
        }
        "requirements.lock" => Some(Format::Text),
        ".flaskenv" => Some(Format::Dotenv),
        _ if TEXTS.contains(&name) => Some(Format::Text),
        _ if is_requirements(name) => Some(Format::Text),
        _ if is_dotenv(name) => Some(Format::Dotenv),
        _ if is_dockerfile(name) => Some(Format::Dockerfile),
        _ => None,
    }
}

/// `requirements.txt`, `dev-requirements.txt`, `requirements-prod.in`, `constraints.txt`.
fn is_requirements(name: &str) -> bool {
    let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in"));
    stem.is_some_and(|stem| stem.contains("requirements") || stem.contains("constraints"))
}

/// `.env`, `.env.production`, `production.env`.
fn is_dotenv(name: &str) -> bool {
    name == ".env"
        || name.strip_suffix(".env").is_some_and(|stem| !stem.is_empty())
        || name.strip_prefix(".env.").is_some_and(|variant| !has_known_extension(variant))
}

/// `Dockerfile`, `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`, `Dockerfile-alpine`.
fn is_dockerfile(name: &str) -> bool {
    ["dockerfile", "containerfile"].iter().any(|kind| {
        name.strip_suffix(kind).is_some_and(|stem| stem.is_empty() || stem.ends_with(['.', '-', '_']))
            || name
                .strip_prefix(kind)
                .is_some_and(|variant| variant.starts_with(['.', '-', '_']) && !has_known_extension(variant))
    })
}

/// The variant of a name is no variant but another kind of file: `Dockerfile.md`.
fn has_known_extension(variant: &str) -> bool {
    let extension = variant.rsplit('.').next().unwrap_or(variant);
    matches!(
        extension,
        "md" | "txt"
            | "rst"
            | "yaml"
            | "yml"
            | "json"
            | "toml"
            | "sh"
            | "py"
            | "rb"
            | "go"
            | "js"
            | "ts"
            | "dockerignore"
            | "patch"
            | "diff"
    )
}

fn by_extension(name: &str, text_start: &str) -> Option<Format> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" | "jsonc" | "json5" | "tfstate" | "tfvars.json" => Some(Format::Json),
        "toml" => Some(Format::Toml),
        "properties" => Some(Format::Properties),
        "ini" | "cnf" => Some(Format::Ini),
        "tf" | "tfvars" | "hcl" | "tofu" => Some(Format::Hcl),
        "cfg" | "conf" | "config" | "service" | "timer" | "socket" | "container"
            if looks_like_ini(text_start) =>
        {
            Some(Format::Ini)
        }
        "xml" | "pom" | "csproj" | "fsproj" | "vbproj" | "props" | "targets" | "nuspec" | "config"
            if text_start.trim_start().starts_with('<') =>
        {
            Some(Format::Xml)
        }
        _ => None,
    }
}

fn has_line(text: &str, holds: impl Fn(&str) -> bool) -> bool {
    text.lines().any(holds)
}

/// Every line that says something, as far as one looks, is a section or a setting.
fn looks_like_ini(text: &str) -> bool {
    let mut settings = 0;
    for line in text.lines().take(60) {
        // The value of the setting above goes on.
        if line.starts_with([' ', '\t']) && settings > 0 {
            continue;
        }
        let line = line.trim();
        match line.as_bytes().first() {
            None | Some(b'#' | b';') => {}
            Some(b'[') if line.contains(']') => return true,
            _ if is_setting(line) => settings += 1,
            _ => return false,
        }
    }
    settings > 0
}

fn is_setting(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        !key.is_empty() && !key.contains(['{', '"', '(', '<', ' ', '\t'])
    })
}

/// A Kubernetes manifest under a name that says only that it is a template.
fn looks_like_manifest(text: &str) -> bool {
    has_line(text, |line| line.starts_with("apiVersion:")) && has_line(text, |line| line.starts_with("kind:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Format> {
        recognise(&path.into(), "")
    }

    #[test]
    fn a_name_decides() {
        for (path, format) in [
            ("k8s/web.yaml", Format::Yaml),
            ("a/B.YML", Format::Yaml),
            ("web.yaml.j2", Format::Yaml),
            ("web.yml.tmpl", Format::Yaml),
            ("values.yaml.gotmpl", Format::Yaml),
            ("docker-compose.yml.example", Format::Yaml),
            ("Chart.lock", Format::Yaml),
            ("overlays/prod/Kustomization", Format::Yaml),
            ("package.json", Format::Json),
            ("tsconfig.jsonc", Format::Json),
            ("app.json.tpl", Format::Json),
            ("Pipfile.lock", Format::Json),
            ("composer.lock", Format::Json),
            ("Pipfile", Format::Toml),
            ("poetry.lock", Format::Toml),
            ("Cargo.lock", Format::Toml),
            ("pyproject.toml", Format::Toml),
            ("main.tf", Format::Hcl),
            ("prod.tfvars", Format::Hcl),
            ("Dockerfile", Format::Dockerfile),
            ("a/Dockerfile.prod", Format::Dockerfile),
            ("Containerfile", Format::Dockerfile),
            ("api.Dockerfile", Format::Dockerfile),
            ("Dockerfile.j2", Format::Dockerfile),
            ("Dockerfile-alpine", Format::Dockerfile),
            (".env", Format::Dotenv),
            (".env.example", Format::Dotenv),
            (".env.production", Format::Dotenv),
            ("deploy/prod.env", Format::Dotenv),
            ("prod.env.j2", Format::Dotenv),
            ("application.properties", Format::Properties),
            ("my.ini", Format::Ini),
            ("requirements-prod.txt", Format::Text),
            ("requirements.in", Format::Text),
            ("Gemfile.lock", Format::Text),
            ("build.gradle.kts", Format::Text),
        ] {
            assert_eq!(of(path), Some(format), "{path}");
        }
        for path in
            ["README.md", "Dockerfile.md", "main.rs", "env", ".env.sh", "_helpers.tpl", ".gitignore", "x"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn content_decides_where_a_name_lies() {
        let with = |path: &str, text: &str| recognise(&path.into(), text);
        assert_eq!(with("run.yaml", "#!/bin/sh\necho\n"), None);
        assert_eq!(with("app.conf", "; c\n[main]\na = 1\n"), Some(Format::Ini));
        assert_eq!(with("app.conf", "a=1\n# c\nb=2\n"), Some(Format::Ini));
        assert_eq!(with("nginx.conf", "server {\n  listen 80;\n}\n"), None);
        assert_eq!(with("setup.cfg", "[metadata]\nname = a\n"), Some(Format::Ini));
        assert_eq!(with("web.config", "\u{feff}<?xml version=\"1.0\"?>\n<a/>"), Some(Format::Xml));
        assert_eq!(with("job.tpl", "apiVersion: v1\nkind: Job\n"), Some(Format::Yaml));
        assert_eq!(with("_helpers.tpl", "{{- define \"x\" }}\n"), None);
        assert_eq!(with("requirements.lock", "dependencies:\n- name: a\n"), Some(Format::Yaml));
        assert_eq!(with("requirements.lock", "a==1\n"), Some(Format::Text));
    }
}
