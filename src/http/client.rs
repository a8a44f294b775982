//! The door itself: the one place that speaks HTTP and TLS. All bounds are kept here.

use std::cell::OnceCell;
use std::error::Error as _;
use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking;
use reqwest::header::{HeaderName, HeaderValue, LOCATION};

pub(super) use reqwest::Url;

use super::clock::Deadline;
use super::request::{Method, Request};
use super::{Bounds, HttpError, HttpErrorKind, Response, address, retry};
use crate::source::escape_line;

/// Redirects within one host, more than which nobody needs.
const HOPS: u32 = 5;

/// Asks, within [`Bounds`].
#[derive(Debug)]
pub struct Client {
    bounds: Bounds,
    deadline: Deadline,
    outside: OnceCell<blocking::Client>,
    /// For this very machine: needs no certificates, and so no machine that has some.
    inside: OnceCell<blocking::Client>,
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
        let client = self.client(&url)?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut outcome = self.attempt(client, request, url.clone());
            let pause = retry::pause(&outcome, request.repeatable, attempts, &self.bounds);
            if let Some(pause) = pause.filter(|pause| *pause < self.deadline.left()) {
                std::thread::sleep(pause);
                continue;
            }
            match &mut outcome {
                Ok(response) => response.attempts = attempts,
                Err(error) if attempts > 1 => error.what.push_str(&format!(" (tried {attempts} times)")),
                Err(_) => {}
            }
            return outcome;
        }
    }

    fn client(&self, url: &Url) -> Result<&blocking::Client, HttpError> {
        let inside = url.scheme() == "http";
        let cell = if inside { &self.inside } else { &self.outside };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(inside)?;
        Ok(cell.get_or_init(|| client))
    }

    fn build(&self, inside: bool) -> Result<blocking::Client, HttpError> {
        let setup = |what: String| HttpError { what, kind: HttpErrorKind::Setup };
        // An error says that there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = blocking::Client::builder()
            .connect_timeout(self.bounds.connect)
            .timeout(self.bounds.attempt)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("deploy-guard/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .no_proxy();
        if inside {
            builder = builder.tls_certs_only([]);
        } else if let Some(proxy) = &self.bounds.proxy {
            let proxy = reqwest::Proxy::all(proxy.expose())
                .map_err(|_| setup("the proxy that is asked for is no address".to_owned()))?;
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|error| {
            setup(format!(
                "https can't be spoken from this machine: {}; a container image may lack the package `ca-certificates`",
                cause(&error)
            ))
        })
    }

    /// One attempt, redirects within the host included.
    fn attempt(
        &self,
        client: &blocking::Client,
        request: &Request<'_>,
        mut url: Url,
    ) -> Result<Response, HttpError> {
        let own = Deadline::in_(self.bounds.attempt);
        let failed = |url: &Url, kind, why: String| HttpError {
            what: format!("{} {}: {why}", request.method.as_str(), address::of(url)),
            kind,
        };
        for _ in 0..=HOPS {
            if self.deadline.is_over() {
                let why = format!("the {} s for all questions are used up", self.bounds.total.as_secs());
                return Err(failed(&url, HttpErrorKind::Deadline, why));
            }
            let left = own.left().min(self.deadline.left());
            let response = self
                .exchange(client, request, &url, left)
                .map_err(|(kind, why)| failed(&url, kind, scrubbed(request, &why)))?;
            let Some(target) = response.1 else { return Ok(response.0) };
            let Ok(target) = url.join(&target) else {
                return Err(failed(&url, HttpErrorKind::Redirect, "it redirects to no address".to_owned()));
            };
            if request.method != Method::Get || target.origin() != url.origin() {
                let why = format!(
                    "it redirects to {}, which is not followed",
                    scrubbed(request, &escape_line(&address::of(&target)))
                );
                return Err(failed(&url, HttpErrorKind::Redirect, why));
            }
            url = address::parse(target.as_str())?;
        }
        Err(failed(&url, HttpErrorKind::Redirect, format!("it redirects more than {HOPS} times")))
    }

    /// One question and its answer, with the address that it redirects to.
    fn exchange(
        &self,
        client: &blocking::Client,
        request: &Request<'_>,
        url: &Url,
        left: Duration,
    ) -> Result<(Response, Option<String>), (HttpErrorKind, String)> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        };
        let mut asked = client.request(method, url.clone()).timeout(left);
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        if let Some((name, before, secret)) = request.secret {
            let broken = || (HttpErrorKind::Setup, "the token holds what no header can".to_owned());
            let name = HeaderName::try_from(name).map_err(|_| broken())?;
            let mut value =
                HeaderValue::try_from(format!("{before}{}", secret.expose())).map_err(|_| broken())?;
            value.set_sensitive(true);
            asked = asked.header(name, value);
        }
        if let Some(body) = &request.json {
            asked = asked.json(body);
        }
        let mut answer = asked.send().map_err(|error| self.reason(&error))?;
        let status = answer.status();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let target = (status.is_redirection())
            .then(|| answer.headers().get(LOCATION))
            .flatten()
            .map(|target| String::from_utf8_lossy(target.as_bytes()).into_owned());
        let body = self.body(&mut answer)?;
        Ok((Response { status: status.as_u16(), url: url.to_string(), headers, body, attempts: 1 }, target))
    }

    /// Reads a body and keeps an eye on its size; the request's own timeout ends with the body's last byte.
    fn body(&self, answer: &mut blocking::Response) -> Result<Vec<u8>, (HttpErrorKind, String)> {
        let bound = self.bounds.body;
        let too_large = || (HttpErrorKind::TooLarge, format!("the answer is larger than {bound} bytes"));
        if answer.content_length().is_some_and(|length| length > bound as u64) {
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
            if read == 0 {
                return Ok(body);
            }
            body.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if body.len() > bound {
                return Err(too_large());
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
        if is_tls(error) {
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

fn scrubbed(request: &Request<'_>, text: &str) -> String {
    match request.secret {
        Some((_, _, secret)) => secret.scrub(text).into_owned(),
        None => text.to_owned(),
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

fn is_tls(error: &reqwest::Error) -> bool {
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
