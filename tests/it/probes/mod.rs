//! Probes and their door, against servers on loopback that have every fault.

mod authority;
mod certificate;
mod door;
mod endpoint;
mod tls_server;

use std::sync::atomic::AtomicBool;

use deploy_guard::http::{Door, Targets};
use deploy_guard::probe::{Around, Evidence, Kind, Release};
use jiff::Timestamp;

use crate::platform::quick;

/// The clock of all probes, and of the fake servers.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn targets(entries: &[&str]) -> Targets {
    Targets { private: entries.iter().map(|entry| Targets::parse(entry).expect(entry)).collect() }
}

/// A door to loopback.
pub(crate) fn near() -> Door {
    Door::new(quick(), targets(&["127.0.0.0/8", "::1"]), Vec::new(), None)
}

/// A probe as a checklist holds it: `[kind]` and its parameters in TOML.
pub(crate) fn kind(text: &str) -> Kind {
    let kind: Kind = toml::from_str(text).unwrap();
    kind.probe().validate().unwrap();
    kind
}

pub(crate) fn look(probe: &str, door: Option<&Door>) -> Evidence {
    look_at(probe, door, now())
}

pub(crate) fn look_at(probe: &str, door: Option<&Door>, clock: Timestamp) -> Evidence {
    let stop = AtomicBool::new(false);
    let release = Release::default();
    let clock = move || clock;
    let around =
        Around { release: &release, door, clock: &clock, may_run: false, cluster_state: None, stop: &stop };
    kind(probe).gather(&around)
}
