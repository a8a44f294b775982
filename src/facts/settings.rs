//! Configuration of applications: `.env`, properties, INI and TOML files.
//!
//! In: a parsed file that belongs to no deployment tool. Out: its values as settings, or the names that it declares.
//! Where only the place can say that it is deployed, a place of no environment says that it is not.

use super::environment::Environments;
use super::helm;
use super::key_path::KeyPath;
use super::leaf::{Holder, Walk, verbatim};
use super::scope::{self, Scope, scope_of};
use super::{FileFacts, Recognised, SettingKind};
use crate::document::{Document, Format, Node, Value};
use crate::source::{Located, RepoPath};

/// Reads a file of names and values.
pub(super) fn read(facts: &mut FileFacts, path: &RepoPath, document: Document) {
    let name = path.file_name().to_ascii_lowercase();
    let Document { roots, gaps, format, .. } = document;
    let Some(root) = roots.first() else { return };
    if format == Format::Dotenv && scope::is_env_declaration(&name) {
        facts.recognised.insert(Recognised::EnvironmentDeclaration);
        facts.declared.extend(root.entries().iter().map(|entry| entry.key.clone()));
        facts.gaps = gaps;
        return;
    }
    let deployed = match format {
        Format::Dotenv => true,
        _ => scope_of(path) == Scope::Deploy || is_environment_config(path, root),
    };
    if !deployed {
        return;
    }
    facts.recognised.insert(Recognised::Configuration);
    facts.gaps = gaps;
    let file = path.file_name();
    if format == Format::Toml {
        let place = helm::Values { owner: &file, namespace: None, below: &[] };
        helm::leaves(facts, root, place, SettingKind::Other);
        return;
    }
    let source = facts.source.clone();
    let walk = Walk { source: &source, skip: &|key, _| key.starts_with("sops_") };
    let holder = Holder { kind: SettingKind::Line, owner: &file, namespace: None };
    let nothing = Located::new(String::new(), root.span);
    walk.each(root, &nothing, &mut KeyPath::default(), &mut |leaf| {
        facts.add_setting(holder, leaf.key, leaf.node, leaf.path, verbatim);
    });
}

/// An application's own configuration for one environment. What is a list of plays, an API or a rule file is none.
pub(super) fn is_environment_config(path: &RepoPath, root: &Node) -> bool {
    const NO_CONFIG: [&str; 16] = [
        "openapi",
        "swagger",
        "asyncapi",
        "jobs",
        "stages",
        "repos",
        "on",
        "plays",
        "groups",
        "lockfileVersion",
        "packages",
        "panels",
        "rule_files",
        "tests",
        "evaluation_interval",
        "AWSTemplateFormatVersion",
    ];
    let known = NO_CONFIG.iter().any(|key| root.get(key).is_some());
    let environment = Environments::default().environment_of(path, None);
    matches!(root.value, Value::Mapping(_)) && !known && environment.is_some()
}
