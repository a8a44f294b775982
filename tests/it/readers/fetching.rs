//! Fetching what a clone lacks, on request.

use deploy_guard::change::fetch;

use crate::sandbox::{Commit, Sandbox};

#[test]
fn fetching_brings_what_was_asked_for_and_nothing_else() {
    let sandbox = Sandbox::new();
    let origin = sandbox.repository("origin", &[Commit::new("first").write("a", "1\n")]);
    let url = format!("file://{}", origin.url());
    let clone = sandbox.path("clone");
    sandbox.run("git", &sandbox.path("")).args(["clone", "-q", "--depth", "1", &url]).arg(&clone).succeed();
    let clone = crate::sandbox::Repository { sandbox: &sandbox, folder: clone };
    let before = clone.refs();
    let second = origin.commit(Commit::new("second").write("a", "2\n"));
    origin.git(&["tag", "v1"]);
    let refspec = format!("{second}:refs/deploy-guard/base");
    fetch(&clone.folder, "origin", &[refspec], 1).unwrap();
    assert_eq!(clone.refs(), format!("refs/deploy-guard/base {second}\n{before}"), "no tag came along");
    assert!(!clone.folder.join(".git/FETCH_HEAD").exists());
}

#[test]
fn a_fetch_that_fails_says_why_and_never_the_password() {
    let sandbox = Sandbox::new();
    let work = sandbox.repository("r", &[Commit::new("first").write("a", "1\n")]);
    for remote in
        ["https://me:s3cret@127.0.0.1:1/x.git", "ftp://me:s3cret@127.0.0.1:1/x.git", "--upload-pack=s3cret"]
    {
        let error = fetch(&work.folder, remote, &["main".to_owned()], 0).unwrap_err();
        assert!(error.what.starts_with("fetching from "), "{error}");
        assert!(!format!("{error:?}").contains("me:s3cret"), "{error:?}");
    }
    let error = fetch(&work.folder, "ext::sh -c touch% ran", &["main".to_owned()], 0).unwrap_err();
    assert!(error.what.contains("'ext' not allowed"), "{error}");
    assert!(!work.folder.join("ran").exists());
}
