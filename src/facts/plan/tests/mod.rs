mod emergency;
mod file;
mod markdown;
mod rollback;
mod template;
mod trailers;

use std::sync::Arc;

use super::{DeployPlan, Key, Stated};
use crate::source::{Origin, SourceFile};

fn message(text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::Commit("1a2b3c4d5e".to_owned()), text.to_owned())
}

fn body(text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::PullRequest, text.to_owned())
}

fn file(text: &str) -> Arc<SourceFile> {
    SourceFile::new(Origin::File(".deploy-guard/plan.toml".into()), text.to_owned())
}

fn of_message(text: &str) -> DeployPlan {
    let mut plan = DeployPlan::default();
    plan.add_message(&message(text));
    plan
}

fn of_body(text: &str) -> DeployPlan {
    let mut plan = DeployPlan::default();
    plan.add_body(&body(text));
    plan
}

fn of_file(text: &str) -> DeployPlan {
    let mut plan = DeployPlan::default();
    plan.add_file(&file(text)).unwrap();
    plan
}

/// The values of a key, and that each points at its own text.
fn values(plan: &DeployPlan, key: Key) -> Vec<String> {
    plan.values(key).map(|value| value.value.clone()).collect()
}

fn under(stated: &Stated<String>) -> &str {
    stated.source.slice(stated.span)
}
