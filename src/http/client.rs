//! The door itself: the one place that speaks HTTP. All bounds are kept here.

use std::cell::OnceCell;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};

use reqwest::blocking;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderName, HeaderValue};

pub(super) use reqwest::Url;

use super::clock::Deadline;
use super::request::{Method, Request, Take};
use super::tls::{self, Trust};
use super::{Bounds, HttpError, HttpErrorKind, Response, address, retry};
use crate::source::{Secret, escape_line};

/// Redirects more than which nobody needs.
pub(super) const HOPS: usize = 5;

/// Asks one host and follows no one to another, within [`Bounds`].
#[derive(Debug)]
pub struct Client {
    bounds: Bounds,
    deadline: Deadline,
    outside: OnceCell<Wire>,
    /// For this very machine: needs no certificates, and so no machine that has some.
    inside: OnceCell<Wire>,
}

impl Client {
    /// The time for everything begins now.
    pub fn new(bounds: Bounds) -> Self {
        let deadline = Deadline::in_(bounds.total);
        Self { bounds, deadline, outside: OnceCell::new(), inside: OnceCell::new() }
    }

    /// Asks, and asks again where that is worth it and there is time for it.
    pub fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let url = address::parse(&request.url)?;
        let wire = self.wire(&url)?;
        let asking =
            Asking { bounds: &self.bounds, deadline: self.deadline, request, most: self.bounds.body };
        asking.until_answered(|own| Self::attempt(&asking, wire, url.clone(), own))
    }

    fn wire(&self, url: &Url) -> Result<&Wire, HttpError> {
        let inside = url.scheme() == "http";
        let cell = if inside { &self.inside } else { &self.outside };
        if let Some(wire) = cell.get() {
            return Ok(wire);
        }
        let (trust, way) = match &self.bounds.proxy {
            _ if inside => (None, Way::Resolved),
            Some(proxy) => (Some(Trust::machine()?), Way::Proxy(proxy)),
            None => (Some(Trust::machine()?), Way::Resolved),
        };
        let wire = Wire::new(&self.bounds, trust.as_ref(), way)?;
        Ok(cell.get_or_init(|| wire))
    }

    /// One attempt, redirects within the host included.
    fn attempt(asking: &Asking<'_>, wire: &Wire, mut url: Url, own: Deadline) -> Result<Response, HttpError> {
        let secrets: Vec<_> = asking.request.secret.into_iter().collect();
        for _ in 0..=HOPS {
            let (response, _) = asking.exchange(wire, &url, &secrets, own)?;
            let Some(target) = response.leads_to() else { return Ok(response) };
            let failed = |why: &str| asking.failed(&url, HttpErrorKind::Redirect, why, &secrets);
            let Ok(target) = Url::parse(&target) else {
                return Err(failed("it redirects to no address"));
            };
            if asking.request.method != Method::Get || target.origin() != url.origin() {
                let why =
                    format!("it redirects to {}, which is not followed", escape_line(&address::of(&target)));
                return Err(failed(&why));
            }
            url = address::parse(target.as_str())?;
        }
        let why = format!("it redirects more than {HOPS} times");
        Err(asking.failed(&url, HttpErrorKind::Redirect, &why, &secrets))
    }
}

/// How a connection finds the other side.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    /// As the system resolves its name.
    Resolved,
    /// At these addresses, whatever is resolved meanwhile.
    At(&'a [IpAddr]),
    Proxy(&'a Secret),
}

/// Makes connections of one kind.
#[derive(Debug)]
pub(super) struct Wire {
    inner: blocking::Client,
}

impl Wire {
    /// Without `trust` no https is spoken.
    pub(super) fn new(bounds: &Bounds, trust: Option<&Trust>, way: Way<'_>) -> Result<Self, HttpError> {
        let setup = |what: String| HttpError { what, kind: HttpErrorKind::Setup };
        tls::install();
        let mut builder = blocking::Client::builder()
            .connect_timeout(bounds.connect)
            .timeout(bounds.attempt)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("deploy-guard/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .no_proxy();
        builder = match trust {
            Some(trust) => builder.tls_backend_preconfigured(trust.for_http()),
            None => builder.tls_certs_only([]),
        };
        builder = match way {
            Way::Resolved => builder,
            Way::At(addresses) => builder.dns_resolver(Judged(addresses.to_vec()).into()),
            Way::Proxy(proxy) => builder.proxy(
                reqwest::Proxy::all(proxy.expose())
                    .map_err(|_| setup("the proxy that is asked for is no address".to_owned()))?,
            ),
        };
        let inner = builder
            .build()
            .map_err(|error| setup(format!("http can't be spoken from this machine: {}", cause(&error))))?;
        Ok(Self { inner })
    }
}

/// Answers every name with the addresses that were judged: what the name leads to by now is of no account.
struct Judged(Vec<IpAddr>);

impl Resolve for Judged {
    fn resolve(&self, _name: Name) -> Resolving {
        // The port is the URL's own.
        let addresses: Vec<SocketAddr> = self.0.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        let addresses: Addrs = Box::new(addresses.into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// A header's name, what stands before the secret, and the secret.
pub(super) type SecretHeader<'a> = (&'a str, &'a str, &'a Secret);

/// One question with its bounds: how it is put, what is read of the answer, and what is said where there is none.
pub(super) struct Asking<'a> {
    pub(super) bounds: &'a Bounds,
    pub(super) deadline: Deadline,
    pub(super) request: &'a Request<'a>,
    /// Bytes of a body, where the request does not say how many.
    pub(super) most: usize,
}

impl Asking<'_> {
    /// Tries until there is an answer, or no use or no time left.
    pub(super) fn until_answered<T: AsMut<Response>>(
        &self,
        attempt: impl FnMut(Deadline) -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let repeatable = self.request.repeatable;
        retry::until_answered(self.bounds, self.deadline, repeatable, |answer| Some(answer.as_mut()), attempt)
    }

    /// One question and its answer, with the address that gave it.
    pub(super) fn exchange(
        &self,
        wire: &Wire,
        url: &Url,
        secrets: &[SecretHeader<'_>],
        own: Deadline,
    ) -> Result<(Response, Option<IpAddr>), HttpError> {
        if self.deadline.is_over() {
            let why = format!("the {} s for all questions are used up", self.bounds.total.as_secs());
            return Err(self.failed(url, HttpErrorKind::Deadline, &why, secrets));
        }
        self.put(wire, url, secrets, own).map_err(|(kind, why)| self.failed(url, kind, &why, secrets))
    }

    pub(super) fn failed(
        &self,
        url: &Url,
        kind: HttpErrorKind,
        why: &str,
        secrets: &[SecretHeader<'_>],
    ) -> HttpError {
        let mut why = why.to_owned();
        for (_, _, secret) in secrets {
            why = secret.scrub(&why).into_owned();
        }
        HttpError { what: format!("{} {}: {why}", self.request.method.as_str(), address::of(url)), kind }
    }

    fn put(
        &self,
        wire: &Wire,
        url: &Url,
        secrets: &[SecretHeader<'_>],
        own: Deadline,
    ) -> Result<(Response, Option<IpAddr>), (HttpErrorKind, String)> {
        let method = match self.request.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        };
        let left = own.left().min(self.deadline.left());
        let mut asked = wire.inner.request(method, url.clone()).timeout(left);
        for (name, value) in &self.request.headers {
            asked = asked.header(*name, value);
        }
        for (name, before, secret) in secrets {
            let broken = || (HttpErrorKind::Setup, "the token holds what no header can".to_owned());
            let name = HeaderName::try_from(*name).map_err(|_| broken())?;
            let mut value =
                HeaderValue::try_from(format!("{before}{}", secret.expose())).map_err(|_| broken())?;
            value.set_sensitive(true);
            asked = asked.header(name, value);
        }
        if let Some(body) = &self.request.json {
            asked = asked.json(body);
        }
        let mut answer = asked.send().map_err(|error| self.reason(&error))?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let peer = answer.remote_addr().map(|peer| peer.ip());
        let body = self.body(&mut answer)?;
        let status = answer.status().as_u16();
        Ok((Response { status, url: url.to_string(), headers, body, attempts: 1 }, peer))
    }

    /// Reads a body and keeps an eye on its size; the request's own timeout ends with the body's last byte.
    fn body(&self, answer: &mut blocking::Response) -> Result<Vec<u8>, (HttpErrorKind, String)> {
        let (bound, whole) = match self.request.body {
            None => (self.most, true),
            Some(Take::AtMost(bytes)) => (bytes.min(self.bounds.body), true),
            Some(Take::First(bytes)) => (bytes.min(self.bounds.body), false),
        };
        let too_large = || (HttpErrorKind::TooLarge, format!("the answer is larger than {bound} bytes"));
        let announced = answer.content_length().filter(|_| self.request.method != Method::Head);
        if whole && announced.is_some_and(|length| length > bound as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            let read = match answer.read(&mut chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) if is_timeout(&error) => return Err(self.too_slow()),
                Err(error) => {
                    return Err((HttpErrorKind::Broken, format!("the answer broke off: {}", cause(&error))));
                }
            };
            body.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if body.len() > bound && whole {
                return Err(too_large());
            }
            if read == 0 || body.len() >= bound && !whole {
                body.truncate(bound);
                return Ok(body);
            }
        }
    }

    fn too_slow(&self) -> (HttpErrorKind, String) {
        let why = if self.deadline.is_over() {
            format!("the {} s for all questions are used up", self.bounds.total.as_secs_f32())
        } else {
            format!("no whole answer within {} s", self.bounds.attempt.as_secs_f32())
        };
        (HttpErrorKind::Timeout, why)
    }

    fn reason(&self, error: &reqwest::Error) -> (HttpErrorKind, String) {
        if tls::is_cause(error) {
            return (HttpErrorKind::Tls, format!("it is not proved who answers: {}", cause(error)));
        }
        if error.is_connect() {
            return (HttpErrorKind::Connect, format!("no connection: {}", cause(error)));
        }
        if error.is_timeout() {
            return self.too_slow();
        }
        if error.is_builder() {
            return (HttpErrorKind::Setup, format!("the question can't be put: {}", cause(error)));
        }
        (HttpErrorKind::Broken, format!("the connection broke: {}", cause(error)))
    }
}

/// What the innermost layer says: the outer ones repeat the address with all that stands in it.
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = match innermost.downcast_ref::<reqwest::Error>() {
        // It is the outermost too; its own words hold the address.
        Some(_) => "the request failed".to_owned(),
        None => innermost.to_string(),
    };
    escape_line(&text).chars().take(200).collect()
}

fn is_timeout(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    error.kind() == std::io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout)
}
