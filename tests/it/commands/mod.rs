//! The commands beside `check`, on the binary: what they print, where, and what they exit with.

mod calendar;
mod checklist;
mod init;
mod plan;
mod streams;
mod verify;
mod waiver;

use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const WEB: &str = "k8s/prod/web.yaml";

fn web(image: &str, minutes: u32) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example/shop/web:{image}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
data:
  SESSION_MINUTES: \"{minutes}\"
"
    )
}

/// `main` with one release, and `work` checked out with the next one on it.
fn next_release<'a>(sandbox: &'a Sandbox, message: &str) -> Repository<'a> {
    let repository = sandbox.repository("shop", &[Commit::new("first release").write(WEB, web("1.4.1", 60))]);
    repository.git(&["checkout", "-q", "-b", "work"]);
    repository.commit_on("work", &[Commit::new(message).write(WEB, web("1.4.2", 60))]);
    repository
}

fn refused_as_usage(outcome: &Outcome, words: &str) {
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(outcome.stderr.contains(words), "{words}: {outcome}");
}
