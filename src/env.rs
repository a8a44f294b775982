//! The environment, read in one place: variables and the current folder.
//!
//! Nothing here switches a policy off.

use std::path::PathBuf;

/// What the environment says that deploy-guard listens to.
#[expect(clippy::struct_excessive_bools, reason = "each is a variable of its own")]
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub folder: PathBuf,
    /// A hook or a caller has told git where the repository is.
    pub git_is_told: bool,
    /// `CI` is set: nobody watches, nothing is asked.
    pub ci: bool,
    /// GitHub's runner reads along on both streams and obeys what looks like a command.
    pub github_actions: bool,
    /// Colour is not wanted.
    pub no_color: bool,
    /// The terminal can't move its cursor.
    pub dumb: bool,
    /// The locale can't show more than ASCII.
    pub ascii: bool,
}

/// One variable, where it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
fn current_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

/// The folders that programs are looked for in.
#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
pub fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// The person's own folder, where there is one.
pub fn home() -> Option<PathBuf> {
    variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from)
}

/// The files that a variable lists (`KUBECONFIG`), parted as this platform parts them.
pub fn listed_paths(text: &str) -> Vec<PathBuf> {
    std::env::split_paths(text).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// Where this program lies: what a hook records.
pub fn executable() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

impl Environment {
    pub fn read() -> Self {
        let git_variables =
            ["GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];
        let locale = variable("LC_ALL").or_else(|| variable("LC_CTYPE")).or_else(|| variable("LANG"));
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self {
            folder: current_folder(),
            git_is_told: git_variables.iter().any(|name| variable(name).is_some()),
            ci: variable("CI").is_some_and(|value| value != "false" && value != "0"),
            github_actions: variable("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            no_color: variable("NO_COLOR").is_some() || dumb,
            dumb,
            ascii: locale.is_none_or(|locale| {
                let locale = locale.to_ascii_lowercase();
                !(locale.contains("utf-8") || locale.contains("utf8"))
            }),
        }
    }
}
