//! `init --github | --gitlab`: which files, and what is never written over.

use std::path::Path;

use super::refused_as_usage;
use crate::sandbox::{Commit, Repository, Sandbox};

const WORKFLOW: &str = ".github/workflows/deploy-guard.yml";
const TEMPLATE: &str = ".github/pull_request_template.md";
const OF_GITLAB: &str = ".gitlab/merge_request_templates/Default.md";

fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn empty(sandbox: &Sandbox) -> Repository<'_> {
    sandbox.repository("shop", &[Commit::new("first").write("README.md", "")])
}

fn read(repository: &Repository<'_>, path: &str) -> Option<String> {
    std::fs::read_to_string(repository.folder.join(path)).ok()
}

#[test]
fn what_it_writes_are_the_examples_of_the_documentation() {
    let sandbox = Sandbox::new();
    let repository = empty(&sandbox);
    let outcome = repository.guard(&["init", "--github"]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.stdout.contains("_OWNER_"), "what is to be replaced is said: {outcome}");
    assert_eq!(read(&repository, WORKFLOW), Some(example("github/deploy-guard.yml")));
    assert_eq!(read(&repository, TEMPLATE), Some(example("pull_request_template.md")));
    assert_eq!(read(&repository, OF_GITLAB), None);
    assert_eq!(read(&repository, "deploy-guard.toml"), None);

    let outcome = repository.guard(&["init", "--gitlab", "--github"]);
    assert_eq!(outcome.code, 0, "what is there already as it would be written is no obstacle: {outcome}");
    assert_eq!(read(&repository, OF_GITLAB), Some(example("pull_request_template.md")));
    assert_eq!(repository.git(&["status", "--porcelain"]).lines().count(), 2, "nothing else");
}

#[test]
fn print_writes_nothing_and_says_which_file_is_which() {
    let sandbox = Sandbox::new();
    let repository = empty(&sandbox);
    let outcome = repository.guard(&["init", "--github", "--print"]);
    let expected = format!(
        "==> {WORKFLOW} <==\n{}==> {TEMPLATE} <==\n{}",
        example("github/deploy-guard.yml"),
        example("pull_request_template.md")
    );
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, expected.as_str()));
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_file_that_is_there_is_kept_and_nothing_is_written_beside_it() {
    for there in [
        TEMPLATE,
        ".github/PULL_REQUEST_TEMPLATE.md",
        "docs/pull_request_template.md",
        "Pull_Request_Template.md",
    ] {
        let sandbox = Sandbox::new();
        let repository = empty(&sandbox);
        repository.write(there, "ours\n");
        refused_as_usage(&repository.guard(&["init", "--github"]), there);
        assert_eq!(read(&repository, there).as_deref(), Some("ours\n"));
        assert_eq!(read(&repository, WORKFLOW), None, "not even the file that nothing is in the way of");
        let forced = repository.guard(&["init", "--github", "--force"]);
        assert_eq!(forced.code, 0, "{forced}");
        assert_eq!(read(&repository, TEMPLATE), Some(example("pull_request_template.md")));
    }
    let sandbox = Sandbox::new();
    let bare = sandbox.bare("remote");
    refused_as_usage(&bare.guard(&["init", "--gitlab"]), "bare");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_work_tree_is_not_followed_not_even_by_force() {
    let sandbox = Sandbox::new();
    let repository = empty(&sandbox);
    let outside = sandbox.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, repository.folder.join(".github")).unwrap();
    refused_as_usage(&repository.guard(&["init", "--github", "--force"]), "symbolic link");
    assert_eq!(std::fs::read_dir(outside).unwrap().count(), 0);
}
