//! P1, P4 to P7: what probes see of real servers, started here on loopback from the system's packages, and of ones that
//! say what no real one would.
//!
//! Each test with a real server needs its program on the PATH. Without it the test says so in one line and ends, unless
//! `DEPLOY_GUARD_SERVICES=required` is set: then it fails.

mod alertmanager;
mod answers;
mod daemon;
mod nginx;
mod prometheus;
mod release;
mod silences;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deploy_guard::http::{Bounds, Door, Targets};
use deploy_guard::probe::{Around, Evidence, Kind, Outcome, Release, ReleasedService};
use jiff::Timestamp;

use crate::sandbox::inherited;

/// Whether a program is there to be tested with. System administration's folders are not on everybody's PATH.
fn is_here(program: &str) -> bool {
    let found = daemon::find(program).is_some();
    if !found {
        let required = inherited("DEPLOY_GUARD_SERVICES").is_some_and(|value| value == "required");
        assert!(!required, "{program} is not on the PATH, and DEPLOY_GUARD_SERVICES=required");
        // Past the capture of the test harness, which hides what passing tests print.
        let line = format!("skipped: {program} is not on the PATH\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    found
}

/// Bounds that a test can wait for.
fn bounds() -> Bounds {
    Bounds {
        connect: Duration::from_millis(500),
        attempt: Duration::from_secs(2),
        total: Duration::from_secs(20),
        pause: Duration::from_millis(5),
        ..Bounds::default()
    }
}

fn door_with(authorities: Option<Vec<u8>>) -> Door {
    let private = vec![Targets::parse("127.0.0.1").unwrap()];
    Door::new(bounds(), Targets { private }, Vec::new(), authorities)
}

/// A service whose alerts bear these labels.
fn service(name: &str, alerts: &[(&str, &[&str])]) -> ReleasedService {
    let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let alerts: BTreeMap<String, Vec<String>> =
        alerts.iter().map(|(label, all)| ((*label).to_owned(), values(all))).collect();
    ReleasedService { name: name.to_owned(), alerts }
}

fn iot() -> Vec<ReleasedService> {
    vec![service("iot-etl", &[("service", &["iot-etl"])])]
}

/// What a probe sees, written as in a checklist.
#[track_caller]
fn see(probe: &str, services: &[ReleasedService]) -> Evidence {
    see_at(probe, services, &deploy_guard::calendar::now)
}

#[track_caller]
fn see_at(probe: &str, services: &[ReleasedService], clock: &(dyn Fn() -> Timestamp + Sync)) -> Evidence {
    see_through(&door_with(None), probe, services, clock)
}

#[track_caller]
fn see_through(
    door: &Door,
    probe: &str,
    services: &[ReleasedService],
    clock: &(dyn Fn() -> Timestamp + Sync),
) -> Evidence {
    let kind: Kind = toml::from_str(probe).unwrap_or_else(|error| panic!("{error}\n{probe}"));
    kind.probe().validate().unwrap();
    let release = Release { services: services.to_vec(), ..Release::default() };
    let stop = AtomicBool::new(false);
    let evidence = kind.gather(&Around {
        release: &release,
        door: Some(door),
        clock,
        may_run: false,
        cluster_state: None,
        stop: &stop,
    });
    let longest = evidence.details.iter().chain([&evidence.summary]).map(|line| line.chars().count()).max();
    assert!(longest <= Some(1_000) && evidence.details.len() <= 50, "{evidence:#?}");
    assert_eq!(evidence.outcome == Outcome::Holds, evidence.remedy.is_none(), "{evidence:#?}");
    evidence
}

/// A probe that can't be.
fn refused(probe: &str) -> String {
    match toml::from_str::<Kind>(probe) {
        Ok(kind) => kind.probe().validate().unwrap_err(),
        Err(error) => error.to_string(),
    }
}

/// Waits for what a server does in its own time.
#[track_caller]
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..300 {
        if let Some(seen) = look() {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("half a minute, and not yet: {what}");
}
