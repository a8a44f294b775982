//! Both readers give the same answer to every question, on repositories of every shape.

use std::path::Path;

use deploy_guard::change::{
    Content, Entry, FILE_LIMIT, ObjectId, Preference, ReadError, Reader, Tree, open_with,
};

use crate::sandbox::{Commit, Repository, Sandbox};

/// Errors are compared by what the callers tell apart.
fn shown<T: std::fmt::Debug>(answer: Result<T, ReadError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:#?}"),
        Err(error) => format!("error: {:?}", error.kind),
    }
}

fn content(reader: &dyn Reader, entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return "nothing".to_owned() };
    // The place where a submodule's commit would be: nobody reads it.
    if let (deploy_guard::change::EntryKind::Submodule, Content::Blob(_)) = (entry.kind, &entry.content) {
        return "a submodule".to_owned();
    }
    shown(reader.read(entry, FILE_LIMIT))
}

/// Everything that a reader says of a repository.
fn told(reader: &dyn Reader, revisions: &[&str]) -> String {
    let mut out = String::new();
    let mut say = |what: &str, answer: String| {
        out.push_str(what);
        out.push_str(": ");
        out.push_str(&answer);
        out.push('\n');
    };
    say("root", format!("{:?}", reader.root().map(|root| root.components().collect::<std::path::PathBuf>())));
    let common = reader.common_folder().map(|folder| folder.canonicalize().unwrap());
    say("common folder", format!("{common:?}"));
    say("shallow", reader.is_shallow().to_string());
    say("head", format!("{:?}", reader.head_branch()));
    say("remotes", format!("{:?}", reader.remotes().iter().map(|(name, _)| name).collect::<Vec<_>>()));
    say("tips", format!("{:?} {:?}", reader.remote_tips(None), reader.remote_tips(Some("origin"))));
    for name in [
        "refs/heads/main",
        "refs/heads/topic",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "refs/tags/v1",
        "refs/tags/blob",
        "refs/heads/none",
    ] {
        let (commit, symbolic) = (reader.reference(name), reader.symbolic_reference(name));
        say(name, format!("{commit:?} {symbolic:?} {:?}", reader.upstream_of(name)));
    }
    let mut trees = vec![Tree::Empty];
    let mut commits: Vec<ObjectId> = Vec::new();
    for revision in revisions {
        let (commit, tree) = (reader.resolve_commit(revision), reader.resolve_tree(revision));
        commits.extend(commit.clone().ok());
        trees.extend(tree.clone().ok().map(Tree::Object));
        say(revision, format!("{} {}", shown(commit), shown(tree)));
    }
    for commit in &commits {
        say("parents", shown(reader.parents(commit)));
        say("peeled", shown(reader.peel_to_commit(commit)));
        say("history", shown(reader.commits(commit, &[], 100)));
        say("few", shown(reader.commits(commit, &[], 2)));
        for other in &commits {
            say("merge base", shown(reader.merge_base(commit, other)));
            say("between", shown(reader.commits(commit, std::slice::from_ref(other), 100)));
        }
    }
    let nowhere = ObjectId::parse(&"12".repeat(20)).unwrap();
    say("nowhere", format!("{} {}", reader.has_object(&nowhere), shown(reader.peel_to_commit(&nowhere))));
    let local: &[Tree] = if reader.root().is_some() { &[Tree::Index, Tree::WorkTree] } else { &[] };
    for base in &trees {
        for head in trees.iter().chain(local) {
            let files = reader.diff(base, head);
            for file in files.iter().flatten() {
                say("before", content(reader, file.base.as_ref()));
                say("after", content(reader, file.head.as_ref()));
            }
            say("diff", shown(files));
        }
    }
    for tree in trees.iter().chain(local) {
        for folder in ["", "deploy", "deploy/app.yaml", "none"] {
            let mut listed = Vec::new();
            let answer = reader.list(tree, folder, &mut |path, entry| listed.push((path, entry)));
            for (path, entry) in &listed {
                say("entry", shown(reader.entry(tree, path)));
                say("content", content(reader, Some(entry)));
            }
            say("list", format!("{} {listed:?}", shown(answer)));
        }
    }
    out
}

/// Asks both the same questions.
#[track_caller]
fn agree(folder: &Path, revisions: &[&str]) -> String {
    let by = |preference| {
        let reader =
            open_with(folder, false, preference).unwrap_or_else(|error| panic!("{preference:?}: {error}"));
        told(reader.as_ref(), revisions)
    };
    let (one, other) = (by(Preference::Libgit2), by(Preference::Git));
    if one != other {
        let lines: Vec<&str> = one.lines().collect();
        let place = other.lines().zip(&lines).take_while(|(one, other)| one == *other).count();
        let around =
            |text: &str| text.lines().skip(place.saturating_sub(12)).take(30).collect::<Vec<_>>().join("\n");
        panic!("--- libgit2\n{}\n--- git\n{}", around(&one), around(&other));
    }
    one
}

/// A folder that a script has made with git.
fn made<'a>(sandbox: &'a Sandbox, script: &str) -> Repository<'a> {
    let repository = sandbox.repository("r", &[Commit::new("first").write("deploy/app.yaml", "a: 1\n")]);
    repository.run("sh").args(["-ec", script]).succeed();
    repository
}

#[test]
fn g1_on_a_plain_history_with_tags_remotes_and_upstreams() {
    let sandbox = Sandbox::new();
    let remote = sandbox.repository("remote", &[Commit::new("first").write("deploy/app.yaml", "a: 1\n")]);
    let folder = sandbox.path("clone");
    sandbox.run("git", &sandbox.path("")).args(["clone", "-q", remote.url()]).arg(&folder).succeed();
    let script = "git checkout -q -b topic --track origin/main && mkdir deploy/prod && echo b >deploy/prod/b.yaml && git add -A && \
        git commit -qm 'second\n\nRollback-Plan: undo\n' && git tag -a -m one v1 && git tag -a -m two v2 v1 && \
        git tag blob HEAD:deploy/prod/b.yaml && git tag tree HEAD^{tree} && git rm -q deploy/app.yaml && git commit -qm third && \
        git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/gone";
    sandbox.run("sh", &folder).args(["-ec", script]).succeed();
    let revisions = [
        "HEAD",
        "HEAD~1",
        "v1",
        "v2",
        "v2^{tree}",
        "tree",
        "blob",
        "topic~2",
        ":/second",
        "HEAD^{/fir}",
        "none",
        "--all",
        "",
        "HEAD:deploy",
        "main@{0}",
        "@",
        "1212121212121212121212121212121212121212",
    ];
    let told = agree(&folder, &revisions);
    assert!(told.contains("refs/remotes/origin/gone"), "{told}");
    agree(&folder.join("deploy"), &["HEAD"]);
    agree(&folder.join(".git"), &["HEAD"]);
}

#[test]
fn g1_on_merges_and_crossed_merges() {
    let sandbox = Sandbox::new();
    // All commits have the same date, so that nothing but the order of the walk decides.
    let script = "echo 1 >1 && git add -A && git commit -qm one && git checkout -q -b topic HEAD~1 && echo 2 >2 && git add -A && \
        git commit -qm two && git branch first && git merge -q -m 'topic takes main' main && git checkout -q main && \
        git merge -q -m 'main takes topic' first && echo 3 >3 && git add -A && git commit -qm three && \
        git merge -q -m last topic && git checkout -q --orphan alone && git commit -qm alone";
    let repository = made(&sandbox, script);
    agree(&repository.folder, &["main", "topic", "first", "main^2", "alone"]);
}

#[test]
fn g1_on_what_is_staged_and_what_is_not() {
    let sandbox = Sandbox::new();
    let script = "cd deploy && echo old >removed && echo old >changed && echo old >staged && echo old >both && echo old >link && \
        echo old >'sp ace' && printf x >mode && echo '*.log' >.gitignore && git add -A && git commit -qm second && \
        rm removed && echo new >changed && echo new >staged && git add staged && echo one >both && git add both && \
        echo two >both && rm link && ln -s app.yaml link && echo untracked >untracked && echo x >a.log && echo new >'sp ace' && \
        mkdir -p inner/deep && echo x >inner/deep/file && chmod +x mode && git rm -q --cached app.yaml && touch .gitignore && \
        echo added >added && git add added && rm added && ln -s deep inner/link && git init -q nested && echo x >nested/x";
    let repository = made(&sandbox, script);
    agree(&repository.folder, &["HEAD", "HEAD~1"]);
    agree(&repository.folder.join("deploy/inner"), &["HEAD"]);
}

#[test]
fn g1_on_a_submodule_that_is_moved_added_or_taken_away() {
    let sandbox = Sandbox::new();
    let one = "160000,1111111111111111111111111111111111111111";
    let script = format!(
        "git update-index --add --cacheinfo {one},sub --cacheinfo {one},gone && git commit -qm second && \
         git update-index --cacheinfo 160000,2222222222222222222222222222222222222222,sub && git rm -q --cached gone && \
         git update-index --add --cacheinfo {one},new && mkdir -p sub && git init -q sub && git -C sub commit -q --allow-empty -m x"
    );
    let repository = made(&sandbox, &script);
    let told = agree(&repository.folder, &["HEAD", "HEAD~1"]);
    assert!(
        told.contains("before: a submodule\nafter: a submodule"),
        "what is staged of a submodule is seen"
    );
}

#[test]
fn g1_on_a_merge_with_conflicts_and_an_entry_that_is_only_intended() {
    let sandbox = Sandbox::new();
    let script = "git checkout -q -b topic && echo topic >deploy/app.yaml && git commit -qam topic && git checkout -q main && \
        echo main >deploy/app.yaml && git commit -qam main && ! git merge -q topic && echo later >later && git add -N later";
    let repository = made(&sandbox, script);
    agree(&repository.folder, &["HEAD"]);
}

#[test]
fn g1_what_is_only_intended_to_be_added_is_not_staged() {
    let sandbox = Sandbox::new();
    let script = "echo x >later && git add -N later && touch empty && git add empty && echo x >gone && git add -N gone && rm gone";
    let repository = made(&sandbox, script);
    agree(&repository.folder, &["HEAD"]);
    for preference in [Preference::Libgit2, Preference::Git] {
        let reader = open_with(&repository.folder, false, preference).unwrap();
        let base = Tree::Object(reader.resolve_tree("HEAD").unwrap());
        let staged = reader.diff(&base, &Tree::Index).unwrap();
        assert_eq!(staged.iter().map(|file| file.path.lossy()).collect::<Vec<_>>(), ["empty"]);
    }
}

#[test]
fn g1_what_a_sparse_checkout_left_out_is_not_deleted() {
    let sandbox = Sandbox::new();
    let script = "mkdir b && echo x >b/file && git add -A && git commit -qm second && \
        git sparse-checkout set --cone --no-sparse-index b && test ! -e deploy";
    let repository = made(&sandbox, script);
    agree(&repository.folder, &["HEAD", "HEAD~1"]);
    for preference in [Preference::Libgit2, Preference::Git] {
        let reader = open_with(&repository.folder, false, preference).unwrap();
        let base = Tree::Object(reader.resolve_tree("HEAD").unwrap());
        assert!(reader.diff(&base, &Tree::WorkTree).unwrap().is_empty());
        let mut listed = Vec::new();
        reader.list(&Tree::WorkTree, "", &mut |path, _| listed.push(path)).unwrap();
        assert_eq!(listed, ["b/file".into(), "deploy/app.yaml".into()]);
    }
}

#[test]
fn g1_before_the_first_commit() {
    let sandbox = Sandbox::new();
    let repository = sandbox.repository("r", &[]);
    repository.write("deploy/app.yaml", "a: 1\n");
    repository.git(&["add", "-A"]);
    agree(&repository.folder, &["HEAD", "main"]);
}

#[test]
fn g1_on_bare_detached_linked_shallow_and_sha_256_repositories() {
    let sandbox = Sandbox::new();
    let script = "echo 2 >2 && git add -A && git commit -qm second && echo 3 >3 && git add -A && git commit -qm third && cd .. && \
        git clone -q --bare r bare && git -C r worktree add -q --detach ../linked HEAD~1 && \
        git clone -q --depth 2 file://$PWD/r shallow && git clone -q --shared r shared && \
        git init -q -b main --object-format=sha256 sha256 && cd sha256 && mkdir deploy && echo 1 >deploy/app.yaml && git add -A && \
        git commit -qm first && echo 2 >deploy/app.yaml && git commit -qam second";
    let repository = made(&sandbox, script);
    for name in ["r", "bare", "linked", "shallow", "shared", "sha256"] {
        agree(&sandbox.path(name), &["HEAD", "HEAD~1", "HEAD~2"]);
    }
    repository.git(&["checkout", "-q", "--detach"]);
    agree(&repository.folder, &["HEAD"]);
}

/// Writes an object as it is, whatever git thinks of it.
fn object(repository: &Repository<'_>, kind: &str, bytes: &[u8]) -> String {
    let arguments = ["hash-object", "-t", kind, "-w", "--stdin", "--literally"];
    repository.run("git").args(arguments).stdin(bytes).succeed().stdout.trim().to_owned()
}

fn raw(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|place| u8::from_str_radix(&id[place..place + 2], 16).unwrap()).collect()
}

fn tree(repository: &Repository<'_>, entries: &[(&str, &[u8], &[u8])]) -> String {
    let lines = entries.iter().map(|(mode, name, id)| [mode.as_bytes(), b" ", name, b"\0", id].concat());
    object(repository, "tree", &lines.collect::<Vec<_>>().concat())
}

fn commit(repository: &Repository<'_>, tree: &str, author: &str, message: &[u8]) -> String {
    let head = format!("tree {tree}\nauthor {author}\ncommitter {author}\n\n");
    object(repository, "commit", &[head.as_bytes(), message].concat())
}

#[test]
fn g1_on_trees_that_git_would_not_write() {
    let sandbox = Sandbox::new();
    let repository = made(&sandbox, "true");
    let blob = &raw(&repository.git(&["rev-parse", "HEAD:deploy/app.yaml"]));
    let inner = &raw(&tree(&repository, &[("100644", b"x.yaml", blob)]));
    let (gone, nowhere) = ([2; 20], [3; 20]);
    let trees = [
        tree(
            &repository,
            &[
                ("100644", b"..", blob),
                ("100644", b"a/b", blob),
                ("100644", b"\xff\xfe", blob),
                ("100644", b"\x1b[2J\n", blob),
            ],
        ),
        tree(
            &repository,
            &[
                ("100777", b"odd", blob),
                ("120000", b"link", blob),
                ("160000", b"sub", &gone),
                ("100664", b"g", blob),
            ],
        ),
        tree(&repository, &[("100644", b"twice", blob), ("100755", b"twice", blob)]),
        tree(&repository, &[("40000", b"both", inner), ("100644", b"both", blob)]),
        tree(&repository, &[("040000", b"deploy", inner), ("40000", b".git", inner)]),
        tree(&repository, &[("100644", b"", blob)]),
        tree(&repository, &[("100644", b"gone", &gone), ("40000", b"nowhere", &nowhere)]),
        tree(&repository, &[("1000644", b"big", blob)]),
        object(&repository, "tree", b"100644 short\0abc"),
        object(&repository, "tree", b"100644"),
    ];
    for tree in &trees {
        let commit = commit(&repository, tree, "A <a@example.org> 1700000000 +0130", b"m\n");
        agree(&repository.folder, &[&commit, "HEAD"]);
    }
}

#[test]
fn g1_on_commits_that_git_would_not_write() {
    let sandbox = Sandbox::new();
    let repository = made(&sandbox, "true");
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    for author in [
        " .No,body. <.x@y.> 1700000000 -0930",
        " ,:;\\\"'No,body'\"\\;:, < ,x@y, > 1700000000 -0930",
        "A B <a> b <c> 12 +9999",
        "A <a>",
        "A <a> ",
        "A <a> 1700000000",
        "A <a> 99999999999999 +0000",
        "A <a> 99999999999999999999 +0000",
        "A <a> -5 +0000",
        "A <a> 12 +01:30",
        "A <a> 12 EST",
        "A <a> x +0000",
        "no address 1 +0000",
    ] {
        let commit = commit(&repository, &tree, author, b"\n\n  caf\xe9\n\nmore\n");
        agree(&repository.folder, &[&commit]);
    }
    for damaged in ["", "tree 12\n", "author A <a> 1 +0000\n"] {
        let commit = object(&repository, "commit", damaged.as_bytes());
        agree(&repository.folder, &[&commit]);
    }
}
