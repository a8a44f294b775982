//! Questions to one server that answers in JSON, under a base address that may have a path.
//!
//! In: a path and parameters. Out: the bytes of an answer, or the [`Remark`] that says why there is none. Keeps what
//! was asked and how far the other side's clock is from ours. Must not know what an answer means.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use super::piece::piece;
use super::remark::{Remark, remedy_of};
use super::{Around, Asked, skew};
use crate::http::{Door, Follow, Request, shown};

/// What need not be escaped anywhere in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Bytes of an answer.
const BODY: usize = 5 * 1024 * 1024;

/// A server, and what it was asked so far.
pub(super) struct Api<'a> {
    around: &'a Around<'a>,
    door: &'a Door,
    /// What it is: `Alertmanager`.
    name: &'static str,
    base: &'a str,
    asked: Vec<Asked>,
    skew: SignedDuration,
}

/// What came, and whether it is the answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// The address as it may be shown.
    pub(super) target: String,
}

impl<'a> Api<'a> {
    pub(super) const fn new(
        around: &'a Around<'a>,
        door: &'a Door,
        name: &'static str,
        base: &'a str,
    ) -> Self {
        Self { around, door, name, base, asked: Vec::new(), skew: SignedDuration::ZERO }
    }

    /// Asks; `about` is what of the question stands behind the address in the evidence.
    pub(super) fn ask(
        &mut self,
        path: &str,
        parameters: &[(&str, &str)],
        about: &str,
    ) -> Result<Reply, Remark> {
        if self.around.stop.load(Ordering::Relaxed) {
            return Err(Remark::cannot_tell(format!("{} was not asked: the run was ended", self.name)));
        }
        let request = Request::get(join(self.base, path, parameters))
            .header("accept", "application/json")
            .at_most(BODY);
        let answer = self.door.ask(&request, Follow::WithinRules).map_err(|error| {
            let remark =
                Remark::cannot_tell(format!("{} gives no answer: {}", self.name, piece(&error.what)));
            match remedy_of(&error) {
                Some(remedy) => remark.remedy(remedy),
                None => remark.remedy(format!("see that {} runs and can be reached from here", self.name)),
            }
        })?;
        let response = answer.response;
        let target = shown(&join(self.base, path, &[]));
        let shown_target =
            if about.is_empty() { target.clone() } else { format!("{target} {}", piece(about)) };
        self.asked.push(Asked::there(shown_target, &answer.route, Some(&response.body)));
        if let Some(skew) = skew::of(&response, (self.around.clock)())
            && skew.abs() > self.skew.abs()
        {
            self.skew = skew;
        }
        Ok(Reply { status: response.status, body: response.body, target })
    }

    /// Reads an answer that has to be a good one.
    pub(super) fn read<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, Remark> {
        if !(200..=299).contains(&reply.status) {
            let odd = self.odd(reply, &format!("answers {}", reply.status));
            return Err(match reply.status {
                401 | 403 => odd.remedy(
                    "have a [secret.VARIABLE] of the checklist name this host under `hosts`, and set that variable here",
                ),
                _ => odd,
            });
        }
        serde_json::from_slice(&reply.body).map_err(|error| self.unreadable(reply, &error))
    }

    pub(super) fn unreadable(&self, reply: &Reply, error: &serde_json::Error) -> Remark {
        let start = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let why = match start {
            None => "answers with nothing".to_owned(),
            Some(b'<') => "answers with a page for people: a login, or another server".to_owned(),
            Some(_) => format!("gives no answer that can be read: {}", piece(&error.to_string())),
        };
        self.odd(reply, &why)
    }

    pub(super) fn odd(&self, reply: &Reply, why: &str) -> Remark {
        Remark::cannot_tell(format!("{} {why} ({})", self.name, reply.target))
            .remedy(format!("see that `url` is {}'s own, with its path prefix", self.name))
    }

    /// P2: instants of a server whose clock is elsewhere mean nothing.
    pub(super) fn clock(&self) -> Option<Remark> {
        skew::remark(&format!("the clock of {}", self.name), self.skew)
    }

    pub(super) fn into_asked(self) -> Vec<Asked> {
        self.asked
    }
}

/// The address of a question.
fn join(base: &str, path: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = format!("{}{path}", base.trim_end_matches('/'));
    for (place, (name, value)) in parameters.iter().enumerate() {
        url.push(if place == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, ESCAPED));
    }
    url
}

/// Whether an address can have paths put behind it.
pub(super) fn base(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let wrong = |why: &str| Err(format!("`url` {why}: write it as https://host:port or https://host/prefix"));
    let Some(rest) = rest else { return wrong("is not an http or https address") };
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        return wrong("holds a name or password");
    }
    if host.is_empty() || rest.contains(char::is_whitespace) {
        return wrong("names no host");
    }
    if rest.contains(['?', '#']) {
        return wrong("holds a query or fragment");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_is_kept_and_every_byte_of_a_query_arrives() {
        assert_eq!(join("https://m.example.org", "/api", &[]), "https://m.example.org/api");
        let url = join("https://m.example.org/am/", "/api", &[("q", "a{b=\"c & d\"}+#ä"), ("x", "~")]);
        assert_eq!(url, "https://m.example.org/am/api?q=a%7Bb%3D%22c%20%26%20d%22%7D%2B%23%C3%A4&x=~");
    }

    #[test]
    fn a_base_address_is_one_that_paths_can_follow() {
        for good in ["https://m.example.org", "http://127.0.0.1:9093/", "https://[::1]:9/prefix/x"] {
            assert_eq!(base(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "m.example.org",
            "ftp://m.example.org",
            "https://",
            "https:///x",
            "https://a:b@m.example.org",
            "https://m.example.org/?a",
            "https://m.example.org/#a",
            "https://m .example.org",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
