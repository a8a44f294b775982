//! A real nginx: a page in the clear, a redirect to https, and https with certificates made here.

use std::path::Path;

use deploy_guard::http::{Follow, Request};
use deploy_guard::probe::{Evidence, Outcome};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::alertmanager::assert_said;
use super::daemon::Daemon;
use super::{door_with, is_here, see_through};

pub(super) const PROGRAM: &str = "nginx";

/// Makes a certificate good from some day to another, counted from now, and half a day later: no second decides.
pub(super) fn lasting(params: &mut CertificateParams, from: i64, to: i64) {
    let at = |days: i64| {
        let seconds = deploy_guard::calendar::now().as_second() + days * 86_400 + 43_200;
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds.unsigned_abs())
    };
    (params.not_before, params.not_after) = (at(from), at(to));
}

/// Ports of a started nginx, in their order.
pub(super) const PLAIN: usize = 0;
/// Answers 308 to https.
pub(super) const MOVED: usize = 1;
pub(super) const TLS: usize = 2;

/// A certificate for 127.0.0.1 and localhost, its key, and the authority that signed it, all in PEM.
pub(super) struct Certificate {
    pub(super) chain: String,
    pub(super) key: String,
    pub(super) authority: String,
}

impl Certificate {
    /// As it should be, but for what `spoil` does to it.
    pub(super) fn new(spoil: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "deploy-guard test authority");
        let authority_key = KeyPair::generate().unwrap();
        let signed = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut own = CertificateParams::new(names).unwrap();
        lasting(&mut own, -1, 60);
        spoil(&mut own);
        let key = KeyPair::generate().unwrap();
        let chain = own.signed_by(&key, &issuer).unwrap().pem();
        Self { chain, key: key.serialize_pem(), authority: signed.pem() }
    }
}

pub(super) fn start(certificate: &Certificate) -> Daemon {
    let prepare = |folder: &Path, [plain, moved, tls]: [u16; 3]| {
        std::fs::write(folder.join("chain.pem"), &certificate.chain).unwrap();
        std::fs::write(folder.join("key.pem"), &certificate.key).unwrap();
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}\n\
             http {{\n\
             access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
             uwsgi_temp_path uwsgi; scgi_temp_path scgi; default_type text/plain;\n\
             server {{ listen 127.0.0.1:{plain}; location / {{ return 200 'plain'; }} }}\n\
             server {{ listen 127.0.0.1:{moved}; return 308 https://127.0.0.1:{tls}$request_uri; }}\n\
             server {{ listen 127.0.0.1:{tls} ssl; ssl_certificate chain.pem; ssl_certificate_key key.pem;\n\
             location / {{ return 200 'sealed'; }} }}\n\
             }}\n"
        );
        std::fs::write(folder.join("nginx.conf"), config).unwrap();
        ["-p", folder.to_str().unwrap(), "-c", "nginx.conf", "-e", "stderr"].map(str::to_owned).to_vec()
    };
    Daemon::start(PROGRAM, prepare)
}

#[test]
fn p2_p4_nginx_is_asked_over_tls_and_its_redirect_is_seen_or_followed() {
    if !is_here(PROGRAM) {
        return;
    }
    let certificate = Certificate::new(|_| {});
    let server = start(&certificate);
    let door = door_with(Some(certificate.authority.clone().into_bytes()));
    let ask = |scheme: &str, port: usize, follow| {
        door.ask(&Request::get(format!("{scheme}://127.0.0.1:{}/x?y", server.port(port))), follow)
    };
    assert_eq!(ask("http", PLAIN, Follow::Never).unwrap().response.body, b"plain");
    assert_eq!(ask("https", TLS, Follow::Never).unwrap().response.body, b"sealed");
    let moved = ask("http", MOVED, Follow::Never).unwrap();
    let target = format!("https://127.0.0.1:{}/x?y", server.port(TLS));
    assert_eq!((moved.response.status, moved.response.header("location")), (308, Some(target.as_str())));
    let followed = ask("http", MOVED, Follow::WithinRules).unwrap();
    assert_eq!((followed.response.status, followed.hops.len()), (200, 1));
    assert_eq!(followed.response.body, b"sealed");
}

/// What a probe sees that trusts the certificate's authority.
fn seen(certificate: &Certificate, probe: &str) -> Evidence {
    let door = door_with(Some(certificate.authority.clone().into_bytes()));
    see_through(&door, probe, &[], &deploy_guard::calendar::now)
}

#[test]
fn p2_what_is_wrong_with_the_certificate_of_nginx_is_told_by_both_probes() {
    if !is_here(PROGRAM) {
        return;
    }
    let other = |params: &mut CertificateParams| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("other.example.org".try_into().unwrap())];
    };
    let rows = [
        (Certificate::new(|_| {}), Outcome::Holds, "ends in 60 days"),
        (Certificate::new(|params| lasting(params, -60, 20)), Outcome::Doubtful, "ends in 20 days"),
        (Certificate::new(|params| lasting(params, -60, 3)), Outcome::Broken, "ends in 3 days"),
        (Certificate::new(|params| lasting(params, -60, -2)), Outcome::Broken, "ended "),
        (Certificate::new(|params| lasting(params, 1, 60)), Outcome::Broken, "is not valid before"),
        (Certificate::new(other), Outcome::Broken, "127.0.0.1"),
        (
            Certificate { authority: Certificate::new(|_| {}).authority, ..Certificate::new(|_| {}) },
            Outcome::Broken,
            "is refused: ",
        ),
    ];
    for (place, (certificate, outcome, words)) in rows.iter().enumerate() {
        let server = start(certificate);
        let address = format!("127.0.0.1:{}", server.port(TLS));
        let dates = seen(certificate, &format!("[certificate]\nhosts = ['{address}']"));
        assert_said(&dates, *outcome, &[words]);
        // Whoever only asks is told nothing of dates to come.
        let asked = seen(certificate, &format!("[http]\nurl = 'https://{address}/'\ncontains = 'sealed'"));
        let good = if place < 3 { Outcome::Holds } else { Outcome::Broken };
        assert_said(&asked, good, &[]);
    }
}

#[test]
fn a_redirect_of_nginx_is_refused_with_what_it_does_to_machines_or_followed_where_that_is_wanted() {
    if !is_here(PROGRAM) {
        return;
    }
    let certificate = Certificate::new(|_| {});
    let server = start(&certificate);
    let ask = |port: usize, more: &str| {
        let probe = format!("[http]\nurl = 'http://127.0.0.1:{}/ingest'\n{more}", server.port(port));
        seen(&certificate, &probe)
    };
    let target = format!("redirects with 308 to https://127.0.0.1:{}/ingest", server.port(TLS));
    let words = [
        target.as_str(),
        "most machine clients do not follow a 308",
        "clients that were never told ask by http",
    ];
    for method in ["", "method = 'POST'", "method = 'HEAD'"] {
        assert_said(&ask(MOVED, method), Outcome::Broken, &words);
    }
    assert_said(&ask(MOVED, "redirects = 'follow'\ncontains = 'sealed'"), Outcome::Holds, &["answers 200"]);
    assert_said(&ask(PLAIN, "contains = 'plain'"), Outcome::Holds, &["answers 200"]);
    assert_said(&ask(PLAIN, "contains = 'sealed'"), Outcome::Broken, &["without the text `sealed`"]);
    assert_said(&ask(PLAIN, "expect = [204]"), Outcome::Broken, &["answers 200, not 204"]);
}

#[test]
fn a_server_ends_with_its_test_also_with_one_that_fails() {
    if !is_here(PROGRAM) {
        return;
    }
    let port = std::sync::Mutex::new(0);
    let failed = std::panic::catch_unwind(|| {
        let server = start(&Certificate::new(|_| {}));
        *port.lock().unwrap() = server.port(PLAIN);
        assert!(server.good("GET", "/", "").starts_with("plain"));
        std::panic::resume_unwind(Box::new("a test that fails"));
    });
    assert!(failed.is_err());
    let port = port.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert!(port != 0 && std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
