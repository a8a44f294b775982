//! One side of the change, read as far as it is asked for.
//!
//! In: a reader and a tree. Out: the facts of single files, and the files of the whole tree that can matter for a
//! question, found by their names first and by a word in their bytes second, so that a large tree stays unread.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::builds::Builds;
use super::env_reads::{self, CodeName};
use super::{FileFacts, dependencies, extract, kin};
use crate::change::{Entry, EntryKind, FILE_LIMIT, ReadError, ReadErrorKind, Reader, Tree};
use crate::document::ParseError;
use crate::source::{Origin, RepoPath, SourceFile, Span};

/// Lock files of large projects are larger than anything that a person writes.
const LOCK_LIMIT: u64 = 32 * 1024 * 1024;

/// At most this many bytes of files that the change itself does not touch are searched.
const SEARCH_LIMIT: u64 = 200 * 1024 * 1024;

/// What came of reading one file.
#[derive(Debug, Clone)]
pub enum Reading {
    /// No such file on this side.
    Absent,
    Facts(Rc<FileFacts>),
    /// Text, but nothing that means anything for a deployment.
    Nothing(Arc<SourceFile>),
    Failed(Rc<Failure>),
}

/// Why a file could not be understood.
#[derive(Debug, Clone)]
pub struct Failure {
    pub reason: String,
    pub span: Span,
    /// The text, where there is one: what a check looks into to say whether the file could matter to it.
    pub source: Option<Arc<SourceFile>>,
    /// Templated: the text is not what will be deployed.
    pub template: bool,
    /// Encrypted as a whole: nobody without the key is meant to read it.
    pub encrypted: bool,
    /// Too large or not in this clone: nobody has looked into it.
    pub unread: bool,
}

/// Every file of a tree.
pub(super) type Listing = Rc<Vec<(RepoPath, Entry)>>;
/// Readings by path and content.
type Readings = HashMap<(RepoPath, Entry), Reading>;
/// Files that hold a name, by the home of the application that asked and the name.
type NamingNear = HashMap<(Vec<String>, String), Vec<RepoPath>>;

pub struct Snapshot<'a> {
    reader: &'a dyn Reader,
    tree: &'a Tree,
    readings: RefCell<HashMap<RepoPath, Reading>>,
    /// What either side read, by content: most files are the same on both.
    shared: Rc<RefCell<Readings>>,
    listing: RefCell<Option<Listing>>,
    builds: RefCell<Option<Rc<Builds>>>,
    /// The files that a name was found in.
    naming: RefCell<HashMap<String, Vec<RepoPath>>>,
    naming_near: RefCell<NamingNear>,
    /// What its code reads of its environment, once somebody asked.
    code_names: RefCell<Option<Rc<Vec<CodeName>>>>,
    /// What was asked for and could not be searched in full, in words.
    shortfalls: RefCell<BTreeSet<String>>,
}

impl<'a> Snapshot<'a> {
    pub fn new(reader: &'a dyn Reader, tree: &'a Tree) -> Self {
        Self {
            reader,
            tree,
            readings: RefCell::default(),
            shared: Rc::default(),
            listing: RefCell::default(),
            builds: RefCell::default(),
            naming: RefCell::default(),
            naming_near: RefCell::default(),
            code_names: RefCell::default(),
            shortfalls: RefCell::default(),
        }
    }

    /// The other side of the same change: what both have is read once.
    #[must_use]
    pub fn beside(&self, tree: &'a Tree) -> Self {
        Self { shared: self.shared.clone(), ..Self::new(self.reader, tree) }
    }

    pub fn exists(&self, path: &RepoPath) -> Result<bool, ReadError> {
        Ok(self.reader.entry(self.tree, path)?.is_some())
    }

    /// The text of a file, whatever it is; `None` where it is absent, too large or no text.
    pub fn text(&self, path: &RepoPath) -> Result<Option<Arc<SourceFile>>, ReadError> {
        let Some(entry) = self.reader.entry(self.tree, path)? else { return Ok(None) };
        if entry.kind != EntryKind::File {
            return Ok(None);
        }
        match self.reader.read(&entry, FILE_LIMIT) {
            Ok(bytes) => Ok(SourceFile::decode(Origin::File(path.clone()), bytes).ok()),
            Err(error) if matches!(error.kind, ReadErrorKind::TooLarge(_) | ReadErrorKind::MissingObject) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The facts of a file of this side.
    pub fn reading(&self, path: &RepoPath) -> Result<Reading, ReadError> {
        if let Some(known) = self.readings.borrow().get(path) {
            return Ok(known.clone());
        }
        let entry = self.reader.entry(self.tree, path)?;
        self.reading_of(path, entry.as_ref())
    }

    /// The facts of a file whose entry was listed.
    pub(super) fn reading_of(&self, path: &RepoPath, entry: Option<&Entry>) -> Result<Reading, ReadError> {
        if let Some(known) = self.readings.borrow().get(path) {
            return Ok(known.clone());
        }
        let reading = match entry {
            None => Reading::Absent,
            Some(entry) => {
                let key = (path.clone(), entry.clone());
                let known = self.shared.borrow().get(&key).cloned();
                if let Some(known) = known {
                    known
                } else {
                    let reading = self.read(path, entry)?;
                    self.shared.borrow_mut().insert(key, reading.clone());
                    reading
                }
            }
        };
        self.readings.borrow_mut().insert(path.clone(), reading.clone());
        Ok(reading)
    }

    pub fn facts(&self, path: &RepoPath) -> Result<Option<Rc<FileFacts>>, ReadError> {
        Ok(match self.reading(path)? {
            Reading::Facts(facts) => Some(facts),
            Reading::Absent | Reading::Nothing(_) | Reading::Failed(_) => None,
        })
    }

    fn read(&self, path: &RepoPath, entry: &Entry) -> Result<Reading, ReadError> {
        let failed = |reason: String, source: Option<Arc<SourceFile>>, span: Span| {
            Reading::Failed(Rc::new(Failure {
                reason,
                span,
                source,
                template: false,
                encrypted: false,
                unread: false,
            }))
        };
        let unread = |reason: String| {
            Reading::Failed(Rc::new(Failure {
                reason,
                span: Span::default(),
                source: None,
                template: false,
                encrypted: false,
                unread: true,
            }))
        };
        match entry.kind {
            EntryKind::File => {}
            EntryKind::Symlink => {
                return Ok(failed(
                    "is a symbolic link, which is never followed".to_owned(),
                    None,
                    Span::default(),
                ));
            }
            EntryKind::Submodule => {
                return Ok(failed(
                    "is a submodule, which is never fetched".to_owned(),
                    None,
                    Span::default(),
                ));
            }
            EntryKind::Odd(mode) => {
                return Ok(failed(
                    format!("has the mode {mode:o}, which git never writes"),
                    None,
                    Span::default(),
                ));
            }
        }
        let limit = if dependencies::recognise(path).is_some_and(dependencies::is_lock) {
            LOCK_LIMIT
        } else {
            FILE_LIMIT
        };
        let bytes = match self.reader.read(entry, limit) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind, ReadErrorKind::TooLarge(_)) => {
                return Ok(unread(format!("is too large to be judged: {error}")));
            }
            // One file that this clone does not hold is no reason to leave the others unjudged.
            Err(error) if error.kind == ReadErrorKind::MissingObject => {
                let mend = error.mend.as_deref().unwrap_or_default();
                return Ok(unread(format!("is not in this clone: {mend}")));
            }
            Err(error) => return Err(error),
        };
        if bytes.starts_with(b"\0GITCRYPT\0") {
            return Ok(Reading::Failed(Rc::new(Failure {
                reason: "is encrypted with git-crypt".to_owned(),
                span: Span::default(),
                source: None,
                template: false,
                encrypted: true,
                unread: false,
            })));
        }
        if bytes.starts_with(b"version https://git-lfs.github.com/spec/v1") {
            return Ok(failed("its content is in Git LFS, not in git".to_owned(), None, Span::default()));
        }
        let source = match SourceFile::decode(Origin::File(path.clone()), bytes) {
            Ok(source) => source,
            Err(error) => return Ok(failed(error.to_string(), None, Span::default())),
        };
        Ok(match extract(&source) {
            Ok(Some(facts)) => Reading::Facts(Rc::new(facts)),
            Ok(None) => Reading::Nothing(source),
            Err(error) => {
                let span = match &error {
                    ParseError::Syntax { span, .. } | ParseError::Limit { span, .. } => *span,
                };
                let template = source.text().contains("{{") || source.text().contains("{%");
                Reading::Failed(Rc::new(Failure {
                    reason: error.to_string(),
                    span,
                    source: Some(source),
                    template,
                    encrypted: false,
                    unread: false,
                }))
            }
        })
    }

    /// Every file of the tree, listed once.
    pub fn files(&self) -> Result<Listing, ReadError> {
        if let Some(known) = self.listing.borrow().as_ref() {
            return Ok(known.clone());
        }
        let mut files = Vec::new();
        self.reader.list(self.tree, "", &mut |path, entry| files.push((path, entry)))?;
        files.sort();
        let files = Rc::new(files);
        *self.listing.borrow_mut() = Some(files.clone());
        Ok(files)
    }

    /// The kustomizations of the tree, read once, when somebody asks.
    pub fn builds(&self) -> Result<Rc<Builds>, ReadError> {
        if let Some(known) = self.builds.borrow().as_ref() {
            return Ok(known.clone());
        }
        let builds = Rc::new(Builds::of(self)?);
        *self.builds.borrow_mut() = Some(builds.clone());
        Ok(builds)
    }

    /// The files of deploy configuration in which one of these names stands as a whole word.
    pub fn files_defining(
        &self,
        names: &BTreeSet<&str>,
        wanted: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<Vec<RepoPath>, ReadError> {
        let part = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        let is_sought = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| names.contains(word));
        let mut found = Vec::new();
        let reads = |path: &RepoPath| may_deploy(path) && wanted(path);
        self.search(&self.files()?, &reads, &mut |path, bytes| {
            if bytes.split(part).any(is_sought) {
                found.push(path.clone());
            }
        })?;
        Ok(found)
    }

    /// The files whose path is wanted and whose bytes hold one of the words. Sorted by path.
    pub fn files_holding(
        &self,
        wanted: &dyn Fn(&RepoPath) -> bool,
        words: &[&str],
    ) -> Result<Vec<RepoPath>, ReadError> {
        let mut files: Vec<RepoPath> =
            self.files_holding_each(wanted, words)?.into_values().flatten().collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// For each word the files that hold it.
    fn files_holding_each(
        &self,
        wanted: &dyn Fn(&RepoPath) -> bool,
        words: &[&str],
    ) -> Result<HashMap<String, Vec<RepoPath>>, ReadError> {
        self.holding_each(&self.files()?, wanted, words)
    }

    /// Looks into the bytes of every wanted file, as far as a run may read. What is left out is noted.
    fn search(
        &self,
        files: &[(RepoPath, Entry)],
        wanted: &dyn Fn(&RepoPath) -> bool,
        look: &mut dyn FnMut(&RepoPath, &[u8]),
    ) -> Result<(), ReadError> {
        let mut budget = SEARCH_LIMIT;
        for (path, entry) in files {
            if entry.kind != EntryKind::File || !wanted(path) {
                continue;
            }
            match self.reader.read(entry, FILE_LIMIT.min(budget)) {
                Ok(bytes) => {
                    budget = budget.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                    look(path, &bytes);
                }
                Err(error)
                    if matches!(error.kind, ReadErrorKind::TooLarge(_) | ReadErrorKind::MissingObject) =>
                {
                    self.shortfalls.borrow_mut().insert(format!("{path}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn holding_each(
        &self,
        files: &[(RepoPath, Entry)],
        wanted: &dyn Fn(&RepoPath) -> bool,
        words: &[&str],
    ) -> Result<HashMap<String, Vec<RepoPath>>, ReadError> {
        let mut found: HashMap<String, Vec<RepoPath>> =
            words.iter().map(|word| ((*word).to_owned(), Vec::new())).collect();
        self.search(files, wanted, &mut |path, bytes| {
            for word in words {
                if memchr::memmem::find(bytes, word.as_bytes()).is_some()
                    && let Some(files) = found.get_mut(*word)
                {
                    files.push(path.clone());
                }
            }
        })?;
        Ok(found)
    }

    /// The files of deploy configuration that hold one of these names and may belong to the application of `asker`.
    /// The rest of the tree is not even listed.
    pub(super) fn files_naming_near(
        &self,
        asker: &RepoPath,
        names: &[&str],
    ) -> Result<Vec<RepoPath>, ReadError> {
        let home = kin::home(asker);
        let key = |name: &str| (home.clone(), name.to_owned());
        let unknown: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !self.naming_near.borrow().contains_key(&key(name)))
            .collect();
        if !unknown.is_empty() {
            let mut near = Vec::new();
            let enter = |folder: &RepoPath| kin::may_hold_kin(folder, &home);
            self.reader.list_within(self.tree, "", &enter, &mut |path, entry| near.push((path, entry)))?;
            near.retain(|(path, _)| kin::are_kin(path, asker));
            near.sort();
            let found = self.holding_each(&near, &may_deploy, &unknown)?;
            let found = found.into_iter().map(|(name, files)| (key(&name), files));
            self.naming_near.borrow_mut().extend(found);
        }
        let known = self.naming_near.borrow();
        let mut files: Vec<RepoPath> =
            names.iter().filter_map(|name| known.get(&key(name))).flatten().cloned().collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The files of deploy configuration that hold one of these names. Each name is searched for once.
    pub fn files_naming(&self, names: &[&str]) -> Result<Vec<RepoPath>, ReadError> {
        let unknown: Vec<&str> =
            names.iter().copied().filter(|name| !self.naming.borrow().contains_key(*name)).collect();
        if !unknown.is_empty() {
            let found = self.files_holding_each(&may_deploy, &unknown)?;
            self.naming.borrow_mut().extend(found);
        }
        let known = self.naming.borrow();
        let mut files: Vec<RepoPath> =
            names.iter().filter_map(|name| known.get(*name)).flatten().cloned().collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The names of environment variables that the deployed code of this side reads.
    pub fn code_names(&self) -> Result<Rc<Vec<CodeName>>, ReadError> {
        if let Some(known) = self.code_names.borrow().as_ref() {
            return Ok(known.clone());
        }
        let names = Rc::new(env_reads::code_names(self)?);
        *self.code_names.borrow_mut() = Some(names.clone());
        Ok(names)
    }

    /// What a search had to leave out.
    pub fn shortfalls(&self) -> Vec<String> {
        self.shortfalls.borrow().iter().cloned().collect()
    }
}

/// Whether a file can hold a manifest, by its name alone.
fn may_deploy(path: &RepoPath) -> bool {
    let name = path.file_name();
    matches!(path.extension().as_deref(), Some("yaml" | "yml" | "json" | "tpl" | "j2" | "tmpl" | "tf"))
        || name.eq_ignore_ascii_case("kustomization")
}
