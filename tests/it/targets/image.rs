//! P1, P4: a registry on loopback that has images, wants tokens, or lies.

use std::path::Path;
use std::time::Duration;

use deploy_guard::http::{Bounds, Door, Targets};
use deploy_guard::probe::{Evidence, Outcome, Release, digest};
use serde_json::json;

use super::Run;
use crate::platform::server::{Answer, Asked, Server};

const TOKEN: &str = "planted-token-5f1c";
const MANIFEST: &str = r#"{"schemaVersion":2}"#;

fn door() -> Door {
    let bounds = Bounds {
        connect: Duration::from_millis(500),
        attempt: Duration::from_millis(700),
        total: Duration::from_secs(10),
        pause: Duration::from_millis(5),
        ..Bounds::default()
    };
    let private = vec![Targets::parse("127.0.0.1").unwrap()];
    Door::new(bounds, Targets { private }, Vec::new(), None)
}

/// Asks the server's registry for images of which `HOST` is the server's own.
fn look(server: &Server, images: &[&str], parameters: &str) -> Evidence {
    let base = server.url("");
    let host = base.trim_start_matches("http://");
    let images = images.iter().map(|image| image.replace("HOST", host)).collect();
    let door = door();
    let run = Run {
        release: Release { images, ..Release::default() },
        door: Some(&door),
        ..Run::in_(Path::new("."))
    };
    run.gather(&format!("[image]\nregistry = '{base}'\n{parameters}"))
}

/// Has `iot/etl:1.5` for everybody.
fn open(asked: &Asked) -> Answer {
    match asked.line.as_str() {
        "GET /v2/iot/etl/manifests/1.5" => Answer::of(200, MANIFEST),
        _ => Answer::not_found(),
    }
}

#[test]
fn an_image_that_is_there_is_told_with_its_digest() {
    let server = Server::start(open);
    let seen = look(&server, &["HOST/iot/etl:1.5"], "");
    assert_eq!(seen.outcome, Outcome::Holds, "{seen:?}");
    let is = format!("sha256:{}", digest(MANIFEST.as_bytes()));
    assert!(seen.details[0].ends_with(&format!("/iot/etl:1.5` exists, {is}")), "{seen:?}");
    assert!(seen.asked[0].target.ends_with("/v2/iot/etl/manifests/1.5"));
    assert_eq!(seen.asked[0].digest.as_deref(), Some(&is["sha256:".len()..]));
    let asked = &server.asked()[0];
    for kind in
        ["oci.image.index.v1", "oci.image.manifest.v1", "manifest.list.v2", "docker.distribution.manifest.v2"]
    {
        assert!(asked.header("accept").unwrap().contains(kind), "{kind}");
    }
}

#[test]
fn an_image_that_is_not_there_is_broken_among_those_that_are() {
    let server = Server::start(open);
    let seen = look(&server, &["HOST/iot/etl:1.5", "HOST/iot/etl:1.6"], "");
    assert_eq!(seen.outcome, Outcome::Broken);
    assert!(seen.summary.ends_with("/iot/etl:1.6` does not exist"), "{}", seen.summary);
}

#[test]
fn an_image_of_another_registry_is_not_asked_for() {
    let server = Server::start(open);
    let seen = look(&server, &["HOST/iot/etl:1.5", "registry.example.org/iot/etl:1.6"], "");
    assert_eq!(seen.outcome, Outcome::Holds);
    assert!(seen.details.iter().any(|line| line.contains("lies at registry.example.org")), "{seen:?}");
    assert_eq!(server.asked().len(), 1);
    let seen = look(&server, &["nginx:1"], "");
    assert_eq!(seen.summary, "no image of the release lies in this registry");
    assert_eq!((seen.outcome, server.asked().len()), (Outcome::CannotTell, 1));
}

/// Wants a token of nobody's, which is given at `realm`; `HOST` in it is the server's own.
fn guarded(realm: &'static str) -> Server {
    Server::start(move |asked| match asked.path() {
        "GET /token" => Answer::json(&json!({ "token": TOKEN })),
        "GET /v2/iot/etl/manifests/1.5"
            if asked.header("authorization") == Some(&format!("Bearer {TOKEN}")) =>
        {
            Answer::of(200, MANIFEST)
        }
        _ => {
            let realm = realm.replace("HOST", asked.header("host").unwrap());
            let challenge =
                format!("Bearer realm=\"{realm}\",service=\"the registry\",scope=\"repository:x:push\"");
            Answer::refused(401, "UNAUTHORIZED").header("WWW-Authenticate", &challenge)
        }
    })
}

#[test]
fn a_registry_that_wants_a_token_of_nobodys_gets_one_for_pulling_alone() {
    let server = guarded("http://HOST/token");
    let seen = look(&server, &["HOST/iot/etl:1.5"], "");
    assert_eq!(seen.outcome, Outcome::Holds, "{seen:?}");
    assert_eq!(server.lines()[1], "GET /token?service=the%20registry&scope=repository%3Aiot%2Fetl%3Apull");
    assert!(!format!("{seen:?}").contains(TOKEN));
    let seen = look(&server, &["HOST/iot/other:1.5"], "");
    assert_eq!(seen.outcome, Outcome::CannotTell, "refused with a token, too: {seen:?}");
    assert!(seen.summary.contains("does not show it without a login"), "{}", seen.summary);
}

#[test]
fn p1_a_registry_can_not_send_us_elsewhere_over_a_plain_connection() {
    let other = Server::start(|_| Answer::json(&json!({ "token": TOKEN })));
    let realm: &'static str = Box::leak(other.url("/token").into_boxed_str());
    for realm in [realm, "http://registry.example.org/token", "file:///etc/passwd"] {
        let seen = look(&guarded(realm), &["HOST/iot/etl:1.5"], "");
        assert_eq!(seen.outcome, Outcome::CannotTell, "{realm}");
        assert!(seen.summary.contains("which is not https"), "{}", seen.summary);
    }
    assert!(other.asked().is_empty());
}

#[test]
fn whatever_else_it_answers_nobody_can_tell() {
    type Fault = fn() -> Answer;
    let faults: [Fault; 8] = [
        || Answer::refused(401, "no"),
        || Answer::refused(401, "no").header("WWW-Authenticate", "Basic realm=\"x\""),
        || Answer::refused(403, "no"),
        || Answer::of(500, ""),
        || Answer::Hang,
        || Answer::Reset,
        || Answer::Endless(100 * 1024 * 1024),
        || Answer::of(200, MANIFEST).header("Docker-Content-Digest", &format!("sha256:{}", "0".repeat(64))),
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        let server = Server::start(move |_| fault());
        let seen = look(&server, &["HOST/iot/etl:1.5"], "");
        assert_eq!(seen.outcome, Outcome::CannotTell, "{place}: {seen:?}");
    }
    let server = Server::start(|_| Answer::of(200, MANIFEST));
    let pinned = format!("HOST/iot/etl@sha256:{}", "0".repeat(64));
    assert_eq!(look(&server, &[&pinned], "").outcome, Outcome::CannotTell);
    let pinned = format!("HOST/iot/etl@sha256:{}", digest(MANIFEST.as_bytes()));
    assert_eq!(look(&server, &[&pinned], "").outcome, Outcome::Holds);
}

#[test]
fn the_registrys_digest_tells_whether_a_tag_was_moved() {
    let server = Server::start(open);
    let base = server.url("");
    let image = format!("{}/iot/etl:1.5", base.trim_start_matches("http://"));
    let door = door();
    for (running, outcome) in
        [(digest(MANIFEST.as_bytes()), Outcome::Broken), ("0".repeat(64), Outcome::Doubtful)]
    {
        let state = json!({
            "kind": "Pod", "metadata": { "name": "etl-0", "namespace": "iot" },
            "spec": { "containers": [{ "name": "c", "image": image }] },
            "status": { "phase": "Running",
                "containerStatuses": [{ "name": "c", "imageID": format!("{image}@sha256:{running}") }] },
        });
        let run = Run {
            release: Release { images: vec![image.clone()], ..Release::default() },
            door: Some(&door),
            cluster_state: Some(state.to_string()),
            ..Run::in_(Path::new("."))
        };
        let seen = run.gather(&format!("[image]\nregistry = '{base}'"));
        assert_eq!(seen.outcome, outcome, "{seen:?}");
    }
}
