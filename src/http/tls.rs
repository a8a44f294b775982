//! The one place that speaks TLS: whom this machine trusts.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use super::{HttpError, HttpErrorKind};

/// For whoever makes connections by way of the process's own provider.
pub(super) fn install() {
    // An error says that there is a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Who may say who somebody is. There is no way to do without.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    #[expect(dead_code, reason = "asked apart from http by whoever looks at certificates")]
    verifier: Arc<dyn ServerCertVerifier>,
    http: rustls::ClientConfig,
}

impl Trust {
    /// As the machine has it.
    pub(super) fn machine() -> Result<Self, HttpError> {
        Self::with(None)
    }

    /// As the machine has it, and the authorities of a file in PEM beside it.
    pub(super) fn with(authorities: Option<&[u8]>) -> Result<Self, HttpError> {
        let setup = |what: String| HttpError { what, kind: HttpErrorKind::Setup };
        let extra = match authorities {
            Some(pem) => read(pem).map_err(setup)?,
            None => Vec::new(),
        };
        let verifier = Verifier::new_with_extra_roots(extra, provider()).map_err(|error| {
            setup(format!(
                "https can't be spoken from this machine: {error}; a container image may lack the package `ca-certificates`"
            ))
        })?;
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
        let http = config(Arc::clone(&verifier)).map_err(setup)?;
        Ok(Self { verifier, http })
    }

    pub(super) fn for_http(&self) -> rustls::ClientConfig {
        self.http.clone()
    }
}

fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<rustls::ClientConfig, String> {
    Ok(rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("https can't be spoken from this machine: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The certificates of a file. One that can't be read is an error: it would be missed later, and elsewhere.
fn read(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    let mut roots = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let broken =
            |why: String| format!("certificate {} of the authorities can't be read: {why}", index + 1);
        let certificate = certificate.map_err(|error| broken(error.to_string()))?;
        roots.add(certificate.clone()).map_err(|error| broken(error.to_string()))?;
        found.push(certificate);
    }
    if found.is_empty() {
        return Err("the file of authorities holds no certificate in PEM".to_owned());
    }
    Ok(found)
}

/// Whether TLS is why something failed.
pub(super) fn is_cause(error: &dyn std::error::Error) -> bool {
    let mut next = error.source();
    while let Some(source) = next {
        if source.is::<rustls::Error>() {
            return true;
        }
        next = match source.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            // What an I/O error wraps is not its source.
            Some(wrapped) => Some(wrapped),
            None => source.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_without_one_is_an_error() {
        for (pem, why) in [
            ("", "no certificate"),
            ("hello", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1"),
        ] {
            let error = Trust::with(Some(pem.as_bytes())).unwrap_err();
            assert_eq!(error.kind, HttpErrorKind::Setup);
            assert!(error.what.contains(why), "{error}");
        }
    }
}
