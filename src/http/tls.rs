//! The one place that speaks TLS: whom this machine trusts, and a handshake that only looks.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConnection, DigitallySignedStruct, Error, PeerIncompatible,
    RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

use super::clock::Deadline;
use super::{Certificate, HttpError, HttpErrorKind};

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

/// What is wrong with a chain, whatever else is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Something in it has ended.
    Expired,
    NotYetValid,
    /// It leads to nobody whom this machine trusts.
    UnknownIssuer,
    /// It is for other names.
    WrongName,
    Revoked,
    Other(String),
}

/// What a server showed in a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// As it was sent: its own certificate first.
    pub chain: Vec<Certificate>,
    /// Everything that a client would refuse it for; none: it is trusted.
    pub flaws: Vec<Flaw>,
    /// `TLS 1.3`
    pub protocol: String,
    /// The name that was asked for; none where an address was.
    pub server_name: Option<String>,
    /// The protocol that was agreed on.
    pub alpn: Option<String>,
}

/// Shakes hands with a server and says no more: nothing is sent that has to be kept from anybody. Names are compared and
/// signatures checked as in any handshake; what is wrong with the chain is noted, at the instant `now`.
pub(super) fn look(
    trust: &Trust,
    host: &str,
    address: SocketAddr,
    bound: Duration,
    now: Timestamp,
) -> Result<Presented, (HttpErrorKind, String)> {
    let time = Deadline::in_(bound);
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| (HttpErrorKind::Address, "that is no name that a certificate can be for".to_owned()))?;
    let recorder = Arc::new(Recorder { real: Arc::clone(&trust.verifier), now, seen: Mutex::default() });
    let mut config = config(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .map_err(|why| (HttpErrorKind::Setup, why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    let mut connection = ClientConnection::new(Arc::new(config), name.clone())
        .map_err(|error| (HttpErrorKind::Setup, error.to_string()))?;
    let stream = TcpStream::connect_timeout(&address, bound).map_err(|error| unreached(&error, bound))?;
    let mut stream = Bounded { stream, time };
    let ended = connection.complete_io(&mut stream);
    let seen = std::mem::take(&mut *recorder.seen.lock().unwrap_or_else(PoisonError::into_inner));
    if let Err(error) = ended {
        // Who wants a certificate of the client's has shown its own by then.
        let turned_away = refused_us(&error) && seen.proved;
        if !turned_away {
            return Err(unfinished(&error, bound));
        }
    }
    if seen.chain.is_empty() {
        return Err((HttpErrorKind::Tls, "it showed no certificate".to_owned()));
    }
    connection.send_close_notify();
    // Out of courtesy: the answer is here already.
    let _ = connection.write_tls(&mut stream);
    let chain =
        seen.chain.iter().map(|der| Certificate::read(der)).collect::<Result<Vec<_>, _>>().map_err(
            |why| (HttpErrorKind::Tls, format!("it sent a certificate that can't be read: {why}")),
        )?;
    let version = connection.protocol_version().and_then(|version| version.as_str()).unwrap_or_default();
    Ok(Presented {
        flaws: flaws(&*trust.verifier, &seen, &chain, &name, now),
        chain,
        protocol: version.replace("TLSv1_", "TLS 1."),
        server_name: matches!(name, ServerName::DnsName(_)).then(|| host.to_owned()),
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
    })
}

/// Lets every chain pass, and remembers it with what the real verifier makes of it.
#[derive(Debug)]
struct Recorder {
    real: Arc<dyn ServerCertVerifier>,
    now: Timestamp,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<Vec<u8>>,
    stapled: Vec<u8>,
    verdict: Option<Error>,
    /// The server has shown that the key of its certificate is its own.
    proved: bool,
}

impl Recorder {
    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.real.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            unix(self.now),
        );
        self.note(|seen| {
            seen.chain = std::iter::once(end_entity).chain(intermediates).map(|der| der.to_vec()).collect();
            seen.stapled = ocsp_response.to_vec();
            seen.verdict = verdict.err();
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = self.real.verify_tls12_signature(message, cert, dss)?;
        self.note(|seen| seen.proved = true);
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let valid = self.real.verify_tls13_signature(message, cert, dss)?;
        self.note(|seen| seen.proved = true);
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.real.supported_verify_schemes()
    }
}

/// Everything that is wrong. A verifier stops at the first fault, so that it is asked again at an instant at which the
/// dates are no fault, and the name is compared apart.
fn flaws(
    real: &dyn ServerCertVerifier,
    seen: &Seen,
    chain: &[Certificate],
    name: &ServerName<'_>,
    now: Timestamp,
) -> Vec<Flaw> {
    let mut found: Vec<Flaw> = Vec::new();
    let mut add = |flaw: Flaw| {
        if !found.contains(&flaw) {
            found.push(flaw);
        }
    };
    if let Some(error) = &seen.verdict {
        add(flaw(error));
    }
    let mut der = seen.chain.iter().map(|der| CertificateDer::from(der.as_slice()));
    let (Some(own), rest) = (der.next(), der.collect::<Vec<_>>()) else { return found };
    if seen.verdict.is_some() {
        let then = unix(instant_within(chain, now));
        if let Err(error) = real.verify_server_cert(&own, &rest, name, &seen.stapled, then) {
            add(flaw(&error));
        }
        if let Err(error) =
            ParsedCertificate::try_from(&own).and_then(|own| rustls::client::verify_server_name(&own, name))
        {
            add(flaw(&error));
        }
    }
    found
}

/// The instant closest to now at which the whole chain is valid, or at least its first certificate.
fn instant_within(chain: &[Certificate], now: Timestamp) -> Timestamp {
    let begin = chain.iter().map(|certificate| certificate.not_before).max();
    let end = chain.iter().map(|certificate| certificate.not_after).min();
    match (begin, end, chain.first()) {
        (Some(begin), Some(end), _) if begin <= end => now.clamp(begin, end),
        (.., Some(own)) if own.not_before <= own.not_after => now.clamp(own.not_before, own.not_after),
        _ => now,
    }
}

fn unix(instant: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(instant.as_second().try_into().unwrap_or_default()))
}

fn flaw(error: &Error) -> Flaw {
    use CertificateError as Wrong;
    let Error::InvalidCertificate(wrong) = error else { return Flaw::Other(error.to_string()) };
    match wrong {
        Wrong::Expired | Wrong::ExpiredContext { .. } => Flaw::Expired,
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => Flaw::NotYetValid,
        Wrong::UnknownIssuer => Flaw::UnknownIssuer,
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => Flaw::WrongName,
        Wrong::Revoked => Flaw::Revoked,
        Wrong::BadSignature => Flaw::Other("a signature in the chain is wrong".to_owned()),
        // The words of whoever judges a chain on this platform.
        Wrong::Other(other) => Flaw::Other(other.to_string()),
        _ => Flaw::Other(error.to_string()),
    }
}

/// A stream that ends with its time, however slowly the other side speaks.
struct Bounded {
    stream: TcpStream,
    time: Deadline,
}

impl Bounded {
    fn left(&self) -> std::io::Result<Duration> {
        let left = self.time.left();
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// What a read that waited in vain is called differs by platform; `WouldBlock` would be taken for a pause.
fn late(error: std::io::Error) -> std::io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(late)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes).map_err(late)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

fn unreached(error: &std::io::Error, bound: Duration) -> (HttpErrorKind, String) {
    match error.kind() {
        ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => {
            (HttpErrorKind::NoRoute, "this machine has no way there".to_owned())
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            (HttpErrorKind::Connect, format!("no connection within {} s", bound.as_secs_f32()))
        }
        _ => (HttpErrorKind::Connect, format!("no connection: {error}")),
    }
}

/// Why there was no handshake.
fn unfinished(error: &std::io::Error, bound: Duration) -> (HttpErrorKind, String) {
    match (error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()), error.kind()) {
        (Some(error), _) => (HttpErrorKind::Tls, disagreed(error)),
        (None, ErrorKind::TimedOut) => (
            HttpErrorKind::Timeout,
            format!("it is there, and no TLS handshake ends within {} s", bound.as_secs_f32()),
        ),
        (None, ErrorKind::UnexpectedEof) => {
            (HttpErrorKind::Broken, "it closed the connection in the handshake".to_owned())
        }
        (None, _) => (HttpErrorKind::Broken, format!("the connection broke in the handshake: {error}")),
    }
}

fn disagreed(error: &Error) -> String {
    use AlertDescription as Alert;
    use PeerIncompatible as Odd;
    match error {
        Error::AlertReceived(Alert::ProtocolVersion)
        | Error::PeerIncompatible(
            Odd::ServerDoesNotSupportTls12Or13 | Odd::ServerTlsVersionIsDisabledByOurConfig,
        ) => "it speaks no TLS 1.2 and no TLS 1.3".to_owned(),
        Error::AlertReceived(Alert::UnrecognisedName) => "it knows nothing of this name".to_owned(),
        Error::InvalidMessage(_) => "what it speaks is no TLS".to_owned(),
        error => format!("no TLS handshake: {error}"),
    }
}

fn refused_us(error: &std::io::Error) -> bool {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => matches!(error, Error::AlertReceived(_)),
        None => matches!(
            error.kind(),
            ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
        ),
    }
}

/// Whether TLS is why something failed.
pub(super) fn is_cause(error: &dyn std::error::Error) -> bool {
    let mut next = error.source();
    while let Some(source) = next {
        if source.is::<Error>() {
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
