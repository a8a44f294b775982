//! Which file states dependencies, told by its name.
//!
//! In: a path. Out: a [`FileKind`]. Must not read the file.

use crate::source::RepoPath;

/// What a file that states dependencies is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    Requirements,
    /// Requirements that hold versions and ask for nothing.
    Constraints,
    Pipfile,
    PipfileLock,
    Pyproject,
    PoetryLock,
    UvLock,
    PdmLock,
    PylockToml,
    SetupPy,
    SetupCfg,
    CondaEnvironment,
    PackageJson,
    PackageLock,
    YarnLock,
    PnpmLock,
    PnpmWorkspace,
    BunLock,
    MavenPom,
    GradleBuild,
    GradleProperties,
    GradleCatalogue,
    GradleLock,
    SbtBuild,
    GoMod,
    GoSum,
    CargoToml,
    CargoLock,
    Gemfile,
    GemfileLock,
    Gemspec,
    DotNetProject,
    DotNetCentral,
    PackagesConfig,
    DotNetLock,
    ComposerJson,
    ComposerLock,
    MixExs,
    MixLock,
    Dockerfile,
    CiWorkflow,
    ShellScript,
}

impl FileKind {
    /// Every kind, for whoever has to try them all.
    pub const ALL: [Self; 42] = [
        Self::Requirements,
        Self::Constraints,
        Self::Pipfile,
        Self::PipfileLock,
        Self::Pyproject,
        Self::PoetryLock,
        Self::UvLock,
        Self::PdmLock,
        Self::PylockToml,
        Self::SetupPy,
        Self::SetupCfg,
        Self::CondaEnvironment,
        Self::PackageJson,
        Self::PackageLock,
        Self::YarnLock,
        Self::PnpmLock,
        Self::PnpmWorkspace,
        Self::BunLock,
        Self::MavenPom,
        Self::GradleBuild,
        Self::GradleProperties,
        Self::GradleCatalogue,
        Self::GradleLock,
        Self::SbtBuild,
        Self::GoMod,
        Self::GoSum,
        Self::CargoToml,
        Self::CargoLock,
        Self::Gemfile,
        Self::GemfileLock,
        Self::Gemspec,
        Self::DotNetProject,
        Self::DotNetCentral,
        Self::PackagesConfig,
        Self::DotNetLock,
        Self::ComposerJson,
        Self::ComposerLock,
        Self::MixExs,
        Self::MixLock,
        Self::Dockerfile,
        Self::CiWorkflow,
        Self::ShellScript,
    ];

    /// Files in a language of their own, which people write.
    pub(super) const fn is_script(self) -> bool {
        self.holds_commands()
            || matches!(
                self,
                Self::SetupPy
                    | Self::GradleBuild
                    | Self::SbtBuild
                    | Self::Gemfile
                    | Self::Gemspec
                    | Self::MixExs
            )
    }

    /// Files that hold commands, of which some may install packages.
    pub const fn holds_commands(self) -> bool {
        matches!(self, Self::Dockerfile | Self::CiWorkflow | Self::ShellScript)
    }
}

/// Says whether a resolver writes such files.
pub const fn is_lock(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::PipfileLock
            | FileKind::PoetryLock
            | FileKind::UvLock
            | FileKind::PdmLock
            | FileKind::PylockToml
            | FileKind::PackageLock
            | FileKind::YarnLock
            | FileKind::PnpmLock
            | FileKind::BunLock
            | FileKind::GradleLock
            | FileKind::GoSum
            | FileKind::CargoLock
            | FileKind::GemfileLock
            | FileKind::DotNetLock
            | FileKind::ComposerLock
            | FileKind::MixLock
    )
}

/// Tells a file's kind by its name and folder; case counts only where the tool that reads the file is strict.
pub fn recognise(path: &RepoPath) -> Option<FileKind> {
    let name = path.file_name();
    by_exact_name(&name).or_else(|| {
        let lower = name.to_ascii_lowercase();
        let folder = path.folder().to_ascii_lowercase();
        requirements(&lower, &folder)
            .or_else(|| by_extension(&lower, &folder))
            .or_else(|| commands(&lower, &folder))
    })
}

fn by_exact_name(name: &str) -> Option<FileKind> {
    Some(match name {
        "Pipfile" => FileKind::Pipfile,
        "Pipfile.lock" => FileKind::PipfileLock,
        "pyproject.toml" => FileKind::Pyproject,
        "poetry.lock" => FileKind::PoetryLock,
        "uv.lock" => FileKind::UvLock,
        "pdm.lock" => FileKind::PdmLock,
        "setup.py" => FileKind::SetupPy,
        "setup.cfg" => FileKind::SetupCfg,
        "package.json" => FileKind::PackageJson,
        "package-lock.json" | "npm-shrinkwrap.json" => FileKind::PackageLock,
        "yarn.lock" => FileKind::YarnLock,
        "pnpm-lock.yaml" => FileKind::PnpmLock,
        "pnpm-workspace.yaml" => FileKind::PnpmWorkspace,
        "bun.lock" => FileKind::BunLock,
        "pom.xml" => FileKind::MavenPom,
        "go.mod" => FileKind::GoMod,
        "go.sum" => FileKind::GoSum,
        "Cargo.toml" => FileKind::CargoToml,
        "Cargo.lock" => FileKind::CargoLock,
        "Gemfile" | "gems.rb" => FileKind::Gemfile,
        "Gemfile.lock" | "gems.locked" => FileKind::GemfileLock,
        "composer.json" => FileKind::ComposerJson,
        "composer.lock" => FileKind::ComposerLock,
        "mix.exs" => FileKind::MixExs,
        "mix.lock" => FileKind::MixLock,
        _ => return None,
    })
}

/// pip reads any file that it is told to; these are the names people give them.
fn requirements(name: &str, folder: &str) -> Option<FileKind> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let in_folder = matches!(last_part(folder), "requirements" | "reqs" | "requires" | "constraints");
    match extension {
        "txt" | "in" | "pip" if words(stem).any(|word| matches!(word, "constraint" | "constraints")) => {
            Some(FileKind::Constraints)
        }
        "txt" | "in" | "pip" => {
            let named = words(stem).any(|word| {
                matches!(word, "requirement" | "requirements" | "requires" | "reqs" | "req")
                    || word.starts_with("requirements")
                    || word.ends_with("requirements")
            });
            (named || in_folder && stem != "readme" && stem != "license").then_some(FileKind::Requirements)
        }
        "lock" => words(stem).any(|word| word == "requirements").then_some(FileKind::Requirements),
        "" => matches!(name, "dev-requirements" | "requirements-dev" | "requirements")
            .then_some(FileKind::Requirements),
        _ => None,
    }
}

fn by_extension(name: &str, folder: &str) -> Option<FileKind> {
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    Some(match name {
        "directory.packages.props" => FileKind::DotNetCentral,
        "directory.build.props" | "directory.build.targets" => FileKind::DotNetProject,
        "gradle.properties" => FileKind::GradleProperties,
        "packages.config" => FileKind::PackagesConfig,
        "packages.lock.json" => FileKind::DotNetLock,
        "gradle.lockfile" | "buildscript-gradle.lockfile" => FileKind::GradleLock,
        "pylock.toml" => FileKind::PylockToml,
        _ if ends(".versions.toml") => FileKind::GradleCatalogue,
        _ if name.starts_with("pylock.") && ends(".toml") => FileKind::PylockToml,
        _ if ends(".gradle") || ends(".gradle.kts") => FileKind::GradleBuild,
        "versions.kt" | "dependencies.kt" | "deps.kt" | "libs.kt" if folder.contains("buildsrc") => {
            FileKind::GradleBuild
        }
        _ if ends(".lockfile") && folder.contains("gradle/dependency-locks") => FileKind::GradleLock,
        _ if ends(".sbt") => FileKind::SbtBuild,
        _ if ends(".scala") && last_part(folder) == "project" => FileKind::SbtBuild,
        _ if ends(".gemspec") => FileKind::Gemspec,
        _ if name.starts_with("gemfile.") || ends(".gemfile") => FileKind::Gemfile,
        _ if ends(".gemfile.lock") => FileKind::GemfileLock,
        _ if ends(".csproj") || ends(".fsproj") || ends(".vbproj") => FileKind::DotNetProject,
        _ if conda_environment(name) => FileKind::CondaEnvironment,
        _ => return None,
    })
    .map(|kind| match kind {
        FileKind::Gemfile if name.rsplit('.').next() == Some("lock") => FileKind::GemfileLock,
        kind => kind,
    })
}

fn conda_environment(name: &str) -> bool {
    name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).is_some_and(|stem| {
        stem == "environment"
            || ["environment-", "environment_", "conda-env", "conda_env"]
                .iter()
                .any(|start| stem.starts_with(start))
            || stem.ends_with("-environment") && stem.contains("conda")
    })
}

fn commands(name: &str, folder: &str) -> Option<FileKind> {
    let stem = name.split('.').next().unwrap_or_default();
    if matches!(stem, "dockerfile" | "containerfile")
        || name.starts_with("dockerfile-")
        || name.starts_with("dockerfile_")
        || name.ends_with(".dockerfile")
        || name.ends_with(".containerfile")
        || name.ends_with("-dockerfile")
        || name.ends_with("_dockerfile")
    {
        return Some(FileKind::Dockerfile);
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if matches!(extension, "sh" | "bash") {
        return Some(FileKind::ShellScript);
    }
    if stem == "jenkinsfile" {
        return Some(FileKind::CiWorkflow);
    }
    (matches!(extension, "yml" | "yaml") && is_ci(name, folder)).then_some(FileKind::CiWorkflow)
}

fn is_ci(name: &str, folder: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let under = |parent: &str| {
        folder == parent
            || folder.starts_with(&format!("{parent}/"))
            || folder.ends_with(&format!("/{parent}"))
    };
    matches!(
        stem,
        "action"
            | ".gitlab-ci"
            | ".travis"
            | ".drone"
            | "cloudbuild"
            | "bitbucket-pipelines"
            | "appveyor"
            | ".appveyor"
    ) || stem.ends_with(".gitlab-ci")
        || ["azure-pipelines", "buildspec"].iter().any(|start| stem.starts_with(start))
        || [
            ".github/workflows",
            ".github/actions",
            ".gitlab",
            ".circleci",
            ".tekton",
            ".buildkite",
            ".woodpecker",
        ]
        .into_iter()
        .any(under)
}

fn last_part(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or_default()
}

/// The words of a name: `dev-requirements_py3` has three.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.', ' ', '/']).filter(|word| !word.is_empty())
}

/// Says whether a word of a file's, folder's or group's name announces that nothing of it is deployed.
pub(super) fn is_dev_word(word: &str) -> bool {
    [
        "dev",
        "devel",
        "develop",
        "development",
        "test",
        "tests",
        "testing",
        "unittest",
        "unittests",
        "e2e",
        "lint",
        "linting",
        "linters",
        "doc",
        "docs",
        "documentation",
        "ci",
        "qa",
        "mypy",
        "typing",
        "style",
        "bench",
        "benchmark",
        "benchmarks",
        "coverage",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (path, expected) in [
            ("requirements.txt", Some(FileKind::Requirements)),
            ("requirements-dev.txt", Some(FileKind::Requirements)),
            ("app/test-requirements.txt", Some(FileKind::Requirements)),
            ("app/requirements/base.txt", Some(FileKind::Requirements)),
            ("requirements/prod.in", Some(FileKind::Requirements)),
            ("requirements3.txt", Some(FileKind::Requirements)),
            ("requirements.lock", Some(FileKind::Requirements)),
            ("dev-requirements", Some(FileKind::Requirements)),
            ("requirements/README.txt", None),
            ("notes.txt", None),
            ("requirements.md", None),
            ("constraints-3.8.txt", Some(FileKind::Constraints)),
            ("upper-constraints.txt", Some(FileKind::Constraints)),
            ("Pipfile", Some(FileKind::Pipfile)),
            ("svc/Pipfile.lock", Some(FileKind::PipfileLock)),
            ("pylock.toml", Some(FileKind::PylockToml)),
            ("environment.yml", Some(FileKind::CondaEnvironment)),
            ("web/package.json", Some(FileKind::PackageJson)),
            ("npm-shrinkwrap.json", Some(FileKind::PackageLock)),
            ("gradle/libs.versions.toml", Some(FileKind::GradleCatalogue)),
            ("app/build.gradle.kts", Some(FileKind::GradleBuild)),
            ("gradle/dependencies.gradle", Some(FileKind::GradleBuild)),
            ("gradle/dependency-locks/compileClasspath.lockfile", Some(FileKind::GradleLock)),
            ("gradle.properties", Some(FileKind::GradleProperties)),
            ("buildSrc/src/main/kotlin/Versions.kt", Some(FileKind::GradleBuild)),
            ("build.sbt", Some(FileKind::SbtBuild)),
            ("project/Dependencies.scala", Some(FileKind::SbtBuild)),
            ("src/Main.scala", None),
            ("Gemfile", Some(FileKind::Gemfile)),
            ("Gemfile.next.lock", Some(FileKind::GemfileLock)),
            ("gemfiles/rails_7.gemfile", Some(FileKind::Gemfile)),
            ("x.gemspec", Some(FileKind::Gemspec)),
            ("src/Shop/Shop.csproj", Some(FileKind::DotNetProject)),
            ("Directory.Packages.props", Some(FileKind::DotNetCentral)),
            ("Directory.Build.props", Some(FileKind::DotNetProject)),
            ("packages.lock.json", Some(FileKind::DotNetLock)),
            ("Dockerfile", Some(FileKind::Dockerfile)),
            ("docker/Dockerfile.prod", Some(FileKind::Dockerfile)),
            ("worker.dockerfile", Some(FileKind::Dockerfile)),
            ("Containerfile", Some(FileKind::Dockerfile)),
            (".github/workflows/ci.yml", Some(FileKind::CiWorkflow)),
            ("tools/setup/action.yml", Some(FileKind::CiWorkflow)),
            (".gitlab-ci.yml", Some(FileKind::CiWorkflow)),
            (".circleci/config.yml", Some(FileKind::CiWorkflow)),
            ("Jenkinsfile.release", Some(FileKind::CiWorkflow)),
            ("scripts/run.sh", Some(FileKind::ShellScript)),
            ("k8s/deployment.yaml", None),
            ("mix.exs", Some(FileKind::MixExs)),
        ] {
            assert_eq!(recognise(&path.into()), expected, "{path}");
        }
    }

    #[test]
    fn all_lists_every_kind_once() {
        let mut all = FileKind::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), FileKind::ALL.len());
        assert_eq!(all.last(), Some(&FileKind::ShellScript));
    }
}
