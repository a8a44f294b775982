//! The certificates that a host shows at each of its addresses.
//!
//! Asked directly, whatever the proxy: what stands between would show certificates of its own.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;

use super::door::Door;
use super::tls::Presented;
use super::{HttpError, HttpErrorKind, address, retry, tls};

/// Addresses that are looked at at once.
const AT_ONCE: usize = 8;

/// What came of one address.
#[derive(Debug)]
pub struct Inspected {
    pub address: IpAddr,
    pub outcome: Result<Presented, HttpError>,
}

impl Door {
    /// Looks at every address of a host, each with the retries that the bounds allow; dates are judged at `now`.
    pub fn certificates(&self, host: &str, port: u16, now: Timestamp) -> Result<Vec<Inspected>, HttpError> {
        let failed =
            |kind, why: &str| HttpError { what: format!("TLS {}: {why}", written(host, port)), kind };
        let name = address::host(host).ok_or_else(|| failed(HttpErrorKind::Address, "that is no host"))?;
        let addresses = retry::until_answered(
            &self.bounds,
            self.deadline,
            true,
            |_| None,
            |own| {
                let bound = self.bounds.connect.min(own.left()).min(self.deadline.left());
                self.judged(&name, port, bound).map_err(|(kind, why)| failed(kind, &why))
            },
        )?;
        let mut inspected = Vec::new();
        for some in addresses.chunks(AT_ONCE) {
            std::thread::scope(|threads| {
                let looking: Vec<_> = some
                    .iter()
                    .map(|address| (*address, threads.spawn(|| self.look(&name, *address, port, now))))
                    .collect();
                for (address, looked) in looking {
                    let outcome = looked.join().unwrap_or_else(|_| {
                        Err(failed(HttpErrorKind::Broken, "what it sent could not be taken in"))
                    });
                    inspected.push(Inspected { address, outcome });
                }
            });
        }
        Ok(inspected)
    }

    fn look(&self, name: &str, ip: IpAddr, port: u16, now: Timestamp) -> Result<Presented, HttpError> {
        let failed = |kind, why: String| HttpError { what: why, kind };
        let trust = self.trust()?;
        retry::until_answered(
            &self.bounds,
            self.deadline,
            true,
            |_| None,
            |own| {
                let left = self.deadline.left();
                if left.is_zero() {
                    let why = format!("the {} s for all questions are used up", self.bounds.total.as_secs());
                    return Err(failed(HttpErrorKind::Deadline, why));
                }
                let bound = self.bounds.connect.min(own.left()).min(left);
                tls::look(trust, name, SocketAddr::new(ip, port), bound, now)
                    .map_err(|(kind, why)| failed(kind, why))
            },
        )
    }
}

fn written(host: &str, port: u16) -> String {
    let host = crate::source::escape_line(host);
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
