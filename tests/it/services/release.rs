//! The move of `iot-data-stale` as a go/no-go against real servers: everything that was wrong is said, and a go follows
//! once it is mended.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::alertmanager::{self, fire_watchdog, later};
use super::daemon::Daemon;
use super::nginx::{self, Certificate, MOVED, TLS, lasting};
use super::{eventually, is_here, prometheus};
use crate::sandbox::{Commit, Outcome, Repository, Sandbox};

const CONFIG: &str = "[calendar]\nzone = \"UTC\"\ndeny = []\n";

const MANIFEST: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: iot-etl\n  namespace: iot\nspec:\n  template:\n    spec:\n      containers:\n        - name: iot-etl\n          image: registry.example/iot/etl:2.0.0\n";

const MESSAGE: &str = "Deploy iot-etl on the new platform\n\nRollback-Plan: point the CNAME of iot-in back to the old environment\nRollback-Trigger: the lag of iot is over 1000\nRollback-Owner: whoever merges this\nSoak: 2h\n";

struct World {
    alerts: Daemon,
    metrics: Daemon,
    lag: prometheus::Exporter,
}

impl World {
    fn checklist(&self, ingest: &str, tls: &str) -> String {
        format!(
            "built-in = false\n\
             [probes]\nprivate = [\"127.0.0.1\"]\nauthorities = \"ops/ca.pem\"\n\
             [service.iot-etl]\nalerts = {{ service = \"iot-etl\" }}\nsession = \"1h\"\n\
             [[evidence]]\nid = \"alerting\"\nservices = [\"iot-etl\"]\nincident = \"inventory-outage\"\n\
             [evidence.probe.alertmanager]\nurl = \"{}\"\n\
             [[evidence]]\nid = \"lag\"\nincident = \"inventory-outage\"\ntriggers = [\"lag of iot\"]\n\
             [evidence.probe.prometheus]\nurl = \"{}\"\nquery = \"kafka_lag\"\nat-most = 1000\nseries = 3\nunit = \"messages\"\n\
             [[evidence]]\nid = \"ingest\"\nincident = \"iot-data-stale\"\n[evidence.probe.http]\nurl = \"{ingest}\"\n\
             [[evidence]]\nid = \"ingest-certificate\"\nincident = \"docs-certificate-expired\"\n\
             [evidence.probe.certificate]\nhosts = [\"{tls}\"]\n",
            self.alerts.url(""),
            self.metrics.url(""),
        )
    }
}

/// A release whose base holds this list and this authority.
fn release<'a>(sandbox: &'a Sandbox, name: &str, checklist: &str, authority: &str) -> Repository<'a> {
    let base = Commit::new("Collect device data")
        .write("deploy-guard.toml", CONFIG)
        .write(".deploy-guard/checklist.toml", checklist)
        .write("ops/ca.pem", authority);
    let work = sandbox.repository(name, &[base]);
    work.git(&["tag", "base"]);
    work.commit(Commit::new(MESSAGE).write("k8s/production/iot-etl.yaml", MANIFEST));
    work
}

fn decided(work: &Repository<'_>) -> (Outcome, Value) {
    let outcome = work.guard(&["go-nogo", "--base", "base", "--no-input", "--format", "json"]);
    let board = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    (outcome, board)
}

#[track_caller]
fn assert_row(board: &Value, item: &str, standing: &str, words: &[&str]) {
    let row = board["rows"].as_array().unwrap().iter().find(|row| row["id"] == item).unwrap();
    assert_eq!(row["standing"], standing, "{row:#}");
    for word in words {
        assert!(row.to_string().contains(word), "{word}: {row:#}");
    }
}

#[test]
fn a_release_is_no_go_for_all_that_is_wrong_out_there_and_go_once_it_is_mended() {
    if !(is_here(alertmanager::PROGRAM) & is_here(prometheus::PROGRAM) & is_here(nginx::PROGRAM)) {
        return;
    }
    let lag = prometheus::Exporter::new(prometheus::lag(5650));
    let world = World {
        alerts: alertmanager::start(alertmanager::CONFIG),
        metrics: prometheus::start(&lag, ""),
        lag,
    };
    let silence = json!({
        "matchers": [{ "name": "service", "value": "iot-.*", "isRegex": true, "isEqual": true }],
        "startsAt": later(-1), "endsAt": later(600), "createdBy": "somebody", "comment": "too loud",
    });
    let silence = world.alerts.good("POST", "/api/v2/silences", &silence.to_string());
    let old = Certificate::new(|params| lasting(params, -60, 3));
    let before = nginx::start(&old);
    let sandbox = Sandbox::new();
    let address = |server: &Daemon, place: usize| format!("127.0.0.1:{}", server.port(place));
    let list = world.checklist(&format!("http://{}/in", address(&before, MOVED)), &address(&before, TLS));
    let (outcome, board) = decided(&release(&sandbox, "before", &list, &old.authority));
    assert_eq!((outcome.code, &board["decision"]), (1, &"no-go".into()), "{outcome}");
    assert_row(&board, "policies", "go", &[]);
    assert_row(&board, "alerting", "no-go", &["somebody", "too loud", "Watchdog"]);
    assert_row(&board, "lag", "no-go", &["5650", "1000", "messages"]);
    assert_row(&board, "ingest", "no-go", &["308", "https"]);
    assert_row(&board, "ingest-certificate", "no-go", &["3 days"]);

    let id: Value = serde_json::from_str(&silence).unwrap();
    world.alerts.good("DELETE", &format!("/api/v2/silence/{}", id["silenceID"].as_str().unwrap()), "");
    fire_watchdog(&world.alerts);
    world.lag.say(prometheus::lag(12));
    let new = Certificate::new(|_| {});
    let after = nginx::start(&new);
    let list = world.checklist(&format!("https://{}/in", address(&after, TLS)), &address(&after, TLS));
    let work = release(&sandbox, "after", &list, &new.authority);
    let (outcome, board) = eventually("the lag is seen", || {
        let decided = decided(&work);
        (decided.0.code == 0).then_some(decided)
    });
    assert_eq!(board["decision"], "go", "{outcome}");
    let end: jiff::Timestamp = board["valid_until"].as_str().unwrap().parse().unwrap();
    assert!(end > later(5) && end < later(0) + SignedDuration::from_mins(11), "{end}");

    // After the deploy the consumer stops.
    world.lag.say(prometheus::lag(9000));
    let outcome = work.guard(&["go-nogo", "watch", "--base", "base", "--every", "500ms"]);
    assert_eq!(outcome.code, 1, "{outcome}");
    assert!(outcome.stdout.contains("trigger is met:\n    the lag of iot is over 1000"), "{outcome}");
}
