//! The pull request that brings a change, as the platform tells of it. Plain data; who may believe it is decided elsewhere.

use jiff::Timestamp;

use super::ObjectId;

/// The pull requests of a change, as far as anybody could find out. A merge request of GitLab is one of them.
#[derive(Debug, Clone, Default)]
pub enum PullRequests {
    /// There is no platform here: a push from a desk, a range, what is staged.
    #[default]
    None,
    Known(Vec<PullRequest>),
    /// There may be some, and they could not be read; why.
    Unknown(String),
}

impl PullRequests {
    pub fn known(&self) -> &[PullRequest] {
        match self {
            Self::Known(known) => known,
            Self::None | Self::Unknown(_) => &[],
        }
    }
}

/// One pull request. Every text in it is written by whoever opened it.
#[derive(Debug, Clone)]
pub struct PullRequest {
    pub number: u64,
    pub url: Option<String>,
    pub title: String,
    pub body: String,
    /// The login of who opened it.
    pub author: String,
    pub source_branch: String,
    pub target_branch: String,
    /// Its newest commit.
    pub head: ObjectId,
    pub labels: Vec<Label>,
    pub approvals: Approvals,
    pub told_by: ToldBy,
}

/// Where the facts come from. An event is as old as the run, and a re-run keeps the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    Event,
    Api { at: Timestamp },
}

/// A label with who set it, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// Who agreed to it.
#[derive(Debug, Clone)]
pub enum Approvals {
    /// The last word of each reviewer that is an approval, and everybody who had a hand in the commits.
    Known { approvals: Vec<Approval>, contributors: Vec<String> },
    /// Nobody could be asked; why.
    Unknown(String),
}

/// One approval that was not dismissed or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The reviewer's login.
    pub by: String,
    pub at: Timestamp,
    /// The commit that it was given to; `None` where that commit is gone.
    pub commit: Option<ObjectId>,
    /// Whether the reviewer may write to the repository.
    pub may_write: bool,
}

impl PullRequest {
    pub fn label(&self, name: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// The newest approval that counts: by a second person who may write, given to the newest commit. Otherwise why
    /// there is none.
    pub fn approval(&self) -> Result<&Approval, String> {
        let (approvals, contributors) = match &self.approvals {
            Approvals::Known { approvals, contributors } => (approvals, contributors),
            Approvals::Unknown(why) => return Err(why.clone()),
        };
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let mut why = "nobody approved it".to_owned();
        let mut newest: Option<&Approval> = None;
        for approval in approvals {
            if same(&approval.by, &self.author) || contributors.iter().any(|own| same(own, &approval.by)) {
                why = format!("{} approved it and had a hand in it: a second person has to", approval.by);
            } else if !approval.may_write {
                why = format!("{} approved it and may not write to this repository", approval.by);
            } else if approval.commit.is_none() {
                why = format!("{} approved it, and nobody can say which commit: it is gone", approval.by);
            } else if approval.commit.as_ref() != Some(&self.head) {
                why = format!(
                    "{} approved an earlier state of it: the newest commit, {}, has to be approved",
                    approval.by,
                    self.head.short()
                );
            } else if newest.is_none_or(|known| known.at < approval.at) {
                newest = Some(approval);
            }
        }
        newest.ok_or(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        ObjectId::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn approval(by: &str, commit: Option<ObjectId>, may_write: bool) -> Approval {
        Approval { by: by.to_owned(), at: Timestamp::UNIX_EPOCH, commit, may_write }
    }

    fn with(approvals: Vec<Approval>) -> PullRequest {
        PullRequest {
            number: 1,
            url: None,
            title: String::new(),
            body: String::new(),
            author: "opener".to_owned(),
            source_branch: String::new(),
            target_branch: String::new(),
            head: id('a'),
            labels: Vec::new(),
            approvals: Approvals::Known { approvals, contributors: vec!["helper".to_owned()] },
            told_by: ToldBy::Event,
        }
    }

    #[test]
    fn only_a_second_person_who_may_write_approves_and_only_the_newest_commit() {
        let counted = with(vec![approval("second", Some(id('a')), true)]);
        assert_eq!(counted.approval().unwrap().by, "second");
        for (refused, word) in [
            (vec![], "nobody"),
            (vec![approval("Opener", Some(id('a')), true)], "second person"),
            (vec![approval("helper", Some(id('a')), true)], "second person"),
            (vec![approval("second", Some(id('a')), false)], "may not write"),
            (vec![approval("second", Some(id('b')), true)], "earlier state"),
            (vec![approval("second", None, true)], "which commit"),
        ] {
            let why = with(refused).approval().map(|found| found.by.clone()).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
