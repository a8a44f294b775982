//! P5: whether alerts reach anybody, seen through a real Alertmanager.

use deploy_guard::probe::{Evidence, Outcome};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::daemon::Daemon;
use super::{eventually, iot, is_here, see, service};

pub(super) const PROGRAM: &str = "prometheus-alertmanager";

/// Everything goes to somebody, who is not there.
pub(super) const CONFIG: &str = r#"
route:
  receiver: pager
  group_wait: 1h
  routes:
  - matchers: [alertname="Watchdog"]
    receiver: dead-mans-switch
receivers:
- name: pager
  webhook_configs: [{url: "http://127.0.0.1:9/"}]
  pagerduty_configs: [{service_key: planted-key-1, description: '{{ if .CommonLabels.x }}a{{ else }}b{{ end }}'}]
- name: dead-mans-switch
  webhook_configs: [{url: "http://127.0.0.1:9/"}]
inhibit_rules:
- source_matchers: [alertname="Inhibitor"]
  target_matchers: [alertname="Watchdog"]
"#;

pub(super) fn start(config: &str) -> Daemon {
    start_under(config, "/")
}

pub(super) fn start_under(config: &str, prefix: &str) -> Daemon {
    Daemon::start(PROGRAM, |folder, [port]: [u16; 1]| {
        std::fs::write(folder.join("alertmanager.yml"), config).unwrap();
        vec![
            "--config.file=alertmanager.yml".to_owned(),
            "--storage.path=data".to_owned(),
            "--cluster.listen-address=".to_owned(),
            format!("--web.listen-address=127.0.0.1:{port}"),
            format!("--web.route-prefix={prefix}"),
        ]
    })
}

pub(super) fn later(minutes: i64) -> Timestamp {
    deploy_guard::calendar::now() + SignedDuration::from_mins(minutes)
}

pub(super) fn fire(server: &Daemon, labels: &Value) {
    server.good("POST", "/api/v2/alerts", &json!([{ "labels": labels, "endsAt": later(60) }]).to_string());
}

pub(super) fn fire_watchdog(server: &Daemon) {
    fire(server, &json!({ "alertname": "Watchdog", "severity": "none" }));
}

pub(super) fn look(server: &Daemon, more: &str) -> Evidence {
    see(&format!("[alertmanager]\nurl = '{}'\n{more}", server.url("")), &iot())
}

#[track_caller]
pub(super) fn assert_said(evidence: &Evidence, outcome: Outcome, words: &[&str]) {
    assert_eq!(evidence.outcome, outcome, "{evidence:#?}");
    let said = format!("{}\n{}\n{:?}", evidence.summary, evidence.details.join("\n"), evidence.remedy);
    for word in words {
        assert!(said.contains(word), "{word}\n{evidence:#?}");
    }
}

#[test]
fn p5_p7_where_alerts_reach_somebody_it_holds_and_tells_who_was_asked() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire_watchdog(&server);
    let seen = look(&server, "receivers = ['pager']");
    assert_said(
        &seen,
        Outcome::Holds,
        &["nothing is silenced, and the watchdog `Watchdog` fires", "alerts of iot-etl go to pager"],
    );
    assert_eq!(seen.valid_until, None);
    let targets: Vec<String> =
        seen.asked.iter().map(|asked| asked.target.replace(&server.url(""), "")).collect();
    let alerts = "/api/v2/alerts alertname=\"Watchdog\"";
    assert_eq!(targets, ["/api/v2/status", "/api/v2/silences", alerts]);
    assert!(seen.asked.iter().all(|asked| asked.way.is_some() && asked.digest.is_some()), "{seen:#?}");
    assert!(!format!("{seen:?}").contains("planted-key"));
}

#[test]
fn p5_a_watchdog_that_is_missing_silenced_or_inhibited_means_that_monitoring_is_dead() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire(&server, &json!({ "alertname": "Other" }));
    assert_said(&look(&server, ""), Outcome::Broken, &["the watchdog `Watchdog` does not fire", "vector(1)"]);
    assert_said(&look(&server, "watchdog = false"), Outcome::Holds, &["nothing is silenced"]);
    assert_said(&look(&server, "watchdog = 'Other'"), Outcome::Holds, &["`Other` fires"]);

    fire_watchdog(&server);
    assert_said(&look(&server, ""), Outcome::Holds, &[]);
    let id = super::silences::create(&server, &[("severity", "none", false, true)], -1, 10);
    let silenced = look(&server, "silences = 'warn'");
    assert_said(&silenced, Outcome::Broken, &["the watchdog `Watchdog` is silenced by", &id]);
    super::silences::expire(&server, &id);

    fire(&server, &json!({ "alertname": "Inhibitor" }));
    assert_said(&look(&server, ""), Outcome::Broken, &["the watchdog `Watchdog` is inhibited by"]);
}

#[test]
fn p5_a_watchdog_of_which_nothing_new_is_heard_is_none() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire_watchdog(&server);
    // It says of itself that it will fire for an hour; nobody has said so again since.
    let seen = eventually("the watchdog is older than a second", || {
        let seen = look(&server, "max-age = '1s'");
        (seen.outcome != Outcome::Holds).then_some(seen)
    });
    assert_said(&seen, Outcome::Broken, &["was last heard of"]);
}

#[test]
fn p5_alerts_that_go_to_nobody_are_refused() {
    if !is_here(PROGRAM) {
        return;
    }
    let config = |routes: &str| {
        format!(
            "route:\n  receiver: 'null'\n  routes:\n{routes}receivers:\n- name: 'null'\n- name: pager\n  \
             webhook_configs: [{{url: 'http://127.0.0.1:9/'}}]\n"
        )
    };
    let watchdog = "  - matchers: [alertname=\"Watchdog\"]\n    receiver: pager\n";
    let server = start(&config(watchdog));
    fire_watchdog(&server);
    let lost = "alerts of iot-etl go to `null`, which notifies nobody";
    // The only receiver that is somebody is that of another alert.
    let named = vec![service("iot-etl", &[("service", &["iot-etl"]), ("alertname", &["IotDataStale"])])];
    let probe = format!("[alertmanager]\nurl = '{}'", server.url(""));
    assert_said(&see(&probe, &named), Outcome::Broken, &[lost]);
    assert_said(
        &look(&server, ""),
        Outcome::Doubtful,
        &[lost, "unless labels that are not listed lead elsewhere"],
    );
    let missing = look(&server, "receivers = ['null', 'nobody']");
    let words = ["the receiver `null` notifies nobody", "the receiver `nobody` does not exist"];
    assert_said(&missing, Outcome::Broken, &words);

    let server = start(&config("  - match_re: {service: 'iot-.*'}\n    receiver: pager\n"));
    fire_watchdog(&server);
    let words =
        ["the watchdog `Watchdog` goes to `null`, which notifies nobody", "alerts of iot-etl go to pager"];
    assert_said(&look(&server, ""), Outcome::Broken, &words);
    assert_said(&look(&server, "watchdog-receiver = 'warn'"), Outcome::Doubtful, &words);

    let server = start("route: {receiver: 'null'}\nreceivers:\n- name: 'null'\n");
    fire_watchdog(&server);
    assert_said(&look(&server, ""), Outcome::Broken, &[lost, "no receiver has an integration"]);
}

#[test]
fn p5_a_route_that_is_held_back_at_times_is_said() {
    if !is_here(PROGRAM) {
        return;
    }
    let timed = "mute_time_intervals: [{name: nights, time_intervals: [{times: [{start_time: '01:00', end_time: '02:00'}]}]}]";
    let route = "  - matchers: [service=\"iot-etl\"]\n    mute_time_intervals: [nights]\nreceivers:";
    let server = start(&format!("{}\n{timed}\n", CONFIG.replacen("receivers:", route, 1)));
    fire_watchdog(&server);
    assert_said(&look(&server, ""), Outcome::Doubtful, &["alerts of iot-etl are held back at times: nights"]);
}

#[test]
fn p4_under_a_path_prefix_it_is_found_and_where_it_is_not_nothing_is_told() {
    if !is_here(PROGRAM) {
        return;
    }
    let mut server = start_under(CONFIG, "/monitoring/am");
    server.good("POST", "/monitoring/am/api/v2/alerts", r#"[{"labels": {"alertname": "Watchdog"}}]"#);
    let at = |path: &str| see(&format!("[alertmanager]\nurl = '{}'", server.url(path)), &iot());
    for path in ["/monitoring/am", "/monitoring/am/"] {
        assert_said(&at(path), Outcome::Holds, &[]);
    }
    assert_said(&at(""), Outcome::CannotTell, &["answers 404", "path prefix"]);
    server.kill();
    let gone = see(&format!("[alertmanager]\nurl = '{}'", server.url("")), &iot());
    assert_said(&gone, Outcome::CannotTell, &["Alertmanager gives no answer", "runs and can be reached"]);
}
