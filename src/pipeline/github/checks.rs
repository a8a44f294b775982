//! What ran on a commit: check runs of apps and commit statuses, two ways in which GitHub tells the same.
//!
//! In: a commit. Out: a [`Check`] for each run and each status, the list whole or an error. Which of them count is decided
//! by whoever asks.

use jiff::Timestamp;

use super::answers::{CheckRuns, Pull, Statuses};
use super::api::{Api, object};
use crate::change::ObjectId;
use crate::pipeline::api::{ApiError, clipped};
use crate::source::escape_line;

/// How a check stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckState {
    Success,
    /// It has not ended.
    Pending,
    /// It ended without a word for or against: `skipped`, `neutral`.
    Silent(String),
    /// In GitHub's word: `failure`, `cancelled`, `timed_out`.
    Failed(String),
}

/// One run of a check, or the last status of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub state: CheckState,
    /// The app that runs it; none for a status.
    pub app: Option<String>,
    /// The run of GitHub Actions that it belongs to.
    pub run: Option<u64>,
    pub begun: Option<Timestamp>,
    /// Later runs have higher ones.
    pub id: u64,
}

impl Api {
    /// Every check run and every status of a commit, of each suite and context the last.
    pub fn checks(&self, commit: &ObjectId) -> Result<Vec<Check>, ApiError> {
        let path = format!("{}/commits/{commit}/check-runs?filter=latest&per_page=100", self.path);
        let pages: Vec<CheckRuns> = self.session.pages(&path)?;
        let total = pages.iter().map(|page| page.total_count).max().unwrap_or_default();
        let runs: Vec<_> = pages.into_iter().flat_map(|page| page.check_runs).collect();
        whole("check runs", total, runs.len())?;
        let path = format!("{}/commits/{commit}/status?per_page=100", self.path);
        let pages: Vec<Statuses> = self.session.pages(&path)?;
        let total = pages.iter().map(|page| page.total_count).max().unwrap_or_default();
        let statuses: Vec<_> = pages.into_iter().flat_map(|page| page.statuses).collect();
        whole("statuses", total, statuses.len())?;
        let runs = runs.into_iter().map(|run| Check {
            state: match (run.status.as_str(), run.conclusion.as_deref()) {
                ("completed", Some("success")) => CheckState::Success,
                ("completed", Some(word @ ("skipped" | "neutral"))) => CheckState::Silent(word.to_owned()),
                ("completed", word) => CheckState::Failed(said(word.unwrap_or("no conclusion"))),
                _ => CheckState::Pending,
            },
            name: run.name,
            app: run.app.map(|app| app.slug.unwrap_or_default()),
            run: run.details_url.as_deref().and_then(run_of),
            begun: run.started_at.map(|at| at.0),
            id: run.id,
        });
        let statuses = statuses.into_iter().map(|status| Check {
            state: match status.state.as_str() {
                "success" => CheckState::Success,
                "pending" => CheckState::Pending,
                word => CheckState::Failed(said(word)),
            },
            name: status.context,
            app: None,
            run: None,
            begun: None,
            id: status.id,
        });
        Ok(runs.chain(statuses).collect())
    }

    /// The commit that a pull request became on its target branch; none while it is not merged.
    pub fn merged_as(&self, number: u64) -> Result<Option<ObjectId>, ApiError> {
        let pull: Pull = self.session.get(&format!("{}/pulls/{number}", self.path))?;
        match pull.merge_commit_sha.filter(|_| pull.merged == Some(true)) {
            Some(sha) => object(&sha).map(Some),
            None => Ok(None),
        }
    }
}

/// Part of a list would be read as "the others are green".
fn whole(what: &str, total: usize, listed: usize) -> Result<(), ApiError> {
    if listed >= total {
        return Ok(());
    }
    Err(ApiError::new(format!("GitHub: the commit has {total} {what} and {listed} of them are listed")))
}

fn said(word: &str) -> String {
    clipped(&escape_line(word), 40)
}

/// `https://github.com/o/r/actions/runs/123/job/456`
fn run_of(url: &str) -> Option<u64> {
    url.split("/actions/runs/").nth(1)?.split(['/', '?', '#']).next()?.parse().ok()
}
