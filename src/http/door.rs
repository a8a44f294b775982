//! The door for probes: what a checklist may ask, and nothing else.
//!
//! A probe's address comes from a file that people review, but where a name leads to is up to others: every address that
//! a name resolves to is judged, and those very addresses are connected to.
//!
//! Through a proxy a name is resolved by the proxy. Literal addresses are judged all the same, and so is what this
//! machine resolves a name to; a name that only the proxy knows, and one that it resolves otherwise, can't be judged
//! here. This machine itself is never asked through a proxy.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use super::client::{Asking, HOPS, SecretHeader, Url, Way, Wire};
use super::clock::Deadline;
use super::resolve::resolve;
use super::targets::Targets;
use super::tls::Trust;
use super::{Bounds, HttpError, HttpErrorKind, Method, Request, Response, address, bypass};
use crate::source::{Secret, escape_line};

/// Bytes of a body, where a question does not say that it needs more.
const BODY: usize = 1024 * 1024;

/// A secret for some hosts: it goes to no other, whatever redirects there, and to none without TLS but this machine.
#[derive(Debug)]
pub struct Credential {
    /// `host` for its own port of https (443), or `host:port`.
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

impl AsMut<Response> for Answer {
    fn as_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl Answer {
    /// Who was sent a secret may say it again, in a place that is shown or kept.
    fn forget(&mut self, secret: &Secret) {
        let Response { url, headers, body, .. } = &mut self.response;
        let headers = headers.iter_mut().map(|(_, value)| value);
        for text in headers.chain(self.hops.iter_mut()).chain([url]) {
            if let Cow::Owned(clean) = secret.scrub(text) {
                *text = clean;
            }
        }
        if memchr::memmem::find(body, secret.expose().as_bytes()).is_some() {
            *body = secret.scrub(&String::from_utf8_lossy(body)).into_owned().into_bytes();
        }
    }
}

/// Asks whom it may ask, within bounds; one for a whole run, from as many threads as like.
#[derive(Debug)]
pub struct Door {
    pub(super) bounds: Bounds,
    pub(super) deadline: Deadline,
    targets: Targets,
    credentials: Vec<Credential>,
    authorities: Option<Vec<u8>>,
    trust: OnceLock<Result<Trust, HttpError>>,
}

impl Door {
    /// The time for all questions begins now. `authorities`: certificates in PEM that are trusted beside the machine's.
    pub fn new(
        bounds: Bounds,
        targets: Targets,
        credentials: Vec<Credential>,
        authorities: Option<Vec<u8>>,
    ) -> Self {
        let deadline = Deadline::in_(bounds.total);
        Self { bounds, deadline, targets, credentials, authorities, trust: OnceLock::new() }
    }

    /// Asks, with the retries that its bounds allow.
    pub fn ask(&self, request: &Request<'_>, follow: Follow) -> Result<Answer, HttpError> {
        let url = address::parse_either(&request.url)?;
        let most = BODY.min(self.bounds.body);
        let asking = Asking { bounds: &self.bounds, deadline: self.deadline, request, most };
        let mut outcome = asking.until_answered(|own| self.attempt(&asking, follow, url.clone(), own));
        let own = request.secret.map(|(_, _, secret)| secret);
        for secret in own.into_iter().chain(self.credentials.iter().map(|credential| &credential.secret)) {
            match &mut outcome {
                Ok(answer) => answer.forget(secret),
                Err(error) => error.what = secret.scrub(&error.what).into_owned(),
            }
        }
        outcome
    }

    /// Host and port of the proxy that questions go through.
    pub fn proxy(&self) -> Option<String> {
        self.bounds.proxy.as_ref().map(|proxy| authority(proxy.expose()))
    }

    /// One attempt, redirects included.
    fn attempt(
        &self,
        asking: &Asking<'_>,
        follow: Follow,
        mut url: Url,
        own: Deadline,
    ) -> Result<Answer, HttpError> {
        let first = url.clone();
        let mut hops = Vec::new();
        let mut secrets = None;
        loop {
            let way = self.way(asking, &url, own)?;
            if !hops.is_empty() {
                self.same_rules(asking, &first, &url, &way)?;
            }
            // What one host was told to be asked with goes to no other, not even to one that has a secret of its own:
            // the first would choose what is done with it.
            let secrets = match &mut secrets {
                None => secrets.insert(self.secrets(asking.request, &url, &way)),
                Some(secrets) => {
                    if url.origin() != first.origin() {
                        secrets.clear();
                    }
                    secrets
                }
            };
            let (response, peer) = asking.exchange(&way.wire, &url, secrets, own)?;
            let failed = |why: &str| asking.failed(&url, HttpErrorKind::Redirect, why, secrets);
            let target = response.leads_to().filter(|_| follow == Follow::WithinRules);
            let Some(target) = target else {
                let route = match way.proxy {
                    Some(proxy) => Route::Proxy(proxy),
                    None => Route::Direct(peer.or(way.addresses.first().copied()).unwrap_or(NOWHERE)),
                };
                return Ok(Answer { response, route, hops });
            };
            let shown = escape_line(&super::shown(&target)).into_owned();
            if !matches!(asking.request.method, Method::Get | Method::Head) {
                let method = asking.request.method.as_str();
                return Err(failed(&format!("it redirects to {shown}, and a {method} is not sent on")));
            }
            if hops.len() >= HOPS {
                return Err(failed(&format!("it redirects more than {HOPS} times")));
            }
            let next = address::parse_either(&target)
                .map_err(|error| failed(&format!("it redirects to where nobody is asked: {}", error.what)))?;
            if url.scheme() == "https" && next.scheme() == "http" {
                return Err(failed(&format!("it redirects from https to http: {shown}")));
            }
            hops.push(address::of(&url));
            url = next;
        }
    }

    /// How an address is reached, once everything that it leads to is judged.
    fn way(&self, asking: &Asking<'_>, url: &Url, own: Deadline) -> Result<Passage, HttpError> {
        let failed = |kind, why: &str| asking.failed(url, kind, why, &[]);
        let port = url.port_or_known_default().unwrap_or_default();
        let bound = self.bounds.connect.min(own.left()).min(self.deadline.left());
        let host = address::bare_host(url);
        let direct = self.bounds.no_proxy.as_ref().is_some_and(|list| bypass::passes_by(list, host, port));
        let proxy = self.bounds.proxy.as_ref().filter(|_| !direct);
        let addresses = match self.judged(host, port, bound) {
            Ok(addresses) => addresses,
            // A name that only the proxy knows.
            Err((HttpErrorKind::Connect, _)) if proxy.is_some() => Vec::new(),
            Err((kind, why)) => return Err(failed(kind, &why)),
        };
        let near = !addresses.is_empty() && addresses.iter().all(|ip| ip.to_canonical().is_loopback());
        let proxy = proxy.filter(|_| !near);
        let trust = if url.scheme() == "https" { Some(self.trust()?) } else { None };
        let wire = Wire::new(&self.bounds, trust, proxy.map_or(Way::At(&addresses), Way::Proxy))?;
        let proxy = proxy.and_then(|_| self.proxy());
        Ok(Passage { wire, addresses, near, proxy })
    }

    /// Every address behind a host, if all of them may be asked.
    pub(super) fn judged(
        &self,
        host: &str,
        port: u16,
        bound: Duration,
    ) -> Result<Vec<IpAddr>, (HttpErrorKind, String)> {
        let addresses = resolve(host, bound).map_err(|why| (HttpErrorKind::Connect, why))?;
        self.targets.judge(host, addresses, port).map_err(|why| (HttpErrorKind::Refused, why))
    }

    /// A redirect chooses no port that nobody wrote down.
    fn same_rules(
        &self,
        asking: &Asking<'_>,
        first: &Url,
        url: &Url,
        way: &Passage,
    ) -> Result<(), HttpError> {
        let port = url.port_or_known_default().unwrap_or_default();
        let usual = matches!(port, 80 | 443) || first.port_or_known_default() == Some(port);
        let listed =
            || !way.addresses.is_empty() && way.addresses.iter().all(|ip| self.targets.lists(*ip, port));
        if usual || listed() {
            return Ok(());
        }
        let why = format!("not asked: it was redirected to port {port}, which nobody listed");
        Err(asking.failed(url, HttpErrorKind::Refused, &why, &[]))
    }

    /// The headers that may go there.
    fn secrets<'a>(&'a self, request: &Request<'a>, url: &Url, way: &Passage) -> Vec<SecretHeader<'a>> {
        if url.scheme() != "https" && !way.near {
            return Vec::new();
        }
        // A question that brings a secret of its own is not asked with two in one header.
        let taken = |header: &str| request.secret.is_some_and(|(own, _, _)| own.eq_ignore_ascii_case(header));
        let bound = self
            .credentials
            .iter()
            .filter(|credential| !taken(credential.header))
            .filter(|credential| credential.hosts.iter().any(|host| is_at(host, url)))
            .map(|credential| (credential.header, credential.before, &credential.secret));
        request.secret.into_iter().chain(bound).collect()
    }

    pub(super) fn trust(&self) -> Result<&Trust, HttpError> {
        self.trust.get_or_init(|| Trust::with(self.authorities.as_deref())).as_ref().map_err(Clone::clone)
    }
}

const NOWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

/// A way that may be taken.
struct Passage {
    wire: Wire,
    /// Empty where only a proxy knows.
    addresses: Vec<IpAddr>,
    /// It leads to this very machine.
    near: bool,
    proxy: Option<String>,
}

/// Whether `host` or `host:port` is exactly where an address leads.
fn is_at(listed: &str, url: &Url) -> bool {
    address::host_and_port(listed).is_ok_and(|(host, port)| {
        host == address::bare_host(url)
            && port.unwrap_or(443) == url.port_or_known_default().unwrap_or_default()
    })
}

/// Host and port of a proxy, without the password that its address may hold.
fn authority(proxy: &str) -> String {
    let shown = super::shown(proxy);
    let rest = shown.split_once("://").map_or(shown.as_str(), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_for_the_hosts_that_it_names_and_for_no_other_port() {
        let at = |listed: &str, url: &str| is_at(listed, &address::parse_either(url).unwrap());
        assert!(at("grafana.example.org", "https://grafana.example.org/api"));
        assert!(at("Grafana.Example.org.", "https://grafana.example.org:443/"));
        assert!(at("grafana.example.org:8443", "https://grafana.example.org:8443/"));
        assert!(at("127.0.0.1:9", "http://127.1:9/") && at("[::1]:9", "http://[::1]:9/"));
        for (listed, url) in [
            ("grafana.example.org", "https://grafana.example.org:8443/"),
            ("grafana.example.org:8443", "https://grafana.example.org/"),
            ("grafana.example.org", "https://grafana.example.org.evil.example/"),
            ("example.org", "https://grafana.example.org/"),
            ("*.example.org", "https://grafana.example.org/"),
            ("", "https://grafana.example.org/"),
        ] {
            assert!(!at(listed, url), "{listed} {url}");
        }
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        assert_eq!(authority("http://user:s3cret@proxy.example.org:3128/"), "proxy.example.org:3128");
    }

    #[test]
    fn p1_what_was_judged_is_connected_to_whatever_the_name_leads_to_by_then() {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        let bounds = Bounds::default();
        let judged = [IpAddr::from([127, 0, 0, 1])];
        let wire = Wire::new(&bounds, None, Way::At(&judged)).unwrap();
        let url = format!("http://rebound.invalid:{port}/");
        let request = Request::get(&url);
        let deadline = Deadline::in_(bounds.total);
        let asking = Asking { bounds: &bounds, deadline, request: &request, most: BODY };
        let url = address::parse_either(&url).unwrap();
        let (response, peer) = asking.exchange(&wire, &url, &[], deadline).unwrap();
        assert_eq!((response.body.as_slice(), peer), (b"ok".as_slice(), Some(judged[0])));
        assert!(answering.join().unwrap().to_lowercase().contains(&format!("host: rebound.invalid:{port}")));
    }

    #[test]
    fn threads_share_a_door() {
        fn shared<T: Send + Sync>() {}
        shared::<Door>();
    }
}
