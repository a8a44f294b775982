//! The report for machines: a version field, and a schema in `schema/report.schema.json` that is made from these types.

use schemars::JsonSchema;
use serde::Serialize;

use super::{JudgedChange, Report, harmless_json, summary};
use crate::change::{PullRequest, Side, ToldBy, Tree};
use crate::engine::{Judged, Understanding, Unjudged};
use crate::finding::Label;
use crate::policy::Catalogue;
use crate::source::{Origin, RepoPath, veiled};

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
pub const VERSION: u32 = 1;

/// The verdict of deploy-guard on one or more changes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonReport {
    /// The version of this format.
    pub version: u32,
    pub tool: Tool,
    /// `go`, `no-go` or `unjudged`.
    pub decision: String,
    /// The exit code of the run: 0 go, 1 no-go, 3 could not judge.
    pub exit_code: u8,
    /// Whether everything that a blocking policy had to judge was judged.
    pub complete: bool,
    /// The verdict in a sentence.
    pub summary: String,
    /// The gate's clock.
    pub at: String,
    /// The clock was set by hand: the verdict is a what-if.
    pub simulated: bool,
    /// The first instant at which time alone would change the verdict; absent where there is none in sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// The CI run, where this is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<JsonPipeline>,
    /// What a person should know of the run as a whole.
    pub notes: Vec<String>,
    pub changes: Vec<JsonChange>,
    /// What the changes bring in and no waiver covers, sorted by change, place and policy.
    pub findings: Vec<JsonFinding>,
    pub waived: Vec<JsonWaived>,
    pub overridden: Vec<JsonOverridden>,
    /// What was there before the change and still is.
    pub existing: Vec<JsonFinding>,
    /// What the change mends.
    pub fixed: Vec<JsonFinding>,
    /// What a blocking policy needed and could not know.
    pub unjudged: Vec<JsonUnjudged>,
    /// Break-glass entries of earlier changes that nobody has reviewed yet.
    pub open_break_glass: Vec<JsonOpenBreakGlass>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonPipeline {
    /// `github`, `gitlab` or `generic`.
    pub platform: String,
    /// The event as the platform calls it.
    pub event: String,
    /// `required-workflow`, `default-branch` or `advisory`: whether the change could edit the job that judges it.
    pub trust: String,
    /// The same in a sentence.
    pub trust_reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonOpenBreakGlass {
    pub policy: String,
    pub reason: String,
    /// The commit or pull request that it came with.
    pub place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A pull or merge request that brings a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonPullRequest {
    pub number: u64,
    pub title: String,
    pub author: String,
    pub labels: Vec<String>,
    /// The reviewer whose approval of the newest commit counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// `api` or `payload`.
    pub source: String,
    /// When the platform was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<String>,
}

/// What the head side's own rules would say of the change: nothing of it counts yet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonPreview {
    pub decision: String,
    /// What only they find.
    pub found: Vec<JsonFinding>,
    /// What they no longer find.
    pub lost: Vec<JsonFinding>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
    /// What read the repository: `libgit2` or `git`.
    pub git_reader: String,
}

/// One pair of trees that was judged.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonChange {
    pub decision: String,
    /// Who asked: `range`, `push`, `staged` or `worktree`.
    pub asker: String,
    pub base: JsonSide,
    pub head: JsonSide,
    /// The ref that a push moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// A push that throws commits of the remote away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
    pub commits: usize,
    /// How many policies were in force.
    pub policies: usize,
    pub coverage: JsonCoverage,
    pub pull_requests: Vec<JsonPullRequest>,
    /// Whose rules judged, where they are not the base's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_from: Option<JsonSide>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<JsonPreview>,
    pub notes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonSide {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The tree's object, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonCoverage {
    pub changed_files: usize,
    pub files: Vec<JsonFile>,
    /// What a search over the whole tree had to leave out.
    pub left_out: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonFile {
    pub path: String,
    /// `parsed`, `partly`, `not-understood` or `removed`.
    pub understood: String,
    pub reasons: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonFinding {
    pub policy: String,
    pub title: String,
    /// `block` or `warn`.
    pub severity: String,
    /// The change that it belongs to: an index into `changes`.
    pub change: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    pub message: String,
    pub fingerprint: String,
    /// The resource and key, or the package, that it is about.
    pub subject: String,
    #[serde(flatten)]
    pub place: JsonPlace,
    pub related: Vec<JsonPlace>,
    pub remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<JsonIncident>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonIncident {
    pub id: String,
    /// What happened, in a line.
    pub line: String,
}

/// A place in a file of the change, a commit's message or a pull request's body. Lines and columns count from one,
/// columns in characters; byte offsets from zero.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JsonPlace {
    /// Where: a path (what is no UTF-8 replaced), `commit <id>` or `pull request`.
    pub path: String,
    /// `file`, `commit` or `pull-request`.
    pub origin: String,
    /// The path's bytes in base64, where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_base64: Option<String>,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub start_byte: usize,
    pub end_byte: usize,
    /// What is at this place.
    pub label: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonWaived {
    pub finding: JsonFinding,
    pub reason: String,
    pub owner: String,
    /// The last day of the waiver.
    pub expires: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonOverridden {
    pub finding: JsonFinding,
    pub reason: String,
    pub approved_by: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonUnjudged {
    pub change: usize,
    pub policies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub reason: String,
}

fn shown_path(path: &RepoPath) -> String {
    path.lossy().into_owned()
}

fn place(label: &Label) -> JsonPlace {
    let start = label.source.position(label.span.start);
    let end = label.source.position(label.span.end);
    let (path, origin, raw) = match label.source.origin() {
        Origin::File(path) => (shown_path(path), "file", (!path.is_utf8()).then(|| base64(path.bytes()))),
        Origin::Commit(id) => (format!("commit {id}"), "commit", None),
        Origin::PullRequest => ("pull request".to_owned(), "pull-request", None),
    };
    JsonPlace {
        path,
        origin: origin.to_owned(),
        path_base64: raw,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start_byte: label.span.start,
        end_byte: label.span.end,
        label: label.text.clone(),
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn finding(judged: &Judged, change: usize, catalogue: &Catalogue) -> JsonFinding {
    let policy = catalogue.get(&judged.policy);
    let remedy = judged.finding.remedy.clone().or_else(|| policy.map(|policy| policy.remedy.clone()));
    let why = policy.and_then(crate::policy::Policy::why);
    JsonFinding {
        policy: judged.policy.clone(),
        title: judged.title.clone(),
        severity: judged.severity.as_str().to_owned(),
        change,
        environment: judged.environment.clone(),
        message: judged.finding.message.clone(),
        fingerprint: judged.fingerprint.to_string(),
        subject: judged.finding.subject.clone(),
        place: place(&judged.finding.primary),
        related: judged.finding.related.iter().map(place).collect(),
        remedy: remedy.unwrap_or_default(),
        incident: why.map(|(line, id)| JsonIncident { id: id.to_owned(), line: line.to_owned() }),
    }
}

fn unjudged(item: &Unjudged, change: usize) -> JsonUnjudged {
    JsonUnjudged {
        change,
        policies: item.policies.clone(),
        path: item.path.as_ref().map(shown_path),
        line: item.at.as_ref().map(|label| label.source.position(label.span.start).line),
        reason: item.reason.clone(),
    }
}

fn side(side: &Side) -> JsonSide {
    let tree = match &side.tree {
        Tree::Object(id) => Some(id.to_string()),
        Tree::Empty | Tree::Index | Tree::WorkTree => None,
    };
    JsonSide { label: side.label.clone(), commit: side.commit.as_ref().map(ToString::to_string), tree }
}

fn pull_request(opened: &PullRequest) -> JsonPullRequest {
    let (source, read_at) = match opened.told_by {
        ToldBy::Event => ("payload", None),
        ToldBy::Api { at } => ("api", Some(at.to_string())),
    };
    JsonPullRequest {
        number: opened.number,
        title: veiled(&opened.title).into_owned(),
        author: opened.author.clone(),
        labels: opened.labels.iter().map(|label| label.name.clone()).collect(),
        approved_by: opened.approval().ok().map(|approval| approval.by.clone()),
        source: source.to_owned(),
        read_at,
    }
}

fn change(judged: &JudgedChange, number: usize, catalogue: &Catalogue) -> JsonChange {
    let coverage = &judged.evaluation.coverage;
    let file = |file: &crate::engine::FileCoverage| {
        let (understood, reasons) = match &file.understanding {
            Understanding::Parsed => ("parsed", Vec::new()),
            Understanding::Partly(reasons) => ("partly", reasons.clone()),
            Understanding::Not(reason) => ("not-understood", vec![reason.clone()]),
            Understanding::Removed => ("removed", Vec::new()),
        };
        JsonFile { path: shown_path(&file.path), understood: understood.to_owned(), reasons }
    };
    JsonChange {
        decision: judged.verdict.as_str().to_owned(),
        asker: judged.change.asker.as_str().to_owned(),
        base: side(&judged.change.base),
        head: side(&judged.change.head),
        target: judged.change.target.clone(),
        force: judged.change.force,
        commits: judged.change.commits.len(),
        policies: judged.evaluation.policies,
        coverage: JsonCoverage {
            changed_files: coverage.changed,
            files: coverage.in_scope.iter().map(file).collect(),
            left_out: coverage.shortfalls.clone(),
        },
        pull_requests: judged.change.pull_requests.known().iter().map(pull_request).collect(),
        rules_from: judged.change.authority.as_ref().map(side),
        preview: judged.preview.as_ref().map(|preview| {
            let all = |of: &[Judged]| of.iter().map(|found| finding(found, number, catalogue)).collect();
            JsonPreview {
                decision: preview.verdict.as_str().to_owned(),
                found: all(&preview.found),
                lost: all(&preview.lost),
            }
        }),
        notes: judged.evaluation.notes.clone(),
    }
}

/// The report as a value.
pub fn report(report: &Report, catalogue: &Catalogue) -> JsonReport {
    let each = |of: &dyn Fn(&JudgedChange) -> Vec<Judged>| -> Vec<JsonFinding> {
        let numbered = report.changes.iter().enumerate();
        numbered
            .flat_map(|(number, judged)| of(judged).into_iter().map(move |found| (number, found)))
            .map(|(number, found)| finding(&found, number, catalogue))
            .collect()
    };
    JsonReport {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_reader: report.reader.to_owned(),
        },
        decision: report.verdict.as_str().to_owned(),
        exit_code: report.verdict.exit_code(),
        complete: report.is_complete(),
        summary: summary::sentence(report),
        at: report.at.to_string(),
        simulated: report.simulated,
        valid_until: report.valid_until.map(|instant| instant.to_string()),
        pipeline: report.pipeline.as_ref().map(|pipeline| JsonPipeline {
            platform: pipeline.platform.as_str().to_owned(),
            event: pipeline.event.clone(),
            trust: pipeline.trust.as_str().to_owned(),
            trust_reason: pipeline.trust.sentence(),
        }),
        notes: report.notes.clone(),
        changes: report
            .changes
            .iter()
            .enumerate()
            .map(|(number, judged)| change(judged, number, catalogue))
            .collect(),
        findings: each(&|judged| judged.evaluation.findings.clone()),
        existing: each(&|judged| judged.evaluation.existing.clone()),
        fixed: each(&|judged| judged.evaluation.fixed.clone()),
        waived: report
            .changes
            .iter()
            .enumerate()
            .flat_map(|(number, judged)| judged.evaluation.waived.iter().map(move |waived| (number, waived)))
            .map(|(number, waived)| JsonWaived {
                finding: finding(&waived.judged, number, catalogue),
                reason: waived.waiver.reason.clone(),
                owner: waived.waiver.owner.clone(),
                expires: waived.waiver.expires.to_string(),
            })
            .collect(),
        overridden: report
            .changes
            .iter()
            .enumerate()
            .flat_map(|(number, judged)| judged.evaluation.overridden.iter().map(move |item| (number, item)))
            .map(|(number, item)| JsonOverridden {
                finding: finding(&item.judged, number, catalogue),
                reason: item.reason.clone(),
                approved_by: item.approved_by.clone(),
            })
            .collect(),
        unjudged: report
            .changes
            .iter()
            .enumerate()
            .flat_map(|(number, judged)| judged.evaluation.unjudged.iter().map(move |item| (number, item)))
            .map(|(number, item)| unjudged(item, number))
            .collect(),
        open_break_glass: report
            .open_emergencies
            .iter()
            .map(|open| JsonOpenBreakGlass {
                policy: open.policy.clone(),
                reason: open.reason.clone(),
                place: open.place.clone(),
                at: open.at.map(|at| at.to_string()),
            })
            .collect(),
    }
}

/// The report as text.
pub fn render(this: &Report, catalogue: &Catalogue) -> String {
    let text = serde_json::to_string_pretty(&report(this, catalogue)).unwrap_or_default();
    format!("{}\n", harmless_json(&text))
}

/// The schema of the report.
pub fn schema() -> String {
    let schema = schemars::schema_for!(JsonReport);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
