//! What a certificate says of itself. Its texts are whatever its maker wrote.

use jiff::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Names of one certificate more than which nobody reads.
const NAMES: usize = 100;

/// A certificate as a server sent it, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub der: Vec<u8>,
    /// `CN=ingest.example.org`; empty where it says nothing.
    pub subject: String,
    pub issuer: String,
    /// Hosts and addresses that it is for.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// It names itself as its issuer.
    pub self_issued: bool,
}

impl Certificate {
    pub(super) fn read(der: &[u8]) -> Result<Self, String> {
        let (_, read) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
        // Dates up to the year 9999 are allowed, and its last hours are more than a timestamp holds.
        let instant = |seconds: i64| {
            let furthest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
            Timestamp::from_second(seconds).unwrap_or(furthest)
        };
        let names = read.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names).filter_map(name).take(NAMES);
        Ok(Self {
            subject: read.subject().to_string(),
            issuer: read.issuer().to_string(),
            names: names.collect(),
            not_before: instant(read.validity().not_before.timestamp()),
            not_after: instant(read.validity().not_after.timestamp()),
            self_issued: read.subject().as_raw() == read.issuer().as_raw(),
            der: der.to_vec(),
        })
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match (<[u8; 4]>::try_from(*octets), <[u8; 16]>::try_from(*octets))
        {
            (Ok(octets), _) => Some(std::net::IpAddr::from(octets).to_string()),
            (_, Ok(octets)) => Some(std::net::IpAddr::from(octets).to_string()),
            _ => None,
        },
        _ => None,
    }
}
