//! The board for machines: a schema in `schema/go-nogo.schema.json` is made from these types.
//!
//! What a later job relies on stands where it stands in the report on a change, so that `check --verify-verdict` reads both.

use schemars::JsonSchema;
use serde::Serialize;

use super::Board;
use super::told::{self, Told};
use crate::checklist::{Answer, Standing, Task};
use crate::probe::Evidence;
use crate::report::harmless_json;
use crate::report::json::VERSION;
use crate::source::veiled;
use crate::verdict::Verdict;

/// What `deploy-guard go-nogo` says.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonBoard {
    /// The version of this format, which is the report's.
    pub version: u32,
    /// `go-nogo`.
    pub kind: String,
    pub tool: JsonTool,
    /// `go`, `no-go` or `unjudged`.
    pub decision: String,
    /// The exit code of the run: 0 go, 1 no-go, 3 could not judge.
    pub exit_code: u8,
    /// Whether every item has an answer, and a go is in the record.
    pub complete: bool,
    /// The numbers behind the decision in a sentence.
    pub summary: String,
    pub at: String,
    /// The clock was set by hand: the decision is a what-if.
    pub simulated: bool,
    /// When a go ends; absent for anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// Absent where the change reaches no environment that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<JsonEnvironment>,
    pub services: Vec<String>,
    /// What is released: one change.
    pub changes: Vec<JsonReleased>,
    /// SHA-256 of every rule and item in force.
    pub catalogue: String,
    /// The file that the items are of; absent: the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checklist: Option<String>,
    pub rows: Vec<JsonRow>,
    pub plan: JsonPlan,
    /// Absent: not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<JsonRecord>,
    pub notes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonTool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonEnvironment {
    pub name: String,
    pub protected: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonReleased {
    pub title: String,
    pub base: JsonEnd,
    pub head: JsonEnd,
    pub commits: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonEnd {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
}

/// One item of the checklist, and what came of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonRow {
    pub id: String,
    /// `evidence` or `confirmation`.
    pub family: String,
    /// `policies`, `question`, or the kind of evidence.
    pub kind: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Who is asked, of a confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Why it is asked here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// `no-go`, `warn` or `ask`: what evidence means that can't be told.
    pub on_error: String,
    /// `go`, `warn`, `waiting`, `unjudged` or `no-go`.
    pub standing: String,
    pub summary: String,
    pub details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// When it ceases to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<JsonEvidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<JsonAnswer>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonEvidence {
    /// `holds`, `doubtful`, `broken` or `cannot-tell`.
    pub outcome: String,
    /// What everybody must see.
    pub shown: Vec<JsonShown>,
    pub asked: Vec<JsonAsked>,
    pub begun: String,
    pub ended: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonShown {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonAsked {
    pub target: String,
    /// The address that was connected to, or the proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// SHA-256 of what came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonAnswer {
    /// `go` or `no-go`.
    pub word: String,
    pub reason: String,
    pub by: String,
    /// `claimed` or `platform`.
    pub proof: String,
    pub at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonPlan {
    pub steps: Vec<String>,
    pub triggers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonRecord {
    pub file: String,
    pub seq: u64,
    /// SHA-256 of the record's last line: keep it elsewhere.
    pub hash: String,
}

fn safe(text: &str) -> String {
    veiled(text).into_owned()
}

fn all_safe(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| safe(text)).collect()
}

/// The name that serde writes for a word of ours.
fn name(word: impl Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn evidence(seen: &Evidence) -> JsonEvidence {
    let shown = seen.shown.iter();
    let asked = seen.asked.iter();
    JsonEvidence {
        outcome: name(seen.outcome),
        shown: shown.map(|(name, value)| JsonShown { name: safe(name), value: safe(value) }).collect(),
        asked: asked
            .map(|asked| JsonAsked {
                target: safe(&asked.target),
                way: asked.way.as_deref().map(safe),
                digest: asked.digest.as_deref().map(safe),
            })
            .collect(),
        begun: seen.begun.to_string(),
        ended: seen.ended.to_string(),
    }
}

fn answer(answer: &Answer) -> JsonAnswer {
    JsonAnswer {
        word: name(answer.word),
        reason: safe(&answer.reason),
        by: safe(&answer.by.name),
        proof: name(answer.by.proof),
        at: answer.at.to_string(),
    }
}

fn row(told: &Told<'_>) -> JsonRow {
    let item = &told.row.item;
    let (family, kind, question) = match &item.task {
        Task::Policies => ("evidence", "policies", None),
        Task::Probe(kind) => ("evidence", kind.name(), None),
        Task::Question(question) => ("confirmation", "question", Some(question)),
    };
    JsonRow {
        id: item.id.clone(),
        family: family.to_owned(),
        kind: kind.to_owned(),
        title: told.title.clone(),
        incident: item.incident.clone(),
        role: question.map(|question| safe(&question.role.name)),
        question: question.map(|question| safe(&question.text)),
        because: told.because.clone(),
        on_error: item.on_error.as_str().to_owned(),
        standing: name(told.standing),
        summary: told.summary.clone(),
        details: told.details.clone(),
        remedy: told.remedy.clone(),
        valid_until: told.row.valid_until().map(|instant| instant.to_string()),
        evidence: told.evidence().map(evidence),
        answer: told.answer().map(answer),
    }
}

/// The board as a value.
pub fn board(board: &Board) -> JsonBoard {
    let rows = told::rows(board);
    let known = rows.iter().all(|row| !matches!(row.standing, Standing::Waiting | Standing::Unjudged));
    let change = &board.change;
    let end = |label: &str, commit: Option<&String>, tree: Option<&String>| JsonEnd {
        label: safe(label),
        commit: commit.cloned(),
        tree: tree.cloned(),
    };
    JsonBoard {
        version: VERSION,
        kind: "go-nogo".to_owned(),
        tool: JsonTool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        decision: board.verdict.as_str().to_owned(),
        exit_code: board.verdict.exit_code(),
        // No go stands without a durable record, whoever reads this later.
        complete: known
            && board.verdict != Verdict::Unjudged
            && (board.verdict != Verdict::Go || board.recorded.is_some()),
        summary: told::sentence(&rows),
        at: board.at.to_string(),
        simulated: board.simulated,
        valid_until: board
            .valid_until
            .filter(|_| board.verdict == Verdict::Go)
            .map(|instant| instant.to_string()),
        environment: board
            .environment
            .as_ref()
            .map(|name| JsonEnvironment { name: safe(name), protected: board.protected }),
        services: all_safe(&board.services),
        changes: vec![JsonReleased {
            title: safe(&change.title),
            base: end(&change.base_label, change.base.as_ref(), None),
            head: end(&change.head_label, change.head.as_ref(), change.tree.as_ref()),
            commits: change.commits,
        }],
        catalogue: board.catalogue.clone(),
        checklist: board.checklist.as_deref().map(safe),
        rows: rows.iter().map(row).collect(),
        plan: JsonPlan {
            steps: all_safe(&board.plan.steps),
            triggers: all_safe(&board.plan.triggers),
            owner: board.plan.owner.as_deref().map(safe),
            soak: board.plan.soak.as_deref().map(safe),
        },
        record: board.recorded.as_ref().map(|recorded| JsonRecord {
            file: safe(&recorded.file.to_string_lossy()),
            seq: recorded.head.seq,
            hash: recorded.head.hash.clone(),
        }),
        notes: all_safe(&board.notes),
    }
}

/// The board as text.
pub fn render(this: &Board) -> String {
    let text = serde_json::to_string_pretty(&board(this)).unwrap_or_default();
    format!("{}\n", harmless_json(&text))
}

/// The schema of the board.
pub fn schema() -> String {
    let schema = schemars::schema_for!(JsonBoard);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
