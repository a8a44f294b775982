//! Whether an address answers as a machine client needs it to, redirects included.

use serde::Deserialize;

use super::piece::piece;
use super::remark::{Remark, remedy_of, sight};
use super::{Around, Asked, Outcome, Probe, Sight, skew};
use crate::http::{self, Answer, Door, Follow, HttpError, HttpErrorKind, Request, shown};

/// Of a body that a text is looked for in.
const BODY: usize = 1024 * 1024;

/// Whether an address answers as a machine client needs it to, redirects included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Endpoint {
    pub url: String,
    #[serde(default)]
    pub method: Method,
    /// Statuses that are good; without it any from 200 to 299.
    #[serde(default)]
    pub expect: Option<Vec<u16>>,
    #[serde(default)]
    pub redirects: Redirects,
    /// A text of the body.
    #[serde(default)]
    pub contains: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Head,
    /// Without a body.
    Post,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redirects {
    #[default]
    Refuse,
    Follow,
}

impl Probe for Endpoint {
    fn validate(&self) -> Result<(), String> {
        http::may_be_asked(&self.url).map_err(|error| error.what)?;
        match &self.expect {
            Some(expect) if expect.is_empty() => {
                return Err("`expect` is empty: no answer would do".to_owned());
            }
            Some(expect) => {
                if let Some(odd) = expect.iter().find(|status| !(200..=599).contains(*status)) {
                    return Err(format!("`expect` holds {odd}, which is no status of an answer"));
                }
            }
            None => {}
        }
        match &self.contains {
            Some(text) if text.is_empty() => Err("`contains` is empty: every body contains that".to_owned()),
            Some(_) if self.method == Method::Head => {
                Err("`contains` needs a body, and HEAD brings none".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> String {
        shown(&self.url)
    }

    fn look(&self, around: &Around<'_>) -> Sight {
        match around.network() {
            Ok(door) => self.ask(door, around),
            Err(offline) => *offline,
        }
    }
}

impl Endpoint {
    fn ask(&self, door: &Door, around: &Around<'_>) -> Sight {
        let method = match self.method {
            Method::Get => http::Method::Get,
            Method::Head => http::Method::Head,
            Method::Post => http::Method::Post,
        };
        let request = Request::new(method, &self.url).first(BODY);
        let follow = match self.redirects {
            Redirects::Refuse => Follow::Never,
            Redirects::Follow => Follow::WithinRules,
        };
        let answer = match door.ask(&request, follow) {
            Ok(answer) => answer,
            Err(error) => return unanswered(&error),
        };
        let response = &answer.response;
        let target = piece(&shown(&response.url));
        let clock = skew::of(response, (around.clock)())
            .and_then(|skew| skew::remark(&format!("the clock of {target}"), skew));
        let mut remarks: Vec<Remark> = clock.into_iter().collect();
        let good = match self.judge(&answer) {
            Ok(good) => good,
            Err(bad) => {
                remarks.push(bad);
                String::new()
            }
        };
        if !remarks.is_empty() && !good.is_empty() {
            remarks.push(Remark::new(Outcome::Holds, good.clone()));
        }
        let asked = Asked::there(target, &answer.route, Some(&response.body));
        let mut sight = sight(|| good, remarks, vec![asked]);
        if !answer.hops.is_empty() {
            let hops: Vec<String> = answer.hops.iter().map(|hop| piece(hop)).collect();
            sight = sight.detail(format!("redirected by {}", hops.join(", then by ")));
        }
        sight
    }

    /// What it answers, where that is good.
    fn judge(&self, answer: &Answer) -> Result<String, Remark> {
        let response = &answer.response;
        let (status, asked) = (response.status, piece(&shown(&self.url)));
        let expected = match &self.expect {
            Some(expect) => expect.contains(&status),
            None => response.is_success(),
        };
        if !expected {
            return Err(match response.leads_to() {
                Some(place) => redirected(&self.url, status, &place),
                None => {
                    Remark::new(Outcome::Broken, format!("{asked} answers {status}, not {}", self.wanted()))
                        .remedy("see why it does, and release once it answers as it should")
                }
            });
        }
        if let Some(text) = &self.contains
            && memchr::memmem::find(&response.body, text.as_bytes()).is_none()
        {
            let reach = if response.body.len() >= BODY { " in its first MiB" } else { "" };
            let line = format!("{asked} answers {status} without the text `{}`{reach}", piece(text));
            return Err(Remark::new(Outcome::Broken, line)
                .remedy("see what answers there: a page of a proxy or of an error can have a good status"));
        }
        Ok(format!("{asked} answers {status}"))
    }

    fn wanted(&self) -> String {
        match &self.expect {
            None => "2xx".to_owned(),
            Some(expect) => expect.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        }
    }
}

fn unanswered(error: &HttpError) -> Sight {
    let summary = piece(&error.what);
    let remedy = remedy_of(error).unwrap_or("see that it is up and can be reached from here");
    match error.kind {
        HttpErrorKind::Redirect => Sight::new(Outcome::Broken, summary)
            .remedy("have it answer itself, or write the address that answers into the checklist"),
        // A client that has to know who answers would go no further either.
        HttpErrorKind::Tls => Sight::new(Outcome::Broken, summary).remedy(remedy),
        _ => Sight::cannot_tell(summary).remedy(remedy),
    }
}

/// A redirect, and what it does to clients that are machines.
fn redirected(url: &str, status: u16, place: &str) -> Remark {
    let (asked, leads) = (shown(url), shown(place));
    let line = format!("{} redirects with {status} to {}", piece(&asked), piece(&leads));
    let client = match status {
        301..=303 => format!(
            "most clients follow a {status} with a GET: the body of a POST is dropped, the data is lost, and nobody is told"
        ),
        307 | 308 => {
            format!("most machine clients do not follow a {status}, or fail on it: a device stops sending")
        }
        _ => format!("what a client makes of a {status} is up to the client"),
    };
    let remark = Remark::new(Outcome::Broken, line).more(client);
    let secured = asked
        .strip_prefix("http://")
        .map(host)
        .filter(|host| leads.strip_prefix("https://").is_some_and(|rest| self::host(rest) == *host));
    if secured.is_some() {
        remark
            .more("it sends from http to https: clients that were never told ask by http to this day")
            .remedy("answer by http as before until every client asks by https: tell those who run them, move them, redirect last")
    } else {
        remark.remedy(
            "answer under the old address until no client asks there: tell those who run them, move them, redirect last",
        )
    }
}

/// The host of an address without its scheme; the port is another for http and https.
fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
