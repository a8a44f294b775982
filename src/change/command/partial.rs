//! What a partial clone left out: how much of it the compared trees need, and how to bring it.
//!
//! In: the trees that are compared. Out: an error that names the command, or the objects themselves where fetching is
//! allowed. A hook never asks another machine for anything by itself.

use std::cell::{Cell, OnceCell, RefCell};
use std::time::Duration;

use super::program::{Network, Program};
use crate::change::opening::{Compared, missing_object};
use crate::change::push::without_credentials;
use crate::change::{ObjectId, ReadError, ReadErrorKind, Tree};
use crate::source::escape_line;

/// What a remote may take to send two trees.
const PATIENCE: Duration = Duration::from_mins(5);

/// One fetch for all of both trees: blob by blob would be a connection each.
const FETCH: [&str; 6] =
    ["fetch", "--quiet", "--refetch", "--no-filter", "--no-tags", "--no-write-fetch-head"];

/// The part of a repository that its remote has kept.
pub(super) struct LeftOut {
    program: Program,
    /// The remote to ask; `None` where nothing was left out on purpose.
    remote: Option<String>,
    network: Network,
    compared: RefCell<Compared>,
    /// For how many of the trees a fetch was tried.
    fetched: Cell<usize>,
    count: OnceCell<usize>,
}

impl LeftOut {
    pub(super) fn new(program: &Program, remote: Option<&str>, network: Network) -> Self {
        Self {
            program: program.clone(),
            remote: remote.map(str::to_owned),
            network,
            compared: RefCell::default(),
            fetched: Cell::new(0),
            count: OnceCell::new(),
        }
    }

    /// Remembers a tree that this run reads from.
    pub(super) fn compares(&self, tree: &Tree) {
        self.compared.borrow_mut().add(tree);
    }

    /// Remembers a tree that something was looked up in.
    pub(super) fn reads(&self, tree: &Tree) {
        self.compared.borrow_mut().read_from(tree);
    }

    /// Fetches what the compared trees lack, once for each of them and only where that is allowed.
    pub(super) fn complete(&self) -> Result<bool, ReadError> {
        let Some(remote) = self.remote.as_ref().filter(|_| self.network == Network::Allowed) else {
            return Ok(false);
        };
        let before = self.fetched.replace(self.compared.borrow().trees().len());
        if before == self.fetched.get() {
            return Ok(false);
        }
        self.fetch(remote, before).map(|()| true)
    }

    fn fetch(&self, remote: &str, before: usize) -> Result<(), ReadError> {
        let compared = self.compared.borrow();
        let compared = compared.trees().get(before..).unwrap_or_default();
        let mut arguments = FETCH.to_vec();
        arguments.extend(["--no-prune", "--no-recurse-submodules", "--end-of-options", remote]);
        arguments.extend(compared.iter().map(ObjectId::as_str));
        let program = self.program.clone().with_network(Network::Allowed);
        let answer = program.run(&arguments, Vec::new(), PATIENCE)?;
        if answer.code == Some(0) {
            return Ok(());
        }
        let shown = shown(remote);
        let why = answer.without(remote, &shown).complaint();
        Err(ReadError::new(
            ReadErrorKind::Other,
            format!("fetching what this partial clone left out from {shown}: {why}"),
        ))
    }

    /// The error for an object that is not here.
    pub(super) fn missing(&self, what: String) -> ReadError {
        let error = missing_object(what);
        let Some(remote) = &self.remote else { return error };
        let compared = self.compared.borrow();
        let trees: Vec<&str> = compared.trees().iter().map(ObjectId::as_str).collect();
        if trees.is_empty() {
            return error;
        }
        let count = *self.count.get_or_init(|| self.count(&trees));
        let number = match count {
            0 | 1 => "it was".to_owned(),
            count => format!("{count} objects of the compared trees were"),
        };
        let (fetch, remote, trees) = (FETCH.join(" "), shown(remote), trees.join(" "));
        error.mended_by(format!("{number} left out of this partial clone: git {fetch} {remote} {trees}"))
    }

    /// How many objects of these trees are not here, as far as the folders that are here can tell.
    fn count(&self, trees: &[&str]) -> usize {
        let mut arguments =
            vec!["rev-list", "--objects", "--missing=print", "--no-object-names", "--no-walk"];
        arguments.extend(trees);
        let printed = self.program.ask(&arguments).unwrap_or_default();
        printed.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"?")).count()
    }
}

/// A remote in a text: by its name, or by a URL without what is secret in it.
fn shown(remote: &str) -> String {
    escape_line(&without_credentials(remote)).into_owned()
}
