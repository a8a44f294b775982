use crate::change::{Memory, Tree};
use crate::facts::Snapshot;
use crate::facts::builds::{Builds, takes_in_other_things};
use crate::facts::environment::Environments;

fn with(files: &[(&str, &str)], look: impl FnOnce(&Builds)) {
    let state = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let reader = Memory::new(vec![state]);
    let tree = Tree::Object(Memory::id(0));
    look(&Snapshot::new(&reader, &tree).builds().unwrap());
}

/// Where the resources of a file end up: `folder=environment`.
fn places(builds: &Builds, path: &str, namespace: Option<&str>) -> Vec<String> {
    builds
        .places(&path.into(), namespace, &Environments::default())
        .into_iter()
        .map(|place| {
            format!("{}={}", place.key, place.environment.map_or_else(|| "-".to_owned(), |one| one.name))
        })
        .collect()
}

const FILES: [(&str, &str); 8] = [
    ("base/kustomization.yaml", "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n"),
    ("overlays/prod/kustomization.yml", "resources: [../../base/]\nimages: [{name: web, newTag: '1'}]\n"),
    ("overlays/staging/Kustomization", "bases: [../../base]\n"),
    ("clusters/prod/kustomization.yaml", "resources: [./../../overlays/prod, https://x.example/y?ref=1]\n"),
    ("tenant/kustomization.yaml", "namespace: shop-prod\nresources: [a.yaml]\n"),
    ("odd/kustomization.yaml", "resources: [\n"),
    (
        "part/kustomization.yaml",
        "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [c.yaml]\n",
    ),
    ("prod/part/kustomization.yaml", "components: [../../part]\n"),
];

#[test]
fn a_file_gets_wherever_it_is_taken_in() {
    with(&FILES, |builds| {
        assert_eq!(
            places(builds, "base/web.yaml", None),
            ["clusters/prod=production", "overlays/staging=staging"],
            "the cluster's, not the overlay's below it"
        );
        assert_eq!(places(builds, "base/patch.yaml", None), Vec::<String>::new(), "a patch is no resource");
        assert_eq!(places(builds, "base/dead.yaml", None), Vec::<String>::new(), "nothing takes it in");
        assert_eq!(places(builds, "plain/web.yaml", Some("x-prod")), ["plain/web.yaml=production"]);
        assert_eq!(places(builds, "tenant/a.yaml", None), ["tenant=production"], "by its namespace");
        assert_eq!(
            places(builds, "odd/prod.yaml", None),
            ["odd/prod.yaml=production"],
            "what it lists is not known"
        );
        assert_eq!(places(builds, "part/c.yaml", None), ["prod/part=production"], "a component is no place");
    });
}

#[test]
fn the_ways_up_are_nearest_first_and_know_their_entries() {
    with(&FILES, |builds| {
        let ways = builds.ways(&"base/web.yaml".into()).unwrap();
        let mut shown: Vec<String> = ways
            .iter()
            .map(|way| {
                let steps = way.iter().map(|step| format!("{}:{}", step.build.path, step.entry.value));
                steps.collect::<Vec<_>>().join(" ")
            })
            .collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "base/kustomization.yaml:web.yaml",
                "base/kustomization.yaml:web.yaml overlays/prod/kustomization.yml:../../base/",
                "base/kustomization.yaml:web.yaml overlays/prod/kustomization.yml:../../base/ clusters/prod/kustomization.yaml:./../../overlays/prod",
                "base/kustomization.yaml:web.yaml overlays/staging/Kustomization:../../base",
            ]
        );
        assert_eq!(builds.ways(&"base/patch.yaml".into()).unwrap().len(), 4, "patches go the same ways");
        assert!(builds.unseen_below("clusters/prod").contains("https://x.example/y?ref=1"));
        assert_eq!(
            builds.files_below(&"clusters/prod/kustomization.yaml".into()).len(),
            1,
            "an address is no file"
        );
    });
}

#[test]
fn only_what_is_taken_in_counts() {
    with(&FILES, |builds| {
        let ways = builds.ways(&"base/web.yaml".into()).unwrap();
        let own = ways[0][0].build.kustomization();
        assert!(!takes_in_other_things(own, own));
        assert!(takes_in_other_things(own, None));
    });
}
