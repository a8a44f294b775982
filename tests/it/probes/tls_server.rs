//! A server that speaks TLS, or does what others do instead. It stops when it is dropped.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::authority::Issued;

/// What it does with a connection.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Answers a question in TLS with these bytes.
    Tls(Arc<ServerConfig>, Vec<u8>),
    /// Takes the connection and never says a word.
    Hang,
    /// Resets it once the handshake has begun.
    Reset,
    /// These bytes, whatever is said.
    Says(Vec<u8>),
    /// One byte of a handshake now and then.
    Drip,
}

pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

pub(crate) fn config(issued: &Issued) -> ServerConfig {
    let chain = issued.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.key.clone()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// The same for clients that show a certificate of their own; in TLS 1.2 the others are turned away in the handshake.
pub(crate) fn config_for_known_clients(issued: &Issued, root: &[u8]) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let clients =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let chain = issued.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.key.clone()));
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap()
}

impl TlsServer {
    pub(crate) fn showing(issued: &Issued) -> Self {
        Self::answering(issued, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    }

    pub(crate) fn answering(issued: &Issued, answer: &str) -> Self {
        Self::start("127.0.0.1:0", Manner::Tls(Arc::new(config(issued)), answer.as_bytes().to_vec()))
    }

    pub(crate) fn start(at: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind(at).unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (stop, count) = (Arc::clone(&stopping), Arc::clone(&accepted));
        let listening = std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let (manner, stop) = (manner.clone(), Arc::clone(&stop));
                open.push(std::thread::spawn(move || serve(stream, manner, &stop)));
            }
            for thread in open {
                let _ = thread.join();
            }
        });
        Self { address, accepted, stopping, listening: Some(listening) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.listening.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, manner: Manner, stop: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(2)));
    let stopped = || stop.load(Ordering::SeqCst);
    match manner {
        Manner::Tls(config, answer) => {
            let Ok(mut connection) = rustls::ServerConnection::new(config) else { return };
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let mut asked = [0; 4096];
            if tls.read(&mut asked).is_ok_and(|read| read > 0) {
                let _ = tls.write_all(&answer);
            }
            connection.send_close_notify();
            let _ = connection.write_tls(&mut stream);
        }
        Manner::Hang => {
            while !stopped() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        // Closing over unread bytes resets.
        Manner::Reset => {
            let _ = stream.peek(&mut [0; 1]);
        }
        Manner::Says(bytes) => {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello);
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read(&mut hello);
        }
        Manner::Drip => {
            // The head of a handshake record of 8 KiB.
            let _ = stream.write_all(&[0x16, 3, 3, 0x20, 0]);
            while !stopped() && stream.write_all(&[2]).is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
