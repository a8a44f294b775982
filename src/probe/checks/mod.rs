//! Whether the platform's checks of the released commit are green, and who approved it.
//!
//! In: names that have to be green and a number of approvals; GitHub, asked now. Out: what is red, what is still running,
//! what is missing. A check that still runs is nobody's failure, so it can't be told yet; one that was skipped, and one
//! that never ran, is not green. The run that asks does not wait for itself.

mod approvals;

use serde::Deserialize;

use super::piece::piece;
use super::{Around, Asked, Outcome, Probe, Sight};
use crate::change::ObjectId;
use crate::env;
use crate::http::{Bounds, Client};
use crate::pipeline::github::{Api, Check, CheckState};
use crate::pipeline::{ApiError, Platform, Variables};
use crate::source::{NamePattern, Secret};

/// The gate's own verdict, as `ci --status` sets it on a commit.
const OWN_STATUS: &str = "deploy-guard";

/// Whether the platform's checks of the released commit are green, and who approved it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checks {
    /// Names of check runs and status contexts; empty: whatever there is, at least one.
    #[serde(default)]
    pub required: Vec<String>,
    /// Names that do not count, patterns with `*`; where nothing is required.
    #[serde(default)]
    pub except: Vec<NamePattern>,
    /// People who had no hand in it, may write, and approved what is released.
    #[serde(default)]
    pub approvals: usize,
}

/// The run that asks.
#[derive(Debug, Clone, Default)]
pub struct OwnRun {
    /// `GITHUB_RUN_ID`
    pub run: Option<u64>,
    /// `GITHUB_JOB`: the job's id, which is its name unless it has one.
    pub job: Option<String>,
}

impl Probe for Checks {
    fn validate(&self) -> Result<(), String> {
        if self.required.iter().any(String::is_empty) {
            return Err("a name in `required` is empty".to_owned());
        }
        if !self.required.is_empty() && !self.except.is_empty() {
            return Err(
                "`except` is for where nothing is `required`: what is not required does not count".to_owned()
            );
        }
        Ok(())
    }

    fn subject(&self) -> String {
        "GitHub's checks of the commit".to_owned()
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        if let Err(offline) = around.network() {
            return *offline;
        }
        let own = OwnRun {
            run: env::variable("GITHUB_RUN_ID").and_then(|id| id.parse().ok()),
            job: env::variable("GITHUB_JOB"),
        };
        match api(&env::variable) {
            Ok(api) => self.ask(&api, &own, around),
            Err(sight) => *sight,
        }
    }
}

/// GitHub as this run's token may see it.
fn api(variables: &Variables<'_>) -> Result<Api, Box<Sight>> {
    let missing = |what: &str, mend: &str| Box::new(Sight::cannot_tell(what).remedy(mend));
    if Platform::of(variables) == Platform::GitLab {
        let mend = "take the item out here, or ask the pipeline's jobs by a `command`";
        return Err(missing("only GitHub can be asked for checks", mend));
    }
    let token = ["GITHUB_TOKEN", "GH_TOKEN"].iter().find_map(|name| Secret::new(&variables(name)?));
    let token = token.ok_or_else(|| {
        missing("not asked: there is no token for GitHub", "set GITHUB_TOKEN in the step's `env`")
    })?;
    let repository = variables("GITHUB_REPOSITORY").ok_or_else(|| {
        missing("not asked: nothing says which repository it is", "set GITHUB_REPOSITORY to `owner/name`")
    })?;
    let base = variables("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
    Api::new(Client::new(Bounds::default()), &base, &repository, token)
        .map_err(|error| Box::new(unknown(&error)))
}

fn unknown(error: &ApiError) -> Sight {
    let sight = Sight::cannot_tell(piece(&error.what));
    match &error.mend {
        Some(mend) => sight.remedy(piece(mend)),
        None => sight,
    }
}

#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    unclear: Vec<String>,
    notes: Vec<String>,
}

impl Checks {
    /// Asks GitHub, wherever that is.
    pub fn ask(&self, api: &Api, own: &OwnRun, around: &Around<'_>) -> Sight {
        let Some(head) = around.release.head.as_deref().and_then(ObjectId::parse) else {
            return Sight::cannot_tell("not asked: nothing says which commit is released")
                .remedy("name it with `--head`");
        };
        let mut found = Found::default();
        let listed = match api.checks(&head) {
            Ok(checks) => checks,
            Err(error) => return unknown(&error),
        };
        let text: Vec<String> = listed.iter().map(|check| format!("{check:?}\n")).collect();
        let target = format!("GitHub's checks of {}", head.short());
        let asked = Asked::here(target, Some(text.concat().as_bytes()));
        self.judge(latest(listed, own), &mut found);
        if self.approvals > 0
            && let Err(error) = approvals::judge(self.approvals, api, &head, around, &mut found)
        {
            found.unclear.push(piece(&error.what));
            found.notes.extend(error.mend.map(|mend| piece(&mend)));
        }
        found.sight().asked(asked)
    }

    fn judge(&self, mut checks: Vec<Check>, found: &mut Found) {
        if !self.required.is_empty() {
            for name in &self.required {
                // A check run and a status may share a name: both have to be green.
                let mut named = checks.iter().filter(|check| check.name == *name).peekable();
                if named.peek().is_none() {
                    found.wrong.push(format!("no check `{}` ran on this commit", piece(name)));
                }
                named.for_each(|check| said(check, true, found));
            }
            return;
        }
        checks.retain(|check| check.name != OWN_STATUS);
        checks.retain(|check| !self.except.iter().any(|pattern| pattern.matches(&check.name)));
        for check in &checks {
            said(check, false, found);
        }
        let silent = checks.iter().all(|check| matches!(check.state, CheckState::Silent(_)));
        if silent {
            found.wrong.push("no check ran on this commit".to_owned());
        }
    }
}

fn said(check: &Check, required: bool, found: &mut Found) {
    let name = piece(&check.name);
    match &check.state {
        CheckState::Success => found.notes.push(format!("`{name}` is green")),
        CheckState::Pending => found.unclear.push(format!("check `{name}` is still running")),
        CheckState::Silent(word) if required => {
            found.wrong.push(format!("check `{name}` is not green: {word}"));
        }
        CheckState::Silent(word) => found.notes.push(format!("`{name}`: {word}")),
        CheckState::Failed(word) => found.wrong.push(format!("check `{name}` is red: {word}")),
    }
}

/// The last run of each check of an app. The run that asks is none of them: it would hide an earlier one of its name.
fn latest(mut checks: Vec<Check>, own: &OwnRun) -> Vec<Check> {
    checks.retain(|check| !is_own(check, own));
    // One that has not begun is the newest.
    let age = |check: &Check| (check.begun.is_none(), check.begun, check.id);
    checks.sort_by(|one, other| {
        (&one.name, &one.app).cmp(&(&other.name, &other.app)).then(age(other).cmp(&age(one)))
    });
    checks.dedup_by(|later, kept| later.name == kept.name && later.app == kept.app);
    checks
}

/// A job `deploy` is `deploy`, `deploy (prod)` in a matrix, and `caller / deploy` in a called workflow.
fn is_own(check: &Check, own: &OwnRun) -> bool {
    let (Some(run), Some(job)) = (own.run, &own.job) else { return false };
    let name = check.name.rsplit(" / ").next().unwrap_or(&check.name);
    let rest = name.strip_prefix(job.as_str());
    check.run == Some(run) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

impl Found {
    fn sight(self) -> Sight {
        let (outcome, mut lines, remedy) = if !self.wrong.is_empty() {
            let lines: Vec<String> = self.wrong.into_iter().chain(self.unclear).collect();
            (Outcome::Broken, lines, Some("mend what is red or missing, and ask again"))
        } else if !self.unclear.is_empty() {
            (Outcome::CannotTell, self.unclear, Some("wait until it has ended, and ask again"))
        } else {
            let green = self.notes.iter().filter(|note| note.ends_with(" is green")).count();
            let plural = if green == 1 { "check is" } else { "checks are" };
            (Outcome::Holds, vec![format!("{green} {plural} green")], None)
        };
        let summary: String = if lines.is_empty() { String::new() } else { lines.remove(0) };
        let mut sight = Sight::new(outcome, summary);
        // A commit may have any number of them.
        sight.details = lines.into_iter().chain(self.notes).take(100).collect();
        sight.remedy = remedy.map(str::to_owned);
        sight
    }
}

#[cfg(test)]
mod tests;
