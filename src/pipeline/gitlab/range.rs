//! Which two commits a GitLab pipeline is about (A8), and what its variables say of the merge request.

use crate::change::{
    Approvals, Asker, Label, ObjectId, PullRequest, ReadError, ReadErrorKind, Reader, Request, ToldBy,
};
use crate::pipeline::Variables;
use crate::pipeline::range::{Missing, Range, RangeError, needed, of_new_ref};

fn object(variables: &Variables<'_>, name: &str) -> Result<ObjectId, ReadError> {
    let value = variables(name).and_then(|value| ObjectId::parse(value.trim()));
    value.ok_or_else(|| {
        ReadError::new(ReadErrorKind::UnknownRevision, format!("{name} holds no commit's name"))
            .mended_by("run this in a merge request or branch pipeline, or name --base and --head")
    })
}

/// The merge request as the variables tell of it; `None` in other pipelines.
pub fn merge_request(variables: &Variables<'_>) -> Result<Option<PullRequest>, ReadError> {
    let Some(number) = variables("CI_MERGE_REQUEST_IID").and_then(|iid| iid.parse().ok()) else {
        return Ok(None);
    };
    let text = |name: &str| variables(name).unwrap_or_default();
    let head = match object(variables, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") {
        Ok(head) => head,
        Err(_) => object(variables, "CI_COMMIT_SHA")?,
    };
    let labels = text("CI_MERGE_REQUEST_LABELS");
    Ok(Some(PullRequest {
        number,
        url: None,
        title: text("CI_MERGE_REQUEST_TITLE"),
        body: text("CI_MERGE_REQUEST_DESCRIPTION"),
        author: String::new(),
        source_branch: text("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        target_branch: text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        head,
        labels: labels
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| Label { name: name.to_owned(), by: None, at: None })
            .collect(),
        approvals: Approvals::Unknown("no token was given to ask the platform who approved it".to_owned()),
        told_by: ToldBy::Event,
    }))
}

/// Whether the variables hold only the beginning of the description.
pub fn is_cut(variables: &Variables<'_>) -> bool {
    variables("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED").as_deref() == Some("true")
}

/// In a merged-results pipeline and in a merge train the commit is a merge that GitLab made.
pub fn is_merged(variables: &Variables<'_>) -> bool {
    variables("CI_MERGE_REQUEST_EVENT_TYPE").is_some_and(|kind| kind != "detached")
}

/// The range of the pipeline.
pub fn of_pipeline(
    reader: &dyn Reader,
    variables: &Variables<'_>,
    merge_request: Option<&PullRequest>,
) -> Result<Range, RangeError> {
    let head = object(variables, "CI_COMMIT_SHA")?;
    needed(reader, &head, "the pipeline's commit")?;
    match merge_request {
        Some(request) => of_merge_request(reader, variables, request, &head),
        None => of_branch(reader, variables, &head),
    }
}

fn of_merge_request(
    reader: &dyn Reader,
    variables: &Variables<'_>,
    request: &PullRequest,
    head: &ObjectId,
) -> Result<Range, RangeError> {
    let target = &request.target_branch;
    let range = |base: ObjectId| {
        Range::Judge(Request::Exact {
            asker: Asker::PullRequest,
            base: Some((target.clone(), base)),
            head: (format!("merge request {}", request.number), head.clone()),
            target: Some(format!("refs/heads/{target}")),
            commits: None,
        })
    };
    if is_merged(variables) {
        let parents = reader.parents(head)?;
        return match parents.as_slice() {
            [base, source] if *source == request.head => {
                needed(reader, base, "the commit that was merged into")?;
                needed(reader, source, "the merge request's newest commit")?;
                Ok(range(base.clone()))
            }
            [] if reader.is_shallow() => Err(Missing {
                what: format!("the clone is shallow and ends at {}, the merged result", head.short()),
                refspecs: vec![head.to_string()],
                depth: 2,
            }
            .into()),
            _ => Err(ReadError::new(
                ReadErrorKind::UnknownRevision,
                format!(
                    "{} does not merge {}, the merge request's newest commit",
                    head.short(),
                    request.head.short()
                ),
            )
            .mended_by("run the pipeline again: the merge request has moved on")
            .into()),
        };
    }
    let told = object(variables, "CI_MERGE_REQUEST_DIFF_BASE_SHA")?;
    // The variable does not follow the target branch: where that branch is here, git knows better.
    let tip = reader.reference(&format!("refs/remotes/origin/{target}"));
    if let Some(tip) = tip
        && let Some(base) = reader.merge_base(&tip, head)?
    {
        return Ok(range(base));
    }
    if reader.has_object(&told) {
        return Ok(range(told));
    }
    Err(Missing {
        what: format!("this clone lacks {}, where the merge request left {target}", told.short()),
        refspecs: vec![told.to_string()],
        depth: 1,
    }
    .into())
}

fn of_branch(reader: &dyn Reader, variables: &Variables<'_>, head: &ObjectId) -> Result<Range, RangeError> {
    let Some(branch) = variables("CI_COMMIT_REF_NAME") else {
        return Err(ReadError::new(ReadErrorKind::UnknownRevision, "CI_COMMIT_REF_NAME is not set").into());
    };
    let reference = match variables("CI_COMMIT_TAG") {
        Some(tag) => format!("refs/tags/{tag}"),
        None => format!("refs/heads/{branch}"),
    };
    let before = object(variables, "CI_COMMIT_BEFORE_SHA")?;
    let base = if before.is_zero() {
        // All zeros also in pipelines that a person or a timer started.
        if variables("CI_PIPELINE_SOURCE").is_some_and(|source| source != "push") {
            return Err(ReadError::new(
                ReadErrorKind::UnknownRevision,
                "this pipeline was not started by a push or a merge request: it names no two commits to compare",
            )
            .mended_by("name them: deploy-guard ci --base <revision> --head <revision>")
            .into());
        }
        of_new_ref(reader, &reference, head, variables("CI_DEFAULT_BRANCH").as_deref())?
    } else {
        needed(reader, &before, "the commit that the branch was at before the push")?;
        Some((format!("{branch} before"), before))
    };
    Ok(Range::Judge(Request::Exact {
        asker: Asker::Push,
        base,
        head: (reference.clone(), head.clone()),
        target: Some(reference),
        commits: None,
    }))
}
