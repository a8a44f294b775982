//! `init --github`, `--gitlab` and `--checklist`: the files that the gate and its plan need on a platform, and the list of
//! go/no-go.
//!
//! In: the files of `docs/examples` and `templates`, which are also what people read and copy there. Out: the same bytes in
//! the work tree.

use std::path::Path;

use super::super::Failure;
use super::super::arguments::{InitArguments, PlatformArguments};
use super::super::output::Output;
use super::bare;

const WORKFLOW: &str = include_str!("../../../docs/examples/github/deploy-guard.yml");
const TEMPLATE: &str = include_str!("../../../docs/examples/pull_request_template.md");

struct File {
    path: &'static str,
    text: &'static str,
    next: &'static str,
}

const GITHUB: [File; 2] = [
    File {
        path: ".github/workflows/deploy-guard.yml",
        text: WORKFLOW,
        next: "replace `_OWNER_/deploy-guard@000…` by where you have the action from and the hash of its commit; \
               when it is on the default branch, require the check `deploy-guard`",
    },
    File {
        path: ".github/pull_request_template.md",
        text: TEMPLATE,
        next: "keep the headings, the deploy plan is read from them",
    },
];

const GITLAB: [File; 1] = [File {
    path: ".gitlab/merge_request_templates/Default.md",
    text: TEMPLATE,
    next: "keep the headings, the deploy plan is read from them; the job that judges is \
           `templates/deploy-guard.gitlab-ci.yml` beside the program's source",
}];

const CHECKLIST: [File; 1] = [File {
    path: ".deploy-guard/checklist.toml",
    text: include_str!("../../../templates/checklist.toml"),
    next: "take the `#` away from what fits, put your own names in, and commit it; `deploy-guard go-nogo` says what is \
           wrong with it",
}];

pub(super) fn write(
    arguments: &InitArguments,
    root: Option<&Path>,
    output: &mut Output,
) -> Result<u8, Failure> {
    let PlatformArguments { github, gitlab, checklist } = arguments.platforms;
    let wanted = [(github, &GITHUB[..]), (gitlab, &GITLAB), (checklist, &CHECKLIST)];
    let files: Vec<&File> =
        wanted.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, files)| files).collect();
    if arguments.print {
        for file in files {
            output.print_exact(&format!("==> {} <==\n{}", file.path, file.text));
        }
        return Ok(0);
    }
    let Some(root) = root else { return Err(bare()) };
    // All or nothing: what is in the way of one file keeps the others from being written.
    for file in &files {
        if let Some(obstacle) = obstacle(root, file, arguments.force) {
            return Err(obstacle);
        }
    }
    let mut said = String::new();
    for file in files {
        let place = root.join(file.path);
        let folder = place.parent().unwrap_or(root);
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::unable(format!("the folder of {} can't be made: {error}", file.path))
        })?;
        Output::write_file(&place, file.text)?;
        said.push_str(&format!("Wrote {}.\n  Next: {}.\n", file.path, file.next));
    }
    output.print(&said);
    Ok(0)
}

fn obstacle(root: &Path, file: &File, force: bool) -> Option<Failure> {
    let place = root.join(file.path);
    let links = place.ancestors().take_while(|folder| *folder != root).any(Path::is_symlink);
    if links {
        let what = format!("{} leads through a symbolic link, which is never followed", file.path);
        return Some(Failure::usage(what));
    }
    if force || std::fs::read(&place).is_ok_and(|there| there == file.text.as_bytes()) {
        return None;
    }
    let there = if place.exists() { Some(file.path.to_owned()) } else { other_template(root, file) };
    there.map(|there| {
        Failure::usage_with_hint(
            format!("there is a {there} already"),
            "`--print` shows what would be written, to take over what is missing there; `--force` writes it",
        )
    })
}

/// GitHub takes a template from three folders, in any case, and shows one of them.
fn other_template(root: &Path, file: &File) -> Option<String> {
    const NAME: &str = "pull_request_template.md";
    if !file.path.ends_with(NAME) {
        return None;
    }
    [".github", "", "docs"].into_iter().find_map(|folder| {
        let entries = std::fs::read_dir(root.join(folder)).ok()?;
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let found = names.find(|name| name.eq_ignore_ascii_case(NAME))?;
        Some(if folder.is_empty() { found } else { format!("{folder}/{found}") })
    })
}
