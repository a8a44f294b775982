//! A verdict that was written down earlier, read again by the job that relies on it (A9).
//!
//! In: a JSON report's bytes. Out: what it says, or why it says nothing. Must not judge anew.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::json;
use crate::change::ObjectId;
use crate::source::escape_line;

/// No report is larger.
const LIMIT: usize = 64 * 1024 * 1024;

/// What of a report a later job relies on.
#[derive(Debug)]
pub struct VerdictFile {
    decision: String,
    complete: bool,
    simulated: bool,
    at: Timestamp,
    valid_until: Option<Timestamp>,
    /// Commits that were judged, and their trees.
    commits: Vec<String>,
    trees: Vec<String>,
    /// Of a go/no-go: the environment that was released to.
    released_to: Option<String>,
}

/// Why a verdict opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It says no, or says nothing about this commit, or is too old.
    NoGo(String),
    /// It is no finished verdict.
    Unjudged(String),
}

impl VerdictFile {
    /// Reads a report; one of another version, or with a part missing, is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let broken = |what: &str| Refusal::Unjudged(format!("this is no verdict of deploy-guard: {what}"));
        if bytes.len() > LIMIT {
            return Err(broken("it is over 64 MiB"));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            broken(&format!("no JSON at line {}, column {}", error.line(), error.column()))
        })?;
        let text = |way: &str| value.pointer(way).and_then(Value::as_str);
        let truth = |way: &str| value.pointer(way).and_then(Value::as_bool);
        if text("/tool/name") != Some(env!("CARGO_PKG_NAME")) {
            return Err(broken("`tool.name` is another one"));
        }
        if value.pointer("/version").and_then(Value::as_u64) != Some(u64::from(json::VERSION)) {
            return Err(broken("its format has another version than this program's"));
        }
        let instant = |way: &str| text(way).map(str::parse::<Timestamp>);
        let at = instant("/at").and_then(Result::ok).ok_or_else(|| broken("`at` is no time"))?;
        let valid_until = match instant("/valid_until") {
            None if value.get("valid_until").is_none() => None,
            Some(Ok(instant)) => Some(instant),
            _ => return Err(broken("`valid_until` is no time")),
        };
        let changes = value.pointer("/changes").and_then(Value::as_array);
        let changes = changes.ok_or_else(|| broken("it has no `changes`"))?;
        let heads = |way: &str| -> Vec<String> {
            let ids = changes.iter().filter_map(|change| change.pointer(way)?.as_str());
            ids.map(str::to_owned).collect()
        };
        Ok(Self {
            decision: text("/decision").ok_or_else(|| broken("it has no `decision`"))?.to_owned(),
            complete: truth("/complete").ok_or_else(|| broken("it has no `complete`"))?,
            simulated: truth("/simulated").ok_or_else(|| broken("it has no `simulated`"))?,
            at,
            valid_until,
            commits: heads("/head/commit"),
            trees: heads("/head/tree"),
            released_to: text("/environment/name")
                .filter(|_| text("/kind") == Some("go-nogo"))
                .map(str::to_owned),
        })
    }

    /// Holds where it is a go/no-go's word on this environment: one for staging, or policies alone, open no other door.
    pub fn is_for(&self, environment: &str) -> Result<(), Refusal> {
        match &self.released_to {
            Some(name) if name == environment => Ok(()),
            Some(name) => Err(Refusal::NoGo(format!(
                "it is about {}, and {} is to be deployed to: ask for that one",
                escape_line(name),
                escape_line(environment)
            ))),
            None => Err(Refusal::NoGo(format!(
                "it is no go/no-go about an environment: `deploy-guard go-nogo --environment {}` asks for one",
                escape_line(environment)
            ))),
        }
    }

    /// Holds where the verdict is a go for this commit, or for another one with the same tree, and not out of date.
    pub fn opens(
        &self,
        commit: &ObjectId,
        tree: &ObjectId,
        now: Timestamp,
        longest: SignedDuration,
    ) -> Result<(), Refusal> {
        if self.simulated {
            return Err(Refusal::Unjudged(
                "it is a what-if: judge again, what is committed and without --at".to_owned(),
            ));
        }
        match self.decision.as_str() {
            "go" if self.complete => {}
            "no-go" => return Err(Refusal::NoGo("it is a no-go: its report says why".to_owned())),
            _ => return Err(Refusal::Unjudged("not everything in it could be judged".to_owned())),
        }
        let is_in = |judged: &[String], id: &ObjectId| judged.iter().any(|head| head == id.as_str());
        if !is_in(&self.commits, commit) && !is_in(&self.trees, tree) {
            // The trees are left out: nobody knows them by name.
            let judged: Vec<String> =
                self.commits.iter().map(|head| escape_line(head).chars().take(10).collect()).collect();
            return Err(Refusal::NoGo(format!(
                "it is about {}, and {} is to be deployed: judge that one",
                if judged.is_empty() { "nothing".to_owned() } else { judged.join(", ") },
                commit.short()
            )));
        }
        if self.at > now + SignedDuration::from_mins(5) {
            return Err(Refusal::Unjudged(format!("it is dated {}, which is yet to come", self.at)));
        }
        if let Some(end) = self.valid_until.filter(|end| *end <= now) {
            return Err(Refusal::NoGo(format!("it held until {end}, and it is {now}: judge again")));
        }
        if now.duration_since(self.at) > longest {
            return Err(Refusal::NoGo(format!(
                "it is of {}, and no verdict is older than {longest:#}: judge again",
                self.at
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(edit: impl FnOnce(&mut Value)) -> Result<VerdictFile, Refusal> {
        let mut value = serde_json::json!({
            "version": 1,
            "tool": { "name": "deploy-guard" },
            "decision": "go",
            "complete": true,
            "simulated": false,
            "at": "2026-03-12T16:59:00Z",
            "valid_until": "2026-03-12T17:00:00Z",
            "changes": [{ "head": { "commit": "a".repeat(40), "tree": "b".repeat(40) } }],
        });
        edit(&mut value);
        VerdictFile::read(&serde_json::to_vec(&value).unwrap())
    }

    fn id(digit: char) -> ObjectId {
        ObjectId::parse(&digit.to_string().repeat(40)).unwrap()
    }

    fn opens(edit: impl FnOnce(&mut Value), at: &str) -> Result<(), Refusal> {
        let hour = SignedDuration::from_hours(1);
        file(edit)?.opens(&id('a'), &id('c'), at.parse().unwrap(), hour)
    }

    #[test]
    fn a9_a_verdict_ends_when_a_window_closes() {
        assert_eq!(opens(|_| (), "2026-03-12T16:59:59Z"), Ok(()));
        assert!(matches!(opens(|_| (), "2026-03-12T17:00:00Z"), Err(Refusal::NoGo(_))));
        assert!(matches!(opens(|_| (), "2026-03-13T17:01:00Z"), Err(Refusal::NoGo(_))));
    }

    #[test]
    fn a9_no_verdict_is_older_than_the_longest_age() {
        let forever = |value: &mut Value| {
            value.as_object_mut().unwrap().remove("valid_until");
        };
        assert_eq!(opens(forever, "2026-03-12T17:59:00Z"), Ok(()));
        assert!(matches!(opens(forever, "2026-03-12T17:59:01Z"), Err(Refusal::NoGo(_))));
        assert!(matches!(opens(forever, "2026-03-12T16:00:00Z"), Err(Refusal::Unjudged(_))));
    }

    #[test]
    fn a9_only_a_whole_go_about_this_commit_opens() {
        let at = "2026-03-12T16:59:30Z";
        let hour = SignedDuration::from_hours(1);
        let by_tree = file(|_| ()).unwrap().opens(&id('d'), &id('b'), at.parse().unwrap(), hour);
        assert_eq!(by_tree, Ok(()), "another commit with the same tree");
        let other = file(|_| ()).unwrap().opens(&id('d'), &id('e'), at.parse().unwrap(), hour);
        assert!(matches!(other, Err(Refusal::NoGo(_))));
        let set =
            |way: &'static str, to: Value| move |value: &mut Value| *value.pointer_mut(way).unwrap() = to;
        assert!(matches!(opens(set("/decision", "no-go".into()), at), Err(Refusal::NoGo(_))));
        for (way, to) in [
            ("/decision", Value::from("unjudged")),
            ("/complete", Value::from(false)),
            ("/simulated", Value::from(true)),
            ("/version", Value::from(2)),
            ("/tool/name", Value::from("other")),
            ("/at", Value::from("yesterday")),
            ("/valid_until", Value::from(7)),
            ("/valid_until", Value::Null),
            ("/changes", Value::from("none")),
        ] {
            assert!(matches!(opens(set(way, to), at), Err(Refusal::Unjudged(_))), "{way}");
        }
        assert!(VerdictFile::read(b"{").is_err());
    }
}
