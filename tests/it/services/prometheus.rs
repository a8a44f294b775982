//! P5: values that a real Prometheus has measured, over and under their bounds, gone, old, and no number.

use std::sync::{Arc, Mutex};

use deploy_guard::probe::{Evidence, Outcome};
use jiff::SignedDuration;

use super::alertmanager::{self, assert_said};
use super::daemon::Daemon;
use super::{eventually, is_here, see};
use crate::platform::server::{Answer, Server};

pub(super) const PROGRAM: &str = "prometheus";

/// What the exporter says; its own servers listen as long as it is there.
pub(super) struct Exporter {
    text: Arc<Mutex<String>>,
    server: Server,
}

impl Exporter {
    pub(super) fn new(text: String) -> Self {
        let text = Arc::new(Mutex::new(text));
        let shared = Arc::clone(&text);
        let server = Server::start(move |_| {
            let text = shared.lock().unwrap().clone();
            Answer::of(200, text).header("Content-Type", "text/plain; version=0.0.4")
        });
        Self { text, server }
    }

    pub(super) fn say(&self, text: String) {
        *self.text.lock().unwrap() = text;
    }

    fn address(&self) -> String {
        self.server.url("").replace("http://", "")
    }
}

fn seconds_ago(seconds: i64) -> i64 {
    (deploy_guard::calendar::now() - SignedDuration::from_secs(seconds)).as_second()
}

pub(super) fn lag(last: u32) -> String {
    let line =
        |partition: u32, lag: u32| format!("kafka_lag{{group=\"iot\",partition=\"{partition}\"}} {lag}\n");
    format!(
        "{}{}{}broken NaN\nold 5 {}\npush_time_seconds {}\n",
        line(0, 3),
        line(1, 12),
        line(2, last),
        seconds_ago(120) * 1000,
        seconds_ago(3600)
    )
}

/// A Prometheus that asks itself and the exporter each second, and has looked once.
pub(super) fn start(exporter: &Exporter, more: &str) -> Daemon {
    let config = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n{more}scrape_configs:\n\
         - job_name: exporter\n  static_configs: [{{targets: ['{}']}}]\n- job_name: itself\n  \
         static_configs: [{{targets: ['localhost:9']}}]\n",
        exporter.address()
    );
    let server = Daemon::start(PROGRAM, |folder, [port]: [u16; 1]| {
        std::fs::write(
            folder.join("prometheus.yml"),
            config.replace("localhost:9", &format!("127.0.0.1:{port}")),
        )
        .unwrap();
        let rule = "groups: [{name: g, rules: [{alert: Watchdog, expr: vector(1)}]}]\n";
        std::fs::write(folder.join("rules.yml"), rule).unwrap();
        vec![
            "--config.file=prometheus.yml".to_owned(),
            "--storage.tsdb.path=data".to_owned(),
            "--rules.alert.resend-delay=1s".to_owned(),
            format!("--web.listen-address=127.0.0.1:{port}"),
        ]
    });
    eventually("both targets are scraped", || {
        let answer = server.bare("GET", "/api/v1/query?query=sum(up)", "");
        answer.contains(",\"2\"]").then_some(())
    });
    server
}

fn ask(server: &Daemon, query: &str, more: &str) -> Evidence {
    see(&format!("[prometheus]\nurl = '{}'\nquery = '''{query}'''\n{more}", server.url("")), &[])
}

#[test]
fn p5_a_value_is_held_against_its_bound_and_only_a_measured_value() {
    if !is_here(PROGRAM) {
        return;
    }
    let exporter = Exporter::new(lag(12));
    let server = start(&exporter, "");
    let metric = r#"kafka_lag{group="iot"}"#;
    let most = "at-most = 1000\nseries = 3\nunit = 'messages'";

    let good = ask(&server, metric, most);
    let said =
        r#"kafka_lag{group="iot"} is at most 12 messages in 3 series (allowed: at most 1000 messages)"#;
    assert_said(&good, Outcome::Holds, &[said, "measured "]);
    let asked: Vec<String> =
        good.asked.iter().map(|asked| asked.target.replace(&server.url(""), "")).collect();
    let age = format!("/api/v1/query bottomk(1, timestamp({metric}))");
    assert_eq!(asked, [format!("/api/v1/query {metric}"), age]);

    for (query, more, words) in [
        (metric, "at-most = 1000\nseries = 4", "there are 3 series and not 4"),
        ("kafka_lag{group=\"other\"}", "at-most = 1", "nothing is measured: no series for"),
        ("broken", "at-most = 1", "broken{instance="),
        ("sum(kafka_lag) / 0", "at-most = 1", "is +Inf, which is no number"),
        ("scalar(kafka_lag)", "at-most = 1", "is NaN, which is no number"),
        ("kafka_lag[5m]", "at-most = 1", "gives a matrix"),
        ("'text'", "at-most = 1", "gives a string"),
        ("sum(", "at-most = 1\nfreshness = 'time()'", "refuses the query: bad_data"),
        ("no_function(kafka_lag)", "at-most = 1", "refuses the query: bad_data"),
        ("old", "at-most = 9\nmax-age = '1m'", "the value is stale: old{instance="),
        ("up", "at-most = 9\nfreshness = 'push_time_seconds'", "is stale: push_time_seconds{instance="),
        ("up", "at-most = 9\nfreshness = 'kafka_lag'", "is no time that has been"),
        ("up", "at-most = 9\nfreshness = 'gone'", "no recent sample of gone"),
        ("kafka_lag or gone", "at-most = 99", "no recent sample of gone"),
    ] {
        assert_said(&ask(&server, query, more), Outcome::CannotTell, &[words]);
    }
    for (query, more, words) in [
        ("sum by (group) (kafka_lag)", "at-most = 27", "is 27 (allowed: at most 27)"),
        ("scalar(sum(kafka_lag))", "at-least = 27", "is 27 (allowed: at least 27)"),
        ("kafka_lag{group=\"other\"}", "at-most = 1\nempty = 'ok'", "which is let through"),
        ("old", "at-most = 9", "measured 2m "),
        ("up", "at-least = 1\nseries = 2", "in 2 series"),
        ("up", "at-least = 1\nfreshness = 'push_time_seconds'\nmax-age = '2h'", "measured 1h"),
        ("kafka_lag or gone", "at-most = 99\nempty = 'ok'", "in 3 series"),
        (
            "sum(rate(prometheus_http_requests_total{code=~\"5..\"}[1m])) or vector(0)",
            "at-most = 0\nempty = 'ok'",
            "is 0",
        ),
        (
            "max_over_time(old[10m]) + on() group_left sum(kafka_lag) # + and \" in it",
            "at-most = 32",
            "is 32",
        ),
    ] {
        assert_said(&ask(&server, query, more), Outcome::Holds, &[words]);
    }

    exporter.say(lag(4711));
    let bad = eventually("the lag is seen", || {
        let seen = ask(&server, metric, most);
        (seen.outcome != Outcome::Holds).then_some(seen)
    });
    let said =
        ["partition=\"2\"} is 4711 messages, and has to be at most 1000 messages (1 of 3 series is not)"];
    assert_said(&bad, Outcome::Broken, &said);
}

#[test]
fn p5_a_target_that_is_gone_is_no_zero_and_no_old_value() {
    if !is_here(PROGRAM) {
        return;
    }
    let exporter = Exporter::new(lag(12));
    let server = start(&exporter, "");
    assert_said(&ask(&server, "kafka_lag", "at-most = 99"), Outcome::Holds, &[]);
    drop(exporter);
    let gone = eventually("the series end", || {
        let seen = ask(&server, "kafka_lag", "at-most = 99");
        (seen.outcome != Outcome::Holds).then_some(seen)
    });
    assert_said(&gone, Outcome::CannotTell, &["nothing is measured: no series for kafka_lag"]);
    // What looks further back still has a value, and it is not from now.
    let back = ask(&server, "max_over_time(kafka_lag[1h])", "at-most = 99\nseries = 3");
    assert_said(&back, Outcome::CannotTell, &["nothing new is measured: no recent sample of kafka_lag"]);
    assert_said(&ask(&server, "min(up)", "at-least = 1"), Outcome::Broken, &["min(up) is 0"]);
}

#[test]
fn p5_a_prometheus_that_dies_takes_the_watchdog_with_it() {
    if !is_here(PROGRAM) || !is_here(alertmanager::PROGRAM) {
        return;
    }
    let alerts = alertmanager::start(alertmanager::CONFIG);
    let more = format!(
        "rule_files: [rules.yml]\nalerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{}']}}]}}]}}\n",
        alerts.port(0)
    );
    let exporter = Exporter::new(lag(12));
    let mut server = start(&exporter, &more);
    let look = |outcome: Outcome| {
        eventually(&format!("it is {outcome:?}"), || {
            let seen = alertmanager::look(&alerts, "");
            (seen.outcome == outcome).then_some(seen)
        })
    };
    look(Outcome::Holds);
    server.kill();
    assert_said(&look(Outcome::Broken), Outcome::Broken, &["the watchdog `Watchdog` does not fire"]);
    assert_said(&ask(&server, "up", "at-least = 1"), Outcome::CannotTell, &["Prometheus gives no answer"]);
}
