//! The deploy plan: what a person promises about a change before it goes out.
//!
//! In: the plan file, the messages of the change's commits, the pull request's body. Out: one [`DeployPlan`] whose every
//! value knows where it was written. Must not know which changes need one.

mod acknowledged;
mod emergency;
mod file;
mod markdown;
mod placeholder;
mod proposal;
mod rollback;
mod soak;
mod template;
mod ticket;
mod trailers;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;

use crate::change::{Commit, PullRequest};
use crate::source::{Origin, Problems, SourceFile, Span};

pub use acknowledged::{Deletion, Move};
pub use emergency::{BreakGlass, Emergency};
pub use placeholder::is_placeholder;
pub use rollback::{Lack, Part, Rollback, Why};
pub use soak::Soak;
pub use template::{ImageBefore, Proposal, template};

/// A value with the place where it was written, be that a file, a commit or a pull request.
#[derive(Debug, Clone)]
pub struct Stated<T> {
    pub value: T,
    pub source: Arc<SourceFile>,
    pub span: Span,
}

impl<T> Stated<T> {
    pub(crate) fn map<U>(&self, change: impl FnOnce(&T) -> U) -> Stated<U> {
        Stated { value: change(&self.value), source: self.source.clone(), span: self.span }
    }
}

impl Stated<String> {
    /// The items of a list with commas, each at its own place where the text stands as it is read.
    fn items(&self) -> Vec<Self> {
        let raw = self.source.slice(self.span);
        let verbatim = raw == self.value;
        let mut items = Vec::new();
        let mut start = 0;
        for item in self.value.split(',') {
            let trimmed = item.trim();
            let inner = trimmed.trim_matches('`').trim();
            if !inner.is_empty() {
                let indent = item.len() - item.trim_start().len();
                let at = self.span.start + start + indent;
                let span = if verbatim { Span::new(at, at + trimmed.len()) } else { self.span };
                items.push(Self { value: inner.to_owned(), source: self.source.clone(), span });
            }
            start += item.len() + 1;
        }
        items
    }
}

/// What a plan can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    RollbackPlan,
    RollbackTrigger,
    RollbackOwner,
    Soak,
    Deletes,
    Notified,
    Moves,
    Ticket,
    Reason,
    BreakGlass,
    ApprovedBy,
    BreakGlassReview,
}

impl Key {
    pub const ALL: [Self; 12] = [
        Self::RollbackPlan,
        Self::RollbackTrigger,
        Self::RollbackOwner,
        Self::Soak,
        Self::Deletes,
        Self::Notified,
        Self::Moves,
        Self::Ticket,
        Self::Reason,
        Self::BreakGlass,
        Self::ApprovedBy,
        Self::BreakGlassReview,
    ];

    /// The trailer's name; a heading has spaces in place of the dashes.
    pub const fn trailer(self) -> &'static str {
        match self {
            Self::RollbackPlan => "Rollback-Plan",
            Self::RollbackTrigger => "Rollback-Trigger",
            Self::RollbackOwner => "Rollback-Owner",
            Self::Soak => "Soak",
            Self::Deletes => "Deletes",
            Self::Notified => "Notified",
            Self::Moves => "Moves",
            Self::Ticket => "Ticket",
            Self::Reason => "Reason",
            Self::BreakGlass => "Break-Glass",
            Self::ApprovedBy => "Approved-By",
            Self::BreakGlassReview => "Break-Glass-Review",
        }
    }

    /// Says that something was done or is agreed to, which an unticked box does not.
    const fn acknowledges(self) -> bool {
        matches!(
            self,
            Self::Deletes
                | Self::Notified
                | Self::Moves
                | Self::BreakGlass
                | Self::ApprovedBy
                | Self::BreakGlassReview
        )
    }
}

/// Everything that was said about the change, from all sources.
#[derive(Debug, Clone, Default)]
pub struct DeployPlan {
    stated: Vec<(Key, Stated<String>)>,
    emergencies: Vec<BreakGlass>,
    stale: Option<Arc<SourceFile>>,
    near_misses: Vec<(Stated<String>, Key)>,
    cut: Vec<Arc<SourceFile>>,
    authors: Vec<String>,
    newest: Option<Timestamp>,
    /// Whose reviews count in place of what anybody can write into a message; `None` where there is no platform to ask.
    reviewed: Option<Vec<PullRequest>>,
}

/// What one source says.
#[derive(Debug, Default)]
struct Read {
    stated: Vec<(Key, Stated<String>)>,
    near_misses: Vec<(Stated<String>, Key)>,
    /// A limit was reached; what lies behind it is not read.
    cut: bool,
}

/// Who wrote a source, and when.
#[derive(Debug, Clone, Copy, Default)]
struct Written<'a> {
    people: &'a [String],
    made: Option<Timestamp>,
    pull_request: Option<u64>,
}

impl DeployPlan {
    /// Adds `.deploy-guard/plan.toml`. A file that is at fault is said, whole: it is somebody's plan.
    pub fn add_file(&mut self, source: &Arc<SourceFile>) -> Result<(), Problems> {
        let (read, emergencies) = file::read(source)?;
        self.stated.extend(read);
        self.emergencies.extend(emergencies);
        Ok(())
    }

    /// Notes a plan file that this change leaves as it was: it is the plan of an earlier one, and nothing in it counts.
    pub fn note_stale_file(&mut self, source: &Arc<SourceFile>) {
        self.stale = Some(source.clone());
    }

    /// Adds the trailers of a commit, with the people and the time that a break-glass entry is held against.
    pub fn add_commit(&mut self, commit: &Commit) {
        let origin = Origin::Commit(commit.id.short().to_owned());
        let source = SourceFile::new(origin, commit.message.clone());
        let made = commit.committer.when.as_ref().map(jiff::Zoned::timestamp);
        let people = [&commit.author, &commit.committer];
        let people: Vec<String> =
            people.into_iter().flat_map(|person| [person.name.clone(), person.email.clone()]).collect();
        self.newest = self.newest.max(made);
        self.take(trailers::read(&source), &source, &Written { people: &people, made, ..Written::default() });
        self.authors.extend(people);
    }

    /// Adds the trailers of a message of which nothing else is known.
    pub fn add_message(&mut self, source: &Arc<SourceFile>) {
        self.take(trailers::read(source), source, &Written::default());
    }

    /// Adds the sections of a pull request's body of which nothing else is known.
    pub fn add_body(&mut self, source: &Arc<SourceFile>) {
        self.take(markdown::read(source), source, &Written::default());
    }

    /// Adds a pull request: the sections of its body, and the tickets that its title and branch are named after.
    pub fn add_pull_request(&mut self, opened: &PullRequest) {
        let body = SourceFile::new(Origin::PullRequest, opened.body.clone());
        let written = Written { pull_request: Some(opened.number), ..Written::default() };
        self.take(markdown::read(&body), &body, &written);
        for text in [&opened.title, &opened.source_branch] {
            let source = SourceFile::new(Origin::PullRequest, text.clone());
            self.stated.extend(ticket::named(&source).map(|stated| (Key::Ticket, stated)));
        }
    }

    /// From here on an approving review on the platform opens what needs a second person, and no trailer does.
    pub fn countersigned_by_review(&mut self, pull_requests: &[PullRequest]) {
        self.reviewed = Some(pull_requests.to_vec());
    }

    fn take(&mut self, read: Read, source: &Arc<SourceFile>, written: &Written<'_>) {
        if read.cut {
            self.cut.push(source.clone());
        }
        self.emergencies.extend(emergency::of(&read.stated, written));
        self.stated.extend(read.stated);
        self.near_misses.extend(read.near_misses);
    }

    /// Nothing at all was said about this change.
    pub fn is_empty(&self) -> bool {
        self.stated.is_empty()
    }

    /// Every value of a key: of the plan file, then of the commits, then of the pull request, as they were added.
    pub fn values(&self, key: Key) -> impl Iterator<Item = &Stated<String>> {
        self.stated.iter().filter(move |(own, _)| *own == key).map(|(_, value)| value)
    }

    /// The plan file, where it is one of an earlier change.
    pub const fn stale_file(&self) -> Option<&Arc<SourceFile>> {
        self.stale.as_ref()
    }

    /// Trailers and headings that look like one of ours with a slip of the hand, and which one was meant.
    pub fn near_misses(&self) -> &[(Stated<String>, Key)] {
        &self.near_misses
    }

    /// Commits and bodies of which only the part within the limits was read.
    pub fn cut(&self) -> &[Arc<SourceFile>] {
        &self.cut
    }
}
