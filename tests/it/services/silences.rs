//! P5: silences that a real Alertmanager holds, made through its API, and what it mutes itself as the oracle.

use deploy_guard::probe::Outcome;
use serde_json::{Value, json};

use super::alertmanager::{CONFIG, PROGRAM, assert_said, fire, fire_watchdog, later, look, start};
use super::daemon::Daemon;
use super::{is_here, see, service};

/// Label, value, whether it is a regular expression, whether it has to match.
type Matcher<'a> = (&'a str, &'a str, bool, bool);

/// Makes a silence that begins and ends in so many minutes, and gives its id.
pub(super) fn create(server: &Daemon, matchers: &[Matcher<'_>], begins: i64, ends: i64) -> String {
    let matchers: Vec<Value> = matchers
        .iter()
        .map(|(name, value, regex, equal)| json!({ "name": name, "value": value, "isRegex": regex, "isEqual": equal }))
        .collect();
    let silence = json!({
        "matchers": matchers, "startsAt": later(begins), "endsAt": later(ends),
        "createdBy": "on-call", "comment": "too loud",
    });
    let made: Value =
        serde_json::from_str(&server.good("POST", "/api/v2/silences", &silence.to_string())).unwrap();
    made["silenceID"].as_str().unwrap().to_owned()
}

pub(super) fn expire(server: &Daemon, id: &str) {
    server.good("DELETE", &format!("/api/v2/silence/{id}"), "");
}

#[test]
fn p5_only_a_silence_that_mutes_the_service_now_is_refused() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire_watchdog(&server);
    let whole = "alerts of iot-etl are silenced until ";
    let part = "some alerts of iot-etl are silenced until ";
    let may = "a silence may hit alerts of iot-etl until ";
    let rows: &[(&[Matcher<'_>], Outcome, &str)] = &[
        (&[("service", "iot-etl", false, true)], Outcome::Broken, whole),
        (&[("service", "iot-.*", true, true)], Outcome::Broken, r#"service=~"iot-.*""#),
        (&[("service", "web", false, false)], Outcome::Broken, r#"service!="web""#),
        (&[("alertname", "Iot.+", true, true), ("service", "iot-etl", false, true)], Outcome::Broken, part),
        (&[("service", "web", false, true)], Outcome::Holds, "no silence hits alerts of iot-etl"),
        (&[("service", "iot", true, true)], Outcome::Holds, "no silence hits alerts of iot-etl"),
        (&[("service", "iot-.*", true, false), ("severity", "x", false, true)], Outcome::Holds, "fires"),
        (&[("severity", "critical", false, true)], Outcome::Doubtful, may),
        (&[("alertname", "IotLagHigh", false, true)], Outcome::Doubtful, may),
        (&[("alertname", ".+", true, true)], Outcome::Broken, "alerts of Watchdog and iot-etl are silenced"),
    ];
    for (matchers, outcome, words) in rows {
        let id = create(&server, matchers, -1, 90);
        let seen = look(&server, "");
        assert_said(&seen, *outcome, &[words]);
        if *outcome != Outcome::Holds {
            assert_said(&seen, *outcome, &[&format!("silence {id} by on-call: too loud")]);
        }
        if matchers[0].1 == "iot-etl" {
            let end = seen.valid_until.unwrap();
            assert!(end > later(85) && end < later(95), "{end}");
            assert_said(&seen, Outcome::Broken, &["expire the silence in Alertmanager, or wait until 20"]);
            assert_said(&look(&server, "silences = 'warn'"), Outcome::Doubtful, &[words]);
        }
        expire(&server, &id);
        assert_said(&look(&server, ""), Outcome::Holds, &["nothing is silenced"]);
    }
}

#[test]
fn p5_a_silence_that_will_begin_is_said_and_bounds_what_was_seen() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire_watchdog(&server);
    create(&server, &[("service", "iot-etl", false, true)], 30, 90);
    let seen = look(&server, "");
    assert_said(
        &seen,
        Outcome::Holds,
        &["alerts of iot-etl will be silenced from 20", "by on-call: too loud"],
    );
    let begin = seen.valid_until.unwrap();
    assert!(begin > later(25) && begin < later(35), "{begin}");
}

#[test]
fn p5_where_no_labels_are_known_every_silence_is_named() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    fire_watchdog(&server);
    create(&server, &[("service", "web", false, true)], -1, 90);
    create(&server, &[("service", "shop", false, true)], -1, 90);
    let probe = format!("[alertmanager]\nurl = '{}'", server.url(""));
    for services in [vec![], vec![service("iot-etl", &[])]] {
        assert_said(&see(&probe, &services), Outcome::Doubtful, &[r#"service="web""#, r#"service="shop""#]);
    }
}

#[test]
fn p5_of_alerts_whose_labels_are_all_known_the_same_is_said_as_alertmanager_does() {
    if !is_here(PROGRAM) {
        return;
    }
    let server = start(CONFIG);
    let labels = [("alertname", "IotDataStale"), ("service", "iot-etl"), ("severity", "critical")];
    let alert: Value = labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    fire(&server, &alert);
    let known: Vec<(&str, &[&str])> =
        labels.iter().map(|(name, value)| (*name, std::slice::from_ref(value))).collect();
    let services = [service("iot-etl", &known)];
    let probe = format!("[alertmanager]\nurl = '{}'\nwatchdog = false", server.url(""));
    let mut muted = 0;
    for (label, value) in labels {
        let part = &value[..3];
        let values = [
            value.to_owned(),
            part.to_owned(),
            format!("{part}.*"),
            format!("{part}|x"),
            format!("x|{value}"),
            format!("^{value}$"),
            format!("(?i){}", value.to_uppercase()),
            value.replace('-', "[-_]"),
            format!("[^x]{{{}}}", value.len()),
            ".+".to_owned(),
        ];
        for value in &values {
            for (regex, equal) in [(true, true), (true, false), (false, true), (false, false)] {
                let id =
                    create(&server, &[("service", ".+", true, true), (label, value, regex, equal)], -1, 90);
                let alerts: Value = serde_json::from_str(&server.good("GET", "/api/v2/alerts", "")).unwrap();
                let suppressed = alerts[0]["status"]["state"] == "suppressed";
                let seen = see(&probe, &services);
                let expected = if suppressed { Outcome::Broken } else { Outcome::Holds };
                assert_eq!(seen.outcome, expected, "{label} {value} {regex} {equal}\n{seen:#?}\n{alerts:#}");
                muted += usize::from(suppressed);
                expire(&server, &id);
            }
        }
    }
    assert!((20..100).contains(&muted), "{muted} of 120");
}
