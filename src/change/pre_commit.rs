//! What a push asks for as pre-commit and prek tell it: by variables, having read git's lines themselves.
//!
//! In: the variables as a plain struct. Out: a [`PreCommitRange`]. Opens no repository and reads no environment.

use super::push::is_full_ref;
use super::{ObjectId, PushDestination};
use crate::source::RepoPath;

/// The variables that pre-commit and prek set for a hook of the pre-push stage. They pass on neither stdin nor arguments.
///
/// Not `Debug`: the URL may hold a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PreCommitVariables {
    /// `PRE_COMMIT`: "1" inside either of the two.
    pub running: Option<String>,
    /// `PRE_COMMIT_FROM_REF`: the other side's tip, or the parent of the first commit it lacks; absent where a root is pushed.
    pub from_ref: Option<String>,
    /// `PRE_COMMIT_TO_REF`: the object pushed, or what was given to `--to-ref`.
    pub to_ref: Option<String>,
    /// `PRE_COMMIT_LOCAL_BRANCH`
    pub local_branch: Option<String>,
    /// `PRE_COMMIT_REMOTE_BRANCH`
    pub remote_branch: Option<String>,
    /// `PRE_COMMIT_REMOTE_NAME`
    pub remote_name: Option<String>,
    /// `PRE_COMMIT_REMOTE_URL`
    pub remote_url: Option<String>,
}

/// The one update that pre-commit and prek tell of: the first of a push, and never a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreCommitRange {
    /// The revision to judge against; where it is absent, the base is found as for a new ref.
    pub from: Option<String>,
    /// The revision to judge.
    pub to: String,
    pub local_ref: Option<RepoPath>,
    pub remote_ref: Option<RepoPath>,
    pub destination: Option<PushDestination>,
}

/// Why pre-commit's variables were not enough. Its configuration's fault: a stage other than pre-push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPreCommitRange {
    #[error(
        "pre-commit set neither PRE_COMMIT_TO_REF nor PRE_COMMIT_LOCAL_BRANCH: is the hook's stage pre-push?"
    )]
    NoTip,
    #[error("{0} does not hold a revision")]
    NotARevision(&'static str),
    #[error("PRE_COMMIT_REMOTE_BRANCH does not name a ref that git would accept")]
    RemoteRef,
}

impl PreCommitVariables {
    /// Whether one of the two runs this program.
    pub fn is_running(&self) -> bool {
        self.running.as_deref() == Some("1")
    }

    /// Reads what is pushed out of the variables.
    pub fn range(&self) -> Result<PreCommitRange, NoPreCommitRange> {
        let from = revision(self.from_ref.as_deref(), "PRE_COMMIT_FROM_REF")?;
        let to = match revision(self.to_ref.as_deref(), "PRE_COMMIT_TO_REF")? {
            Some(to) => to,
            None => revision(self.local_branch.as_deref(), "PRE_COMMIT_LOCAL_BRANCH")?
                .ok_or(NoPreCommitRange::NoTip)?,
        };
        let remote_ref = given(self.remote_branch.as_deref()).map(RepoPath::from);
        if remote_ref.as_ref().is_some_and(|name| !is_full_ref(name.bytes())) {
            return Err(NoPreCommitRange::RemoteRef);
        }
        let url = given(self.remote_url.as_deref());
        let destination = given(self.remote_name.as_deref())
            .or(url)
            .map(|name| PushDestination { name: name.to_owned(), url: url.unwrap_or_default().to_owned() });
        Ok(PreCommitRange {
            from,
            to,
            local_ref: given(self.local_branch.as_deref()).map(RepoPath::from),
            remote_ref,
            destination,
        })
    }
}

/// A variable that is set but empty says nothing.
fn given(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !text.is_empty())
}

/// A revision goes on to git: it must not read as one of git's options, and a zero id stands for no revision at all.
fn revision(value: Option<&str>, name: &'static str) -> Result<Option<String>, NoPreCommitRange> {
    match given(value) {
        None => Ok(None),
        Some(text) if text.starts_with('-') || text.contains(['\0', '\n', '\r']) => {
            Err(NoPreCommitRange::NotARevision(name))
        }
        Some(text) if ObjectId::parse(text).is_some_and(|id| id.is_zero()) => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIP: &str = "1111111111111111111111111111111111111111";
    const BASE: &str = "2222222222222222222222222222222222222222";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn push_of_main() -> PreCommitVariables {
        PreCommitVariables {
            running: Some("1".to_owned()),
            from_ref: Some(BASE.to_owned()),
            to_ref: Some(TIP.to_owned()),
            local_branch: Some("refs/heads/main".to_owned()),
            remote_branch: Some("refs/heads/main".to_owned()),
            remote_name: Some("origin".to_owned()),
            remote_url: Some("https://me:s3cret@host/x.git".to_owned()),
        }
    }

    #[test]
    fn the_variables_of_a_push_give_its_range() {
        let range = push_of_main().range().unwrap();
        assert_eq!(range.from.as_deref(), Some(BASE));
        assert_eq!(range.to, TIP);
        assert_eq!(range.local_ref, Some("refs/heads/main".into()));
        assert_eq!(range.remote_ref, Some("refs/heads/main".into()));
        assert_eq!(range.destination.as_ref().unwrap().display(), "origin");
        assert!(!format!("{range:?}").contains("s3cret"));
    }

    #[test]
    fn a_root_push_is_read_by_its_local_branch_and_has_no_base() {
        let variables = PreCommitVariables { from_ref: None, to_ref: None, ..push_of_main() };
        let range = variables.range().unwrap();
        assert_eq!((range.from.as_deref(), range.to.as_str()), (None, "refs/heads/main"));
    }

    #[test]
    fn a_zero_or_empty_from_is_no_base() {
        for from in [ZERO, &ZERO.repeat(2)[..64], ""] {
            let variables = PreCommitVariables { from_ref: Some(from.to_owned()), ..push_of_main() };
            assert_eq!(variables.range().unwrap().from, None, "{from:?}");
        }
    }

    #[test]
    fn a_remote_known_by_its_url_only_is_shown_without_its_password() {
        let variables = PreCommitVariables { remote_name: None, ..push_of_main() };
        assert_eq!(variables.range().unwrap().destination.unwrap().display(), "https://host/x.git");
    }

    #[test]
    fn variables_without_a_tip_are_refused() {
        assert_eq!(PreCommitVariables::default().range(), Err(NoPreCommitRange::NoTip));
        let zero = PreCommitVariables { to_ref: Some(ZERO.to_owned()), local_branch: None, ..push_of_main() };
        assert_eq!(zero.range(), Err(NoPreCommitRange::NoTip));
    }

    #[test]
    fn a_revision_that_would_be_an_option_is_refused() {
        for text in ["--upload-pack=x", "-q", "a\nb", "a\0"] {
            let to = PreCommitVariables { to_ref: Some(text.to_owned()), ..push_of_main() };
            assert_eq!(to.range(), Err(NoPreCommitRange::NotARevision("PRE_COMMIT_TO_REF")), "{text:?}");
            let from = PreCommitVariables { from_ref: Some(text.to_owned()), ..push_of_main() };
            assert_eq!(from.range(), Err(NoPreCommitRange::NotARevision("PRE_COMMIT_FROM_REF")), "{text:?}");
        }
    }

    #[test]
    fn a_remote_branch_that_is_no_ref_is_refused() {
        for name in ["main", "refs/", "refs/heads/a b", "refs/heads/\u{1b}[2J"] {
            let variables = PreCommitVariables { remote_branch: Some(name.to_owned()), ..push_of_main() };
            assert_eq!(variables.range(), Err(NoPreCommitRange::RemoteRef), "{name:?}");
        }
    }

    #[test]
    fn only_the_value_one_means_that_pre_commit_runs_us() {
        assert!(push_of_main().is_running());
        assert!(!PreCommitVariables { running: Some("0".to_owned()), ..push_of_main() }.is_running());
        assert!(!PreCommitVariables { running: None, ..push_of_main() }.is_running());
    }
}
