//! What a path is for, by its name alone.
//!
//! In: a path. Out: its [`Scope`]. Content has the last word elsewhere: a manifest is a manifest wherever it lies.

use super::dependencies::{FileKind, recognise};
use super::environment;
use crate::source::RepoPath;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Says what runs and how.
    Deploy,
    /// Says what it is built from.
    Dependencies,
    Code,
    Docs,
    /// Its name says nothing.
    Other,
}

/// Files that deployment tools know by their whole name.
const DEPLOY_NAMES: &str = "\
    dockerfile containerfile chart.yaml chart.yml kustomization.yaml kustomization.yml kustomization \
    helmfile.yaml helmfile.yml procfile jenkinsfile skaffold.yaml skaffold.yml .gitlab-ci.yml .gitlab-ci.yaml azure-pipelines.yml bitbucket-pipelines.yml cloudbuild.yaml buildspec.yml appspec.yml \
    serverless.yml serverless.yaml fly.toml render.yaml app.yaml nginx.conf haproxy.cfg prometheus.yml \
    prometheus.yaml alertmanager.yml alertmanager.yaml terragrunt.hcl ansible.cfg deploy-guard.toml \
    tiltfile vercel.json netlify.toml";

/// Folders whose configuration files say what runs.
const DEPLOY_FOLDERS: &str = "\
    k8s kube kubernetes deploy deploys deployment deployments manifest manifests helm charts chart \
    kustomize overlays overlay base bases environments environment envs clusters cluster gitops argocd \
    argo-cd flux flux-system openshift ocp ansible inventory inventories group_vars host_vars terraform \
    infra infrastructure ops releases helmreleases namespaces namespace compose docker .docker nomad ecs \
    cloudformation monitoring alerting alerts prometheus grafana alertmanager workloads secrets sealed-secrets ingress nginx";

/// Formats that configuration is written in.
const CONFIG_EXTENSIONS: &str = "\
    yaml yml json jsonc json5 toml ini cfg conf cnf properties env tf tfvars hcl j2 jinja jinja2 tmpl \
    tpl gotmpl erb xml libsonnet jsonnet cue nomad";

const CODE_EXTENSIONS: &str = "\
    rs py pyi js mjs cjs jsx ts tsx go java kt kts scala groovy rb php cs fs vb c h cc cpp hpp m swift \
    ex exs erl clj lua pl pm r sql sh bash zsh fish ps1 bat cmd vue svelte css scss sass less html htm \
    proto graphql dart zig hs elm nim ipynb snap";

const DOC_EXTENSIONS: &str = "\
    md mdx markdown rst adoc asciidoc txt org tex pdf png jpg jpeg gif svg ico webp drawio puml";

/// Folders of things that are never deployed as they lie there.
const BESIDE: &str = "\
    .deploy-guard .chainsaw-test chainsaw \
    testdata test-data test_data fixtures fixture __tests__ __fixtures__ __mocks__ __snapshots__ \
    examples example samples sample node_modules vendor third_party site-packages .venv docs doc \
    documentation";

/// Whether a list of words, parted by blanks, holds one. Asked for every folder of a tree: the word is looked for, and
/// not each word of the list compared with it.
pub(super) fn lists(list: &str, word: &str) -> bool {
    let (list, word) = (list.as_bytes(), word.as_bytes());
    let blank = |at: Option<&u8>| at.is_none_or(u8::is_ascii_whitespace);
    !word.is_empty()
        && !word.iter().any(u8::is_ascii_whitespace)
        && memchr::memmem::find_iter(list, word).any(|at| {
            blank(at.checked_sub(1).and_then(|before| list.get(before))) && blank(list.get(at + word.len()))
        })
}

/// Says what a path is for by its name.
pub fn scope_of(path: &RepoPath) -> Scope {
    let text = path.lossy();
    let lower = text.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let extension = path.extension().unwrap_or_default();
    let is = |list: &str| lists(list, &extension);
    if is_dependency_file(path) {
        return Scope::Dependencies;
    }
    if is_deploy_name(name, folder) {
        return Scope::Deploy;
    }
    if is(CODE_EXTENSIONS) {
        return Scope::Code;
    }
    if is(DOC_EXTENSIONS) || matches!(name, "license" | "changelog" | "readme" | "codeowners" | "authors") {
        return Scope::Docs;
    }
    let in_deploy_folder = || folder.split('/').any(|part| lists(DEPLOY_FOLDERS, part));
    // A path that names an environment says that what lies there gets there.
    if is(CONFIG_EXTENSIONS) && !is_beside(folder) && (in_deploy_folder() || environment::is_named_by(path)) {
        return Scope::Deploy;
    }
    if is("tf tfvars hcl nomad") {
        return Scope::Deploy;
    }
    Scope::Other
}

/// Files that dependencies are read from; a Dockerfile, which installs some, stays what it is.
fn is_dependency_file(path: &RepoPath) -> bool {
    recognise(path).is_some_and(|kind| {
        !matches!(kind, FileKind::Dockerfile | FileKind::CiWorkflow | FileKind::ShellScript)
    })
}

fn is_deploy_name(name: &str, folder: &str) -> bool {
    let yaml = is_yaml(name);
    lists(DEPLOY_NAMES, name)
        || name.starts_with("dockerfile.") && extension_of(name) != "dockerignore"
        || extension_of(name) == "dockerfile"
        || name.starts_with("containerfile.")
        || is_compose_name(name)
        || is_env_name(name)
        || yaml && is_values_name(name)
        || yaml && folder.ends_with(".github/workflows")
}

fn extension_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Names are in lower case here and below.
pub(super) fn is_yaml(name: &str) -> bool {
    matches!(extension_of(name), "yaml" | "yml")
}

/// `docker-compose.prod.yml`, `compose.yaml`.
pub(super) fn is_compose_name(name: &str) -> bool {
    let yaml = is_yaml(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    yaml && ["docker-compose", "compose", "podman-compose"].iter().any(|known| {
        stem.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
            || extension_of(stem) == "docker-compose"
            || stem.ends_with("-docker-compose")
    })
}

/// `.env`, `.env.prod`, `prod.env`, `env.example`.
pub(super) fn is_env_name(name: &str) -> bool {
    name == ".env"
        || name.starts_with(".env.") && !is_sealed_name(name) && !matches!(extension_of(name), "ts" | "js")
        || extension_of(name) == "env" && !name.starts_with('.')
        || is_env_declaration(name)
}

/// What only a key opens: `.env.zip.enc.aws`, `.env.gpg`.
fn is_sealed_name(name: &str) -> bool {
    const SEALED: &str = "enc zip gz tgz gpg pgp age asc vault kms crypt";
    name.split('.').skip(2).any(|part| lists(SEALED, part))
}

/// A file that lists which names are expected, with values that nobody uses: `.env.example`.
pub(super) fn is_env_declaration(name: &str) -> bool {
    const SUFFIXES: &[&str] = &["example", "sample", "template", "dist", "tmpl", "tpl", "defaults", "schema"];
    let marked = SUFFIXES.iter().any(|suffix| {
        name.strip_suffix(suffix).is_some_and(|stem| {
            stem.strip_suffix(['.', '-', '_']).is_some_and(|stem| {
                stem == "env" || stem == ".env" || extension_of(stem) == "env" || stem.starts_with(".env.")
            })
        })
    });
    marked || matches!(name, "example.env" | "sample.env" | "template.env" | ".example.env" | ".sample.env")
}

/// `values.yaml`, `values-prod.yaml`, `web.values.yml`.
pub(super) fn is_values_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.split(|character: char| !character.is_alphanumeric()).any(|part| part == "values")
}

pub(super) fn is_beside(folder: &str) -> bool {
    folder.split('/').any(|part| lists(BESIDE, part)) || folder.contains("src/test/")
}

/// Whether a path lies where environments' names mean nothing: code, documentation, fixtures, examples.
pub fn is_beside_deployment(path: &RepoPath) -> bool {
    let lower = path.lossy().to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    if is_beside(folder) {
        return true;
    }
    // Build modes of front ends, not environments.
    let mode = ["tsconfig", "jsconfig", "webpack", "babel", "vite", "angular", "jest", "package"]
        .iter()
        .any(|known| name.starts_with(known));
    let extension = extension_of(name);
    let other = lists(CODE_EXTENSIONS, extension) || lists(DOC_EXTENSIONS, extension);
    mode || (other && !is_deploy_name(name, folder) && !is_dependency_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_whole_words() {
        let list = "base bases\n    k8s sealed-secrets src";
        for (word, held) in [
            ("base", true),
            ("bases", true),
            ("k8s", true),
            ("src", true),
            ("sealed", false),
            ("secrets", false),
            ("ase", false),
            ("base bases", false),
            ("", false),
            ("srcs", false),
        ] {
            assert_eq!(lists(list, word), held, "{word}");
        }
    }

    #[test]
    fn a_path_is_what_its_name_says() {
        for (path, scope) in [
            ("Dockerfile", Scope::Deploy),
            ("svc/Dockerfile.prod", Scope::Deploy),
            ("svc/web.dockerfile", Scope::Deploy),
            ("Dockerfile.dockerignore", Scope::Other),
            ("docker-compose.prod.yml", Scope::Deploy),
            ("compose.yaml", Scope::Deploy),
            ("composer.yaml", Scope::Other),
            ("k8s/prod/web.yaml", Scope::Deploy),
            ("values-prod.yaml", Scope::Deploy),
            ("environments/prod/web.values.yml", Scope::Deploy),
            ("evaluesx.yaml", Scope::Other),
            (".env", Scope::Deploy),
            (".env.production", Scope::Deploy),
            (".env.zip.enc.aws", Scope::Other),
            (".env.prod.gpg", Scope::Other),
            ("deploy/prod.env", Scope::Deploy),
            ("env.example", Scope::Deploy),
            ("environment.prod.ts", Scope::Code),
            (".env.local.ts", Scope::Code),
            ("main.tf", Scope::Deploy),
            (".github/workflows/ci.yml", Scope::Deploy),
            (".github/dependabot.yml", Scope::Other),
            ("config/app.yaml", Scope::Deploy),
            ("config/logging.yaml", Scope::Other),
            ("prod/logging.yaml", Scope::Deploy),
            ("shop-prod.json", Scope::Deploy),
            ("products/logging.yaml", Scope::Other),
            ("tests/fixtures/prod/logging.yaml", Scope::Other),
            ("src/environment.prod.ts", Scope::Code),
            ("prod/requirements.txt", Scope::Dependencies),
            ("src/main.rs", Scope::Code),
            ("deploy/run.sh", Scope::Code),
            ("README.md", Scope::Docs),
            ("k8s/README.md", Scope::Docs),
            ("docs/k8s/web.yaml", Scope::Other),
            ("tests/fixtures/k8s/web.yaml", Scope::Other),
        ] {
            assert_eq!(scope_of(&path.into()), scope, "{path}");
        }
    }
}
