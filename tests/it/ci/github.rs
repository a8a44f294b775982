//! GitHub on disk: a bare repository with a pull request's refs, a checkout made as the default one is, and the run's
//! variables and files.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sandbox::{Outcome, Repository, Run, Sandbox};

/// A weekday morning.
pub(crate) const AT: &str = "2026-11-17T10:00:00Z";

/// A pull request as the platform keeps it.
pub(crate) struct Opened {
    pub number: u64,
    pub base: String,
    pub head: String,
    pub merge: String,
}

/// Makes a pull request of a commit that the remote has: its refs, and the platform's merge with `main`.
pub(crate) fn open(remote: &Repository<'_>, number: u64, head: &str) -> Opened {
    let base = remote.tip("refs/heads/main").unwrap();
    let tree = remote.git(&["merge-tree", "--write-tree", &base, head]);
    let message = format!("Merge {head} into {base}");
    let merge = remote.git(&["commit-tree", &tree, "-p", &base, "-p", head, "-m", &message]);
    remote.git(&["update-ref", &format!("refs/pull/{number}/head"), head]);
    remote.git(&["update-ref", &format!("refs/pull/{number}/merge"), &merge]);
    // Any commit can be asked for by its name.
    remote.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    Opened { number, base, head: head.to_owned(), merge }
}

/// What `actions/checkout` does by default, for a commit and the ref it stands on.
pub(crate) fn check_out<'a>(
    sandbox: &'a Sandbox,
    remote: &Repository<'_>,
    commit: &str,
    reference: &str,
    depth: Option<u32>,
) -> Repository<'a> {
    let free = (0..100).map(|number| format!("checkout-{number}")).find(|name| !sandbox.path(name).exists());
    let clone = sandbox.repository(&free.unwrap(), &[]);
    clone.git(&["remote", "add", "origin", &format!("file://{}", remote.url())]);
    let refspec = format!("+{commit}:{reference}");
    let fetch = ["-c", "protocol.version=2", "fetch", "-q", "--no-tags", "--prune"];
    match depth {
        Some(depth) => {
            clone.git(&[&fetch[..], &[&format!("--depth={depth}"), "origin", &refspec]].concat());
        }
        None => {
            clone.git(&[&fetch[..], &["origin", "+refs/heads/*:refs/remotes/origin/*"]].concat());
            clone.git(&[&fetch[..], &["origin", &refspec]].concat());
        }
    }
    clone.git(&["checkout", "-q", "--force", reference]);
    clone
}

/// A checkout of the pull request's merge commit.
pub(crate) fn check_out_merge<'a>(
    sandbox: &'a Sandbox,
    remote: &Repository<'_>,
    opened: &Opened,
    depth: Option<u32>,
) -> Repository<'a> {
    let reference = format!("refs/remotes/pull/{}/merge", opened.number);
    check_out(sandbox, remote, &opened.merge, &reference, depth)
}

/// The payload of a `pull_request` event, with nothing that is not read.
pub(crate) fn payload(opened: &Opened, commits: usize, body: &str) -> Value {
    json!({
        "action": "synchronize",
        "number": opened.number,
        "pull_request": {
            "number": opened.number,
            "html_url": "https://git.example/shop/deploy/pull/1",
            "title": "web: next version",
            "body": body,
            "user": { "login": "opener" },
            "labels": [],
            "commits": commits,
            "head": { "ref": "next", "sha": opened.head },
            // Frozen when the pull request was opened: of no use as a base.
            "base": { "ref": "main", "sha": "0".repeat(40) },
        },
        "repository": { "full_name": "shop/deploy", "default_branch": "main" },
    })
}

/// A run of the gate in a checkout, with the runner's files.
pub(crate) struct Job<'a> {
    pub clone: &'a Repository<'a>,
    pub files: PathBuf,
    /// The time that it judges by; `None`: the machine's.
    pub at: Option<&'static str>,
}

impl<'a> Job<'a> {
    pub(crate) fn new(clone: &'a Repository<'a>) -> Self {
        let files = clone.sandbox.path("runner");
        std::fs::create_dir_all(&files).unwrap();
        Self { clone, files, at: Some(AT) }
    }

    /// `deploy-guard ci` for an event.
    pub(crate) fn command(&self, event: &str, payload: &Value, sha: &str) -> Run {
        let place = self.files.join("event.json");
        std::fs::write(&place, serde_json::to_vec(payload).unwrap()).unwrap();
        // A step begins with empty files.
        for name in ["summary", "output"] {
            std::fs::write(self.files.join(name), "").unwrap();
        }
        self.clone
            .sandbox
            .guard(&self.clone.folder)
            .arg("ci")
            .args(self.at.into_iter().flat_map(|at| ["--at", at, "--allow-simulated"]))
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", &place)
            .env("GITHUB_SHA", sha)
            .env("GITHUB_REPOSITORY", "shop/deploy")
            .env("GITHUB_WORKFLOW_REF", "shop/deploy/.github/workflows/gate.yml@refs/pull/1/merge")
            .env("GITHUB_STEP_SUMMARY", self.files.join("summary"))
            .env("GITHUB_OUTPUT", self.files.join("output"))
    }

    pub(crate) fn summary(&self) -> String {
        std::fs::read_to_string(self.files.join("summary")).unwrap()
    }

    /// A step's output by its name, read as the runner reads it.
    pub(crate) fn output(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.files.join("output")).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (own, delimiter) = line.split_once("<<").expect("a heredoc");
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            if own == name {
                return Some(value.join("\n"));
            }
        }
        None
    }
}

/// The JSON report on stdout.
pub(crate) fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}\n{outcome}"))
}

/// The ids of the policies that refuse.
pub(crate) fn refused_by(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut ids: Vec<String> = findings
        .filter(|finding| finding["severity"] == "block")
        .map(|finding| finding["policy"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
