//! The one door to the network.
//!
//! In: a [`Request`]. Out: a [`Response`] within bounds of time and size, or an [`HttpError`] that says why there is
//! none. Hooks never come here. Knows nothing of who is asked or what for, and what it says of a failure holds neither
//! a token nor what stands behind the `?` of an address.

mod address;
mod bypass;
mod certificate;
mod client;
mod clock;
mod door;
mod inspect;
mod request;
mod resolve;
mod response;
mod retry;
mod targets;
mod tls;

use std::time::Duration;

use crate::source::Secret;

pub use address::{host_and_port, may_be_asked, same_origin, shown};
pub use certificate::Certificate;
pub use client::Client;
pub use door::{Answer, Credential, Door, Follow, Route};
pub use inspect::Inspected;
pub use request::{Method, Request, Take};
pub use response::{Limit, Response};
pub use targets::{Permitted, Targets};
pub use tls::{Flaw, Presented};

/// How long and how much: what a door is made with.
#[derive(Debug)]
pub struct Bounds {
    /// To reach the other side, TLS too.
    pub connect: Duration,
    /// One attempt, its redirects and its body included.
    pub attempt: Duration,
    /// Everything that goes through one door, waiting included; it runs from the moment at which the door is made.
    pub total: Duration,
    /// Further attempts after the first.
    pub retries: u32,
    /// The shortest pause before a further attempt; it doubles.
    pub pause: Duration,
    /// Bytes of one body. Its headers are bounded too: a hundred of them, in about 400 KiB.
    pub body: usize,
    /// The way out, where it is not the direct one. The environment is not asked: an earlier step may have set it. An
    /// address may hold a password, so it is a secret.
    pub proxy: Option<Secret>,
    /// Hosts that probes ask directly all the same, as `NO_PROXY` lists them.
    pub no_proxy: Option<String>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(10),
            total: Duration::from_mins(1),
            retries: 2,
            pause: Duration::from_millis(500),
            body: 5 * 1024 * 1024,
            proxy: None,
            no_proxy: None,
        }
    }
}

/// Why there is no response: plain data, and safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct HttpError {
    pub what: String,
    pub kind: HttpErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpErrorKind {
    /// Nobody is asked under such an address.
    Address,
    /// The address is none that probes may ask, or leads to one.
    Refused,
    /// This machine can't ask anybody: no certificates to trust, a proxy that is none.
    Setup,
    /// The other side was not reached.
    Connect,
    /// This machine has no way to such addresses: IPv6, where there is none.
    NoRoute,
    /// The other side is not who it has to be.
    Tls,
    /// One attempt took too long.
    Timeout,
    /// All time for this run is used up.
    Deadline,
    /// The connection broke, or what came is not what was announced.
    Broken,
    /// The body is larger than the bound.
    TooLarge,
    /// The way leads to another host, or in circles.
    Redirect,
}
