//! Certificates of every kind of wrong, made at run time.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::now;

/// Somebody who issues certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: Vec<u8>,
    pub(crate) pem: String,
}

/// What a server shows, and its key.
pub(crate) struct Issued {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Vec<u8>,
}

/// From when until when, in hours from the tests' clock.
#[derive(Clone, Copy)]
pub(crate) struct Hours(pub(crate) i64, pub(crate) i64);

pub(crate) const YEAR: Hours = Hours(-24, 365 * 24);
/// For whoever asks by the machine's own clock.
pub(crate) const ALWAYS: Hours = Hours(-40 * 365 * 24, 100 * 365 * 24);

fn instant(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn params(common_name: &str, names: &[&str], valid: Hours) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let date = |hours| {
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(instant(hours).as_second().cast_unsigned())
    };
    params.not_before = date(valid.0).into();
    params.not_after = date(valid.1).into();
    params
}

fn ca(common_name: &str, valid: Hours) -> CertificateParams {
    let mut params = params(common_name, &[], valid);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca(name, Hours(-24 * 365, 24 * 3650));
        let own = params.self_signed(&key).unwrap();
        Self { der: own.der().to_vec(), pem: own.pem(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn intermediate(&self, name: &str, valid: Hours) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca(name, valid);
        let own = params.signed_by(&key, &self.issuer).unwrap();
        Self { der: own.der().to_vec(), pem: own.pem(), issuer: Issuer::new(params, key) }
    }

    /// A server's certificate; `above` is sent along.
    pub(crate) fn issue(&self, names: &[&str], valid: Hours, above: &[&Self]) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names.first().unwrap_or(&"nobody"), names, valid);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = params.signed_by(&key, &self.issuer).unwrap();
        let chain = std::iter::once(own.der().to_vec()).chain(above.iter().map(|above| above.der.clone()));
        Issued { chain: chain.collect(), key: key.serialize_der() }
    }
}

pub(crate) fn self_signed(names: &[&str], valid: Hours) -> Issued {
    let key = KeyPair::generate().unwrap();
    let own = params(names[0], names, valid).self_signed(&key).unwrap();
    Issued { chain: vec![own.der().to_vec()], key: key.serialize_der() }
}
