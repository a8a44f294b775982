//! P4, P5: what a monitoring server must not be taken for: what no real one says, and what a broken one does.

use std::sync::atomic::{AtomicBool, Ordering};

use deploy_guard::http::Door;
use deploy_guard::probe::{Around, Evidence, Kind, Outcome, Release, ReleasedService};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::alertmanager::assert_said;
use super::{iot, refused, see_at};
use crate::platform::server::{Answer, Asked, Server};

/// What is answered, and words of what must come of it.
type Cases<T> = &'static [(T, &'static str)];

/// The server's own.
fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn vector(series: &[(Value, &str)]) -> Value {
    let result: Vec<Value> = series
        .iter()
        .map(|(labels, value)| json!({ "metric": labels, "value": [now().as_second(), value] }))
        .collect();
    json!({ "status": "success", "data": { "resultType": "vector", "result": result } })
}

/// Prometheus that answers the query so, and says of every metric that it is fresh.
fn measured(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> (Server, String) {
    let server = Server::start(move |asked| {
        if asked.line.contains("timestamp%28") {
            Answer::json(&vector(&[(json!({}), &now().as_second().to_string())]))
        } else {
            answer(asked)
        }
    });
    let probe = format!("[prometheus]\nurl = '{}'\nquery = 'lag'\nat-most = 10", server.url("/p"));
    (server, probe)
}

fn seen(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Evidence {
    let (_server, probe) = measured(answer);
    see_at(&probe, &[], &now)
}

fn said(body: &Value) -> Evidence {
    let body = body.clone();
    seen(move |_| Answer::json(&body))
}

#[test]
fn p5_only_a_vector_of_numbers_without_a_warning_is_a_measurement() {
    assert_said(&said(&vector(&[(json!({}), "3")])), Outcome::Holds, &["lag is 3 (allowed: at most 10)"]);
    let data = |kind: &str, result: Value| json!({ "status": "success", "data": { "resultType": kind, "result": result } });
    let with = |key: &str, value: Value| {
        let mut body = vector(&[(json!({}), "3")]);
        body[key] = value;
        body
    };
    for (body, words) in [
        (vector(&[]), "nothing is measured"),
        (
            vector(&[(json!({ "a": "b" }), "3"), (json!({ "a": "c" }), "NaN")]),
            r#"{a="c"} is NaN, which is no number"#,
        ),
        (vector(&[(json!({}), "-Inf")]), "is -Inf, which is no number"),
        (vector(&[(json!({}), "many")]), "is many, which is no number"),
        (data("matrix", json!([{ "metric": {}, "values": [[1, "2"]] }])), "gives a matrix"),
        (data("string", json!([1, "2"])), "gives a string"),
        (data("streams", json!([])), "gives a streams"),
        (data("vector", json!([{ "metric": {}, "histogram": [1, {}] }])), "values that can't be read"),
        (data("vector", json!([{ "metric": {}, "value": [1, 2] }])), "values that can't be read"),
        (data("vector", json!({})), "values that can't be read"),
        (data("scalar", json!([])), "values that can't be read"),
        (json!({ "status": "success" }), "answers without data"),
        (
            json!({ "status": "error", "errorType": "timeout", "error": "too slow" }),
            "refuses the query: timeout: too slow",
        ),
        (with("warnings", json!(["a store is not there"])), "warns of its own answer: a store is not there"),
        (json!([]), "no answer that can be read"),
        (json!({ "status": 1 }), "no answer that can be read"),
    ] {
        assert_said(&said(&body), Outcome::CannotTell, &[words]);
    }
    let noted = said(&with("infos", json!(["might not be a counter"])));
    assert_said(&noted, Outcome::Holds, &["Prometheus notes: might not be a counter"]);
}

#[test]
fn p4_a_server_that_breaks_hangs_or_floods_is_told_in_bounded_time() {
    let broken: Cases<fn() -> Answer> = &[
        (|| Answer::of(200, ""), "answers with nothing"),
        (|| Answer::of(200, " <html>log in</html>"), "a page for people"),
        (|| Answer::of(200, "{\"status\": "), "no answer that can be read"),
        (|| Answer::of(200, "[".repeat(100_000)), "no answer that can be read"),
        (|| Answer::of(404, "404 page not found"), "answers 404"),
        (|| Answer::of(503, "no"), "answers 503"),
        (|| Answer::of(422, r#"{"status":"error","errorType":"execution","error":"x"}"#), "execution: x"),
        (|| Answer::of(302, "").header("Location", "/login"), "gives no answer"),
        (|| Answer::Hang, "gives no answer"),
        (|| Answer::Drip, "gives no answer"),
        (|| Answer::Truncated, "gives no answer"),
        (|| Answer::Endless(100 * 1024 * 1024), "larger than 5242880 bytes"),
    ];
    for (answer, words) in broken {
        assert_said(&seen(move |_| answer()), Outcome::CannotTell, &[words]);
    }
}

#[test]
fn p4_a_server_that_comes_back_is_asked_again() {
    let good = vector(&[(json!({}), "3")]).to_string();
    let seen = seen(move |asked| match asked.before {
        0 => Answer::of(503, ""),
        _ => Answer::of(200, good.clone()),
    });
    assert_said(&seen, Outcome::Holds, &[]);
}

#[test]
fn p5_a_sample_is_as_old_as_its_oldest_metric() {
    let at = |age: i64| vector(&[(json!({ "a": "b" }), &(now().as_second() - age).to_string())]);
    for (age, outcome) in
        [(0, Outcome::Holds), (300, Outcome::Holds), (301, Outcome::CannotTell), (-301, Outcome::CannotTell)]
    {
        let server = Server::start(move |asked| {
            Answer::json(&match asked.line.as_str() {
                line if line.contains("timestamp%28two") => at(age),
                line if line.contains("timestamp%28one") => at(0),
                _ => vector(&[(json!({}), "1")]),
            })
        });
        let probe = format!("[prometheus]\nurl = '{}'\nquery = 'one / two'\nat-most = 10", server.url(""));
        let seen = see_at(&probe, &[], &now);
        assert_eq!(seen.outcome, outcome, "{age}: {seen:#?}");
        assert_eq!(server.asked().len(), 3);
    }
}

#[test]
fn p2_a_clock_that_is_elsewhere_is_told() {
    let good = vector(&[(json!({}), "3")]);
    for (minutes, outcome) in
        [(0, Outcome::Holds), (2, Outcome::Doubtful), (-6, Outcome::CannotTell), (6, Outcome::CannotTell)]
    {
        let good = good.clone();
        let (_server, probe) = measured(move |_| Answer::json(&good));
        let clock = move || now() + jiff::SignedDuration::from_mins(minutes);
        let seen = see_at(&probe, &[], &clock);
        assert_eq!(seen.outcome, outcome, "{minutes}: {seen:#?}");
    }
}

#[test]
fn u9_u10_what_a_server_says_is_short_and_without_secrets() {
    let long = "x".repeat(100_000);
    let labels =
        json!({ "__name__": "lag", "a": format!("glpat-0123456789abcdef{long}"), "b": "\u{1b}[31m" });
    let over = said(&vector(&[(labels, "99")]));
    assert_said(&over, Outcome::Broken, &["is 99, and has to be at most 10"]);
    let refused = said(&json!({ "status": "error", "errorType": long, "error": "://u:s3cret9@h" }));
    assert_said(&refused, Outcome::CannotTell, &[]);
    for text in [format!("{over:?}"), format!("{refused:?}")] {
        assert!(!text.contains("0123456789abcdef") && !text.contains("s3cret9"), "{text}");
    }
}

#[test]
fn a_query_of_any_characters_arrives_as_it_is_written() {
    let (server, probe) = measured(|_| Answer::json(&vector(&[(json!({}), "3")])));
    let query = r#"sum(lag{a="ä & b+c=d#?%"})"#;
    see_at(&probe.replace("'lag'", &format!("'{query}'")), &[], &now);
    let line = server.lines().remove(0);
    assert_eq!(
        line,
        "GET /p/api/v1/query?query=sum%28lag%7Ba%3D%22%C3%A4%20%26%20b%2Bc%3Dd%23%3F%25%22%7D%29"
    );
}

#[test]
fn a_probe_that_could_never_tell_is_refused_when_it_is_read() {
    let start = "[prometheus]\nurl = 'http://127.0.0.1:9'\n";
    for (rest, words) in [
        ("query = 'a'", "no bound"),
        ("query = ''\nat-most = 1", "`query` is empty"),
        ("query = 'a'\nat-most = nan", "no number"),
        ("query = 'a'\nat-most = 1\nat-least = 2", "no value is at least 2"),
        ("query = 'a'\nat-most = 1\nseries = 0", "asks for nothing"),
        ("query = 'a'\nat-most = 1\nseries = 2\nempty = 'ok'", "contradict"),
        ("query = 'a{'\nat-most = 1", "not closed"),
        ("query = 'a+b+c+d+e+f+g+h+i'\nat-most = 1", "more than 8 metrics"),
        ("query = 'a'\nat-most = 1\nfreshness = ''", "`freshness` is empty"),
        ("query = 'a'\nat-most = 1\nmax-age = 'soon'", "no length of time"),
        ("query = 'a'\nat-most = 1\nlimit = 1", "unknown field"),
    ] {
        assert!(
            refused(&format!("{start}{rest}")).contains(words),
            "{rest}: {}",
            refused(&format!("{start}{rest}"))
        );
    }
    for (probe, words) in [
        ("[alertmanager]\nurl = 'http://a:b@127.0.0.1'", "name or password"),
        ("[alertmanager]\nurl = 'http://127.0.0.1'\nwatchdog = ''", "watchdog = false"),
        ("[alertmanager]\nurl = 'http://127.0.0.1'\nwatchdog = 3", "the name of an alert, or false"),
        ("[alertmanager]\nurl = 'http://127.0.0.1'\nsilences = 'ok'", "unknown variant"),
        ("[alertmanager]\nurl = 'http://127.0.0.1'\nreceivers = ['']", "empty name"),
    ] {
        assert!(refused(probe).contains(words), "{probe}: {}", refused(probe));
    }
}

fn alertmanager(change: impl Fn(&mut Value, &mut Value, &mut Value)) -> Evidence {
    let config = "route: {receiver: a}\nreceivers:\n- name: a\n  email_configs:\n  - to: a@example.org\n";
    let mut status = json!({ "cluster": { "status": "ready" }, "config": { "original": config } });
    let mut silences = json!([]);
    let mut alerts = json!([{
        "labels": { "alertname": "Watchdog" }, "receivers": [{ "name": "a" }],
        "status": { "state": "active", "silencedBy": [], "inhibitedBy": [] },
        "endsAt": "2026-11-21T12:04:00Z", "updatedAt": "2026-11-21T13:59:00+02:00",
    }]);
    change(&mut status, &mut silences, &mut alerts);
    let server = Server::table(&[
        ("GET /api/v2/status", status),
        ("GET /api/v2/silences", silences),
        ("GET /api/v2/alerts", alerts),
    ]);
    see_at(&format!("[alertmanager]\nurl = '{}'", server.url("")), &iot(), &now)
}

/// A silence as the API gives it, of the service.
fn silence() -> Value {
    json!({
        "id": "1", "status": { "state": "active" }, "startsAt": "2026-11-21T11:00:00Z", "endsAt": "2026-11-21T14:00:00Z",
        "matchers": [{ "name": "service", "value": "iot-etl", "isRegex": false }],
        "createdBy": "glpat-0123456789abcdef", "comment": "x".repeat(5_000),
    })
}

#[test]
fn p5_an_alertmanager_that_is_not_ready_or_not_understood_is_none() {
    assert_said(&alertmanager(|_, _, _| {}), Outcome::Holds, &["the watchdog `Watchdog` fires"]);
    let cases: Cases<fn(&mut Value, &mut Value, &mut Value)> = &[
        (|status, _, _| status["cluster"]["status"] = json!("settling"), "its cluster is settling"),
        (|status, _, _| status["config"]["original"] = json!("route: ["), "config can't be read"),
        (|status, _, _| *status = json!({}), "no answer that can be read"),
        (|_, silences, _| *silences = json!({}), "no answer that can be read"),
        (|_, silences, _| *silences = json!([{ "id": "1" }]), "no answer that can be read"),
        (|_, _, alerts| *alerts = json!([{}]), "no answer that can be read"),
        (|_, _, alerts| alerts[0]["status"]["state"] = json!("unprocessed"), "is not processed yet"),
        (
            |_, silences, _| {
                *silences = json!([silence()]);
                silences[0]["matchers"][0]["isRegex"] = json!(true);
                silences[0]["matchers"][0]["value"] = json!("(?:a{1000}){1000}");
            },
            "whether a silence hits alerts of Watchdog and iot-etl can't be told",
        ),
    ];
    for (change, words) in cases {
        assert_said(&alertmanager(change), Outcome::CannotTell, &[words]);
    }
}

#[test]
fn p5_a_watchdog_that_fires_only_in_name_is_dead() {
    let cases: Cases<fn(&mut Value)> = &[
        (|alerts| *alerts = json!([]), "does not fire"),
        (|alerts| alerts[0]["labels"]["alertname"] = json!("watchdog"), "does not fire"),
        (|alerts| alerts[0]["endsAt"] = json!("2026-11-21T12:00:00Z"), "ended 2026-11-21 12:00 UTC"),
        (|alerts| alerts[0]["updatedAt"] = json!("2026-11-21T11:54:59Z"), "was last heard of 5m 1s ago"),
        (|alerts| alerts[0]["status"]["state"] = json!("suppressed"), "is suppressed"),
        (|alerts| alerts[0]["status"]["mutedBy"] = json!(["nights"]), "is muted by nights"),
    ];
    for (change, words) in cases {
        let seen = alertmanager(|_, _, alerts| change(alerts));
        assert_said(&seen, Outcome::Broken, &["the watchdog `Watchdog`", words]);
    }
    // Of two one is well: somebody should look at the other.
    let seen = alertmanager(|_, _, alerts| {
        let mut second = alerts[0].clone();
        second["status"]["silencedBy"] = json!(["1"]);
        second["labels"]["cluster"] = json!("eu");
        alerts.as_array_mut().unwrap().push(second);
    });
    let words = ["one watchdog of several, `Watchdog` is silenced by 1", "cluster=\"eu\""];
    assert_said(&seen, Outcome::Doubtful, &words);
}

#[test]
fn u9_u10_a_silence_is_shown_short_and_without_secrets_however_many_there_are() {
    let seen = alertmanager(|_, silences, _| *silences = Value::Array(vec![silence(); 500]));
    assert_said(
        &seen,
        Outcome::Broken,
        &["alerts of iot-etl are silenced until", "(and 499 more)", "<redacted>"],
    );
    assert!(!format!("{seen:?}").contains("0123456789abcdef"));
    assert_eq!(seen.valid_until, Some("2026-11-21T14:00:00Z".parse().unwrap()));
}

/// What comes without a door, or after somebody wanted the end.
fn without(probe: &str, door: Option<&Door>, stop: bool) -> Evidence {
    let kind: Kind = toml::from_str(probe).unwrap();
    let stop = AtomicBool::new(stop);
    let services = vec![ReleasedService::default()];
    let release = Release { services, ..Release::default() };
    let around =
        Around { release: &release, door, clock: &now, may_run: false, cluster_state: None, stop: &stop };
    let seen = kind.gather(&around);
    assert!(stop.load(Ordering::Relaxed) || door.is_none());
    seen
}

#[test]
fn p6_offline_nothing_is_asked_and_nothing_holds() {
    let (server, prometheus) = measured(|_| Answer::json(&vector(&[(json!({}), "3")])));
    let alertmanager = format!("[alertmanager]\nurl = '{}'", server.url(""));
    for probe in [&prometheus, &alertmanager] {
        let offline = without(probe, None, false);
        assert_said(&offline, Outcome::CannotTell, &["this run is offline"]);
        let ended = without(probe, Some(&super::door_with(None)), true);
        assert_said(&ended, Outcome::CannotTell, &["was not asked: the run was ended"]);
    }
    assert!(server.asked().is_empty());
}
