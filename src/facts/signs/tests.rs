//! What changes show, on whole trees.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sign, Signs, images, signs, workloads};
use crate::change::{Asker, Change, Memory, PullRequests, Reader, Side, Tree};
use crate::facts::Snapshot;
use crate::facts::delta::Delta;
use crate::facts::environment::Environments;
use crate::source::RepoPath;

type Files<'a> = &'a [(&'a str, &'a str)];

struct Seen {
    signs: Signs,
    workloads: BTreeSet<String>,
    images: Vec<String>,
}

impl Seen {
    fn places(&self, sign: Sign) -> Vec<&str> {
        self.signs.get(&sign).into_iter().flatten().map(String::as_str).collect()
    }
}

/// `both` lies on both sides.
fn seen(both: Files<'_>, before: Files<'_>, after: Files<'_>) -> Seen {
    let files = |own: Files<'_>| -> BTreeMap<String, String> {
        both.iter().chain(own).map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let reader = Memory::new(vec![files(before), files(after)]);
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
    let delta = Delta::between(&change, &before, &after, &Environments::default()).unwrap();
    let paths: Vec<&RepoPath> = change.files.iter().map(|file| &file.path).collect();
    Seen {
        signs: signs(&delta, &before, &after, &|_| true, &paths).unwrap(),
        workloads: workloads(&before, &after, &paths).unwrap(),
        images: images(&after, &paths).unwrap(),
    }
}

fn changed(path: &str, before: &str, after: &str) -> Seen {
    seen(&[], &[(path, before)], &[(path, after)])
}

const INGRESS: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  labels:\n    team: a\nspec:\n  rules:\n  - host: shop.example.org\n";

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: web\n        image: shop/web\n        env:\n        - name: DB_PASSWORD\n          valueFrom: {secretKeyRef: {name: db, key: password}}\n        resources: {limits: {cpu: 1}}\n";

#[test]
fn another_host_is_called_otherwise_and_another_label_is_not() {
    let path = "k8s/ingress.yaml";
    let other = |from: &str, to: &str| changed(path, INGRESS, &INGRESS.replace(from, to));
    assert_eq!(other("shop.example.org", "buy.example.org").places(Sign::Ingress), ["Ingress web"]);
    assert_eq!(other("team: a", "team: b").signs, Signs::new());
    assert_eq!(changed(path, INGRESS, &format!("# the shop\n{INGRESS}")).signs, Signs::new());
    let record =
        "resource \"aws_route53_record\" \"in\" {\n  records = [\"192.0.2.1\"]\n  tags = { a = \"1\" }\n}\n";
    assert_eq!(changed("dns.tf", record, &record.replace("a = \"1\"", "a = \"2\"")).signs, Signs::new());
    assert!(!changed("dns.tf", record, &record.replace(".2.1", ".2.2")).places(Sign::Dns).is_empty());
}

#[test]
fn a_way_in_that_values_or_labels_of_containers_name_counts() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart:\n    spec: {chart: web, version: 1.0.0}\n  values:\n    ingressHost: a.example.org\n    workers: 2\n";
    let other = |from: &str, to: &str| changed("apps/web.yaml", release, &release.replace(from, to));
    assert_eq!(other("a.example", "b.example").places(Sign::Ingress).len(), 1);
    assert_eq!(other("workers: 2", "workers: 3").places(Sign::Ingress).len(), 0);
    assert_eq!(other("1.0.0", "1.1.0").places(Sign::Image), ["the version in HelmRelease web"]);
    let compose = "services:\n  web:\n    image: shop/web:1\n    labels:\n      - traefik.http.routers.web.rule=Host(`a.example.org`)\n";
    let seen = changed("docker-compose.yml", compose, &compose.replace("a.example", "b.example"));
    assert_eq!(seen.places(Sign::Ingress), ["service web"]);
}

#[test]
fn a_name_that_is_published_with_a_new_service_is_a_dns_change() {
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    external-dns.alpha.kubernetes.io/hostname: shop.example.org\nspec:\n  ports: [{port: 80}]\n";
    assert_eq!(seen(&[], &[], &[("k8s/svc.yaml", service)]).places(Sign::Dns), ["Service web"]);
    let plain = service.replace("external-dns.alpha.kubernetes.io/", "example.org/");
    assert_eq!(seen(&[], &[], &[("k8s/svc.yaml", &plain)]).places(Sign::Dns).len(), 0);
}

#[test]
fn a_session_starts_anew_by_what_a_workload_does_and_not_by_how_much_of_it_runs() {
    let other = |from: &str, to: &str| changed("k8s/web.yaml", WEB, &WEB.replace(from, to));
    assert_eq!(other("replicas: 2", "replicas: 3").signs, Signs::new());
    assert_eq!(other("cpu: 1", "cpu: 2").signs, Signs::new());
    assert_eq!(other("key: password", "key: pass").places(Sign::Session), ["Deployment web"]);
    assert_eq!(other("image: shop/web", "image: shop/web:2").places(Sign::Session), ["Deployment web"]);
}

#[test]
fn of_many_secrets_in_a_file_the_one_that_changed_is_named() {
    let secret = |name: &str, value: &str| {
        format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ndata:\n  password: {value}\n")
    };
    let of = |value: &str| secret("db", "YQ==") + &secret("mail", value) + &secret("queue", "YQ==");
    let seen = changed("k8s/secrets.yaml", &of("YQ=="), &of("Yg=="));
    assert_eq!(seen.places(Sign::Secret), ["Secret mail"]);
    assert_eq!(seen.places(Sign::Session), ["Secret mail"]);
}

#[test]
fn a_secret_that_is_encrypted_for_other_readers_holds_the_same() {
    let secret = |mac: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata:\n  password: ENC[AES256_GCM,data:x]\nsops:\n  mac: {mac}\n  version: 3.8.0\n"
        )
    };
    assert_eq!(changed("k8s/db.enc.yaml", &secret("ENC[a]"), &secret("ENC[b]")).signs, Signs::new());
}

#[test]
fn a_new_tag_in_a_kustomization_releases_the_workload_beneath_it() {
    let overlay = "resources: [../../base]\nimages:\n- name: shop/web\n  newName: registry.example/shop/web\n  newTag: 1.0.0\n";
    let base = [("base/kustomization.yaml", "resources: [web.yaml]\n"), ("base/web.yaml", WEB)];
    let path = "overlays/prod/kustomization.yaml";
    let seen = |after: &str| seen(&base, &[(path, overlay)], &[(path, after)]);
    let moved = seen(&overlay.replace("1.0.0", "1.1.0"));
    assert_eq!(moved.workloads, BTreeSet::from(["web".to_owned()]));
    assert_eq!(moved.places(Sign::Session), ["Deployment web"]);
    assert_eq!(moved.images, ["registry.example/shop/web:1.1.0"]);
    let other = seen(&format!("{overlay}namePrefix: a-\n"));
    assert_eq!((other.workloads.len(), other.places(Sign::Session).len()), (0, 0));
}

#[test]
fn an_image_that_a_kustomization_puts_another_in_the_place_of_is_not_what_runs() {
    let overlay = "resources: [../../base]\nimages:\n- name: shop/web\n  newTag: 1.0.0\n";
    let both = [
        ("overlays/prod/kustomization.yaml", overlay),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
    ];
    let more = WEB.replace("replicas: 2", "replicas: 3");
    assert!(seen(&both, &[("base/web.yaml", WEB)], &[("base/web.yaml", &more)]).images.is_empty());
    assert_eq!(changed("base/web.yaml", WEB, &more).images, ["shop/web"]);
}

#[test]
fn what_is_called_a_workload_has_a_name_of_its_own() {
    let values = "image: {repository: shop/web, tag: 1.0.0}\nDB_PASSWORD: x\n";
    let seen_values = seen(&[], &[], &[("charts/web/values.yaml", values)]);
    assert_eq!(seen_values.workloads, BTreeSet::new());
    let template = WEB.replace("name: web\nspec", "name: \"${NAME}\"\nspec");
    assert_eq!(seen(&[], &[], &[("k8s/web.yaml", &template)]).workloads, BTreeSet::new());
    assert_eq!(seen(&[], &[], &[("k8s/web.yaml", WEB)]).workloads, BTreeSet::from(["web".to_owned()]));
}
