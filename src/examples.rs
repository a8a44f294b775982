//! Judges the examples of a policy file: its tests, for built-in policies and a user's own alike.
//!
//! In: a policy. Out: for each example whether the gate says what the example expects, at the line that it names.

use crate::calendar::parse_at;
use crate::change::{
    Approvals, Asker, Change, Commit, Memory, ObjectId, Person, PullRequest, PullRequests, Reader, Side,
    ToldBy, Tree,
};
use crate::finding::Severity;
use crate::gate::{GateError, Rules, Settings, judge};
use crate::policy::{Catalogue, Example, Expectation, Policy};
use crate::source::Problem;

/// What came of one example.
#[derive(Debug, Clone)]
pub struct ExampleResult {
    /// Its line in the policy file.
    pub line: usize,
    pub name: String,
    pub failure: Option<String>,
}

/// A Tuesday morning, when nothing is closed.
const DEFAULT_TIME: &str = "2026-03-10T10:00:00Z";

/// Runs every example of a policy with that policy alone in force.
pub fn run_examples(policy: &Policy, catalogue: &Catalogue) -> Result<Vec<ExampleResult>, GateError> {
    let mut results = Vec::new();
    for example in policy.examples()? {
        let line = policy.source.position(example.span.start).line;
        let name = example.why.clone().unwrap_or_else(|| format!("{} example", example.expect.as_str()));
        let failure = judge_example(policy, catalogue, &example)?;
        results.push(ExampleResult { line, name, failure });
    }
    Ok(results)
}

/// Says how the gate's answer differs from what the example expects.
fn judge_example(
    policy: &Policy,
    catalogue: &Catalogue,
    example: &Example,
) -> Result<Option<String>, GateError> {
    let time = example.at.as_deref().unwrap_or(DEFAULT_TIME);
    let now = parse_at(time, &jiff::tz::TimeZone::UTC).map_err(|error| {
        crate::source::Problems::one(&policy.source, Problem::new(example.span, format!("`at`: {error}")))
    })?;
    let mut states = example.earlier.clone();
    states.push(example.before.clone());
    states.push(example.after.clone());
    let head_state = states.len() - 1;
    let reader = Memory::new(states);
    let change = change_between(&reader, head_state, example, now)?;
    let settings = Settings { now, ci: true, all: false };
    let mut rules = Rules::of(&reader, &change, &settings)?;
    rules.catalogue = if rules.config.policies.is_empty() {
        catalogue.only(&policy.id)
    } else {
        rules.catalogue.only(&policy.id)
    };
    let (evaluation, _) = judge(&reader, &change, &rules, &settings)?;
    let weighing = |severity| evaluation.findings.iter().filter(move |found| found.severity == severity);
    let found: Vec<_> = match example.expect {
        Expectation::Refused => weighing(Severity::Block).collect(),
        Expectation::Warned => {
            if let Some(judged) = weighing(Severity::Block).next() {
                return Ok(Some(format!("expected a warning and got a refusal: {}", judged.finding.message)));
            }
            weighing(Severity::Warn).collect()
        }
        Expectation::Unjudged => {
            let none = evaluation.unjudged.is_empty();
            return Ok(none.then(|| "expected that it could not be judged, and it was".to_owned()));
        }
        Expectation::Accepted => {
            return Ok(evaluation
                .findings
                .first()
                .map(|judged| format!("expected to be accepted, and got: {}", judged.finding.message))
                .or_else(|| {
                    evaluation.unjudged.first().map(|item| format!("could not be judged: {}", item.reason))
                }));
        }
    };
    if found.is_empty() {
        return Ok(Some(format!("expected to be {}, and nothing was found", example.expect.as_str())));
    }
    let places: Vec<(String, usize)> = found
        .iter()
        .map(|judged| {
            let primary = &judged.finding.primary;
            (primary.source.origin().display(), primary.source.position(primary.span.start).line)
        })
        .collect();
    let at_place = places.iter().any(|(path, line)| {
        example.file.as_ref().is_none_or(|file| file == path)
            && example.line.is_none_or(|wanted| wanted == *line)
    });
    Ok((!at_place).then(|| {
        let shown: Vec<String> = places.iter().map(|(path, line)| format!("{path}:{line}")).collect();
        format!("found at {} and not where the example says", shown.join(", "))
    }))
}

fn change_between(
    reader: &Memory,
    head_state: usize,
    example: &Example,
    now: jiff::Timestamp,
) -> Result<Change, GateError> {
    let side = |state: usize, label: &str| Side {
        label: label.to_owned(),
        commit: Some(Memory::id(state)),
        tree: Tree::Object(Memory::id(state)),
    };
    let base = side(head_state - 1, "before");
    let head = side(head_state, "after");
    let person = Person {
        name: String::new(),
        email: String::new(),
        when: Some(now.to_zoned(jiff::tz::TimeZone::UTC)),
    };
    let commits: Vec<Commit> = example
        .message
        .iter()
        .map(|message| Commit {
            id: Memory::id(head_state),
            parents: vec![Memory::id(head_state - 1)] as Vec<ObjectId>,
            author: person.clone(),
            committer: person.clone(),
            message: message.clone(),
        })
        .collect();
    Ok(Change {
        asker: Asker::Range,
        files: reader.diff(&base.tree, &head.tree)?,
        base,
        head,
        commits,
        target: None,
        force: None,
        authority: None,
        cut_at: None,
        pull_requests: example.body.clone().map_or(PullRequests::None, pull_request),
        notes: Vec::new(),
    })
}

/// A pull request of which nothing but the body is known.
fn pull_request(body: String) -> PullRequests {
    PullRequests::Known(vec![PullRequest {
        number: 1,
        url: None,
        title: String::new(),
        body,
        author: String::new(),
        source_branch: String::new(),
        target_branch: String::new(),
        head: Memory::id(0),
        labels: Vec::new(),
        approvals: Approvals::Unknown("an example asks nobody".to_owned()),
        told_by: ToldBy::Event,
    }])
}
