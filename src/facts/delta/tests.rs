//! Changes as people make them, and what they did.

use super::*;
use crate::change::{Asker, Change, Memory, Reader, Side, Tree};

/// Compares two trees, given as path and text.
fn between(before: &[(&str, &str)], after: &[(&str, &str)]) -> Delta {
    let state = |files: &[(&str, &str)]| {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let reader = Memory::new(vec![state(before), state(after)]);
    let tree = |at: usize| Tree::Object(Memory::id(at));
    let side = |at: usize| Side { label: String::new(), commit: Some(Memory::id(at)), tree: tree(at) };
    let change = Change {
        asker: Asker::Range,
        base: side(0),
        head: side(1),
        files: reader.diff(&tree(0), &tree(1)).unwrap(),
        commits: Vec::new(),
        target: None,
        force: None,
        pull_request_body: None,
        notes: Vec::new(),
    };
    let (base, head) = (tree(0), tree(1));
    let (base, head) = (Snapshot::new(&reader, &base), Snapshot::new(&reader, &head));
    Delta::between(&change, &base, &head, &Environments::default()).unwrap()
}

/// `removed Deployment web @production`
fn told(delta: &Delta) -> Vec<String> {
    let shown = |one: &Standing| {
        format!("{} @{}", one.resource.id.display(), one.environment.as_ref().map_or("", |found| &found.name))
    };
    delta
        .resources
        .iter()
        .map(|change| match change {
            ResourceChange::Added(one) => format!("added {}", shown(one)),
            ResourceChange::Removed(one) => format!("removed {}", shown(one)),
            ResourceChange::Modified { after, keys, .. } => {
                let keys: Vec<_> = keys.iter().map(|key| key.path.as_str()).collect();
                format!("modified {}: {}", shown(after), keys.join(", "))
            }
            ResourceChange::Renamed { before, after } => {
                format!("renamed {} to {}", shown(before), after.resource.id.name)
            }
        })
        .collect()
}

fn deployment(name: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels: {{app: {name}}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: {name}\n        image: {image}\n        ports: [{{containerPort: 80}}]\n"
    )
}

#[test]
fn lines_that_move_within_a_file_change_nothing() {
    let (web, db) = (deployment("web", "a:1"), deployment("db", "b:1"));
    let delta = between(
        &[("prod/all.yaml", &format!("{web}---\n{db}"))],
        &[("prod/all.yaml", &format!("# moved\n{db}---\n{web}"))],
    );
    assert!(told(&delta).is_empty() && delta.moved.is_empty());
}

#[test]
fn a_modification_names_the_key_with_both_values_and_places() {
    let (before, after) = (deployment("web", "a:1"), deployment("web", "a:2"));
    let delta = between(&[("prod/web.yaml", &before)], &[("prod/web.yaml", &after)]);
    assert_eq!(
        told(&delta),
        ["modified Deployment web @production: spec.template.spec.containers[web].image"]
    );
    let ResourceChange::Modified { before: one, after: two, keys } = &delta.resources[0] else { panic!() };
    let (old, new) = (keys[0].before.as_ref().unwrap(), keys[0].after.as_ref().unwrap());
    assert_eq!((old.0.as_str(), new.0.as_str()), ("a:1", "a:2"));
    assert_eq!((one.source.slice(old.1), two.source.slice(new.1)), ("a:1", "a:2"));
}

#[test]
fn items_of_lists_go_by_their_name_and_arguments_by_theirs() {
    let object =
        |spec: &str| format!("apiVersion: example.org/v1\nkind: App\nmetadata: {{name: a}}\nspec: {spec}\n");
    let changed = |one: &str, other: &str| {
        let delta = between(&[("prod/a.yaml", &object(one))], &[("prod/a.yaml", &object(other))]);
        told(&delta).first().map(|text| text.rsplit(": ").next().unwrap_or_default().to_owned())
    };
    let key = |one: &str, other: &str| changed(one, other).unwrap();
    assert_eq!(
        key("{env: [{name: A, value: b}]}", "{env: [{name: N, value: n}, {name: A, value: b}]}"),
        "spec.env[N].name, spec.env[N].value"
    );
    assert_eq!(key("{args: [--a, --keep=30d]}", "{args: [--keep=7d, --a]}"), "spec.args[--keep]");
    assert_eq!(key("{args: [--a, --b]}", "{args: [--b]}"), "spec.args[--a]");
    assert_eq!(changed("{args: [--a, --b]}", "{args: [--b, --a]}"), None);
    assert_eq!(
        key("{rules: [{host: a, x: 1}]}", "{rules: [{host: b, x: 1}, {host: a, x: 2}]}"),
        "spec.rules[a].x, spec.rules[b].host, spec.rules[b].x"
    );
    assert_eq!(
        key("{volumes: [{name: v, emptyDir: {}}]}", "{volumes: [{name: v}]}"),
        "spec.volumes[v].emptyDir"
    );
    assert_eq!(key("{list: [a, a]}", "{list: [a]}"), "spec.list[a#2]");
    assert_eq!(key("{x: 1}", "{x: '1', y: 2}"), "spec.y", "the text is the same");
    assert_eq!(
        key("{l: [{cluster: a, n: 1}, {cluster: b, n: 1}]}", "{l: [{cluster: b, n: 2}, {cluster: a, n: 1}]}"),
        "spec.l[b].n"
    );
}

#[test]
fn a_file_that_is_moved_within_its_environment_changes_nothing() {
    let web = deployment("web", "a:1");
    let delta = between(&[("prod/web.yaml", &web)], &[("prod/shop/web.yaml", &web)]);
    assert!(told(&delta).is_empty());
    assert_eq!(delta.moved.len(), 1);
    assert_eq!(delta.moved[0].after.path, "prod/shop/web.yaml".into());
}

#[test]
fn a_file_that_is_moved_out_of_its_environment_takes_its_resources_away() {
    let web = deployment("web", "a:1");
    let delta = between(&[("prod/web.yaml", &web)], &[("stage/web.yaml", &web)]);
    assert_eq!(told(&delta), ["removed Deployment web @production", "added Deployment web @staging"]);
}

#[test]
fn of_two_applications_that_call_something_the_same_each_keeps_its_own() {
    let (one, other) =
        (deployment("web", "a:1"), deployment("web", "a:1").replace("a:1", "b:1").replace("80", "90"));
    let other = other.replace("replicas: 2", "replicas: 9\n  paused: true\n  minReadySeconds: 5\n  revisionHistoryLimit: 1\n  x: [a, b, c, d, e, f]");
    let delta = between(
        &[("a/prod/web.yaml", &one), ("b/prod/web.yaml", &other)],
        &[("c/prod/web.yaml", &other), ("d/prod/web.yaml", &one)],
    );
    assert!(told(&delta).is_empty(), "{:?}", told(&delta));
    assert_eq!(delta.moved.len(), 2);
    let delta =
        between(&[("a/prod/web.yaml", &one), ("b/prod/web.yaml", &one)], &[("b/prod/web.yaml", &one)]);
    assert_eq!(told(&delta), ["removed Deployment web @production"]);
}

#[test]
fn what_is_still_defined_in_another_file_is_not_gone() {
    let web = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {a: b}\n";
    let delta = between(&[("prod/a.yaml", web), ("prod/b.yaml", web)], &[("prod/b.yaml", web)]);
    assert!(told(&delta).is_empty());
}

#[test]
fn another_name_for_the_same_substance_is_a_rename() {
    let delta = between(
        &[("prod/web.yaml", &deployment("web", "a:1"))],
        &[("prod/web.yaml", &deployment("front", "a:1"))],
    );
    assert_eq!(told(&delta), ["renamed Deployment web @production to front"]);
    let delta = between(
        &[("prod/web.yaml", &deployment("web", "a:1"))],
        &[(
            "prod/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: new}\nspec: {selector: {x: y}, template: {spec: {containers: [{image: other, name: z}]}}}\n",
        )],
    );
    assert_eq!(told(&delta).len(), 2);
}

#[test]
fn another_kind_under_the_same_name_removes_the_old_object() {
    let before = deployment("web", "a:1");
    let after = before.replace("kind: Deployment", "kind: StatefulSet");
    let delta = between(&[("prod/web.yaml", &before)], &[("prod/web.yaml", &after)]);
    assert_eq!(told(&delta), ["removed Deployment web @production", "added StatefulSet web @production"]);
}

#[test]
fn a_group_or_namespace_that_is_spelt_out_is_no_other_object() {
    let before = deployment("web", "a:1");
    let after = before.replace("  name: web\n", "  name: web\n  namespace: shop\n");
    let delta = between(&[("prod/web.yaml", &before)], &[("prod/web.yaml", &after)]);
    assert_eq!(told(&delta), ["modified Deployment shop/web @production: metadata.namespace"]);
    let old = before.replace("apps/v1", "extensions/v1beta1");
    let delta = between(&[("prod/web.yaml", &old)], &[("prod/web.yaml", &before)]);
    assert_eq!(told(&delta), ["modified Deployment web @production: apiVersion"]);
}

#[test]
fn a_patch_that_goes_leaves_its_object() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n";
    let delta = between(&[("prod/replicas.yaml", patch)], &[]);
    assert!(told(&delta).is_empty());
    assert_eq!(delta.unpatched.len(), 1);
    assert_eq!(delta.unpatched[0].path, "prod/replicas.yaml".into());
    // Its shape is that of a whole object: only the kustomization says that it is a patch.
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: b}\n";
    let listing = "patches:\n- path: web.yaml\n";
    let delta = between(
        &[("prod/kustomization.yaml", listing), ("prod/web.yaml", map)],
        &[("prod/kustomization.yaml", "resources: []\n")],
    );
    assert!(told(&delta).is_empty());
    assert_eq!(delta.unpatched.len(), 1);
}

#[test]
fn what_nobody_lists_any_more_leaves_the_environment_though_its_file_stays() {
    let (web, queue) = (deployment("web", "a:1"), deployment("queue", "b:1"));
    let base = "resources: [queue.yaml]\n";
    let tree = |listing: &str| {
        between(
            &[
                ("overlays/prod/kustomization.yaml", "resources:\n- web.yaml\n- ../../base\n"),
                ("overlays/prod/web.yaml", &web),
                ("base/kustomization.yaml", base),
                ("base/queue.yaml", &queue),
            ],
            &[
                ("overlays/prod/kustomization.yaml", listing),
                ("overlays/prod/web.yaml", &web),
                ("base/kustomization.yaml", base),
                ("base/queue.yaml", &queue),
            ],
        )
    };
    let delta = tree("resources:\n- web.yaml\n");
    assert_eq!(told(&delta), ["removed Deployment queue @production"]);
    let ResourceChange::Removed(gone) = &delta.resources[0] else { panic!() };
    let taken = gone.taken_out.as_ref().unwrap();
    assert_eq!(taken.source.slice(taken.entry.span), "../../base");
    assert!(told(&tree("resources: [./web.yaml, ../../base/]\n")).is_empty(), "spelt another way");
    assert!(
        told(&tree("resources: [web.yaml, ../../base/queue.yaml]\n")).is_empty(),
        "brought in another way"
    );
    assert_eq!(told(&tree("resources: []\n")).len(), 2);
}

#[test]
fn a_removal_is_told_once() {
    let web = deployment("web", "a:1");
    let delta = between(
        &[("prod/kustomization.yaml", "resources: [web.yaml]\n"), ("prod/web.yaml", &web)],
        &[("prod/kustomization.yaml", "resources: []\n")],
    );
    assert_eq!(told(&delta), ["removed Deployment web @production"]);
    let ResourceChange::Removed(gone) = &delta.resources[0] else { panic!() };
    assert!(gone.taken_out.is_none(), "its file is gone");
}

#[test]
fn a_values_file_that_goes_removes_no_resource() {
    let delta = between(&[("prod/values.yaml", "image: {repository: a, tag: b}\n")], &[]);
    assert!(told(&delta).is_empty() && delta.unpatched.is_empty());
}

#[test]
fn a_file_that_can_no_longer_be_read_is_not_gone() {
    let web = deployment("web", "a:1");
    let delta = between(&[("prod/web.yaml", &web)], &[("prod/web.yaml", &format!("{web}x: [\n"))]);
    assert!(told(&delta).is_empty());
}

#[test]
fn hundreds_of_renames_stay_quick() {
    let many = |prefix: &str| {
        (0..300)
            .map(|at| deployment(&format!("{prefix}-{at}"), &format!("{prefix}{at}:1")))
            .collect::<Vec<_>>()
            .join("---\n")
    };
    let delta = between(&[("prod/a.yaml", &many("old"))], &[("prod/a.yaml", &many("new"))]);
    assert!(delta.resources.len() >= 300);
}
