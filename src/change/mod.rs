//! From git to a [`Change`]: a pair of trees, the files that differ, the commits between, and who asks.
//!
//! In: a repository and a request. Out: a [`Change`] whose contents are read through a [`Reader`] by object id. Knows
//! nothing of formats: a blob is bytes.

mod command;
mod commit;
mod memory;
mod opening;
pub mod pre_commit;
mod protected_ref;
mod pull_request;
pub mod push;
mod range;
mod read;
mod remembered;
mod restored;
mod trees;
mod work_tree;

use crate::source::RepoPath;

pub use command::fetch;
pub use commit::{Commit, Person};
pub use memory::Memory;
pub use opening::{Preference, open, open_fetching, open_with};
pub use protected_ref::{Protection, protection};
pub use pull_request::{Approval, Approvals, Label, PullRequest, PullRequests, ToldBy};
pub use push::PushDestination;
pub use range::{Request, read_change};
pub use remembered::Remembered;
pub use restored::restored_state;

/// The name of a git object, in hex: 40 digits, or 64 in a SHA-256 repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// Takes 40 or 64 hex digits, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (hex && matches!(text.len(), 40 | 64)).then(|| Self(text.to_ascii_lowercase()))
    }

    /// From the bytes that stand in a tree.
    fn of_bytes(bytes: &[u8]) -> Self {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
        Self(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that people read.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }

    /// All zeros: git's way to say "no object", whatever the hash's length.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a tree holds under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    File,
    Symlink,
    Submodule,
    /// A mode that git itself never writes.
    Odd(u32),
}

impl EntryKind {
    pub const fn of_mode(mode: u32) -> Self {
        match mode {
            0o100_644 | 0o100_755 | 0o100_664 => Self::File,
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            other => Self::Odd(other),
        }
    }
}

/// One entry of a tree, not read yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub kind: EntryKind,
    pub content: Content,
}

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    Blob(ObjectId),
    /// A file of the work tree that no object holds yet.
    WorkFile(RepoPath),
}

/// A side of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// Nothing: the first commit's base.
    Empty,
    Object(ObjectId),
    Index,
    WorkTree,
}

/// A side with the name that people know it by.
#[derive(Debug, Clone)]
pub struct Side {
    pub label: String,
    pub commit: Option<ObjectId>,
    pub tree: Tree,
}

/// A file that differs between the sides; renames are a removal and an addition.
#[derive(Debug, Clone)]
pub struct FileChange {
    pub path: RepoPath,
    pub base: Option<Entry>,
    pub head: Option<Entry>,
}

/// Who asks for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Range,
    Push,
    Staged,
    WorkTree,
    PullRequest,
    /// A merge queue, with the pull requests that are next.
    MergeGroup,
    Deployment,
}

impl Asker {
    /// Whether the rules must come from the base side: what is not committed yet can still be edited by its author.
    pub const fn trusts_only_base(self) -> bool {
        !matches!(self, Self::Staged | Self::WorkTree)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Push => "push",
            Self::Staged => "staged",
            Self::WorkTree => "worktree",
            Self::PullRequest => "pull-request",
            Self::MergeGroup => "merge-group",
            Self::Deployment => "deployment",
        }
    }
}

/// What is judged.
#[derive(Debug, Clone)]
pub struct Change {
    pub asker: Asker,
    pub base: Side,
    pub head: Side,
    /// Sorted by path.
    pub files: Vec<FileChange>,
    /// Newest first.
    pub commits: Vec<Commit>,
    /// The ref that a push moves.
    pub target: Option<String>,
    /// A push that throws commits of the remote away, as far as it can be known.
    pub force: Option<bool>,
    /// Where the rules are read from, where base may not decide: a branch that nobody protects.
    pub authority: Option<Side>,
    /// What brought it here.
    pub pull_requests: PullRequests,
    /// The first commit of the change that this clone still has, where earlier ones are cut off: what their messages say
    /// of the change is not known.
    pub cut_at: Option<ObjectId>,
    /// What a person should know about how the range was found.
    pub notes: Vec<String>,
}

impl Change {
    /// What may have been said about the change where nobody could read it; why it could not be read.
    pub fn unread(&self) -> Option<String> {
        if let PullRequests::Unknown(why) = &self.pull_requests {
            return Some(why.clone());
        }
        let cut = self.cut_at.as_ref()?;
        Some(format!(
            "the clone is shallow and ends at {}: the messages of earlier commits of this change can't be read (`fetch-depth: 0`, or git fetch --deepen=50)",
            cut.short()
        ))
    }
}

/// Why git could not give what was asked for, and what mends it. Always exit 3.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ReadError {
    pub what: String,
    pub mend: Option<String>,
    pub kind: ReadErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadErrorKind {
    NoRepository,
    /// A revision that this repository does not have.
    UnknownRevision,
    MissingObject,
    /// Over the bound on one file's size: bytes found.
    TooLarge(u64),
    /// The repository belongs to somebody else, and git was not told to trust it.
    NotTrusted,
    /// The repository uses something that this reader does not know.
    Unsupported,
    Other,
}

impl ReadError {
    pub fn new(kind: ReadErrorKind, what: impl Into<String>) -> Self {
        Self { what: what.into(), mend: None, kind }
    }

    #[must_use]
    pub fn mended_by(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

/// At most this many bytes of one file are judged.
pub const FILE_LIMIT: u64 = 5 * 1024 * 1024;

/// Everything that is read from git, so that a second reader can stand beside libgit2.
pub trait Reader {
    /// The reader's name, for the report.
    fn name(&self) -> &'static str;
    /// The folder of the work tree, where there is one.
    fn root(&self) -> Option<std::path::PathBuf>;
    /// The folder that all work trees of the repository share: `.git` of the first one.
    fn common_folder(&self) -> Option<std::path::PathBuf>;
    /// The commit that a revision means, tags peeled.
    fn resolve_commit(&self, revision: &str) -> Result<ObjectId, ReadError>;
    /// The tree of a commit, or of anything else that has one.
    fn resolve_tree(&self, revision: &str) -> Result<ObjectId, ReadError>;
    /// What an object id of a push leads to: `None` for a tag on something that is no commit.
    fn peel_to_commit(&self, id: &ObjectId) -> Result<Option<ObjectId>, ReadError>;
    fn has_object(&self, id: &ObjectId) -> bool;
    fn is_shallow(&self) -> bool;
    fn merge_base(&self, one: &ObjectId, other: &ObjectId) -> Result<Option<ObjectId>, ReadError>;
    fn parents(&self, commit: &ObjectId) -> Result<Vec<ObjectId>, ReadError>;
    /// The commits that `tip` has and `hidden` do not, newest first, at most `limit`; where nothing is hidden by their
    /// dates alone, without looking at the rest of the history.
    fn commits(&self, tip: &ObjectId, hidden: &[ObjectId], limit: usize) -> Result<Vec<Commit>, ReadError>;
    /// The commit at the tip of a ref, by its full name.
    fn reference(&self, name: &str) -> Option<ObjectId>;
    /// The ref that a symbolic ref names.
    fn symbolic_reference(&self, name: &str) -> Option<String>;
    /// All remote-tracking tips of one remote, or of all.
    fn remote_tips(&self, remote: Option<&str>) -> Vec<ObjectId>;
    /// Names of configured remotes, each with its URLs.
    fn remotes(&self) -> Vec<(String, Vec<String>)>;
    /// The full name of the branch that HEAD is on.
    fn head_branch(&self) -> Option<String>;
    /// Who works here, as git's configuration has it: a mail address, else a name.
    fn user(&self) -> Option<String>;
    /// The full name of the remote-tracking ref that a local branch follows.
    fn upstream_of(&self, branch: &str) -> Option<String>;
    fn diff(&self, base: &Tree, head: &Tree) -> Result<Vec<FileChange>, ReadError>;
    /// Visits every file of a tree; `folder` limits it to what lies below, and a folder that `enter` does not want is
    /// not opened.
    fn list_within(
        &self,
        tree: &Tree,
        folder: &str,
        enter: &dyn Fn(&RepoPath) -> bool,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError>;
    /// Visits every file of a tree below a folder.
    fn list(
        &self,
        tree: &Tree,
        folder: &str,
        visit: &mut dyn FnMut(RepoPath, Entry),
    ) -> Result<(), ReadError> {
        self.list_within(tree, folder, &|_| true, visit)
    }
    fn entry(&self, tree: &Tree, path: &RepoPath) -> Result<Option<Entry>, ReadError>;
    /// The bytes of an entry; over `limit` bytes an error of kind [`ReadErrorKind::TooLarge`], without reading them.
    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError>;
}
