//! Which two trees are compared: from what was asked to base and head.

use super::{
    Asker, Change, Commit, ObjectId, PullRequests, PushDestination, ReadError, ReadErrorKind, Reader, Side,
    Tree,
};

/// At most this many commits of a change are looked at.
const COMMIT_LIMIT: usize = 1_000;

/// What is to be judged.
#[derive(Debug, Clone)]
pub enum Request {
    /// HEAD against where it left its upstream or the default branch.
    SinceUpstream,
    /// `head` against where it left `base`. A missing base means [`Request::SinceUpstream`]'s for that head.
    Range { base: Option<String>, head: String },
    /// The index against HEAD.
    Staged,
    /// The work tree, untracked files included, against HEAD.
    WorkTree,
    /// Two commits as they are: what CI's event names.
    Exact {
        asker: Asker,
        /// Without one everything is new.
        base: Option<(String, ObjectId)>,
        head: (String, ObjectId),
        target: Option<String>,
        /// How many commits there are between, merges by the platform left out, where it says so.
        commits: Option<usize>,
    },
    /// One ref line of a push.
    Push { local: ObjectId, remote: ObjectId, remote_ref: String, destination: PushDestination },
}

/// Finds base and head, lists the files that differ and the commits between.
pub fn read_change(reader: &dyn Reader, request: &Request) -> Result<Change, ReadError> {
    match request {
        Request::SinceUpstream => since_upstream(reader, "HEAD"),
        Request::Range { base: None, head } => since_upstream(reader, head),
        Request::Range { base: Some(base), head } => between(reader, base, head),
        Request::Exact { asker, base, head, target, commits } => {
            let mut change = finish(reader, *asker, base.clone(), head.clone(), Vec::new())?;
            change.target.clone_from(target);
            if change.cut_at.is_some() {
                let (own, whole) = own_line(&change, *commits);
                change.commits = own;
                change.cut_at = change.cut_at.filter(|_| !whole);
            }
            Ok(change)
        }
        Request::Staged => local(reader, Asker::Staged, Tree::Index, "the index"),
        Request::WorkTree => local(reader, Asker::WorkTree, Tree::WorkTree, "the work tree"),
        Request::Push { local, remote, remote_ref, destination } => {
            pushed(reader, local, remote, remote_ref, destination)
        }
    }
}

fn since_upstream(reader: &dyn Reader, head: &str) -> Result<Change, ReadError> {
    let tip = reader.resolve_commit(head).map_err(|error| without_commits(reader, error))?;
    let branch = reader.head_branch();
    let upstream = branch.as_deref().and_then(|branch| reader.upstream_of(branch));
    let mut candidates: Vec<String> = upstream.into_iter().collect();
    candidates.extend(default_branches(reader));
    let own = branch.filter(|name| reader.reference(name).as_ref() == Some(&tip));
    candidates.retain(|candidate| Some(candidate) != own.as_ref());
    for candidate in candidates {
        let Some(id) = reader.reference(&candidate) else { continue };
        let name = short_name(&candidate);
        if let Some(base) = reader.merge_base(&id, &tip)? {
            let label = format!("where {head} left {name}");
            return finish(reader, Asker::Range, Some((label, base)), (head.to_owned(), tip), Vec::new());
        }
        return Err(no_common_history(reader, name, head));
    }
    let note =
        format!("no upstream and no default branch to compare with: the last commit of {head} is judged");
    let parent = first_parent(reader, &tip)?.map(|parent| (format!("{head}^"), parent));
    finish(reader, Asker::Range, parent, (head.to_owned(), tip), vec![note])
}

/// The branches that others build on, most telling first.
fn default_branches(reader: &dyn Reader) -> Vec<String> {
    let mut names = Vec::new();
    let mut remotes: Vec<String> = reader.remotes().into_iter().map(|(name, _)| name).collect();
    remotes.sort_by_key(|name| (name != "origin", name.clone()));
    for remote in remotes {
        names.extend(default_branch_of(reader, &remote));
    }
    names.extend(["refs/heads/main".to_owned(), "refs/heads/master".to_owned()]);
    names
}

pub(super) fn default_branch_of(reader: &dyn Reader, remote: &str) -> Option<String> {
    reader.symbolic_reference(&format!("refs/remotes/{remote}/HEAD")).or_else(|| {
        ["main", "master"]
            .iter()
            .map(|branch| format!("refs/remotes/{remote}/{branch}"))
            .find(|name| reader.reference(name).is_some())
    })
}

fn short_name(reference: &str) -> &str {
    reference
        .strip_prefix("refs/heads/")
        .or_else(|| reference.strip_prefix("refs/remotes/"))
        .unwrap_or(reference)
}

/// The first parent; an error where a shallow clone has cut it off, `None` only for a true first commit.
fn first_parent(reader: &dyn Reader, commit: &ObjectId) -> Result<Option<ObjectId>, ReadError> {
    let Some(parent) = reader.parents(commit)?.into_iter().next() else {
        if reader.is_shallow() {
            return Err(cut_off(commit));
        }
        return Ok(None);
    };
    if reader.has_object(&parent) { Ok(Some(parent)) } else { Err(cut_off(commit)) }
}

fn cut_off(commit: &ObjectId) -> ReadError {
    ReadError::new(
        ReadErrorKind::MissingObject,
        format!("the clone is shallow and ends at {}: there is nothing to compare it with", commit.short()),
    )
    .mended_by("git fetch --deepen=50   (in a workflow: `fetch-depth: 0` for the checkout)")
}

fn no_common_history(reader: &dyn Reader, base: &str, head: &str) -> ReadError {
    let what = format!("`{base}` and `{head}` have no common history here");
    let error = ReadError::new(ReadErrorKind::MissingObject, what);
    if reader.is_shallow() {
        error.mended_by("the clone is shallow: git fetch --unshallow   (in a workflow: `fetch-depth: 0`)")
    } else {
        error.mended_by("name a base that the head was built on: --base <commit>")
    }
}

fn without_commits(reader: &dyn Reader, error: ReadError) -> ReadError {
    match reader.head_branch() {
        Some(branch) if reader.reference(&branch).is_none() => ReadError::new(
            ReadErrorKind::UnknownRevision,
            format!("{} has no commit yet", short_name(&branch)),
        )
        .mended_by("judge what is staged with --staged, or commit first"),
        _ => error,
    }
}

fn between(reader: &dyn Reader, base: &str, head: &str) -> Result<Change, ReadError> {
    let missing = |error: ReadError, name: &str| {
        // What is counted from another revision can't be asked of a remote by its name.
        let counted = name.contains(['^', '~', '@', ':']);
        match (reader.is_shallow(), counted) {
            (true, true) => error.mended_by("the clone is shallow: git fetch --deepen=50"),
            (true, false) => {
                error.mended_by(format!("the clone is shallow: git fetch --depth=50 origin {name}"))
            }
            (false, true) => error.mended_by("name a revision that is here: `git log --oneline` lists them"),
            (false, false) => error.mended_by(format!("fetch it first: git fetch origin {name}")),
        }
    };
    for name in [base, head] {
        unambiguous(reader, name)?;
    }
    let tip = reader.resolve_commit(head).map_err(|error| missing(error, head))?;
    let from = match reader.resolve_commit(base) {
        Ok(from) => from,
        Err(error) => {
            // A bare tree has no history: it is compared as it is. The empty tree is one of these.
            let tree = reader.resolve_tree(base).map_err(|_| missing(error, base))?;
            let files_base = Side { label: base.to_owned(), commit: None, tree: Tree::Object(tree) };
            return assemble(reader, Asker::Range, files_base, (head.to_owned(), tip), Vec::new());
        }
    };
    let Some(merge_base) = reader.merge_base(&from, &tip)? else {
        return Err(no_common_history(reader, base, head));
    };
    let label = if merge_base == from { base.to_owned() } else { format!("where {head} left {base}") };
    finish(reader, Asker::Range, Some((label, merge_base)), (head.to_owned(), tip), Vec::new())
}

/// A name that a tag and a branch have stands for the tag, and tags are pushed by people who may not push to the branch.
fn unambiguous(reader: &dyn Reader, revision: &str) -> Result<(), ReadError> {
    let name = revision.split(['^', '~', '@', ':']).next().unwrap_or_default();
    let full =
        |kind: &&str| Some(format!("refs/{kind}/{name}")).filter(|full| reader.reference(full).is_some());
    let named: Vec<String> = ["tags", "heads", "remotes"].iter().filter_map(full).collect();
    let mut meant: Vec<_> = named.iter().filter_map(|full| reader.reference(full)).collect();
    meant.dedup();
    if meant.len() < 2 {
        return Ok(());
    }
    let what = format!("`{revision}` has more than one meaning here: {}", named.join(", "));
    Err(ReadError::new(ReadErrorKind::UnknownRevision, what).mended_by("name the one that is meant in full"))
}

fn local(reader: &dyn Reader, asker: Asker, tree: Tree, label: &str) -> Result<Change, ReadError> {
    let head = reader.resolve_commit("HEAD");
    let base = match head {
        Ok(commit) => Side {
            label: "HEAD".to_owned(),
            tree: Tree::Object(reader.resolve_tree(commit.as_str())?),
            commit: Some(commit),
        },
        // Before the first commit everything is new.
        Err(_) if reader.head_branch().is_some_and(|branch| reader.reference(&branch).is_none()) => {
            Side { label: "nothing".to_owned(), commit: None, tree: Tree::Empty }
        }
        Err(error) => return Err(error),
    };
    let files = reader.diff(&base.tree, &tree)?;
    Ok(Change {
        asker,
        base,
        head: Side { label: label.to_owned(), commit: None, tree },
        files,
        commits: Vec::new(),
        target: None,
        force: None,
        authority: None,
        pull_requests: PullRequests::None,
        cut_at: None,
        notes: Vec::new(),
    })
}

fn pushed(
    reader: &dyn Reader,
    local: &ObjectId,
    remote: &ObjectId,
    remote_ref: &str,
    destination: &PushDestination,
) -> Result<Change, ReadError> {
    let mut notes = Vec::new();
    let Some(tip) = reader.peel_to_commit(local)? else {
        let nothing = Side { label: remote_ref.to_owned(), commit: None, tree: Tree::Empty };
        return Ok(Change {
            asker: Asker::Push,
            base: nothing.clone(),
            head: nothing,
            files: Vec::new(),
            commits: Vec::new(),
            target: Some(remote_ref.to_owned()),
            force: None,
            authority: None,
            pull_requests: PullRequests::None,
            cut_at: None,
            notes: vec![format!("{remote_ref}: a tag on something that is no commit, nothing to judge")],
        });
    };
    let known = remote_of(reader, destination);
    if known.is_none() {
        notes.push(
            "the push goes to no configured remote: compared with what is known of all remotes".to_owned(),
        );
    }
    let old = if remote.is_zero() { None } else { Some(remote) };
    let old_here = old.filter(|id| reader.has_object(id));
    let mut force = None;
    let base = if let Some(id) = old_here.and_then(|id| reader.peel_to_commit(id).transpose()) {
        let id = id?;
        force = Some(reader.merge_base(&id, &tip)?.as_ref() != Some(&id));
        Some((format!("{} on the remote", short_name(remote_ref)), id))
    } else {
        if old.is_some() {
            force = Some(true);
            notes.push(format!(
                "the remote's {} is a commit that was never fetched: judged as a forced push",
                short_name(remote_ref)
            ));
        }
        base_of_new_branch(reader, known.as_deref(), &tip)?
    };
    if base.is_none() {
        if reader.is_shallow() {
            return Err(no_common_history(reader, "the remote", remote_ref));
        }
        notes.push("the whole tree is judged: no common history with the remote".to_owned());
    }
    let mut change = finish(reader, Asker::Push, base, (remote_ref.to_owned(), tip), notes)?;
    // The commits are those between the two trees, whatever else the remote has of them: what they acknowledge is
    // what the trees' difference shows.
    change.target = Some(remote_ref.to_owned());
    change.force = force;
    Ok(change)
}

/// The configured remote that a push goes to: by name, or by any of its URLs.
pub(super) fn remote_of(reader: &dyn Reader, destination: &PushDestination) -> Option<String> {
    let remotes = reader.remotes();
    let by_name = remotes.iter().find(|(name, _)| *name == destination.name);
    let by_url = || {
        remotes
            .iter()
            .find(|(_, urls)| urls.iter().any(|url| *url == destination.url || *url == destination.name))
    };
    by_name.or_else(by_url).map(|(name, _)| name.clone())
}

/// Where a branch that the remote does not have left the remote's default branch, or any branch of it.
fn base_of_new_branch(
    reader: &dyn Reader,
    remote: Option<&str>,
    tip: &ObjectId,
) -> Result<Option<(String, ObjectId)>, ReadError> {
    let named = match remote {
        Some(remote) => default_branch_of(reader, remote).into_iter().collect(),
        None => default_branches(reader),
    };
    for name in named {
        let Some(id) = reader.reference(&name) else { continue };
        if let Some(base) = reader.merge_base(&id, tip)? {
            return Ok(Some((format!("where it left {}", short_name(&name)), base)));
        }
    }
    for id in reader.remote_tips(remote) {
        if let Some(base) = reader.merge_base(&id, tip)? {
            return Ok(Some(("where it left the remote's branches".to_owned(), base)));
        }
    }
    Ok(None)
}

/// The commits of a change in a clone that is too shallow to tell where the base's begin: those from parent to first
/// parent, below the platform's own merge, of which it is certain that they are the change's. The base's messages are no
/// plan of the change. With them, whether these are all.
fn own_line(change: &Change, count: Option<usize>) -> (Vec<Commit>, bool) {
    let commit = |id: &ObjectId| change.commits.iter().find(|commit| commit.id == *id);
    let mut line: Vec<Commit> = Vec::new();
    let mut next = change.head.commit.as_ref();
    if change.asker == Asker::PullRequest
        && let Some(merge) = next.and_then(commit)
        && merge.parents.first() == change.base.commit.as_ref()
        && merge.is_merge()
    {
        line.push(merge.clone());
        next = merge.parents.get(1);
    }
    // Without a number only the newest is certain.
    for _ in 0..count.unwrap_or(1) {
        let Some(own) = next.and_then(commit) else { return (line, false) };
        line.push(own.clone());
        // Some of the counted lie on its other side, and as many too many would be taken from the base.
        if own.is_merge() {
            return (line, false);
        }
        next = own.parents.first();
    }
    (line, count.is_some())
}

fn finish(
    reader: &dyn Reader,
    asker: Asker,
    base: Option<(String, ObjectId)>,
    head: (String, ObjectId),
    notes: Vec<String>,
) -> Result<Change, ReadError> {
    let base =
        match base {
            Some((label, commit)) => Side {
                label,
                tree: Tree::Object(reader.resolve_tree(commit.as_str()).map_err(|error| {
                    error.mended_by("the clone lacks this commit: git fetch --unshallow")
                })?),
                commit: Some(commit),
            },
            None => Side { label: "nothing".to_owned(), commit: None, tree: Tree::Empty },
        };
    assemble(reader, asker, base, head, notes)
}

fn assemble(
    reader: &dyn Reader,
    asker: Asker,
    base: Side,
    (label, tip): (String, ObjectId),
    notes: Vec<String>,
) -> Result<Change, ReadError> {
    let head =
        Side { label, tree: Tree::Object(reader.resolve_tree(tip.as_str())?), commit: Some(tip.clone()) };
    let files = reader.diff(&base.tree, &head.tree)?;
    let hidden: Vec<ObjectId> = base.commit.iter().cloned().collect();
    let commits = if base.commit.as_ref() == Some(&tip) {
        Vec::new()
    } else {
        reader.commits(&tip, &hidden, COMMIT_LIMIT)?
    };
    // A commit without parents that is not the first one of the project: the clone ends here.
    let cut_at = commits.iter().find(|commit| commit.parents.is_empty() && reader.is_shallow());
    let cut_at = cut_at.map(|commit| commit.id.clone());
    Ok(Change {
        asker,
        base,
        head,
        files,
        commits,
        target: None,
        force: None,
        authority: None,
        pull_requests: PullRequests::None,
        cut_at,
        notes,
    })
}
