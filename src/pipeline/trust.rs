//! Whether who wrote the change could also have written the job that judges it (T4).
//!
//! In: the run's variables. Out: a level and why. It is said, and changes no verdict.

use super::Variables;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The job's file lives in another repository.
    Required,
    /// The job's file is the default branch's.
    DefaultBranch,
    /// The job's file comes with the change; why.
    Advisory(String),
}

impl Trust {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Required => "required-workflow",
            Self::DefaultBranch => "default-branch",
            Self::Advisory(_) => "advisory",
        }
    }

    /// What a person should know about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Required => {
                "the job's file comes from another repository: this change can't edit it".to_owned()
            }
            Self::DefaultBranch => {
                "the job's file comes from the default branch: this change can't edit it".to_owned()
            }
            Self::Advisory(why) => format!("advisory: {why}"),
        }
    }

    /// The trust in a GitHub run of this event.
    pub fn of_github(event: &str, default_branch: Option<&str>, variables: &Variables<'_>) -> Self {
        // `owner/name/.github/workflows/gate.yml@refs/heads/main`
        let workflow = variables("GITHUB_WORKFLOW_REF").unwrap_or_default();
        let home = workflow.split("/.github/").next().unwrap_or_default();
        let repository = variables("GITHUB_REPOSITORY").unwrap_or_default();
        if !home.is_empty() && !repository.is_empty() && !home.eq_ignore_ascii_case(&repository) {
            return Self::Required;
        }
        let on_default = default_branch
            .zip(workflow.split_once('@'))
            .is_some_and(|(branch, (_, reference))| reference == format!("refs/heads/{branch}"));
        let advisory = |why: &str| Self::Advisory(why.to_owned());
        match event {
            "pull_request_target" => Self::DefaultBranch,
            "schedule" | "workflow_dispatch" if on_default => Self::DefaultBranch,
            "pull_request" | "pull_request_review" => {
                advisory("the workflow file comes from the pull request, which can edit it")
            }
            "merge_group" => {
                advisory("the workflow file comes from the merge group, whose pull requests can edit it")
            }
            "push" => {
                advisory("the workflow file comes from the pushed commit, and the push has already happened")
            }
            _ => advisory("the workflow file comes from the commit that the run was started on"),
        }
    }

    /// The trust in a GitLab pipeline.
    pub fn of_gitlab(variables: &Variables<'_>) -> Self {
        // A file of another project is named with it: `gate.yml@group/project`.
        let path = variables("CI_CONFIG_PATH").unwrap_or_default();
        if path.contains('@') || path.contains("://") {
            return Self::Required;
        }
        Self::Advisory("the pipeline's file comes from the merge request, which can edit it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github(event: &str, workflow: &str) -> &'static str {
        let variables = |name: &str| match name {
            "GITHUB_WORKFLOW_REF" => Some(workflow.to_owned()),
            "GITHUB_REPOSITORY" => Some("team/deploy".to_owned()),
            _ => None,
        };
        Trust::of_github(event, Some("main"), &variables).as_str()
    }

    #[test]
    fn t4_the_level_follows_from_whose_workflow_file_runs() {
        let own = "team/deploy/.github/workflows/gate.yml@refs/heads/main";
        let merge = "team/deploy/.github/workflows/gate.yml@refs/pull/1/merge";
        let other = "team/policies/.github/workflows/gate.yml@refs/heads/main";
        assert_eq!(github("pull_request", other), "required-workflow");
        assert_eq!(github("pull_request_target", own), "default-branch");
        assert_eq!(github("pull_request", merge), "advisory");
        assert_eq!(github("merge_group", merge), "advisory");
        assert_eq!(github("schedule", own), "default-branch");
        assert_eq!(github("workflow_dispatch", own), "default-branch");
        assert_eq!(
            github("workflow_dispatch", "team/deploy/.github/workflows/gate.yml@refs/heads/mine"),
            "advisory"
        );
        assert_eq!(github("push", own), "advisory");
    }

    #[test]
    fn t4_a_gitlab_file_of_another_project_is_out_of_the_changes_reach() {
        let of = |path: &str| {
            let path = path.to_owned();
            Trust::of_gitlab(&move |name: &str| (name == "CI_CONFIG_PATH").then(|| path.clone())).as_str()
        };
        assert_eq!(of("gate.yml@group/policies"), "required-workflow");
        assert_eq!(of(".gitlab-ci.yml"), "advisory");
    }
}
