use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::probe::Release;

fn digest(letter: char) -> String {
    format!("sha256:{}", letter.to_string().repeat(64))
}

fn deployment(namespace: &str, image: &str) -> Value {
    json!({
        "kind": "Deployment", "metadata": { "name": "d", "namespace": namespace },
        "spec": { "template": { "spec": { "containers": [{ "name": "c", "image": image }] } } },
    })
}

fn pod(namespace: &str, image: &str, digest: &str) -> Value {
    json!({
        "kind": "Pod", "metadata": { "name": "p", "namespace": namespace },
        "spec": { "containers": [{ "name": "c", "image": image }] },
        "status": { "phase": "Running", "containerStatuses": [{ "name": "c", "imageID": format!("x@{digest}") }] },
    })
}

fn look(parameters: &str, images: &[&str], objects: &[Value]) -> Sight {
    let state = json!({ "kind": "List", "items": objects }).to_string();
    look_at(parameters, images, Some(state.as_bytes()))
}

fn look_at(parameters: &str, images: &[&str], state: Option<&[u8]>) -> Sight {
    let release =
        Release { images: images.iter().map(|image| (*image).to_owned()).collect(), ..Release::default() };
    let image: Image = toml::from_str(parameters).unwrap();
    image.look(&Around {
        release: &release,
        door: None,
        clock: &|| Timestamp::UNIX_EPOCH,
        may_run: false,
        cluster_state: state,
        stop: &AtomicBool::new(false),
    })
}

const ETL: &str = "registry.example.org/iot/etl";

#[test]
fn the_reference_that_runs_already_would_run_the_old_container_again() {
    let sight = look("", &[&format!("{ETL}:1.4")], &[deployment("iot", &format!("{ETL}:1.4"))]);
    assert_eq!(sight.outcome, Outcome::Broken);
    assert_eq!(
        sight.summary,
        format!("`{ETL}:1.4` runs already in Deployment iot/d: the old container would run again")
    );
}

#[test]
fn an_image_is_held_against_what_runs_under_its_name() {
    let (a, b) = (digest('a'), digest('b'));
    let at = |tag: &str| format!("{ETL}:{tag}");
    let pinned = |tag: &str, digest: &str| format!("{ETL}:{tag}@{digest}");
    let bare = |digest: &str| format!("{ETL}@{digest}");
    for (released, running, outcome) in [
        (at("1.5"), vec![deployment("iot", &at("1.4"))], Outcome::Holds),
        (at("1.5"), vec![deployment("iot", "registry.example.org/iot/api:1.5")], Outcome::Holds),
        (at("1.5"), vec![deployment("iot", "iot/etl:1.5")], Outcome::Holds),
        (at("1.4"), vec![pod("iot", &at("1.4"), &a)], Outcome::Broken),
        (pinned("1.4", &b), vec![pod("iot", &at("1.4"), &a)], Outcome::Holds),
        (pinned("1.4", &b), vec![deployment("iot", &pinned("1.4", &a))], Outcome::Holds),
        (pinned("1.5", &a), vec![pod("iot", &at("1.4"), &a)], Outcome::Broken),
        (bare(&a), vec![pod("iot", &at("1.4"), &a)], Outcome::Broken),
        (bare(&b), vec![pod("iot", &at("1.4"), &a), deployment("iot", &at("1.4"))], Outcome::Holds),
        (bare(&a), vec![pod("iot", &at("1.4"), &a), deployment("iot", &at("1.4"))], Outcome::Broken),
        (bare(&a), vec![deployment("iot", &at("1.4"))], Outcome::CannotTell),
        (pinned("1.4", &a), vec![deployment("iot", &at("1.4"))], Outcome::CannotTell),
        (at("1.4"), vec![deployment("iot", &bare(&a))], Outcome::CannotTell),
        (at("1.4"), vec![deployment("prod", &at("1.3")), deployment("staging", &at("1.4"))], Outcome::Holds),
        (format!("{ETL}:${{TAG}}"), vec![deployment("iot", &at("1.4"))], Outcome::CannotTell),
    ] {
        let sight = look("", &[&released], &running);
        assert_eq!(sight.outcome, outcome, "{released} {running:?}: {sight:?}");
    }
}

#[test]
fn one_bad_image_among_good_ones_decides() {
    let state = [deployment("iot", &format!("{ETL}:1.4")), deployment("iot", "shop/web:1")];
    let sight = look("", &["shop/web:2", &format!("{ETL}:1.4")], &state);
    assert_eq!(sight.outcome, Outcome::Broken);
    assert_eq!(sight.details, ["`shop/web:2` differs from what runs"]);
}

#[test]
fn only_namespaces_that_are_meant_are_looked_at() {
    let state = [deployment("staging", "shop/web:2"), deployment("prod", "shop/web:1")];
    assert_eq!(look("namespace = ['staging']", &["shop/web:2"], &state).outcome, Outcome::Broken);
    assert_eq!(look("namespace = ['prod']", &["shop/web:2"], &state).outcome, Outcome::Holds);
}

#[test]
fn a_first_release_says_so() {
    let sight = look("", &["shop/new:1"], &[deployment("prod", "shop/web:1")]);
    assert_eq!(sight.outcome, Outcome::Holds);
    assert_eq!(sight.details, ["`shop/new:1` is the first of its name here: nothing runs that it replaces"]);
}

#[test]
fn without_anything_to_hold_it_against_nothing_can_be_told() {
    let sight = look_at("", &["shop/web:1"], None);
    assert_eq!(sight.outcome, Outcome::CannotTell);
    assert_eq!(sight.summary, "neither a registry nor the cluster's state is given");
    assert!(sight.remedy.unwrap().contains("--cluster-state FILE"));
    let stated = "registry = 'https://registry.example.org'\nrunning = 'differs'";
    assert_eq!(look_at(stated, &["shop/web:1"], None).summary, "the cluster's state is not given");
    assert_eq!(look_at("running = 'any'", &["shop/web:1"], Some(b"{}")).outcome, Outcome::CannotTell);
    assert_eq!(look_at("", &["shop/web:1"], Some(b"{}")).outcome, Outcome::CannotTell);
    assert_eq!(look_at("", &[], None).outcome, Outcome::Holds);
    let offline = look_at("registry = 'https://registry.example.org'", &["shop/web:1"], None);
    assert_eq!(
        (offline.outcome, offline.summary.as_str()),
        (Outcome::CannotTell, "not asked: this run is offline")
    );
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let parsed = |text: &str| toml::from_str::<Image>(text);
    assert!(parsed("registry = 'registry.example.org'").unwrap().validate().is_err());
    assert!(parsed("registry = 'https://registry.example.org'").unwrap().validate().is_ok());
    assert!(parsed("running = 'same'").is_err() && parsed("registries = true").is_err());
}
