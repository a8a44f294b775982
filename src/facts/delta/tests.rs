//! What is gone, moved and renamed, on whole trees.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Delta, ResourceChange, Standing};
use crate::change::{Asker, Change, Memory, PullRequests, Reader, Side, Tree};
use crate::facts::Snapshot;
use crate::facts::environment::Environments;

type Files = BTreeMap<String, String>;

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn delta(before: Files, after: Files) -> Delta {
    let reader = Memory::new(vec![before, after]);
    let side = |state: usize| Side {
        label: String::new(),
        commit: Some(Memory::id(state)),
        tree: Tree::Object(Memory::id(state)),
    };
    let (base, head) = (side(0), side(1));
    let change = Change {
        asker: Asker::Range,
        files: reader.diff(&base.tree, &head.tree).unwrap(),
        base,
        head,
        commits: Vec::new(),
        target: None,
        force: None,
        authority: None,
        pull_requests: PullRequests::None,
        cut_at: None,
        notes: Vec::new(),
    };
    let before = Snapshot::new(&reader, &change.base.tree);
    let after = before.beside(&change.head.tree);
    Delta::between(&change, &before, &after, &Environments::default()).unwrap()
}

fn shown(standing: &Standing) -> String {
    let environment = standing.environment.as_ref().map_or("-", |environment| environment.name.as_str());
    let by = standing.by.as_deref().unwrap_or("-");
    format!("{} {environment} {by}", standing.resource.id.display())
}

/// Everything that went, with where from and by what.
fn gone(delta: &Delta) -> Vec<String> {
    delta
        .resources
        .iter()
        .filter_map(|change| match change {
            ResourceChange::Removed(standing) => Some(shown(standing)),
            ResourceChange::Renamed { before, after } => {
                Some(format!("{} -> {}", shown(before), after.resource.id.name))
            }
            ResourceChange::Added(_) | ResourceChange::Modified { .. } => None,
        })
        .collect()
}

fn config(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  A: '1'\n  B: '2'\n  C: '3'\n  D: '4'\n"
    )
}

const LISTS_A: &str = "resources:\n  - a.yaml\n";

#[test]
fn a_base_leaves_every_environment_that_takes_it_in() {
    let overlay = "resources: [../base]\n";
    let before = files(&[
        ("base/kustomization.yaml", LISTS_A),
        ("base/a.yaml", &config("a")),
        ("prod/kustomization.yaml", overlay),
        ("staging/kustomization.yaml", overlay),
    ]);
    let mut after = before.clone();
    after.remove("base/a.yaml");
    after.insert("base/kustomization.yaml".to_owned(), "resources: []\n".to_owned());
    assert_eq!(gone(&delta(before, after)), ["ConfigMap a production prod", "ConfigMap a staging staging"]);
}

#[test]
fn the_line_that_was_taken_out_is_the_place() {
    let before = files(&[
        ("base/kustomization.yaml", LISTS_A),
        ("base/a.yaml", &config("a")),
        ("prod/kustomization.yaml", "resources:\n  - ../base\n"),
    ]);
    let mut after = before.clone();
    after.insert("prod/kustomization.yaml".to_owned(), "resources: []\n".to_owned());
    let delta = delta(before, after);
    let [ResourceChange::Removed(standing)] = delta.resources.as_slice() else { panic!("{delta:?}") };
    let taken = standing.taken_out.as_ref().unwrap();
    assert_eq!(taken.source.slice(taken.entry.span), "../base");
    assert_eq!(standing.source.slice(standing.resource.name_span), "a");
}

#[test]
fn two_places_that_become_one_are_one_loss() {
    let before = files(&[("prod-eu/a.yaml", &config("a")), ("prod-us/a.yaml", &config("a"))]);
    let after = files(&[("prod-ap/a.yaml", &config("a"))]);
    assert_eq!(gone(&delta(before, after)), ["ConfigMap a production -"]);
}

#[test]
fn an_overlay_on_an_overlay_of_the_same_environment_is_no_place_of_its_own() {
    let before = files(&[
        ("prod/kustomization.yaml", LISTS_A),
        ("prod/a.yaml", &config("a")),
        ("clusters/prod/kustomization.yaml", "resources: [../../prod]\n"),
    ]);
    // Taken in at once instead of by way of another one.
    let mut after = before.clone();
    after
        .insert("clusters/prod/kustomization.yaml".to_owned(), "resources: [../../prod/a.yaml]\n".to_owned());
    assert!(gone(&delta(before, after)).is_empty());
}

#[test]
fn a_new_name_with_the_same_substance_is_a_rename_and_an_old_one_is_none() {
    let before = files(&[("prod/a.yaml", &config("a"))]);
    let renamed = delta(before.clone(), files(&[("prod/a.yaml", &config("b"))]));
    assert_eq!(gone(&renamed), ["ConfigMap a production - -> b"]);
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\ndata:\n  X: '1'\n";
    assert_eq!(gone(&delta(before, files(&[("prod/a.yaml", other)]))), ["ConfigMap a production -"]);
}

#[test]
fn what_cannot_be_read_any_more_is_not_gone() {
    let before = files(&[("prod/a.yaml", &config("a"))]);
    let after = files(&[("prod/a.yaml", "apiVersion: v1\nkind: [\nmetadata: {\n")]);
    assert!(gone(&delta(before, after)).is_empty());
}

#[test]
fn circles_and_lattices_of_kustomizations_end() {
    let mut before = Files::new();
    // Each takes in the two below it: 2^40 ways, and a circle at the top.
    for level in 0..40 {
        for side in ["l", "r"] {
            let below = level + 1;
            let text = format!("resources: [../l{below}, ../r{below}, ../l0]\n");
            before.insert(format!("{side}{level}/kustomization.yaml"), text);
        }
    }
    before.insert("l40/kustomization.yaml".to_owned(), LISTS_A.to_owned());
    before.insert("r40/kustomization.yaml".to_owned(), "resources: [../l40]\n".to_owned());
    before.insert("l40/a.yaml".to_owned(), config("a"));
    before.insert("prod/kustomization.yaml".to_owned(), "resources: [../l0]\n".to_owned());
    let mut after = before.clone();
    after.remove("l40/a.yaml");
    assert_eq!(gone(&delta(before, after)), ["ConfigMap a production prod"]);
}

#[test]
fn a_thousand_things_of_one_name_are_no_trouble() {
    let mut text = String::new();
    // A stream holds at most a thousand documents.
    for number in 0..900 {
        write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{A: '{number}'}}\n"
        )
        .unwrap();
    }
    let before = files(&[("prod/a.yaml", &text), ("prod/b.yaml", &text)]);
    let delta = delta(before, files(&[("prod/c.yaml", &text)]));
    assert_eq!(gone(&delta), ["ConfigMap a production -"]);
}
